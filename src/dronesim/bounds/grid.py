"""The jobs of a day on a grid of instants, rounded so that no order on time is shut out.

At an instant no more can be held of a calendar than it has units. A use that begins at t covers the instants from the
first one at or after t on: as many as whole steps fit into it, at the least. So starts are rounded up, lengths down,
and of an offset both neighbours are allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.bounds.uses import Calendar, Jobs, Pair, Use

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Jobs by instant; instant ``i`` is ``begins_ms + i * step_ms``.

    By job, ``(n,)``: ``first`` and ``last`` start, ``pair``, ``box`` (a row or -1) and ``box_steps``. By pair,
    ``(p,)``: ``pool``, ``home``, ``away`` and ``comes`` in steps. ``uses`` (u, 4) are row, earliest and latest offset,
    and length; those of pair ``p`` are ``uses[bounds[p]:bounds[p + 1]]``, those of a landing at home ``h`` begin at
    ``landing_bounds[h]`` of ``landings``, and ``free`` (homes,) is when the drone is free after it. ``units``
    ``(rows, instants)`` tells how many there are of each calendar. ``late`` (k, 3) lists units that leave but may
    finish one sortie: row, instant, and the longest sortie.
    """

    begins_ms: int
    step_ms: int
    first: Ints
    last: Ints
    pair: Ints
    box: Ints
    box_steps: Ints
    pool: Ints
    home: Ints
    away: Ints
    comes: Ints
    uses: Ints
    bounds: Ints
    landings: Ints
    landing_bounds: Ints
    free: Ints
    units: Floats
    late: Ints

    @property
    def instants(self) -> int:
        """Number of instants."""
        return int(self.units.shape[1])


def on_grid(jobs: Jobs, *, step_ms: int) -> Grid:
    """Put the jobs of a day on a grid."""
    begins_ms = int(jobs.first_ms.min()) // step_ms * step_ms
    first, last = (_up(column - begins_ms, step_ms) for column in (jobs.first_ms, jobs.last_ms))
    uses, bounds = _packed([pair.uses for pair in jobs.pairs], step_ms)
    landings, landing_bounds = _packed([landing.uses for landing in jobs.landings], step_ms)
    column = {name: _of_pairs(jobs.pairs, name) for name in ("pool", "home", "away_ms", "comes_ms")}
    away, comes = column["away_ms"] // step_ms, column["comes_ms"] // step_ms
    free = np.array([landing.free_ms for landing in jobs.landings], dtype=np.int64) // step_ms
    box_steps = jobs.box_ms // step_ms
    longest = max(int(away.max()), int((comes + free.max()).max()), int(box_steps.max()), _reach(uses))
    instants = int(last.max()) + longest + _reach(landings) + 2
    late = [
        (row, _up(at_ms - begins_ms, step_ms), int(away.max()))
        for row, calendar in enumerate(jobs.calendars)
        for at_ms in calendar.late_ms
        if 0 < _up(at_ms - begins_ms, step_ms) < instants
    ]
    units = [_units(calendar, begins_ms, step_ms, instants) for calendar in jobs.calendars]
    return Grid(
        begins_ms=begins_ms,
        step_ms=step_ms,
        first=first,
        last=last,
        pair=jobs.pair,
        box=jobs.box,
        box_steps=box_steps,
        pool=column["pool"],
        home=column["home"],
        away=away,
        comes=comes,
        uses=uses,
        bounds=bounds,
        landings=landings,
        landing_bounds=landing_bounds,
        free=free,
        units=np.array(units, dtype=np.float64),
        late=np.array(late, dtype=np.int64).reshape(-1, 3),
    )


def _up(value: Any, step_ms: int) -> Any:
    """Round up to whole steps."""
    return -(-value // step_ms)


def _of_pairs(pairs: Sequence[Pair], name: str) -> Ints:
    return np.array([getattr(pair, name) for pair in pairs], dtype=np.int64)


def _packed(groups: Sequence[Sequence[Use]], step_ms: int) -> tuple[Ints, Ints]:
    """Pack the uses of groups one behind the other, in steps; gives also where each group begins."""
    rows = [
        (use.row, use.from_ms // step_ms, _up(use.until_ms, step_ms), length)
        for uses in groups
        for use in uses
        if (length := _length(use, step_ms)) > 0
    ]
    counts = [sum(_length(use, step_ms) > 0 for use in uses) for uses in groups]
    return np.array(rows, dtype=np.int64).reshape(-1, 4), np.cumsum([0, *counts], dtype=np.int64)


def _length(use: Use, step_ms: int) -> int:
    return use.for_ms // step_ms


def _reach(uses: Ints) -> int:
    return int((uses[:, 2] + uses[:, 3]).max(initial=0))


def _units(calendar: Calendar, begins_ms: int, step_ms: int, instants: int) -> Floats:
    found = np.zeros(instants)
    for from_ms, count in calendar.steps:
        found[max(_up(from_ms - begins_ms, step_ms), 0) :] = count
    return found

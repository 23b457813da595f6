"""Paths of many legs at once: legs as columns, cut at the terminal areas of their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft.motion import Motion
from dronesim.airspace.cruises import handling_of, ways_of
from dronesim.airspace.leg_kernels import Areas, Times, Uprights, Ways, cut_legs, put_legs
from dronesim.airspace.paths import Alternatives, Course, Path4D, Terminal
from dronesim.geometry.distance import read_only

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROWS_A_LEG: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownLeg:
    """What a path comes from: ``corners`` (m, 2), the cruise along them, climb and descent at its level.

    ``times_s``: when it flies off, sinks and is down, from take-off.
    """

    corners: NDArray[Any]
    cruise: Motion
    climb: Motion
    descent: Motion
    level_m: float
    times_s: tuple[float, float, float]
    origin: Terminal
    destination: Terminal


def cut_paths(legs: Sequence[FlownLeg], *, acceleration_mps2: float, error_m: float) -> Alternatives:
    """Put legs into space and time and cut them, as ``paths.joined`` and ``paths.path_of`` do one by one.

    All terminal areas have one radius, and one outer radius.
    """
    by, areas = handling_of(acceleration_mps2, error_m), _areas(legs)
    ways, uprights, times = _columns(legs)
    room = _ROWS_A_LEG * len(legs)
    while True:
        rows, ends_m, terminal = np.empty((room, 8)), np.empty((room, 3)), np.empty(room, np.int64)
        ends = cut_legs(ways, uprights, times, areas, by, rows, ends_m, terminal)
        if ends[-1] <= room:
            return _alternatives(rows[: ends[-1]].copy(), ends_m[: ends[-1]].copy(), terminal[: ends[-1]].copy(), ends)
        room *= 2


def courses_of(legs: Sequence[FlownLeg], *, acceleration_mps2: float, error_m: float) -> list[Course]:
    """Put legs into space and time, from take-off to landing, as ``paths.joined`` does one by one."""
    by, room = handling_of(acceleration_mps2, error_m), _ROWS_A_LEG * len(legs)
    ways, uprights, times = _columns(legs)
    while True:
        at_s, points_m = np.empty(room), np.empty((room, 3))
        ends = put_legs(ways, uprights, times, by, at_s, points_m).tolist()
        if ends[-1] <= room:
            # each of its own, so that no course keeps the others
            return [
                Course(at_s=at_s[begin:end].copy(), points_m=points_m[begin:end].copy())
                for begin, end in pairwise(ends)
            ]
        room *= 2


def _columns(legs: Sequence[FlownLeg]) -> tuple[Ways, Uprights, Times]:
    phases = [phase for leg in legs for phase in leg.cruise.phases]
    phase_ends = np.cumsum([0, *(len(leg.cruise.phases) for leg in legs)])
    ways = ways_of([leg.corners for leg in legs], np.array(phases, dtype=np.float64).reshape(-1, 3), phase_ends)
    uprights, level = _uprights(legs)
    cruise_s, sink_s, land_s = np.array([leg.times_s for leg in legs]).reshape(-1, 3).T.copy()
    times = Times(cruise_s, sink_s, land_s, level, np.array([leg.level_m for leg in legs], dtype=np.float64))
    return ways, uprights, times


def _alternatives(rows: Floats, ends_m: Floats, terminal: Ints, ends: Ints) -> Alternatives:
    for column in (rows, ends_m, terminal, ends):
        read_only(column)
    bounds = ends.tolist()
    cuts = [slice(begin, end) for begin, end in pairwise(bounds)]
    paths = tuple(Path4D.of_rows(rows[cut], ends_m[cut], terminal[cut]) for cut in cuts)
    return Alternatives(paths=paths, rows=rows, terminal=terminal, bounds=ends)


def _areas(legs: Sequence[FlownLeg]) -> Areas:
    one = legs[0].origin
    outer_m = max(one.radius_m, one.outer_m)
    return Areas(
        np.array([(leg.origin.site, leg.destination.site) for leg in legs], dtype=np.int64),
        np.array([(*leg.origin.centre_m, *leg.destination.centre_m) for leg in legs], dtype=np.float64),
        np.array([leg.origin.reaches(leg.destination) for leg in legs], dtype=np.bool_),
        float(one.radius_m),
        float(outer_m),
        (float(one.radius_m**2), float(outer_m**2)),
    )


def _uprights(legs: Sequence[FlownLeg]) -> tuple[Uprights, Ints]:
    """Give the knots of all climbs and descents once, and the number of each leg's."""
    first = {leg.level_m: leg for leg in legs}
    numbers = {level_m: number for number, level_m in enumerate(first)}
    climbs = [np.array(leg.climb.knots) for leg in first.values()]
    descents = []
    for leg in first.values():
        at_s, sunk_m = leg.descent.knots
        descents.append(np.array([at_s, np.maximum(leg.level_m - sunk_m, 0.0)]))
    ends = (np.cumsum([0, *(part.shape[1] for part in parts)]) for parts in (climbs, descents))
    climb_ends, descent_ends = ends
    uprights = Uprights(
        np.ascontiguousarray(np.concatenate(climbs, axis=1)),
        climb_ends,
        np.ascontiguousarray(np.concatenate(descents, axis=1)),
        descent_ends,
    )
    return uprights, np.array([numbers[leg.level_m] for leg in legs], dtype=np.int64)

"""How hard each day is for drones alone, with its mean over all days: control variates for service levels.

A day's level depends a good deal on the day: how many parcels become ready at once, and where. Its shadows (see
`dronesim.simulation.shadow`) know that too, take half a millisecond each, and have means that many further days tell
almost exactly. What is left about a regression on them needs far fewer days to be known as well (Lavenberg and Welch
1981). On quickstart days 2 to 6 % of the variance is left with `nearest`, 10 to 12 % with `greedy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.bench import draw_shadows, ready, shadow_of, shadows_brief
from dronesim.experiment.briefs import ShadowBrief
from dronesim.experiment.ceilings import CHUNK
from dronesim.experiment.compose import Setting, prepare
from dronesim.experiment.points import Point
from dronesim.experiment.runner import Runner
from dronesim.simulation import (
    ShadowDays,
    SortieTimes,
    join_days,
    saves_orders,
    shadow_counts,
    sortie_times,
)

Floats = NDArray[np.float64]

DAYS: Final = 1000
"""So many days tell the mean of a control."""
FIRST_DAY: Final = 1_000_000
"""Number of the first of them, as a replication: none of these days is simulated."""
MOST_ORDERS: Final = 5_000_000
"""Orders of all of them together; days with more orders vary less, and fewer of them are drawn."""
FEWEST_DAYS: Final = 400
"""With fewer days the mean would not be known well enough to help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Controls of a value: their ``mean`` (groups, controls), and those of ``many`` days less that.

    ``many`` has shape (days, groups, controls).
    """

    mean: Floats
    many: Floats

    @property
    def days(self) -> int:
        """How many days tell the mean."""
        return len(self.many)


class Controls:
    """Draws the days of a study once and gives the control of any value; by take-off point or over all.

    The days that tell means are numbered from ``first_day``, at most ``most``, or as many as `DAYS`.
    """

    def __init__(
        self, runner: Runner, *, by_takeoff_point: bool, first_day: int = FIRST_DAY, most: int | None = None
    ) -> None:
        self._runner = runner
        self._by_takeoff_point = by_takeoff_point
        self._first_day = first_day
        self._most = DAYS if most is None else most
        self._many: dict[ShadowBrief, ShadowDays | None] = {}
        self._own: dict[tuple[ShadowBrief, int], ShadowDays] = {}
        self._times: dict[str, SortieTimes] = {}
        self._known: dict[str, Control | None] = {}

    @property
    def days(self) -> int | None:
        """How many days tell the means so far; None where there is no control."""
        known = [control.days for control in self._known.values() if control is not None]
        return max(known, default=None)

    def control(self, point: Point) -> Control | None:
        """Give the control of a point; None where days have too many orders, or none."""
        key = point.content_hash
        if key not in self._known:
            many = self._many_days(point)
            self._known[key] = None if many is None else self._control(point, many)
        return self._known[key]

    @contextmanager
    def found_beside(self, point: Point) -> Iterator[None]:
        """Find the control of a point while other processes run what is asked for in the block."""
        if self._runner.is_alone or point.content_hash in self._known:
            yield
            return
        # drawn before, by the same processes
        self._many_days(point)
        with ThreadPoolExecutor(1) as beside:
            found = beside.submit(self.control, point)
            yield
            found.result()

    def values(self, point: Point, replications: Sequence[int]) -> Floats:
        """Give the controls of some replications, ``(replications, groups, controls)``."""
        return self._levels(point, join_days([self._day(point, number) for number in replications]))

    def _control(self, point: Point, many: ShadowDays) -> Control | None:
        levels = self._levels(point, many)
        if np.isnan(levels).any():
            return None
        mean = levels.mean(axis=0)
        return Control(mean=mean, many=levels - mean)

    def _many_days(self, point: Point) -> ShadowDays | None:
        key = shadows_brief(ready(point))
        if key not in self._many:
            orders = orders_a_day(ready(point))
            count = min(self._most, int(MOST_ORDERS / max(orders, 1.0)))
            numbers = range(self._first_day, self._first_day + count)
            chunks = [(point, numbers[first : first + CHUNK]) for first in range(0, count, CHUNK)]
            enough = orders > 0 and count >= min(FEWEST_DAYS, self._most)
            self._many[key] = join_days(self._runner.gather(draw_shadows, chunks)) if enough else None
        return self._many[key]

    def _day(self, point: Point, replication: int) -> ShadowDays:
        key = (shadows_brief(ready(point)), replication)
        if key not in self._own:
            self._own[key] = shadow_of(ready(point), replication)
        return self._own[key]

    def _levels(self, point: Point, days: ShadowDays) -> Floats:
        """Give the shares on time by shadow: who is oldest first, and who can still be on time first.

        The second is left out where the policy does not look at that. NaN where there is no order in range.
        """
        setting, key = ready(point), point.content_hash
        if key not in self._times:
            self._times[key] = sortie_times(prepare(setting))
        drones = setting.resolved.rules.fleet.drones
        in_range = days.counted(days.is_near, takeoff_points=len(drones))
        ways = (False, True) if saves_orders(point.scenario.dispatch.policy) else (False,)
        counts = [shadow_counts(days, self._times[key], drones=drones, saves=saves) for saves in ways]
        if not self._by_takeoff_point:
            in_range, counts = in_range.sum(axis=1, keepdims=True), [each.sum(axis=1, keepdims=True) for each in counts]
        shares = [np.where(in_range > 0, each / np.maximum(in_range, 1), np.nan) for each in counts]
        return np.stack(shares, axis=2)


def orders_a_day(setting: Setting) -> float:
    """Give the mean number of orders over all days, however busy single ones are."""
    demand = setting.resolved.demand
    if setting.trace is not None:
        return demand.trace_factor * len(setting.trace) / len(setting.trace.days)
    return demand.expected_orders * demand.days.mean

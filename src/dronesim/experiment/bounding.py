"""Bounds of many days: the share on time that no policy exceeds, and how far below it a policy is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dronesim.bounds.day import DayBound, bound_of
from dronesim.bounds.search import GRIDS_MS
from dronesim.experiment.bench import ready
from dronesim.experiment.compose import prepare
from dronesim.experiment.estimates import Estimate, estimate, finite
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import Point
from dronesim.experiment.runner import Runner
from dronesim.experiment.study import Study

BOUNDING: Final = "bounding days, on which no policy is run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded(InNotebooks):
    """The bounds of some days.

    Attributes
    ----------
    name, target
        Name of the scenario, and the share that it promises, 0 to 1.
    share
        Mean over the days of the share that no policy exceeds.
    possible
        Mean over the days of the share that could be on time if no order were in another's way.
    days
        What was found of each day, in order of replication.
    """

    name: str
    target: float
    share: Estimate
    possible: Estimate
    days: tuple[DayBound, ...] = field(repr=False)

    @property
    def limits(self) -> tuple[str, ...]:
        """Resources that keep some day's bound below what is possible, the most frequent first."""
        counts: dict[str, int] = {}
        for name in (name for day in self.days for name in day.limits):
            counts[name] = counts.get(name, 0) + 1
        return tuple(sorted(counts, key=lambda name: -counts[name]))

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "target": self.target,
            "bound": self.share.content(),
            "possible": self.possible.content(),
            "limits": list(self.limits),
            "days": [
                {
                    "replication": number,
                    "orders": day.orders,
                    "possible": day.possible,
                    "on_time_at_most": day.on_time,
                    "share": finite(day.share),
                    "limits": list(day.limits),
                    "is_steady": day.is_steady,
                }
                for number, day in enumerate(self.days)
            ],
        }


def find_bounds(study: Study, runner: Runner, *, days: int) -> Bounded:
    """Bound the first days of a scenario; no policy is run.

    Raises
    ------
    InputError
        The scenario can't be run.
    """
    scenario, found = study.scenario(), bounds_of(study.point(), runner, range(days))
    return Bounded(
        name=scenario.name,
        target=scenario.service.target,
        share=estimate([day.share for day in found]),
        possible=estimate([day.possible / day.orders if day.orders else np.nan for day in found]),
        days=found,
    )


def bounds_of(
    point: Point, runner: Runner, replications: Sequence[int], *, is_quick: bool = False
) -> tuple[DayBound, ...]:
    """Bound some days of a point, in the runner's workers; ``is_quick``: on the coarsest grid alone."""
    grids_ms = GRIDS_MS[:1] if is_quick else GRIDS_MS
    calls = [(point, number, grids_ms) for number in replications]
    return tuple(runner.gather(day_bound, calls, beside=BOUNDING))


def day_bound(point: Point, replication: int, grids_ms: Sequence[int]) -> DayBound:
    """Bound a day in this process."""
    return bound_of(prepare(ready(point), replication=replication), grids_ms=grids_ms)


def fewest(bound_at: Callable[[int], float], *, sought: float, least: int, most: int) -> int:
    """Give the smallest number whose bound reaches a share, ``most`` if it is known to; fewer can't do it.

    More of a resource never lowers what is true of a day, though the bound that is found may swing a little: every
    number below the answer that was looked at was found to miss it, and the one just below it was looked at. Bounds
    rise nearly straight to where a resource is short no more, so the next number is where a line leads.
    """
    below, above = least - 1, most
    misses, exceeds, was_enough = sought, math.nan, False  # none of a resource brings nothing
    while above - below > 1:
        number = _between(below, above, part=misses / (misses + exceeds))
        beyond = bound_at(number) - sought
        is_enough = beyond >= 0.0
        if math.isnan(exceeds):
            exceeds = max((sought + beyond) * above / number - sought, 0.0)
        # an end that stays counts for half, so that the other one does not creep up to it (the Illinois rule)
        if is_enough:
            above, exceeds, misses = number, beyond, misses / (1.0 + was_enough)
        else:
            below, misses, exceeds = number, -beyond, exceeds / (2.0 - was_enough)
        was_enough = is_enough
    return above


def _between(below: int, above: int, *, part: float) -> int:
    """Give the number at a part of the way from one to another, both left out; halfway where it is not known."""
    number = below + (part if math.isfinite(part) else 0.5) * (above - below)
    return min(max(int(number), below + 1), above - 1)

"""What is asked when something is sized, and what an answer holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from dronesim.defaults import CONFIDENCE, INDIFFERENCE, MOST_REPLICATIONS, SIZED
from dronesim.experiment.ceilings import Ceiling, DayCeiling
from dronesim.experiment.estimates import Estimate, estimate, finite
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.sequential import indifference_zone
from dronesim.experiment.study import Study

NEAR_CEILING: Final = 0.01
NEAR_DAY_CEILING: Final = 0.1
"""Twice the indifference: the share that many of anything bring must be told from what lies below."""
DAYS_INDIFFERENCE: Final = 0.05
"""Days are 0 or 1, so many more of them are needed than where levels are known to half a point."""


class Status(StrEnum):
    """How a sizing ended."""

    FOUND = "found"
    RANGE = "range"
    UNDECIDED = "undecided"
    UNREACHABLE = "unreachable"
    ABOVE_CEILING = "above_ceiling"
    NO_ORDERS = "no_orders"

    @property
    def is_answer(self) -> bool:
        """Whether there is a number or a range to work with."""
        return self in (Status.FOUND, Status.RANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRequest:
    """What to size; ``target`` None is the scenario's, ``between`` None starts from the scenario's own value.

    ``days``: not the mean level is to meet the target, but the level of at least that share of days.
    ``indifference``, ``days_indifference``, ``near_ceiling`` and ``target`` are shares. ``near_ceiling``: how far below
    the ceiling the number is looked for that comes near it, where the target lies above; None is 0.01 for levels and
    0.1 for days. ``by_takeoff_point``: every take-off point meets what is asked for.
    """

    study: Study
    resource: str = SIZED
    target: float | None = None
    confidence: float = CONFIDENCE
    indifference: float = INDIFFERENCE
    most_replications: int = MOST_REPLICATIONS
    between: tuple[int, int] | None = None
    by_takeoff_point: bool = False
    days: float | None = None
    days_indifference: float = DAYS_INDIFFERENCE
    near_ceiling: float | None = None

    @property
    def zone(self) -> float:
        """The indifference about what is searched for: a level, or a share of days."""
        return self.indifference if self.days is None else self.days_indifference

    @property
    def below_ceiling(self) -> float:
        """How far below the ceiling a number is looked for where the target lies above it."""
        if self.near_ceiling is not None:
            return self.near_ceiling
        return NEAR_CEILING if self.days is None else NEAR_DAY_CEILING


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What was seen at one value of the resource.

    Attributes
    ----------
    value
        How many there were.
    level
        Service level, a share of 0 to 1, or the share of days that meet the target, where that is what was asked for.
    verdict
        ``meets``, ``misses`` or what else was found; None where it was not judged.
    shares
        Service level of each day.
    cost
        Cost of a delivered order, in the currency of the answer.
    takeoff_point
        The one whose level it is, where each must meet the target.
    """

    value: int
    level: Estimate
    verdict: str | None
    shares: tuple[float, ...]
    cost: Estimate
    takeoff_point: str | None = None

    def content(self, *, once: str) -> dict[str, Any]:
        """Give it for JSON; ``once`` names the interval of a value that was not judged."""
        return {
            "value": self.value,
            **self.level.content(),
            "interval": once if self.verdict is None else "holds at every look",
            "verdict": self.verdict,
            "takeoff_point": self.takeoff_point,
            "mean_of_days": finite(estimate(self.shares).mean),
            "cost_per_order": finite(self.cost.mean),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPoint:
    """What shadows make of a value at which no day was run: its level, from that of the answer.

    ``level`` is a share of 0 to 1, ``takeoff_point`` the one whose it is, where each must meet the target.
    """

    value: int
    level: float
    takeoff_point: str | None = None

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {"value": self.value, "mean": finite(self.level), "takeoff_point": self.takeoff_point}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearCeiling:
    """What was found for a target a little below the ceiling, since what is asked for lies above it.

    Attributes
    ----------
    target
        A level, or a share of days, 0 to 1.
    status, low, high
        As of the whole answer.
    """

    target: float
    status: Status
    low: int | None
    high: int | None

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        answer = {"low": self.low, "high": self.high} if self.status.is_answer else None
        return {"target": self.target, "status": str(self.status), "answer": answer}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastPossible:
    """The smallest number whose bound, in the mean over the first ``days``, reaches what was looked for."""

    number: int
    days: int

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {"number": self.number, "days": self.days}


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswer:
    """How many one take-off point needs by itself, where each is to meet the target.

    Attributes
    ----------
    takeoff_point, demand
        Which, and its share of the orders.
    status, low, high
        As of the whole answer.
    most
        The largest number that may be looked at there.
    curve
        What was looked at, by its own number; other take-off points had others meanwhile.
    """

    takeoff_point: str
    demand: float
    status: Status
    low: int | None
    high: int | None
    most: int
    curve: tuple[CurvePoint, ...]

    @property
    def at_answer(self) -> CurvePoint | None:
        """What was seen at its answer."""
        return next((point for point in self.curve if point.value == self.high), None)

    @property
    def one_fewer(self) -> CurvePoint | None:
        """What was seen with one fewer; None where nobody looked."""
        return next((point for point in self.curve if self.high is not None and point.value == self.high - 1), None)

    def content(self, *, once: str) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "takeoff_point": self.takeoff_point,
            "demand": self.demand,
            "status": str(self.status),
            "answer": {"low": self.low, "high": self.high} if self.status.is_answer else None,
            "looked_up_to": self.most,
            "curve": [point.content(once=once) for point in self.curve],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAnswer(InNotebooks):
    """How many of something are needed.

    Attributes
    ----------
    name, currency
        Name of the scenario, and the currency of its costs.
    request
        What was asked.
    target
        The share on time that was asked for, 0 to 1.
    status
        How the search ended; ``status.is_answer`` tells whether there is one.
    ceiling, day_ceiling
        What unlimited resources would reach: shares, by clock; and, where a share of days is asked for, of days.
    low, high
        The smallest number lies between these, both in; None where there is no answer.
    most
        The largest value that may be looked at.
    curve
        What was looked at, by value.
    by_shadows
        What shadows make of some values beside the answer, at which no day was run.
    control_days
        So many further days told how hard those are that were simulated.
    along
        What the network has of other things at the scenario's own value and at the answer.
    near
        What comes near the ceiling, where no number gives what is asked for.
    has_trace
        Whether all days have the orders of one trace.
    points
        The answer of each take-off point, where each is to meet the target and has a number of its own; ``low`` and
        ``high`` are the sums then, and the curve shows what all answers bring together.
    spread
        What each take-off point has at the answer, where one number was looked for and is spread over them.
    days_run
        How many days were run, those of scouts too.
    least_possible
        With fewer than this no policy at all can do it; None where that was not looked for.
    """

    name: str
    request: SizeRequest
    target: float
    currency: str
    status: Status
    ceiling: Ceiling
    low: int | None = None
    high: int | None = None
    most: int | None = None
    curve: tuple[CurvePoint, ...] = ()
    by_shadows: tuple[ShadowPoint, ...] = ()
    control_days: int | None = None
    along: Mapping[str, tuple[int, int]] | None = None
    day_ceiling: DayCeiling | None = None
    near: NearCeiling | None = None
    has_trace: bool = False
    points: tuple[PointAnswer, ...] = ()
    spread: Mapping[str, int] = field(default_factory=dict)
    days_run: int | None = None
    least_possible: LeastPossible | None = None

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The range that the answer names: what is asked for, or what comes near the ceiling."""
        found = self if self.near is None else self.near
        if not found.status.is_answer or found.low is None or found.high is None:
            return None
        return found.low, found.high

    @property
    def at_answer(self) -> CurvePoint | None:
        """The curve at the upper end of the answer."""
        chosen = self.chosen
        return next((point for point in self.curve if chosen is not None and point.value == chosen[1]), None)

    @property
    def asked(self) -> float:
        """What is asked for: the level, or the share of days."""
        return self.target if self.request.days is None else self.request.days

    @property
    def sought(self) -> float:
        """What was looked for: what is asked for, or what lies a little below the ceiling."""
        return self.asked if self.near is None else self.near.target

    @property
    def either(self) -> tuple[float, float]:
        """Ends of what may count as reaching what was looked for, and as not."""
        return indifference_zone(self.sought, self.request.zone)

    @property
    def most_possible(self) -> Estimate:
        """The ceiling of what is asked for: of the level, or of the share of days."""
        if self.day_ceiling is not None:
            return self.day_ceiling.share
        return self.ceiling.worst if self.request.by_takeoff_point else self.ceiling.share[self.ceiling.clock]

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        at, once = self.at_answer, "t" if self.request.days is None else "exact"
        return {
            "schema_version": 1,
            "name": self.name,
            "resource": self.request.resource,
            "target": self.target,
            "confidence": self.request.confidence,
            "indifference": self.request.indifference,
            "by": "takeoff_point" if self.request.by_takeoff_point else None,
            "days": self._days(),
            "status": str(self.status),
            "answer": {"low": self.low, "high": self.high} if self.status.is_answer else None,
            "near_ceiling": None if self.near is None else {**self.near.content(), "below": self.request.below_ceiling},
            "counts_as_either": list(self.either),
            "looked_up_to": self.most,
            "ceiling": self.ceiling.content(),
            "by_takeoff_point": [point.content(once=once) for point in self.points] or None,
            "spread": dict(self.spread) or None,
            "curve": [point.content(once=once) for point in self.curve],
            "by_shadows": [point.content() for point in self.by_shadows],
            "replications": self.days_run or sum(len(point.shares) for point in self.curve),
            "cost": None if at is None else {"per_order": finite(at.cost.mean), "currency": self.currency},
            "control_days": self.control_days,
            "no_policy_with_fewer_than": None if self.least_possible is None else self.least_possible.content(),
            "along": None if self.along is None else {name: list(pair) for name, pair in self.along.items()},
        }

    def _days(self) -> dict[str, Any] | None:
        if self.request.days is None:
            return None
        return {
            "share": self.request.days,
            "indifference": self.request.days_indifference,
            "ceiling": None if self.day_ceiling is None else self.day_ceiling.content(),
            "orders": "trace" if self.has_trace else "drawn",
        }

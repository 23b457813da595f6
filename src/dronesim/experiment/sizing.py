"""How many are needed: the smallest number of a resource whose service level meets the target."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import ready
from dronesim.experiment.ceilings import Ceiling, find_ceiling
from dronesim.experiment.controls import Controls
from dronesim.experiment.estimates import CONFIDENCE, Estimate, estimate, finite, number_or_nan
from dronesim.experiment.intervals import Days, estimate_once
from dronesim.experiment.levels import shares, shares_by
from dronesim.experiment.points import Point
from dronesim.experiment.runner import Runner
from dronesim.experiment.sequential import Found, SearchRules, search
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study, whole_number

AROUND: Final = (0.8, 0.9, 1.1, 1.2)
"""Parts of the answer at which the curve around it is looked at too."""
CURVE_DAYS: Final = 10
NEAR: Final = 0.04
"""A value this near, as a part of the answer, to one that was looked at tells nothing new."""
RESOURCES: Final = ("fleet", "batteries", "couriers", "takeoff_points", "airports", "pilots")
"""Tables of a scenario that say how many of something there are."""
REACH: Final = 4
"""Where no range is stated, values up to so many times the scenario's own are looked at."""

Floats = NDArray[np.float64]


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

    ``indifference`` and ``target`` are shares. ``by_takeoff_point``: every take-off point meets the target.
    """

    study: Study
    resource: str = "fleet.drones"
    target: float | None = None
    confidence: float = CONFIDENCE
    indifference: float = 0.005
    most_replications: int = 400
    between: tuple[int, int] | None = None
    by_takeoff_point: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The level at one value: ``level`` with its interval, each day's ``shares``, and the verdict, if it was judged.

    ``takeoff_point``: the one whose level it is, where each must meet the target.
    """

    value: int
    level: Estimate
    verdict: str | None
    shares: tuple[float, ...]
    cost: Estimate
    takeoff_point: str | None = None

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "value": self.value,
            **self.level.content(),
            "interval": "t" if self.verdict is None else "holds at every look",
            "verdict": self.verdict,
            "takeoff_point": self.takeoff_point,
            "mean_of_days": finite(estimate(self.shares).mean),
            "cost_per_order": finite(self.cost.mean),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeAnswer:
    """The answer: ``low`` to ``high`` where ``status`` says there is one; ``most`` is the largest value looked at."""

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
    control_days: int | None = None  # so many further days told how hard those are that were simulated
    along: Mapping[str, tuple[int, int]] | None = None
    """What the network has of other things at the scenario's own value and at the answer."""

    @property
    def at_answer(self) -> CurvePoint | None:
        """The curve at the upper end of the answer."""
        return next((point for point in self.curve if point.value == self.high), None)

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        at = self.at_answer
        return {
            "schema_version": 1,
            "name": self.name,
            "resource": self.request.resource,
            "target": self.target,
            "confidence": self.request.confidence,
            "indifference": self.request.indifference,
            "by": "takeoff_point" if self.request.by_takeoff_point else None,
            "status": str(self.status),
            "answer": {"low": self.low, "high": self.high} if self.status.is_answer else None,
            "looked_up_to": self.most,
            "ceiling": self.ceiling.content(),
            "curve": [point.content() for point in self.curve],
            "replications": sum(len(point.shares) for point in self.curve),
            "cost": None if at is None else {"per_order": finite(at.cost.mean), "currency": self.currency},
            "control_days": self.control_days,
            "along": None if self.along is None else {name: list(pair) for name, pair in self.along.items()},
        }


def size(request: SizeRequest, runner: Runner) -> SizeAnswer:
    """Find the smallest value of a resource that meets the target; see `dronesim.experiment.sequential`.

    A day's service level counts as one value, whatever its number of orders.

    Raises
    ------
    InputError
        The scenario can't be run, or the resource is not one whole number.
    """
    scenario = request.study.scenario()
    target = scenario.service.target if request.target is None else request.target
    least, most, start = _range(request)
    looks = _Looks(request=request, runner=runner)
    for end in (least, most):
        looks.point(end)
    ceiling = find_ceiling(looks.point(start))
    begun = SizeAnswer(
        name=scenario.name,
        request=request,
        target=target,
        currency=scenario.costs.currency,
        status=Status.ABOVE_CEILING,
        ceiling=ceiling,
    )
    if math.isnan(ceiling.share["placed"].mean):
        return _with(begun, status=Status.NO_ORDERS)
    if ceiling.is_below(target, by_takeoff_point=request.by_takeoff_point):
        return begun
    rules = SearchRules(
        target=target,
        least=least,
        most=most,
        start=start,
        indifference=request.indifference,
        confidence=request.confidence,
        most_replications=request.most_replications,
        groups=looks.groups,
        has_controls=True,
    )
    found = search(looks.days, rules)
    return _finish(begun, found=found, looks=looks, rules=rules)


def _with(answer: SizeAnswer, **changes: Any) -> SizeAnswer:
    return dataclasses.replace(answer, **changes)


def _range(request: SizeRequest) -> tuple[int, int, int]:
    """Give the smallest and largest value to look at, and the one to begin with."""
    if request.resource.partition(".")[0] not in RESOURCES:
        rule = f"is no resource; choose a number of {', '.join(RESOURCES)}"
        raise InputError([Problem(file="command line", key="--resource", rule=rule, value=request.resource)])
    own = whole_number(request.study.scenario(), request.resource, option="--resource")
    if request.between is None:
        if own is None:
            rule = f"must be stated, as --between 1:40, for the scenario leaves {request.resource} open"
            raise InputError([Problem(file="command line", key="--between", rule=rule)])
        return 1, max(REACH * own, 2), max(own, 1)
    least, most = request.between
    if not 0 <= least <= most:
        rule = "must be two whole numbers from small to large, as 20:80"
        raise InputError([Problem(file="command line", key="--between", rule=rule, value=f"{least}:{most}")])
    middle = (least + most) // 2 if own is None else own
    return least, most, min(max(middle, least), most)


class _Looks:
    """Runs the days that the search asks for, and remembers their records by value."""

    def __init__(self, *, request: SizeRequest, runner: Runner) -> None:
        self._request = request
        self._runner = runner
        self._controls = Controls(runner, by_takeoff_point=request.by_takeoff_point)
        self._points: dict[int, Point] = {}
        self.records: dict[int, list[Record]] = {}
        self.seen: dict[int, Days] = {}

    def point(self, value: int) -> Point:
        """Give the scenario with so many of the resource."""
        if value not in self._points:
            self._points[value] = self._request.study.point(f"{self._request.resource}={value}")
        return self._points[value]

    @property
    def groups(self) -> int:
        """How many levels must meet the target."""
        if not self._request.by_takeoff_point:
            return 1
        return len(ready(next(iter(self._points.values()))).world.takeoff_points)

    def name(self, group: int) -> str | None:
        """Name the take-off point of a group, where there is one a group."""
        if not self._request.by_takeoff_point:
            return None
        return str(ready(next(iter(self._points.values()))).world.takeoff_points.ids[group])

    @property
    def control_days(self) -> int | None:
        """How many further days told how hard the simulated ones were."""
        return self._controls.days

    def days(self, value: int, replications: range) -> Days:
        """Run some replications and give their service levels, with what is known of how hard the days are."""
        control = self._controls.control(self.point(value))
        records = self._runner.records(self.point(value), replications)
        self.records.setdefault(value, []).extend(records)
        levels = shares(records)[:, None]
        if self._request.by_takeoff_point:
            levels = shares_by(records, "takeoff_point")[1]
        days = Days(levels=levels)
        if control is not None:
            controls = self._controls.values(self.point(value), replications) - control.mean
            days = Days(levels=levels, controls=controls, drift=control.drift, skewness=control.skewness)
        self.seen[value] = self.seen[value].joined(days) if value in self.seen else days
        return days


def _finish(begun: SizeAnswer, *, found: Found, looks: _Looks, rules: SearchRules) -> SizeAnswer:
    status = _status(found, rules)
    if status.is_answer:
        _look_around(found, looks=looks, rules=rules)
    judged = {each.value: each for each in found.judged}
    curve = []
    for value, records in sorted(looks.records.items()):
        seen = judged.get(value)
        levels = looks.seen[value].levels
        group = _lowest(levels) if seen is None else seen.group
        days, takeoff_point = levels[:, group], looks.name(group)
        costs = [number_or_nan(record["kpis"]["cost"]["per_order"]) for record in records]
        curve.append(
            CurvePoint(
                value=value,
                level=estimate_once(looks.seen[value], group) if seen is None else seen.level,
                verdict=None if seen is None else str(seen.verdict),
                shares=tuple(days.tolist()),
                cost=estimate(costs),
                takeoff_point=takeoff_point,
            )
        )
    return _with(
        begun,
        status=status,
        low=found.low if found.low <= rules.most else None,
        high=found.high if found.high <= rules.most else None,
        most=rules.most,
        control_days=looks.control_days,
        curve=tuple(curve),
        along=_along(looks, rules.start, found.high) if status.is_answer else None,
    )


def _lowest(levels: Floats) -> int:
    """Give the group with the lowest mean, of levels ``(replications, groups)``."""
    has_data = ~np.isnan(levels).all(axis=0)
    means = np.where(has_data, np.nanmean(np.where(has_data, levels, 1.0), axis=0), np.inf)
    return int(np.argmin(means))


def _status(found: Found, rules: SearchRules) -> Status:
    if found.high <= rules.most:
        return Status.FOUND if found.is_number else Status.RANGE
    return Status.UNREACHABLE if found.is_number else Status.UNDECIDED


def _look_around(found: Found, *, looks: _Looks, rules: SearchRules) -> None:
    """Look at some values beside the answer too, so that its curve can be drawn."""
    for part in AROUND:
        value = round(part * found.high)
        is_new = all(abs(value - seen) > NEAR * found.high for seen in looks.records)
        if rules.least <= value <= rules.most and is_new:
            looks.days(value, range(CURVE_DAYS))


def _along(looks: _Looks, start: int, answer: int) -> dict[str, tuple[int, int]]:
    counts = [_counts(looks.point(value)) for value in (start, answer)]
    return {name: (counts[0][name], counts[1][name]) for name in counts[0]}


def _counts(point: Point) -> dict[str, int]:
    """Count what a network has of everything that costs, but for its sites."""
    rules = ready(point).resolved.rules
    return {
        "drones": sum(rules.fleet.drones),
        "spare drones": sum(rules.fleet.spares),
        "packs": sum(rules.fleet.drones) + sum(rules.fleet.spares) + sum(rules.batteries.packs),
        "chargers": sum(rules.batteries.chargers),
        "pilots": rules.pilots.count,
        "couriers": sum(rules.couriers.count),
        "loaders": sum(rules.takeoff_points.loaders),
        "take-off pads": sum(rules.takeoff_points.pads),
        "airport pads": sum(rules.airports.pads),
        "unloaders": sum(rules.airports.unloaders),
        "boxes": sum(rules.airports.boxes),
    }

"""How many are needed: the smallest number of a resource that meets the target, in the mean or on most days."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import ready
from dronesim.experiment.ceilings import days_met, find_ceiling, find_day_ceiling
from dronesim.experiment.controls import Controls
from dronesim.experiment.estimates import Estimate, estimate, number_or_nan
from dronesim.experiment.intervals import Days, estimate_once
from dronesim.experiment.levels import shares, shares_by
from dronesim.experiment.points import Point
from dronesim.experiment.proportions import estimate_share_once
from dronesim.experiment.runner import Runner
from dronesim.experiment.sequential import Found, Judged, SearchRules, search
from dronesim.experiment.size_answer import CurvePoint, NearCeiling, SizeAnswer, SizeRequest, Status
from dronesim.experiment.store import Record
from dronesim.experiment.study import whole_number
from dronesim.record.resources import RESOURCES, by_site, in_all

AROUND: Final = (0.8, 0.9, 1.1, 1.2)
"""Parts of the answer at which the curve around it is looked at too."""
CURVE_DAYS: Final = 10
CURVE_DAYS_OF_SHARES: Final = 30
"""A share of days needs more of them than a mean to be worth drawing."""
NEAR: Final = 0.04
"""A value this near, as a part of the answer, to one that was looked at tells nothing new."""
TABLES: Final = tuple(dict.fromkeys(str(resource.key).partition(".")[0] for resource in by_site()))
"""Tables of a scenario that say how many of something there are."""
REACH: Final = 4
"""Where no range is stated, values up to so many times the scenario's own are looked at."""

Floats = NDArray[np.float64]


def _unheard(_begun: SizeAnswer) -> None:
    """Tell nobody."""


def size(request: SizeRequest, runner: Runner, *, above: Callable[[SizeAnswer], None] = _unheard) -> SizeAnswer:
    """Find the smallest value of a resource that meets the target; see `dronesim.experiment.sequential`.

    A day's service level counts as one value, whatever its number of orders. What lies above the ceiling no number
    gives; then ``above`` is told so, and the smallest number is looked for that comes near the ceiling.

    Raises
    ------
    InputError
        The scenario can't be run, or the resource is not one whole number.
    """
    scenario = request.study.scenario()
    target = scenario.service.target if request.target is None else request.target
    span = _range(request)
    looks = _Looks(request=request, runner=runner, target=target)
    for value in span:
        looks.point(value)
    begun = _begin(request, runner, point=looks.point(span[-1]), target=target)
    is_above = begun.most_possible.high < begun.asked
    sought = begun.most_possible.mean - request.below_ceiling if is_above else begun.asked
    if begun.status == Status.NO_ORDERS or (is_above and sought <= 0.0):
        return begun
    if is_above:
        above(begun)
    rules = _rules(request, span, sought=sought, groups=looks.groups)
    return _finish(begun, found=search(looks.days, rules), looks=looks, rules=rules, is_above=is_above)


def _begin(request: SizeRequest, runner: Runner, *, point: Point, target: float) -> SizeAnswer:
    """Find the ceilings, and give the answer as it is without a search."""
    scenario, ceiling, day_ceiling = point.scenario, find_ceiling(point), None
    has_orders = not math.isnan(ceiling.share["placed"].mean)
    if request.days is not None and has_orders:
        by, sure = request.by_takeoff_point, request.confidence
        day_ceiling = find_day_ceiling(point, runner, target=target, by_takeoff_point=by, confidence=sure)
    return SizeAnswer(
        name=scenario.name,
        request=request,
        target=target,
        currency=scenario.costs.currency,
        status=Status.ABOVE_CEILING if has_orders else Status.NO_ORDERS,
        ceiling=ceiling,
        day_ceiling=day_ceiling,
        has_trace=scenario.demand.model == "trace",
    )


def _range(request: SizeRequest) -> tuple[int, int, int]:
    """Give the smallest and largest value to look at, and the one to begin with."""
    if request.resource.partition(".")[0] not in TABLES:
        rule = f"is no resource; choose a number of {', '.join(TABLES)}"
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


def _rules(request: SizeRequest, span: tuple[int, int, int], *, sought: float, groups: int) -> SearchRules:
    least, most, start = span
    return SearchRules(
        target=sought,
        least=least,
        most=most,
        start=start,
        indifference=request.zone,
        confidence=request.confidence,
        most_replications=request.most_replications,
        groups=groups,
        has_controls=request.days is None,
        is_share_of_days=request.days is not None,
    )


class _Looks:
    """Runs the days that the search asks for, and remembers their records by value.

    ``levels`` of a value are its days' service levels ``(replications, groups)``, ``seen`` what the search is shown.
    """

    def __init__(self, *, request: SizeRequest, runner: Runner, target: float) -> None:
        self._request = request
        self._target = target
        self._runner = runner
        self._controls = Controls(runner, by_takeoff_point=request.by_takeoff_point)
        self._points: dict[int, Point] = {}
        self.records: dict[int, list[Record]] = {}
        self.levels: dict[int, Floats] = {}
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
        """Run some replications and give what the search is to see of them."""
        records = self._runner.records(self.point(value), replications)
        levels = shares(records)[:, None]
        if self._request.by_takeoff_point:
            levels = shares_by(records, "takeoff_point")[1]
        self.records.setdefault(value, []).extend(records)
        self.levels[value] = np.concatenate([self.levels[value], levels]) if value in self.levels else levels
        days = self._shown(value, replications, levels)
        self.seen[value] = self.seen[value].joined(days) if value in self.seen else days
        return days

    def _shown(self, value: int, replications: range, levels: Floats) -> Days:
        """Give which days meet the target, or their levels with what is known of how hard the days are."""
        if self._request.days is not None:
            return Days(levels=days_met(levels, self._target))
        control = self._controls.control(self.point(value))
        if control is None:
            return Days(levels=levels)
        controls = self._controls.values(self.point(value), replications) - control.mean
        return Days(levels=levels, controls=controls, drift=control.drift, skewness=control.skewness)


def _finish(begun: SizeAnswer, *, found: Found, looks: _Looks, rules: SearchRules, is_above: bool) -> SizeAnswer:
    """Put down what was found, as the answer or as what comes near the ceiling."""
    answer, status = _with_curve(begun, found=found, looks=looks, rules=rules), _status(found, rules)
    low, high = (end if end <= rules.most else None for end in (found.low, found.high))
    if is_above:
        return dataclasses.replace(answer, near=NearCeiling(target=rules.target, status=status, low=low, high=high))
    return dataclasses.replace(answer, status=status, low=low, high=high)


def _with_curve(begun: SizeAnswer, *, found: Found, looks: _Looks, rules: SearchRules) -> SizeAnswer:
    """Give the answer with all that was looked at."""
    is_answer = _status(found, rules).is_answer
    if is_answer:
        _look_around(found, looks=looks, rules=rules)
    judged = {each.value: each for each in found.judged}
    return dataclasses.replace(
        begun,
        most=rules.most,
        control_days=looks.control_days,
        curve=tuple(_curve_point(value, looks, judged.get(value), rules) for value in sorted(looks.records)),
        along=_along(looks, rules.start, found.high) if is_answer else None,
    )


def _curve_point(value: int, looks: _Looks, judged: Judged | None, rules: SearchRules) -> CurvePoint:
    group = _lowest(looks.seen[value].levels) if judged is None else judged.group
    costs = [number_or_nan(record["kpis"]["cost"]["per_order"]) for record in looks.records[value]]
    return CurvePoint(
        value=value,
        level=_once(looks.seen[value], group, rules) if judged is None else judged.level,
        verdict=None if judged is None else str(judged.verdict),
        shares=tuple(looks.levels[value][:, group].tolist()),
        cost=estimate(costs),
        takeoff_point=looks.name(group),
    )


def _once(days: Days, group: int, rules: SearchRules) -> Estimate:
    return estimate_share_once(days.levels[:, group]) if rules.is_share_of_days else estimate_once(days, group)


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
    days = range(CURVE_DAYS_OF_SHARES if rules.is_share_of_days else CURVE_DAYS)
    for part in AROUND:
        value = round(part * found.high)
        is_new = all(abs(value - seen) > NEAR * found.high for seen in looks.records)
        if rules.least <= value <= rules.most and is_new:
            looks.days(value, days)


def _along(looks: _Looks, start: int, answer: int) -> dict[str, tuple[int, int]]:
    counts = [_counts(looks.point(value)) for value in (start, answer)]
    return {name: (counts[0][name], counts[1][name]) for name in counts[0]}


def _counts(point: Point) -> dict[str, int]:
    """Count what a network has of everything that costs, but for its sites."""
    rules = ready(point).resolved.rules
    return {resource.plural: in_all(resource, rules) for resource in RESOURCES if resource.key is not None}

"""How many are needed: the smallest number of a resource that meets the target, in the mean or on most days."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import ready
from dronesim.experiment.bounding import bounds_of, fewest
from dronesim.experiment.ceilings import find_ceiling, find_day_ceiling
from dronesim.experiment.estimates import Estimate, estimate, number_or_nan
from dronesim.experiment.intervals import Days, estimate_once
from dronesim.experiment.looks import Looks, along
from dronesim.experiment.points import Point
from dronesim.experiment.proportions import estimate_share_once
from dronesim.experiment.replaced import check_counts
from dronesim.experiment.runner import Runner
from dronesim.experiment.scouting import scouted
from dronesim.experiment.sequential import Found, Judged, SearchRules, search
from dronesim.experiment.shadow_levels import ShadowLevels
from dronesim.experiment.size_answer import (
    CurvePoint,
    LeastPossible,
    NearCeiling,
    ShadowPoint,
    SizeAnswer,
    SizeRequest,
    Status,
)
from dronesim.experiment.sizing_each import own_numbers, size_each, spread_of
from dronesim.experiment.study import whole_number
from dronesim.record.resources import by_site

AROUND: Final = (0.8, 0.9, 1.1, 1.2)
"""Parts of the answer at which the curve around it is looked at too."""
CURVE_DAYS: Final = 6
CURVE_DAYS_OF_SHARES: Final = 30
"""A share of days needs more of them than a mean to be worth drawing."""
BOUND_DAYS: Final = 3
"""Days over which the bound is averaged, below which no policy can do it."""
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
    gives; then ``above`` is told so, and the smallest number is looked for that comes near the ceiling. Where every
    take-off point is to meet the target, and has a number of its own, the smallest is found for each of them; see
    `dronesim.experiment.sequential_each`.

    Raises
    ------
    InputError
        The scenario can't be run, or the resource is not one whole number.
    """
    scenario = request.study.scenario()
    target = scenario.service.target if request.target is None else request.target
    _check_resource(request)
    check_counts(scenario, request.resource, option="--resource")
    looks = Looks(request=request, runner=runner, target=target)
    own = own_numbers(request)
    spans = [_range(request)] if own is None else [_range_of(request, number) for number in own]
    for ends in zip(*spans, strict=True):
        looks.point(ends[0] if own is None else ends)
    start = tuple(span[-1] for span in spans)
    begun = _begin(request, runner, point=looks.point(start[0] if own is None else start), target=target)
    is_above = begun.most_possible.high < begun.asked
    sought = begun.most_possible.mean - request.below_ceiling if is_above else begun.asked
    if begun.status == Status.NO_ORDERS or (is_above and sought <= 0.0):
        return begun
    if is_above:
        above(begun)
    rules = [_rules(request, span, sought=sought, groups=looks.groups) for span in spans]
    if own is not None:
        return size_each(begun, looks=looks, rules=rules, is_above=is_above)
    shadows = ShadowLevels(looks) if request.days is None else None
    begins = rules[0] if shadows is None else scouted(looks, shadows, rules[0])
    found = search(looks.days, begins)
    return _finish(begun, found=found, looks=looks, shadows=shadows, rules=rules[0], is_above=is_above)


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
        has_trace=_has_one_day(point),
    )


def _has_one_day(point: Point) -> bool:
    """Tell whether all days have the orders of one that was."""
    trace = ready(point).trace
    return trace is not None and len(trace.days) == 1 and point.scenario.demand.trace_factor == 1.0


def _check_resource(request: SizeRequest) -> None:
    if request.resource.partition(".")[0] not in TABLES:
        rule = f"is no resource; choose a number of {', '.join(TABLES)}"
        raise InputError([Problem(file="command line", key="--resource", rule=rule, value=request.resource)])


def _range(request: SizeRequest) -> tuple[int, int, int]:
    """Give the smallest and largest value to look at, and the one to begin with."""
    return _range_of(request, whole_number(request.study.scenario(), request.resource, option="--resource"))


def _range_of(request: SizeRequest, own: int | None) -> tuple[int, int, int]:
    """Give them by the number that the scenario has, in all or at one take-off point."""
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
        is_share_of_days=request.days is not None,
    )


def _finish(
    begun: SizeAnswer, *, found: Found, looks: Looks, shadows: ShadowLevels | None, rules: SearchRules, is_above: bool
) -> SizeAnswer:
    """Put down what was found, as the answer or as what comes near the ceiling."""
    answer, status = _with_curve(begun, found=found, looks=looks, shadows=shadows, rules=rules), _status(found, rules)
    low, high = (end if end <= rules.most else None for end in (found.low, found.high))
    if is_above:
        return dataclasses.replace(answer, near=NearCeiling(target=rules.target, status=status, low=low, high=high))
    return dataclasses.replace(answer, status=status, low=low, high=high)


def _with_curve(
    begun: SizeAnswer, *, found: Found, looks: Looks, shadows: ShadowLevels | None, rules: SearchRules
) -> SizeAnswer:
    """Give the answer with all that was looked at, and what else shows the curve around it."""
    is_answer, drawn = _status(found, rules).is_answer, tuple[ShadowPoint, ...]()
    looks.note_scouts()
    if is_answer:
        beside = _beside(found, looks=looks, rules=rules)
        if shadows is not None and shadows.tell(found.high, least=rules.least, most=rules.most):
            drawn = tuple(shadows.drawn(value, found.high) for value in beside)
        else:
            _look_at(beside, looks=looks, rules=rules)
    judged = {each.value: each for each in found.judged}
    return dataclasses.replace(
        begun,
        most=rules.most,
        control_days=looks.control_days,
        curve=tuple(_curve_point(value, looks, judged.get(value), rules) for value in looks.numbers),
        by_shadows=drawn,
        days_run=looks.replications,
        along=along(looks, rules.start, found.high) if is_answer else None,
        spread=spread_of(looks.point(found.high), begun.request.resource) if is_answer else {},
        least_possible=_least_possible(begun.request, found, looks, rules) if is_answer else None,
    )


def _least_possible(request: SizeRequest, found: Found, looks: Looks, rules: SearchRules) -> LeastPossible | None:
    """Find with how many some policy may reach the mean level that is looked for, by the bounds of the first days."""
    if request.days is not None or request.by_takeoff_point:
        return None

    def bound_at(value: int) -> float:
        days = bounds_of(looks.point(value), looks.runner, range(BOUND_DAYS), is_quick=True)
        return estimate([day.share for day in days]).mean

    number = fewest(bound_at, sought=rules.target, least=rules.least, most=found.high)
    return LeastPossible(number=number, days=BOUND_DAYS)


def _curve_point(value: int, looks: Looks, judged: Judged | None, rules: SearchRules) -> CurvePoint:
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


def _beside(found: Found, *, looks: Looks, rules: SearchRules) -> list[int]:
    """List some values beside the answer that were not looked at, so that its curve can be drawn."""
    beside: list[int] = []
    for value in (round(part * found.high) for part in AROUND):
        is_new = all(abs(value - seen) > NEAR * found.high for seen in (*looks.numbers, *beside))
        if is_new and rules.least <= value <= rules.most:
            beside.append(value)
    return beside


def _look_at(values: Sequence[int], *, looks: Looks, rules: SearchRules) -> None:
    """Look at some days of values that are not judged."""
    days = range(CURVE_DAYS_OF_SHARES if rules.is_share_of_days else CURVE_DAYS)
    for value in values:
        looks.days(value, days)

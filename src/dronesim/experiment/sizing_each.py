"""How many each take-off point needs by itself, where every one of them is to meet the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from dronesim.experiment.bench import ready
from dronesim.experiment.estimates import estimate, number_or_nan
from dronesim.experiment.looks import Looks, along
from dronesim.experiment.points import Point
from dronesim.experiment.sequential import Found, Judged, SearchRules, Verdict
from dronesim.experiment.sequential_each import FoundEach, Values, search_each
from dronesim.experiment.size_answer import CurvePoint, NearCeiling, PointAnswer, SizeAnswer, SizeRequest, Status
from dronesim.record.resources import RESOURCES, TAKEOFF_POINT, Resource, counted

_WORST_FIRST: Final = (Status.UNREACHABLE, Status.UNDECIDED, Status.RANGE, Status.FOUND)


def own_numbers(request: SizeRequest) -> tuple[int, ...] | None:
    """Give how many each take-off point has; None where it has none of its own, or nobody asks for each.

    Drones of a shared fleet go to whichever needs them, so that a number by take-off point says little.
    """
    resource = _at_takeoff_points(request.resource)
    if not request.by_takeoff_point or resource is None:
        return None
    rules = ready(request.study.point()).resolved.rules
    return None if rules.fleet.is_shared and resource.grows else counted(resource, rules)


def spread_of(point: Point, key: str) -> Mapping[str, int]:
    """Give how many of a resource each take-off point has, where it has some of its own; empty for other resources."""
    resource, setting = _at_takeoff_points(key), ready(point)
    if resource is None:
        return {}
    return dict(zip(setting.world.takeoff_points.ids, counted(resource, setting.resolved.rules), strict=True))


def _at_takeoff_points(key: str) -> Resource | None:
    return next((row for row in RESOURCES if row.key == key and row.site == TAKEOFF_POINT), None)


def size_each(begun: SizeAnswer, *, looks: Looks, rules: Sequence[SearchRules], is_above: bool) -> SizeAnswer:
    """Find the smallest number for each take-off point; one without demand keeps what it has."""
    fixed = tuple(each.start for each in rules)
    demand = ready(looks.point(fixed)).resolved.expected_demand
    wanted = {group: each for group, each in enumerate(rules) if demand[group] > 0}
    found = search_each(looks.days, wanted, fixed=fixed)
    answer = _with_points(begun, found=found, looks=looks, rules=wanted, demand=demand)
    status = min((point.status for point in answer.points), key=_WORST_FIRST.index)
    low, high = (sum(ends) for ends in zip(*_ends(found, fixed), strict=True))
    is_answer = status.is_answer
    answer = replace(
        answer,
        most=max(each.most for each in wanted.values()),
        curve=(_together(found, looks),) if is_answer else (),
        along=along(looks, fixed, found.values) if is_answer else None,
    )
    ends = {"status": status, "low": low if is_answer else None, "high": high if is_answer else None}
    if is_above:
        sought = next(iter(wanted.values())).target
        return replace(answer, near=NearCeiling(target=sought, **ends))  # type: ignore[arg-type]
    return replace(answer, **ends)  # type: ignore[arg-type]


def _ends(found: FoundEach, fixed: Values) -> list[tuple[int, int]]:
    ends = {group: (each.low, found.values[group]) for group, each in found.founds.items()}
    return [ends.get(group, (value, value)) for group, value in enumerate(fixed)]


def _with_points(
    begun: SizeAnswer,
    *,
    found: FoundEach,
    looks: Looks,
    rules: Mapping[int, SearchRules],
    demand: Sequence[float],
) -> SizeAnswer:
    points = [
        PointAnswer(
            takeoff_point=looks.names[group],
            demand=demand[group],
            status=_status(each, rules[group], found.together[group]),
            low=each.low if each.high <= rules[group].most else None,
            high=each.high if each.high <= rules[group].most else None,
            most=rules[group].most,
            curve=tuple(_curve_point(judged, found, looks) for judged in each.judged),
        )
        for group, each in found.founds.items()
    ]
    return replace(begun, points=tuple(points), control_days=looks.control_days, days_run=looks.replications)


def _status(found: Found, rules: SearchRules, together: Judged) -> Status:
    if found.high > rules.most:
        return Status.UNREACHABLE if found.is_number else Status.UNDECIDED
    return Status.FOUND if found.is_number and together.verdict != Verdict.OPEN else Status.RANGE


def _curve_point(judged: Judged, found: FoundEach, looks: Looks) -> CurvePoint:
    """Tell what was seen at one value of one take-off point, whatever the others had then."""
    values = found.where[judged.group][judged.value]
    costs = [number_or_nan(record["kpis"]["cost"]["per_order"]) for record in looks.records[values]]
    return CurvePoint(
        value=judged.value,
        level=judged.level,
        verdict=str(judged.verdict),
        shares=tuple(looks.levels[values][:, judged.group].tolist()),
        cost=estimate(costs),
        takeoff_point=looks.names[judged.group],
    )


def _together(found: FoundEach, looks: Looks) -> CurvePoint:
    """Tell what all answers bring together, by the take-off point that has least."""
    worst = min(found.together.values(), key=lambda judged: judged.level.mean)
    return replace(_curve_point(worst, found, looks), value=sum(found.values))

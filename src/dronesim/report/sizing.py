"""The answer to "how many do I need?" in words for a terminal."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.estimates import estimate
from dronesim.experiment.size_answer import CurvePoint, NearCeiling, ShadowPoint, SizeAnswer, Status
from dronesim.report import words
from dronesim.report.amounts import amount, interval, thing
from dronesim.report.sizing_points import nearest_points, point_lines, points_answer
from dronesim.units import MINUTE

BY_SHADOWS: Final = "by shadows"
SHADOWS: Final = (
    "By shadows: from the answer's level and how hard days are for so many drones and lanes; no day was run."
)
"""What that means, wherever it stands."""


def size_lines(answer: SizeAnswer) -> list[str]:
    """Tell the ceiling, the answer, the curve around it, the cost, and what scales along."""
    return [
        f"Ceiling     {ceiling_told(answer)}",
        f"Answer      {size_told(answer)}",
        *_bound_lines(answer),
        *_nearest_lines(answer),
        *_spread_lines(answer),
        *_trace_lines(answer),
        *(point_lines(answer) if answer.points else _curve_lines(answer)),
        *_means_lines(answer),
        *_cost_lines(answer),
    ]


def _bound_lines(answer: SizeAnswer) -> list[str]:
    """Tell with how many no policy at all can do it."""
    found = answer.least_possible
    if found is None:
        return []
    what = amount(found.number, thing(answer.request.resource))
    level, days = f"{100 * answer.sought:.3g} %", f"mean of the first {found.days} days"
    return [f"Any policy  none at all brings {level} with fewer than {what} (bound, {days})."]


def near_ceiling_line(begun: SizeAnswer) -> str:
    """Say that what is asked for can't be reached, and what is looked for instead."""
    return f"{_why_none(begun)}; looking for the smallest number {_within(begun)}"


def adjusted(answer: SizeAnswer) -> str | None:
    """Say that means are adjusted, where they are."""
    if answer.control_days is None:
        return None
    return (
        "Means are adjusted for how hard the simulated days happened to be, judged by "
        f"{answer.control_days:,} further days, so they need not equal the plain mean of the days."
    )


def _means_lines(answer: SizeAnswer) -> list[str]:
    text = adjusted(answer)
    return [] if text is None or not answer.curve else ["", text, *([SHADOWS] if answer.by_shadows else [])]


def ceiling_told(answer: SizeAnswer) -> str:
    """Say what unlimited resources would reach, beside the target."""
    ceiling = answer.ceiling
    if answer.status == Status.NO_ORDERS:
        return "no orders in range, so there is no service level to meet."
    if answer.day_ceiling is not None:
        return _day_ceiling(answer)
    if answer.request.by_takeoff_point:
        return (
            f"with unlimited resources and no queues {interval(ceiling.worst)} at the take-off point that has least, "
            f"{ceiling.worst_name}; target {100 * answer.target:g} % at each of them."
        )
    other = "ready" if ceiling.clock == "placed" else "placed"
    own, beside = interval(ceiling.share[ceiling.clock]), interval(ceiling.share[other])
    return (
        f"with unlimited resources and no queues {own} on the {ceiling.clock} clock, "
        f"{beside} on the {other} clock; target {100 * answer.target:g} %."
    )


def _day_ceiling(answer: SizeAnswer) -> str:
    days, ceiling = answer.most_possible, answer.ceiling
    point = None if answer.day_ceiling is None else answer.day_ceiling.takeoff_point
    where = "" if point is None else f" at the take-off point that has least, {point}"
    mean = interval(ceiling.worst if answer.request.by_takeoff_point else ceiling.share[ceiling.clock])
    return (
        f"with unlimited resources and no queues {interval(days)} of {days.count} days meet the target of "
        f"{100 * answer.target:g} %{where}; asked for {100 * answer.asked:g} % of days. In the mean {mean} on time."
    )


def size_told(answer: SizeAnswer) -> str:
    """Say how many are needed, or why there is no such number."""
    name, sure = thing(answer.request.resource), f"{100 * answer.request.confidence:g} %"
    if answer.points and answer.near is None:
        return f"{points_answer(answer)}{_either_end(answer)}"
    match answer.status:
        case Status.NO_ORDERS:
            return "none: there are no orders."
        case Status.ABOVE_CEILING:
            return _above_ceiling(answer)
        case Status.UNREACHABLE:
            what = "the target" if answer.request.days is None else f"{100 * answer.asked:g} % of days"
            return f"none: even {amount(answer.most or 0, name)} miss {what}; look further with --between."
        case Status.UNDECIDED:
            least = f"at least {amount(answer.low, name)}" if answer.low is not None else "undecided"
            return f"{least}; whether {answer.most} are enough is undecided: allow more with --max-replications."
        case Status.RANGE:
            return f"{answer.low} to {answer.high} {name} (confidence {sure}); {_reached(answer)}"
        case Status.FOUND:
            return f"{amount(answer.high or 0, name)} (confidence {sure}); {_reached(answer)}"


def _either_end(answer: SizeAnswer) -> str:
    return f"; {_either(answer)} count as either." if answer.status.is_answer else ""


def _reached(answer: SizeAnswer) -> str:
    """Tell what the upper end of the answer brings, and what counts as either."""
    at, between = answer.at_answer, answer.request.between
    if at is None:
        return f"{_either(answer)} count as either."
    few = "; no fewer were looked at (--between)" if between is not None and at.value == between[0] else ""
    bring = "brings" if at.value == 1 else "bring"
    return f"{at.value} {bring} {interval(at.level)} {_of_what(answer)}{few}; {_either(answer)} count as either."


def _of_what(answer: SizeAnswer) -> str:
    where = "at the worst take-off point"
    if answer.request.days is None:
        return where if answer.request.by_takeoff_point else "of the orders on time"
    of_days = f"of the days to the target of {100 * answer.target:g} %"
    return f"{of_days} {where}" if answer.request.by_takeoff_point else of_days


def _either(answer: SizeAnswer) -> str:
    """Name what counts as either: so many points about it, or its ends where it is cut off at one."""
    kind = "levels" if answer.request.days is None else "shares of days"
    zone, sought, (low, high) = answer.request.zone, answer.sought, answer.either
    if math.isclose(high - low, 2 * zone):
        about = "the target" if answer.near is None and answer.request.days is None else f"{100 * sought:.3g} %"
        return f"{kind} within {100 * zone:g} points of {about}"
    return f"{kind} from {100 * low:.3g} to {100 * high:.3g} %"


def _above_ceiling(answer: SizeAnswer) -> str:
    ceiling = answer.ceiling
    stages = ", ".join(f"{name} {value / MINUTE:.1f}" for name, value in ceiling.stages_s.items())
    ready = ceiling.share["ready"]
    hint = ""
    if ceiling.clock == "placed":
        hint = f" On the ready clock the ceiling is {interval(ready)} (--set service.clock=ready)."
    return (
        f"none: {_why_none(answer)}, so no number of anything meets it. "
        f"What takes the time is the {_stage(ceiling.longest)}; mean minutes: {stages}.{hint}"
    )


def _why_none(answer: SizeAnswer) -> str:
    if answer.request.days is not None:
        possible = f"the share of days that can meet the target at all ({100 * answer.most_possible.mean:.1f} %)"
        return f"{100 * answer.asked:g} % of days is above {possible}"
    where = f" at {answer.ceiling.worst_name}" if answer.request.by_takeoff_point else ""
    return f"the target is above the ceiling{where}"


def _nearest_lines(answer: SizeAnswer) -> list[str]:
    if answer.status != Status.ABOVE_CEILING:
        return []
    if answer.near is None:
        few = (
            "no order can be on time"
            if answer.request.days is None
            else "no day can meet the target; ask without --days"
        )
        return [f"Nearest     not looked for, as next to {few}."]
    return [f"Nearest     {_nearest(answer, answer.near)}"]


def _nearest(answer: SizeAnswer, near: NearCeiling) -> str:
    """Tell what comes near the ceiling, where the target lies above it."""
    name = thing(answer.request.resource)
    within = _within(answer)
    if answer.points:
        return nearest_points(answer, near, within)
    match near.status:
        case Status.UNREACHABLE:
            return (
                f"nothing up to {amount(answer.most or 0, name)} comes {within}; look further with --between, "
                "or with bottlenecks for what else is short."
            )
        case Status.UNDECIDED:
            least = f"at least {amount(near.low, name)}" if near.low is not None else "undecided"
            return f"{least}; whether {answer.most} come {within} is undecided: allow more with --max-replications."
    high = amount(near.high or 0, name)
    number = high if near.low == near.high else f"{near.low} to {high}"
    sure = f"{100 * answer.request.confidence:g} %"
    return f"{number} (confidence {sure}): the smallest number {within}; {_reached(answer)}"


def _within(answer: SizeAnswer) -> str:
    below = 100 * answer.request.below_ceiling
    points, of_days = (
        "1 point" if below == 1 else f"{below:g} points",
        "" if answer.request.days is None else " of days",
    )
    return f"within {points} of the ceiling ({100 * (answer.most_possible.mean) - below:.1f} %{of_days} or more)"


def _spread_lines(answer: SizeAnswer) -> list[str]:
    """Say what each take-off point gets of one number, where they do not all get the same."""
    chosen, spread = answer.chosen, answer.spread
    if chosen is None or len(spread) < 2 or sum(spread.values()) != chosen[1]:
        return []
    told = ", ".join(f"{name} {count}" for name, count in spread.items())
    own = "; --by takeoff_point finds the smallest number for each" * (not answer.request.by_takeoff_point)
    return [f"Spread      over take-off points by expected demand: {told}{own}."]


def _trace_lines(answer: SizeAnswer) -> list[str]:
    """Say what days are where they all have the same orders."""
    if answer.request.days is None or not answer.has_trace:
        return []
    return ["Days        all have the orders of the trace; they differ by what is drawn beside it, not in demand."]


def _stage(name: str) -> str:
    return words.STAGE_WORDS.get(name, name)


def _curve_lines(answer: SizeAnswer) -> list[str]:
    if not answer.curve:
        return []
    name, is_by_point = thing(answer.request.resource), answer.request.by_takeoff_point
    level = "at the worst point (interval)" if is_by_point else "on time, mean (interval)"
    spread = "one day, sd"
    if answer.request.days is not None:
        level, spread = "days met (interval)", "mean on time"
    where = "point and " if is_by_point else ""
    header = f"{name:>12}  {level:<30}{spread:>12}{'days':>6}  {'cost an order':<15}{where}verdict"
    width = max(len(name), 12)
    lines = [(point.value, _curve_line(point, answer, width)) for point in answer.curve]
    lines += [(point.value, _shadow_line(point, width)) for point in answer.by_shadows]
    return ["", header, *(line for _, line in sorted(lines))]


def _shadow_line(point: ShadowPoint, width: int) -> str:
    """Show what shadows make of a value that no day was run at."""
    verdict = BY_SHADOWS if point.takeoff_point is None else f"{point.takeoff_point}  {BY_SHADOWS}"
    level = f"{100 * point.level:.1f} %"
    return f"{point.value:>{width}}  {level:<30}{'-':>12}{'-':>6}  {'-':<15}{verdict}"


def _curve_line(point: CurvePoint, answer: SizeAnswer, width: int) -> str:
    cost = "-" if math.isnan(point.cost.mean) else f"{point.cost.mean:.2f} {answer.currency}"
    chosen = answer.chosen
    mark = "" if chosen is None or point.value != chosen[1] else "  <- nearest" if answer.near else "  <- answer"
    verdict = (point.verdict or "") + mark
    days = f"{_beside_level(point, answer):>12}{len(point.shares):>6}"
    verdict = f"{point.takeoff_point}  {verdict}" if point.takeoff_point is not None else verdict
    return f"{point.value:>{width}}  {interval(point.level):<30}{days}  {cost:<15}{verdict}".rstrip()


def _beside_level(point: CurvePoint, answer: SizeAnswer) -> str:
    """Show how much days differ, or the mean level where the share of days is shown already."""
    if answer.request.days is not None:
        mean = estimate(point.shares).mean
        return "-" if math.isnan(mean) else f"{100 * mean:.1f} %"
    return "-" if math.isnan(point.level.sd) else f"{100 * point.level.sd:.1f} pts"


def _cost_lines(answer: SizeAnswer) -> list[str]:
    at = answer.at_answer
    if at is None or answer.along is None:
        return []
    moved = [amount(new, name) for name, (old, new) in answer.along.items() if new != old]
    still = [amount(new, name) for name, (old, new) in answer.along.items() if new == old and new]
    grown = f"Along       against the scenario's own value: {', '.join(moved)}; " if moved else "Along       "
    return ["", f"Cost        {at.cost.mean:.2f} {answer.currency} an order", f"{grown}unchanged: {', '.join(still)}."]

"""How many each take-off point needs by itself, in words for a terminal."""

from __future__ import annotations

from dronesim.experiment.size_answer import CurvePoint, NearCeiling, PointAnswer, SizeAnswer, Status
from dronesim.letters import column, column_width
from dronesim.report.amounts import amount, interval, thing

NOTE = (
    "Each was looked at while the others had the numbers that were looked at in the same turn; all answers together "
    "were looked at last."
)


def points_answer(answer: SizeAnswer) -> str:
    """Tell the number of each take-off point and the sum, or where there is none."""
    points = [point for point in answer.points if point.status == answer.status]
    what = "the target" if answer.request.days is None else f"{100 * answer.asked:g} % of days"
    match answer.status:
        case Status.UNREACHABLE:
            return f"none: {_even(points, answer)} {what}; look further with --between."
        case Status.UNDECIDED:
            return f"undecided at {_names(points)}; allow more with --max-replications."
    sure = f"{100 * answer.request.confidence:g} %"
    return f"{_sum(answer)} (confidence {sure}), the smallest number for each take-off point: {_each(answer)}"


def nearest_points(answer: SizeAnswer, near: NearCeiling, within: str) -> str:
    """Tell what comes near the ceiling at each take-off point."""
    points = [point for point in answer.points if point.status == near.status]
    match near.status:
        case Status.UNREACHABLE:
            what = f"to come {within}"
            return f"none: {_even(points, answer)} {what}; look further with --between."
        case Status.UNDECIDED:
            return f"undecided at {_names(points)} whether any comes {within}; allow more with --max-replications."
    sure = f"{100 * answer.request.confidence:g} %"
    return f"{_sum(answer)} (confidence {sure}), the smallest numbers {within}: {_each(answer)}."


def _sum(answer: SizeAnswer) -> str:
    low, high = answer.chosen or (0, 0)
    kind = thing(answer.request.resource).partition(" per ")[0]
    return f"{amount(high, kind) if low == high else f'{low} to {amount(high, kind)}'} in all"


def _each(answer: SizeAnswer) -> str:
    return ", ".join(f"{point.takeoff_point} {_number(point)}" for point in answer.points)


def _names(points: list[PointAnswer]) -> str:
    return ", ".join(point.takeoff_point for point in points)


def _even(points: list[PointAnswer], answer: SizeAnswer) -> str:
    kind = thing(answer.request.resource).partition(" per ")[0]
    each = [f"{point.takeoff_point} (looked at: up to {amount(point.most, kind)})" for point in points]
    return f"no number that was looked at is enough at {', '.join(each)} for"


def _number(point: PointAnswer) -> str:
    match point.status:
        case Status.UNREACHABLE:
            return f"more than {point.most}"
        case Status.UNDECIDED:
            return "undecided" if point.low is None else f"{point.low} or more"
    return str(point.high) if point.low == point.high else f"{point.low} to {point.high}"


def point_lines(answer: SizeAnswer) -> list[str]:
    """Give a line a take-off point: what it needs, what that brings, and what one fewer would."""
    name = thing(answer.request.resource).partition(" per ")[0]
    level = "on time, mean (interval)" if answer.request.days is None else "days met (interval)"
    width = column_width([point.takeoff_point for point in answer.points], least=16, most=40)
    head = f"{column('take-off point', width)}{'demand':>8}{name:>14}  {level:<26}{'with one fewer':<26}{'days':>5}"
    return ["", head, *(_line(point, width) for point in answer.points), "", NOTE]


def _line(point: PointAnswer, width: int) -> str:
    at = point.at_answer if point.status.is_answer else point.curve[-1]
    fewer = point.one_fewer
    shown = f"{column(point.takeoff_point, width)}{100 * point.demand:>6.1f} %{_number(point):>14}  "
    return f"{shown}{_level(at):<26}{_level(fewer):<26}{'-' if at is None else len(at.shares):>5}"


def _level(point: CurvePoint | None) -> str:
    return "-" if point is None else interval(point.level)

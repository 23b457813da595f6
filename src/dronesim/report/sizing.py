"""The answer to "how many do I need?" in words for a terminal."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.sizing import CurvePoint, SizeAnswer, Status
from dronesim.report import words

THINGS: Final = {
    "fleet.spares": "spare drones",
    "couriers.per_takeoff_point": "couriers per take-off point",
    "pilots.count": "pilots",
    "pilots.drones_per_pilot": "drones per pilot",
    "takeoff_points.pads": "pads per take-off point",
    "takeoff_points.loaders": "loaders per take-off point",
    "airports.pads": "pads per airport",
    "airports.unloaders": "unloaders per airport",
    "airports.boxes": "boxes per airport",
}
"""What is counted under keys that do not say it."""


def size_lines(answer: SizeAnswer) -> list[str]:
    """Tell the ceiling, the answer, the curve around it, the cost, and what scales along."""
    return [
        f"Ceiling     {_ceiling(answer)}",
        f"Answer      {_answer(answer)}",
        *_curve_lines(answer),
        *_means_lines(answer),
        *_cost_lines(answer),
    ]


def interval(found: Estimate) -> str:
    """Show a share with its interval in per cent."""
    if math.isnan(found.mean):
        return "no orders"
    if not math.isfinite(found.low) or not math.isfinite(found.high):
        return f"{100 * found.mean:.1f} %"
    return f"{100 * found.mean:.1f} % ({100 * max(found.low, 0):.1f} to {100 * min(found.high, 1):.1f})"


def thing(resource: str) -> str:
    """Name a resource in the answer: ``fleet.drones`` is a number of drones."""
    return THINGS.get(resource, resource.rpartition(".")[2].replace("_", " "))


def amount(count: int, name: str) -> str:
    """Show a number of things whose name is a plural, such as "pads per airport"."""
    what, *rest = name.split(" per ", 1)
    singular = what.removesuffix("es" if what.endswith("xes") else "s")
    return " per ".join([f"{count} {singular if count == 1 else what}", *rest])


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
    return [] if text is None or not answer.curve else ["", text]


def _ceiling(answer: SizeAnswer) -> str:
    ceiling = answer.ceiling
    if answer.status == Status.NO_ORDERS:
        return "no orders in range, so there is no service level to meet."
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


def _answer(answer: SizeAnswer) -> str:
    name, sure = thing(answer.request.resource), f"{100 * answer.request.confidence:g} %"
    match answer.status:
        case Status.NO_ORDERS:
            return "none: there are no orders."
        case Status.ABOVE_CEILING:
            return _above_ceiling(answer)
        case Status.UNREACHABLE:
            return f"none: even {amount(answer.most or 0, name)} miss the target; look further with --between."
        case Status.UNDECIDED:
            least = f"at least {amount(answer.low, name)}" if answer.low is not None else "undecided"
            return f"{least}; whether {answer.most} are enough is undecided: allow more with --max-replications."
        case Status.RANGE:
            return f"{answer.low} to {answer.high} {name} (confidence {sure}); {_reached(answer)}"
        case Status.FOUND:
            return f"{amount(answer.high or 0, name)} (confidence {sure}); {_reached(answer)}"


def _reached(answer: SizeAnswer) -> str:
    at, zone = answer.at_answer, 100 * answer.request.indifference
    where = "at the worst take-off point" if answer.request.by_takeoff_point else "of the orders on time"
    bring = "brings" if answer.high == 1 else "bring"
    level = "" if at is None else f"{answer.high} {bring} {interval(at.level)} {where}"
    between = answer.request.between
    if between is not None and answer.high == between[0]:
        level += "; no fewer were looked at (--between)"
    return f"{level}; levels within {zone:g} points of the target count as either."


def _above_ceiling(answer: SizeAnswer) -> str:
    ceiling = answer.ceiling
    stages = ", ".join(f"{name} {value / 60:.1f}" for name, value in ceiling.stages_s.items())
    where = f" at {ceiling.worst_name}" if answer.request.by_takeoff_point else ""
    ready = ceiling.share["ready"]
    hint = ""
    if ceiling.clock == "placed":
        hint = f" On the ready clock the ceiling is {interval(ready)} (--set service.clock=ready)."
    return (
        f"none: the target is above the ceiling{where}, so no number of anything meets it. "
        f"What takes the time is the {_stage(ceiling.longest)}; mean minutes: {stages}.{hint}"
    )


def _stage(name: str) -> str:
    return words.STAGE_WORDS.get(name, name)


def _curve_lines(answer: SizeAnswer) -> list[str]:
    if not answer.curve:
        return []
    name = thing(answer.request.resource)
    level = "at the worst point (interval)" if answer.request.by_takeoff_point else "on time, mean (interval)"
    where = "point and " if answer.request.by_takeoff_point else ""
    header = f"{name:>12}  {level:<30}{'one day, sd':>12}{'days':>6}  {'cost an order':<15}{where}verdict"
    return ["", header, *(_curve_line(point, answer, max(len(name), 12)) for point in answer.curve)]


def _curve_line(point: CurvePoint, answer: SizeAnswer, width: int) -> str:
    sd = "-" if math.isnan(point.level.sd) else f"{100 * point.level.sd:.1f} pts"
    cost = "-" if math.isnan(point.cost.mean) else f"{point.cost.mean:.2f} {answer.currency}"
    mark = "  <- answer" if point.value == answer.high else ""
    verdict = (point.verdict or "") + mark
    days = f"{sd:>12}{len(point.shares):>6}"
    verdict = f"{point.takeoff_point}  {verdict}" if point.takeoff_point is not None else verdict
    return f"{point.value:>{width}}  {interval(point.level):<30}{days}  {cost:<15}{verdict}".rstrip()


def _cost_lines(answer: SizeAnswer) -> list[str]:
    at = answer.at_answer
    if at is None or answer.along is None:
        return []
    moved = [amount(new, name) for name, (old, new) in answer.along.items() if new != old]
    still = [amount(new, name) for name, (old, new) in answer.along.items() if new == old and new]
    grown = f"Along       against the scenario's own value: {', '.join(moved)}; " if moved else "Along       "
    return ["", f"Cost        {at.cost.mean:.2f} {answer.currency} an order", f"{grown}unchanged: {', '.join(still)}."]

"""A drill in words: what it asks, its lesson, and the figures that it is about."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.drilling import Drilled
from dronesim.experiment.side_by_side import SideBySide
from dronesim.letters import counted
from dronesim.report.side_by_side import changes_lines, figure_lines, heading, scale_of

_WORDS: Final = {
    "service.share": "the share on time",
    "click_to_door_s.mean": "the mean time to the door",
    "click_to_door_s.p95": "the time within which 95 % are at the door",
    "cost.per_order": "the cost of an order",
}
"""What figures are called in a sentence; others by their names."""
_SHOWN: Final = 3
"""So many breaches of a day are shown; all of them stand in the JSON."""


def drill_lines(found: Drilled) -> list[str]:
    """Tell what the drill asks and changes, its lesson, the figures that it watches, and what the checker said."""
    sides = found.sides
    return [
        f"{'Drill':<12}{found.name}: {found.asks}",
        f"{'On':<12}{sides.a.name}   {sides.a.file}",
        *changes_lines(sides),
        f"{'Lesson':<12}{lesson(found)}",
        *(f"{'' if number else 'Verified':<12}{text}" for number, text in enumerate(_verified(found))),
        "",
        heading("as it is", "with it", "difference (95 % interval of its own)"),
        *figure_lines(sides, sides.asked),
        "",
        f"Told apart: the difference stands after Holm's correction for {counted(len(sides.asked), 'figure')}.",
        "All other figures are in --json and drill.json.",
    ]


def lesson(found: Drilled) -> str:
    """State what the trouble does, as a paired difference with its interval."""
    figure, sides = found.lesson, found.sides
    what, days = _WORDS.get(figure.name, figure.name), counted(sides.days, "day")
    scale = scale_of(figure.name, sides.currency)
    if figure.is_same:
        return f"{what} is the same on each of {days}{_in_vain(sides)}"
    if not figure.is_clear:
        return f"{what} is not told apart from that without the trouble: {scale.gap(figure.difference)} over {days}."
    change = "falls" if figure.difference.mean < 0 else "rises"
    means = f"from {scale.mean(figure.a)} to {scale.mean(figure.b)}"
    return f"{what} {change} by {scale.size(figure.difference)}, {means}, over {days}."


def _in_vain(sides: SideBySide) -> str:
    """Say that the trouble hindered nobody, where no figure that is watched differs, as the end of a sentence."""
    watched = [sides.figures[name] for name in sides.asked]
    if len(watched) > 1 and all(figure.is_same or math.isnan(figure.difference.mean) for figure in watched):
        return (
            ", as are all figures that the drill watches: the trouble hindered nobody. Does it come in opening hours?"
        )
    return "."


def _verified(found: Drilled) -> list[str]:
    days = counted(len(found.verified), "day")
    if not found.verified:
        return ["no day was looked at"]
    faulty = [day for day in found.verified if not day.is_clean]
    if not faulty:
        return [f"the independent checker finds nothing on {days} with the trouble"]
    lines = [f"the independent checker contradicts {len(faulty)} of {days} with the trouble"]
    for day in faulty:
        lines += [f"replication {day.replication}: {text}" for text in day.breaches[:_SHOWN]]
    return lines

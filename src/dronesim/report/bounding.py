"""Bounds in words."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.bounding import Bounded
from dronesim.experiment.estimates import Estimate
from dronesim.letters import counted
from dronesim.report.amounts import interval

LED_ELSEWHERE: Final = "flights may be led elsewhere on some of these days: ways are counted as the crow flies"


def bound_lines(found: Bounded) -> list[str]:
    """Tell what no policy exceeds, what keeps it there, and each day."""
    days = counted(len(found.days), "day")
    lines = [
        f"no policy brings more than {interval(found.share)} of the orders on time, mean of {days}",
        f"  without any waiting {interval(found.possible)}; {kept_told(found)}",
        f"  target {100 * found.target:g} %: {_verdict(found)}",
        "",
        f"{'day':>5}{'in range':>10}{'on time at most':>17}{'share':>9}",
    ]
    for number, day in enumerate(found.days):
        share = "-" if math.isnan(day.share) else f"{100 * day.share:.1f} %"
        lines.append(f"{number:>5}{day.orders:>10,}{day.on_time:>17,}{share:>9}")
    return [*lines, f"  ({LED_ELSEWHERE})"] if has_unsteady_day(found) else lines


def kept_told(found: Bounded) -> str:
    """Name what keeps the bound below what is possible."""
    return f"short at some time: {', '.join(found.limits)}" if found.limits else "nothing that policies share is short"


def verdict_told(found: Bounded) -> str:
    """Say what the bound tells of the target."""
    return f"target {100 * found.target:g} %, {_verdict(found)}"


def _verdict(found: Bounded) -> str:
    return "no policy meets it" if found.share.mean < found.target else "whether a policy meets it is open"


def has_unsteady_day(found: Bounded) -> bool:
    """Tell whether flights may be led elsewhere on some day."""
    return not all(day.is_steady for day in found.days)


def gap_line(bound: Estimate, gaps: dict[str, Estimate]) -> str:
    """Tell how far below the bound each policy is, in points."""
    told = ", ".join(f"{name} {100 * gap.mean:.1f}" for name, gap in gaps.items())
    return f"no policy brings more than {interval(bound)} on these days; points below that: {told}"

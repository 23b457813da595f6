"""Bounds in words."""

from __future__ import annotations

import math

from dronesim.experiment.bounding import Bounded
from dronesim.experiment.estimates import Estimate
from dronesim.report.amounts import interval


def bound_lines(found: Bounded) -> list[str]:
    """Tell what no policy exceeds, what keeps it there, and each day."""
    days = len(found.days)
    kept = f"short at some time: {', '.join(found.limits)}" if found.limits else "nothing that policies share is short"
    verdict = "no policy meets it" if found.share.mean < found.target else "whether a policy meets it is open"
    lines = [
        f"no policy brings more than {interval(found.share)} of the orders on time, mean of {_days(days)}",
        f"  without any waiting {interval(found.possible)}; {kept}",
        f"  target {100 * found.target:g} %: {verdict}",
        "",
        f"{'day':>5}{'in range':>10}{'on time at most':>17}{'share':>9}",
    ]
    for number, day in enumerate(found.days):
        share = "-" if math.isnan(day.share) else f"{100 * day.share:.1f} %"
        lines.append(f"{number:>5}{day.orders:>10,}{day.on_time:>17,}{share:>9}")
    if not all(day.is_steady for day in found.days):
        lines.append("  (flights may be led elsewhere on some of these days: ways are counted as the crow flies)")
    return lines


def gap_line(bound: Estimate, gaps: dict[str, Estimate]) -> str:
    """Tell how far below the bound each policy is, in points."""
    told = ", ".join(f"{name} {100 * gap.mean:.1f}" for name, gap in gaps.items())
    return f"no policy brings more than {interval(bound)} on these days; points below that: {told}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"

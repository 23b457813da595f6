"""Compared policies in words."""

from __future__ import annotations

import math
from typing import Final

from dronesim.experiment.comparing import Comparison, Competitor, Difference
from dronesim.experiment.estimates import Estimate
from dronesim.letters import column
from dronesim.report.amounts import interval
from dronesim.report.bounding import gap_line
from dronesim.units import in_minutes

SHOWN: Final = 3
"""So many groups of each grouping are told, those that differ most."""


def compare_lines(found: Comparison) -> list[str]:
    """Tell the ranking, the differences, and where the best and the second differ."""
    days = len(found.competitors[0].records)
    width = max(len(each.policy) for each in found.competitors) + 2
    heads = f"{'to the door':>12}{'cost an order':>16}{'mean rank':>11}{f'best of {days} days':>18}"
    lines = [f"{'policy':<{width}}{'on time, mean (interval)':<28}{heads}"]
    for each in found.competitors:
        door = in_minutes(each.door_s.mean)
        cost = "-" if math.isnan(each.cost.mean) else f"{each.cost.mean:.2f} {found.currency}"
        lines.append(
            f"{each.policy:<{width}}{interval(each.level):<28}{door:>12}{cost:>16}{_rank(each):>11}{each.days_best:>18}"
        )
    lines += _void_lines(found)
    lines += [gap_line(found.bound, {each.policy: found.gap(each) for each in found.competitors})]
    lines += ["", "paired differences on the same days, points on time (intervals hold together; p after Holm)"]
    lines += [_difference_line(difference, max(24, 2 * width)) for difference in found.differences]
    if any(difference.is_clear and difference.level.low <= 0 for difference in found.differences):
        lines.append("  (clear although the interval holds 0: Holm's correction is sharper than intervals can be)")
    top = found.differences[0]
    where = _where_lines(top)
    if not where:
        return lines
    head = f"where {top.policy} and {top.other} differ most, points on time (95 % intervals, each for itself)"
    return [*lines, "", head, *where]


def _void_lines(found: Comparison) -> list[str]:
    """Tell of the days that policies have spoilt, and of the first of each how."""
    lines = []
    for each in found.competitors:
        if each.voids:
            first = min(each.voids)
            days = f"{len(each.voids)} of {len(each.records)} days"
            lines.append(
                f"  {each.policy}: {days} void, counted as 0 on time; replication {first}: {each.voids[first]}"
            )
    return ["", "void days", *lines] if lines else []


def _rank(each: Competitor) -> str:
    return "-" if math.isnan(each.rank) else f"{each.rank:.2f}"


def points(found: Estimate) -> str:
    """Show a difference of shares in points with its interval."""
    if math.isnan(found.mean):
        return "no orders"
    if not math.isfinite(found.low):
        return f"{100 * found.mean:+.2f}"
    return f"{100 * found.mean:+.2f} ({100 * found.low:+.2f} to {100 * found.high:+.2f})"


def _difference_line(difference: Difference, width: int) -> str:
    p = "p < 0.001" if difference.p < 0.001 else f"p = {difference.p:.3f}"
    p = "-" if math.isnan(difference.p) else p
    verdict = "clear" if difference.is_clear else "not told apart"
    pair = f"{difference.policy} - {difference.other}"
    return f"  {pair:<{width}}{points(difference.level):<28}{p:<12}{verdict}"


def _where_lines(difference: Difference) -> list[str]:
    lines = []
    for grouping, groups in difference.where.items():
        known = [(name, found) for name, found in groups.items() if not math.isnan(found.mean)]
        known.sort(key=lambda pair: -abs(pair[1].mean))
        lines += [f"  {column(group_told(grouping, name), 24)}{points(found)}" for name, found in known[:SHOWN]]
    return lines


def group_told(grouping: str, name: str) -> str:
    """Name a group of orders: an hour, a distance, an airport."""
    match grouping:
        case "hour":
            return f"{int(name):02d}:00 to {int(name) + 1:02d}:00"
        case "distance":
            return f"{int(name) / 1000:g} to {int(name) / 1000 + 0.5:g} km"
        case _:
            return f"airport {name}"

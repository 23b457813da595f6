"""Compared policies in words and as a picture."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dronesim.experiment.comparing import Comparison, Difference
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.levels import shares
from dronesim.report.drawing import BLUE, FAINT, GOOD, INK, house_style, new_figure
from dronesim.report.sizing import interval

SHOWN: Final = 3
"""So many groups of each grouping are told, those that differ most."""


def compare_lines(found: Comparison) -> list[str]:
    """Tell the ranking, the differences, and where the best and the second differ."""
    days = len(found.competitors[0].records)
    width = max(len(each.policy) for each in found.competitors) + 2
    heads = f"{'to the door':>12}{'cost an order':>16}{'mean rank':>11}{f'best of {days} days':>18}"
    lines = [f"{'policy':<{width}}{'on time, mean (interval)':<28}{heads}"]
    for each in found.competitors:
        door = "-" if math.isnan(each.door_s.mean) else f"{each.door_s.mean / 60:.1f} min"
        cost = "-" if math.isnan(each.cost.mean) else f"{each.cost.mean:.2f} {found.currency}"
        lines.append(
            f"{each.policy:<{width}}{interval(each.level):<28}{door:>12}{cost:>16}{each.rank:>11.2f}{each.days_best:>18}"
        )
    lines += ["", "paired differences on the same days, points on time (intervals hold together; p after Holm)"]
    lines += [_difference_line(difference) for difference in found.differences]
    top = found.differences[0]
    return [*lines, "", f"where {top.policy} and {top.other} differ most, points on time", *_where_lines(top)]


def points(found: Estimate) -> str:
    """Show a difference of shares in points with its interval."""
    if math.isnan(found.mean):
        return "no orders"
    if not math.isfinite(found.low):
        return f"{100 * found.mean:+.2f}"
    return f"{100 * found.mean:+.2f} ({100 * found.low:+.2f} to {100 * found.high:+.2f})"


def _difference_line(difference: Difference) -> str:
    p = "p < 0.001" if difference.p < 0.001 else f"p = {difference.p:.3f}"
    verdict = "clear" if difference.is_clear else "not told apart"
    pair = f"{difference.policy} - {difference.other}"
    return f"  {pair:<24}{points(difference.level):<28}{p:<12}{verdict}"


def _where_lines(difference: Difference) -> list[str]:
    lines = []
    for grouping, groups in difference.where.items():
        known = [(name, found) for name, found in groups.items() if not math.isnan(found.mean)]
        known.sort(key=lambda pair: -abs(pair[1].mean))
        lines += [f"  {_group(grouping, name):<24}{points(found)}" for name, found in known[:SHOWN]]
    return lines


def _group(grouping: str, name: str) -> str:
    match grouping:
        case "hour":
            return f"{int(name):02d}:00 to {int(name) + 1:02d}:00"
        case "distance":
            return f"{int(name) / 1000:g} to {int(name) / 1000 + 0.5:g} km"
        case _:
            return f"airport {name}"


def draw_differences(found: Comparison) -> Figure:
    """Draw every difference with its interval, single days as dots, and its course over the day for the first."""
    with house_style():
        figure = new_figure(9.6, 3.4 + 0.5 * len(found.differences))
        upper, lower = figure.subplots(2, 1, height_ratios=[len(found.differences), 3])
        days = {each.policy: each.records for each in found.competitors}
        for row, difference in enumerate(found.differences):
            one, two = (shares(days[name]) for name in (difference.policy, difference.other))
            upper.plot(100 * (one - two), np.full(len(one), row), ".", color=FAINT, alpha=0.4)
            _draw_interval(upper, row, difference.level, color=GOOD if difference.is_clear else FAINT)
        names = [f"{difference.policy} - {difference.other}" for difference in found.differences]
        upper.set_yticks(range(len(names)), names)
        upper.invert_yaxis()
        upper.axvline(0, color=INK, linewidth=1)
        upper.set_xlabel("points on time, on the same days")
        upper.set_title(f"Policies compared: {found.name}")
        _draw_hours(lower, found.differences[0])
    return figure


def _draw_interval(axes: Axes, row: int, level: Estimate, *, color: str) -> None:
    half = 100 * level.half if math.isfinite(level.half) else 0.0
    axes.errorbar(100 * level.mean, row, xerr=half, fmt="o", color=color, capsize=4, markersize=7, linewidth=2)


def _draw_hours(axes: Axes, difference: Difference) -> None:
    hours = {int(name): found for name, found in difference.where["hour"].items() if not math.isnan(found.mean)}
    halves = [100 * found.half if math.isfinite(found.half) else 0.0 for found in hours.values()]
    means = [100 * found.mean for found in hours.values()]
    axes.bar(list(hours), means, yerr=halves, color=BLUE, alpha=0.7, capsize=3, ecolor=INK)
    axes.set_xlabel("hour of placing")
    axes.set_ylabel("points on time")
    axes.set_title(f"{difference.policy} - {difference.other} by hour", fontsize=10.5)

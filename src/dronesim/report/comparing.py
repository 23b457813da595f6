"""Compared policies in words and as a picture."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dronesim.experiment.comparing import Comparison, Competitor, Difference
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.levels import shares
from dronesim.report.drawing import BLUE, FAINT, GOOD, INK, LEGEND, house_style, new_figure
from dronesim.report.sizing import interval
from dronesim.units import in_minutes

SHOWN: Final = 3
"""So many groups of each grouping are told, those that differ most."""
DOTS_BELOW: Final = 0.24
"""Single days lie so far below the interval that comes of them, in rows."""


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
    rows = len(found.differences)
    with house_style():
        figure = new_figure(9.6, 4.0 + 0.62 * rows)
        upper, lower = figure.subplots(2, 1, height_ratios=[0.62 * rows + 0.6, 2.0])
        _draw_pairs(upper, found)
        upper.set_title(f"Policies compared on the same days: {found.name}")
        _draw_hours(lower, found.differences[0])
    return figure


def _draw_pairs(axes: Axes, found: Comparison) -> None:
    days = {each.policy: each.records for each in found.competitors}
    for row, difference in enumerate(found.differences):
        one, two = (shares(days[name]) for name in (difference.policy, difference.other))
        axes.plot(100 * (one - two), np.full(len(one), row + DOTS_BELOW), ".", color=FAINT, alpha=0.5, label="one day")
        _draw_interval(axes, row, difference)
    names = [_pair(difference) for difference in found.differences]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_xlabel("difference in points on time; intervals hold together with 95 %")
    texts = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(texts.values(), texts.keys(), loc="upper left", bbox_to_anchor=(1.0, 1.0), **LEGEND)


def _pair(difference: Difference) -> str:
    return f"{difference.policy} \N{MINUS SIGN} {difference.other}"


def _draw_interval(axes: Axes, row: int, difference: Difference) -> None:
    level = difference.level
    half = 100 * level.half if math.isfinite(level.half) else 0.0
    color, text = (GOOD, "mean, clear") if difference.is_clear else (BLUE, "mean, not told apart")
    axes.errorbar(
        100 * level.mean, row, xerr=half, fmt="o", color=color, capsize=4, markersize=7, linewidth=2, label=text
    )


def _draw_hours(axes: Axes, difference: Difference) -> None:
    """Draw a bar an hour; the hour's interval is its own."""
    hours = {int(name): found for name, found in difference.where["hour"].items() if not math.isnan(found.mean)}
    halves = [100 * found.half if math.isfinite(found.half) else 0.0 for found in hours.values()]
    means = [100 * found.mean for found in hours.values()]
    axes.bar(
        [hour + 0.5 for hour in hours], means, width=0.9, yerr=halves, color=BLUE, alpha=0.7, capsize=3, ecolor=INK
    )
    if hours:
        ticks = range(min(hours), max(hours) + 2)
        axes.set_xticks(ticks, [f"{hour:02d}:00" for hour in ticks])
    axes.axhline(0, color=INK, linewidth=1)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("time of placing")
    axes.set_ylabel("points on time")
    axes.set_title(f"{_pair(difference)} by hour, each with its own 95 % interval", fontsize=10.5)

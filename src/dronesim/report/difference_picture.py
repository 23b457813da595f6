"""The picture of compared policies: every difference, and its course over the day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dronesim.experiment.comparing import Comparison, Difference
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.levels import shares
from dronesim.report.drawing import BLUE, FAINT, GOOD, INK, LEGEND, house_style, new_figure

DOTS_BELOW: Final = 0.24
"""Single days lie so far below the interval that comes of them, in rows."""


def draw_differences(found: Comparison) -> Figure:
    """Draw every difference with its interval, single days as dots, and its course over the day for the first."""
    rows = len(found.differences)
    with house_style():
        figure = new_figure(9.6, 4.0 + 0.62 * rows)
        upper, lower = figure.subplots(2, 1, height_ratios=[0.62 * rows + 0.6, 2.0])
        _draw_pairs(upper, found)
        upper.set_title(f"Policies compared on the same days: {found.name}")
        draw_hours(lower, found.differences[0].where["hour"], name=_pair(found.differences[0]))
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


def draw_hours(axes: Axes, by_hour: Mapping[str, Estimate], *, name: str) -> None:
    """Draw a bar an hour; the hour's interval is its own."""
    hours = {int(hour): found for hour, found in by_hour.items() if not math.isnan(found.mean)}
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
    axes.set_title(f"{name} by hour, each with its own 95 % interval", fontsize=10.5)

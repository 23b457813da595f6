"""The picture of two scenarios side by side: the service level day by day, and the difference over the hours."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.levels import shares
from dronesim.experiment.side_by_side import SideBySide
from dronesim.report.difference_picture import draw_hours
from dronesim.report.drawing import BLUE, FAINT, LEGEND, ORANGE, house_style, new_figure


def draw_sides(found: SideBySide, *, title: str) -> Figure:
    """Draw both levels of each day, joined, and below them B less A by hour of placing."""
    with house_style():
        figure = new_figure(9.6, 6.2)
        upper, lower = figure.subplots(2, 1, height_ratios=[1.2, 1.0])
        _draw_days(upper, found)
        upper.set_title(title)
        draw_hours(lower, found.where["hour"], name="B \N{MINUS SIGN} A")
    return figure


def _draw_days(axes: Axes, found: SideBySide) -> None:
    days = np.arange(found.days)
    levels = [100 * shares(side.records) for side in (found.a, found.b)]
    axes.vlines(days, levels[0], levels[1], color=FAINT, linewidth=1)
    for level, color, name in zip(levels, (BLUE, ORANGE), ("A", "B"), strict=True):
        axes.plot(days, level, "o", color=color, markersize=4, label=name)
    axes.set_xlabel("replication")
    axes.set_ylabel("on time, %")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), **LEGEND)

"""The picture of a year of days: what was flyable, the service level beside that in calm, and days lost, by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.year import Year
from dronesim.report.drawing import BAD, BLUE, FAINT, GOOD, LEGEND, house_style, new_figure

_BESIDE: Final = 0.06
"""Levels in the weather and in calm stand so far from the middle of a month, whose width is 1."""
_FEW_MONTHS: Final = 4
"""There is room for so many months at least, so that the bar of one is as wide as others."""


def draw_year(found: Year) -> Figure:
    """Draw a month a place: flyable share, levels with their intervals, days lost."""
    names = [month.name for month in found.months]
    with house_style():
        figure = new_figure(9.6, 7.2)
        flyable, levels, lost = figure.subplots(3, 1, height_ratios=[1.0, 1.3, 0.8], sharex=True)
        flyable.bar(names, [100 * month.flyable for month in found.months], color=BLUE, alpha=0.7)
        flyable.set_ylim(0, 100)
        flyable.set_ylabel("flyable, %")
        flyable.set_title(f"Weather by month: {found.name}")
        _draw_levels(levels, [month.calm for month in found.months], beside=-_BESIDE, color=GOOD, name="in calm")
        _draw_levels(levels, [month.level for month in found.months], beside=_BESIDE, color=BLUE, name="in the weather")
        levels.axhline(100 * found.target, color=FAINT, linestyle="--", linewidth=1, label="target")
        levels.set_ylim(0, 100)
        levels.set_ylabel("on time, %")
        levels.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), **LEGEND)
        lost.bar(names, [month.lost for month in found.months], color=BAD, alpha=0.8)
        lost.set_ylim(0, max(1, *(month.lost for month in found.months)) + 0.5)
        lost.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        lost.set_ylabel("days lost")
        for axes in (flyable, levels, lost):
            axes.set_xlim(-0.7, max(len(names), _FEW_MONTHS) - 0.3)
            axes.grid(visible=False, axis="x")
            axes.tick_params(labelbottom=True)
    return figure


def _draw_levels(axes: Axes, found: Sequence[Estimate], *, beside: float, color: str, name: str) -> None:
    places = [month + beside for month in range(len(found))]
    means = [100 * each.mean for each in found]
    halves = [100 * each.half if each.count > 1 else 0.0 for each in found]
    axes.errorbar(places, means, yerr=halves, fmt="o-", color=color, capsize=3, markersize=4, linewidth=1.2, label=name)

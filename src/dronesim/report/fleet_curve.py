"""The picture of a sizing: service level over the number of a resource, with its band and the target."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.sizing import SizeAnswer
from dronesim.report.drawing import BAD, BLUE, FAINT, GOOD, INK, house_style, new_figure
from dronesim.report.sizing import thing

SHOWN_POINTS: Final = 20.0
"""The picture ends so many points below the target."""


def draw_fleet_curve(answer: SizeAnswer) -> Figure:
    """Draw the mean with its band, single days as dots, the target, the ceiling and the answer."""
    with house_style():
        figure = new_figure(9.6, 5.4)
        axes = figure.subplots()
        _draw_days(axes, answer)
        _draw_means(axes, answer)
        _draw_lines(axes, answer)
        name = thing(answer.request.resource)
        axes.set_title(f"On time by number of {name}: {answer.name}")
        axes.set_xlabel(name)
        axes.set_ylabel("orders on time, %")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    return figure


def _draw_days(axes: Axes, answer: SizeAnswer) -> None:
    values = np.concatenate([np.full(len(point.shares), point.value, dtype=float) for point in answer.curve])
    days = 100 * np.concatenate([np.array(point.shares) for point in answer.curve])
    axes.plot(values, days, ".", color=FAINT, alpha=0.35, markersize=4, label="one day", zorder=1)


def _draw_means(axes: Axes, answer: SizeAnswer) -> None:
    values = np.array([point.value for point in answer.curve], dtype=float)
    means = 100 * np.array([point.level.mean for point in answer.curve])
    lows = 100 * np.array([point.level.low for point in answer.curve])
    highs = 100 * np.array([point.level.high for point in answer.curve])
    known = np.isfinite(lows) & np.isfinite(highs)
    axes.fill_between(values[known], lows[known], highs[known], color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(values, means, "o-", color=BLUE, linewidth=1.8, markersize=4.5, label="mean and interval", zorder=3)


def _draw_lines(axes: Axes, answer: SizeAnswer) -> None:
    target = 100 * answer.target
    ceiling = 100 * answer.ceiling.share[answer.ceiling.clock].mean
    axes.set_ylim(bottom=max(0.0, target - SHOWN_POINTS), top=min(101.0, max(ceiling, target) + 4))
    near = [point.value for point in answer.curve if 100 * point.level.mean >= target - SHOWN_POINTS]
    if len(near) > 1:
        axes.set_xlim(min(near) - 1, max(near) + 1)
    axes.axhline(target, color=BAD, linewidth=1.4, label=f"target {target:g} %")
    axes.axhline(ceiling, color=GOOD, linewidth=1.2, linestyle="--", label=f"ceiling {ceiling:.1f} %")
    if answer.low is not None and answer.high is not None:
        text = f"answer: {answer.high}" if answer.low == answer.high else f"answer: {answer.low} to {answer.high}"
        axes.axvspan(answer.low - 0.5, answer.high + 0.5, color=INK, alpha=0.12, linewidth=0, label=text)

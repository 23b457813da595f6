"""The picture of a sizing by take-off point: the service level of each over its own number."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.size_answer import PointAnswer, SizeAnswer
from dronesim.report.amounts import thing
from dronesim.report.drawing import BAD, CAPTION, LEGEND, LEVELS, STROKES, house_style, new_figure, wrapped
from dronesim.report.sizing import adjusted

RINGED = {"s": 190, "facecolors": "none", "linewidths": 1.6, "zorder": 4}
"""A ring about an answer."""


def draw_point_curves(answer: SizeAnswer) -> Figure:
    """Draw a line a take-off point through what was looked at there, with intervals and a ring about its answer."""
    name = thing(answer.request.resource).partition(" per ")[0]
    is_days = answer.request.days is not None
    with house_style():
        figure = new_figure(9.6, 5.8)
        axes = figure.subplots()
        for number, point in enumerate(answer.points):
            _draw_point(axes, point, number)
        what = "asked for:" if is_days else "target" if answer.near is None else "looked for:"
        sought = 100 * answer.sought
        axes.axhline(sought, color=BAD, linewidth=1.4, label=f"{what} {sought:.3g} %")
        axes.set_ylim(top=101.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_title(f"On time by number of {name} at each take-off point: {answer.name}")
        axes.set_xlabel(f"{name} at the take-off point")
        axes.set_ylabel("days that meet the target there, %" if is_days else "on time there, %")
        axes.legend(loc="best", title="answers, ringed", **LEGEND)
        if (caption := adjusted(answer)) is not None:
            figure.supxlabel(wrapped(caption), **CAPTION)
    return figure


def _draw_point(axes: Axes, point: PointAnswer, number: int) -> None:
    stroke, marker = STROKES[number // len(LEVELS) % len(STROKES)]
    color = LEVELS[number % len(LEVELS)]
    found = [[each.level.mean, each.level.low, each.level.high] for each in point.curve]
    means, lows, highs = 100 * np.clip(np.array(found, dtype=np.float64), 0.0, 1.0).T
    reach = np.nan_to_num(np.stack([means - lows, highs - means]))
    label = f"{point.takeoff_point}: {point.high}" if point.status.is_answer else f"{point.takeoff_point}: no answer"
    look = {"color": color, "linestyle": stroke, "marker": marker, "markersize": 4.5, "capsize": 2, "elinewidth": 0.9}
    axes.errorbar([each.value for each in point.curve], means, yerr=reach, label=label, **look)  # type: ignore[arg-type]
    if point.at_answer is not None:
        axes.scatter([point.at_answer.value], [100 * point.at_answer.level.mean], edgecolors=color, **RINGED)  # type: ignore[arg-type]

"""The picture of a sizing: service level over the number of a resource, with its band and the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.sizing import CurvePoint, SizeAnswer
from dronesim.report.drawing import (
    BAD,
    BLUE,
    CAPTION,
    FAINT,
    GOOD,
    INK,
    LEGEND,
    beside,
    house_style,
    new_figure,
    wrapped,
)
from dronesim.report.sizing import adjusted, amount, thing

SHOWN_POINTS: Final = 20.0
"""The picture ends so many points below the target, or below the best level where that is lower."""
FAR: Final = 1.5
"""Values beyond so many times the answer are left out; a search may begin at one."""


def draw_fleet_curve(answer: SizeAnswer) -> Figure:
    """Draw the mean with its band, single days as dots, the target, the ceiling and the answer."""
    name = thing(answer.request.resource)
    with house_style():
        figure = new_figure(9.6, 5.4)
        axes = figure.subplots()
        _draw_answer(axes, answer)
        _draw_days(axes, answer.curve)
        _draw_means(axes, answer.curve)
        _draw_lines(axes, answer)
        _set_limits(axes, answer)
        axes.set_title(f"On time by number of {name}: {answer.name}")
        axes.set_xlabel(name)
        where = "on time at the worst take-off point" if answer.request.by_takeoff_point else "orders on time"
        axes.set_ylabel(f"{where}, %")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="lower right", **LEGEND)
        if (caption := adjusted(answer)) is not None:
            figure.supxlabel(wrapped(caption), **CAPTION)
    return figure


def _draw_days(axes: Axes, curve: Sequence[CurvePoint]) -> None:
    """Draw a dot a day, side by side in the order of the days."""
    room = min(np.diff([point.value for point in curve]), default=1)
    places = [beside(point.value, len(point.shares), room=room) for point in curve]
    days = 100 * np.concatenate([np.array(point.shares) for point in curve])
    axes.plot(np.concatenate(places), days, ".", color=FAINT, alpha=0.4, markersize=4, label="one day", zorder=1.5)


def _draw_means(axes: Axes, curve: Sequence[CurvePoint]) -> None:
    values = np.array([point.value for point in curve], dtype=float)
    level = 100 * np.clip([[point.level.mean, point.level.low, point.level.high] for point in curve], 0.0, 1.0)
    means, lows, highs = level.T
    known = np.isfinite(lows) & np.isfinite(highs)
    axes.fill_between(values[known], lows[known], highs[known], color=BLUE, alpha=0.15, linewidth=0)
    reach = np.stack([means - lows, highs - means])
    axes.errorbar(values[known], means[known], yerr=reach[:, known], fmt="none", ecolor=BLUE, alpha=0.6, capsize=3)
    axes.plot(values, means, "o-", color=BLUE, linewidth=1.8, markersize=4.5, label="mean and interval", zorder=3)


def _draw_lines(axes: Axes, answer: SizeAnswer) -> None:
    target, ceiling = 100 * answer.target, 100 * _ceiling(answer)
    where = f" at {answer.ceiling.worst_name}" if answer.request.by_takeoff_point else ""
    axes.axhline(target, color=BAD, linewidth=1.4, label=f"target {target:g} %")
    axes.axhline(ceiling, color=GOOD, linewidth=1.2, linestyle="--", label=f"ceiling{where} {ceiling:.1f} %")


def _ceiling(answer: SizeAnswer) -> float:
    ceiling = answer.ceiling
    return (ceiling.worst if answer.request.by_takeoff_point else ceiling.share[ceiling.clock]).mean


def _draw_answer(axes: Axes, answer: SizeAnswer) -> None:
    if not answer.status.is_answer or answer.low is None or answer.high is None:
        return
    name = thing(answer.request.resource)
    text = amount(answer.high, name) if answer.low == answer.high else f"{answer.low} to {amount(answer.high, name)}"
    axes.axvspan(answer.low - 0.5, answer.high + 0.5, color=INK, alpha=0.1, linewidth=0, label=f"answer: {text}")


def _set_limits(axes: Axes, answer: SizeAnswer) -> None:
    """Show what lies near the target and the answer; where nothing does, what comes nearest."""
    levels = {point.value: 100 * point.level.mean for point in answer.curve}
    best = np.nanmax([*levels.values(), 0.0])
    floor = max(0.0, min(100 * answer.target, float(best)) - SHOWN_POINTS)
    far = FAR * answer.high if answer.status.is_answer and answer.high is not None else np.inf
    shown = [value for value, level in levels.items() if level >= floor and value <= far] or list(levels)
    margin = max(0.6, 0.03 * (max(shown) - min(shown)))
    axes.set_xlim(min(shown) - margin, max(shown) + margin)
    axes.set_ylim(floor, 101.0)

"""The picture of a sizing: service level over the number of a resource, with its band and the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dronesim.experiment.size_answer import CurvePoint, SizeAnswer
from dronesim.report.amounts import amount, thing
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
from dronesim.report.sizing import adjusted

SHOWN_POINTS: Final = 20.0
"""The picture ends so many points below the target, or below the best level where that is lower."""
FAR: Final = 1.5
"""Values beyond so many times the answer are left out; a search may begin at one."""


def draw_fleet_curve(answer: SizeAnswer) -> Figure:
    """Draw the mean with its band, single days as dots, the target, the ceiling and the answer.

    Where a share of days is asked for, it takes the place of the mean, and days have a panel of their own below.
    """
    with house_style():
        figure, axes, below = _panels(answer)
        _draw_answer(axes, answer)
        _draw_days(below, answer.curve)
        _draw_means(axes, answer)
        _draw_shadows(axes, answer)
        _draw_lines(axes, answer)
        _set_limits(axes, answer)
        _label(axes, below, answer)
        if axes is not below:
            _set_day_panel(below, answer)
            axes.legend(loc="best", **LEGEND)
        below.legend(loc="lower right", **LEGEND)
        if (caption := adjusted(answer)) is not None:
            figure.supxlabel(wrapped(caption), **CAPTION)
    return figure


def _panels(answer: SizeAnswer) -> tuple[Figure, Axes, Axes]:
    """Make a figure, and give its panels for the level and for single days; the same one if that is all there is."""
    if answer.request.days is None:
        figure = new_figure(9.6, 5.4)
        axes = figure.subplots()
        return figure, axes, axes
    figure = new_figure(9.6, 7.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    return figure, above, below


def _set_day_panel(axes: Axes, answer: SizeAnswer) -> None:
    """Give the panel of single days what they are measured against."""
    shown = [share for point in answer.curve for share in point.shares if not np.isnan(share)]
    axes.axhline(100 * answer.target, color=BAD, linewidth=1.4, label=f"target of a day {100 * answer.target:g} %")
    axes.set_ylim(max(0.0, 100 * min([*shown, answer.target]) - 2.0), 101.0)
    axes.set_ylabel("on time on the day, %")


def _label(axes: Axes, below: Axes, answer: SizeAnswer) -> None:
    """Say what is drawn; ``below`` is the lowest panel."""
    name, where = thing(answer.request.resource), ""
    if answer.request.by_takeoff_point:
        where = " at the worst take-off point"
    what, level = "On time", f"on time{where}, %" if where else "orders on time, %"
    if answer.request.days is not None:
        what, level = f"Days that reach {100 * answer.target:g} %", f"days that meet the target{where}, %"
    axes.set_title(f"{what} by number of {name}: {answer.name}")
    axes.set_ylabel(level)
    below.set_xlabel(name)
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_days(axes: Axes, curve: Sequence[CurvePoint]) -> None:
    """Draw a dot a day, side by side in the order of the days."""
    room = min(np.diff([point.value for point in curve]), default=1)
    places = [beside(point.value, len(point.shares), room=room) for point in curve]
    days = 100 * np.concatenate([np.array(point.shares) for point in curve])
    axes.plot(np.concatenate(places), days, ".", color=FAINT, alpha=0.4, markersize=4, label="one day", zorder=1.5)


def _draw_means(axes: Axes, answer: SizeAnswer) -> None:
    curve, what = answer.curve, "mean" if answer.request.days is None else "share of days"
    values = np.array([point.value for point in curve], dtype=float)
    level = 100 * np.clip([[point.level.mean, point.level.low, point.level.high] for point in curve], 0.0, 1.0)
    means, lows, highs = level.T
    known = np.isfinite(lows) & np.isfinite(highs)
    axes.fill_between(values[known], lows[known], highs[known], color=BLUE, alpha=0.15, linewidth=0)
    reach = np.stack([means - lows, highs - means])
    axes.errorbar(values[known], means[known], yerr=reach[:, known], fmt="none", ecolor=BLUE, alpha=0.6, capsize=3)
    axes.plot(values, means, "o-", color=BLUE, linewidth=1.8, markersize=4.5, label=f"{what} and interval", zorder=3)


def _draw_shadows(axes: Axes, answer: SizeAnswer) -> None:
    """Draw what shadows make of values at which no day was run, by a dashed line through the means that are known."""
    if not answer.by_shadows:
        return
    levels = {point.value: point.level.mean for point in answer.curve}
    shadows = {point.value: point.level for point in answer.by_shadows}
    values = sorted({**levels, **shadows})
    line = [100 * {**levels, **shadows}[value] for value in values]
    look = {"color": BLUE, "markersize": 4.5, "markerfacecolor": "white"}
    marked = [place for place, value in enumerate(values) if value in shadows]
    label = "by shadows, no day was run"
    axes.plot(values, line, "o--", linewidth=1.2, markevery=marked, label=label, zorder=2.5, **look)  # type: ignore[arg-type]


def _draw_lines(axes: Axes, answer: SizeAnswer) -> None:
    ceiling, asked = 100 * answer.most_possible.mean, 100 * answer.asked
    point = answer.ceiling.worst_name if answer.day_ceiling is None else answer.day_ceiling.takeoff_point
    where = f" at {point}" if answer.request.by_takeoff_point else ""
    what = "target" if answer.request.days is None else "asked for:"
    axes.axhline(asked, color=BAD, linewidth=1.4, label=f"{what} {asked:g} %")
    axes.axhline(ceiling, color=GOOD, linewidth=1.2, linestyle="--", label=f"ceiling{where} {ceiling:.1f} %")


def _draw_answer(axes: Axes, answer: SizeAnswer) -> None:
    if answer.chosen is None:
        return
    (low, high), name = answer.chosen, thing(answer.request.resource)
    text = amount(high, name) if low == high else f"{low} to {amount(high, name)}"
    what = "answer" if answer.near is None else "near the ceiling"
    axes.axvspan(low - 0.5, high + 0.5, color=INK, alpha=0.1, linewidth=0, label=f"{what}: {text}")


def _set_limits(axes: Axes, answer: SizeAnswer) -> None:
    """Show what lies near the target and the answer; where nothing does, what comes nearest."""
    levels = {point.value: 100 * point.level.mean for point in answer.curve}
    levels |= {point.value: 100 * point.level for point in answer.by_shadows}
    best = np.nanmax([*levels.values(), 0.0])
    shown_points = SHOWN_POINTS if answer.request.days is None else 100.0
    floor = max(0.0, min(100 * answer.asked, float(best)) - shown_points)
    far = np.inf if answer.chosen is None else FAR * answer.chosen[1]
    shown = [value for value, level in levels.items() if level >= floor and value <= far] or list(levels)
    margin = max(0.6, 0.03 * (max(shown) - min(shown)))
    axes.set_xlim(min(shown) - margin, max(shown) + margin)
    axes.set_ylim(floor, 101.0)

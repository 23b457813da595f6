"""The pictures of a sweep: the service level over each factor, a line for each combination of the others."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dronesim.experiment.levels import shares
from dronesim.experiment.sweeping import Sweep, SweptPoint
from dronesim.report.drawing import (
    BAD,
    BLUE,
    CAPTION,
    FAINT,
    LEGEND,
    LEVELS,
    STROKES,
    beside,
    house_style,
    new_figure,
    wrapped,
)
from dronesim.report.sweeping import shown

Floats = NDArray[np.float64]

MOST_TICKS: Final = 14
"""So many values of a factor are all named on its axis."""
NAME_WIDTH: Final = 18
LABEL_WIDTH: Final = 44
NUDGED: Final = 0.3
LOWEST: Final = -1.5
"""The axis ends so far below 0 at most, so that a dot there is whole."""
MOST_NAMED: Final = len(LEVELS) * len(STROKES)
"""So many lines can be told apart; of more, all look alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where each value of a factor lies on its axis: numbers where they are, others side by side."""

    values: tuple[Any, ...]
    is_numeric: bool

    @classmethod
    def of(cls, sweep: Sweep, key: str) -> _Scale:
        values = list({repr(point.combination[key]): point.combination[key] for point in sweep.points}.values())
        is_numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        is_ordered = is_numeric or all(isinstance(value, bool) for value in values)
        return cls(values=tuple(sorted(values) if is_ordered else values), is_numeric=is_numeric)

    @property
    def places(self) -> list[float]:
        return [float(value) if self.is_numeric else number for number, value in enumerate(self.values)]

    @property
    def room(self) -> float:
        return float(min(np.diff(self.places), default=1.0))

    def place(self, value: Any) -> float:
        return self.places[[repr(each) for each in self.values].index(repr(value))]


def draw_factor(sweep: Sweep, key: str) -> Figure:
    """Draw the service level over one factor, nothing averaged over the others.

    With all combinations: a line for each combination of the other factors, with 95 % intervals; single days as dots
    where there is no other factor. Of a sample: its points, which nothing joins.
    """
    scale, is_scattered = _Scale.of(sweep, key), sweep.is_sample and len(sweep.factors) > 1
    with house_style():
        figure = new_figure(8.6, 5.4)
        axes = figure.subplots()
        (_draw_points if is_scattered else _draw_lines)(axes, sweep, key, scale)
        axes.axhline(100 * sweep.target, color=BAD, linewidth=1.4, label=f"target {100 * sweep.target:g} %")
        axes.set_ylim(max(axes.get_ylim()[0], LOWEST), 101.0)
        _set_places(axes, scale)
        axes.set_title(f"On time by {key}: {sweep.name}")
        axes.set_xlabel(key)
        axes.set_ylabel("orders on time, %")
        pairs = zip(*axes.get_legend_handles_labels(), strict=True)
        handles, names = zip(*sorted(pairs, key=lambda pair: pair[1].startswith("target ")), strict=True)
        if not is_scattered:
            figure.legend(handles, names, loc="outside lower center", ncols=min(2, len(names)))
            return figure
        axes.legend(handles, names, loc="best", **LEGEND)
        others = " and ".join(_others(sweep, key))
        figure.supxlabel(wrapped(f"Each point has its own {others} too: see results.parquet."), **CAPTION)
    return figure


def _others(sweep: Sweep, key: str) -> list[str]:
    return [factor.key for factor in sweep.factors if factor.key != key]


def _draw_points(axes: Axes, sweep: Sweep, key: str, scale: _Scale) -> None:
    """Draw the points of a sample; those of one name side by side."""
    by_value: dict[float, list[SweptPoint]] = {}
    for point in sweep.points:
        by_value.setdefault(scale.place(point.combination[key]), []).append(point)
    x = [place + off for place, group in by_value.items() for off in _offsets(len(group), scale)]
    points = [point for group in by_value.values() for point in group]
    look: dict[str, Any] = {"fmt": "o", "color": BLUE, "alpha": 0.7, "markersize": 4, "elinewidth": 0.8}
    axes.errorbar(x, *_levels(points), label="one point of the sample: mean and 95 % interval", **look)


def _offsets(count: int, scale: _Scale) -> list[float]:
    """Give how far beside its value each of several is drawn, so that none hides another; numbers hardly move."""
    return beside(0.0, count, room=scale.room * (NUDGED if scale.is_numeric else 1.0))


def _draw_lines(axes: Axes, sweep: Sweep, key: str, scale: _Scale) -> None:
    """Draw a line for each combination of the other factors, through its points in order of the value."""
    others = _others(sweep, key)
    lines: dict[str, list[SweptPoint]] = {}
    for point in sorted(sweep.points, key=lambda point: scale.place(point.combination[key])):
        lines.setdefault(repr([point.combination[other] for other in others]), []).append(point)
    if not others:
        _draw_days(axes, sweep.points, key, scale)
    offsets = _offsets(len(lines), scale)
    for number, points in enumerate(lines.values()):
        x = [scale.place(point.combination[key]) + offsets[number] for point in points]
        label = _name(points[0].combination, others)
        if len(lines) > MOST_NAMED:
            label = "" if number else f"one of {len(lines)} combinations of {', '.join(others)}"
        look = _look(number, lines=len(lines), is_joined=scale.is_numeric)
        axes.errorbar(x, *_levels(points), label=label, **look)


def _look(number: int, *, lines: int, is_joined: bool) -> dict[str, Any]:
    """Tell lines apart by colour, then by stroke; too many look alike."""
    if lines > MOST_NAMED:
        return {"fmt": "-" if is_joined else ".", "color": BLUE, "alpha": 0.35, "linewidth": 0.9, "elinewidth": 0.4}
    stroke, marker = STROKES[number // len(LEVELS)]
    look = {"color": LEVELS[number % len(LEVELS)], "markersize": 4.5, "capsize": 2, "elinewidth": 0.9}
    return {"marker": marker, "linestyle": stroke if is_joined else "none", **look}


def _name(combination: Mapping[str, Any], others: Sequence[str]) -> str:
    if not others:
        return "mean and 95 % interval"
    text = ", ".join(f"{key.rpartition('.')[2]} {shown(combination[key])}" for key in others)
    return text if len(text) <= LABEL_WIDTH else f"{text[: LABEL_WIDTH - 3]}..."


def _levels(points: Sequence[SweptPoint]) -> tuple[Floats, Floats]:
    """Give the means in per cent, shape ``(n,)``, and how far their intervals go down and up, ``(2, n)``."""
    found = [[point.level.mean, point.level.low, point.level.high] for point in points]
    level = 100 * np.clip(np.array(found, dtype=np.float64), 0.0, 1.0)
    return level[:, 0], np.nan_to_num(np.abs(level[:, 1:].T - level[:, 0]))


def _draw_days(axes: Axes, points: Sequence[SweptPoint], key: str, scale: _Scale) -> None:
    x, y = list[float](), list[float]()
    for point in points:
        days = shares(point.records).tolist()
        x += beside(scale.place(point.combination[key]), len(days), room=scale.room)
        y += [100 * day for day in days]
    axes.plot(x, y, ".", color=FAINT, alpha=0.5, markersize=6, label="one day")


def _set_places(axes: Axes, scale: _Scale) -> None:
    """Mark the values on the axis: no half drones, and room beside names."""
    values, places = scale.values, scale.places
    if not scale.is_numeric:
        names = [textwrap.fill(shown(value).replace(":", ": "), NAME_WIDTH) for value in values]
        axes.set_xticks(places, names)
        axes.set_xlim(-0.6, len(values) - 0.4)
    elif len(values) <= MOST_TICKS:
        axes.set_xticks(places, [shown(value) for value in values])
    if len(values) == 1:
        axes.set_xlim(places[0] - 1, places[0] + 1)

"""The picture of how long orders took to the door, against the promise and the ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter
from numpy.typing import NDArray

from dronesim.record.tables import Columns
from dronesim.report import words
from dronesim.report.doors import BIN_MIN, Doors, last_minute
from dronesim.report.drawing import BAD, BLUE, FAINT, GOOD, INK, house_style, new_figure
from dronesim.units import MINUTE

Floats = NDArray[np.float64]
HIDDEN: Final = 0.005
"""A larger share that lies beyond the axis is told."""


def draw_click_to_door(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> Figure:
    """Draw a histogram on the target's clock and cumulative shares on both clocks, over in-range orders."""
    clock, limit_min = facts["service"]["clock"], facts["service"]["limit_s"] / MINUTE
    other = "ready" if clock == "placed" else "placed"
    first, second = (Doors.of(tables["orders"], name) for name in (clock, other))
    end_min = last_minute([first], limit_min)
    far_min = max(end_min, last_minute([first, second], limit_min))
    with house_style():
        figure = new_figure(9.6, 8.2)
        top, bottom = figure.subplots(2, 1, sharex=far_min == end_min)
        _draw_histogram(top, first, limit_min=limit_min, end_min=end_min)
        doors = (first, second)
        _draw_shares(bottom, doors, limit_min=limit_min, end_min=far_min, target=facts["service"]["target"])
        _set_minutes(top, end_min)
        _set_minutes(bottom, far_min)
        bottom.set_xlabel("minutes to the door")
        figure.align_ylabels()
    return figure


def _set_minutes(axes: Axes, end_min: float) -> None:
    axes.set_xlim(0, end_min)
    axes.xaxis.set_major_locator(MultipleLocator(next(step for step in (5, 15, 30, 60, 240) if end_min <= 18 * step)))


def _draw_histogram(axes: Axes, doors: Doors, *, limit_min: float, end_min: float) -> None:
    taken = doors.taken_min[~np.isnan(doors.taken_min)]
    bins = np.arange(0.0, end_min + BIN_MIN, BIN_MIN)
    is_late = taken > limit_min
    looks: list[dict[str, Any]] = [
        {"color": GOOD, "label": f"within {limit_min:g} min"},
        {"facecolor": BAD, "hatch": "////", "edgecolor": "white", "label": "late"},
    ]
    for some, look in zip((taken[~is_late], taken[is_late]), looks, strict=True):
        axes.stairs(np.histogram(some, bins)[0], bins, fill=True, alpha=0.85, linewidth=0, **look)
    possible, _ = np.histogram(doors.possible_min[~np.isnan(doors.possible_min)], bins)
    axes.stairs(possible, bins, color=INK, linewidth=1.5, label="ceiling: no queues at all")
    axes.axvline(limit_min, color=INK, linewidth=1.6, linestyle="--")
    axes.set_title(f"{words.CLOCK_WORDS[doors.clock].capitalize()} of orders in range")
    axes.set_ylabel("orders in each minute")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)
    _note_rest(axes, taken, len(doors.taken_min), end_min)


def _note_rest(axes: Axes, taken: Floats, orders: int, end_min: float) -> None:
    """Say how many orders the histogram can't show."""
    beyond, missing = int((taken > end_min).sum()), orders - len(taken)
    late = f"{beyond:,} took longer than {end_min:g} min (longest in range {taken.max():.0f} min)" if beyond else ""
    never = f"{missing:,} {'was' if missing == 1 else 'were'} never delivered by drone" if missing else ""
    note = "\n".join(part for part in (never, late) if part)
    axes.text(0.99, 0.96, note, transform=axes.transAxes, ha="right", va="top", color=FAINT, fontsize=9.5)


def _draw_shares(axes: Axes, clocks: tuple[Doors, Doors], *, limit_min: float, end_min: float, target: float) -> None:
    for doors, color in zip(clocks, (GOOD, BLUE), strict=True):
        _draw_share(axes, doors, color=color, limit_min=limit_min, end_min=end_min)
    axes.axvline(limit_min, color=INK, linewidth=1.6, linestyle="--")
    axes.axhline(target, color=INK, linewidth=1.0, linestyle=":", label=f"target {100 * target:g} %")
    axes.set_ylim(0, 1.04)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title("Share of all orders in range delivered by then")
    axes.set_ylabel("share of orders in range")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="white")


def _draw_share(axes: Axes, doors: Doors, *, color: str, limit_min: float, end_min: float) -> None:
    name, orders = words.CLOCK_WORDS[doors.clock], len(doors.taken_min)
    reached = _share_within(doors.taken_min, limit_min)
    possible = _share_within(doors.possible_min, limit_min)
    beyond = float(np.mean(doors.taken_min > end_min)) if orders else 0.0
    later = f", {words.percent(beyond)} after {end_min:g} min" if beyond > HIDDEN else ""
    label = f"{name}: {words.percent(reached)} at {limit_min:g} min{later}"
    axes.step(*_cumulative(doors.taken_min, orders), where="post", color=color, linewidth=2.2, label=label)
    axes.step(
        *_cumulative(doors.possible_min, orders),
        where="post",
        color=color,
        linewidth=1.1,
        linestyle="--",
        label=f"its ceiling: {words.percent(possible)}",
    )


def _share_within(values_min: Floats, limit_min: float) -> float | None:
    within: float | None = float(np.mean(values_min <= limit_min)) if len(values_min) else None
    return within


def _cumulative(values_min: Floats, orders: int) -> tuple[Floats, Floats]:
    """Give the steps of the share of ``orders`` reached by each value, drawn on beyond the last."""
    known = np.sort(values_min[~np.isnan(values_min)])
    shares = np.arange(len(known) + 1, dtype=np.float64) / max(orders, 1)
    far = np.append(np.insert(known, 0, 0.0), 1e6)
    return far, np.append(shares, shares[-1])

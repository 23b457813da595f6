"""The picture of the day over time: orders, drones out, orders waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from dronesim.metrics import sortie_intervals, stays_there
from dronesim.metrics.running import count_over_time, ready_intervals
from dronesim.record.incidents import DRONE_FAILS
from dronesim.record.tables import Columns
from dronesim.report import trouble
from dronesim.report.drawing import BAD, BLUE, FAINT, GOOD, INK, ORANGE, SERVICES, house_style, new_figure
from dronesim.units import HOUR, MINUTE, clock_minutes

Floats = NDArray[np.float64]
BIN_S: Final = 10 * MINUTE
MARKED_INCIDENTS: Final = 40
BAR: Final = 0.03
"""Share of the height of an axes that a bar of outages takes."""


def draw_day(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> Figure:
    """Draw orders placed and delivered per ten minutes, drones out, and orders that wait, over clock time."""
    with house_style():
        figure = new_figure(9.6, 8.6)
        flow, drones, queue = figure.subplots(3, 1, sharex=True)
        _shade((flow, drones, queue), facts)
        _draw_flow(flow, tables["orders"], facts)
        _draw_drones(drones, tables, facts)
        _draw_queue(queue, tables["orders"], facts)
        _dress_time_axis(queue, facts)
        figure.align_ylabels()
    return figure


def _draw_flow(axes: Axes, orders: Columns, facts: Mapping[str, Any]) -> None:
    horizon = facts["horizon"]
    bins = np.arange(horizon["start_s"], horizon["closed_s"] + BIN_S, BIN_S)
    placed, _ = np.histogram(orders["placed_s"], bins)
    delivered_s = orders["delivered_s"]
    delivered, _ = np.histogram(delivered_s[~np.isnan(delivered_s)], bins)
    bars = [
        [(begin_h, 0.0), (begin_h, top), (end_h, top), (end_h, 0.0)]
        for begin_h, end_h, top in zip(bins[:-1] / HOUR, bins[:-1] / HOUR + BIN_S / HOUR * 0.9, placed, strict=True)
    ]
    axes.add_collection(PolyCollection(bars, facecolors="#b9cbe0", label="placed"))
    axes.stairs(delivered, bins / HOUR, color=GOOD, linewidth=1.8, label="delivered")
    axes.set_title("Orders per 10 minutes")
    _finish(axes, "orders")


def _draw_drones(axes: Axes, tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> None:
    drones, closed_s = facts["fleet"]["drones"], float(facts["horizon"]["closed_s"])
    times_s, out = count_over_time(*sortie_intervals(tables["legs"], closed_s, stays=stays_there(facts)))
    axes.fill_between(times_s / HOUR, out, step="post", color=BLUE, alpha=0.25, linewidth=0)
    axes.step(times_s / HOUR, out, where="post", color=BLUE, linewidth=1.0, label="on a sortie")
    axes.axhline(drones, color=INK, linewidth=1.2, linestyle="--", label=f"available: {drones}")
    _mark_incidents(axes, tables["incidents"])
    axes.set_title("Drones out")
    _finish(axes, "drones")


def _mark_incidents(axes: Axes, incidents: Columns) -> None:
    """Mark when drones failed, and other incidents where they are few."""
    is_failure = incidents["kind"] == DRONE_FAILS.name
    others = incidents["time_s"][~is_failure]
    for times_s, color, text in (
        (others if len(others) <= MARKED_INCIDENTS else others[:0], ORANGE, "incident"),
        (incidents["time_s"][is_failure], BAD, "drone fails"),
    ):
        if len(times_s):
            axes.plot(
                times_s / HOUR,
                np.full(len(times_s), 0.03),
                marker="^",
                color=color,
                linestyle="",
                transform=axes.get_xaxis_transform(),
                label=text,
            )


def _shade(every: Sequence[Axes], facts: Mapping[str, Any]) -> None:
    """Shade the times when an airport was closed, and when no drone might fly; the last of the axes says which.

    What was out has a bar along the upper edge, in which outages of seconds still show.
    """
    for spells, color, text in (
        (trouble.no_flying(facts), INK, f"no drone may fly in the {trouble.what_stops(facts)}"),
        (trouble.closures(facts), ORANGE, "an airport is closed"),
    ):
        for number, spell in enumerate(spells):
            for axes in every:
                label = text if axes is every[-1] and not number else "_"
                axes.axvspan(spell.from_s / HOUR, spell.to_s / HOUR, color=color, alpha=0.12, linewidth=0, label=label)
    for row, (key, spells) in enumerate(trouble.services_out(facts).items(), start=1):
        spans_h = [(spell.from_s / HOUR, (spell.to_s - spell.from_s) / HOUR) for spell in spells]
        for axes in every:
            axes.broken_barh(
                spans_h,
                (1.0 - row * BAR, BAR),
                transform=axes.get_xaxis_transform(),
                color=SERVICES[key],
                linewidth=0.6,
                label=f"no {key}" if axes is every[-1] else "_",
            )


def _draw_queue(axes: Axes, orders: Columns, facts: Mapping[str, Any]) -> None:
    closed_s = float(facts["horizon"]["closed_s"])
    over_s = np.where(np.isnan(orders["ended_s"]), closed_s, orders["ended_s"])
    ready_s = orders["ready_s"]
    early_s = np.fmin(np.where(np.isnan(ready_s), over_s, ready_s), over_s)
    _step(axes, orders["placed_s"], early_s, color=FAINT, label="in the kitchen or with a courier")
    _step(axes, *ready_intervals(orders, closed_s), color=ORANGE, label="ready, not yet taken off")
    axes.set_title("Orders waiting")
    _finish(axes, "orders")


def _step(axes: Axes, from_s: Floats, to_s: Floats, *, color: str, label: str) -> None:
    times_s, waiting = count_over_time(from_s, to_s)
    axes.step(times_s / HOUR, waiting, where="post", color=color, linewidth=1.2, label=label)


def _finish(axes: Axes, unit: str) -> None:
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)


def _dress_time_axis(axes: Axes, facts: Mapping[str, Any]) -> None:
    start_h, end_h = (facts["horizon"][key] / HOUR for key in ("start_s", "closed_s"))
    axes.set_xlim(start_h, max(end_h, start_h + 0.1))
    axes.xaxis.set_major_locator(MultipleLocator(_tick_h(end_h - start_h)))
    axes.xaxis.set_major_formatter(FuncFormatter(_clock_label))
    axes.set_xlabel("time of day")


def _tick_h(span_h: float) -> float:
    return next((step for step in (0.25, 0.5, 1.0, 2.0) if span_h / step <= 16), 4.0)


def _clock_label(hours: float, _: int | None) -> str:
    return clock_minutes(hours * HOUR)

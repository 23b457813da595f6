"""Repeated runs and sweeps in words and pictures."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.levels import shares
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.sweeping import Sweep, SweptPoint, best_points
from dronesim.report.drawing import BAD, BLUE, FAINT, LEGEND, beside, house_style, new_figure
from dronesim.report.sizing import interval
from dronesim.report.words import promise, reach
from dronesim.units import in_minutes

MOST_TICKS: Final = 14
"""So many values of a factor are all named on its axis."""
NAME_WIDTH: Final = 18

_MINUTES: Final = {"Door, mean": "click_to_door_s.mean", "Door, p95": "click_to_door_s.p95"}


def repeated_lines(found: Repeated) -> list[str]:
    """Tell the main figures of many days, each with its interval."""
    figures, service, days = found.figures, found.service, found.days
    shares = {
        "On time": ("service.share", f"of the orders {reach(service)}, {promise(service)}"),
        "Other clock": _other_clock(service),
        "Ceiling": ("service.ceiling", "with unlimited resources and no queues"),
        "Coverage": ("service.coverage", f"of all orders are {reach(service)}"),
        "Utilization": ("fleet.utilization", "of the opening hours a drone is on sorties"),
    }
    lines = [f"{'':14}mean of {days} days ({100 * found.confidence:g} % interval)"]
    lines += [f"{label:<14}{interval(figures[key]):<24} {what}" for label, (key, what) in shares.items()]
    lines += [f"{label:<14}{_scaled(figures[key], 60, 'min')}" for label, key in _MINUTES.items()]
    lines.append(f"{'Cost':<14}{_scaled(figures['cost.per_order'], 1, f'{found.currency} an order', decimals=2)}")
    target = 100 * service["target"]
    lines.append(f"{'Days':<14}{found.missed_days} of {days} days are below the target of {target:g} %")
    return lines


def _other_clock(service: Mapping[str, Any]) -> tuple[str, str]:
    """Name the share on the clock that the target is not stated for."""
    clock = "ready" if service["clock"] == "placed" else "placed"
    begins = "the parcel is ready at the take-off point" if clock == "ready" else "the order is placed"
    return f"service.share_{clock}_clock", f"on time if the clock starts when {begins}"


def _scaled(found: Estimate, unit: float, name: str, *, decimals: int = 1) -> str:
    """Show what can't be below 0 with its interval."""
    if math.isnan(found.mean):
        return "no data"
    mean, low, high = (f"{number / unit:.{decimals}f}" for number in (found.mean, max(found.low, 0.0), found.high))
    return f"{mean} {name} ({low} to {high})" if math.isfinite(found.low) else f"{mean} {name}"


def sweep_lines(sweep: Sweep) -> list[str]:
    """Give a line a point, and the cheapest one that meets the target."""
    keys = [factor.key for factor in sweep.factors]
    widths = [max(len(key), *(len(_shown(p.combination[key])) for p in sweep.points)) + 2 for key in keys]
    head = "".join(f"{key:>{width}}" for key, width in zip(keys, widths, strict=True))
    lines = [f"{head}  {'on time, mean (interval)':<26}{'to the door':>12}  cost an order"]
    for point in sweep.points:
        values = (f"{_shown(point.combination[key]):>{width}}" for key, width in zip(keys, widths, strict=True))
        lines.append(f"{''.join(values)}  {interval(point.level):<26}{_door(point):>12}  {_cost(point, sweep)}")
    return [*lines, "", _best(sweep)]


def _shown(value: Any) -> str:
    """Show a value as a scenario has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _door(point: SweptPoint) -> str:
    return in_minutes(point.door_s.mean)


def _cost(point: SweptPoint, sweep: Sweep) -> str:
    return "-" if math.isnan(point.cost.mean) else f"{point.cost.mean:.2f} {sweep.currency}"


def _best(sweep: Sweep) -> str:
    best = best_points(sweep)
    if not best:
        return f"No point meets the target of {100 * sweep.target:g} % on average."
    told = ", ".join(f"{key} {_shown(value)}" for key, value in best[0].combination.items())
    return f"Cheapest on average at the target of {100 * sweep.target:g} %: {told} ({interval(best[0].level)})."


def draw_factor(sweep: Sweep, key: str) -> Figure:
    """Draw the service level over one factor: its means, single days or the sweep's points as dots, the target."""
    means = sweep.by_value(key)
    is_numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value, _ in means)
    places = {repr(value): float(value) if is_numeric else number for number, (value, _) in enumerate(means)}
    with house_style():
        figure = new_figure(8.6, 5.0)
        axes = figure.subplots()
        _draw_dots(axes, sweep, key, places)
        level = 100 * np.clip([[found.mean, found.low, found.high] for _, found in means], 0.0, 1.0)
        halves = np.nan_to_num(np.abs(level[:, 1:].T - level[:, 0]))
        style = "o-" if is_numeric else "o"
        x = [places[repr(value)] for value, _ in means]
        axes.errorbar(x, level[:, 0], yerr=halves, fmt=style, color=BLUE, capsize=3, label="mean and 95 % interval")
        axes.axhline(100 * sweep.target, color=BAD, linewidth=1.4, label=f"target {100 * sweep.target:g} %")
        axes.set_ylim(top=101.0)
        _set_places(axes, [value for value, _ in means], x, is_numeric=is_numeric)
        axes.set_title(f"On time by {key}: {sweep.name}")
        axes.set_xlabel(key)
        axes.set_ylabel("orders on time, %")
        axes.legend(loc="best", **LEGEND)
    return figure


def _draw_dots(axes: Axes, sweep: Sweep, key: str, places: Mapping[str, float]) -> None:
    """Draw each day where there is but one factor, and the mean of each point where there are several."""
    is_alone = len(sweep.factors) == 1
    room = min(np.diff(sorted(places.values())), default=1.0)
    x, y = list[float](), list[float]()
    for point in sweep.points:
        levels = shares(point.records).tolist() if is_alone else [point.level.mean]
        x += beside(places[repr(point.combination[key])], len(levels), room=room)
        y += [100 * level for level in levels]
    text = "one day" if is_alone else "mean of one point of the sweep"
    axes.plot(x, y, ".", color=FAINT, alpha=0.5, markersize=6, label=text)


def _set_places(axes: Axes, values: Sequence[Any], places: Sequence[float], *, is_numeric: bool) -> None:
    """Mark the values on the axis: no half drones, and room beside names."""
    if not is_numeric:
        names = [textwrap.fill(_shown(value).replace(":", ": "), NAME_WIDTH) for value in values]
        axes.set_xticks(places, names)
        axes.set_xlim(-0.6, len(values) - 0.4)
    elif len(values) <= MOST_TICKS:
        axes.set_xticks(places, [_shown(value) for value in values])
    if len(values) == 1:
        axes.set_xlim(places[0] - 1, places[0] + 1)

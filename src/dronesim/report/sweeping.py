"""Repeated runs and sweeps in words and pictures."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.sweeping import Sweep, SweptPoint, best_points
from dronesim.report.drawing import BAD, BLUE, FAINT, house_style, new_figure
from dronesim.report.sizing import interval

_SHARES: Final = {
    "On time": "service.share",
    "Clock placed": "service.share_placed_clock",
    "Clock ready": "service.share_ready_clock",
    "Ceiling": "service.ceiling",
    "Coverage": "service.coverage",
    "Utilization": "fleet.utilization",
}
_MINUTES: Final = {"Door, mean": "click_to_door_s.mean", "Door, p95": "click_to_door_s.p95"}


def repeated_lines(found: Repeated) -> list[str]:
    """Tell the main figures of many days, each with its interval."""
    figures = found.figures
    lines = [f"{'':14}mean of {found.days} days ({100 * found.confidence:g} % interval)"]
    lines += [f"{label:<14}{interval(figures[key])}" for label, key in _SHARES.items()]
    lines += [f"{label:<14}{_scaled(figures[key], 60, 'min')}" for label, key in _MINUTES.items()]
    lines.append(f"{'Cost':<14}{_scaled(figures['cost.per_order'], 1, f'{found.currency} an order', decimals=2)}")
    target = 100 * found.service["target"]
    lines.append(f"{'Days':<14}{found.missed_days} of {found.days} days are below the target of {target:g} %")
    return lines


def _scaled(found: Estimate, unit: float, name: str, *, decimals: int = 1) -> str:
    if math.isnan(found.mean):
        return "no data"
    mean, low, high = (f"{number / unit:.{decimals}f}" for number in (found.mean, found.low, found.high))
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
    return f"{value:g}" if isinstance(value, float) else str(value)


def _door(point: SweptPoint) -> str:
    return "-" if math.isnan(point.door_s.mean) else f"{point.door_s.mean / 60:.1f} min"


def _cost(point: SweptPoint, sweep: Sweep) -> str:
    return "-" if math.isnan(point.cost.mean) else f"{point.cost.mean:.2f} {sweep.currency}"


def _best(sweep: Sweep) -> str:
    best = best_points(sweep)
    if not best:
        return f"No point meets the target of {100 * sweep.target:g} % on average."
    told = ", ".join(f"{key} {_shown(value)}" for key, value in best[0].combination.items())
    return f"Cheapest on average at the target of {100 * sweep.target:g} %: {told} ({interval(best[0].level)})."


def draw_factor(sweep: Sweep, key: str) -> Figure:
    """Draw the service level over one factor: means over all points with it, every point as a dot, the target."""
    means = sweep.by_value(key)
    is_numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value, _ in means)
    places = {repr(value): float(value) if is_numeric else number for number, (value, _) in enumerate(means)}
    with house_style():
        figure = new_figure(8.6, 5.0)
        axes = figure.subplots()
        dots = [(places[repr(point.combination[key])], 100 * point.level.mean) for point in sweep.points]
        axes.plot(*np.array(dots).T, ".", color=FAINT, alpha=0.6, markersize=7, label="one point of the sweep")
        x = [places[repr(value)] for value, _ in means]
        level = np.array([[found.mean, found.low, found.high] for _, found in means]) * 100
        reach = np.nan_to_num(np.abs(level[:, 1:].T - level[:, 0]))
        style = "o-" if is_numeric else "o"
        axes.errorbar(x, level[:, 0], yerr=reach, fmt=style, color=BLUE, capsize=3, label="mean and 95 % interval")
        axes.axhline(100 * sweep.target, color=BAD, linewidth=1.4, label=f"target {100 * sweep.target:g} %")
        if not is_numeric:
            axes.set_xticks(x, [str(value) for value, _ in means])
        axes.set_title(f"On time by {key}: {sweep.name}")
        axes.set_xlabel(key)
        axes.set_ylabel("orders on time, %")
        axes.legend(loc="best")
    return figure

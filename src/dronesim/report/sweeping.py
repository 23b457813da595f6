"""Repeated runs and sweeps in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from dronesim.experiment.estimates import Estimate
from dronesim.experiment.repeating import Repeated
from dronesim.experiment.sweeping import Sweep, SweptPoint, best_points
from dronesim.experiment.uncounted import not_counted_told
from dronesim.report.amounts import interval
from dronesim.report.words import promise, reach
from dronesim.units import in_minutes

COUNTED_BY: Final = "a run of one day, or a sweep with --losses,"
"""What counts losses of separation, where days are only repeated."""
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


def asked_first(service: Mapping[str, Any]) -> list[str]:
    """Name the key figures that `repeated_lines` tells, by the clock of the promise."""
    shares = ["service.share", _other_clock(service)[0], "service.ceiling", "service.coverage", "fleet.utilization"]
    return [*shares, *_MINUTES.values(), "cost.per_order"]


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
    widths = [max(len(key), *(len(shown(p.combination[key])) for p in sweep.points)) + 2 for key in keys]
    head = "".join(f"{key:>{width}}" for key, width in zip(keys, widths, strict=True))
    lines = [f"{head}  {'on time, mean (interval)':<26}{'to the door':>12}  cost an order"]
    for point in sweep.points:
        values = (f"{shown(point.combination[key]):>{width}}" for key, width in zip(keys, widths, strict=True))
        lines.append(f"{''.join(values)}  {interval(point.level):<26}{_door(point):>12}  {_cost(point, sweep)}")
    return [*lines, "", cheapest_told(sweep), *not_counted_told(sweep.not_counted)]


def shown(value: Any) -> str:
    """Show a value as a scenario has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _door(point: SweptPoint) -> str:
    return in_minutes(point.door_s.mean)


def _cost(point: SweptPoint, sweep: Sweep) -> str:
    return "-" if math.isnan(point.cost.mean) else f"{point.cost.mean:.2f} {sweep.currency}"


def cheapest_told(sweep: Sweep) -> str:
    """Name the cheapest point that meets the target on average."""
    best = best_points(sweep)
    if not best:
        return f"No point meets the target of {100 * sweep.target:g} % on average."
    told = ", ".join(f"{key} {shown(value)}" for key, value in best[0].combination.items())
    return f"Cheapest on average at the target of {100 * sweep.target:g} %: {told} ({interval(best[0].level)})."

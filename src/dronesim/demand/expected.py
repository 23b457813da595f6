"""Demand as it is declared before the day: what is expected of each take-off point in each hour, with an error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.choice import takeoff_point_shares
from dronesim.demand.moves import hours_reached, worlds_of_demand
from dronesim.demand.specs import DemandSpec, Trace
from dronesim.units import HOUR
from dronesim.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDemand:
    """``orders`` (takeoff_points, hours) are expected in the hours that begin at ``from_s`` (hours,)."""

    from_s: tuple[float, ...]
    orders: Floats


def hourly_demand(spec: DemandSpec, world: World, opening_s: tuple[float, float], trace: Trace | None) -> Floats:
    """Give the orders that are expected by take-off point and hour of the day, ``(takeoff_points, hours)``.

    Of days that are drawn it is the mean over all days, with moves; of a trace how many it has on average over
    its days, times its factor.
    """
    hours = len(spec.hour_shares)
    if trace is not None:
        counts = np.zeros((len(world.takeoff_points), hours))
        hour = np.clip((trace.placed_s // HOUR).astype(np.int64), 0, hours - 1)
        np.add.at(counts, (trace.takeoff_point, hour), spec.trace_factor)
        return counts / len(trace.days)
    found = np.zeros((len(world.takeoff_points), hours))
    edges_s, reached = hours_reached(spec, opening_s)
    for from_s, to_s, weighed in worlds_of_demand(world, spec.moves):
        placed_by = np.interp(np.clip(edges_s, from_s, to_s), edges_s, reached)
        found += takeoff_point_shares(spec.choice, weighed)[:, None] * np.diff(placed_by)
    return spec.expected_orders * spec.days.mean * found


def with_error(orders: Floats, error: float, rng: np.random.Generator) -> ExpectedDemand:
    """Declare a forecast whose every number is off by a factor of its own, lognormal with mean 1 and sd ``error``."""
    sigma = float(np.sqrt(np.log1p(error**2)))
    factor = np.exp(rng.normal(-(sigma**2) / 2, sigma, orders.shape)) if error else 1.0
    return ExpectedDemand(from_s=tuple(HOUR * hour for hour in range(orders.shape[1])), orders=orders * factor)

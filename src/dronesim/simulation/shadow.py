"""The shadow of a day: what its drones would make of it if nothing but they could be short, found in a millisecond.

Each take-off point is one queue: parcels are taken in the order in which they would be ready, by the first drone
that is free, and a drone is away for as long as its sortie is planned to last. Pads, lanes, people, separation
and everything that goes wrong are left out. So a shadow is no forecast; but days that are hard for drones alone
are hard, which makes it a good control variate (correlation 0.88 to 0.91 in the quickstart network, where a wait for
the lane on each leg is allowed for; 0.76 to 0.86 without).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import DroneType, may_carry
from dronesim.demand import OrderColumns
from dronesim.routing.jit import kernel
from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import unhindered_ready_ms
from dronesim.simulation.planner import Planner
from dronesim.simulation.rules import Rules
from dronesim.simulation.times import times_of
from dronesim.units import to_ms

Milliseconds = NDArray[np.int32]
Numbers = NDArray[np.int64]

FAR_MS: Final = 1 << 30
"""The sortie of a pair that no drone can fly; later than any promise."""

TURN: Final = 0.75
"""Each leg waits for its turn in the lane for so much of the headway (an assumption; it only makes shadows closer)."""
SLOW_TURN: Final = 3.5
"""As ``TURN``, on days on which much else keeps drones waiting; chosen on quickstart days (an assumption as well)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRules:
    """All that the shadow of a day takes from the rules and the drone type, beside the orders."""

    takeoff_points: int
    walk_mps: float
    handling_ms: int
    opens_ms: int
    closes_ms: int
    clock: str
    due_after_ms: int
    radius_m: float
    payload_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDays:
    """In-range orders of some days by day, take-off point and the time at which they would be ready.

    ``ready_ms``, ``due_ms`` (the promise), ``airport`` and ``is_carried`` (n,); a queue is one take-off point on
    one day: its orders begin at ``bounds[day * takeoff_points + takeoff_point]``.
    """

    ready_ms: Milliseconds
    due_ms: Milliseconds
    airport: NDArray[np.int16]
    is_carried: NDArray[np.bool_]
    bounds: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieTimes:
    """Planned times from the start of loading, ``(takeoff_points, airports)``: to delivery, and until available."""

    deliver_ms: Numbers
    available_ms: Numbers


def shadow_rules(rules: Rules, kind: DroneType) -> ShadowRules:
    """Take from the rules and the drone type what shadows know of them."""
    times = times_of(rules, kind)
    return ShadowRules(
        takeoff_points=len(rules.takeoff_points.pads),
        walk_mps=rules.couriers.walk_mps,
        handling_ms=times.handling_ms,
        opens_ms=times.opens_ms,
        closes_ms=times.closes_ms,
        clock=rules.service.clock,
        due_after_ms=times.due_after_ms,
        radius_m=rules.service.radius_m,
        payload_kg=kind.payload_kg,
    )


def shadow_day(orders: OrderColumns, rules: ShadowRules) -> ShadowDays:
    """Take from the orders of a day what its shadow needs."""
    book = OrderBook(orders, walk_mps=rules.walk_mps)
    ready_ms = unhindered_ready_ms(book, handling_ms=rules.handling_ms)
    placed_ms = np.asarray(book.placed_ms)
    in_hours = (placed_ms >= rules.opens_ms) & (placed_ms <= rules.closes_ms)
    begins_ms = placed_ms if rules.clock == "placed" else ready_ms
    home = np.asarray(orders.takeoff_point)
    near = np.flatnonzero(orders.distance_m <= rules.radius_m)
    rows = near[np.lexsort((ready_ms[near], home[near]))]
    carried = in_hours & may_carry(orders.mass_kg, limit_kg=rules.payload_kg)
    return ShadowDays(
        ready_ms=ready_ms[rows].astype(np.int32),
        due_ms=(begins_ms + rules.due_after_ms)[rows].astype(np.int32),
        airport=np.asarray(orders.airport)[rows].astype(np.int16),
        is_carried=np.asarray(carried)[rows],
        bounds=np.searchsorted(home[rows], np.arange(rules.takeoff_points + 1)),
    )


def join_days(days: Sequence[ShadowDays]) -> ShadowDays:
    """Put days one behind the other."""
    begins = np.cumsum([0, *(len(day.ready_ms) for day in days)])
    bounds = [day.bounds[:-1] + begin for day, begin in zip(days, begins.tolist(), strict=False)]
    return ShadowDays(
        ready_ms=np.concatenate([day.ready_ms for day in days]),
        due_ms=np.concatenate([day.due_ms for day in days]),
        airport=np.concatenate([day.airport for day in days]),
        is_carried=np.concatenate([day.is_carried for day in days]),
        bounds=np.concatenate([*bounds, begins[-1:]]),
    )


def sortie_times(inputs: SimulationInputs, *, turn: float = TURN) -> SortieTimes:
    """Plan the quickest sortie of every pair, in the routes and the wind at opening.

    A drone waits for so many headways on each leg, ``turn``; deliveries for ``TURN`` of one, whatever that is.
    """
    times = times_of(inputs.rules, inputs.aircraft.drone_type)
    planner = Planner(inputs, Network(inputs, times), times)
    rules, homes, airports = inputs.rules, inputs.places.takeoff_points, inputs.places.airports
    is_free = rules.airspace.mode == "none"
    headway_s = 0.0 if is_free else rules.airspace.lane_headway_s
    late_ms, turn_ms = to_ms(TURN * headway_s), to_ms(turn * headway_s)
    deliver_ms = np.full((homes, airports), FAR_MS, dtype=np.int64)
    available_ms = np.zeros((homes, airports), dtype=np.int64)
    for home, airport in np.ndindex(homes, airports):
        plan = planner.sortie(home, airport)
        if plan is not None:
            deliver_ms[home, airport] = plan.deliver_ms + late_ms
            available_ms[home, airport] = plan.deliver_ms + plan.home.land_ms + 2 * turn_ms + times.swap_ms
    return SortieTimes(deliver_ms=deliver_ms, available_ms=available_ms)


def shadow_counts(days: ShadowDays, times: SortieTimes, *, drones: Sequence[int]) -> tuple[Numbers, Numbers]:
    """Count orders in range and those on time, both ``(days, takeoff_points)``; ``drones`` are by take-off point."""
    on_time = queue_days(
        days.ready_ms,
        days.due_ms,
        days.airport,
        days.is_carried,
        days.bounds,
        np.array(drones, dtype=np.int64),
        times.deliver_ms,
        times.available_ms,
    )
    return np.diff(days.bounds).reshape(-1, len(drones)), on_time.reshape(-1, len(drones))


def unhindered_counts(days: ShadowDays, times: SortieTimes) -> Numbers:
    """Count the orders that would be on time if each met a free drone, ``(days, takeoff_points)``."""
    homes = len(times.deliver_ms)
    sizes = np.diff(days.bounds)
    home = np.repeat(np.arange(len(sizes)) % homes, sizes)
    away_ms = times.deliver_ms[home, days.airport]
    is_on_time = days.is_carried & (away_ms < FAR_MS) & (days.ready_ms + away_ms <= days.due_ms)
    counts: Numbers = np.bincount(np.repeat(np.arange(len(sizes)), sizes)[is_on_time], minlength=len(sizes))
    return counts.reshape(-1, homes)


@kernel
def queue_days(
    ready_ms: Milliseconds,
    due_ms: Milliseconds,
    airport: NDArray[np.int16],
    is_carried: NDArray[np.bool_],
    bounds: Numbers,
    drones: Numbers,
    deliver_ms: Numbers,
    available_ms: Numbers,
) -> Numbers:
    """Count the orders on time in each queue; arguments as in ``ShadowDays`` and ``SortieTimes``."""
    homes = len(drones)
    on_time = np.zeros(len(bounds) - 1, np.int64)
    for queue in range(len(bounds) - 1):
        home = queue % homes
        free_ms = np.zeros(drones[home], np.int64)
        if len(free_ms) == 0:
            continue
        for row in range(bounds[queue], bounds[queue + 1]):
            away = deliver_ms[home, airport[row]]
            if not is_carried[row] or away == FAR_MS:
                continue
            first = np.argmin(free_ms)
            start_ms = max(np.int64(ready_ms[row]), free_ms[first])
            free_ms[first] = start_ms + available_ms[home, airport[row]]
            if start_ms + away <= due_ms[row]:
                on_time[queue] += 1
    return on_time

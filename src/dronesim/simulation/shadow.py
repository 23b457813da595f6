"""The shadow of a day: what its drones would make of it if only they and the lanes could be short, in a millisecond.

Each take-off point is one queue: a drone that is free takes a parcel that is ready, is away for as long as its sortie
is planned to last, and waits for its turn in the lanes of both its sites. No policy is asked who goes first: there are
two shadows, one in which the oldest promise goes first, and one in which those go first that can still be kept. Pads,
people, packs, separation between lanes and everything that goes wrong are left out. So a shadow is no forecast; but
days that are hard for drones and lanes are hard, which makes it a good control variate (correlation 0.97 to 0.99 in the
quickstart network with `nearest`, 0.94 with `greedy`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import DroneType, may_carry
from dronesim.demand import OrderColumns
from dronesim.simulation import shadow_kernels
from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.simulation.order_plans import unhindered_ready_ms
from dronesim.simulation.planner import Planner
from dronesim.simulation.plans import SortiePlan
from dronesim.simulation.rules import Rules
from dronesim.simulation.times import Times, times_of

Milliseconds = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

HINDRANCE: Final = 0.5
"""Part of the lane headway by which all else keeps a drone longer (an assumption; it only makes shadows closer)."""


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
    """Orders of some days by day, take-off point and the time at which they would be ready.

    ``ready_ms``, ``due_ms`` (the promise), ``airport``, ``is_carried`` and ``is_near`` (n,): those out of range keep
    drones busy, and don't count. A queue is one take-off point on one day: its orders begin at
    ``bounds[day * takeoff_points + takeoff_point]``.
    """

    ready_ms: Milliseconds
    due_ms: Milliseconds
    airport: NDArray[np.int16]
    is_carried: Flags
    is_near: Flags
    bounds: Numbers

    def counted(self, which: Flags, *, takeoff_points: int) -> Numbers:
        """Count the orders in range among some (n,), ``(days, takeoff_points)``."""
        queue = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        counts: Numbers = np.bincount(queue[which & self.is_near], minlength=len(self.bounds) - 1)
        return counts.reshape(-1, takeoff_points)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieTimes:
    """Planned times of every pair ``(takeoff_points, airports, 7)``, see `dronesim.simulation.shadow_kernels`.

    A drone has a lane for ``hold_ms``.
    """

    sorties: Numbers
    hold_ms: int


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
    rows = np.lexsort((ready_ms, home))
    carried = in_hours & may_carry(orders.mass_kg, limit_kg=rules.payload_kg)
    return ShadowDays(
        ready_ms=ready_ms[rows].astype(np.int32),
        due_ms=(begins_ms + rules.due_after_ms)[rows].astype(np.int32),
        airport=np.asarray(orders.airport)[rows].astype(np.int16),
        is_carried=np.asarray(carried)[rows],
        is_near=np.asarray(orders.distance_m <= rules.radius_m)[rows],
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
        is_near=np.concatenate([day.is_near for day in days]),
        bounds=np.concatenate([*bounds, begins[-1:]]),
    )


def sortie_times(inputs: SimulationInputs) -> SortieTimes:
    """Plan the quickest sortie of every pair, in the routes and the wind at opening."""
    times = times_of(inputs.rules, inputs.aircraft.drone_type)
    planner = Planner(inputs, Network(inputs, times), times)
    homes, airports, air = inputs.places.takeoff_points, inputs.places.airports, inputs.rules.airspace
    headway_ms = 0 if air.mode == "none" else times.lane_headway_ms
    sorties, hold_ms = np.full((homes, airports, 7), shadow_kernels.FAR_MS, dtype=np.int64), headway_ms
    pairs = list(np.ndindex(homes, airports))
    planner.learn((home, airport) for home, airport in pairs)
    for home, airport in pairs:
        plan = planner.sortie(home, airport)
        if plan is not None:
            sorties[home, airport] = _times(plan, times, held_up_ms=round(HINDRANCE * headway_ms))
            inside_ms = max(
                max(leg.exit_ms - leg.climb_ms, leg.sink_ms - leg.entry_ms) for leg in (plan.out, plan.home)
            )
            hold_ms = max(hold_ms, inside_ms) if headway_ms else 0
    return SortieTimes(sorties=sorties, hold_ms=hold_ms)


def _times(plan: SortiePlan, times: Times, *, held_up_ms: int) -> list[int]:
    """List the times of a sortie in the order of the kernels."""
    out, home = plan.out, plan.home
    there = [plan.depart_ms + out.climb_ms, plan.depart_ms + out.entry_ms, plan.deliver_ms]
    available_ms = home.land_ms + times.swap_ms + held_up_ms
    return [*there, plan.deliver_ms + times.check_ms, home.climb_ms, home.entry_ms, available_ms]


def shadow_counts(days: ShadowDays, times: SortieTimes, *, drones: Sequence[int], saves: bool) -> Numbers:
    """Count the orders in range that are on time, ``(days, takeoff_points)``; ``drones`` are by take-off point.

    ``saves``: those go first that can still be on time, else the oldest promise.
    """
    is_on_time = shadow_kernels.fly_days(
        days.ready_ms,
        days.due_ms,
        days.airport,
        days.is_carried,
        days.bounds,
        np.array(drones, dtype=np.int64),
        times.sorties,
        times.hold_ms,
        saves,
    )
    return days.counted(is_on_time, takeoff_points=len(drones))

"""What the dispatcher expects: when a drone would deliver an order, from nothing but plans and what has happened."""

from __future__ import annotations

import numpy as np

from dronesim.dispatch import DroneBoard, OrderBoard
from dronesim.simulation.book import OrderBook, packed
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.clock import Clock
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.plans import Planner
from dronesim.units import to_ms


class Forecast:
    """Predictions from the boards, and the airports that take no parcel."""

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        book: OrderBook,
        planner: Planner,
        cabinets: Cabinets,
        plans: OrderPlans,
    ) -> None:
        self._clock = clock
        self._planner = planner
        self._cabinets = cabinets
        self._sorties = plans.sorties
        self._usable_wh = inputs.aircraft.drone_type.usable_wh
        self._reserve = inputs.rules.batteries.reserve
        self._closed_until_ms = [0] * inputs.places.airports
        self.orders = _order_board(inputs, book, plans)
        self.drones = DroneBoard(place=[], charge=[], expected_free_ms=[], is_free=[])

    def close_airport(self, airport: int, until_ms: int) -> None:
        """Expect no delivery at an airport before a time."""
        self._closed_until_ms[airport] = max(until_ms, self._closed_until_ms[airport])

    def closed_until_ms(self, airport: int) -> int:
        """Tell when an airport is open (again)."""
        return self._closed_until_ms[airport]

    def available_wh(self, drone: int) -> float:
        """Energy of a drone's pack above the reserve."""
        return (self.drones.charge[drone] - self._reserve) * self._usable_wh

    def delivery_ms(self, order: int, drone: int) -> int | None:
        """Predict when a drone would deliver an order if nobody were in its way; None where it can't."""
        plan, orders, drones, now_ms = self._sorties[order], self.orders, self.drones, self._clock.now_ms
        if plan is None or not self._is_open(orders.airport[order], now_ms):
            return None
        at_ms = now_ms if drones.is_free[drone] else max(now_ms, drones.expected_free_ms[drone])
        need_wh, place = orders.need_wh[order], drones.place[drone]
        if place != orders.takeoff_point[order]:
            leg = self._planner.leg(place, orders.takeoff_point[order])
            if leg is None:
                return None
            at_ms += leg.land_ms
            need_wh += leg.empty_wh
        if need_wh > (drones.charge[drone] - self._reserve) * self._usable_wh:
            return None
        return max(at_ms, orders.expected_ready_ms[order]) + plan.deliver_ms

    def _is_open(self, airport: int, now_ms: int) -> bool:
        return self._closed_until_ms[airport] <= now_ms and self._cabinets.has_room(airport)

    def why_infeasible(self, order: int) -> str:
        """Say why an order can't be assigned now."""
        airport = self.orders.airport[order]
        if self._closed_until_ms[airport] > self._clock.now_ms:
            return "the airport is closed"
        if not self._cabinets.has_room(airport):
            return "the airport's cabinet is full"
        return "the drone's charge is too low for this sortie"


def _order_board(inputs: SimulationInputs, book: OrderBook, plans: OrderPlans) -> OrderBoard:
    """Plan when each parcel is ready as if a courier were always free."""
    couriers = inputs.rules.couriers
    handling_ms = to_ms(couriers.handling_s) + to_ms(couriers.boxing_s)
    placed_ms, planned_ms, walk_ms = (
        np.asarray(column, dtype=np.int64) for column in (book.placed_ms, book.planned_ms, book.walk_ms)
    )
    expected_ms = placed_ms + np.maximum(planned_ms, walk_ms) + handling_ms + walk_ms
    return OrderBoard(
        mass_kg=book.mass_kg,
        due_ms=packed(placed_ms + to_ms(inputs.rules.service.limit_s)),
        takeoff_point=book.takeoff_point,
        airport=book.airport,
        expected_ready_ms=packed(expected_ms),
        is_ready=[False] * len(book),
        need_wh=plans.need_wh,
    )

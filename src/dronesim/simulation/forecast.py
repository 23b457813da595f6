"""What the dispatcher expects: when a drone would deliver an order, from nothing but plans and what has happened."""

from __future__ import annotations

from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene


class Forecast:
    """Predictions from the boards and the plans."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._planner = scene.planner
        self._boards = scene.boards
        self._plans = scene.plans
        self._usable_wh = inputs.aircraft.drone_type.usable_wh
        self._reserve = inputs.rules.batteries.reserve

    def available_wh(self, drone: int) -> float:
        """Energy of a drone's pack above the reserve."""
        return (self._boards.drones.charge[drone] - self._reserve) * self._usable_wh

    def delivery_ms(self, order: int, drone: int, *, charge: float | None = None) -> int | None:
        """Predict when a drone would deliver an order if nobody were in its way; None where it can't.

        ``charge`` is that of its pack, if it had another one than it has. A full cabinet is remembered, so that the
        order's pool is woken when it has room.
        """
        boards, now_ms, plan = self._boards, self._clock.now_ms, self._plans.sorties[order]
        orders, drones = boards.orders, boards.drones
        takeoff_point, airport = orders.takeoff_point[order], orders.airport[order]
        if not boards.free_boxes[airport]:
            boards.want_room(airport, takeoff_point)
            return None
        if plan is None or boards.closed_until_ms[airport] > now_ms:
            return None
        at_ms = now_ms if drones.is_free[drone] else max(now_ms, drones.expected_free_ms[drone])
        need_wh, place = orders.need_wh[order], drones.place[drone]
        if place != takeoff_point:
            leg = self._planner.leg(place, takeoff_point)
            if leg is None:
                return None
            at_ms += leg.land_ms
            need_wh += leg.empty_wh
        if need_wh > ((drones.charge[drone] if charge is None else charge) - self._reserve) * self._usable_wh:
            return None
        return max(at_ms, orders.expected_ready_ms[order]) + plan.deliver_ms

    def why_infeasible(self, order: int) -> str:
        """Say why an order can't be assigned now."""
        airport = self._boards.orders.airport[order]
        if self._boards.closed_until_ms[airport] > self._clock.now_ms:
            return "the airport is closed"
        if not self._boards.has_room(airport):
            return "the airport's cabinet is full"
        return "the drone's charge is too low for this sortie"

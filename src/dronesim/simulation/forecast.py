"""What the dispatcher expects: when a drone would deliver an order, from nothing but plans and what has happened."""

from __future__ import annotations

from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.planner import FOR_GOOD_MS, SortiePlan
from dronesim.simulation.scene import Scene


class Forecast:
    """Predictions from the boards and the plans."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._planner = scene.planner
        self._boards = scene.boards
        self._plans = scene.plans
        self._reserve = inputs.rules.batteries.reserve
        self._times = scene.times
        self._spells = scene.network.spells_in_zones

    def available_wh(self, drone: int) -> float:
        """Energy of a drone's pack above the reserve."""
        drones = self._boards.drones
        return (drones.charge[drone] - self._reserve) * drones.full_wh[drone] * self._planner.air.pack_share

    def delivery_ms(self, order: int, drone: int, *, available_wh: float | None = None) -> int | None:
        """Predict when a drone would deliver an order if nobody were in its way; None where it can't.

        ``available_wh`` is what its pack holds above the reserve, if it had another one than it has. A full cabinet is
        remembered, so that the order's pool is woken when it has room.
        """
        boards, now_ms, plan = self._boards, self._clock.now_ms, self._plans.sorties[order]
        orders, drones = boards.orders, boards.drones
        takeoff_point, airport = orders.takeoff_point[order], orders.airport[order]
        if not boards.free_boxes[airport] or boards.jammed_until_ms[airport] > now_ms:
            boards.want_room(airport, takeoff_point)
            return None
        if boards.put_off_until_ms and boards.put_off_until_ms.get(order, 0) > now_ms:
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
        if available_wh is None:
            available_wh = self.available_wh(drone)
        if need_wh > available_wh:
            return None
        at_ms = max(at_ms, orders.expected_ready_ms[order])
        if self._spells and self._closes_too_soon(plan, at_ms):
            return None
        home_by_ms = self._planner.home_by_ms
        if home_by_ms != FOR_GOOD_MS and self._home_ms(plan, at_ms) > home_by_ms:
            return None
        return at_ms + plan.deliver_ms

    def needed_wh(self, order: int, place: int) -> float:
        """Tell what an order needs of a pack above the reserve, with the way to the order from a place."""
        takeoff_point = self._boards.orders.takeoff_point[order]
        leg = None if place == takeoff_point else self._planner.leg(place, takeoff_point)
        return self._boards.orders.need_wh[order] + (0.0 if leg is None else leg.empty_wh)

    def _home_ms(self, plan: SortiePlan, at_ms: int) -> int:
        """Tell when a sortie that is loaded from a time on would be home."""
        return at_ms + plan.deliver_ms + self._times.check_ms + plan.home.land_ms

    def stops_too_soon(self, order: int) -> bool:
        """Tell whether flying is forecast to stop before a sortie with an order, begun now, would be over."""
        plan = self._plans.sorties[order]
        at_ms = max(self._clock.now_ms, self._boards.orders.expected_ready_ms[order])
        return plan is not None and self._home_ms(plan, at_ms) > self._planner.home_by_ms

    def may_fly_until_s(self) -> float:
        """Tell until when drones may fly, by the weather of now and the forecast; inf where no end is known."""
        return self._planner.air.may_fly_until_s

    def closes_too_soon(self, order: int) -> bool:
        """Tell whether a zone would close a site before a sortie with an order, begun now, has left it."""
        plan = self._plans.sorties[order]
        at_ms = max(self._clock.now_ms, self._boards.orders.expected_ready_ms[order])
        return plan is not None and bool(self._spells) and self._closes_too_soon(plan, at_ms)

    def _closes_too_soon(self, plan: SortiePlan, at_ms: int) -> bool:
        """Tell whether a sortie that is loaded from a time on would be at a site while that lies in a zone."""
        check_ms, out, home = self._times.check_ms, plan.out, plan.home
        taken_off_ms = at_ms + plan.depart_ms + out.climb_ms
        leaves_ms = at_ms + plan.deliver_ms + check_ms
        stays = (
            (out.origin, at_ms, taken_off_ms),
            (out.destination, at_ms + plan.depart_ms + out.sink_ms, leaves_ms + home.climb_ms),
            (home.destination, leaves_ms + home.sink_ms, leaves_ms + home.land_ms + self._times.clear_ms),
        )
        return any(
            from_ms < until_ms and begins_ms < over_ms
            for site, begins_ms, until_ms in stays
            for from_ms, over_ms in self._spells.get(site, ())
        )

    def why_infeasible(self, order: int) -> str:
        """Say why an order can't be assigned now."""
        airport = self._boards.orders.airport[order]
        if self._boards.closed_until_ms[airport] > self._clock.now_ms:
            return "the airport is closed"
        if not self._boards.has_room(airport):
            return "the airport's cabinet is full or jammed"
        if self.stops_too_soon(order) or self._boards.put_off_until_ms.get(order, 0) > self._clock.now_ms:
            return "flying is forecast to stop before its sortie would be over"
        if self.closes_too_soon(order):
            return "a no-fly zone comes into force over a site before the drone has left it"
        return "the drone's charge is too low for this sortie"

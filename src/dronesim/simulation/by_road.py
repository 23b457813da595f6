"""What riders bring without being told to: what drones can't, or would bring late and a rider sooner."""

from __future__ import annotations

from dronesim.dispatch import Pool
from dronesim.simulation.forecast import Asked, Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.plans import SortiePlan
from dronesim.simulation.riders import Riders
from dronesim.simulation.scene import Scene


class ByRoad:
    """The rule ``riders.takes``, applied to what was refused to drones or the policy has left, oldest first."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, riders: Riders, forecast: Forecast) -> None:
        self._takes = frozenset(inputs.rules.riders.takes)
        self._scene = scene
        self._riders = riders
        self._forecast = forecast
        self._may_be_elsewhere = scene.boards.is_shared or scene.planner.stays

    def meet(self, pool: Pool) -> None:
        """Send riders with what is ready and would not be there sooner by drone."""
        riders, boards = self._riders, self._scene.boards
        if not riders.are_there or not (self._takes or boards.road_only):
            return
        lacking, orders = set[int](), sorted([*pool.ready, *boards.for_road(pool)])
        if not orders:
            riders.lack(pool.number, lacking)
            return
        drones = self._forecast.asked(pool.drones, self._forecast.known())
        for order in orders:
            if order in boards.fetch_from_ms:
                riders.fetch(order)
                continue
            if not boards.orders.is_ready[order] or not self._is_for_riders(order, drones):
                continue
            if riders.arrival_ms(order) is not None:
                riders.send(order)
            elif order not in boards.road_only:
                lacking.add(order)
        riders.lack(pool.number, lacking)

    def _is_for_riders(self, order: int, drones: Asked) -> bool:
        scene, boards, takes = self._scene, self._scene.boards, self._takes
        if order in boards.road_only:
            return True
        if boards.closed_until_ms[boards.orders.airport[order]] > scene.clock.now_ms:
            return "closed" in takes
        plan = scene.plans.sortie(order)
        if plan is None:
            return "barred" in takes
        return "late" in takes and self._is_late(order, plan, drones)

    def _is_late(self, order: int, plan: SortiePlan, drones: Asked) -> bool:
        """Tell whether every drone would be late, and later than a rider; where none can, as soon as the time is up."""
        due_ms, soonest_ms = self._scene.boards.orders.due_ms[order], self._scene.clock.now_ms + plan.deliver_ms
        late_after_ms = max(due_ms, self._riders.arrival_if_free_ms(order))
        # where a drone beside the parcel that left now would be late, no drone need be asked
        if soonest_ms > late_after_ms and self._is_just_late(order, drones):
            return True
        is_in_time, can_any = self._forecast.there_by(order, drones, by_ms=late_after_ms)
        return not is_in_time and (can_any or soonest_ms > due_ms)

    def _is_just_late(self, order: int, drones: Asked) -> bool:
        """Tell whether asking drones about an order has nothing more to it.

        It has where drones may be elsewhere, or the cabinet is full: legs are looked up, and room is wanted.
        """
        boards = self._scene.boards
        if self._may_be_elsewhere or boards.orders.airport[order] in drones.known.shut:
            return False
        return boards.no_go_until_ms <= self._scene.clock.now_ms

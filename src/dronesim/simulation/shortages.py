"""Turns drones around whose charge is too low for an order that waits, so that none waits for ever beside them."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from dronesim.dispatch import Pool
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene

Stands: TypeAlias = dict[int, list[int]]
"""Free drones by take-off point, the one with the least charge first."""


class Shortages:
    """Looks for orders that no free drone has the charge for, once the policy has decided.

    An order is short if it may be assigned, free drones stand at its take-off point and none of them has the charge
    for it, but a charged pack would do; where none stands there, if so of all that are free in its pool. For each short
    order one drone is turned around: the one that would deliver first with a charged pack, among equals the one with
    the least charge. Drones that are being turned around at the same place count as well. Where packs age, a charged
    pack is the best one that a drone may have at its stand.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, forecast: Forecast) -> None:
        self._boards = scene.boards
        self._planner = scene.planner
        self._fleet = fleet
        self._forecast = forecast
        rules = inputs.rules.batteries
        self._charge_to, self._charged = rules.charge_to, rules.charge_to - rules.reserve
        self._ages = rules.ageing is not None

    def meet(self, pool: Pool) -> None:
        """Turn as many free drones of a pool around as its orders are short of."""
        if not pool.ready or not self._is_any_used(pool):
            return
        stands, wanted = self._stands(pool), Counter[int]()
        coming = Counter(drone.place for drone in self._fleet.drones if drone.is_turning)
        for order in pool.ready:
            drone = self._short_of(order, stands)
            if drone is None:
                continue
            place = self._boards.drones.place[drone]
            wanted[place] += 1
            if wanted[place] > coming[place]:
                self._turn_around(order, drone, stands, pool)
                coming[place] += 1

    def _is_any_used(self, pool: Pool) -> bool:
        charge = self._boards.drones.charge
        return self._ages or any(charge[drone] < self._charge_to for drone in pool.free)

    def _stands(self, pool: Pool) -> Stands:
        board, stands = self._boards.drones, Stands()
        for drone in sorted(pool.free, key=board.charge.__getitem__):
            stands.setdefault(board.place[drone], []).append(drone)
        return stands

    def _short_of(self, order: int, stands: Stands) -> int | None:
        """Find the drone to turn around for an order; None where it is not short of one."""
        home, delivery_ms = self._boards.orders.takeoff_point[order], self._forecast.delivery_ms
        places = [home] if home in stands else list(stands)
        if any(delivery_ms(order, drone) is not None for place in places for drone in self._fullest(stands[place])):
            return None
        charged = [
            (delivery_ms(order, drone, holds_wh=self._charged_wh(drone)), place, drone)
            for place in places
            for drone in self._emptiest(stands[place])
        ]
        known = ((at_ms, place, drone) for at_ms, place, drone in charged if at_ms is not None)
        return min(known, key=lambda found: found[:2], default=(0, 0, None))[2]

    def _fullest(self, drones: list[int]) -> list[int]:
        """Give those of the drones at a place who get farthest: the last, or who knows where packs age."""
        return drones if self._ages else drones[-1:]

    def _emptiest(self, drones: list[int]) -> list[int]:
        """Give those of the drones at a place who may be turned around: the first, or any where packs age."""
        return drones if self._ages else drones[:1]

    def _charged_wh(self, drone: int) -> float:
        """Tell what a drone would have above the reserve with the best charged pack that it may have."""
        return self._charged * self._fleet.best_wh(drone) * self._planner.air.pack_share

    def _turn_around(self, order: int, drone: int, stands: Stands, pool: Pool) -> None:
        place = self._boards.drones.place[drone]
        stands[place].remove(drone)
        if not stands[place]:
            del stands[place]
        self._boards.drone_taken(drone, pool)
        self._fleet.turn_around(drone, self._forecast.needed_wh(order, drone) / self._planner.air.pack_share)

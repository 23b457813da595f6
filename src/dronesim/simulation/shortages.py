"""Turns drones around whose charge is too low for an order that waits, so that none waits for ever beside them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TypeAlias

from dronesim.dispatch import Known, Pool
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene

Stands: TypeAlias = dict[int, list[int]]
"""Free drones by site, the one with the least charge first."""

Energies: TypeAlias = dict[int, list[float]]
"""What each of the drones at a take-off point would have above the reserve with a charged pack, in their order."""


class Shortages:
    """Looks for orders that no free drone has the charge for, once the policy has decided.

    An order is short if it may be assigned, free drones stand at its take-off point and none of them has the charge
    for it, but a charged pack would do; where none stands there, if so of all that are free in its pool. For each short
    order one drone is turned around: the one that would deliver first with a charged pack, among equals the one with
    the least charge. Drones that are being turned around at the same place count as well. Where packs age, a charged
    pack is the best one that a drone may have at its stand. One that stays at an airport is turned around where it took
    off last.
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
        if not pool.ready or not pool.free or not self._is_any_used(pool):
            return
        stands, charged, wanted, known = self._stands(pool), Energies(), Counter[int](), self._forecast.known()
        drones = self._fleet.drones
        coming = Counter(drones[number].base for number in pool.drones if drones[number].is_turning)
        fullest = {place: self._fullest(drones, known) for place, drones in stands.items()}
        for order in pool.ready:
            if not stands:
                break
            drone = self._short_of(order, stands, charged, fullest, known)
            if drone is None:
                continue
            base = self._fleet.drones[drone].base
            wanted[base] += 1
            if wanted[base] > coming[base]:
                place = self._boards.drones.place[drone]
                charged.pop(place, None)
                self._turn_around(order, drone, stands, pool)
                if place in stands:
                    fullest[place] = self._fullest(stands[place], known)
                coming[base] += 1

    def _is_any_used(self, pool: Pool) -> bool:
        charge = self._boards.drones.charge
        return self._ages or any(charge[drone] < self._charge_to for drone in pool.free)

    def _stands(self, pool: Pool) -> Stands:
        board, stands = self._boards.drones, Stands()
        for drone in sorted(pool.free, key=board.charge.__getitem__):
            stands.setdefault(board.place[drone], []).append(drone)
        return stands

    def _short_of(
        self, order: int, stands: Stands, charged: Energies, fullest: dict[int, int], known: Known
    ) -> int | None:
        """Find the drone to turn around for an order; None where it is not short of one.

        Drones that stand at one place would all be there at one time: whether any of them can fly is whether the one
        that has the most energy can, and the first that would have enough with a charged pack is the one to turn.
        """
        if not self._forecast.may_go(order, known):
            return None
        home, delivery_ms = self._boards.orders.takeoff_point[order], self._forecast.delivery_ms
        places = [home] if home in stands else list(stands)
        if any(delivery_ms(order, fullest[place], known=known) is not None for place in places):
            return None
        best: tuple[int, int] | None = None
        found: int | None = None
        for place in places:
            at_ms = delivery_ms(order, stands[place][0], known=known, holds_wh=math.inf)
            if at_ms is None or (best is not None and best <= (at_ms, place)):
                continue
            if (drone := self._first_charged(order, place, stands, charged)) is not None:
                best, found = (at_ms, place), drone
        return found

    def _fullest(self, drones: list[int], known: Known) -> int:
        """Give the one of the drones at a place that gets farthest: the last, or who has most where packs age."""
        return max(drones, key=lambda drone: self._forecast.available_wh(drone, known)) if self._ages else drones[-1]

    def _first_charged(self, order: int, place: int, stands: Stands, charged: Energies) -> int | None:
        """Find the drone at a place to turn around for an order: the first, or where packs age, the first that can."""
        if place not in charged:
            drones = stands[place] if self._ages else stands[place][:1]
            charged[place] = [self._charged_wh(drone) for drone in drones]
        pairs = zip(stands[place], charged[place], strict=False)
        return next((drone for drone, has_wh in pairs if has_wh >= self._needed_wh(order, drone)), None)

    def _needed_wh(self, order: int, drone: int) -> float:
        """Tell what an order needs of a pack above the reserve that a drone gets where it is turned around."""
        return self._forecast.needed_wh(order, self._fleet.drones[drone].base)

    def _charged_wh(self, drone: int) -> float:
        """Tell what a drone would have above the reserve with the best charged pack that it may have."""
        return self._charged * self._fleet.best_wh(drone) * self._planner.air.pack_share

    def _turn_around(self, order: int, drone: int, stands: Stands, pool: Pool) -> None:
        place = self._boards.drones.place[drone]
        stands[place].remove(drone)
        if not stands[place]:
            del stands[place]
        self._boards.drone_taken(drone, pool)
        self._fleet.turn_around(drone, self._needed_wh(order, drone) / self._planner.air.pack_share)

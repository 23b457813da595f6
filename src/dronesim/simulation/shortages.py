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
    the least charge. Drones that are being turned around at the same place count as well.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, forecast: Forecast) -> None:
        self._boards = scene.boards
        self._fleet = fleet
        self._forecast = forecast
        self._charge_to = inputs.rules.batteries.charge_to

    def meet(self, pool: Pool) -> None:
        """Turn as many free drones of a pool around as its orders are short of."""
        if not pool.ready or not self._is_any_used(pool):
            return
        stands, wanted = self._stands(pool), Counter[int]()
        coming = Counter(drone.place for drone in self._fleet.drones if drone.is_turning)
        for order in pool.ready:
            place = self._short_at(order, stands)
            if place is None:
                continue
            wanted[place] += 1
            if wanted[place] > coming[place]:
                self._turn_around(stands, place, pool)
                coming[place] += 1

    def _is_any_used(self, pool: Pool) -> bool:
        charge = self._boards.drones.charge
        return any(charge[drone] < self._charge_to for drone in pool.free)

    def _stands(self, pool: Pool) -> Stands:
        board, stands = self._boards.drones, Stands()
        for drone in sorted(pool.free, key=board.charge.__getitem__):
            stands.setdefault(board.place[drone], []).append(drone)
        return stands

    def _short_at(self, order: int, stands: Stands) -> int | None:
        """Find where to turn a drone around for an order; None where none is short for it."""
        home, delivery_ms = self._boards.orders.takeoff_point[order], self._forecast.delivery_ms
        places = [home] if home in stands else list(stands)
        if any(delivery_ms(order, stands[place][-1]) is not None for place in places):
            return None
        charged = [(delivery_ms(order, stands[place][0], charge=self._charge_to), place) for place in places]
        return min(((at_ms, place) for at_ms, place in charged if at_ms is not None), default=(0, None))[1]

    def _turn_around(self, stands: Stands, place: int, pool: Pool) -> None:
        drone = stands[place].pop(0)
        if not stands[place]:
            del stands[place]
        self._boards.drone_taken(drone, pool)
        self._fleet.turn_around(drone)

"""Turnaround on the stand: packs are swapped and charged, or drones charged with the pack on board."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from dronesim.aircraft.battery import charge_time_s
from dronesim.simulation.drone import Drone
from dronesim.simulation.ledger import NETWORK, Ledger
from dronesim.simulation.rules import BatteryRules
from dronesim.simulation.swaps import Swaps
from dronesim.units import to_ms


class Readiness(NamedTuple):
    """When a drone may fly again, the charge that it has then, and what its pack holds when it is full."""

    at_ms: int
    charge: float
    full_wh: float


class Batteries:
    """Packs and chargers by take-off point; both are served first come, first served.

    A drone that stands with a charge below ``turnaround_below`` is turned around, and so is one for which an order
    waits that asks for more than it has. Any other keeps its pack and is ready at once. What is on a charger stays
    there until it is charged. ``full_wh`` tells what each pack holds, by number, ``swaps`` how long swaps take where
    that is not always the same; what is expected goes by their mean.
    """

    def __init__(
        self,
        rules: BatteryRules,
        *,
        first_pack: int,
        full_wh: Sequence[float],
        ledger: Ledger,
        swaps: Swaps | None = None,
    ) -> None:
        self._rules = rules
        self._full_wh = full_wh
        self._ledger = ledger
        self._due_below = min(rules.turnaround_below, rules.charge_to)
        self._is_swapping = rules.mode == "swap"
        self._swap_ms = to_ms(rules.swap_s)
        self._swaps = swaps
        self._chargers = [[(0, charger) for charger in range(count)] for count in rules.chargers]
        self._stock: list[list[tuple[int, int]]] = []
        self.packs = first_pack
        for count in rules.packs:
            self._stock.append([(0, self.packs + number) for number in range(count)])
            self.packs += count

    def turn_around(self, drone: Drone, now_ms: int) -> int:
        """Swap or charge the pack of a drone on its stand if that is due; returns when the drone is ready."""
        if not self.is_due(drone.charge) and not drone.is_turning:
            return now_ms
        drone.is_turning = True
        return self._swap(drone, now_ms) if self._is_swapping else self._charge_on_board(drone, now_ms)

    def is_due(self, charge: float) -> bool:
        """Tell whether a pack with a charge is to be swapped or charged before it flies again."""
        return charge < self._due_below

    def fitted_ms(self, drone: Drone, ready_ms: int) -> int:
        """Tell from when on a drone has the pack that it is ready with at a time: then it only has to be fitted."""
        return drone.pack_since_ms if self._is_swapping else ready_ms

    def expected(self, drone: Drone, place: int, charge: float, at_ms: int) -> Readiness:
        """Tell from when on a drone would be ready that stood here at a time with a charge, as things are now."""
        if not self.is_due(charge):
            return Readiness(at_ms, charge, drone.full_wh)
        ready_ms, full_wh = at_ms, drone.full_wh
        if not self._is_swapping or not self._stock[place] or self._stock[place][0][0] > at_ms:
            ready_ms = max(at_ms, self._chargers[place][0][0]) + self._charge_ms(charge)
        if self._is_swapping:
            fitted_ms = min(ready_ms, max(at_ms, self._stock[place][0][0])) if self._stock[place] else ready_ms
            if self._stock[place] and self._stock[place][0][0] <= fitted_ms:
                full_wh = self._full_wh[self._stock[place][0][1]]
            ready_ms = fitted_ms + self._swap_ms
        return Readiness(ready_ms, max(charge, self._rules.charge_to), full_wh)

    def best_wh(self, drone: Drone) -> float:
        """Tell what the best pack holds that a drone may have at its stand: its own, or one that lies there."""
        stock = self._stock[drone.base] if self._is_swapping else ()
        return max((drone.full_wh, *(self._full_wh[pack] for _, pack in stock)))

    def _swap(self, drone: Drone, now_ms: int) -> int:
        """Trade the used pack for the first charged one; returns when the drone is ready."""
        used_ms = self._charge(drone, now_ms)
        stock = self._stock[drone.place]
        ready_ms, pack = self._first(stock, (used_ms, drone.pack), drone.needed_wh)
        fitted_ms = max(now_ms, ready_ms)
        self.take_off_drone(drone, now_ms)
        self.put_on_drone(drone, pack, fitted_ms)
        return fitted_ms + (self._swap_ms if self._swaps is None else self._swaps.next_ms(drone.number))

    def _first(self, stock: list[tuple[int, int]], used: tuple[int, int], needed_wh: float) -> tuple[int, int]:
        """Take the pack that is charged first from a stock that the used one joins, of those that hold enough if any.

        ``needed_wh``: what an order needs that the drone is turned around for, 0 without one.
        """
        heapq.heappush(stock, used)
        charged, full_wh = self._rules.charge_to - self._rules.reserve, self._full_wh
        if charged * full_wh[stock[0][1]] >= needed_wh:
            return heapq.heappop(stock)
        chosen = min((entry for entry in stock if charged * full_wh[entry[1]] >= needed_wh), default=stock[0])
        stock.remove(chosen)
        heapq.heapify(stock)
        return chosen

    def _charge_on_board(self, drone: Drone, now_ms: int) -> int:
        """Charge on the stand; returns when the drone is ready."""
        ready_ms = self._charge(drone, now_ms)
        drone.charge = max(drone.charge, self._rules.charge_to)
        return ready_ms

    def _charge(self, drone: Drone, now_ms: int) -> int:
        """Queue the drone's pack for a charger; returns when it is charged."""
        missing_ms = self._charge_ms(drone.charge)
        chargers = self._chargers[drone.place]
        if missing_ms == 0:
            return now_ms
        free_ms, charger = chargers[0]
        start_ms = max(now_ms, free_ms)
        end_ms = start_ms + missing_ms
        heapq.heapreplace(chargers, (end_ms, charger))
        self._ledger.chargers.append(drone.place, charger, drone.pack, start_ms, end_ms)
        return end_ms

    def lose_charger(self, place: int, at_ms: int, for_ms: int) -> tuple[int, int]:
        """Do without the charger that is free first, from then on for so long; what is promised to it is charged."""
        free_ms, charger = self._chargers[place][0]
        begin_ms = max(at_ms, free_ms)
        heapq.heapreplace(self._chargers[place], (begin_ms + for_ms, charger))
        return begin_ms, begin_ms + for_ms

    def _charge_ms(self, charge: float) -> int:
        rules = self._rules
        if charge >= rules.charge_to:
            return 0
        return to_ms(charge_time_s(charge, rules.charge_to, rate_c=rules.charge_c, cv_charge=rules.cv_charge))

    def held_by(self, pack: int) -> float:
        """Tell what a pack holds when it is full."""
        return self._full_wh[pack]

    def new_pack(self) -> int:
        """Number the pack that a spare drone brings along."""
        self.packs += 1
        return self.packs - 1

    def put_on_drone(self, drone: Drone, pack: int, at_ms: int) -> None:
        """Fit a charged pack."""
        drone.pack = pack
        drone.full_wh = self._full_wh[pack]
        drone.pack_since_ms = at_ms
        drone.charge = self._rules.charge_to

    def take_off_drone(self, drone: Drone, at_ms: int) -> None:
        """Write down that the pack leaves the drone."""
        self._ledger.packs.append(NETWORK, drone.pack, drone.number, drone.pack_since_ms, at_ms)

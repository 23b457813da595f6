"""The sortie that each order would get by the routes and the wind as they are, and whether it is in reach at all."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.plans import Planner, SortiePlan
from dronesim.units import to_ms

Ints = NDArray[np.int64]

NEVER_MS: Final = 1 << 40


class OrderPlans:
    """Columns by order, made anew in place when routes or the wind change.

    ``sorties``: the planned sortie, None without a route; ``out_wh``: energy of its outbound leg with the parcel;
    ``need_wh``: of all of it. ``is_in_reach`` stays as it was when the order was placed. ``ready_ms`` (n,) tells
    when the parcel would be ready if a courier were always there.
    """

    def __init__(self, inputs: SimulationInputs, *, book: OrderBook, planner: Planner) -> None:
        count = len(book)
        self._inputs = inputs
        self._book = book
        self._planner = planner
        self.sorties: list[SortiePlan | None] = [None] * count
        self.out_wh = array("d", bytes(8 * count))
        self.need_wh = array("d", bytes(8 * count))
        self.is_in_reach = [False] * count
        self.ready_ms = _unhindered_ready_ms(inputs, book)
        self._door_ms = np.full(count, NEVER_MS)
        self._flight_ms = np.full(count, NEVER_MS)
        self._since_ms = 0
        self._plan(0)

    def renew(self, now_ms: int) -> None:
        """Plan all orders anew; those placed before now keep their reach."""
        self._settle(now_ms)
        self._since_ms = now_ms
        self._plan(now_ms)

    def _plan(self, now_ms: int) -> None:
        book, planner = self._book, self._planner
        self.sorties[:] = [
            planner.sortie(home, airport) for home, airport in zip(book.takeoff_point, book.airport, strict=True)
        ]
        self._weigh()
        first = bisect_left(book.placed_ms, now_ms)
        batteries, kind = self._inputs.rules.batteries, self._inputs.aircraft.drone_type
        available_wh = (batteries.charge_to - batteries.reserve) * kind.pack_wh
        later = zip(self.sorties[first:], self.need_wh[first:], strict=True)
        self.is_in_reach[first:] = [plan is not None and need_wh <= available_wh for plan, need_wh in later]

    def unhindered_ms(self) -> tuple[Ints, Ints]:
        """When each parcel could lie in its box with nobody in its way, and the shortest time from loading to then.

        A parcel leaves when it is ready or, where that is better, when routes or the wind have changed;
        ``NEVER_MS`` without a route.
        """
        self._settle(NEVER_MS)
        return self._door_ms, self._flight_ms

    def _settle(self, until_ms: int) -> None:
        """Let every parcel leave in the time since the last change, if it is ready before ``until_ms``."""
        flight_ms = np.array([NEVER_MS if plan is None else plan.deliver_ms for plan in self.sorties], dtype=np.int64)
        start_ms = np.maximum(self.ready_ms, self._since_ms)
        can_leave = (start_ms < until_ms) & (flight_ms < NEVER_MS)
        np.minimum(self._door_ms, start_ms + flight_ms, out=self._door_ms, where=can_leave)
        np.minimum(self._flight_ms, flight_ms, out=self._flight_ms, where=can_leave)

    def _weigh(self) -> None:
        """Find the energy of each sortie with its parcel."""
        inputs, sorties = self._inputs, self.sorties
        out_wh = inputs.aircraft.energy_wh(
            cruise_s=np.array([0.0 if plan is None else plan.out.cruise_s for plan in sorties]),
            level_m=np.array([0.0 if plan is None else plan.out.level_m for plan in sorties]),
            payload_kg=np.minimum(inputs.orders.mass_kg, inputs.aircraft.drone_type.payload_kg),
        )
        fixed_wh = np.array([0.0 if plan is None else plan.fixed_wh for plan in sorties])
        self.out_wh[:] = array("d", out_wh.tobytes())
        self.need_wh[:] = array("d", (out_wh + fixed_wh).tobytes())

    def clear(self) -> None:
        """Give all columns up."""
        self.sorties.clear()
        self.is_in_reach.clear()
        self.out_wh, self.need_wh = array("d"), array("d")


def _unhindered_ready_ms(inputs: SimulationInputs, book: OrderBook) -> Ints:
    """When each parcel is ready if a courier leaves as planned."""
    handling_ms = to_ms(inputs.rules.couriers.handling_s) + to_ms(inputs.rules.couriers.boxing_s)
    columns = (book.placed_ms, book.walk_ms, book.planned_ms, book.preparation_ms)
    placed_ms, walk_ms, planned_ms, prepared_ms = (np.array(column, dtype=np.int64) for column in columns)
    at_merchant_ms = np.maximum(planned_ms - walk_ms, 0) + walk_ms
    return np.asarray(placed_ms + np.maximum(prepared_ms, at_merchant_ms) + handling_ms + walk_ms)

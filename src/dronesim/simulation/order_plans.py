"""The sortie that each order would get by the routes and the wind as they are, and whether it is in reach at all."""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np

from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.plans import Planner, SortiePlan


class OrderPlans:
    """Columns by order, made anew in place when routes or the wind change.

    ``sorties``: the planned sortie, None without a route; ``out_wh``: energy of its outbound leg with the parcel;
    ``need_wh``: of all of it. ``is_in_reach`` and ``deliver_ms`` (from the start of loading, -1 without a route)
    stay as they were when the order was placed.
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
        self.deliver_ms = array("i", [-1]) * count
        self.renew(0)

    def renew(self, now_ms: int) -> None:
        """Plan all orders anew; those placed before now keep their reach and their time."""
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
        self.deliver_ms[first:] = array("i", [-1 if plan is None else plan.deliver_ms for plan in self.sorties[first:]])

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
        self.out_wh, self.need_wh, self.deliver_ms = array("d"), array("d"), array("i")

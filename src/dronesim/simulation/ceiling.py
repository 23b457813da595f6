"""The ceiling: how fast each order could be with unlimited resources and no queue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.order_plans import OrderPlans
from dronesim.units import MS, to_ms


def ceiling_s(
    inputs: SimulationInputs, book: OrderBook, plans: OrderPlans
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Click-to-door and ready-to-door in seconds of each order if nobody were in its way.

    A courier leaves as planned, a drone stands ready, pads and routes are free. NaN where no drone of the
    fleet could bring the parcel.
    """
    handling_ms = to_ms(inputs.rules.couriers.handling_s) + to_ms(inputs.rules.couriers.boxing_s)
    walk_ms, planned_ms = np.array(book.walk_ms, dtype=np.int64), np.array(book.planned_ms, dtype=np.int64)
    at_merchant_ms = np.maximum(planned_ms - walk_ms, 0) + walk_ms
    ready_ms = np.maximum(np.array(book.preparation_ms), at_merchant_ms) + handling_ms + walk_ms
    is_feasible = np.array(plans.is_in_reach, dtype=bool) & inputs.aircraft.is_payload_feasible(inputs.orders.mass_kg)
    flight_ms = np.array(plans.deliver_ms, dtype=np.int64)
    door_s = np.where(is_feasible, (ready_ms + flight_ms) / MS, np.nan)
    return door_s, np.where(is_feasible, flight_ms / MS, np.nan)

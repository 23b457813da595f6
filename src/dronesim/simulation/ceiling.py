"""The ceiling: how fast each order could be with unlimited resources and no queue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.order_plans import NEVER_MS, OrderPlans
from dronesim.simulation.times import Times
from dronesim.units import MS


def ceiling_s(
    inputs: SimulationInputs, book: OrderBook, plans: OrderPlans, times: Times
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Click-to-door and ready-to-door in seconds of each order if nobody were in its way.

    A courier leaves as planned, a drone stands ready, pads and routes are free. NaN where no drone of the
    fleet could bring the parcel, and for orders out of hours, which are refused whatever the fleet.
    """
    door_ms, flight_ms = plans.unhindered_ms()
    is_feasible = plans.is_in_reach & inputs.aircraft.is_payload_feasible(inputs.orders.mass_kg)
    is_feasible &= (door_ms < NEVER_MS) & _is_in_hours(book, times)
    door_s = (door_ms - np.array(book.placed_ms, dtype=np.int64)) / MS
    return np.where(is_feasible, door_s, np.nan), np.where(is_feasible, flight_ms / MS, np.nan)


def _is_in_hours(book: OrderBook, times: Times) -> NDArray[np.bool_]:
    """Whether each order is placed in the opening hours, both ends included, shape ``(n,)``."""
    placed_ms = np.array(book.placed_ms, dtype=np.int64)
    is_open: NDArray[np.bool_] = (times.opens_ms <= placed_ms) & (placed_ms <= times.closes_ms)
    return is_open

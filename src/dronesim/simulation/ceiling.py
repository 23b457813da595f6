"""The ceiling: how fast each order could be with unlimited resources and no queue."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.columns import Milliseconds
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.order_plans import NEVER_MS, OrderPlans
from dronesim.simulation.times import Times

_PART: Final = 1 << 17
"""So many orders are looked at at a time."""


def ceilings(
    inputs: SimulationInputs, book: OrderBook, plans: OrderPlans, times: Times
) -> tuple[Milliseconds, Milliseconds]:
    """Click-to-door and ready-to-door of each order if nobody were in its way.

    A courier leaves as planned, a drone stands ready, pads and routes are free. Absent where no drone of the
    fleet could bring the parcel, and for orders out of hours, which are refused whatever the fleet.
    """
    door, flight = (np.full(len(book), NEVER, dtype=np.int32) for _ in range(2))
    is_feasible = plans.is_in_reach & inputs.aircraft.is_payload_feasible(inputs.orders.mass_kg)
    for begin in range(0, len(book), _PART):
        rows = slice(begin, begin + _PART)
        door_ms, flight_ms = plans.unhindered_ms(rows)
        placed_ms = np.array(book.placed_ms[rows], dtype=np.int64)
        is_known = is_feasible[rows] & (door_ms < NEVER_MS) & _is_in_hours(placed_ms, times)
        door[rows] = np.where(is_known, door_ms - placed_ms, NEVER)
        flight[rows] = np.where(is_known, flight_ms, NEVER)
    return Milliseconds(door), Milliseconds(flight)


def _is_in_hours(placed_ms: NDArray[np.int64], times: Times) -> NDArray[np.bool_]:
    """Whether each order is placed in the opening hours, both ends included, shape ``(n,)``."""
    is_open: NDArray[np.bool_] = (times.opens_ms <= placed_ms) & (placed_ms <= times.closes_ms)
    return is_open

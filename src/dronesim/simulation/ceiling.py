"""The ceiling: how fast each order could be with unlimited resources and no queue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.book import OrderBook
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.plans import SortiePlan
from dronesim.units import MS, to_ms


def ceiling_s(
    inputs: SimulationInputs, book: OrderBook, sorties: list[SortiePlan | None], is_in_reach: list[bool]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Click-to-door and ready-to-door in seconds of each order if nobody were in its way.

    A courier leaves as planned, a drone stands ready, pads and routes are free. NaN where no drone of the
    fleet could bring the parcel, and for orders out of hours, which are refused whatever the fleet.
    """
    handling_ms = to_ms(inputs.rules.couriers.handling_s) + to_ms(inputs.rules.couriers.boxing_s)
    walk_ms, planned_ms = np.array(book.walk_ms, dtype=np.int64), np.array(book.planned_ms, dtype=np.int64)
    at_merchant_ms = np.maximum(planned_ms - walk_ms, 0) + walk_ms
    ready_ms = np.maximum(np.array(book.preparation_ms), at_merchant_ms) + handling_ms + walk_ms
    is_feasible = np.array(is_in_reach, dtype=bool) & inputs.aircraft.is_payload_feasible(inputs.orders.mass_kg)
    is_feasible &= _is_in_hours(inputs, book)
    flight_ms = np.array([0 if plan is None else plan.deliver_ms for plan in sorties])
    door_s = np.where(is_feasible, (ready_ms + flight_ms) / MS, np.nan)
    return door_s, np.where(is_feasible, flight_ms / MS, np.nan)


def _is_in_hours(inputs: SimulationInputs, book: OrderBook) -> NDArray[np.bool_]:
    """Whether each order is placed in the opening hours, both ends included, shape ``(n,)``."""
    placed_ms, horizon = np.array(book.placed_ms, dtype=np.int64), inputs.rules.horizon
    is_open: NDArray[np.bool_] = (to_ms(horizon.start_s) <= placed_ms) & (placed_ms <= to_ms(horizon.end_s))
    return is_open

"""The policy ``greedy``: at each step the pair of order and drone that adds the least lateness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dronesim.dispatch.columns import Bools
from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.view import DispatchView

EMPTY_LEG_S: Final = 3600.0
"""What an empty leg counts to an order that it can't save, seconds: more than any wait for a drone that comes home."""


def greedy(view: DispatchView) -> Decisions:
    """Choose, one pair after another, the order and drone that add the least lateness; assign the drones that are free.

    Among pairs that are on time (they all add none) the one with the least time to spare goes first; orders
    that are late already come after those that can still be saved, so they wait longest in a rush. An order that a
    busy drone would deliver sooner than any free one waits for it, and so does one that is late anyhow rather than
    have a drone come empty from elsewhere.
    """
    orders, free = view.ready, view.free_drones
    if not orders or not free:
        return NOTHING
    drones = [*free, *view.drones.drone[~view.drones.is_free].tolist()]
    delivery_s = view.delivery_matrix(orders, drones).copy()
    due_s = np.array([view.due_s(order) for order in orders])
    decisions = Decisions()
    if len(set(view.drones.place.tolist())) > 1:
        delivery_s += EMPTY_LEG_S * (_come_from_elsewhere(view, orders, drones) & (delivery_s > due_s[:, None]))
    while len(decisions) < len(free) and np.isfinite(delivery_s).any():
        best_drone = delivery_s.argmin(axis=1)
        spare_s = due_s - delivery_s[np.arange(len(orders)), best_drone]
        lateness_s = np.maximum(-spare_s, 0.0)
        row = int(np.lexsort((spare_s, lateness_s))[0])
        if best_drone[row] < len(free):
            decisions.assign(orders[row], drones[best_drone[row]])
        delivery_s[row] = np.inf
        delivery_s[:, best_drone[row]] = np.inf
    return decisions


def _come_from_elsewhere(view: DispatchView, orders: Sequence[int], drones: Sequence[int]) -> Bools:
    """Tell of orders and drones whether the drone has an empty leg before it, shape ``(orders, drones)``."""
    at, place = view.orders.takeoff_point, view.drones.place
    rows = np.searchsorted(view.orders.order, orders)
    columns = np.searchsorted(view.drones.drone, drones)
    found: Bools = at[rows][:, None] != place[columns]
    return found

"""The policy ``greedy``: at each step the pair of order and drone that adds the least lateness."""

from __future__ import annotations

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.sharing import sensible_s
from dronesim.dispatch.view import DispatchView


@only_pairs
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
    rows, columns = np.searchsorted(view.orders.order, orders), np.searchsorted(view.drones.drone, drones)
    delivery_s = sensible_s(view, view.delivery_matrix(orders, drones), rows, columns).copy()
    due_s = view.orders.due_s[rows]
    decisions = Decisions()
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

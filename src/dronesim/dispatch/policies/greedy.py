"""The policy ``greedy``: at each step the pair of order and drone that adds the least lateness."""

from __future__ import annotations

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.view import DispatchView


def greedy(view: DispatchView) -> Decisions:
    """Assign, one pair after another, the order and free drone that add the least lateness.

    Among pairs that are on time (they all add none) the one with the least time to spare goes first; orders
    that are late already come after those that can still be saved, so they wait longest in a rush.
    """
    orders, drones = view.ready, view.free_drones
    if not orders or not drones:
        return NOTHING
    delivery_s = view.delivery_matrix(orders, drones).copy()
    due_s = np.array([view.due_s(order) for order in orders])
    decisions = Decisions()
    while np.isfinite(delivery_s).any():
        best_drone = delivery_s.argmin(axis=1)
        spare_s = due_s - delivery_s[np.arange(len(orders)), best_drone]
        lateness_s = np.maximum(-spare_s, 0.0)
        row = int(np.lexsort((spare_s, lateness_s))[0])
        decisions.assign(orders[row], drones[best_drone[row]])
        delivery_s[row] = np.inf
        delivery_s[:, best_drone[row]] = np.inf
    return decisions

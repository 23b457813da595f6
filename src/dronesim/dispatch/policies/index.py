"""The policy ``index``: pairs of order and drone that are worth most together fly, or wait for each other."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.view import DispatchView

SOON_S: Final = 300.0
SPREAD_S: Final = 10.0
PRICE: Final = 0.3
EMPTY_LEG: Final = 0.1
"""Assumptions, chosen on tuning days of the benchmark; `soon_s` = 200 would cost 2 points where drones are shared."""


@only_pairs
def index(
    view: DispatchView,
    *,
    soon_s: float = SOON_S,
    spread_s: float = SPREAD_S,
    price: float = PRICE,
    empty_leg: float = EMPTY_LEG,
) -> Decisions:
    """Match the chance that an order is on time, less a price of the drone's time, over all drones, busy ones too.

    Orders count that are ready or will be within ``soon_s``. An order that is predicted on time with ``spread_s`` to
    spare has a chance of 3 in 4, one out of range none; the longest delivery costs ``price``, an empty leg before it
    ``empty_leg`` more. What is not worth it flies if nobody waits who is, or while more than half of the drones idle.
    """
    from scipy.optimize import linear_sum_assignment

    orders, drones = view.orders, view.drones
    if not view.ready or not view.free_drones:
        return NOTHING
    is_ready, is_free = orders.is_assignable, drones.is_free
    is_soon = ~orders.is_ready & (orders.expected_ready_s < view.now_s + soon_s)
    can = np.isfinite(view.delivery_s) & (is_ready | is_soon)[:, None]
    delivery_s = np.where(can, view.delivery_s, view.now_s)
    takes_s = delivery_s - np.maximum(drones.expected_free_s, orders.expected_ready_s[:, None])
    chance = 0.5 + np.arctan((orders.due_s[:, None] - delivery_s) / spread_s) / np.pi
    worth = chance * orders.is_in_range[:, None] - price * takes_s / takes_s.max(where=can, initial=1.0)
    worth = np.where(can, worth - empty_leg * (drones.place != orders.takeoff_point[:, None]), 0.0).clip(0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    rows, columns = rows[is_worth := worth[rows, columns] > 0.0], columns[is_worth]
    left_s = np.where(can & is_ready[:, None] & is_free, delivery_s, np.inf)
    left_s[rows], left_s[:, columns], decisions, is_idle = np.inf, np.inf, Decisions(), is_free.copy()
    is_idle[columns], goes = False, is_ready[rows] & is_free[columns]
    for order, drone in zip(orders.order[rows[goes]], drones.drone[columns[goes]], strict=True):
        decisions.assign(order, drone)
    while (goes.all() or is_idle.mean() > 0.5) and left_s.min() < np.inf:
        row, column = np.unravel_index(left_s.argmin(), left_s.shape)
        decisions.assign(orders.order[row], drones.drone[column])
        left_s[row], left_s[:, column], is_idle[column] = np.inf, np.inf, False
    return decisions

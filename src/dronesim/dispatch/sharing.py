"""When a drone of a shared fleet may come from elsewhere: the policies that ship go by one rule."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dronesim.dispatch.columns import Bools, Floats
from dronesim.dispatch.view import DispatchView
from dronesim.geometry.products import matrix_product
from dronesim.units import HOUR

ALL: Final = slice(None)
LEAST_SHARE: Final = 0.01
"""What is expected at least of a take-off point, share of the mean, so that drones can be shared out by it."""
AHEAD_S: Final = HOUR
"""Drones are shared out by the orders that are expected so soon, seconds: an assumption, chosen on tuning days."""


def sensible_s(view: DispatchView, delivery_s: Floats, rows: Any = ALL, columns: Any = ALL) -> Floats:
    """Give predicted deliveries with inf where a drone should not come; of ``rows`` and ``columns`` of the view.

    Tied drones always may. An empty leg takes long, and moves a drone for good: a free one comes for an order that is
    ready and would be on time if its own take-off point keeps more free ones than orders wait there, and, without it,
    at least as many drones for each order that is expected as the other one has. To a take-off point to which no drone
    belongs every free one may come, and late; so may one that stands at an airport.
    """
    place, point = view.drones.place[columns], view.orders.takeoff_point[rows]
    is_there = place == point[:, None]
    if is_there.all():
        return delivery_s
    stands = place < len(view.demand.orders)
    is_on_time = delivery_s <= view.orders.due_s[rows][:, None]
    may_come = is_on_time & _can_be_spared(view)[point][:, np.where(stands, place, 0)]
    is_bare = np.bincount(view.drones.place, minlength=int(point.max()) + 1)[point] == 0
    may_come |= is_bare[:, None] | ~stands
    may_come &= view.drones.is_free[columns] & view.orders.is_assignable[rows][:, None]
    found: Floats = np.where(is_there | may_come, delivery_s, np.inf)
    return found


def _can_be_spared(view: DispatchView) -> Bools:
    """Tell of take-off points, ``(to, from)``, whether a drone of the one can be spared for the other."""
    points = len(view.demand.orders)
    stands = view.drones.place < points
    belong = np.bincount(view.drones.place[stands], minlength=points)
    free = np.bincount(view.drones.place[stands & view.drones.is_free], minlength=points)
    waiting = np.bincount(view.orders.takeoff_point, minlength=points)
    expected = expected_orders(view, AHEAD_S)
    expected = np.maximum(expected, LEAST_SHARE * expected.mean()) if expected.any() else np.ones(points)
    found: Bools = (free > waiting) & ((belong - 1) / expected >= (belong / expected)[:, None])
    return found


def expected_orders(view: DispatchView, ahead_s: float) -> Floats:
    """Give the orders that are expected from now on for so long, by take-off point; 0 where none are declared."""
    from_s, orders = view.demand.from_s, view.demand.orders
    begins_s, ends_s = np.maximum(from_s, view.now_s), np.minimum(from_s + HOUR, view.now_s + ahead_s)
    expected: Floats = matrix_product(orders, np.maximum(ends_s - begins_s, 0.0) / HOUR)
    return expected

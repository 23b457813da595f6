"""What a policy may do beside assigning where a scenario permits it: refuse the hopeless, keep packs, go near by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from dronesim.dispatch.columns import Floats
from dronesim.dispatch.decisions import Decisions
from dronesim.dispatch.view import DispatchView

TRIP_S: Final = 180.0
"""How long a courier is taken to be out for a parcel, seconds: an assumption."""


def flight_s(view: DispatchView) -> Floats:
    """Tell how long each order takes from loading to its box, shape ``(orders,)``; inf where no drone can bring it."""
    starts_s = np.maximum(view.drones.expected_free_s, view.orders.expected_ready_s[:, None])
    is_far = (view.drones.place != view.orders.takeoff_point[:, None]) | ~np.isfinite(view.delivery_s)
    found: Floats = np.where(is_far, np.inf, view.delivery_s - starts_s).min(axis=1, initial=np.inf)
    return found


def spare_couriers(view: DispatchView, decisions: Decisions) -> None:
    """Let no courier fetch what would be late even if a drone stood ready, where all couriers are out.

    The oldest such order of each take-off point is handed to a rider, where one is free, or refused: then the others
    are ready sooner, and fewer of them hopeless. It is one of ``DispatchView.refusable``. Plans know no queue for
    couriers: of the orders that have none of the parcel yet, every one that comes before an order takes a courier for
    ``TRIP_S``.
    """
    if not view.refusable:
        return
    orders, points = view.orders, view.takeoff_points
    flown_s, may_be = flight_s(view), np.isin(orders.order, view.refusable) & ~orders.is_assignable
    for point in np.flatnonzero(points.couriers_out >= points.couriers).tolist():
        rows = np.flatnonzero(may_be & (orders.takeoff_point == point))
        waits_s = (np.arange(len(rows)) // max(int(points.couriers[point]), 1) + 0.5) * TRIP_S
        comes_s = np.maximum(view.now_s + waits_s, orders.expected_ready_s[rows]) + flown_s[rows]
        hopeless = orders.order[rows[np.isfinite(comes_s) & (comes_s > orders.due_s[rows])]].tolist()
        if hopeless:
            spare = decisions.ride if view.free_riders(point) else decisions.refuse
            spare(hopeless[0])


def keep_packs(view: DispatchView, decisions: Decisions) -> None:
    """Let due drones keep their packs for orders that a swap would make late, if no free drone is there for them."""
    if not view.due_drones:
        return
    orders, drones = view.orders, view.drones
    column_of = {drone: column for column, drone in enumerate(drones.drone.tolist())}
    comes_s = np.maximum(view.now_s, orders.expected_ready_s) + flight_s(view)
    given = np.bincount(drones.place[drones.is_free], minlength=int(drones.place.max()) + 1)
    for drone, charge in view.due_drones:
        column = column_of[drone]
        place = int(drones.place[column])
        now_wh = _holds_wh(view, column, charge)
        lasts = np.array([now_wh >= _need_wh(view, int(order), column) for order in orders.order], dtype=np.bool_)
        is_late = view.delivery_s[:, column] > orders.due_s
        saved = lasts & is_late & (comes_s <= orders.due_s) & (orders.takeoff_point == place)
        if saved.sum() > given[place]:
            given[place] += 1
            decisions.keep(drone)


def _holds_wh(view: DispatchView, column: int, charge: float) -> float:
    """Tell what a drone's pack gives above the reserve at a charge."""
    more = charge - float(view.drones.charge[column])
    return float(view.holds_wh[column]) + more * float(view.drones.full_wh[column]) * view.weather.pack_share


def _need_wh(view: DispatchView, order: int, column: int) -> float:
    """Tell what the sortie of an order takes out of a pack; inf where that is not known."""
    sorties = float(view.sorties_left(order)[column])
    return float(view.holds_wh[column]) / sorties if sorties > 0.0 else np.inf


def go_near_by(view: DispatchView, decisions: Decisions, idle: Iterable[int]) -> None:
    """Serve ready orders that can't go to their own airport at a near one, on time, with drones that are idle."""
    left = list(idle)
    is_barred = np.isinf(view.delivery_s).all(axis=1) & view.orders.is_assignable
    for order in view.orders.order[is_barred].tolist():
        ways = (
            (view.delivery_by(order, drone, airport=airport), airport, drone)
            for airport in view.near_airports(order)
            for drone in left
        )
        by_s, airport, drone = min(ways, default=(np.inf, -1, -1))
        if by_s <= view.due_s(order):
            decisions.assign(order, drone, airport=airport)
            left.remove(drone)

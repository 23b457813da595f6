"""All predictions of an epoch at once: what `known.predicted_ms` says of each order and drone, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.columns import Floats
from dronesim.dispatch.known import DroneRow, EmptyLeg, Known, OrderRow, can_go, predicted_ms
from dronesim.dispatch.packed import DroneColumns, OrderColumns
from dronesim.units import MS

SMALL: Final = 24
"""Up to so many pairs are asked for one by one: for these arrays would take longer."""

AT_ONCE: Final = 1 << 15
"""Pairs that are predicted in one go: arrays of more leave the fast memory, and are slower by the pair."""


def one_by_one(orders: Sequence[OrderRow], drones: Sequence[DroneRow], known: Known) -> Floats:
    """Predict deliveries in seconds since midnight, shape ``(orders, drones)``; inf where a drone can't."""
    found = np.full((len(orders), len(drones)), inf)
    for row, order in enumerate(orders):
        if can_go(order, known):
            known_ms = (predicted_ms(order, drone, known) for drone in drones)
            found[row] = [inf if at_ms is None else at_ms / MS for at_ms in known_ms]
    return found


def all_at_once(
    orders: OrderColumns, drones: DroneColumns, known: Known, *, goes: NDArray[np.bool_], rows: Sequence[OrderRow]
) -> Floats:
    """Predict the same from columns; ``goes`` tells of orders whether they can go, ``rows`` are those of ``orders``.

    So many orders at once as fit into fast memory with all drones.
    """
    count, step = len(goes), max(AT_ONCE // max(len(drones.place), 1), 1)
    if count <= step:
        return _some_at_once(orders, drones, known, goes=goes, rows=rows)
    found = np.empty((count, len(drones.place)))
    for first in range(0, count, step):
        part = slice(first, first + step)
        found[part] = _some_at_once(orders.of(part), drones, known, goes=goes[part], rows=rows[part])
    return found


def _some_at_once(
    orders: OrderColumns, drones: DroneColumns, known: Known, *, goes: NDArray[np.bool_], rows: Sequence[OrderRow]
) -> Floats:
    point, place = orders.takeoff_point, drones.place
    free_ms = np.maximum(drones.free_ms, known.now_ms + drones.rest_ms)
    needs_wh: Any = orders.need_wh[:, None]
    if (place == point[:, None]).all():
        at_ms = np.maximum(free_ms, orders.expected_ready_ms[:, None])
    else:
        # by take-off point first, of which there are few
        land_ms, empty_wh = (table.take(place, axis=1) for table in _legs(known.legs))
        at_ms = np.maximum((free_ms + land_ms).take(point, axis=0), orders.expected_ready_ms[:, None])
        needs_wh = needs_wh + empty_wh.take(point, axis=0)
    can = needs_wh <= holds_wh(drones, known)
    can &= goes[:, None]
    can &= at_ms + orders.home_ms[:, None] <= known.air.home_by_ms
    if known.spells:
        for row, order in enumerate(rows):
            can[row] &= ~_in_zones(order, at_ms[row], known)
    at_ms += orders.deliver_ms[:, None]
    found: Floats = at_ms / MS
    found[~can] = inf
    return found


def holds_wh(drones: DroneColumns, known: Known) -> Floats:
    """Tell what packs hold above the reserve, as `known.available_wh` does, ``(drones,)``."""
    found: Floats = (drones.charge - known.reserve) * drones.full_wh * known.air.pack_share
    return found


class _LegTables:
    """How long empty legs take and their energy, ``(takeoff_points, places)``: of the legs that were asked for last.

    0 at the place itself; energy inf where there is no leg. Legs never change once they are written.
    """

    def __init__(self) -> None:
        self._made: tuple[Any, tuple[NDArray[np.int64], Floats]] = (
            None,
            (np.zeros((0, 0), np.int64), np.zeros((0, 0))),
        )

    def __call__(self, legs: tuple[tuple[EmptyLeg | None, ...], ...]) -> tuple[NDArray[np.int64], Floats]:
        if self._made[0] is not legs:
            self._made = legs, self._make(legs)
        return self._made[1]

    @staticmethod
    def _make(legs: tuple[tuple[EmptyLeg | None, ...], ...]) -> tuple[NDArray[np.int64], Floats]:
        no_way = EmptyLeg(0, inf)
        table = np.array([[leg or no_way for leg in row] for row in legs], dtype=np.float64)
        land_ms, empty_wh = np.moveaxis(table, 2, 0).transpose(0, 2, 1)
        own = np.arange(min(land_ms.shape))
        land_ms[own, own] = empty_wh[own, own] = 0.0
        return np.ascontiguousarray(land_ms, dtype=np.int64), np.ascontiguousarray(empty_wh)


_legs = _LegTables()


def _in_zones(order: OrderRow, at_ms: NDArray[Any], known: Known) -> NDArray[np.bool_]:
    """Tell of each time whether a sortie that is loaded then would be at a site while that lies in a zone."""
    stays = () if order.sortie is None else order.sortie.stays
    is_in = np.zeros(len(at_ms), dtype=np.bool_)
    for stay in stays:
        for from_ms, over_ms in known.spells[stay.site]:
            is_in |= (from_ms < at_ms + stay.to_ms) & (at_ms + stay.from_ms < over_ms)
    return is_in

"""All predictions of an epoch at once: what `known.predicted_ms` says of each order and drone, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.known import DroneRow, Known, OrderRow, available_wh, can_go, free_ms, predicted_ms
from dronesim.units import MS

Floats = NDArray[np.float64]

SMALL: Final = 24
"""Up to so many pairs are asked for one by one: for these arrays would take longer."""


def predicted_matrix(orders: Sequence[OrderRow], drones: Sequence[DroneRow], known: Known) -> Floats:
    """Predict deliveries in seconds since midnight, shape ``(orders, drones)``; inf where a drone can't."""
    kinds = list(dict.fromkeys(drones))
    predict = _one_by_one if len(orders) * len(kinds) <= SMALL else _together
    found = predict(orders, kinds, known)
    if len(kinds) == len(drones):
        return found
    column_of = {kind: column for column, kind in enumerate(kinds)}
    return found[:, [column_of[drone] for drone in drones]]


def _one_by_one(orders: Sequence[OrderRow], drones: Sequence[DroneRow], known: Known) -> Floats:
    found = np.full((len(orders), len(drones)), inf)
    for row, order in enumerate(orders):
        if can_go(order, known):
            known_ms = (predicted_ms(order, drone, known) for drone in drones)
            found[row] = [inf if at_ms is None else at_ms / MS for at_ms in known_ms]
    return found


def _together(orders: Sequence[OrderRow], drones: Sequence[DroneRow], known: Known) -> Floats:
    places, targets = [drone.place for drone in drones], [order.takeoff_point for order in orders]
    land_ms, empty_wh = _legs(known, places, targets)
    holds_wh = np.array([available_wh(drone, known) for drone in drones])
    at_ms = np.array([free_ms(drone, known.now_ms) for drone in drones]) + land_ms
    needs_wh = np.array([order.need_wh for order in orders])[:, None] + empty_wh
    at_ms = np.maximum(at_ms, np.array([order.expected_ready_ms for order in orders])[:, None])
    goes = np.array([can_go(order, known) for order in orders])[:, None] & ~(needs_wh > holds_wh)
    if known.spells:
        for row, order in enumerate(orders):
            goes[row] &= ~_in_zones(order, at_ms[row], known)
    times = np.array([(0, 0) if order.sortie is None else order.sortie[:2] for order in orders])
    goes &= at_ms + times[:, 1:2] <= known.air.home_by_ms
    return np.where(goes, (at_ms + times[:, :1]) / MS, inf)


def _legs(known: Known, places: Sequence[int], targets: Sequence[int]) -> tuple[Any, Any]:
    """Give how long empty legs take and their energy, ``(orders, drones)``; energy inf where there is none."""
    shape = max(targets, default=0) + 1, max(places, default=0) + 1
    land_ms, empty_wh = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    for target in set(targets):
        for place in {*places} - {target}:
            leg = known.legs[place][target]
            land_ms[target, place], empty_wh[target, place] = (0, inf) if leg is None else leg
    chosen = np.ix_(targets, places)
    return land_ms[chosen], empty_wh[chosen]


def _in_zones(order: OrderRow, at_ms: NDArray[Any], known: Known) -> NDArray[np.bool_]:
    """Tell of each time whether a sortie that is loaded then would be at a site while that lies in a zone."""
    stays = () if order.sortie is None else order.sortie.stays
    is_in = np.zeros(len(at_ms), dtype=np.bool_)
    for stay in stays:
        for from_ms, over_ms in known.spells[stay.site]:
            is_in |= (from_ms < at_ms + stay.to_ms) & (at_ms + stay.from_ms < over_ms)
    return is_in

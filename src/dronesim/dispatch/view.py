"""What a dispatch policy may know at one decision epoch: nothing that has not happened yet but its plan.

A view is a snapshot. It holds numbers in tuples, and arrays over bytes; from nothing of it does a way lead into the
engine, and what is done to it stays without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.known import DroneRow, Known, OrderRow, can_go, free_ms, predicted_ms, ride_ms
from dronesim.dispatch.matrix import predicted_matrix
from dronesim.errors import PolicyError
from dronesim.units import MS, clock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Row = TypeVar("Row", OrderRow, DroneRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The waiting orders of the pool, oldest first; every array has shape ``(orders,)`` and is read-only.

    Times are seconds since midnight. ``takeoff_point`` and ``airport`` are indices.
    """

    order: Ints
    mass_kg: Floats
    expected_ready_s: Floats
    is_ready: Bools
    due_s: Floats
    takeoff_point: Ints
    airport: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneView:
    """The drones of the pool; every array has shape ``(drones,)`` and is read-only.

    ``place`` is the take-off point where the drone stands or will stand next, ``charge`` the share of its pack's
    capacity that it has, or is expected to have when it is free, and ``full_wh`` that capacity: usable energy when it
    is full, less for an old pack. ``expected_free_s`` counts all that it has to do until then, a parcel that it waits
    for as planned; it is never in the past. Only a free drone may be assigned.
    """

    drone: Ints
    place: Ints
    charge: Floats
    full_wh: Floats
    expected_free_s: Floats
    is_free: Bools


class DispatchView:
    """One pool at one epoch.

    ``waiting`` and ``ready`` are order numbers, oldest first: all that are placed and not assigned, and those of them
    that may be assigned by the built-in rule: ready, or soon enough. ``free_drones`` are the drones that may be
    assigned now, lowest number first. All else is asked for by these numbers, and by those of busy drones of the pool;
    any other number is an error. The columns in ``orders``, ``drones`` and ``delivery_s`` are made when they are first
    asked for.

    ``met_shut`` notes orders that were asked about while their airport takes nothing, ``met_legs`` empty legs: who
    asks is woken when there is room.
    """

    def __init__(
        self,
        known: Known,
        *,
        orders: tuple[OrderRow, ...],
        ready: tuple[int, ...],
        drones: tuple[DroneRow, ...],
        numbers: tuple[int, ...],
        free: tuple[int, ...],
    ) -> None:
        self._known = known
        self._orders = orders
        self._drones = drones
        self._numbers = numbers
        self.now_ms = known.now_ms
        self.ready: Sequence[int] = ready
        self.free_drones: Sequence[int] = free
        self._by_order: dict[int, OrderRow] = {}
        self._by_drone: dict[int, DroneRow] = {}
        self.met_shut: set[int] = set()
        self.met_legs: set[tuple[int, int]] = set()

    @property
    def now_s(self) -> float:
        """Time of the epoch, seconds since midnight."""
        return self.now_ms / MS

    @property
    def may_fly_until_s(self) -> float:
        """Until when drones may fly, by the weather of now and the forecast: inf where no end is known."""
        return self._known.air.may_fly_until_s

    @cached_property
    def waiting(self) -> Sequence[int]:
        """Orders that are placed and not assigned, oldest first."""
        return tuple([row.order for row in self._orders])

    def _order(self, order: int) -> OrderRow:
        if not self._by_order:
            self._by_order = {row.order: row for row in self._orders}
        return self._by_order.get(order) or self._foreign("order", order, "waits in")

    def _kinds(self) -> dict[int, DroneRow]:
        if not self._by_drone:
            self._by_drone = dict(zip(self._numbers, self._drones))  # noqa: B905, a third slower
        return self._by_drone

    def _drone(self, drone: int) -> DroneRow:
        return self._kinds().get(drone) or self._foreign("drone", drone, "is of")

    def _foreign(self, what: str, number: object, belongs: str) -> Any:
        """Refuse a number, in words that tell nothing of what there is beyond this pool."""
        rule = f"asked about {what} {number!r}, and no such {what} {belongs} this pool"
        raise PolicyError(f"at {clock(self.now_s)} the policy {rule}")

    def due_s(self, order: int) -> float:
        """Give the end of an order's promised time."""
        return self._order(order).due_ms / MS

    def delivery_by(self, order: int, drone: int) -> float:
        """Predict when this drone would deliver this order if nobody were in its way; inf where it can't."""
        row, kind = self._order(order), self._drone(drone)
        if not self._can_go(row):
            return inf
        if kind.place != row.takeoff_point:
            self.met_legs.add((kind.place, row.takeoff_point))
        found_ms = predicted_ms(row, kind, self._known)
        return inf if found_ms is None else found_ms / MS

    def _can_go(self, order: OrderRow) -> bool:
        if order.airport in self._known.shut:
            self.met_shut.add(order.order)
        return can_go(order, self._known)

    def ride_by(self, order: int) -> float:
        """Predict when a rider who takes this order now would have brought it; inf where none can: it is not ready."""
        arrival_ms = ride_ms(self._order(order), self._known.riders, self.now_ms)
        return inf if arrival_ms is None else arrival_ms / MS

    def free_riders(self, takeoff_point: int) -> int:
        """Count the riders who could leave a take-off point now."""
        places = range(len(self._known.legs))
        if takeoff_point not in places:
            self._foreign("take-off point", takeoff_point, "is of")
        return 0 if self._known.riders is None else self._known.riders.free[takeoff_point]

    def first_drone(self, order: int, among: Sequence[int] | None = None) -> int | None:
        """Find the free drone that would deliver first, the lowest number among equals; None if none can.

        Free drones in one place would all deliver at the same time, so the first of them that can is asked.
        """
        row, drones = self._order(order), self.free_drones if among is None else among
        if not drones or not self._can_go(row):
            return None
        best, best_ms, known, kinds = None, None, self._known, self._kinds()
        last, settled = None, set[int]()
        for drone in drones:
            kind = kinds.get(drone) or self._drone(drone)
            if kind is last or (kind.is_free and kind.place in settled):
                continue
            last = kind
            if kind.place != row.takeoff_point:
                self.met_legs.add((kind.place, row.takeoff_point))
            found_ms = predicted_ms(row, kind, known)
            if found_ms is not None and kind.is_free:
                settled.add(kind.place)
            if found_ms is not None and (best_ms is None or found_ms < best_ms):
                best, best_ms = drone, found_ms
        return best

    @cached_property
    def orders(self) -> OrderView:
        """Columns of the waiting orders, oldest first."""
        order, mass_kg, due_ms, takeoff_point, airport, ready_ms, is_ready, _, _ = _columns(self._orders, OrderRow)
        return OrderView(
            order=ints(order),
            mass_kg=floats(mass_kg),
            expected_ready_s=seconds(ready_ms),
            is_ready=frozen(np.array(is_ready, dtype=np.bool_)),
            due_s=seconds(due_ms),
            takeoff_point=ints(takeoff_point),
            airport=ints(airport),
        )

    @cached_property
    def drones(self) -> DroneView:
        """Columns of the pool's drones, by number."""
        place, charge, full_wh, _, _, is_free = _columns(self._drones, DroneRow)
        return DroneView(
            drone=ints(self._numbers),
            place=ints(place),
            charge=floats(charge),
            full_wh=floats(full_wh),
            expected_free_s=seconds([free_ms(row, self.now_ms) for row in self._drones]),
            is_free=frozen(np.array(is_free, dtype=np.bool_)),
        )

    @cached_property
    def delivery_s(self) -> Floats:
        """Predicted delivery times, shape ``(orders, drones)``; inf where infeasible."""
        return self._matrix(self._orders, self._drones)

    def delivery_matrix(self, orders: Sequence[int], drones: Sequence[int]) -> Floats:
        """Predict delivery times for chosen orders and drones, shape ``(orders, drones)``."""
        return self._matrix([self._order(order) for order in orders], [self._drone(drone) for drone in drones])

    def _matrix(self, orders: Sequence[OrderRow], drones: Sequence[DroneRow]) -> Floats:
        places = {drone.place for drone in drones}
        for order in orders:
            if drones and self._can_go(order):
                self.met_legs.update((place, order.takeoff_point) for place in places - {order.takeoff_point})
        return frozen(predicted_matrix(orders, drones, self._known))


def _columns(rows: Sequence[Row], kind: Callable[..., Row]) -> Any:
    """Turn rows into columns, also where there are none."""
    return zip(*rows, strict=True) if rows else [()] * len(kind._fields)  # type: ignore[attr-defined]


def ints(values: Sequence[int]) -> Ints:
    """Make a read-only column of whole numbers."""
    return frozen(np.array(values, dtype=np.int64))


def floats(values: Sequence[float]) -> Floats:
    """Make a read-only column of numbers."""
    return frozen(np.array(values, dtype=np.float64))


def seconds(values_ms: Sequence[int]) -> Floats:
    """Make a read-only column of seconds."""
    return frozen(np.array(values_ms, dtype=np.float64) / MS)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Give the same numbers over bytes, which nobody can make writeable again."""
    return np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape)

"""What a dispatch policy may know at one decision epoch: nothing that has not happened yet but its plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.boards import DroneBoard, OrderBoard, Pool
from dronesim.units import MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The waiting orders of the pool, oldest first; every array has shape ``(orders,)`` and is read-only.

    Times are seconds since midnight. ``takeoff_point`` and ``airport`` are indices.
    """

    order: Ints
    mass_kg: Floats
    expected_ready_s: Floats
    is_ready: NDArray[np.bool_]
    due_s: Floats
    takeoff_point: Ints
    airport: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneView:
    """The drones of the pool; every array has shape ``(drones,)`` and is read-only.

    ``place`` is the take-off point where the drone stands or will stand next, ``charge`` the share of its pack's
    capacity that it has, or is expected to have when it is free, and ``full_wh`` that capacity: usable energy when it
    is full, less for an old pack. Only a free drone may be assigned.
    """

    drone: Ints
    place: Ints
    charge: Floats
    full_wh: Floats
    expected_free_s: Floats
    is_free: NDArray[np.bool_]


class RiderBoard(Protocol):
    """What is known of riders: how many are free at a take-off point, and when one would have brought an order."""

    def free(self, takeoff_point: int) -> int:
        """Count them."""

    def arrival_ms(self, order: int) -> int | None:
        """Predict it; None where no rider can take it now."""


class DispatchView:
    """One pool at one epoch.

    ``waiting`` and ``ready`` are order numbers, oldest first: all that are placed and not assigned, and
    those of them that may be loaded now. ``free_drones`` are drone numbers. The columns in ``orders``,
    ``drones`` and ``delivery_s`` are made when they are first asked for.
    """

    __slots__ = (
        "_delivery_ms",
        "_drone_board",
        "_may_fly_until_s",
        "_memo",
        "_order_board",
        "_pool",
        "_riders",
        "now_ms",
    )

    def __init__(
        self,
        pool: Pool,
        *,
        orders: OrderBoard,
        drones: DroneBoard,
        delivery_ms: Callable[[int, int], int | None],
        riders: RiderBoard | None = None,
        may_fly_until_s: Callable[[], float] = lambda: float("inf"),
    ) -> None:
        self._pool = pool
        self._order_board = orders
        self._drone_board = drones
        self._delivery_ms = delivery_ms
        self._riders = riders
        self._may_fly_until_s = may_fly_until_s
        self._memo: dict[str, Any] = {}
        self.now_ms = 0

    def open_at(self, now_ms: int) -> DispatchView:
        """Begin an epoch: forget what was computed for the last one."""
        self.now_ms = now_ms
        self._memo.clear()
        return self

    @property
    def now_s(self) -> float:
        """Time of the epoch, seconds since midnight."""
        return self.now_ms / MS

    @property
    def may_fly_until_s(self) -> float:
        """Until when drones may fly, by the weather of now and the forecast: inf where no end is known."""
        return self._may_fly_until_s()

    @property
    def waiting(self) -> Sequence[int]:
        """Orders that are placed and not assigned, oldest first."""
        return tuple(self._pool.waiting)

    @property
    def ready(self) -> Sequence[int]:
        """Waiting orders that may be assigned by the built-in rule: ready, or soon enough; oldest first."""
        return tuple(self._pool.ready) if self._pool.ready else ()

    @property
    def free_drones(self) -> Sequence[int]:
        """Drones that may be assigned now, lowest number first."""
        return tuple(self._pool.free) if self._pool.free else ()

    def due_s(self, order: int) -> float:
        """Give the end of an order's promised time."""
        return self._order_board.due_ms[order] / MS

    def delivery_by(self, order: int, drone: int) -> float:
        """Predict when this drone would deliver this order if nobody were in its way; inf where it can't."""
        delivery_ms = self._delivery_ms(order, drone)
        return float("inf") if delivery_ms is None else delivery_ms / MS

    def ride_by(self, order: int) -> float:
        """Predict when a rider who takes this order now would have brought it; inf where none can: it is not ready."""
        arrival_ms = None if self._riders is None else self._riders.arrival_ms(order)
        return float("inf") if arrival_ms is None else arrival_ms / MS

    def free_riders(self, takeoff_point: int) -> int:
        """Count the riders who could leave a take-off point now."""
        return 0 if self._riders is None else self._riders.free(takeoff_point)

    def first_drone(self, order: int, among: Sequence[int] | None = None) -> int | None:
        """Find the free drone that would deliver first, the lowest number among equals; None if none can.

        Drones in the same place with the same charge of the same capacity are equal, so one of each kind is asked.
        """
        board, best, best_ms = self._drone_board, None, None
        asked, kind, last = set[tuple[int, float, float]](), (-1, 0.0, 0.0), (-1, 0.0, 0.0)
        for drone in self._pool.free if among is None else among:
            last, kind = kind, (board.place[drone], board.charge[drone], board.full_wh[drone])
            if kind == last or kind in asked:
                continue
            asked.add(kind)
            delivery_ms = self._delivery_ms(order, drone)
            if delivery_ms is not None and (best_ms is None or delivery_ms < best_ms):
                best, best_ms = drone, delivery_ms
        return best

    @property
    def orders(self) -> OrderView:
        """Columns of the waiting orders, oldest first."""
        if "orders" not in self._memo:
            self._memo["orders"] = self._order_columns(self._pool.waiting)
        view: OrderView = self._memo["orders"]
        return view

    @property
    def drones(self) -> DroneView:
        """Columns of the pool's drones, by number."""
        if "drones" not in self._memo:
            self._memo["drones"] = self._drone_columns(self._pool.drones)
        view: DroneView = self._memo["drones"]
        return view

    @property
    def delivery_s(self) -> Floats:
        """Predicted delivery times, shape ``(orders, drones)``; inf where infeasible."""
        if "delivery_s" not in self._memo:
            self._memo["delivery_s"] = self.delivery_matrix(self._pool.waiting, self._pool.drones)
        matrix: Floats = self._memo["delivery_s"]
        return matrix

    def delivery_matrix(self, orders: Sequence[int], drones: Sequence[int]) -> Floats:
        """Predict delivery times for chosen orders and drones, shape ``(orders, drones)``."""
        board = self._drone_board
        kinds = [
            (board.place[d], board.charge[d], board.full_wh[d], board.expected_free_ms[d], board.is_free[d])
            for d in drones
        ]
        first = {kind: drone for drone, kind in reversed(list(zip(drones, kinds, strict=True)))}
        matrix = np.empty((len(orders), len(drones)))
        for row, order in enumerate(orders):
            by_kind = {kind: self.delivery_by(order, drone) for kind, drone in first.items()}
            matrix[row] = [by_kind[kind] for kind in kinds]
        return _frozen(matrix)

    def _order_columns(self, orders: Sequence[int]) -> OrderView:
        board = self._order_board
        return OrderView(
            order=_ints(orders),
            mass_kg=_floats([board.mass_kg[order] for order in orders]),
            expected_ready_s=_floats([board.expected_ready_ms[order] / MS for order in orders]),
            is_ready=_frozen(np.array([board.is_ready[order] for order in orders], dtype=np.bool_)),
            due_s=_floats([board.due_ms[order] / MS for order in orders]),
            takeoff_point=_ints([board.takeoff_point[order] for order in orders]),
            airport=_ints([board.airport[order] for order in orders]),
        )

    def _drone_columns(self, drones: Sequence[int]) -> DroneView:
        board = self._drone_board
        return DroneView(
            drone=_ints(drones),
            place=_ints([board.place[drone] for drone in drones]),
            charge=_floats([board.charge[drone] for drone in drones]),
            full_wh=_floats([board.full_wh[drone] for drone in drones]),
            expected_free_s=_floats([board.expected_free_ms[drone] / MS for drone in drones]),
            is_free=_frozen(np.array([board.is_free[drone] for drone in drones], dtype=np.bool_)),
        )


def _ints(values: Sequence[int]) -> Ints:
    return _frozen(np.array(values, dtype=np.int64))


def _floats(values: Sequence[float]) -> Floats:
    return _frozen(np.array(values, dtype=np.float64))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array

"""What a dispatch policy may know at one decision epoch: nothing that has not happened yet but its plan.

A view is a snapshot. It holds numbers in tuples, and arrays over bytes; from nothing of it does a way lead into the
engine, and what is done to it stays without effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.asking import NO_ANSWER, Epoch, ask
from dronesim.dispatch.columns import Bools, Floats, Ints, bools, floats, frozen, ints, seconds
from dronesim.dispatch.known import (
    DroneRow,
    Known,
    OrderRow,
    can_go,
    ends_too_late,
    going_to,
    landing_at,
    predicted_ms,
    ride_ms,
)
from dronesim.dispatch.matrix import SMALL, all_at_once, holds_wh, one_by_one
from dronesim.dispatch.outlook import Outlook
from dronesim.dispatch.packed import (
    DroneColumns,
    OrderColumns,
    drone_columns,
    order_columns,
    pack_drone,
    pack_order,
)
from dronesim.errors import PolicyError
from dronesim.units import MS, clock

_NOTHING_TOLD: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The waiting orders of the pool, oldest first; every array has shape ``(orders,)`` and is read-only.

    Times are seconds since midnight. ``takeoff_point`` and ``airport`` are indices. ``is_in_range``: it counts for the
    service level. ``is_assignable``: it is one of ``ready``.
    """

    order: Ints
    mass_kg: Floats
    expected_ready_s: Floats
    is_ready: Bools
    due_s: Floats
    takeoff_point: Ints
    airport: Ints
    is_in_range: Bools
    is_assignable: Bools


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


class DispatchView(Outlook):
    """One pool at one epoch.

    ``waiting`` and ``ready`` are order numbers, oldest first: all that are placed and not assigned, and those of them
    that may be assigned by the built-in rule: ready, or soon enough. ``free_drones`` are the drones that may be
    assigned now, lowest number first. ``recallable`` are orders of the pool with the drones that they were assigned to
    before this instant, and on which they are not being loaded yet. ``refusable`` are waiting orders whose parcel no
    courier has yet, where the policy may refuse them, ``due_drones`` those on their stand that are turned around after
    this view unless their pack is kept, each with its charge. All else is asked for by these numbers, and by
    those of busy drones of the pool; any other number is an error. The columns in ``orders``, ``drones`` and
    ``delivery_s`` are made when they are first asked for.

    ``met_shut`` notes orders that were asked about with an airport that takes nothing, ``met_legs`` empty legs: who
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
        epoch: Epoch | None = None,
        told: Mapping[str, Any] = _NOTHING_TOLD,
        recallable: tuple[tuple[int, int], ...] = (),
        refusable: tuple[int, ...] = (),
        due_drones: tuple[tuple[int, float], ...] = (),
    ) -> None:
        super().__init__(known.now_ms, epoch, told)
        self._known = known
        self._orders = orders
        self._drones = drones
        self._numbers = numbers
        self.ready: Sequence[int] = ready
        self.free_drones: Sequence[int] = free
        self.recallable: Sequence[tuple[int, int]] = recallable
        self.refusable: Sequence[int] = refusable
        self.due_drones: Sequence[tuple[int, float]] = due_drones
        self._by_order: dict[int, OrderRow] = {}
        self._by_drone: dict[int, DroneRow] = {}
        self.met_shut: set[tuple[int, int]] = set()
        self.met_legs: set[tuple[int, int]] = set()

    @property
    def now_s(self) -> float:
        """Time of the epoch, seconds since midnight."""
        return self.now_ms / MS

    @property
    def may_fly_until_s(self) -> float:
        """Until when drones may fly, by the weather of now and the forecast: inf where no end is known."""
        return self._known.air.may_fly_until_s

    @property
    def home_by_s(self) -> float:
        """Until when a sortie or an empty leg has to be over, ``weather.look_ahead_min`` before that: inf likewise."""
        return inf if self.may_fly_until_s == inf else self._known.air.home_by_ms / MS

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

    def near_airports(self, order: int) -> Sequence[int]:
        """List the other airports at which an order may be served (``dispatch.extra_walk_m``), nearest first."""
        return tuple([airport for airport, _, _ in self._order(order).near])

    def delivery_by(self, order: int, drone: int, *, home: int | None = None, airport: int | None = None) -> float:
        """Predict when this drone would deliver this order if nobody were in its way; inf where it can't.

        ``home`` is the take-off point where it is to land after that, None: where the order begins. ``airport`` is
        where the parcel is to lie, None: where the order is bound for, else one of ``near_airports``.
        """
        own, kind = self._order(order), self._drone(drone)
        bound = own if airport is None else going_to(own, airport)
        row = bound if home is None or bound is None else landing_at(bound, home)
        if row is None or not self._can_go(row):
            return inf
        if kind.place != row.takeoff_point:
            self.met_legs.add((kind.place, row.takeoff_point))
        found_ms = predicted_ms(row, kind, self._known)
        return inf if found_ms is None else found_ms / MS

    def _can_go(self, order: OrderRow) -> bool:
        if order.airport in self._known.shut:
            self.met_shut.add((order.order, order.airport))
        return can_go(order, self._known)

    def sortie_s(self, order: int) -> float:
        """Tell how long the sortie of an order takes, from loading until the drone is home; inf where there is none."""
        sortie = self._order(order).sortie
        return inf if sortie is None else sortie.home_ms / MS

    def home_by(self, order: int, drone: int) -> Floats:
        """Predict when a drone that takes an order now would be down at each take-off point, ``(takeoff_points,)``.

        At that of the order it is home; to others it would fly the quickest empty way from the airport. inf where it
        can't.
        """
        row, delivery_s = self._order(order), self.delivery_by(order, drone)
        ways_s = self.ways_home_s[row.airport]
        found_s = np.full(len(ways_s), inf)
        if row.sortie is not None and delivery_s < inf:
            own_s, way_s = delivery_s + (row.sortie.home_ms - row.sortie.deliver_ms) / MS, ways_s[row.takeoff_point]
            if way_s < inf:
                found_s = ways_s + (own_s - way_s)
            found_s[row.takeoff_point] = own_s
        return frozen(found_s)

    def sorties_left(self, order: int) -> Floats:
        """Tell how many sorties as an order's each drone's pack gives above the reserve, ``(drones,)``.

        Without a way to the order, and with what its pack holds or is expected to hold; 0 where there is no sortie.
        """
        row = self._order(order)
        if row.sortie is None:
            return floats([0.0] * len(self._drones))
        return frozen(np.maximum(self.holds_wh, 0.0) / row.need_wh)

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
        if ends_too_late(row, known):
            self._meet_legs([row.takeoff_point], [self._drone(drone).place for drone in drones])
            return None
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

    def _packed(self, what: str) -> bytes:
        """Ask for rows as the boards have packed them; nothing where the epoch is over, or never was."""
        found: Any = NO_ANSWER if self._epoch is None else ask(self._epoch, what)
        return b"" if found is NO_ANSWER else found

    @cached_property
    def _order_columns(self) -> OrderColumns:
        return order_columns(self._packed("packed_orders") or b"".join(map(pack_order, self._orders)))

    @cached_property
    def _drone_columns(self) -> DroneColumns:
        return drone_columns(self._packed("packed_drones") or b"".join(map(pack_drone, self._drones)))

    @cached_property
    def orders(self) -> OrderView:
        """Columns of the waiting orders, oldest first."""
        packed, is_assignable = self._order_columns, np.zeros(len(self._orders), dtype=np.bool_)
        is_assignable[np.searchsorted(packed.order, self.ready)] = True
        return OrderView(
            order=packed.order,
            mass_kg=packed.mass_kg,
            expected_ready_s=seconds(packed.expected_ready_ms),
            is_ready=bools(packed.is_ready),
            due_s=seconds(packed.due_ms),
            takeoff_point=packed.takeoff_point,
            airport=packed.airport,
            is_in_range=bools(packed.is_in_range),
            is_assignable=frozen(is_assignable),
        )

    @cached_property
    def drones(self) -> DroneView:
        """Columns of the pool's drones, by number."""
        packed = self._drone_columns
        return DroneView(
            drone=ints(self._numbers),
            place=packed.place,
            charge=packed.charge,
            full_wh=packed.full_wh,
            expected_free_s=seconds(np.maximum(packed.free_ms, self.now_ms + packed.rest_ms)),
            is_free=bools(packed.is_free),
        )

    @cached_property
    def holds_wh(self) -> Floats:
        """What each drone's pack gives above the reserve when it is free, in the air of now, ``(drones,)``."""
        return frozen(holds_wh(self._drone_columns, self._known))

    @cached_property
    def delivery_s(self) -> Floats:
        """Predicted delivery times, shape ``(orders, drones)``; inf where infeasible."""
        if len(self._orders) * len(self._drones) <= SMALL:
            return self._few(self._orders, self._drones)
        return self._many(self._orders, self._order_columns, self._drone_columns)

    def delivery_matrix(self, orders: Sequence[int], drones: Sequence[int]) -> Floats:
        """Predict delivery times for chosen orders and drones, shape ``(orders, drones)``."""
        rows, kinds = [self._order(order) for order in orders], [self._drone(drone) for drone in drones]
        if len(rows) * len(kinds) <= SMALL:
            return self._few(rows, kinds)
        at, by = self._places
        chosen = self._order_columns.of([at[order] for order in orders])
        return self._many(rows, chosen, self._drone_columns.of([by[drone] for drone in drones]))

    @cached_property
    def _places(self) -> tuple[dict[int, int], dict[int, int]]:
        """Tell the rows of orders and drones, by number."""
        at, by = ({number: row for row, number in enumerate(each)} for each in (self.waiting, self._numbers))
        return at, by

    def _few(self, orders: Sequence[OrderRow], drones: Sequence[DroneRow]) -> Floats:
        if drones:
            points = [row.takeoff_point for row in orders if self._can_go(row)]
            self._meet_legs(points, [row.place for row in drones])
        return frozen(one_by_one(orders, drones, self._known))

    def _many(self, rows: Sequence[OrderRow], orders: OrderColumns, drones: DroneColumns) -> Floats:
        goes = self._going(rows, orders)
        self._meet_legs(orders.takeoff_point[goes].tolist(), drones.place.tolist())
        return frozen(all_at_once(orders, drones, self._known, goes=goes, rows=rows))

    def _going(self, rows: Sequence[OrderRow], orders: OrderColumns) -> NDArray[np.bool_]:
        """Tell of orders whether a drone could bring them at all by now."""
        if self._known.shut or self._known.put_off:
            return np.array([self._can_go(row) for row in rows], dtype=np.bool_)
        return orders.has_sortie.astype(np.bool_)

    def _meet_legs(self, points: Sequence[int], places: Sequence[int]) -> None:
        """Note the empty legs that drones at some places would fly to some take-off points."""
        stands = set(places)
        for point in dict.fromkeys(points):
            self.met_legs.update((place, point) for place in stands - {point})

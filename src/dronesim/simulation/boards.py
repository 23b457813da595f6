"""The boards: who waits, who is free, what has room, which airport is open; everyone writes, the dispatcher reads."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from simpy.events import Event

from dronesim.dispatch import FOR_GOOD_MS, DroneBoard, DroneRow, OrderBoard, OrderRow, Pool, SortieTimes
from dronesim.dispatch.packed import pack_order, pack_rows
from dronesim.simulation.book import NEVER, OrderBook, packed
from dronesim.simulation.clock import Bell, Clock
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.near import near_to
from dronesim.simulation.order_plans import OrderPlans
from dronesim.simulation.times import Times
from dronesim.simulation.waits import CABINET, NOTHING, Waits

_NONE: Final[frozenset[int]] = frozenset()


class Boards:
    """What is known of orders, drones and airports by now; ``bell`` rings when there is something to decide.

    There is when an order may be assigned, a drone is free again, a full cabinet has room, an airport reopens, a hold
    ends or a booking is revoked: at the end of that instant, or, where the policy works in batches, at the next of the
    epochs that are held every ``epoch_every_ms``, whether or not anything has happened. ``touched`` are the pools that
    it concerns. ``closed_until_ms`` tells when each airport is open (again), ``kept_until_ms`` when drones may land
    and leave (again) where more than a zone closes it, ``jammed_until_ms`` when its cabinet takes and gives (again),
    ``no_go_until_ms`` when the weather lets drones fly. ``rows`` tell what is known of each order in a queue.
    Orders may be written before they are placed: ``show`` brings them out. ``waits`` takes notes.
    """

    def __init__(
        self, inputs: SimulationInputs, *, clock: Clock, book: OrderBook, plans: OrderPlans, times: Times
    ) -> None:
        places, self.is_shared = inputs.places, inputs.rules.fleet.is_shared
        self._clock = clock
        self._book = book
        self._times = times
        self._plans = plans
        self.rows = dict[int, OrderRow]()
        self._packed = dict[int, bytes]()
        self._counts = (inputs.orders.distance_m <= inputs.rules.service.radius_m).tobytes()
        self.orders = _order_board(book, plans, times)
        self.drones = DroneBoard()
        self._lands_anywhere = inputs.rules.fleet.lands_anywhere
        self._near_to, self._placed_airport = _near(inputs)
        self.pools = [Pool(number) for number in range(1 if self.is_shared else places.takeoff_points)]
        self.waiting_at = [0] * places.takeoff_points
        self.waits = Waits(book, pools=len(self.pools), start_ms=clock.now_ms)
        self.free_boxes = [list(range(count)) for count in inputs.rules.airports.boxes]
        self.closed_until_ms, self.kept_until_ms, self.jammed_until_ms = ([0] * places.airports for _ in range(3))
        self._rests_until_ms = 0
        self.no_go_until_ms = 0
        self._held_until_ms = dict[int, int]()
        self.put_off_until_ms = dict[int, int]()
        """Until when no sortie of an order is booked, since flying is forecast to stop before it would be over."""
        self._limited = set(range(places.airports))
        self._begins_ms = [dict[int, int]() for _ in self.pools]
        self.road_only = set[int]()
        """Orders that only riders may bring, which no policy sees."""
        self.fetch_from_ms = dict[int, int]()
        """Those of them that a rider fetches from the merchant, and from when one may leave for them."""
        self.due = dict[int, float]()
        """Drones on their stand whose pack is due, and its charge, until the policy has been asked about it."""
        self._coming = deque[int]()
        self._wants_room = dict[int, set[int]]()
        self.touched = set[int]()
        self.bell = Bell()
        self.at_closed: list[Callable[[int], None]] = []
        """Called with an order that is ready while its airport is closed."""
        self._is_due = False
        if times.epoch_every_ms:
            clock.call_at(times.opens_ms, self._tick)

    def pool_at(self, takeoff_point: int) -> Pool:
        """Give the pool of a take-off point."""
        return self.pools[0 if self.is_shared else takeoff_point]

    # orders

    def announce(self, order: int) -> None:
        """Let an order be shown from when it is placed; by ``assign_ahead_s`` it may be assigned before it is ready."""
        self._coming.append(order)
        if self._times.assign_ahead_ms:
            offered_ms = self.orders.expected_ready_ms[order] - self._times.assign_ahead_ms
            self._clock.call_at(offered_ms, lambda _event: self._offer(order))

    def show(self) -> None:
        """Show all orders that are placed by now."""
        coming, placed_ms, now_ms = self._coming, self._book.placed_ms, self._clock.now_ms
        while coming and placed_ms[coming[0]] <= now_ms:
            self._enqueue(coming.popleft())

    def _enqueue(self, order: int) -> None:
        takeoff_point = self._book.takeoff_point[order]
        pool = self.pool_at(takeoff_point)
        pool.join(pool.waiting, order)
        self._write_row(order)
        self.waiting_at[takeoff_point] += 1

    def wanted_at(self) -> list[int]:
        """List the take-off points with waiting orders."""
        return [place for place, count in enumerate(self.waiting_at) if count]

    def order_ready(self, order: int, at_ms: int) -> None:
        """Note that a parcel is ready."""
        self.orders.expected_ready_ms[order] = at_ms
        self.orders.is_ready[order] = True
        self.renew(order)
        self._offer(order)

    def _offer(self, order: int) -> None:
        if order in self.road_only:
            if not self.orders.is_ready[order]:
                return
            self.waits.lacks_rider(order, self._clock.now_ms, lacks=True)
            self.touch(self.pool_at(self._book.takeoff_point[order]).number)
            return
        is_here = not self._book.is_over(order) and not self.is_on_road(order)
        if self._book.assigned_ms[order] == NEVER and is_here:
            self._make_assignable(order)

    def _make_assignable(self, order: int) -> None:
        pool = self.pool_at(self._book.takeoff_point[order])
        if order not in pool.ready and self._held_until_ms.get(order, 0) <= self._clock.now_ms:
            pool.join(pool.ready, order)
            self.touch(pool.number)
        self._meet_closed(order)

    def _meet_closed(self, order: int) -> None:
        if self.orders.is_ready[order] and self.shut_until_ms(self._book.airport[order]) > self._clock.now_ms:
            # nobody may have looked since it was placed
            self.show()
            for listener in self.at_closed:
                listener(order)

    def hold_order(self, order: int, until_ms: int) -> None:
        """Keep an order from being assigned until a time."""
        pool = self.pool_at(self._book.takeoff_point[order])
        pool.leave(pool.ready, order)
        self._held_until_ms[order] = until_ms
        self._clock.call_at(until_ms, lambda _event: self._end_hold(order))

    def put_off(self, order: int, until_ms: int) -> None:
        """Keep an order from being assigned until a time, whatever the policy decides."""
        self.put_off_until_ms[order] = until_ms
        self.hold_order(order, until_ms)

    def _end_hold(self, order: int) -> None:
        if self._times.assign_ahead_ms or self.orders.is_ready[order]:
            self._offer(order)

    def return_order(self, order: int) -> None:
        """Put an order whose booking was revoked back in its place in the queue."""
        self._enqueue(order)
        self._make_assignable(order)
        self.touch(self.pool_at(self._book.takeoff_point[order]).number)

    def is_waiting(self, order: int) -> bool:
        """Tell whether an order is in the queue."""
        return order in self.pool_at(self._book.takeoff_point[order]).waiting

    def is_on_road(self, order: int) -> bool:
        """Tell whether a parcel has left the take-off point by road."""
        return order in self.waits.left_ms

    def remove_order(self, order: int) -> None:
        """Take an order off the queue, on which it is shown."""
        takeoff_point = self._book.takeoff_point[order]
        pool = self.pool_at(takeoff_point)
        if pool.leave(pool.waiting, order):
            self.waiting_at[takeoff_point] -= 1
            del self.rows[order]
            self._packed.pop(order, None)
        pool.leave(pool.ready, order)
        self.road_only.discard(order)
        self.fetch_from_ms.pop(order, None)

    def hand_to_riders(self, order: int) -> None:
        """Let only riders bring an order of the queue that is not ready."""
        self.remove_order(order)
        self.road_only.add(order)

    def for_road(self, pool: Pool) -> list[int]:
        """List orders of a pool that only riders may bring, and one could take now: ready, or to be fetched by now."""
        point, is_ready, fetch_ms, now_ms = (
            self._book.takeoff_point,
            self.orders.is_ready,
            self.fetch_from_ms,
            self._clock.now_ms,
        )
        return [
            order
            for order in self.road_only
            if (is_ready[order] or fetch_ms.get(order, FOR_GOOD_MS) <= now_ms) and self.pool_at(point[order]) is pool
        ]

    # what is known of the orders in a queue, a row each

    def _write_row(self, order: int) -> None:
        board, plan = self.orders, self._plans.sortie(order)
        self._packed.pop(order, None)
        self.rows[order] = OrderRow(
            order,
            board.mass_kg[order],
            board.due_ms[order],
            board.takeoff_point[order],
            board.airport[order],
            board.expected_ready_ms[order],
            bool(board.is_ready[order]),
            board.need_wh[order],
            None if plan is None else plan.times,
            bool(self._counts[order]),
            self._homes(order) if self._lands_anywhere else (),
            self._near(order) if self._near_to else (),
        )

    def packed_orders(self, pool: Pool) -> bytes:
        """Pack the rows of a pool's orders for the columns of a view, each once until it changes."""
        return pack_rows(pool.waiting, self.rows, self._packed, pack_order)

    def _near(self, order: int) -> tuple[tuple[int, SortieTimes, float], ...]:
        """Tell of each other airport at which an order may be served what its sortie takes."""
        placed = self._placed_airport[order]
        airports = [each for each in (placed, *self._near_to[placed]) if each != self._book.airport[order]]
        ways = [(airport, self._plans.to_airport(order, airport)) for airport in airports]
        return tuple((airport, way[0].times, way[1]) for airport, way in ways if way is not None)

    def _homes(self, order: int) -> tuple[tuple[SortieTimes, float] | None, ...]:
        """Tell what a sortie with an order takes that lands at each of the take-off points."""
        found = [self._plans.landing_at(order, home) for home in range(len(self.waiting_at))]
        return tuple(None if way is None else (way[0].times, way[1]) for way in found)

    def renew(self, order: int) -> None:
        """Note that an order is not as its row says any more."""
        if order in self.rows:
            self._write_row(order)

    def renew_all(self) -> None:
        """Note that routes or the wind have changed."""
        for order in self.rows:
            self._write_row(order)

    def put_off_now(self) -> frozenset[int]:
        """Give the orders that are put off by now."""
        now_ms, put_off_ms = self._clock.now_ms, self.put_off_until_ms
        return frozenset(order for order, until_ms in put_off_ms.items() if until_ms > now_ms) if put_off_ms else _NONE

    def will_load(self, order: int, at_ms: int = FOR_GOOD_MS) -> None:
        """Note when the loading of an assigned order begins, where that is booked and lies ahead."""
        self._begins_ms[self.pool_at(self._book.takeoff_point[order]).number][order] = at_ms

    def loads_now(self, order: int) -> None:
        """Note that an order is being loaded, or has no drone any more."""
        self._begins_ms[self.pool_at(self._book.takeoff_point[order]).number].pop(order, None)

    def recallable(self, pool: Pool) -> tuple[tuple[int, int], ...]:
        """List orders of a pool, with their drones, that were assigned before now and whose loading has not begun."""
        begins_ms = self._begins_ms[pool.number]
        if not begins_ms:
            return ()
        drone, assigned_ms, now_ms = self._book.drone, self._book.assigned_ms, self._clock.now_ms
        for order in [order for order, at_ms in begins_ms.items() if at_ms <= now_ms]:
            del begins_ms[order]
        return tuple([(order, drone[order]) for order in sorted(begins_ms) if assigned_ms[order] < now_ms])

    # drones

    def add_drone(self, drone: int, *, place: int, charge: float, full_wh: float) -> None:
        """Show a drone that is new in the fleet; it is not free yet."""
        pool = self.pool_at(place)
        self.drones.add(DroneRow(place, charge, full_wh, self._clock.now_ms, 0, False))
        pool.join(pool.drones, drone)

    def drone_free(self, drone: int, *, place: int, charge: float, full_wh: float) -> None:
        """Note that a drone may be assigned again."""
        pool = self.pool_at(place)
        self.drones.write(drone, DroneRow(place, charge, full_wh, 0, 0, True))
        pool.join(pool.free, drone)
        self.touch(pool.number)

    def drone_taken(self, drone: int, pool: Pool) -> None:
        """Note that a free drone has something to do."""
        pool.leave(pool.free, drone)
        self.drones.write(drone, DroneRow(*self.drones.rows[drone][:-1], False))

    def drone_busy(self, drone: int, row: DroneRow) -> None:
        """Note where, with what charge of what pack and when a drone is expected to be free."""
        self.drones.write(drone, row)

    def drone_out(self, drone: int, *, place: int) -> None:
        """Take a drone out of the fleet."""
        pool = self.pool_at(place)
        pool.leave(pool.drones, drone)
        self.drone_taken(drone, pool)

    def ask_about_pack(self, drone: int, *, place: int, charge: float) -> bool:
        """Have the policy asked whether a drone keeps its pack; False where no decision is taken in this instant."""
        if self._times.epoch_every_ms or self._clock.now_ms < self._rests_until_ms:
            return False
        self.due[drone] = charge
        self.touch(self.pool_at(place).number)
        return True

    def due_now(self, pool: Pool) -> tuple[tuple[int, float], ...]:
        """List the drones of a pool that the policy is asked about, with their charge."""
        if not self.due:
            return ()
        return tuple((drone, charge) for drone, charge in sorted(self.due.items()) if drone in pool.drones)

    # airports

    def close_airport(self, airport: int, until_ms: int, *, cause: str) -> None:
        """Send no parcel there until a time, for a cause that an incident names; wake every pool then."""
        self.closed_until_ms[airport] = max(until_ms, self.closed_until_ms[airport])
        self._limited.add(airport)
        self.waits.close(airport, self._clock.now_ms, until_ms, cause=cause)
        # nobody may have looked since they were placed
        self.show()
        for order in [order for pool in self.pools for order in pool.waiting if self._book.airport[order] == airport]:
            self._meet_closed(order)
        self._clock.call_at(until_ms, lambda _event: self.touch_all())

    def keep_at(self, airport: int, until_ms: int) -> None:
        """Let nobody land at an airport or leave it until a time: who stands there stays."""
        self.kept_until_ms[airport] = max(until_ms, self.kept_until_ms[airport])

    def stop_flying(self, until_ms: int) -> None:
        """Send no parcel anywhere until a time; who waits is met as by a closed airport."""
        self.no_go_until_ms = until_ms
        self.show()
        for order in [order for pool in self.pools for order in pool.waiting]:
            self._meet_closed(order)

    def shut_until_ms(self, airport: int) -> int:
        """Tell until when no parcel goes to an airport, since that is closed or no drone may fly."""
        return max(self.closed_until_ms[airport], self.no_go_until_ms)

    def is_open(self, airport: int) -> bool:
        """Tell whether an airport takes parcels now: it is not closed, and has a box, and drones may fly."""
        return self.has_room(airport) and self.shut_until_ms(airport) <= self._clock.now_ms

    def has_room(self, airport: int) -> bool:
        """Tell whether a box is free, in a cabinet that works."""
        return bool(self.free_boxes[airport]) and self.jammed_until_ms[airport] <= self._clock.now_ms

    def shut_now(self) -> frozenset[int]:
        """Give the airports that take no parcel by now: closed, full or jammed."""
        if not self._limited:
            return _NONE
        now_ms, closed_ms = self._clock.now_ms, self.closed_until_ms
        self._limited = {each for each in self._limited if closed_ms[each] > now_ms or not self.has_room(each)}
        return frozenset(self._limited)

    def jam(self, airport: int, until_ms: int) -> None:
        """Let a cabinet take and give nothing until a time; who asks for room meanwhile meets a full one."""
        self.jammed_until_ms[airport] = max(until_ms, self.jammed_until_ms[airport])
        self._limited.add(airport)
        self.waits.full.append(airport, self._clock.now_ms, CABINET)
        self._clock.call_at(until_ms, lambda _event: self._end_jam(airport))

    def _end_jam(self, airport: int) -> None:
        if self.has_room(airport):
            self.waits.full.append(airport, self._clock.now_ms, NOTHING)
            self._tell_of_room(airport)

    def take_box(self, airport: int) -> int:
        """Take the lowest-numbered free box."""
        free = self.free_boxes[airport]
        box = heapq.heappop(free)
        if not free:
            self._limited.add(airport)
            self.waits.full.append(airport, self._clock.now_ms, CABINET)
        return box

    def give_box(self, airport: int, box: int, at_ms: int) -> None:
        """Give a box back that has been free since a time, and wake the pools that met a full cabinet."""
        free, is_jammed = self.free_boxes[airport], self.jammed_until_ms[airport] > at_ms
        if not free and not is_jammed:
            self.waits.full.append(airport, at_ms, NOTHING)
        heapq.heappush(free, box)
        if self._wants_room and len(self.free_boxes[airport]) == 1 and not is_jammed:
            self._tell_of_room(airport)

    def _tell_of_room(self, airport: int) -> None:
        for pool in sorted(self._wants_room.pop(airport, ())):
            self.touch(pool)

    def want_room(self, airport: int, takeoff_point: int) -> None:
        """Note that a pool has met a full cabinet."""
        self._wants_room.setdefault(airport, set()).add(self.pool_at(takeoff_point).number)

    @property
    def is_room_wanted(self) -> bool:
        """Whether somebody waits for a box."""
        return bool(self._wants_room)

    # decision epochs

    def touch(self, pool: int) -> None:
        """Ask for an epoch of a pool at the end of this instant, or of the batch."""
        self.touched.add(pool)
        if not self._is_due:
            self._is_due = True
            self._clock.ring_last(self.bell, self._next_epoch_ms())

    def wake(self, pool: Pool, at_ms: int) -> None:
        """Ask for an epoch of a pool at the end of an instant that is to come, or of its batch."""
        self._clock.call_at(at_ms, lambda _event: self.touch(pool.number))

    def touch_all(self) -> None:
        """Ask for an epoch of every pool."""
        for pool in self.pools:
            self.touch(pool.number)

    def _tick(self, _event: Event) -> None:
        """Hold an epoch of every pool in which something may be decided, though nothing may have happened."""
        self.show()
        for pool in self.pools:
            if pool.waiting or self.is_shared:
                self.touch(pool.number)
        next_ms = self._clock.now_ms + self._times.epoch_every_ms
        if next_ms <= self._times.drained_ms:
            self._clock.call_at(next_ms, self._tick)

    def rest(self, until_ms: int) -> None:
        """Let no epoch begin until a time; then all pools have one."""
        self._rests_until_ms = max(until_ms, self._rests_until_ms)
        self.waits.rests.append((self._clock.now_ms, until_ms))
        self._clock.call_at(until_ms, lambda _event: self.touch_all())

    @property
    def rests_until_ms(self) -> int:
        """When the dispatcher is there again that was down last."""
        return self._rests_until_ms

    def puts_off(self) -> bool:
        """Tell whether the dispatcher is down; the epoch that was to begin now begins when it is there again."""
        if self._clock.now_ms >= self._rests_until_ms:
            return False
        self._clock.ring_last(self.bell, self._next_epoch_ms())
        return True

    def _next_epoch_ms(self) -> int:
        now_ms, every_ms = max(self._clock.now_ms, self._rests_until_ms), self._times.epoch_every_ms
        return now_ms + (self._times.opens_ms - now_ms) % every_ms if every_ms else now_ms

    def open_epoch(self) -> list[int]:
        """Begin an epoch: give the pools that it is for, in order."""
        touched, self.touched = self.touched, set()
        self._is_due = False
        self.show()
        return sorted(touched) if len(touched) > 1 else list(touched)


def _near(inputs: SimulationInputs) -> tuple[list[list[int]], list[int]]:
    """List the airports near to each, and that of each order; both are empty where none may be chosen among them."""
    places, walk_m = inputs.places, inputs.rules.dispatch.extra_walk_m
    if not walk_m:
        return [], []
    near = near_to(places.xy[places.takeoff_points :], within_m=walk_m)
    return near, np.asarray(inputs.orders.airport).tolist()


def _order_board(book: OrderBook, plans: OrderPlans, times: Times) -> OrderBoard:
    """Plan when each parcel is ready as if a courier were always free."""
    placed_ms, planned_ms, walk_ms = (
        np.asarray(column, dtype=np.int64) for column in (book.placed_ms, book.planned_ms, book.walk_ms)
    )
    expected_ms = placed_ms + np.maximum(planned_ms, walk_ms) + times.handling_ms + walk_ms
    return OrderBoard(
        mass_kg=book.mass_kg,
        due_ms=packed(placed_ms + times.due_after_ms),
        takeoff_point=book.takeoff_point,
        airport=book.airport,
        expected_ready_ms=packed(expected_ms),
        is_ready=bytearray(len(book)),
        need_wh=plans.need_wh,
    )

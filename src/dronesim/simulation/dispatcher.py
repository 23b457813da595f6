"""The cloud dispatcher: keeps the boards, calls the policy at each decision epoch, checks what it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dronesim.dispatch import Assign, DispatchView, Hold, Pool, Reposition
from dronesim.dispatch.decisions import Decision
from dronesim.errors import PolicyError
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.clock import Clock
from dronesim.simulation.inputs import SimulationInputs
from dronesim.units import clock as show
from dronesim.units import to_ms

if TYPE_CHECKING:
    from simpy.events import Event

    from dronesim.simulation.cabinets import Cabinets
    from dronesim.simulation.forecast import Forecast
    from dronesim.simulation.plans import Planner


class Crew(Protocol):
    """What the dispatcher can tell a drone to do."""

    def take(self, drone: int, order: int) -> None:
        """Bring this order."""

    def move(self, drone: int, takeoff_point: int) -> None:
        """Fly empty to this take-off point."""


class Dispatcher:
    """Pools of orders and drones, and the decision epochs.

    An epoch of a pool comes when an order of it may be assigned, a drone is free again, a full cabinet has
    room, an airport reopens, a hold ends or a booking is revoked: once for all that happens in one
    instant, or once in ``interval_s`` where the policy works in batches.
    """

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        book: OrderBook,
        planner: Planner,
        cabinets: Cabinets,
        forecast: Forecast,
    ) -> None:
        rules = inputs.rules
        self._clock = clock
        self._book = book
        self._planner = planner
        self._cabinets = cabinets
        self._forecast = forecast
        self._policy = inputs.policy
        self._policy_name = inputs.policy_name
        self._is_shared = rules.fleet.is_shared
        self._interval_ms = to_ms(rules.dispatch.interval_s)
        self._ahead_ms = to_ms(rules.dispatch.assign_ahead_s)
        self._opening_ms = to_ms(rules.horizon.start_s)
        self._wants_room: dict[int, set[int]] = {}
        self._held_until_ms: dict[int, int] = {}
        self._touched = set[int]()
        self._just_filled = set[int]()
        self._is_epoch_due = False
        self.waiting_at = [0] * inputs.places.takeoff_points
        self.order_board, self.drone_board = forecast.orders, forecast.drones
        pools = 1 if self._is_shared else inputs.places.takeoff_points
        self.pools = [Pool(number) for number in range(pools)]
        self._pool_at = [self.pools[0 if self._is_shared else place] for place in range(inputs.places.takeoff_points)]
        self._views = [self._view(pool) for pool in self.pools]

    crew: Crew

    def _view(self, pool: Pool) -> DispatchView:
        return DispatchView(pool, orders=self.order_board, drones=self.drone_board, delivery_ms=self._predict)

    # what happens to orders and drones

    def add_order(self, order: int) -> None:
        """Show an order that was placed; by ``assign_ahead_s`` it may be assigned before it is ready."""
        self._enqueue(order)
        if self._ahead_ms:
            at_ms = self.order_board.expected_ready_ms[order] - self._ahead_ms
            self._clock.call_at(at_ms, self._offer, order)

    def _enqueue(self, order: int) -> None:
        takeoff_point = self._book.takeoff_point[order]
        pool = self._pool_at[takeoff_point]
        pool.join(pool.waiting, order)
        self.waiting_at[takeoff_point] += 1

    def order_ready(self, order: int, at_ms: int) -> None:
        """Note that a parcel is ready."""
        self.order_board.expected_ready_ms[order] = at_ms
        self.order_board.is_ready[order] = True
        if self._book.assigned_ms[order] == NEVER:
            self._make_assignable(order)
            self._settle()

    def _offer(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        if self._book.assigned_ms[order] == NEVER and self._book.end_state[order] is None:
            self._make_assignable(order)
            self._settle()

    def _make_assignable(self, order: int) -> None:
        pool = self._pool_at[self._book.takeoff_point[order]]
        if order not in pool.ready and self._held_until_ms.get(order, 0) <= self._clock.now_ms:
            pool.join(pool.ready, order)
            self._touched.add(pool.number)

    def return_order(self, order: int) -> None:
        """Put an order whose booking was revoked back in its place in the queue."""
        self._enqueue(order)
        self._make_assignable(order)
        self.touch(self._pool_at[self._book.takeoff_point[order]].number)

    def remove_order(self, order: int) -> None:
        """Take an order off the queue."""
        takeoff_point = self._book.takeoff_point[order]
        pool = self._pool_at[takeoff_point]
        if pool.leave(pool.waiting, order):
            self.waiting_at[takeoff_point] -= 1
        pool.leave(pool.ready, order)

    def add_drone(self, drone: int, *, place: int, charge: float) -> None:
        """Show a drone that is new in the fleet; it is not free yet."""
        board = self.drone_board
        board.place.append(place)
        board.charge.append(charge)
        board.expected_free_ms.append(self._clock.now_ms)
        board.is_free.append(False)
        pool = self._pool_at[place]
        pool.join(pool.drones, drone)

    def drone_free(self, drone: int, *, place: int, charge: float) -> None:
        """Note that a drone may be assigned again."""
        board = self.drone_board
        board.place[drone] = place
        board.charge[drone] = charge
        board.expected_free_ms[drone] = self._clock.now_ms
        board.is_free[drone] = True
        pool = self._pool_at[place]
        pool.join(pool.free, drone)
        self._touched.add(pool.number)
        self._settle()

    def drone_busy(self, drone: int, *, place: int, until_ms: int) -> None:
        """Note where and when a drone is expected to be free."""
        board = self.drone_board
        board.place[drone] = place
        board.expected_free_ms[drone] = until_ms

    def drone_out(self, drone: int, *, place: int) -> None:
        """Take a drone out of the fleet."""
        pool = self._pool_at[place]
        pool.leave(pool.drones, drone)
        pool.leave(pool.free, drone)
        self.drone_board.is_free[drone] = False

    def has_room(self, airport: int) -> None:
        """Wake the pools that met a full cabinet."""
        for pool in sorted(self._wants_room.pop(airport, ())):
            self.touch(pool)

    def close_airport(self, airport: int, until_ms: int) -> None:
        """Send no parcel there until a time; wake every pool then."""
        self._forecast.close_airport(airport, until_ms)
        self._clock.call_at(until_ms, self._reopen)

    # decision epochs

    def touch(self, pool: int) -> None:
        """Ask for an epoch of a pool at the end of this instant, or of the batch."""
        self._touched.add(pool)
        if not self._is_epoch_due:
            self._is_epoch_due = True
            self._clock.call_last(self._next_epoch_ms(), self._epoch)

    def _settle(self) -> None:
        """Hold the epoch of the touched pools now if this is the last event of its instant, else at its end."""
        if self._interval_ms == 0 and not self._is_epoch_due and self._clock.is_instant_over():
            self._decide()
        elif self._touched:
            self.touch(next(iter(self._touched)))

    def _reopen(self, _event: Event) -> None:
        self.touch_all()

    def touch_all(self) -> None:
        """Ask for an epoch of every pool."""
        for pool in self.pools:
            self.touch(pool.number)

    def _next_epoch_ms(self) -> int:
        now_ms, interval_ms = self._clock.now_ms, self._interval_ms
        if interval_ms == 0:
            return now_ms
        return now_ms + (self._opening_ms - now_ms) % interval_ms

    def _epoch(self, _event: Event) -> None:
        self._is_epoch_due = False
        self._decide()

    def _decide(self) -> None:
        """Ask the policy about each touched pool and enforce what it decides."""
        touched, self._touched = sorted(self._touched), set()
        now_ms = self._clock.now_ms
        self._just_filled.clear()
        for pool in touched:
            view = self._views[pool].open_at(now_ms)
            for decision in self._policy(view):
                self._enforce(decision, self.pools[pool])

    def _enforce(self, decision: Decision, pool: Pool) -> None:
        if isinstance(decision, Assign):
            self._assign(decision, pool)
        elif isinstance(decision, Hold):
            self._hold(decision, pool)
        elif isinstance(decision, Reposition):
            self._reposition(decision, pool)
        else:
            raise PolicyError(f"policy {self._policy_name}: {decision!r} is not a decision")

    def _assign(self, decision: Assign, pool: Pool) -> None:
        """Enforce an assignment; if an earlier one of this epoch took the last box, the order waits on."""
        order, drone = decision.order, decision.drone
        self._require(order in pool.waiting, decision, "the order is not waiting in this pool")
        self._require_free(drone, pool, decision)
        airport = self._book.airport[order]
        if self._predict(order, drone) is None:
            if airport in self._just_filled:
                return
            self._require(False, decision, self._forecast.why_infeasible(order))
        self.remove_order(order)
        self._commit(drone, pool)
        self._book.assigned_ms[order] = self._clock.now_ms
        self._book.drone[order] = drone
        self._cabinets.reserve(order, airport)
        if not self._cabinets.has_room(airport):
            self._just_filled.add(airport)
        self.crew.take(drone, order)

    def _commit(self, drone: int, pool: Pool) -> None:
        pool.leave(pool.free, drone)
        self.drone_board.is_free[drone] = False

    def _hold(self, decision: Hold, pool: Pool) -> None:
        order = decision.order
        self._require(order in pool.waiting, decision, "the order is not waiting in this pool")
        until_ms = to_ms(decision.until_s)
        self._require(until_ms > self._clock.now_ms, decision, "until_s must lie ahead")
        pool.leave(pool.ready, order)
        self._held_until_ms[order] = until_ms
        self._clock.call_at(until_ms, self._end_hold, order)

    def _end_hold(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        may_be_assigned = self._ahead_ms or self.order_board.is_ready[order]
        if may_be_assigned and self._book.end_state[order] is None and self._book.drone[order] == NEVER:
            self._make_assignable(order)
            self._settle()

    def _reposition(self, decision: Reposition, pool: Pool) -> None:
        drone, target = decision.drone, decision.takeoff_point
        self._require_free(drone, pool, decision)
        self._require(self._is_shared, decision, "drones are tied to their take-off point (fleet.is_shared)")
        self._require(0 <= target < len(self.waiting_at), decision, "no such take-off point")
        place = self.drone_board.place[drone]
        self._require(place != target, decision, "the drone is there already")
        leg = self._planner.leg(place, target)
        enough = leg is not None and leg.empty_wh <= self._forecast.available_wh(drone)
        self._require(enough, decision, "the drone can't reach it")
        self._commit(drone, pool)
        self.crew.move(drone, target)

    def _require_free(self, drone: int, pool: Pool, decision: Decision) -> None:
        self._require(drone in pool.free, decision, "the drone is not free in this pool")

    def _require(self, holds: bool, decision: Decision, rule: str) -> None:
        if not holds:
            when = show(self._clock.now_ms / 1000)
            raise PolicyError(f"policy {self._policy_name} at {when}: illegal decision {decision}: {rule}")

    def _predict(self, order: int, drone: int) -> int | None:
        """Predict a delivery; a full cabinet is remembered, so that its pool is woken when it has room."""
        delivery_ms = self._forecast.delivery_ms(order, drone)
        if delivery_ms is None and not self._cabinets.has_room(self._book.airport[order]):
            pool = self._pool_at[self._book.takeoff_point[order]]
            self._wants_room.setdefault(self._book.airport[order], set()).add(pool.number)
        return delivery_ms

"""Trips of couriers: settled when orders are placed, and anew for all that have not begun when one is not needed."""

from __future__ import annotations

from simpy.events import Event

from dronesim.simulation.book import NEVER
from dronesim.simulation.couriers import Trip
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.units import LAST_MS


class _Settled:
    """What is settled for an order: its trip, None where it is saved, and where its trip and wait are noted."""

    __slots__ = ("row", "trip", "wait")

    def __init__(self) -> None:
        self.trip: Trip | None = None
        self.row = NEVER
        self.wait = NEVER


class Trips:
    """Sends couriers, and tells when parcels are ready.

    Who is told that a courier is not needed (``do_without``) frees one that has not the parcel yet: it turns back, or
    does not leave. All trips that have not begun are then given out anew, those placed first coming first. What is kept
    of each order for that is kept only where the policy ``may_refuse``.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._scene = scene
        self._book = scene.book
        self._clock = scene.clock
        self.may_refuse = inputs.rules.dispatch.may_refuse
        points = range(inputs.places.takeoff_points)
        self._settled: list[dict[int, _Settled]] = [{} for _ in points]
        self._back_ms: list[dict[int, int]] = [{} for _ in points]
        """When couriers who turned back are at their take-off point again."""

    def settle(self, order: int) -> None:
        """Settle the trip for an order that is placed."""
        placed_ms = self._book.placed_ms[order]
        trip, due_ms = self._find(order, placed_ms)
        gives_up_ms = self.gives_up_ms(order)
        is_saved = gives_up_ms != NEVER and gives_up_ms <= trip.leave_ms
        until_ms = gives_up_ms if is_saved else trip.leave_ms + self._book.walk_ms[order]
        if self.may_refuse:
            self._note(order, None if is_saved else trip)
        if until_ms > due_ms or self.may_refuse:
            self._scene.boards.waits.courier.append(order, due_ms, until_ms)
        if not is_saved:
            self._scene.couriers[self._book.takeoff_point[order]].send(order, trip=trip, now_ms=placed_ms)
        self._expect(order, None if is_saved else trip)

    def _note(self, order: int, trip: Trip | None) -> None:
        """Keep what is about to be settled for an order, and where it will be noted."""
        self._settled[self._book.takeoff_point[order]][order] = settled = _Settled()
        settled.wait = len(self._scene.boards.waits.courier)
        if trip is not None:
            settled.trip, settled.row = trip, len(self._scene.ledger.couriers)

    def gives_up_ms(self, order: int) -> int:
        """Tell when an order's customer gives up; ``NEVER`` for who does not."""
        patience_ms = self._book.patience_ms[order]
        return NEVER if patience_ms == NEVER else self._book.placed_ms[order] + patience_ms

    def _find(self, order: int, now_ms: int) -> tuple[Trip, int]:
        """Find an order's trip, as if nothing were given out to it, and when a courier sent in time would be there."""
        book = self._book
        placed_ms, walk_ms = book.placed_ms[order], book.walk_ms[order]
        wanted_ms = max(placed_ms, placed_ms + book.planned_ms[order] - walk_ms)
        prepared_ms = placed_ms + book.preparation_ms[order]
        trip = self._scene.couriers[book.takeoff_point[order]].find_trip(
            max(wanted_ms, now_ms),
            prepared_ms=prepared_ms,
            walk_ms=walk_ms,
            now_ms=now_ms,
            boxing_ms=book.boxing_ms[order] if book.boxing_ms else None,
        )
        return trip, max(prepared_ms, wanted_ms + walk_ms)

    def _expect(self, order: int, trip: Trip | None) -> None:
        """Let an order be ready when its trip is over; without one a drone would wait until it is cancelled."""
        if trip is None:
            self._book.will_be_ready_ms[order] = self.gives_up_ms(order) + 1
            return
        self._book.will_be_ready_ms[order] = min(trip.ready_ms, LAST_MS)
        self._clock.call_at(trip.ready_ms, self._become_ready, order)

    def _become_ready(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        book, now_ms = self._book, self._clock.now_ms
        is_moved = self.may_refuse and (book.will_be_ready_ms[order] != now_ms or book.ready_ms[order] != NEVER)
        if not (book.is_over(order) or is_moved):
            book.ready_ms[order] = now_ms
            self._scene.boards.order_ready(order, now_ms)
            self._scene.parcels.tell_ready(order)

    # couriers who are not needed any more

    def is_without_parcel(self, order: int) -> bool:
        """Tell whether no courier has an order's parcel yet, so that it may be refused."""
        settled = self._settled[self._book.takeoff_point[order]].get(order)
        if settled is None or settled.trip is None:
            return settled is not None
        boxing_ms = self._book.boxing_ms[order] if self._book.boxing_ms else self._scene.times.boxing_ms
        return self._clock.now_ms < settled.trip.ready_ms - self._book.walk_ms[order] - boxing_ms

    def do_without(self, order: int) -> None:
        """Free the courier of an order whose parcel it has not, and give out anew what has not begun."""
        book, now_ms, point = self._book, self._clock.now_ms, self._book.takeoff_point[order]
        gone = self._settled[point].pop(order)
        if gone.trip is not None:
            leave_ms, courier = gone.trip.leave_ms, gone.trip.courier
            is_out = leave_ms <= now_ms
            back_ms = now_ms + min(now_ms - leave_ms, book.walk_ms[order]) if is_out else leave_ms
            self._scene.ledger.couriers.rewrite(gone.row, point, courier, order, leave_ms, back_ms)
            if is_out:
                self._back_ms[point][courier] = back_ms
        self._end_wait(gone.wait, now_ms)
        book.will_be_ready_ms[order] = LAST_MS
        self._give_out_anew(point)

    def _end_wait(self, row: int, now_ms: int) -> None:
        order, from_ms, until_ms = self._scene.boards.waits.courier.table(row)[0].tolist()
        self._scene.boards.waits.courier.rewrite(row, order, from_ms, min(until_ms, now_ms))

    def _give_out_anew(self, point: int) -> None:
        """Give out all trips of a take-off point that have not begun, in the order of placing."""
        now_ms, busy_ms = self._clock.now_ms, dict(self._back_ms[point])
        settled = self._settled[point]
        for order in [order for order, each in settled.items() if each.trip and each.trip.ready_ms <= now_ms]:
            del settled[order]
        begun = {order for order, each in settled.items() if each.trip is not None and each.trip.leave_ms <= now_ms}
        for order in begun:
            trip = settled[order].trip
            if trip is not None:
                busy_ms[trip.courier] = max(busy_ms.get(trip.courier, 0), trip.ready_ms)
        self._scene.couriers[point].begin_anew(busy_ms, now_ms=now_ms)
        for order in sorted(settled.keys() - begun):
            if not self._book.is_over(order):
                self._settle_anew(order, settled[order])

    def _settle_anew(self, order: int, settled: _Settled) -> None:
        book, ledger, waits, now_ms = self._book, self._scene.ledger, self._scene.boards.waits, self._clock.now_ms
        trip, due_ms = self._find(order, now_ms)
        gives_up_ms, point, before = self.gives_up_ms(order), book.takeoff_point[order], settled.trip
        is_saved = gives_up_ms != NEVER and gives_up_ms <= trip.leave_ms
        until_ms = gives_up_ms if is_saved else trip.leave_ms + book.walk_ms[order]
        waits.courier.rewrite(settled.wait, order, due_ms, until_ms)
        if is_saved:
            if settled.row != NEVER and before is not None:
                ledger.couriers.rewrite(settled.row, point, before.courier, order, before.leave_ms, before.leave_ms)
        elif settled.row == NEVER:
            settled.row = len(ledger.couriers)
            self._scene.couriers[point].send(order, trip=trip, now_ms=now_ms)
        else:
            self._scene.couriers[point].promise(trip, now_ms=now_ms)
            ledger.couriers.rewrite(settled.row, point, trip.courier, order, trip.leave_ms, trip.ready_ms)
        settled.trip = None if is_saved else trip
        if before is None or is_saved or before.ready_ms != trip.ready_ms:
            self._expect(order, settled.trip)

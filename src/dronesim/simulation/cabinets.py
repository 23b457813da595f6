"""Pickup cabinets: boxes, codes, and the customers who open them."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

import numpy as np
from simpy.events import Event

from dronesim.codes import ACCEPTED, WRONG, check_code, damaged, issue_code, order_of
from dronesim.record.tables import VERDICTS
from dronesim.simulation.book import NEVER
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene

_BAD_WRONG: Final = 1
_BAD_REUSED: Final = 2

_COMES: Final = 0
_TRIES_AGAIN: Final = 1
_RUNS_OUT: Final = 2


class Holding:
    """A box that is kept for an order from ``since_ms`` on.

    ``delivered_ms`` is when its parcel lies in it, by the promise of that number.
    """

    __slots__ = ("airport", "box", "code", "delivered_ms", "promise", "since_ms")

    def __init__(self, airport: int, box: int, since_ms: int) -> None:
        self.airport = airport
        self.box = box
        self.since_ms = since_ms
        self.delivered_ms = NEVER
        self.promise = NEVER
        self.code = ""
        """What opens the box; it is worked out when somebody comes, or nobody does in time."""


class Cabinets:
    """The cabinets of all airports.

    When a parcel will lie in its box is known when its flight is booked, so what customers do then waits in a queue
    of its own, over all airports, until somebody asks: ``pass_until``. The clock is woken only where a pool waits for
    a box.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._book = scene.book
        self._boards = scene.boards
        self._ledger = scene.ledger
        self._first_site = inputs.places.takeoff_points
        self._airports = inputs.places.airports
        self._key = inputs.key
        self._hold_limit_ms = scene.times.box_hold_limit_ms
        self._rescan_ms = scene.times.rescan_ms
        self._bad_scan = inputs.orders.bad_scan.astype(np.int8).tobytes()
        self._held: dict[int, Holding] = {}
        self._expected: dict[int, Holding] = {}
        """Boxes by the order whose customer was promised a parcel in them, even if it came too late."""
        self._visits: list[tuple[int, int, int, int]] = []
        self._promises = 0
        self._last_used: tuple[int, str] | None = None
        self._wakes_ms = NEVER

    # boxes

    def reserve(self, order: int, airport: int) -> None:
        """Keep the lowest-numbered free box for an order's parcel."""
        box = self._boards.take_box(airport)
        self._book.box[order] = box
        self._held[order] = Holding(airport, box, self._clock.now_ms)

    def release(self, order: int) -> None:
        """Free the box of an order that will not be delivered."""
        self._book.box[order] = NEVER
        self._expected.pop(order, None)
        now_ms = self._clock.now_ms
        # boxes become free in the order of time
        self.pass_until(now_ms - 1)
        self._free(order, now_ms)

    def _free(self, order: int, at_ms: int) -> None:
        held = self._held.pop(order)
        self._ledger.boxes.append(self._first_site + held.airport, held.box, order, held.since_ms, at_ms)
        self._boards.give_box(held.airport, held.box, at_ms)

    def expect(self, order: int, delivered_ms: int) -> None:
        """Note when a parcel will lie in its box: then the customer gets the code."""
        delay_ms, visits, held = self._book.collection_ms[order], self._visits, self._held[order]
        self._promises = promise = self._promises + 1
        held.delivered_ms, held.promise = delivered_ms, promise
        self._expected[order] = held
        if delay_ms != NEVER:
            heappush(visits, (delivered_ms + delay_ms, order, _COMES, promise))
        if delay_ms == NEVER or delay_ms + self._rescan_ms > self._hold_limit_ms:
            heappush(visits, (delivered_ms + self._hold_limit_ms + 1, order, _RUNS_OUT, promise))
        if self._boards.is_room_wanted:
            self.watch_for_room()

    # customers

    def pass_until(self, now_ms: int) -> None:
        """Let customers come, and boxes be cleared, up to a time."""
        visits = self._visits
        while visits and visits[0][0] <= now_ms:
            at_ms, order, what, promise = heappop(visits)
            held = self._expected.get(order)
            if held is not None and held.promise == promise:
                self._visit(order, held, what, at_ms)

    def _visit(self, order: int, held: Holding, what: int, at_ms: int) -> None:
        if self._boards.jammed_until_ms[held.airport] > at_ms:
            self._put_off(order, held, what, self._boards.jammed_until_ms[held.airport])
            return
        if not held.code:
            held.code = self._issue(order, held)
        if what == _COMES:
            self._come(order, held, at_ms)
        elif what == _TRIES_AGAIN:
            self._scan_own(order, held, at_ms)
        elif order in self._held:
            self._book.end(order, "unclaimed", at_ms)
            self._free(order, at_ms)
            if self._book.collection_ms[order] == NEVER:
                del self._expected[order]

    def _put_off(self, order: int, held: Holding, what: int, until_ms: int) -> None:
        """Let a visit to a jammed cabinet be made when it works again; that may be too late for the code."""
        heappush(self._visits, (until_ms, order, what, held.promise))
        if what != _RUNS_OUT:
            over_ms = max(held.delivered_ms + self._hold_limit_ms + 1, until_ms)
            heappush(self._visits, (over_ms, order, _RUNS_OUT, held.promise))

    def jam(self, airport: int, until_ms: int) -> None:
        """Let a cabinet neither take nor give until a time."""
        self.pass_until(self._clock.now_ms - 1)
        self._boards.jam(airport, until_ms)

    def _scan_own(self, order: int, held: Holding, at_ms: int) -> None:
        """Let a customer hold up the own code, the last thing that is expected of an order."""
        self._scan(order, held.airport, held.code, at_ms)
        if order not in self._held:
            del self._expected[order]

    def _issue(self, order: int, held: Holding) -> str:
        expires_ms = held.delivered_ms + self._hold_limit_ms
        return issue_code(self._key, order=order, airport=held.airport, box=held.box, expires_ms=expires_ms)

    def _come(self, order: int, held: Holding, at_ms: int) -> None:
        if self._bad_scan[order]:
            airport, code = self._bad_attempt(order, held)
            if self._boards.jammed_until_ms[airport] > at_ms:
                self._put_off(order, held, _COMES, self._boards.jammed_until_ms[airport])
                return
            self._scan(order, airport, code, at_ms)
            heappush(self._visits, (at_ms + self._rescan_ms, order, _TRIES_AGAIN, held.promise))
        else:
            self._scan_own(order, held, at_ms)

    def _bad_attempt(self, order: int, held: Holding) -> tuple[int, str]:
        """Choose what a clumsy customer holds up: a damaged code, a used one, or the right one elsewhere.

        Without a used code or another airport to go to, the code is damaged instead.
        """
        kind, used = self._bad_scan[order], self._last_used
        if kind == _BAD_REUSED and used is not None:
            return used
        if kind in {_BAD_WRONG, _BAD_REUSED} or self._airports == 1:
            return held.airport, damaged(held.code)
        return (held.airport + 1) % self._airports, held.code

    def _scan(self, order: int, airport: int, code: str, at_ms: int) -> None:
        """Judge a scan by the customer of ``order``; an accepted one opens and frees the box.

        Whose code it was is written down too, unless it can't be read.
        """
        verdict, box = check_code(self._key, code, airport=airport, now_ms=at_ms, is_used=self._is_used)
        owner = NEVER if verdict == WRONG else order_of(code)
        self._ledger.scans.append(at_ms, self._first_site + airport, box, order, owner, VERDICTS.index(verdict))
        if verdict == ACCEPTED:
            self._last_used = (airport, code)
            self._book.collected_ms[order] = at_ms
            self._book.end(order, "collected", at_ms)
            self._free(order, at_ms)

    def _is_used(self, order: int) -> bool:
        return self._book.collected_ms[order] != NEVER

    # who waits for a box

    def watch_for_room(self) -> None:
        """Wake the clock when the next box may be freed, as long as somebody waits for one."""
        if not self._boards.is_room_wanted or not self._visits:
            return
        next_ms, wakes_ms = self._visits[0][0], self._wakes_ms
        if wakes_ms == NEVER or next_ms < wakes_ms:
            self._wakes_ms = next_ms
            self._clock.call_at(next_ms, self._wake)

    def _wake(self, _event: Event) -> None:
        now_ms = self._clock.now_ms
        if now_ms == self._wakes_ms:
            self._wakes_ms = NEVER
            self.pass_until(now_ms)
            self.watch_for_room()

    def close(self, closed_ms: int) -> None:
        """Write down the boxes that are still held when the day ends, and issue the codes of parcels that lie there."""
        for order, held in self._held.items():
            if NEVER < held.delivered_ms <= closed_ms and not held.code:
                held.code = self._issue(order, held)
            self._ledger.boxes.append(self._first_site + held.airport, held.box, order, held.since_ms, closed_ms)

"""Pickup cabinets: boxes, codes, and the customers who open them."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from simpy.events import Event

from dronesim.codes import ACCEPTED, REUSED, check_code, damaged, issue_code
from dronesim.record.tables import VERDICTS
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.clock import Clock
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Ledger
from dronesim.units import to_ms

_BAD_WRONG, _BAD_REUSED = 1, 2


class Cabinets:
    """The cabinets of all airports; ``on_room`` is called with an airport when a full cabinet has room again."""

    def __init__(self, inputs: SimulationInputs, *, clock: Clock, book: OrderBook, ledger: Ledger) -> None:
        rules = inputs.rules
        self._first_site = inputs.places.takeoff_points
        self._free = [list(range(count)) for count in rules.airports.boxes]
        self._clock = clock
        self._book = book
        self._ledger = ledger
        self._key = inputs.key
        self._hold_limit_ms = to_ms(rules.airports.hold_limit_s)
        self._rescan_ms = to_ms(rules.customers.rescan_s)
        self._bad_scan: list[int] = inputs.orders.bad_scan.tolist()
        self._held: dict[int, tuple[int, int, int]] = {}
        self._last_used: tuple[int, str] | None = None

    on_room: Callable[[int], None]

    def has_room(self, airport: int) -> bool:
        """Tell whether a box is free."""
        return bool(self._free[airport])

    def reserve(self, order: int, airport: int) -> None:
        """Keep the lowest-numbered free box for an order's parcel."""
        box = heapq.heappop(self._free[airport])
        self._book.box[order] = box
        self._held[order] = (airport, box, self._clock.now_ms)

    def release(self, order: int) -> None:
        """Free the box of an order, whatever the reason."""
        airport, box, since_ms = self._held.pop(order)
        self._ledger.boxes.append(self._first_site + airport, box, order, since_ms, self._clock.now_ms)
        heapq.heappush(self._free[airport], box)
        if len(self._free[airport]) == 1:
            self.on_room(airport)

    def store(self, order: int) -> None:
        """Put the parcel in its box and send the customer the code."""
        airport, box, _ = self._held[order]
        expires_ms = self._clock.now_ms + self._hold_limit_ms
        self._book.token[order] = issue_code(self._key, order=order, airport=airport, box=box, expires_ms=expires_ms)
        delay_ms = self._book.collection_ms[order]
        comes = delay_ms != NEVER
        if comes:
            self._clock.call_at(self._clock.now_ms + delay_ms, self._customer_comes, order)
        if not comes or delay_ms + self._rescan_ms > self._hold_limit_ms:
            self._clock.call_at(expires_ms + 1, self._clear, order)

    def _customer_comes(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        if self._bad_scan[order]:
            airport, token = self._bad_attempt(order)
            self.scan(order, airport, token)
            self._clock.call_at(self._clock.now_ms + self._rescan_ms, self._scan_own_code, order)
        else:
            self._scan_own_code(event)

    def _scan_own_code(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        token = self._book.token[order]
        if token is not None:
            self.scan(order, self._book.airport[order], token)

    def _bad_attempt(self, order: int) -> tuple[int, str]:
        """Choose what a clumsy customer holds up: a damaged code, a used one, or the right one elsewhere.

        Without a used code or another airport to go to, the code is damaged instead.
        """
        airport, kind = self._book.airport[order], self._bad_scan[order]
        token = self._book.token[order] or ""
        used = self._last_used
        if kind == _BAD_REUSED and used is not None:
            return used
        if kind in {_BAD_WRONG, _BAD_REUSED} or len(self._free) == 1:
            return airport, damaged(token)
        return (airport + 1) % len(self._free), token

    def scan(self, order: int, airport: int, token: str) -> str:
        """Judge a scan by the customer of ``order``; an accepted one opens and frees the box."""
        now_ms = self._clock.now_ms
        verdict, box = check_code(self._key, token, airport=airport, now_ms=now_ms)
        if verdict == ACCEPTED and not self._is_live(order, token):
            verdict, box = REUSED, -1
        self._ledger.scans.append(now_ms, self._first_site + airport, box, order, VERDICTS.index(verdict))
        if verdict == ACCEPTED:
            self._collect(order, airport, token)
        return verdict

    def _is_live(self, order: int, token: str) -> bool:
        return order in self._held and self._book.token[order] == token

    def _collect(self, order: int, airport: int, token: str) -> None:
        now_ms = self._clock.now_ms
        self._book.collected_ms[order] = now_ms
        self._book.end(order, "collected", now_ms)
        self._last_used = (airport, token)
        self._book.token[order] = None
        self.release(order)

    def _clear(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        if order in self._held:
            self._book.end(order, "unclaimed", self._clock.now_ms)
            self.release(order)

    def close(self, closed_ms: int) -> None:
        """Write down the boxes that are still held when the day ends."""
        for order, (airport, box, since_ms) in self._held.items():
            self._ledger.boxes.append(self._first_site + airport, box, order, since_ms, closed_ms)

"""Orders come in: admission, couriers, readiness, and customers who cancel."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.clock import Clock
from dronesim.simulation.couriers import CourierPool
from dronesim.simulation.dispatcher import Dispatcher
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Ledger
from dronesim.units import to_ms


class Intake:
    """Walks a cursor over the orders of the day; ``on_cancel`` is called with an order that is cancelled."""

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        book: OrderBook,
        ledger: Ledger,
        dispatcher: Dispatcher,
        is_in_reach: list[bool],
        on_cancel: Callable[[int], None],
    ) -> None:
        rules = inputs.rules
        self._clock = clock
        self._book = book
        self._dispatcher = dispatcher
        self._is_in_reach = is_in_reach
        self._on_cancel = on_cancel
        self._opens_ms = to_ms(rules.horizon.start_s)
        self._closes_ms = to_ms(rules.horizon.end_s)
        self._payload_kg = inputs.aircraft.drone_type.payload_kg
        self._queue_limit = rules.dispatch.queue_limit
        handling_ms = (to_ms(rules.couriers.handling_s), to_ms(rules.couriers.boxing_s))
        self._couriers = [
            CourierPool(count, site=site, ledger=ledger, handling=handling_ms)
            for site, count in enumerate(rules.couriers.count)
        ]

    def run(self) -> Generator[Event, Any, None]:
        """Place each order at its time."""
        for order, placed_ms in enumerate(self._book.placed_ms):
            if placed_ms > self._clock.now_ms:
                yield self._clock.until(placed_ms)
            self._place(order, placed_ms)

    def _place(self, order: int, placed_ms: int) -> None:
        reason = self._refusal(order, placed_ms)
        if reason is not None:
            self._book.end(order, "refused", placed_ms, reason)
            return
        self._send_courier(order, placed_ms)
        self._dispatcher.add_order(order)

    def _refusal(self, order: int, placed_ms: int) -> str | None:
        if not self._opens_ms <= placed_ms <= self._closes_ms:
            return "out_of_hours"
        if self._book.mass_kg[order] > self._payload_kg:
            return "too_heavy"
        if not self._is_in_reach[order]:
            return "out_of_reach"
        waiting = self._dispatcher.waiting_at[self._book.takeoff_point[order]]
        return "queue_limit" if self._queue_limit and waiting >= self._queue_limit else None

    def _send_courier(self, order: int, placed_ms: int) -> None:
        """Settle the courier's trip; a customer who gives up before it begins saves the trip.

        A drone that was promised such an order would wait until just after it is cancelled.
        """
        book = self._book
        pool, walk_ms = self._couriers[book.takeoff_point[order]], book.walk_ms[order]
        wanted_ms = max(placed_ms, placed_ms + book.planned_ms[order] - walk_ms)
        prepared_ms = placed_ms + book.preparation_ms[order]
        trip = pool.find_trip(wanted_ms, prepared_ms=prepared_ms, walk_ms=walk_ms, now_ms=placed_ms)
        patience_ms = book.patience_ms[order]
        if patience_ms != NEVER:
            self._clock.call_at(placed_ms + patience_ms, self._lose_patience, order)
            if placed_ms + patience_ms <= trip.leave_ms:
                book.will_be_ready_ms[order] = placed_ms + patience_ms + 1
                return
        ready_ms = pool.send(order, trip=trip, now_ms=placed_ms)
        book.will_be_ready_ms[order] = ready_ms
        self._clock.call_at(ready_ms, self._become_ready, order)

    def _become_ready(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        if self._book.end_state[order] is None:
            now_ms = self._clock.now_ms
            self._book.ready_ms[order] = now_ms
            self._dispatcher.order_ready(order, now_ms)

    def _lose_patience(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        if self._book.end_state[order] is None and self._book.loaded_ms[order] == NEVER:
            self._on_cancel(order)

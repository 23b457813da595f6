"""Orders come in: admission, couriers, and customers who cancel."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from dronesim.simulation.book import NEVER
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.simulation.trips import Trips
from dronesim.units import to_ms


class Intake:
    """Walks a cursor over the orders of the day.

    Nothing that happens before an order could be ready depends on it, so it may be taken in with those placed shortly
    before; but one by one where the queue decides, or where it may be assigned ahead or refused.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, trips: Trips) -> None:
        self._clock = scene.clock
        self._book = scene.book
        self._boards = scene.boards
        self._times = scene.times
        self._plans = scene.plans
        self._fleet = fleet
        self._payload_kg = inputs.aircraft.drone_type.payload_kg
        self._queue_limit = inputs.rules.dispatch.queue_limit
        self._refuses_at_closed = inputs.rules.airports.when_closed == "refuse"
        self._changes_ms = [to_ms(change_s) for change_s in inputs.changes_s()]
        self._changes_ms += [to_ms(script.at_s) for script in inputs.events]
        self._trips = trips
        riders = inputs.rules.riders
        self._riders = riders.count if "refused" in riders.takes else ()
        self._ahead_ms = 0
        if not self._queue_limit and not scene.times.assign_ahead_ms and not trips.may_refuse:
            self._ahead_ms = scene.times.handling_ms + 2 * min(self._book.walk_ms, default=0)

    def run(self) -> Generator[Event, Any, None]:
        """Place each order at its time, or a little before."""
        until_ms = self._clock.now_ms
        for order, placed_ms in enumerate(self._book.placed_ms):
            if placed_ms > until_ms:
                yield self._clock.until(placed_ms)
                until_ms = self._foreseen_until_ms(placed_ms)
            self._place(order, placed_ms)

    def _foreseen_until_ms(self, now_ms: int) -> int:
        """Find the time up to which orders may be placed now: routes, and what goes wrong, decide what is refused."""
        next_ms = min((change_ms for change_ms in self._changes_ms if change_ms > now_ms), default=None)
        ahead_ms = now_ms + self._ahead_ms
        return ahead_ms if next_ms is None else min(ahead_ms, next_ms - 1)

    def _place(self, order: int, placed_ms: int) -> None:
        reason = self._refusal(order, placed_ms)
        if reason is None:
            self._send_courier(order)
            self._boards.announce(order)
            if self._trips.may_refuse:
                self._boards.touch(self._boards.pool_at(self._book.takeoff_point[order]).number)
        elif reason != "out_of_hours" and self._goes_by_road(order):
            self._boards.road_only.add(order)
            self._send_courier(order)
        else:
            self._book.end(order, "refused", placed_ms, reason)

    def _goes_by_road(self, order: int) -> bool:
        """Tell whether riders take what is refused, and there are any where an order begins."""
        return bool(self._riders) and self._riders[self._book.takeoff_point[order]] > 0

    def _refusal(self, order: int, placed_ms: int) -> str | None:
        if not self._times.opens_ms <= placed_ms <= self._times.closes_ms:
            return "out_of_hours"
        if self._book.mass_kg[order] > self._payload_kg:
            return "too_heavy"
        if (refusal := self._plans.refusal(order)) is not None:
            return refusal
        if self._refuses_at_closed and self._boards.closed_until_ms[self._book.airport[order]] > placed_ms:
            return "airport_closed"
        if self._refuses_at_closed and self._boards.no_go_until_ms > placed_ms:
            return "weather"
        return "queue_limit" if self._queue_limit and self._is_queue_full(order) else None

    def _is_queue_full(self, order: int) -> bool:
        self._boards.show()
        return self._boards.waiting_at[self._book.takeoff_point[order]] >= self._queue_limit

    def _send_courier(self, order: int) -> None:
        """Settle the courier's trip; a customer who gives up before it begins saves the trip."""
        gives_up_ms = self._trips.gives_up_ms(order)
        if gives_up_ms != NEVER:
            self._clock.call_at(gives_up_ms, self._lose_patience, order)
        self._trips.settle(order)

    def _lose_patience(self, event: Event) -> None:
        """Drop an order, unless its parcel is on the drone already."""
        order: int = event.value  # type: ignore[assignment]
        book = self._book
        if book.is_over(order):
            return
        if self._boards.is_on_road(order):
            return
        if book.drone[order] == NEVER:
            self._boards.show()
            self._boards.remove_order(order)
        elif self._fleet.has_loaded(order):
            return
        else:
            self._fleet.revoke(self._fleet.drones[book.drone[order]], is_returned=False)
        book.end(order, "cancelled", self._clock.now_ms, "patience")

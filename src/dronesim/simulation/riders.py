"""Riders: a finite pool a take-off point, who bring parcels by road to the customer's airport or door."""

from __future__ import annotations

from typing import Final

import numpy as np
from simpy.events import Event

from dronesim.dispatch import RidersNow
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.presence import FOR_GOOD_MS, Presence
from dronesim.simulation.scene import Scene
from dronesim.units import to_ms

REASON: Final = "rider"


class Riders:
    """Sends riders, who are free again when they are back; the pool of their take-off point is woken then.

    Who works in shifts leaves within one, and finishes the trip.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        rules, places = inputs.rules.riders, inputs.places
        self._scene = scene
        self.are_there = any(rules.count)
        self._way_ms = _ways_ms(inputs) if self.are_there else []
        handling_ms = to_ms(rules.pickup_s) + to_ms(rules.dropoff_s)
        self._ride_ms = tuple(tuple(handling_ms + way_ms for way_ms in row) for row in self._way_ms)
        self._walk_m, self._road_mps = inputs.orders.walk_m, rules.road_mps
        self._free = [[(0, rider) for rider in range(count)] for count in rules.count]
        self._counted: dict[int, tuple[int, int]] = {}
        """Riders who could leave, by take-off point, and until when there are so many unless one leaves."""
        self._told: RidersNow | None = None
        self._told_until_ms = -1
        self._lacking: dict[int, set[int]] = {}
        """Orders that wait for a rider, by pool."""
        shifts = inputs.rules.shifts.get("rider", {})
        self._presence = {
            places.ids.index(site): Presence(steps, over_ms=inputs.over_ms) for site, steps in shifts.items()
        }
        for takeoff_point, presence in self._presence.items():
            for at_ms in presence.changes_ms():
                if at_ms >= scene.clock.now_ms:
                    scene.clock.call_at(at_ms, self._come_back, takeoff_point)

    def work_at(self, takeoff_point: int) -> bool:
        """Tell whether there are riders at a take-off point, be they out or off shift."""
        return self.are_there and bool(self._free[takeoff_point])

    def free(self, takeoff_point: int) -> int:
        """Count the riders who could leave a take-off point now."""
        return self._count(takeoff_point)[0] if self.are_there else 0

    def _count(self, takeoff_point: int) -> tuple[int, int]:
        """Count those who could leave now, and tell until when there are so many: until the next one is back.

        Of those who work in shifts it is told for this moment.
        """
        now_ms, counted = self._scene.clock.now_ms, self._counted.get(takeoff_point)
        if counted is None or counted[1] <= now_ms:
            coming_ms = (free_ms for free_ms, _ in self._free[takeoff_point] if free_ms > now_ms)
            until_ms = now_ms + 1 if takeoff_point in self._presence else min(coming_ms, default=FOR_GOOD_MS)
            self._counted[takeoff_point] = counted = len(self._ready_to_leave(takeoff_point)), until_ms
        return counted

    def _ready_to_leave(self, takeoff_point: int) -> list[tuple[int, int]]:
        """List since when which riders are back, of those whose shift is on."""
        now_ms, presence = self._scene.clock.now_ms, self._presence.get(takeoff_point)
        back = [(free_ms, rider) for free_ms, rider in self._free[takeoff_point] if free_ms <= now_ms]
        return back if presence is None else [row for row in back if presence.from_ms(row[1], now_ms) == now_ms]

    def now(self) -> RidersNow | None:
        """Tell who is free by now; None where there are no riders."""
        if not self.are_there:
            return None
        if self._told_until_ms <= self._scene.clock.now_ms:
            counted = [self._count(place) for place in range(len(self._free))]
            self._told = RidersNow(tuple([count for count, _ in counted]), self._ride_ms)
            self._told_until_ms = min(until_ms for _, until_ms in counted)
        return self._told

    def arrival_ms(self, order: int) -> int | None:
        """Tell when a rider who takes an order now would have brought it; None where none is free or it isn't ready."""
        boards, takeoff_point = self._scene.boards, self._scene.book.takeoff_point[order]
        can_go = boards.orders.is_ready[order] and self.free(takeoff_point) > 0
        return self.arrival_if_free_ms(order) if can_go else None

    def arrival_if_free_ms(self, order: int) -> int:
        """Tell when a rider who took an order now would have brought it."""
        book = self._scene.book
        return self._scene.clock.now_ms + self._ride_ms[book.takeoff_point[order]][book.airport[order]]

    def lack(self, pool: int, orders: set[int]) -> None:
        """Note which orders of a pool wait for a rider from now on, and which do no more."""
        before, now_ms = self._lacking.get(pool, set()), self._scene.clock.now_ms
        if before == orders:
            return
        for order in sorted(before ^ orders):
            self._scene.boards.waits.lacks_rider(order, now_ms, lacks=order in orders)
        self._lacking[pool] = orders

    def send(self, order: int) -> None:
        """Send a rider with an order of the queue that one can take now."""
        arrival_ms = self.arrival_ms(order)
        if arrival_ms is None:
            raise AssertionError(f"no rider can take order {order}")
        self._leave(order, arrival_ms)

    def fetch_from_ms(self, order: int) -> int:
        """Tell when a rider may leave for an order's merchant, so as to be there when the meal is planned to be."""
        book = self._scene.book
        return book.placed_ms[order] + book.planned_ms[order] - self._to_merchant_ms(order)

    def _to_merchant_ms(self, order: int) -> int:
        """Tell how long a rider is on the way to an order's merchant, by the courier's way."""
        return to_ms(float(self._walk_m[order]) / self._road_mps)

    def fetch(self, order: int) -> None:
        """Send a rider, if one is free, to an order's merchant, and on past the take-off point to its airport."""
        book, now_ms, way_ms = self._scene.book, self._scene.clock.now_ms, self._to_merchant_ms(order)
        if self.free(book.takeoff_point[order]):
            there_ms = max(now_ms + way_ms, book.placed_ms[order] + book.preparation_ms[order])
            self._leave(order, there_ms + way_ms + self.arrival_if_free_ms(order) - now_ms)

    def _leave(self, order: int, arrival_ms: int) -> None:
        scene = self._scene
        takeoff_point, now_ms = scene.book.takeoff_point[order], scene.clock.now_ms
        back_ms = arrival_ms + self._way_ms[takeoff_point][scene.book.airport[order]]
        first = min(self._ready_to_leave(takeoff_point))
        self._free[takeoff_point].remove(first)
        self._free[takeoff_point].append((back_ms, rider := first[1]))
        self._counted.pop(takeoff_point, None)
        self._told_until_ms = -1
        scene.ledger.riders.append(takeoff_point, rider, order, now_ms, back_ms)
        scene.boards.remove_order(order)
        scene.boards.waits.left_ms[order] = now_ms
        scene.clock.call_at(arrival_ms, self._arrive, order)
        scene.clock.call_at(back_ms, self._come_back, takeoff_point)

    def _arrive(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        self._scene.book.end(order, "ground", self._scene.clock.now_ms, REASON)

    def _come_back(self, event: Event) -> None:
        takeoff_point: int = event.value  # type: ignore[assignment]
        boards, points = self._scene.boards, self._scene.book.takeoff_point
        pool = boards.pool_at(takeoff_point).number
        if self._lacking.get(pool):
            self.lack(pool, {order for order in self._lacking[pool] if points[order] != takeoff_point})
        boards.touch(pool)


def _ways_ms(inputs: SimulationInputs) -> list[list[int]]:
    """Tell how long riders are on their way from each take-off point to each airport."""
    places, road_mps = inputs.places, inputs.rules.riders.road_mps
    homes, airports = places.xy[: places.takeoff_points], places.xy[places.takeoff_points :]
    away_m = np.hypot(*(homes[:, None] - airports[None]).transpose(2, 0, 1))
    return [[to_ms(seconds) for seconds in row] for row in (away_m / road_mps).tolist()]

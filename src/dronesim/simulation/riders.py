"""Riders: a finite pool a take-off point, who bring parcels by road to the customer's airport or door."""

from __future__ import annotations

import heapq
from typing import Final

import numpy as np
from simpy.events import Event

from dronesim.dispatch import RidersNow, ride_ms
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.scene import Scene
from dronesim.units import to_ms

REASON: Final = "rider"


class Riders:
    """Sends riders, who are free again when they are back; the pool of their take-off point is woken then."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        rules, places = inputs.rules.riders, inputs.places
        self._scene = scene
        homes, airports = places.xy[: places.takeoff_points], places.xy[places.takeoff_points :]
        way_s = np.hypot(*(homes[:, None] - airports[None]).transpose(2, 0, 1)) / rules.road_mps
        self._way_ms = [[to_ms(seconds) for seconds in row] for row in way_s.tolist()]
        handling_ms = to_ms(rules.pickup_s) + to_ms(rules.dropoff_s)
        self._ride_ms = tuple(tuple(handling_ms + way_ms for way_ms in row) for row in self._way_ms)
        self._free = [[(0, rider) for rider in range(count)] for count in rules.count]
        self.are_there = any(rules.count)

    def free(self, takeoff_point: int) -> int:
        """Count the riders who could leave a take-off point now."""
        now_ms = self._scene.clock.now_ms
        return sum(free_ms <= now_ms for free_ms, _ in self._free[takeoff_point]) if self.are_there else 0

    def now(self) -> RidersNow | None:
        """Tell who is free by now; None where there are no riders."""
        if not self.are_there:
            return None
        return RidersNow(tuple([self.free(place) for place in range(len(self._free))]), self._ride_ms)

    def arrival_ms(self, order: int) -> int | None:
        """Tell when a rider who takes an order now would have brought it; None where none is free or it isn't ready."""
        return ride_ms(self._scene.boards.rows[order], self.now(), self._scene.clock.now_ms)

    def send(self, order: int) -> None:
        """Send a rider with an order of the queue that one can take now."""
        scene, arrival_ms = self._scene, self.arrival_ms(order)
        takeoff_point, now_ms = scene.book.takeoff_point[order], scene.clock.now_ms
        if arrival_ms is None:
            raise AssertionError(f"no rider can take order {order}")
        back_ms = arrival_ms + self._way_ms[takeoff_point][scene.book.airport[order]]
        _, rider = heapq.heappop(self._free[takeoff_point])
        heapq.heappush(self._free[takeoff_point], (back_ms, rider))
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
        boards = self._scene.boards
        boards.touch(boards.pool_at(takeoff_point).number)

"""Closed airports: what becomes of parcels that are ready while theirs takes no drone, or no drone may fly."""

from __future__ import annotations

from simpy.events import Event

from dronesim.simulation.booking import Booking
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.near import near_to
from dronesim.simulation.road import Road
from dronesim.simulation.scene import Scene

REASON, BY_WEATHER = "airport_closed", "weather"


class ClosedAirports:
    """The rule ``airports.when_closed``: a parcel waits, goes to the next open airport, or by road."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, road: Road, booking: Booking) -> None:
        rules, places = inputs.rules.airports, inputs.places
        self._scene = scene
        self._road = road
        self._booking = booking
        self._goes_on = rules.when_closed == "next"
        self._wait_ms = 0 if rules.when_closed == "road" else scene.times.closed_wait_ms
        self._xy = places.xy
        self._next_to = near_to(places.xy[places.takeoff_points :], within_m=rules.walk_max_m)
        self._gives_up_ms: dict[int, tuple[int, int]] = {}
        scene.boards.at_closed.append(self.meet)

    def meet(self, order: int) -> None:
        """Apply the rule to an order that is ready while its airport is closed."""
        scene = self._scene
        if not scene.boards.is_waiting(order):
            return
        other = self._open_one_next_to(order) if self._goes_on else None
        if other is not None:
            self._send_to(order, other)
            return
        self._begin_wait(order, until_ms=scene.boards.shut_until_ms(scene.book.airport[order]))

    def _begin_wait(self, order: int, *, until_ms: int) -> None:
        """Let an order give up after a while, counted from when its airport was first shut without a break."""
        now_ms = self._scene.clock.now_ms
        shut_until_ms, gives_up_ms = self._gives_up_ms.get(order, (0, 0))
        if shut_until_ms < now_ms:
            gives_up_ms = now_ms + self._wait_ms
            self._scene.clock.call_at(gives_up_ms, self._give_up, order)
        elif gives_up_ms < now_ms:
            # it had a drone when its time was up
            gives_up_ms = now_ms
            self._scene.clock.call_at(now_ms, self._give_up, order)
        self._gives_up_ms[order] = max(until_ms, shut_until_ms), gives_up_ms

    def _give_up(self, event: Event) -> None:
        """Send a parcel by road that has waited for long enough, if it still waits for its airport."""
        order: int = event.value  # type: ignore[assignment]
        scene, now_ms = self._scene, self._scene.clock.now_ms
        is_due = self._gives_up_ms[order][1] == now_ms
        if is_due and scene.boards.is_waiting(order) and self._is_closed(scene.book.airport[order]):
            scene.boards.remove_order(order)
            scene.boards.waits.left_ms[order] = now_ms
            reason = BY_WEATHER if scene.boards.no_go_until_ms > now_ms else REASON
            self._road.bring(order, self._xy[scene.book.takeoff_point[order]], reason=reason)

    def _is_closed(self, airport: int) -> bool:
        return self._scene.boards.shut_until_ms(airport) > self._scene.clock.now_ms

    def _open_one_next_to(self, order: int) -> int | None:
        """Find the nearest airport to an order's own that is open, and that a drone can fly to and back from."""
        plans, book = self._scene.plans, self._scene.book
        near = (airport for airport in self._next_to[book.airport[order]] if not self._is_closed(airport))
        return next((airport for airport in near if plans.can_fly(order, airport)), None)

    def _send_to(self, order: int, airport: int) -> None:
        """Give an order another airport, from which the customer fetches it."""
        boards = self._scene.boards
        self._booking.send_to(order, airport)
        boards.touch(boards.pool_at(self._scene.book.takeoff_point[order]).number)

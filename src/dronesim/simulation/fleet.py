"""The fleet: one process a drone, which tells the story of its day from stand to stand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final, TypeAlias

import simpy
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.simulation.batteries import Batteries
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.booking import Booking
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.clock import Clock
from dronesim.simulation.dispatcher import Dispatcher
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.inputs import DroneColumns, SimulationInputs
from dronesim.simulation.logbook import Logbook
from dronesim.simulation.network import Network
from dronesim.simulation.plans import Planner
from dronesim.units import HOUR, to_ms

Story: TypeAlias = Generator[Event, Any, None]

REPLANNED: Final = "replanned"
"""The sortie goes on by another plan."""
REVOKED: Final = "revoked"
"""The booking is taken back; the drone has not departed."""
FAILED: Final = "failed"
"""The drone is lost, or down somewhere and fetched by road."""


def _reached(at_ms: int, closed_ms: int) -> int:
    return at_ms if at_ms <= closed_ms else NEVER


class Fleet:
    """All drones, on the ground and in the air.

    ``on_failure`` is called with a drone and the time at which its budget of flight-hours ends; ``on_unable`` with a
    drone that can't fly its order any more, since the wind or the routes have changed; ``on_road`` with an order whose
    parcel was rescued, and where it lies (metres).
    """

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        book: OrderBook,
        network: Network,
        planner: Planner,
        logbook: Logbook,
        batteries: Batteries,
        cabinets: Cabinets,
        dispatcher: Dispatcher,
        booking: Booking,
    ) -> None:
        self._clock = clock
        self._book = book
        self._network = network
        self.planner = planner
        self._logbook = logbook
        self._batteries = batteries
        self._cabinets = cabinets
        self._dispatcher = dispatcher
        self._booking = booking
        self._usable_wh = inputs.aircraft.drone_type.usable_wh
        self._reserve = inputs.rules.batteries.reserve
        self._xy = inputs.places.xy
        self._columns: DroneColumns = inputs.drones
        self._charge_to = inputs.rules.batteries.charge_to
        self._recovery_ms = to_ms(inputs.rules.recovery_s)
        self.drones: list[Drone] = []

    on_failure: Callable[[Drone, int], None]
    on_unable: Callable[[Drone], None]
    on_road: Callable[[int, NDArray[Any]], None]

    def commission(self, place: int, pack: int) -> None:
        """Put one more drone on a stand, ready to fly."""
        number = len(self.drones)
        drone = Drone(number, place=place, pack=pack, charge=self._charge_to, now_ms=self._clock.now_ms)
        hours = float(self._columns.budget_h[number])
        drone.budget_ms = to_ms(hours * HOUR) if hours < float("inf") else None
        drone.is_loss = bool(self._columns.is_loss[number])
        self.drones.append(drone)
        self._dispatcher.add_drone(number, place=place, charge=drone.charge)
        self._stand_by(drone)
        drone.process = self._clock.process(self._work(drone))

    def _stand_by(self, drone: Drone) -> None:
        drone.call = self._clock.event()
        drone.order = -1
        drone.sortie = drone.clearance = None
        self._dispatcher.drone_free(drone.number, place=drone.place, charge=drone.charge)

    def take(self, drone: int, order: int) -> None:
        """Give a free drone its next order.

        Where the parcel is ready and the drone beside it, the sortie is booked on the spot and the drone is
        called when it takes off; otherwise it is called at once.
        """
        chosen, takeoff_point, now_ms = self.drones[drone], self._book.takeoff_point[order], self._clock.now_ms
        chosen.order = order
        called_ms = now_ms
        if chosen.place == takeoff_point and self._book.will_be_ready_ms[order] <= now_ms:
            called_ms = self._book_sortie(chosen).departed_ms
        self._clock.ring_at(chosen.call, called_ms, takeoff_point)

    def move(self, drone: int, takeoff_point: int) -> None:
        """Send a free drone to another take-off point."""
        self._clock.ring_at(self.drones[drone].call, self._clock.now_ms, takeoff_point)

    def is_out(self) -> bool:
        """Tell whether a drone is still on a sortie: being loaded, in the air, or at an airport."""
        now_ms = self._clock.now_ms
        return any(
            drone.leg is not None or (drone.sortie is not None and drone.sortie.loading_ms <= now_ms)
            for drone in self.drones
        )

    def close(self, closed_ms: int) -> None:
        """Write down what drones on a sortie have reached when the day ends, and the packs that are on drones."""
        for drone in self.drones:
            if drone.sortie is not None:
                self._break_off(drone, drone.sortie, closed_ms)
            if drone.is_in_service:
                self._batteries.take_off_drone(drone, closed_ms)

    def _break_off(self, drone: Drone, sortie: Sortie, closed_ms: int) -> None:
        """Keep the milestones that an order has reached, and the energy of a flight that has landed."""
        order, book = sortie.order, self._book
        if sortie.stage == Stage.BOOKED:
            book.loading_ms[order] = _reached(sortie.loading_ms, closed_ms)
            book.loaded_ms[order] = _reached(sortie.loading_ms + sortie.plan.load_ms, closed_ms)
        elif sortie.stage == Stage.OUTBOUND:
            if not sortie.is_diverted:
                book.arrived_ms[order] = _reached(sortie.arrived_ms, closed_ms)
                book.landed_ms[order] = _reached(sortie.landed_ms, closed_ms)
            if sortie.landed_ms <= closed_ms:
                self._logbook.land(drone, sortie)

    # the story of a drone

    def _work(self, drone: Drone) -> Story:
        while True:
            try:
                takeoff_point: int = yield drone.call
                if drone.sortie is None:
                    yield from self._go_and_wait(drone, takeoff_point)
                if drone.sortie is not None:
                    yield from self._serve(drone, drone.sortie)
                    yield self._clock.until(self._turn_around(drone))
            except simpy.Interrupt as interrupt:
                if interrupt.cause == FAILED:
                    if drone.is_loss:
                        return
                    yield from self._come_back_by_road(drone)
            self._stand_by(drone)

    def _go_and_wait(self, drone: Drone, takeoff_point: int) -> Story:
        """Fly to the take-off point, and there wait for the parcel and take-off; without one, turn around."""
        if takeoff_point != drone.place:
            yield from self._deadhead(drone, takeoff_point)
        if drone.order == -1:
            yield self._clock.until(self._turn_around(drone))
        else:
            yield self._clock.until(self._book.will_be_ready_ms[drone.order])
            if self._booking.is_possible(drone.order, available_wh=self._available_wh(drone)):
                yield self._clock.until(self._book_sortie(drone).departed_ms)
            else:
                self.on_unable(drone)
                yield self._clock.until(self._turn_around(drone))

    def _serve(self, drone: Drone, sortie: Sortie) -> Story:
        self._depart(drone, sortie)
        yield from self._until(sortie, "unloaded_ms")
        self._hand_over(drone, sortie)
        if sortie.site != sortie.origin:
            self._head_home(drone, sortie)
            yield from self._until(sortie, "home_landed_ms")
            self._logbook.come_home(drone, sortie)

    def _until(self, sortie: Sortie, milestone: str) -> Story:
        """Wait for a planned time; where the plan changes meanwhile, for the new one."""
        while True:
            try:
                yield self._clock.until(getattr(sortie, milestone))
            except simpy.Interrupt as interrupt:
                if interrupt.cause != REPLANNED:
                    raise
            else:
                return

    def _book_sortie(self, drone: Drone) -> Sortie:
        sortie = self._booking.book(
            drone.order,
            available_wh=self._available_wh(drone),
            now_ms=self._clock.now_ms,
            holder=drone.number,
        )
        drone.sortie, drone.clearance = sortie, sortie.clearance
        free_ms = sortie.home_landed_ms + self._batteries.swap_ms
        self._dispatcher.drone_busy(drone.number, place=sortie.origin, until_ms=free_ms)
        return sortie

    def _available_wh(self, drone: Drone) -> float:
        return (drone.charge - self._reserve) * self._usable_wh

    def _depart(self, drone: Drone, sortie: Sortie) -> None:
        order, book = sortie.order, self._book
        book.loading_ms[order] = sortie.loading_ms
        book.loaded_ms[order] = sortie.loading_ms + sortie.plan.load_ms
        book.departed_ms[order] = sortie.departed_ms
        book.leg[order] = self._logbook.take_off(drone, sortie)
        if drone.budget_ms is not None:
            self._watch_budget(drone, drone.budget_ms, sortie.departed_ms, sortie.landed_ms)

    def _hand_over(self, drone: Drone, sortie: Sortie) -> None:
        order, book = sortie.order, self._book
        drone.order = -1
        self._logbook.land(drone, sortie)
        if sortie.is_diverted:
            self.on_road(order, self._xy[sortie.site])
        else:
            book.arrived_ms[order] = sortie.arrived_ms
            book.landed_ms[order] = sortie.landed_ms
            book.delivered_ms[order] = sortie.unloaded_ms
            self._cabinets.store(order)

    def _head_home(self, drone: Drone, sortie: Sortie) -> None:
        self._logbook.leave(drone, sortie)
        if drone.budget_ms is not None:
            self._watch_budget(drone, drone.budget_ms, sortie.leave_ms, sortie.home_landed_ms)

    def _turn_around(self, drone: Drone) -> int:
        now_ms = self._clock.now_ms
        drone.sortie = drone.clearance = None
        self._network.timetable.past_ms = now_ms
        ready_ms = self._batteries.turn_around(drone, now_ms)
        self._dispatcher.drone_busy(drone.number, place=drone.place, until_ms=ready_ms)
        return ready_ms

    def _come_back_by_road(self, drone: Drone) -> Story:
        """Fetch a drone that came down somewhere, mend it, and charge its pack."""
        yield self._clock.until(self._clock.now_ms + self._recovery_ms)
        drone.place = drone.home
        yield self._clock.until(self._turn_around(drone))

    def _deadhead(self, drone: Drone, takeoff_point: int) -> Story:
        requested_ms = self._clock.now_ms
        leg, clearance = self._booking.book_deadhead(
            drone.place,
            takeoff_point,
            available_wh=self._available_wh(drone),
            now_ms=requested_ms,
            holder=drone.number,
        )
        drone.clearance = clearance
        departed_ms = clearance.start_ms + self.planner.check_ms
        landed_ms = departed_ms + leg.land_ms
        self._dispatcher.drone_busy(drone.number, place=takeoff_point, until_ms=landed_ms)
        yield self._clock.until(departed_ms)
        row = self._logbook.deadhead(drone, leg, requested_ms=requested_ms, departed_ms=departed_ms)
        if drone.budget_ms is not None:
            self._watch_budget(drone, drone.budget_ms, departed_ms, landed_ms)
        yield self._clock.until(landed_ms)
        drone.place = takeoff_point
        self._logbook.end_deadhead(drone, row, leg)
        drone.clearance = None
        self._dispatcher.drone_busy(drone.number, place=takeoff_point, until_ms=landed_ms)

    def _watch_budget(self, drone: Drone, budget_ms: int, departed_ms: int, landed_ms: int) -> None:
        """Let the drone fail in the air when its flight-hours are used up."""
        if drone.flown_ms + landed_ms - departed_ms > budget_ms:
            self.on_failure(drone, departed_ms + max(budget_ms - drone.flown_ms, 1))

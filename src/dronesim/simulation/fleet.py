"""The fleet: one process a drone, which tells the story of its day from stand to stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any, Final, TypeAlias

import simpy
from simpy.events import Event

from dronesim.dispatch import DroneRow
from dronesim.record.incidents import (
    AWAY_AT_CLOSE,
    BOOKING_REVOKED,
    BY_POLICY,
    DAY_ENDS,
    EARLY_TURNAROUND,
    NO_WAY,
    NO_WAY_HOME,
    PACK_KEPT,
    PUT_OFF,
    RECALLED,
)
from dronesim.record.incidents import REVOKED as REVOKED_ON_GROUND
from dronesim.simulation.batteries import Batteries, Readiness
from dronesim.simulation.booking import Booking
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.drone import Drone
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.presence import Presence
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.upkeep import Upkeep, upkeep_of
from dronesim.simulation.waits import WEATHER
from dronesim.units import HOUR, LAST_MS, to_ms

Story: TypeAlias = Generator[Event, Any, None]

REPLANNED: Final = "replanned"
"""The sortie goes on by another plan."""
REVOKED: Final = "revoked"
"""The booking is taken back; the drone has not departed."""
DOWN: Final = "down"
"""The drone is down somewhere and fetched by road."""
GONE: Final = "gone"
"""The drone is lost."""

Watcher: TypeAlias = Callable[[Drone], None]


class Fleet:
    """All drones, on the ground and in the air.

    A drone's process wakes where its sortie ends and where its pack is ready; all in between is known when the sortie
    is booked. ``watchers`` are called with a drone whose sortie has just been booked or edited.
    """

    def __init__(
        self, inputs: SimulationInputs, scene: Scene, *, booking: Booking, batteries: Batteries, cabinets: Cabinets
    ) -> None:
        self._inputs = inputs
        self._scene = scene
        self._clock = scene.clock
        self._book = scene.book
        self._boards = scene.boards
        self._timetable = scene.network.timetable
        self._booking = booking
        self.batteries = batteries
        self._cabinets = cabinets
        self._spares = list(inputs.rules.fleet.spares)
        self._shifts = _shifts(inputs)
        self._airports_from = inputs.places.takeoff_points
        self._stays = inputs.rules.fleet.stays
        self._may_keep = inputs.rules.dispatch.may_keep_packs
        self._asked: dict[int, Event] = {}
        """Answers that drones wait for, whose pack is due."""
        self._is_closed = False
        self._lands_anywhere = inputs.rules.fleet.lands_anywhere
        self.drones: list[Drone] = []
        self._by_home: dict[int, list[Drone]] = {}
        self.watchers: list[Watcher] = []
        self.upkeep = upkeep_of(inputs)

    def commission(self, place: int, pack: int) -> None:
        """Put one more drone on a stand, ready to fly."""
        number, columns = len(self.drones), self._inputs.drones
        charge = self._inputs.rules.batteries.charge_to
        full_wh = self.batteries.held_by(pack)
        drone = Drone(number, place=place, pack=pack, full_wh=full_wh, charge=charge, now_ms=self._clock.now_ms)
        hours = float(columns.budget_h[number])
        drone.budget_ms = to_ms(hours * HOUR) if hours < float("inf") else None
        drone.is_loss = bool(columns.is_loss[number])
        if columns.hazards:
            drone.hazards = [(to_ms(at_h * HOUR), kind) for at_h, kind in columns.hazards[number]]
        at_home = self._by_home.setdefault(place, [])
        taken = {other.rank for other in at_home if other.is_in_service}
        drone.rank = next(rank for rank in range(len(taken) + 1) if rank not in taken)
        self.drones.append(drone)
        at_home.append(drone)
        self._boards.add_drone(number, place=place, charge=charge, full_wh=full_wh)
        begins_ms = self._clock.now_ms if self.upkeep is None else self.upkeep.begins_ms(drone, self._clock.now_ms)
        if begins_ms == self._clock.now_ms:
            self._stand_by(drone)
            drone.process = self._clock.process(self._work(drone))
        else:
            drone.process = self._clock.process(self._come_back_from_repair(drone, begins_ms))

    def _stand_by(self, drone: Drone) -> None:
        drone.call = self._clock.event()
        drone.order = -1
        drone.sortie = None
        drone.is_turning = False
        drone.needed_wh = 0.0
        drone.is_off = self._on_shift_ms(drone, self._clock.now_ms) > self._clock.now_ms
        if drone.is_off:
            self._note_busy(drone, drone.place, Readiness(self._clock.now_ms, drone.charge, drone.full_wh))
        else:
            self._boards.drone_free(drone.number, place=drone.place, charge=drone.charge, full_wh=drone.full_wh)
        if self._is_closed and drone.place != drone.home:
            self.send_all_home()

    # at the close of a day on which drones may land at any take-off point

    def send_all_home(self, _event: Event | None = None) -> None:
        """Let all who stand away from their home fly there, as soon as they are ready and the dispatcher is there."""
        self._is_closed = self._boards.rests_until_ms <= self._clock.now_ms
        if not self._is_closed:
            self._clock.call_at(self._boards.rests_until_ms, self.send_all_home)
            return
        for drone in self.drones:
            stands = self._boards.drones.is_free[drone.number] or drone.is_off
            if stands and drone.is_in_service and drone.place != drone.home:
                self._send_home(drone)

    def _send_home(self, drone: Drone) -> None:
        """Let a drone that stands ready fly home, with another pack if need be; where it can't, that is noted."""
        leg, charged = self._scene.planner.leg(drone.place, drone.home), self._inputs.rules.batteries.charge_to
        needed_wh = math.inf if leg is None else leg.empty_wh / self._scene.planner.air.pack_share
        reserve = self._inputs.rules.batteries.reserve
        if leg is not None and needed_wh <= (drone.charge - reserve) * drone.full_wh:
            self._leave_board(drone)
            self.move(drone.number, drone.home)
        elif needed_wh <= (charged - reserve) * self.best_wh(drone.number) and drone.charge < charged:
            self._leave_board(drone)
            self.turn_around(drone.number, needed_wh)
        else:
            self._note_away(drone, self._clock.now_ms, NO_WAY_HOME)

    def _note_away(self, drone: Drone, at_ms: int, action: str) -> None:
        if not drone.is_told_away:
            self._scene.ledger.incident(at_ms, AWAY_AT_CLOSE.name, action, drone=drone.number)
        drone.is_told_away = True

    def _leave_board(self, drone: Drone) -> None:
        drone.is_off = False
        self._boards.drone_taken(drone.number, self._boards.pool_at(drone.place))

    # shifts

    def change_shifts(self) -> None:
        """Offer drones whose shift has begun, and take those off the board whose shift is over."""
        for drone in self.drones:
            is_over = self._on_shift_ms(drone, self._clock.now_ms) > self._clock.now_ms
            if drone.is_off and not is_over:
                drone.is_off = False
                self._boards.drone_free(drone.number, place=drone.place, charge=drone.charge, full_wh=drone.full_wh)
            elif is_over and self._boards.drones.is_free[drone.number]:
                drone.is_off = True
                self._boards.drone_taken(drone.number, self._boards.pool_at(drone.place))
                self._note_busy(drone, drone.place, Readiness(self._clock.now_ms, drone.charge, drone.full_wh))

    def shift_changes_ms(self) -> list[int]:
        """List when drones' shifts begin or end from now on."""
        every = {at_ms for presence in self._shifts.values() for at_ms in presence.changes_ms()}
        return sorted(at_ms for at_ms in every if at_ms > self._clock.now_ms)

    def _on_shift_ms(self, drone: Drone, at_ms: int) -> int:
        """Give the first moment at or after a time at which a drone is in service, by the shifts of its home."""
        presence = self._shifts.get(drone.home)
        return at_ms if presence is None else presence.from_ms(drone.rank, at_ms)

    # what the dispatcher asks for

    def take(self, drone: int, order: int, *, home: int | None = None) -> None:
        """Give a free drone its next order; after that it lands at ``home``, None: where the order begins.

        Where the parcel is ready and the drone beside it, the sortie is booked on the spot and the drone is
        called when it is over; otherwise it is called at once.
        """
        chosen, takeoff_point, now_ms = self.drones[drone], self._book.takeoff_point[order], self._clock.now_ms
        chosen.order, chosen.lands_at = order, -1 if home is None else home
        called_ms = now_ms
        is_there = chosen.place == takeoff_point
        if is_there and self._book.will_be_ready_ms[order] <= now_ms:
            sortie = self._book_sortie(chosen)
            if sortie is None:
                self._put_off(chosen)
                self._boards.drone_free(drone, place=chosen.place, charge=chosen.charge, full_wh=chosen.full_wh)
                return
            called_ms = sortie.over_ms
        else:
            self._boards.will_load(order)
            leg = None if is_there else self._scene.planner.known_leg(chosen.place, takeoff_point)
            spent = 0.0 if leg is None else leg.empty_wh / self._full_wh(chosen)
            self._expect_sortie(chosen, now_ms + (0 if leg is None else leg.land_ms), chosen.charge - spent)
        self._clock.ring_at(chosen.call, called_ms, takeoff_point)

    def send_to(self, order: int, airport: int) -> None:
        """Give an order of the queue another airport, from which its customer fetches it."""
        self._booking.send_to(order, airport)

    def move(self, drone: int, takeoff_point: int) -> None:
        """Send a free drone to another take-off point."""
        self._clock.ring_at(self.drones[drone].call, self._clock.now_ms, takeoff_point)

    def turn_around(self, drone: int, needed_wh: float) -> None:
        """Let the pack of a free drone be swapped or charged before it is due, for an order that needs so much."""
        chosen = self.drones[drone]
        chosen.is_turning = True
        chosen.needed_wh = needed_wh
        self._clock.ring_at(chosen.call, self._clock.now_ms, chosen.base)

    def turn_around_early(self, drone: int) -> None:
        """Let the pack of a free drone on its stand be swapped or charged because the policy says so, and note that."""
        self._scene.ledger.incident(self._clock.now_ms, EARLY_TURNAROUND.name, BY_POLICY, drone=drone)
        self.turn_around(drone, 0.0)

    def best_wh(self, drone: int) -> float:
        """Tell what the best pack holds that a drone may have at its stand."""
        return self.batteries.best_wh(self.drones[drone])

    def _book_sortie(self, drone: Drone) -> Sortie | None:
        """Book the sortie of a drone's order; None where flying is forecast to stop too soon for it."""
        sortie = self._booking.book(drone)
        if sortie is None:
            return None
        self._cabinets.expect(sortie.order, sortie.unloaded_ms)
        if sortie.loading_ms > self._clock.now_ms:
            self._boards.will_load(sortie.order, sortie.loading_ms)
        else:
            self._boards.loads_now(sortie.order)
        self.tell(drone, sortie)
        return sortie

    def _book_empty(self, drone: Drone, takeoff_point: int) -> None:
        self.tell(drone, self._booking.book_empty(drone, takeoff_point))

    def tell(self, drone: Drone, sortie: Sortie) -> None:
        """Tell the boards, and those who watch, what is expected of a sortie that was booked or edited."""
        last = sortie.flights[-1]
        if sortie.home is None and drone.order != -1 and not sortie.stays:
            self._expect_sortie(drone, sortie.landed_ms, last.charge_end)
        else:
            self._expect(drone, last.leg.destination, last.charge_end, sortie.over_ms)
        for watch in self.watchers:
            watch(drone)

    def _expect(self, drone: Drone, place: int, charge: float, at_ms: int, *, begins_ms: int | None = None) -> None:
        """Tell the boards when a drone will be ready again that comes to a stand with a charge.

        ``begins_ms``: when its sortie is expected to begin, of one that is not booked yet; the later that is, the later
        is all else.
        """
        if place >= self._airports_from:
            self._expect_at_airport(drone, place, charge, at_ms, begins_ms=begins_ms)
            return
        ready = self.batteries.expected(drone, place, charge, at_ms)
        if self.upkeep is not None:
            ready = ready._replace(at_ms=self.upkeep.expected_ms(drone, ready.at_ms))
        self._note_busy(drone, place, ready, rest_ms=0 if begins_ms is None else ready.at_ms - begins_ms)

    def _expect_at_airport(
        self, drone: Drone, airport: int, charge: float, at_ms: int, *, begins_ms: int | None
    ) -> None:
        """Tell the boards when a drone will be ready that comes to an airport: there, or at home if its pack is due."""
        if self.batteries.is_due(charge):
            base = drone.base if drone.order == -1 else self._book.takeoff_point[drone.order]
            leg = self._scene.planner.known_leg(airport, base)
            left = charge - leg.empty_wh / self._full_wh(drone)
            home_ms = at_ms + self._scene.times.check_ms + leg.land_ms
            self._expect(drone, base, left, home_ms, begins_ms=begins_ms)
            return
        rest_ms = 0 if begins_ms is None else at_ms - begins_ms
        self._note_busy(drone, airport, Readiness(at_ms, charge, drone.full_wh), rest_ms=rest_ms)

    def _expect_sortie(self, drone: Drone, there_ms: int, charge: float) -> None:
        """Tell the boards when a drone will be ready again that waits for its parcel from a time on, by plan."""
        plan, orders = self._booking.plan_for(drone), self._boards.orders
        takeoff_point = self._book.takeoff_point[drone.order]
        begins_ms = max(there_ms, orders.expected_ready_ms[drone.order])
        if plan is None:
            # its way is barred by now; it will be asked again when the parcel is there
            self._note_busy(drone, takeoff_point, Readiness(begins_ms, charge, drone.full_wh))
            return
        if self._stays:
            left = charge - self._scene.plans.out_wh[drone.order] / self._full_wh(drone)
            there, unloaded_ms = plan.out.destination, begins_ms + plan.deliver_ms
            self._expect(drone, there, left, unloaded_ms, begins_ms=begins_ms)
            return
        spent = (self._scene.plans.out_wh[drone.order] + plan.home.empty_wh) / self._full_wh(drone)
        home, home_ms = plan.home.destination, begins_ms + plan.times.home_ms
        self._expect(drone, home, charge - spent, home_ms, begins_ms=begins_ms)

    def _full_wh(self, drone: Drone) -> float:
        """Tell what a drone's pack gives in the air of now when it is full."""
        return drone.full_wh * self._scene.planner.air.pack_share

    def _note_busy(self, drone: Drone, place: int, ready: Readiness, *, rest_ms: int = 0) -> None:
        until_ms = self._on_shift_ms(drone, ready.at_ms)
        row = DroneRow(place, ready.charge, ready.full_wh, until_ms, rest_ms, False)
        self._boards.drone_busy(drone.number, row)

    def write_down(self, drone: Drone, sortie: Sortie) -> None:
        """Write a sortie down for good: its flights, the charge they leave, the time aloft."""
        self._scene.ledger.end_sortie(sortie, drone=drone.number, pack=drone.pack)
        drone.charge = sortie.flights[-1].charge_end
        drone.sorties += 1
        for flight in sortie.flights:
            drone.flown_ms += flight.ended_ms - flight.departed_ms

    # the story of a drone

    def _work(self, drone: Drone) -> Story:
        while True:
            try:
                takeoff_point: int = yield drone.call
                if drone.sortie is None:
                    yield from self._fetch(drone, takeoff_point)
                if drone.sortie is not None:
                    if self._clock.now_ms < drone.sortie.over_ms:
                        yield from self._fly(drone)
                    self._come_home(drone)
            except simpy.Interrupt as interrupt:
                if interrupt.cause == REPLANNED:
                    drone.call = self._clock.until(self._clock.now_ms)
                    continue
                if interrupt.cause == GONE:
                    return
                if interrupt.cause == DOWN:
                    yield from self._come_back_by_road(drone)
            yield from self._get_ready(drone)
            self._stand_by(drone)

    def _get_ready(self, drone: Drone) -> Story:
        """Have the pack of a drone on its stand swapped or charged, and the drone inspected, where that is due.

        One whose pack is due at an airport flies home first.
        """
        if drone.place >= self._airports_from:
            if not self.batteries.is_due(drone.charge):
                return
            yield from self._fetch(drone, drone.base)
        is_kept = (yield from self._ask_about_pack(drone)) if self._may_keep else False
        if not is_kept and (ready_ms := self._turn_around(drone)) > self._clock.now_ms:
            yield self._clock.until(ready_ms)
        if self.upkeep is not None and self.upkeep.is_due(drone):
            yield from self._inspect(drone, self.upkeep)

    def _ask_about_pack(self, drone: Drone) -> Generator[Event, Any, bool]:
        """Tell whether the policy, which is asked in this instant, lets a drone keep a pack that is due."""
        if drone.is_turning or not self.batteries.is_due(drone.charge):
            return False
        if not self._boards.ask_about_pack(drone.number, place=drone.place, charge=drone.charge):
            return False
        self._asked[drone.number] = answer = self._clock.event()
        return bool((yield answer))

    def answer_about_pack(self, drone: int, *, is_kept: bool) -> None:
        """Go on with a drone that the policy was asked about; note what it kept."""
        if is_kept:
            self._scene.ledger.incident(self._clock.now_ms, PACK_KEPT.name, BY_POLICY, drone=drone)
        del self._boards.due[drone]
        self._clock.ring_at(self._asked.pop(drone), self._clock.now_ms, is_kept)

    def _fetch(self, drone: Drone, takeoff_point: int) -> Story:
        """Fly to the take-off point, wait there for the parcel, and book its sortie; or give the order up."""
        if takeoff_point != drone.place:
            self._book_empty(drone, takeoff_point)
            yield from self._fly(drone)
            self._come_home(drone)
        if drone.order != -1:
            yield self._scene.parcels.until_ready(drone.order)
            if not self._booking.is_possible(drone):
                self._give_up(drone)
            elif self._book_sortie(drone) is None:
                self._note_revoked(drone, drone.order, PUT_OFF)
                self._put_off(drone)

    def _fly(self, drone: Drone) -> Story:
        """Wait until a drone's sortie is over, whatever becomes of it meanwhile."""
        while self._clock.now_ms < (over_ms := _sortie(drone).over_ms):
            try:
                yield self._clock.until(over_ms)
            except simpy.Interrupt as interrupt:
                if interrupt.cause != REPLANNED:
                    raise
                if drone.sortie is None:
                    # it was planned anew and comes down, in one instant: that interrupt is the next
                    yield self._clock.until(self._clock.now_ms)

    def _come_home(self, drone: Drone) -> None:
        """Write a sortie down that is over."""
        sortie = _sortie(drone)
        self.write_down(drone, sortie)
        drone.place = sortie.flights[-1].leg.destination
        if drone.place < self._airports_from:
            drone.base = drone.place
        drone.sortie = None
        if sortie.stop is not None:
            drone.order = -1

    def _turn_around(self, drone: Drone) -> int:
        now_ms = self._clock.now_ms
        self._timetable.past_ms = now_ms
        ready_ms = self.batteries.turn_around(drone, now_ms)
        fitted_ms = self.batteries.fitted_ms(drone, ready_ms)
        if fitted_ms > now_ms:
            pool = self._boards.pool_at(drone.place)
            self._boards.waits.packless.append(pool.number, now_ms, fitted_ms)
        back_ms = ready_ms if self.upkeep is None else self.upkeep.expected_ms(drone, ready_ms)
        self._note_busy(drone, drone.place, Readiness(back_ms, drone.charge, drone.full_wh))
        return ready_ms

    def _inspect(self, drone: Drone, upkeep: Upkeep) -> Story:
        """Inspect a drone on its stand, and let it be repaired if that finds something."""
        inspected_ms = upkeep.inspect(drone, self._clock.now_ms)
        yield self._clock.until(inspected_ms)
        back_ms = upkeep.repair(drone, inspected_ms)
        if back_ms != inspected_ms:
            yield from self._be_away(drone, back_ms)

    def _come_back_from_repair(self, drone: Drone, back_ms: int | None) -> Story:
        """Begin the day in repair, and come back into service if that ends today."""
        yield from self._be_away(drone, back_ms)
        self._stand_by(drone)
        yield from self._work(drone)

    def _be_away(self, drone: Drone, back_ms: int | None) -> Story:
        """Be in repair until a time; None: for the day."""
        until_ms = LAST_MS if back_ms is None else back_ms
        self._note_busy(drone, drone.place, Readiness(until_ms, drone.charge, drone.full_wh))
        yield self._clock.until(until_ms)

    def _come_back_by_road(self, drone: Drone) -> Story:
        """Fetch a drone that came down somewhere, and mend it."""
        back_ms = self._clock.now_ms + self._scene.times.recovery_ms
        self._expect(drone, drone.home, drone.charge, back_ms)
        yield self._clock.until(back_ms)
        drone.place = drone.base = drone.home

    # bookings that are taken back

    def recall(self, order: int) -> None:
        """Take an order back that a policy wants back; its loading has not begun."""
        self.revoke(self.drones[self._book.drone[order]], action=RECALLED)

    def revoke(self, drone: Drone, *, is_returned: bool = True, action: str = REVOKED_ON_GROUND) -> None:
        """Take back an assignment; the order joins the queue again and the drone its stand.

        A drone on an empty leg flies on without an order.
        """
        order, sortie = drone.order, drone.sortie
        if sortie is None or sortie.order != -1:
            self._stay(drone, sortie)
        self._unbook(drone, sortie)
        self._note_revoked(drone, order, action)
        if is_returned:
            self._boards.return_order(order)

    def revoke_empty(self, drone: Drone) -> None:
        """Take back an empty leg that has not begun; the drone stays on its stand."""
        self._stay(drone, drone.sortie)
        self._note_revoked(drone, -1, REVOKED_ON_GROUND)

    def _stay(self, drone: Drone, sortie: Sortie | None) -> None:
        airspace, now_ms = self._scene.network.airspace, self._clock.now_ms
        if sortie is not None:
            airspace.revoke(sortie.clearance, now_ms=now_ms)
            airspace.release_path(drone.number, after_ms=now_ms)
        drone.sortie = None
        drone.process.interrupt(REVOKED)

    def _give_up(self, drone: Drone) -> None:
        """Let a drone that can't fly its order any more, since the wind or the routes have changed, give it back."""
        self._note_revoked(drone, drone.order, NO_WAY)
        self.return_order(drone)

    def _put_off(self, drone: Drone) -> None:
        """Give an order back whose sortie would not be over when flying is forecast to stop, until that is known."""
        order, air = drone.order, self._scene.planner.air
        self.return_order(drone)
        self._boards.put_off(order, max(to_ms(min(air.until_s, air.may_fly_until_s)), self._clock.now_ms + 1))
        self._boards.waits.say([order], [WEATHER], self._clock.now_ms)

    def return_order(self, drone: Drone) -> None:
        """Give the order of a drone that can't fetch it back to the queue."""
        order = drone.order
        self._unbook(drone, None)
        self._boards.return_order(order)

    def _unbook(self, drone: Drone, sortie: Sortie | None) -> None:
        now_ms = requested_ms = loading_ms = self._clock.now_ms
        if sortie is not None and sortie.order != -1:
            requested_ms, loading_ms = sortie.out.requested_ms, sortie.loading_ms
        self._boards.waits.take_back(drone.order, requested_ms=requested_ms, loading_ms=loading_ms, now_ms=now_ms)
        self._boards.loads_now(drone.order)
        self._cabinets.release(drone.order)
        self._book.unassign(drone.order)
        drone.order = -1

    def _note_revoked(self, drone: Drone, order: int, action: str) -> None:
        now_ms = self._clock.now_ms
        self._scene.ledger.incident(now_ms, BOOKING_REVOKED.name, action, drone=drone.number, order=order)

    def has_loaded(self, order: int) -> bool:
        """Tell whether an assigned order's parcel has been on its drone, even if that is only checked by now."""
        drone = self.drones[self._book.drone[order]]
        sortie = drone.sortie
        if drone.order != order:
            return True
        return sortie is not None and sortie.order == order and sortie.loaded_ms <= self._clock.now_ms

    # losses

    def write_off(self, drone: Drone) -> None:
        """Take a lost drone out of the fleet; a spare takes its place as soon as it is ready."""
        now_ms = self._clock.now_ms
        drone.is_in_service = False
        self.batteries.take_off_drone(drone, now_ms)
        self._boards.drone_out(drone.number, place=drone.home)
        if self._spares[drone.home] > 0:
            self._spares[drone.home] -= 1
            self._clock.call_at(now_ms + self._scene.times.spare_ready_ms, self._spare_takes_over, drone.home)

    def _spare_takes_over(self, event: Event) -> None:
        place: int = event.value  # type: ignore[assignment]
        self.commission(place, self.batteries.new_pack())

    # at the end of a day

    def is_out(self) -> bool:
        """Tell whether a drone is still on a sortie: being loaded, in the air, or at an airport."""
        now_ms = self._clock.now_ms
        return any(drone.sortie is not None and drone.sortie.begins_ms <= now_ms for drone in self.drones)

    def close(self, closed_ms: int) -> None:
        """Write down the sorties that are booked or flown when the day ends, and the packs that are on drones."""
        legs = self._scene.planner.legs_of
        for drone in self.drones:
            if drone.sortie is not None:
                drone.sortie.stop_at(closed_ms, legs)
                self.write_down(drone, drone.sortie)
            if drone.is_in_service:
                self.batteries.take_off_drone(drone, closed_ms)
            stands = drone.sortie is None or drone.sortie.departed_ms > closed_ms
            if self._lands_anywhere and drone.is_in_service and stands and drone.place != drone.home:
                self._note_away(drone, closed_ms, DAY_ENDS)


def _shifts(inputs: SimulationInputs) -> dict[int, Presence]:
    """Give the shifts of drones by the number of their take-off point."""
    shifts, ids = inputs.rules.shifts.get("drone", {}), inputs.places.ids
    return {ids.index(site): Presence(steps, over_ms=inputs.over_ms) for site, steps in shifts.items()}


def _sortie(drone: Drone) -> Sortie:
    """Give the sortie of a drone that has one."""
    if drone.sortie is None:
        raise AssertionError(f"drone {drone.number} has no sortie")
    return drone.sortie

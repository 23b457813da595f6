"""What goes wrong, and what becomes of the bookings: revoked, held, diverted, returned, or lost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.airspace import NOTHING_KEPT, Clearance
from dronesim.simulation.batteries import Batteries
from dronesim.simulation.book import OrderBook
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.clock import Clock
from dronesim.simulation.courses import course_of, plan_of, share_flown
from dronesim.simulation.dispatcher import Dispatcher
from dronesim.simulation.diversions import Diversions, WayOut
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.fleet import FAILED, REPLANNED, REVOKED, Fleet
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import Ledger, LegRow
from dronesim.simulation.logbook import Logbook
from dronesim.simulation.network import Network
from dronesim.simulation.rules import ScriptedEvent
from dronesim.units import MS, to_ms


class Disruptions:
    """Revokes bookings, of drones on the ground and in the air.

    Flights in the air come first: before one of them is cleared anew, the booking of every drone that has
    not departed is revoked, and the dispatcher assigns those orders again in the same instant.
    """

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        book: OrderBook,
        ledger: Ledger,
        network: Network,
        logbook: Logbook,
        cabinets: Cabinets,
        batteries: Batteries,
        dispatcher: Dispatcher,
        fleet: Fleet,
        diversions: Diversions,
    ) -> None:
        self._clock = clock
        self._book = book
        self._ledger = ledger
        self._network = network
        self._logbook = logbook
        self._cabinets = cabinets
        self._batteries = batteries
        self._dispatcher = dispatcher
        self._fleet = fleet
        self._diversions = diversions
        self._sites = inputs.places.ids
        self._xy = inputs.places.xy
        self._road_mps = inputs.rules.couriers.road_mps
        self._road_detour = inputs.rules.couriers.road_detour
        self._spare_ready_ms = to_ms(inputs.rules.fleet.spare_ready_s)
        self._spares = list(inputs.rules.fleet.spares)
        fleet.on_failure = self.plan_failure
        fleet.on_unable = self.give_up
        fleet.on_road = self.go_by_road

    def schedule(self, events: tuple[ScriptedEvent, ...]) -> None:
        """Put the scripted events on the clock."""
        actions = {
            "airport_closed": self._airport_closes,
            "drone_fails": self._scripted_failure,
            "divert": self._scripted_divert,
        }
        for event in events:
            self._clock.call_at(to_ms(event.at_s), actions[event.kind], event)

    # scripted events

    def _airport_closes(self, event: Event) -> None:
        script: ScriptedEvent = event.value  # type: ignore[assignment]
        now_ms, site = self._clock.now_ms, self._network.airport_site(script.airport)
        until_ms = now_ms + to_ms(script.duration_s)
        self._ledger.incident(now_ms, "airport_closed", site=self._sites[site], action="closed")
        self._dispatcher.close_airport(script.airport, until_ms)
        self.revoke_on_ground()
        bound = self._outbound(site)
        for drone, sortie in bound:
            self.give_back(drone, sortie)
        for drone, sortie in self._standing_at(site):
            self.give_back(drone, sortie)
            self._diversions.detain(drone, sortie, until_ms)
            self.tell(drone, sortie, "airport_closed", "stays on the pad")
        for drone, sortie in bound:
            self.redirect(drone, sortie, cause="airport_closed", reopens_ms=until_ms)

    def _scripted_divert(self, event: Event) -> None:
        script: ScriptedEvent = event.value  # type: ignore[assignment]
        site = None if script.airport == -1 else self._network.airport_site(script.airport)
        bound = [
            (drone, sortie)
            for drone, sortie in self._outbound(site)
            if script.drone in {-1, drone.number} and not sortie.is_diverted
        ]
        if not bound:
            self._ledger.incident(self._clock.now_ms, "divert", action="nothing: no such drone is outbound")
            return
        drone, sortie = bound[0]
        self.revoke_on_ground()
        self.give_back(drone, sortie)
        self.redirect(drone, sortie, cause="divert")

    def _scripted_failure(self, event: Event) -> None:
        script: ScriptedEvent = event.value  # type: ignore[assignment]
        loaded = [drone for drone, _ in self._outbound(None)]
        if script.drone != -1:
            self._fail_when_aloft(self._fleet.drones[script.drone])
        elif loaded:
            self._fail_when_aloft(loaded[0])
        else:
            action = "nothing: no drone is in the air with a parcel"
            self._ledger.incident(self._clock.now_ms, "drone_fails", action=action)

    def _fail_when_aloft(self, drone: Drone) -> None:
        drone.is_loss = True
        if self._is_aloft(drone):
            self.fail(drone)
        else:
            drone.budget_ms = drone.flown_ms
            action = "fails at its next take-off"
            self._ledger.incident(self._clock.now_ms, "drone_fails", drone=drone.number, action=action)

    # who is where

    def _outbound(self, site: int | None) -> list[tuple[Drone, Sortie]]:
        """List drones that carry a parcel in the air, to one site or anywhere, by number."""
        now_ms = self._clock.now_ms
        return [
            (drone, sortie)
            for drone, sortie in self._busy()
            if sortie.stage == Stage.OUTBOUND and now_ms < sortie.landed_ms and (site is None or sortie.site == site)
        ]

    def _standing_at(self, site: int) -> list[tuple[Drone, Sortie]]:
        """List drones on an airport's pads, by number."""
        now_ms = self._clock.now_ms
        return [
            (drone, sortie)
            for drone, sortie in self._busy()
            if sortie.site == site
            and (
                (sortie.stage == Stage.OUTBOUND and sortie.landed_ms <= now_ms)
                or (sortie.stage == Stage.HOMEWARD and now_ms < sortie.leave_ms)
            )
        ]

    def _busy(self) -> list[tuple[Drone, Sortie]]:
        return [(drone, drone.sortie) for drone in self._fleet.drones if drone.sortie is not None]

    def _is_aloft(self, drone: Drone) -> bool:
        now_ms, sortie = self._clock.now_ms, drone.sortie
        if drone.leg is None:
            return False
        if sortie is None:
            return True
        if sortie.stage == Stage.OUTBOUND:
            return now_ms < sortie.landed_ms
        return sortie.leave_ms <= now_ms < sortie.home_landed_ms

    # on the ground

    def revoke_on_ground(self) -> None:
        """Take back the bookings of all drones that have not departed."""
        for drone in self._fleet.drones:
            if drone.order != -1 and (drone.sortie is None or drone.sortie.stage == Stage.BOOKED):
                self._revoke(drone)

    def _revoke(self, drone: Drone, *, is_returned: bool = True) -> None:
        """Take back an assignment; the order joins the queue again and the drone its stand.

        A drone on an empty leg flies on without an order.
        """
        order, now_ms = drone.order, self._clock.now_ms
        is_deadheading = drone.sortie is None and drone.clearance is not None
        if drone.sortie is not None:
            self._network.airspace.revoke(drone.sortie.clearance, now_ms=now_ms)
            self._network.airspace.release_path(drone.number, after_ms=now_ms)
        drone.order = -1
        if not is_deadheading:
            drone.process.interrupt(REVOKED)
        self._cabinets.release(order)
        self._book.unassign(order)
        self._ledger.incident(now_ms, "booking_revoked", drone=drone.number, order=order, action="revoked")
        if is_returned:
            self._dispatcher.return_order(order)

    def revoke_empty_leg(self, drone: Drone, clearance: Clearance) -> None:
        """Take back an empty leg that has not begun; the drone stays on its stand."""
        now_ms = self._clock.now_ms
        self._network.airspace.revoke(clearance, now_ms=now_ms)
        self._network.airspace.release_path(drone.number, after_ms=now_ms)
        self._ledger.incident(now_ms, "booking_revoked", drone=drone.number, action="revoked")
        drone.process.interrupt(REVOKED)

    def cancel(self, order: int) -> None:
        """Drop an order whose customer has lost patience."""
        drone = self._book.drone[order]
        if self._is_loaded(drone):
            return
        if drone == -1:
            self._dispatcher.remove_order(order)
        else:
            self._revoke(self._fleet.drones[drone], is_returned=False)
        self._book.end(order, "cancelled", self._clock.now_ms, "patience")

    def _is_loaded(self, drone: int) -> bool:
        """Tell whether a drone has its parcel, and is only checked before it takes off."""
        sortie = None if drone == -1 else self._fleet.drones[drone].sortie
        return sortie is not None and sortie.loading_ms + sortie.plan.load_ms <= self._clock.now_ms

    # in the air

    def give_back(self, drone: Drone, sortie: Sortie) -> None:
        """Give pads, lanes and crews back; the path stays the drone's until it has another."""
        self._revoke_clearance(drone, sortie.clearance)
        drone.clearance = None

    def _revoke_clearance(self, drone: Drone, clearance: Clearance) -> None:
        """Take a clearance back, but not the column and the lane that a drone is in which has just taken off."""
        row, kept = drone.leg, NOTHING_KEPT
        if row is not None and row.kind != "divert" and self._is_aloft(drone):
            kept = self._network.way_off(row.origin, flies_off_ms=row.motion_from_ms)
        self._network.airspace.revoke(clearance, now_ms=self._clock.now_ms, kept=kept)

    def redirect(self, drone: Drone, sortie: Sortie, *, cause: str, reopens_ms: int | None = None) -> None:
        """Find another end for a flight: hold until the airport opens, another airport, home, or come down."""
        if reopens_ms is not None and self._diversions.hold(drone, sortie, max(reopens_ms, sortie.arrived_ms)):
            self.tell(drone, sortie, cause, "holds" if sortie.hold_ms else "goes on")
            return
        for way in self._diversions.ways_out(drone, sortie):
            clearance = self._diversions.book_landing(drone, sortie, way)
            if clearance is not None:
                self._divert(drone, sortie, cause=cause, way=way, clearance=clearance)
                return
        drone.is_loss = False
        self.fail(drone)

    def _divert(self, drone: Drone, sortie: Sortie, *, cause: str, way: WayOut, clearance: Clearance) -> None:
        self._logbook.cut_short(
            drone,
            sortie.out_leg,
            spent_wh=self._diversions.spent_wh(sortie, way.turn.at_ms),
            course=way.turn.course,
            hold_ms=way.turn.hold_ms,
            outcome="diverted",
        )
        self._diversions.begin_divert(drone, sortie, way)
        if not sortie.is_diverted:
            self._cabinets.release(sortie.order)
            self._book.box[sortie.order] = -1
        sortie.is_diverted = True
        drone.clearance = clearance
        self._diversions.follow(sortie, way, clearance)
        self.tell(drone, sortie, cause, "returns" if way.site == sortie.origin else "diverts")

    def tell(self, drone: Drone, sortie: Sortie, cause: str, action: str) -> None:
        """Write down what a drone does about what went wrong, and let it follow its new plan."""
        leg = sortie.return_leg if sortie.stage == Stage.HOMEWARD else sortie.out_leg
        self._ledger.incident(
            self._clock.now_ms,
            cause,
            site=self._sites[sortie.site],
            drone=drone.number,
            order=sortie.order,
            leg=leg.leg,
            action=action,
        )
        drone.process.interrupt(REPLANNED)

    def go_by_road(self, order: int, xy: NDArray[Any]) -> None:
        """Let a courier bring a rescued parcel from a point to the community's airport."""
        target = self._network.airport_site(self._book.airport[order])
        distance_m = self._road_detour * float(np.hypot(*(self._xy[target] - xy)))
        self._clock.call_at(self._clock.now_ms + to_ms(distance_m / self._road_mps), self._arrive_by_road, order)

    def _arrive_by_road(self, event: Event) -> None:
        order: int = event.value  # type: ignore[assignment]
        self._book.end(order, "ground", self._clock.now_ms, "diverted")

    # failures

    def plan_failure(self, drone: Drone, at_ms: int) -> None:
        """Let a drone fail at a time, if it is then still on the leg that it is on now."""
        self._clock.call_at(at_ms, self._budget_ends, (drone, drone.leg))

    def _budget_ends(self, event: Event) -> None:
        drone, leg = event.value  # type: ignore[misc]
        if drone.leg is not leg:
            return
        if self._is_aloft(drone):
            self.fail(drone)
        elif drone.sortie is not None:
            self.plan_failure(drone, drone.sortie.leave_ms + 1)

    def fail(self, drone: Drone) -> None:
        """Bring a drone down where it is: it is lost, or it lands safely somewhere and is fetched by road.

        One that is on its way to a turn comes down there.
        """
        now_ms, row = self._clock.now_ms, drone.leg
        if row is None:
            raise AssertionError(f"drone {drone.number} fails on the ground")
        if now_ms < row.departed_ms:
            self._clock.call_at(row.departed_ms, self._fails_at_turn, (drone, row))
            return
        if drone.clearance is not None:
            self._revoke_clearance(drone, drone.clearance)
        self._network.airspace.release_path(drone.number, after_ms=now_ms)
        drone.budget_ms = None
        self._lose_order(drone, self._come_down(drone, row))
        drone.sortie = drone.clearance = None
        drone.order = -1
        drone.process.interrupt(FAILED)
        if drone.is_loss:
            self._write_off(drone)

    def _come_down(self, drone: Drone, row: LegRow) -> NDArray[Any]:
        """End a leg where its drone is; gives that place, ``(2,)`` in metres."""
        now_ms, hold_ms = self._clock.now_ms, self._hold_ms(drone)
        flown = course_of(row, self._fleet.planner, hold_ms=hold_ms).part(-np.inf, now_ms / MS)
        self._logbook.cut_short(
            drone,
            row,
            spent_wh=self._spent_wh(drone, row),
            course=flown,
            hold_ms=min(max(now_ms - row.cruise_to_ms, 0), hold_ms),
            outcome="lost" if drone.is_loss else "down",
        )
        action = "lost" if drone.is_loss else "lands safely, fetched by road"
        self._ledger.incident(now_ms, "drone_fails", drone=drone.number, order=row.order, leg=row.leg, action=action)
        return flown.points_m[-1, :2]

    def _fails_at_turn(self, event: Event) -> None:
        drone, row = event.value  # type: ignore[misc]
        # it may have been diverted once more before its turn
        if drone.leg is not None and drone.leg.sortie == row.sortie and self._is_aloft(drone):
            self.fail(drone)

    def _hold_ms(self, drone: Drone) -> int:
        """How long a drone in the air is to wait over the end of its leg."""
        sortie = drone.sortie
        if sortie is None:
            return 0
        return sortie.hold_ms if sortie.stage == Stage.OUTBOUND else sortie.home_hold_ms

    def _spent_wh(self, drone: Drone, row: LegRow) -> float:
        """Energy of a failing drone's leg up to now, by share of its time."""
        sortie, now_ms = drone.sortie, self._clock.now_ms
        if sortie is not None and sortie.stage == Stage.OUTBOUND:
            return self._diversions.spent_wh(sortie, now_ms)
        if sortie is not None:
            return sortie.home_wh * share_flown(row, at_ms=now_ms, landed_ms=sortie.home_landed_ms)
        plan = plan_of(row, self._fleet.planner)
        return plan.empty_wh * share_flown(row, at_ms=now_ms, landed_ms=row.departed_ms + plan.land_ms)

    def _lose_order(self, drone: Drone, position: NDArray[Any]) -> None:
        order, sortie = drone.order, drone.sortie
        if sortie is None:
            if order != -1:
                self._unbook(drone, order)
        elif sortie.stage == Stage.OUTBOUND:
            if not sortie.is_diverted:
                self._cabinets.release(order)
                self._book.box[order] = -1
            if drone.is_loss:
                self._book.end(order, "lost", self._clock.now_ms, "drone_failure")
            else:
                self.go_by_road(order, position)

    def give_up(self, drone: Drone) -> None:
        """Let a drone that can't fly its order any more give it back."""
        order = drone.order
        action = "revoked: no energy or no way for it any more"
        self._ledger.incident(self._clock.now_ms, "booking_revoked", drone=drone.number, order=order, action=action)
        self._unbook(drone, order)

    def _unbook(self, drone: Drone, order: int) -> None:
        """Give the order of a drone that can't fetch it back to the queue."""
        drone.order = -1
        self._cabinets.release(order)
        self._book.unassign(order)
        self._dispatcher.return_order(order)

    def _write_off(self, drone: Drone) -> None:
        now_ms = self._clock.now_ms
        drone.is_in_service = False
        self._batteries.take_off_drone(drone, now_ms)
        self._dispatcher.drone_out(drone.number, place=drone.home)
        if self._spares[drone.home] > 0:
            self._spares[drone.home] -= 1
            self._clock.call_at(now_ms + self._spare_ready_ms, self._spare_takes_over, drone.home)

    def _spare_takes_over(self, event: Event) -> None:
        place: int = event.value  # type: ignore[assignment]
        self._fleet.commission(place, self._batteries.new_pack())

"""Remedies, for a flight of any kind: hold, lead around, land elsewhere, return, stay, come down, revoke."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from dronesim.airspace import NOTHING_KEPT, Clearance
from dronesim.record.incidents import DIVERTS, DRONE_FAILS, FETCHED, GOES_ON, HOLDS, LOST, RETURNS
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.drone import Drone
from dronesim.simulation.fleet import FAILED, REPLANNED, Fleet
from dronesim.simulation.flight import Flight
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.road import Road
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.ways_out import WayOut, WaysOut
from dronesim.units import MS


class Remedies:
    """What can be done about trouble; each remedy edits what is booked and tells who goes by it.

    Flights in the air come first: where one of them finds no other end among what is booked, the booking of every drone
    that has not departed is revoked, and the dispatcher assigns those orders again in the same instant.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, cabinets: Cabinets, road: Road) -> None:
        self.scene = scene
        self.fleet = fleet
        self.sites = inputs.places.ids
        self._cabinets = cabinets
        self._road = road
        self._ways = WaysOut(inputs, scene)
        self._xy = inputs.places.xy
        self._usable_wh = inputs.aircraft.drone_type.usable_wh

    @property
    def now_ms(self) -> int:
        """Time of the current instant."""
        return self.scene.clock.now_ms

    # who is where

    def carrying(self, site: int | None = None) -> list[tuple[Drone, Sortie]]:
        """List drones that carry a parcel in the air, to one site or anywhere, by number."""
        return [(drone, sortie) for drone, sortie in self.out() if self._is_carrying(sortie, site)]

    def _is_carrying(self, sortie: Sortie, site: int | None) -> bool:
        return sortie.is_carrying(self.now_ms) and (site is None or sortie.site == site)

    def standing_at(self, site: int) -> list[tuple[Drone, Sortie]]:
        """List drones on an airport's pads, by number."""
        now_ms = self.now_ms
        return [(drone, sortie) for drone, sortie in self.out() if sortie.site == site and sortie.is_standing(now_ms)]

    def out(self) -> list[tuple[Drone, Sortie]]:
        """List drones with a sortie that is booked or flown, by number."""
        return [(drone, drone.sortie) for drone in self.fleet.drones if drone.sortie is not None]

    # on the ground

    def revoke_on_ground(self) -> None:
        """Take back the bookings of all drones that have not departed."""
        for drone in self.fleet.drones:
            if drone.is_waiting(self.now_ms):
                self.fleet.revoke(drone)

    def revoke_bound_for(self, airport: int) -> None:
        """Take back what has not departed of all that is bound for an airport, by number among airports."""
        for drone in self.fleet.drones:
            if drone.is_waiting(self.now_ms) and self.scene.book.airport[drone.order] == airport:
                self.fleet.revoke(drone)

    def revoke_changed(self, *, is_all: bool = False) -> None:
        """Take back what has not departed and would be planned otherwise now, or all that has not."""
        now_ms = self.now_ms
        for drone, sortie in self.out():
            if now_ms < sortie.departed_ms and (is_all or not self.is_as_planned(sortie)):
                if drone.is_waiting(now_ms):
                    self.fleet.revoke(drone)
                if sortie.order == -1:
                    self.fleet.revoke_empty(drone)

    def stay(self, drone: Drone, sortie: Sortie, until_ms: int, *, cause: str, action: str) -> None:
        """Keep a drone on the airport's pad until a time, then let it go home, as planned where no way is open."""
        home = _booked_home(drone, sortie)
        self.give_back(sortie)
        leg = self.way_home(sortie)
        if leg is None:
            # it leaves no sooner than it was to: it may wait for another wind
            leg, until_ms = home.leg, max(until_ms, home.departed_ms - self.scene.times.check_ms)
        sortie.clearance = self._book_stay(drone, sortie, leg, until_ms)
        home.plan(leg, departed_ms=sortie.clearance.leave_ms, energy_wh=leg.empty_wh)
        self.tell(drone, sortie, cause, action)

    def _book_stay(self, drone: Drone, sortie: Sortie, leg: Leg, until_ms: int) -> Clearance:
        """Book a stay from now on; where another is promised what it holds, those on the ground give way."""
        clearance = self._ways.book_stay(drone, sortie, leg, until_ms)
        if clearance.start_ms > self.now_ms:
            self.scene.network.airspace.revoke(clearance, now_ms=self.now_ms)
            self.revoke_on_ground()
            clearance = self._ways.book_stay(drone, sortie, leg, until_ms)
        return clearance

    def way_home(self, sortie: Sortie) -> Leg | None:
        """Give the way home from a stop as it is now, if there is one, and energy for it."""
        return self._ways.way_home(sortie)

    def is_as_planned(self, sortie: Sortie) -> bool:
        """Tell whether all flights of a booked sortie would be planned just so now."""
        return all(self._is_planned(flight.leg) for flight in sortie.flights)

    def _is_planned(self, leg: Leg) -> bool:
        now = [other for other in self.scene.planner.legs(leg.origin, leg.destination) if other.level_m == leg.level_m]
        return bool(now) and now[0].is_flown_as(leg) and now[0].empty_wh == leg.empty_wh

    def keeps_its_way_home(self, sortie: Sortie) -> bool:
        """Tell whether the way home from a stop is flown now as it is booked; if so, note what energy it takes now."""
        leg, home = self.way_home(sortie), sortie.home
        if leg is None or home is None or not leg.is_flown_as(home.leg):
            return False
        home.plan(leg, departed_ms=home.departed_ms, energy_wh=leg.empty_wh)
        sortie.charge(sortie.flights[0].charge_start, self._usable_wh)
        return True

    # in the air

    def give_back(self, sortie: Sortie) -> None:
        """Give pads, lanes and crews back; the path stays the drone's until it has another.

        It keeps the column and the lane that a drone is in which has just taken off.
        """
        flight, kept, network = sortie.aloft(self.now_ms), NOTHING_KEPT, self.scene.network
        if flight is not None and flight.kind != "divert":
            kept = network.way_off(flight.leg.origin, flies_off_ms=flight.motion_from_ms)
        network.airspace.revoke(sortie.clearance, now_ms=self.now_ms, kept=kept)

    def redirect(self, drone: Drone, sortie: Sortie, *, cause: str, reopens_ms: int | None = None) -> None:
        """Find another end for a flight with a parcel: hold until its airport opens, another one, home, or down."""
        if self._find_end(drone, sortie, cause=cause, reopens_ms=reopens_ms):
            return
        self.revoke_on_ground()
        if not self._find_end(drone, sortie, cause=cause, reopens_ms=reopens_ms):
            self.land_safely(drone)

    def _find_end(self, drone: Drone, sortie: Sortie, *, cause: str, reopens_ms: int | None) -> bool:
        if reopens_ms is not None and self.hold(drone, sortie, max(reopens_ms, sortie.out.arrived_ms)):
            self.tell(drone, sortie, cause, HOLDS if sortie.out.hold_ms else GOES_ON)
            return True
        for way in self._ways.elsewhere(sortie, sortie.out):
            clearance = self._ways.book(drone, sortie, way)
            if clearance is not None:
                self._divert(sortie, way, clearance)
                self.tell(drone, sortie, cause, RETURNS if way.site == sortie.origin else DIVERTS)
                return True
        return False

    def hold(self, drone: Drone, sortie: Sortie, until_ms: int, *, leaves_ms: int | None = None) -> bool:
        """Let a drone wait over its airport until a time, and go home after it.

        Where no way home is open now, it takes its old one from ``leaves_ms`` on, or as it was to: it may wait for
        another wind. False if it would wait over its airport for too long, or in another's way.
        """
        out, home, leg = sortie.out, _booked_home(drone, sortie), self.way_home(sortie)
        if leg is not None:
            leaves_ms = 0
        elif leaves_ms is None:
            leaves_ms = home.departed_ms - self.scene.times.check_ms
        leg = leg or home.leg
        clearance = self._ways.book_hold(drone, sortie, leg, until_ms=until_ms, leaves_ms=leaves_ms)
        if clearance is None:
            return False
        more_ms = clearance.start_ms - out.arrived_ms
        out.wait(more_ms, energy_wh=self._hover_wh(out, more_ms))
        self._go_on(sortie, clearance, leg)
        return True

    def lead_around(self, drone: Drone, sortie: Sortie, flight: Flight) -> bool:
        """Lead a flight to where it is bound for by the routes as they are now; False if that can't be."""
        way = self._ways.around(sortie, flight)
        clearance = None if way is None else self._ways.book(drone, sortie, way)
        if way is None or clearance is None:
            return False
        hold_ms = way.hold_ms(clearance)
        energy_wh = way.energy_wh + self._hover_wh(flight, hold_ms) + flight.spent_wh(way.turn.at_ms)
        flight.bend(way.turn, way.leg, self._ways.onward(way), hold_ms=hold_ms, energy_wh=energy_wh)
        if flight is sortie.out:
            self._go_on(sortie, clearance)
        else:
            sortie.clearance = clearance
        return True

    def _divert(self, sortie: Sortie, way: WayOut, clearance: Clearance) -> None:
        """Let a flight end at its turn, and another one begin there."""
        out, turn, hold_ms = sortie.out, way.turn, way.hold_ms(clearance)
        onward = Flight(
            "divert",
            way.leg,
            order=out.order,
            payload_kg=out.payload_kg,
            requested_ms=self.now_ms,
            departed_ms=turn.at_ms,
            energy_wh=way.energy_wh + self._hover_wh(out, hold_ms),
        )
        onward.begin_in_air(self._ways.onward(way), hold_ms=hold_ms)
        spent_wh = out.spent_wh(turn.at_ms)
        out.cut(turn.course, hold_ms=turn.hold_ms, energy_wh=spent_wh, outcome="diverted")
        sortie.land_elsewhere(onward, way.site)
        if not sortie.is_diverted:
            self._cabinets.release(sortie.order)
        sortie.is_diverted = True
        self._go_on(sortie, clearance)

    def _go_on(self, sortie: Sortie, clearance: Clearance, home: Leg | None = None) -> None:
        """Plan what follows on a landing with a parcel that has changed: unloading, and the way home, or that given."""
        planner, site, stop = self.scene.planner, sortie.site, sortie.stop
        sortie.clearance = clearance
        if stop is None:
            return
        stop.unloaded_ms = sortie.out.landed_ms
        if not self.scene.network.is_takeoff_point(site):
            stop.unloaded_ms += self.scene.times.unload_ms
            leg = home or planner.known_leg(site, sortie.origin)
            sortie.fly_home(leg, departed_ms=clearance.leave_ms, energy_wh=leg.empty_wh)
        if sortie.is_diverted:
            self.scene.clock.call_at(stop.unloaded_ms, self._rescued, sortie)
        else:
            self._cabinets.expect(sortie.order, stop.unloaded_ms)

    def _rescued(self, event: Event) -> None:
        """Let a parcel that was unloaded elsewhere go on by road."""
        sortie: Sortie = event.value  # type: ignore[assignment]
        if sortie.unloaded_ms == self.now_ms and not sortie.is_rescued:
            sortie.is_rescued = True
            self._road.bring(sortie.order, self._xy[sortie.site], reason="diverted")

    def _hover_wh(self, flight: Flight, hold_ms: int) -> float:
        return self.scene.planner.legs_of.hover_wh(hold_ms, flight.payload_kg)

    def tell(self, drone: Drone, sortie: Sortie, cause: str, action: str) -> None:
        """Write down what a drone does about what went wrong, and tell all who go by its plan."""
        home = sortie.home
        is_homeward = home is not None and sortie.unloaded_ms <= self.now_ms
        self.scene.ledger.incident(
            self.now_ms,
            cause,
            action,
            site=self.sites[sortie.site],
            drone=drone.number,
            order=sortie.order,
            flight=home if is_homeward else sortie.out,
        )
        sortie.charge(sortie.flights[0].charge_start, self._usable_wh)
        self.fleet.tell(drone, sortie)
        drone.process.interrupt(REPLANNED)

    # down

    def land_safely(self, drone: Drone) -> None:
        """Bring a drone down where it is, from where it is fetched by road."""
        drone.is_loss = False
        self.come_down(drone)

    def come_down(self, drone: Drone) -> None:
        """Bring a drone down where it is: it is lost, or it lands safely somewhere and is fetched by road.

        One that is on its way to a turn comes down there.
        """
        sortie, now_ms = drone.sortie, self.now_ms
        flight = None if sortie is None else sortie.aloft(now_ms)
        if sortie is None or flight is None:
            raise AssertionError(f"drone {drone.number} fails on the ground")
        if now_ms < flight.departed_ms:
            self.scene.clock.call_at(flight.departed_ms, self._comes_down_at_turn, (drone, sortie))
            return
        self.give_back(sortie)
        self.scene.network.airspace.release_path(drone.number, after_ms=now_ms)
        drone.budget_ms = None
        place = self._end(drone, sortie, flight)
        self._lose_order(drone, sortie, flight, place)
        drone.order, drone.sortie = -1, None
        drone.process.interrupt(FAILED)
        if drone.is_loss:
            self.fleet.write_off(drone)

    def _comes_down_at_turn(self, event: Event) -> None:
        drone, sortie = event.value  # type: ignore[misc]
        # it may have been diverted once more before its turn
        if drone.sortie is sortie and sortie.aloft(self.now_ms) is not None:
            self.come_down(drone)

    def _end(self, drone: Drone, sortie: Sortie, flight: Flight) -> NDArray[Any]:
        """End a sortie where its drone is in the air; gives that place, ``(2,)`` in metres."""
        now_ms = self.now_ms
        flown = flight.whole_course(self.scene.planner).part(-np.inf, now_ms / MS)
        held_ms = min(max(now_ms - flight.cruise_to_ms, 0), flight.hold_ms)
        outcome = "lost" if drone.is_loss else "down"
        flight.cut(flown, hold_ms=held_ms, energy_wh=flight.spent_wh(now_ms), outcome=outcome)
        sortie.break_off(flight)
        sortie.charge(drone.charge, self._usable_wh)
        self.fleet.write_down(drone, sortie)
        action = LOST if drone.is_loss else FETCHED
        self.scene.ledger.incident(
            now_ms, DRONE_FAILS.name, action, drone=drone.number, order=flight.order, flight=flight
        )
        return flown.points_m[-1, :2]

    def _lose_order(self, drone: Drone, sortie: Sortie, flight: Flight, place: NDArray[Any]) -> None:
        """Say what becomes of the order that a drone carried, or was to fetch."""
        order = flight.order
        if order == -1:
            if drone.order != -1 and sortie.order == -1:
                self.fleet.return_order(drone)
            return
        if not sortie.is_diverted:
            self._cabinets.release(order)
        if drone.is_loss:
            self.scene.book.end(order, "lost", self.now_ms, "drone_failure")
        else:
            self._road.bring(order, place, reason="diverted")


def _booked_home(drone: Drone, sortie: Sortie) -> Flight:
    """Give the flight home of a drone that has a stop before it."""
    if sortie.home is None:
        raise AssertionError(f"drone {drone.number} has no way home from where its sortie ends")
    return sortie.home

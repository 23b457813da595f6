"""Clearances for drones in the air and at airports, from where they are: landings, holds, stays, ways home."""

from __future__ import annotations

import numpy as np

from dronesim.airspace import Clearance, Path4D, chained, pack
from dronesim.simulation.drone import Drone
from dronesim.simulation.flight import Flight, LaneUse
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.lanes import LanesInUse
from dronesim.simulation.trouble.ways_out import WayOut, WaysOut
from dronesim.units import MS


class Clearing:
    """Books what trouble makes necessary; what can't be had is not booked in part."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, lanes: LanesInUse, ways: WaysOut) -> None:
        self._clock = scene.clock
        self._network = scene.network
        self._planner = scene.planner
        self._lanes = lanes
        self._ways = ways
        self._allowance_ms = scene.times.hold_allowance_ms
        self._zones = inputs.zones

    # a way from where a drone turns

    def book(
        self,
        drone: Drone,
        sortie: Sortie,
        flight: Flight,
        way: WayOut,
        *,
        opens_ms: int = 0,
        is_kept_apart: bool = True,
    ) -> tuple[WayOut, Clearance] | None:
        """Book the first landing at a site, when it is open, and the way home; gives the way with its waits.

        The drone waits over the site, or where it turns. None if it would wait for too long, or come near another, or
        need a lane that is promised to another. Not ``is_kept_apart``: it may come near another on its way.
        """
        self._keep_share(drone)
        self._network.airspace.release_path(drone.number, after_ms=self._clock.now_ms)
        for is_over_site in (True, False):
            found = self._try(drone, sortie, flight, way, opens_ms=opens_ms, is_over_site=is_over_site)
            if found is not None and (self._reserve(drone, sortie, flight, found[0]) or not is_kept_apart):
                return found
            if found is not None:
                self._give_up(drone, found[1])
        return None

    def _try(
        self, drone: Drone, sortie: Sortie, flight: Flight, way: WayOut, *, opens_ms: int, is_over_site: bool
    ) -> tuple[WayOut, Clearance] | None:
        if not is_over_site and not self.may_wait(way):
            return None
        at_ms = max(way.enter_ms, opens_ms - way.leg.arrive_ms + way.leg.entry_ms)
        clearance = self._clear_landing(drone, sortie, way, at_ms=at_ms, is_entering=not is_over_site)
        hold_ms, number = clearance.start_ms - way.enter_ms, drone.number
        waits = way.waiting(hold_ms, is_over_site=is_over_site)
        over = self._over(waits, clearance.start_ms) if is_over_site else ()
        if (
            way.turn.hold_ms + hold_ms <= self._allowance_ms
            and self._ways.lasts_for(sortie, flight, waits)
            and self._lanes.take((*way.lanes, *over), clearance, holder=number)
            and self._keep_pilot(drone, clearance)
        ):
            return waits, clearance
        self._give_up(drone, clearance)
        return None

    def _over(self, way: WayOut, lands_ms: int) -> tuple[LaneUse, ...]:
        """List the lane over the site, where a drone waits or has been for less than a headway when it sinks."""
        sinks_ms = lands_ms + way.leg.sink_ms - way.leg.entry_ms
        return self._lanes.beside(way.site, enters_ms=way.enter_ms, lands_ms=lands_ms, sinks_ms=sinks_ms)

    def may_wait(self, way: WayOut) -> bool:
        """Tell whether a drone may wait where it turns: on its way, in no terminal area and in no zone."""
        place_m, now_s = way.turn.course.points_m[-1], self._clock.now_ms / MS
        is_in_zone = any(zone.covers(place_m, at_s=now_s) for zone in self._zones)
        return way.turn.may_wait and not is_in_zone and not self._network.is_in_area(place_m[:2].tolist())

    def _give_up(self, drone: Drone, clearance: Clearance) -> None:
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        airspace.revoke(clearance, now_ms=now_ms)
        airspace.release_path(drone.number, after_ms=now_ms)

    def _clear_landing(self, drone: Drone, sortie: Sortie, way: WayOut, *, at_ms: int, is_entering: bool) -> Clearance:
        """Clear the landing by the end of a way, and what comes after it."""
        planner, leg, way_home = self._planner, way.leg, None
        if self._network.is_takeoff_point(way.site):
            request = planner.uses.last_landing(leg, from_ms=leg.entry_ms, is_entering=is_entering)
        else:
            home = planner.known_leg(way.site, sortie.lands_at)
            request = planner.uses.landing(leg, home, planner.routes, from_ms=leg.entry_ms, is_entering=is_entering)
            way_home = self._path(home)
        return self._network.airspace.clear_way_home(request, way_home, at_ms=at_ms, holder=drone.number)

    def _path(self, home: Leg) -> Path4D | None:
        return self._planner.path(home) if self._network.airspace.compares_ways else None

    def _reserve(self, drone: Drone, sortie: Sortie, flight: Flight, way: WayOut) -> bool:
        """Reserve what a drone is to fly from now on: to its turn, to the site, and down.

        Before that is what it flies until it turns onto the flight, where it was on its way to a turn already.
        """
        airspace, now_ms, flown = self._network.airspace, self._clock.now_ms, sortie.flown(self._clock.now_ms)
        if not airspace.compares_ways:
            return True
        parts = [
            (way.turn.course, flight.leaves, flight.flown_by.destination),
            (self._ways.onward(way).waiting(way.arrive_ms / MS, way.over_ms / MS), way.leaves, way.site),
        ]
        if flown is not None and flown is not flight:
            parts.insert(0, (flown.whole_course(self._planner), flown.leaves, flown.flown_by.destination))
        ahead = [(course.part(now_ms / MS, np.inf).later(-now_ms / MS), origin, end) for course, origin, end in parts]
        paths = [self._network.path(*part) for part in ahead if len(part[0].at_s) > 1]
        return airspace.reserve_from(chained(paths), begins_ms=now_ms, holder=drone.number)

    def _keep_share(self, drone: Drone) -> None:
        """Let a pilot whose shift ends keep a drone that is out for longer than was booked."""
        self._network.shares_off.lend(drone.number, self._clock.now_ms)

    def _keep_pilot(self, drone: Drone, clearance: Clearance) -> bool:
        """Let the pilot who has the drone now keep it until the clearance begins; False if another has that promise."""
        now_ms = self._clock.now_ms
        if clearance.start_ms <= now_ms:
            return True
        use = pack([(self._network.pilots, 0, clearance.start_ms - now_ms)])
        bookings = self._network.timetable.book_from(use, now_ms, holder=drone.number)
        if bookings is None:
            return False
        clearance.bookings.append(bookings)
        return True

    # a hold on the way, for as long as it may last

    def longest_hold_ms(self, sortie: Sortie, flight: Flight, way: WayOut) -> int:
        """Tell how long a drone may hold where it turns: by what is allowed, and by the energy that it has."""
        spare_wh = self._ways.spare_wh(sortie, flight, way)
        hover_wh = self._planner.legs_of.hover_wh(MS, flight.payload_kg)
        return min(self._allowance_ms - way.turn.hold_ms, int(spare_wh / hover_wh * MS))

    def book_pilot(self, drone: Drone, way: WayOut, hold_ms: int) -> Clearance | None:
        """Book the pilot's share of a drone until a hold where it turns is over; None if it is promised to another.

        The place is kept for it where nobody else is to come there.
        """
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        until_ms = way.turn.at_ms + hold_ms
        clearance = Clearance(start_ms=until_ms, leave_ms=until_ms, bookings=[])
        if not self._keep_pilot(drone, clearance):
            return None
        airspace.release_path(drone.number, after_ms=now_ms)
        if airspace.compares_ways:
            course = way.turn.course.waiting(way.turn.at_ms / MS, hold_ms / MS).part(now_ms / MS, np.inf)
            path = self._network.path(course.later(-now_ms / MS), -1, -1)
            airspace.reserve_from(path, begins_ms=now_ms, holder=drone.number)
        return clearance

    # a hold where a drone arrives

    def book_hold(self, drone: Drone, sortie: Sortie, home: Leg, *, until_ms: int, leaves_ms: int) -> Clearance | None:
        """Book the landing below where a drone arrives, from a time on, and the way home, from another time on.

        None where it can't hold for so long, or is in another's way. Who is over the site already goes on with its
        approach.
        """
        out, airspace, now_ms = sortie.out, self._network.airspace, self._clock.now_ms
        over_ms = max(out.arrived_ms, now_ms)
        if not self._may_hold(sortie, max(until_ms - over_ms, 0), home):
            return None
        self._keep_share(drone)
        leg = out.flown_by
        airspace.release_path(drone.number, after_ms=over_ms)
        request = self._planner.uses.landing(
            leg,
            home,
            self._planner.routes,
            from_ms=leg.arrive_ms + over_ms - out.arrived_ms,
            stays_ms=max(leaves_ms - max(until_ms, over_ms), 0),
        )
        clearance = airspace.clear_way_home(
            request, self._path(home), at_ms=max(until_ms, over_ms), holder=drone.number
        )
        lands_ms = clearance.start_ms
        more_ms = lands_ms - over_ms
        lanes = self._lanes.beside(
            leg.destination,
            enters_ms=out.enters_ms,
            lands_ms=lands_ms,
            sinks_ms=lands_ms + leg.sink_ms - leg.arrive_ms - (over_ms - out.arrived_ms),
        )
        if (
            self._may_hold(sortie, more_ms, home)
            and self._lanes.take(lanes, clearance, holder=drone.number)
            and self._keep_pilot(drone, clearance)
            and self._reserve_above(drone, out, more_ms)
        ):
            return clearance
        self._give_up_hold(drone, clearance, after_ms=over_ms)
        return None

    def _give_up_hold(self, drone: Drone, clearance: Clearance, *, after_ms: int) -> None:
        airspace = self._network.airspace
        airspace.revoke(clearance, now_ms=self._clock.now_ms)
        airspace.release_path(drone.number, after_ms=after_ms)

    def _may_hold(self, sortie: Sortie, more_ms: int, home: Leg) -> bool:
        """Tell whether a longer hold is allowed, and a pack lasts for it and for the way home after it."""
        out = sortie.out
        hover_wh = self._planner.legs_of.hover_wh(more_ms, out.payload_kg, out.leg)
        is_enough = out.charge_start * sortie.full_wh >= out.energy_wh + hover_wh + home.empty_wh
        return is_enough and out.hold_ms + more_ms <= self._allowance_ms

    def _reserve_above(self, drone: Drone, out: Flight, more_ms: int) -> bool:
        """Reserve waiting over the end of a leg, from an arrival or from now on, and coming down there."""
        airspace, leg = self._network.airspace, out.flown_by
        if not airspace.compares_ways:
            return True
        over_ms = max(out.arrived_ms, self._clock.now_ms)
        from_s = (leg.arrive_ms + over_ms - out.arrived_ms) / MS
        down = self._planner.legs_of.course(leg).part(from_s, np.inf).later(-from_s)
        path = self._network.path(down.waiting(0.0, more_ms / MS), -1, leg.destination)
        return airspace.reserve_from(path, begins_ms=over_ms, holder=drone.number)

    # a stay on a pad

    def book_stay(self, drone: Drone, sortie: Sortie, home: Leg, until_ms: int) -> Clearance:
        """Book an airport's pad from now until a time, for a drone that stands or sinks there, and a way home then."""
        planner, airspace, now_ms = self._planner, self._network.airspace, self._clock.now_ms
        self._keep_share(drone)
        request = planner.uses.stay(
            sortie.site,
            home,
            planner.routes,
            unloads_ms=(max(sortie.unloads_ms, now_ms) - now_ms, max(sortie.unloaded_ms, now_ms) - now_ms),
            stays_ms=until_ms - now_ms,
        )
        airspace.release_path(drone.number, after_ms=max(now_ms, sortie.out.landed_ms))
        return airspace.clear_way_home(request, self._path(home), at_ms=now_ms, holder=drone.number)

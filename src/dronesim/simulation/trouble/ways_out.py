"""Ways on for a drone in the air, from where it can turn: what they take, and clearances for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.airspace import Clearance, Course, Path4D, joined, pack
from dronesim.geometry import path_length
from dronesim.simulation.drone import Drone
from dronesim.simulation.flight import Flight, Turn
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.units import MS


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A way from the air to a site: where the drone turns, how it flies on, the energy until it is down."""

    site: int
    leg: Leg
    turn: Turn
    energy_wh: float

    @property
    def enter_ms(self) -> int:
        """When it enters the terminal area of the site."""
        return self.turn.at_ms + self.leg.entry_ms

    @property
    def arrive_ms(self) -> int:
        """When it could arrive over the site."""
        return self.turn.at_ms + self.leg.arrive_ms

    def hold_ms(self, landing: Clearance) -> int:
        """How long it has to wait for a landing, which is cleared from when it enters."""
        return landing.start_ms - self.enter_ms


class WaysOut:
    """Finds and books ways on."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._clock = scene.clock
        self._network = scene.network
        self._planner = scene.planner
        self._boards = scene.boards
        self._allowance_ms = scene.times.hold_allowance_ms
        self._airports = inputs.places.airports
        self._usable_wh = inputs.aircraft.drone_type.usable_wh

    # finding

    def around(self, sortie: Sortie, flight: Flight) -> WayOut | None:
        """Find the way to where a flight is bound for by the routes as they are now."""
        return self._way(sortie, flight, flight.turn(self._planner, self._clock.now_ms), flight.leg.destination)

    def elsewhere(self, sortie: Sortie, flight: Flight) -> Iterator[WayOut]:
        """List ways to other open airports, nearest first, and at last to the take-off point."""
        now_ms = self._clock.now_ms
        turn = flight.turn(self._planner, now_ms)
        sites = [
            self._network.airport_site(number)
            for number in range(self._airports)
            if self._boards.closed_until_ms[number] <= now_ms
        ]
        ways = [self._way(sortie, flight, turn, site) for site in sites if site != sortie.site]
        yield from sorted((way for way in ways if way is not None), key=lambda way: (way.arrive_ms, way.site))
        home = self._way(sortie, flight, turn, sortie.origin)
        if home is not None:
            yield home

    def _way(self, sortie: Sortie, flight: Flight, turn: Turn, site: int) -> WayOut | None:
        """Find the way to a site, if there is one, and energy for it and for the way home from there."""
        way = self._way_to(flight, turn, site)
        need_wh = self._need_wh(site, sortie.origin)
        if way is None or need_wh is None:
            return None
        left_wh = flight.charge_start * self._usable_wh - flight.spent_wh(turn.at_ms) - way.energy_wh
        return way if left_wh >= need_wh else None

    def way_home(self, sortie: Sortie) -> Leg | None:
        """Find the way home from a stop, if there is one now, and energy for it."""
        leg, home = self._planner.leg(sortie.site, sortie.origin), sortie.home
        is_enough = leg is not None and home is not None and leg.empty_wh <= home.charge_start * self._usable_wh
        return leg if is_enough else None

    def _need_wh(self, site: int, origin: int) -> float | None:
        """Energy that is needed after a landing: that of the way home, none at a take-off point."""
        if self._network.is_takeoff_point(site):
            return 0.0
        home = self._planner.leg(site, origin)
        return None if home is None else home.empty_wh

    def _way_to(self, flight: Flight, turn: Turn, site: int) -> WayOut | None:
        """Find the way to a site at the level of a flight and in the wind it took off in, from where it can turn."""
        planner, legs, leg = self._planner, self._planner.legs_of, flight.leg
        corners = planner.routes.from_point(leg.level_index, turn.course.points_m[-1, :2], site)
        cruise = legs.cruise(corners, leg.wind) if len(corners) else None
        if cruise is None:
            return None
        onward = legs.along(
            corners,
            cruise,
            leg.wind,
            level=(leg.level_index, leg.level_m),
            ends=(leg.origin, site),
            distance_m=path_length(corners),
            begins_in_air=True,
        )
        # a climb is counted too, to be safe
        energy_wh = legs.energy_wh(cruise, level_m=leg.level_m, payload_kg=flight.payload_kg)
        return WayOut(site=site, leg=onward, turn=turn, energy_wh=energy_wh)

    # booking

    def book(self, drone: Drone, sortie: Sortie, way: WayOut) -> Clearance | None:
        """Book the first landing at a site and the way home.

        None if the drone would hold for too long, or would come near another on its way.
        """
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        airspace.release_path(drone.number, after_ms=now_ms)
        clearance = self._clear_landing(drone, sortie, way)
        hold_ms = way.hold_ms(clearance)
        if hold_ms > self._allowance_ms or not self._reserve(drone, way, hold_ms):
            airspace.revoke(clearance, now_ms=now_ms)
            airspace.release_path(drone.number, after_ms=now_ms)
            return None
        self._keep_pilot(drone, clearance)
        return clearance

    def book_hold(self, drone: Drone, sortie: Sortie, home: Leg, *, until_ms: int, leaves_ms: int) -> Clearance | None:
        """Book the landing below where a drone arrives, from a time on, and the way home, from another time on.

        None where it can't hold for so long, or is in another's way.
        """
        out, airspace, now_ms, allowance_ms = sortie.out, self._network.airspace, self._clock.now_ms, self._allowance_ms
        if until_ms - out.arrived_ms + out.hold_ms > allowance_ms:
            return None
        leg = out.flown_by
        airspace.release_path(drone.number, after_ms=out.arrived_ms)
        request = self._planner.uses.landing(
            leg, home, self._planner.routes, from_ms=leg.arrive_ms, stays_ms=max(leaves_ms - until_ms, 0)
        )
        clearance = airspace.clear_way_home(request, self._path(home), at_ms=until_ms, holder=drone.number)
        more_ms = clearance.start_ms - out.arrived_ms
        is_too_long = out.hold_ms + more_ms > allowance_ms or not self._is_enough(out, more_ms, home)
        if is_too_long or not self._reserve_above(drone, out, more_ms):
            airspace.revoke(clearance, now_ms=now_ms)
            return None
        self._keep_pilot(drone, clearance)
        return clearance

    def _is_enough(self, out: Flight, more_ms: int, home: Leg) -> bool:
        """Tell whether a pack lasts for a longer hold, and for the way home after it."""
        hover_wh = self._planner.legs_of.hover_wh(more_ms, out.payload_kg)
        return out.charge_start * self._usable_wh >= out.energy_wh + hover_wh + home.empty_wh

    def book_stay(self, drone: Drone, sortie: Sortie, home: Leg, until_ms: int) -> Clearance:
        """Book an airport's pad until a time, and a way home from then on."""
        planner, airspace, now_ms = self._planner, self._network.airspace, self._clock.now_ms
        request = planner.uses.stay(
            sortie.site,
            home,
            planner.routes,
            unload_ms=max(sortie.unloaded_ms - now_ms, 0),
            stays_ms=until_ms - now_ms,
        )
        airspace.release_path(drone.number, after_ms=max(now_ms, sortie.out.landed_ms))
        return airspace.clear_way_home(request, self._path(home), at_ms=now_ms, holder=drone.number)

    def _clear_landing(self, drone: Drone, sortie: Sortie, way: WayOut) -> Clearance:
        """Clear the landing by the end of a way, and what comes after it."""
        planner, leg, way_home = self._planner, way.leg, None
        if self._network.is_takeoff_point(way.site):
            request = planner.uses.last_landing(leg, from_ms=leg.entry_ms)
        else:
            home = planner.known_leg(way.site, sortie.origin)
            request = planner.uses.landing(leg, home, planner.routes, from_ms=leg.entry_ms)
            way_home = self._path(home)
        return self._network.airspace.clear_way_home(request, way_home, at_ms=way.enter_ms, holder=drone.number)

    def _path(self, home: Leg) -> Path4D | None:
        return self._planner.path(home) if self._network.airspace.compares_ways else None

    def _reserve(self, drone: Drone, way: WayOut, hold_ms: int) -> bool:
        """Reserve what a drone is to fly from now on: to its turn, to the site, and down."""
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        if not airspace.compares_ways:
            return True
        to_turn = way.turn.course.part(now_ms / MS, np.inf).later(-now_ms / MS)
        onward = self._planner.legs_of.course(way.leg).waiting(way.leg.arrive_ms / MS, hold_ms / MS)
        whole = joined([to_turn, onward.later((way.turn.at_ms - now_ms) / MS)])
        path = self._network.path(whole, way.leg.origin, way.leg.destination)
        return airspace.reserve_from(path, begins_ms=now_ms, holder=drone.number)

    def _reserve_above(self, drone: Drone, out: Flight, more_ms: int) -> bool:
        """Reserve waiting over the end of a leg and coming down there."""
        airspace, leg = self._network.airspace, out.flown_by
        if not airspace.compares_ways:
            return True
        down = self._planner.legs_of.course(leg).part(leg.arrive_ms / MS, np.inf).later(-leg.arrive_ms / MS)
        path = self._network.path(down.waiting(0.0, more_ms / MS), leg.destination, leg.destination)
        return airspace.reserve_from(path, begins_ms=out.arrived_ms, holder=drone.number)

    def _keep_pilot(self, drone: Drone, clearance: Clearance) -> None:
        """Let the pilot who has the drone now keep it until the clearance begins."""
        now_ms = self._clock.now_ms
        use = pack([(self._network.pilots, 0, clearance.start_ms - now_ms)])
        clearance.bookings.append(self._network.timetable.book(use, now_ms, holder=drone.number))

    def onward(self, way: WayOut) -> Course:
        """What a drone flies from its turn on, in the time of day, without a hold."""
        return self._planner.legs_of.course(way.leg).later(way.turn.at_ms / MS)

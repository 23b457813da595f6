"""Lanes that a drone in trouble is in: a lane that is in use is used to its end, and longer where the way is longer."""

from __future__ import annotations

from collections.abc import Sequence

from dronesim.airspace import Clearance, Course, Kept, crossings_s, pack
from dronesim.simulation.flight import Flight, LaneUse, Turn
from dronesim.simulation.leg import Leg
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.units import to_ms


class LanesInUse:
    """Tells in which lanes drones are, and books what they need of them."""

    def __init__(self, scene: Scene) -> None:
        self._clock = scene.clock
        self._network = scene.network
        self._planner = scene.planner

    # what an edit leaves to a drone

    def kept(self, sortie: Sortie) -> Kept:
        """Name what of a sortie's bookings is used to the end: lanes, and the column over the pad that it has left.

        Who is in an arrival lane and does not sink yet books that again.
        """
        now_ms = self._clock.now_ms
        flight = sortie.aloft(now_ms)
        stops = [stop for flown in sortie.flights for stop in (flown.leg.origin, flown.leg.destination)]
        lanes = {lane for site in stops for lane in (*self._departure(site), *self._arrival(site))}
        if flight is None:
            return dict.fromkeys(lanes, now_ms)
        if not flight.is_committed(now_ms):
            lanes -= {*self._arrival(flight.flown_by.destination)} - {use.lane for use in flight.lanes_off}
        # the lane off a pad is to be used by who still climbs over it
        kept = dict.fromkeys(lanes, max(now_ms, flight.motion_from_ms))
        return kept | {self._network.pads[flight.leg.origin]: now_ms}

    def _departure(self, site: int) -> list[int]:
        return self._network.departure_lanes(site)

    def _arrival(self, site: int) -> list[int]:
        return self._network.arrival_lanes(site)

    # what it needs

    def area(self, flight: Flight, turn: Turn) -> int:
        """Name the site in whose terminal area a flight turns, if it uses that; -1 for none."""
        if turn.at_ms > flight.enters_ms:
            return flight.flown_by.destination
        return flight.leaves if flight.leaves >= 0 and self._is_inside(turn.course, flight.leaves) else -1

    def left(self, flight: Flight, turn: Turn, onward: Leg) -> tuple[LaneUse, ...]:
        """List the lanes of areas that a drone is in where it turns, with when it is out of them by another leg."""
        return (*self._leaving(flight, turn, onward), *self._arriving(flight, turn, onward))

    def _leaving(self, flight: Flight, turn: Turn, onward: Leg) -> list[LaneUse]:
        """List the lane of the area that a flight is still leaving where it turns."""
        if flight.leaves < 0 or not self._is_inside(turn.course, flight.leaves):
            return []
        out_ms = turn.at_ms + self._out_ms(onward, flight.leaves)
        return [
            LaneUse(site=flight.leaves, lane=lane, from_ms=held_ms, until_ms=max(held_ms, out_ms))
            for lane, held_ms in self._held(flight)
        ]

    def _held(self, flight: Flight) -> list[tuple[int, int]]:
        """List the lanes by which a flight leaves, and until when it has them."""
        if flight.lanes_off:
            return [(use.lane, use.until_ms) for use in flight.lanes_off if use.site == flight.leaves]
        leg = flight.leg
        uses = self._network.airspace.departure(leg.origin, offset_ms=leg.climb_ms, for_ms=leg.exit_ms - leg.climb_ms)
        return [(lane, flight.departed_ms + offset_ms + for_ms) for lane, offset_ms, for_ms in uses]

    def _arriving(self, flight: Flight, turn: Turn, onward: Leg) -> list[LaneUse]:
        """List the lane of the area of its site, where a flight turns in that."""
        site, enters_ms = flight.flown_by.destination, flight.enters_ms
        if turn.at_ms <= enters_ms:
            return []
        out_ms, headway_ms = turn.at_ms + self._out_ms(onward, site), self._network.airspace.lane_headway_ms
        from_ms = max(self._clock.now_ms, enters_ms)
        until_ms = out_ms if onward.destination == site else max(out_ms, enters_ms + headway_ms)
        return [LaneUse(site=site, lane=lane, from_ms=from_ms, until_ms=until_ms) for lane in self._arrival(site)]

    def _is_inside(self, course: Course, site: int) -> bool:
        """Tell whether a course that begins in a terminal area has not left it."""
        away_s = crossings_s(course, self._network.centre_m(site), radius_m=self._network.radius_m)
        return not len(away_s) and self._network.radius_m > 0

    def _out_ms(self, onward: Leg, site: int) -> int:
        """How long after its turn a drone is out of a terminal area; at once where it lands there by its other lane."""
        if onward.destination == site:
            return 0
        course, centre_m = self._planner.legs_of.course(onward), self._network.centre_m(site)
        away_s = crossings_s(course, centre_m, radius_m=self._network.radius_m)
        return to_ms(float(away_s.min())) if len(away_s) else onward.arrive_ms

    # booking

    def waits_over(self, site: int, *, from_ms: int, until_ms: int) -> tuple[LaneUse, ...]:
        """List the lane in which a drone waits over a site, before that in which it lands."""
        if until_ms <= from_ms:
            return ()
        return tuple(LaneUse(site=site, lane=lane, from_ms=from_ms, until_ms=until_ms) for lane in self._arrival(site))

    def take(self, uses: Sequence[LaneUse], clearance: Clearance, *, holder: int) -> bool:
        """Book lanes with a clearance; False, with none of them booked, where one is promised to another."""
        timetable, taken = self._network.timetable, list[range]()
        for use in uses:
            wanted = pack([(use.lane, 0, use.until_ms - use.from_ms)])
            if use.until_ms <= use.from_ms:
                continue
            if timetable.first_common_start(wanted, use.from_ms) != use.from_ms:
                for bookings in taken:
                    timetable.revoke(bookings, self._clock.now_ms)
                return False
            taken.append(timetable.book(wanted, use.from_ms, holder=holder))
        clearance.bookings += taken
        return True

"""Lanes that a drone in trouble is in: a lane that is in use is used to its end, and longer where the way is longer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Clearance, Course, Kept, crossings_s, pack
from dronesim.simulation.flight import Flight, LaneUse, Turn
from dronesim.simulation.leg import Leg
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.units import MS, to_ms

Floats: TypeAlias = NDArray[np.float64]

OFF_THE_SPOT_MS: Final = 1000
"""So long after it has flown off a drone is no more over its pad, where there are no terminal areas."""


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
        kept |= {use.lane: use.until_ms - 1 for use in flight.lanes_off}
        return kept | {self._network.pads[flight.leg.origin]: now_ms}

    def _departure(self, site: int) -> list[int]:
        return self._network.departure_lanes(site)

    def _arrival(self, site: int) -> list[int]:
        return self._network.arrival_lanes(site)

    # what it needs

    def area(self, flight: Flight, turn: Turn) -> int:
        """Name the site in whose terminal area a flight turns, if it uses that; -1 for none."""
        if self._since_ms(turn.course, flight.flown_by.destination) is not None:
            return flight.flown_by.destination
        return flight.leaves if flight.leaves >= 0 and self._away_ms(turn.course, flight.leaves) is None else -1

    def left(self, flight: Flight, turn: Turn, onward: Leg) -> tuple[LaneUse, ...]:
        """List the lanes of areas that a drone is in where it turns, with when it is out of them by another leg."""
        return (*self._leaving(flight, turn, onward), *self._arriving(flight, turn, onward))

    def _leaving(self, flight: Flight, turn: Turn, onward: Leg) -> list[LaneUse]:
        """List the lane of the area that a flight is still leaving, before its turn or after it."""
        if flight.leaves < 0:
            return []
        out_ms = self._away_ms(turn.course, flight.leaves)
        if out_ms is None:
            out_ms = turn.at_ms + self._out_ms(onward, flight.leaves)
        if out_ms <= self._clock.now_ms:
            return []
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
        site = flight.flown_by.destination
        enters_ms = self._since_ms(turn.course, site)
        if enters_ms is None:
            return []
        out_ms, headway_ms = turn.at_ms + self._out_ms(onward, site), self._network.airspace.lane_headway_ms
        from_ms, held = max(self._clock.now_ms, enters_ms), {use.lane: use.until_ms for use in flight.lanes_off}
        until_ms = out_ms if onward.destination == site else max(out_ms, enters_ms + headway_ms)
        # what it has of the lane since an earlier turn is used to its end
        return [
            LaneUse(site=site, lane=lane, from_ms=max(from_ms, held.get(lane, 0)), until_ms=until_ms)
            for lane in self._arrival(site)
        ]

    def away_ms(self, flight: Flight) -> int:
        """Tell when a flight that has climbed, and left the spot, is out of the terminal area in which it begins."""
        away_ms = None if flight.leaves < 0 else self._away_ms(flight.whole_course(self._planner), flight.leaves)
        return max(away_ms or 0, flight.motion_from_ms + OFF_THE_SPOT_MS)

    def _away_ms(self, course: Course, site: int) -> int | None:
        """Tell when a course that begins in a terminal area leaves it first; None if it has not."""
        if self._network.radius_m <= 0:
            return to_ms(float(course.at_s[0]))
        away_s = self._crossings_s(course, site)
        return to_ms(float(away_s.min())) if len(away_s) else None

    def _since_ms(self, course: Course, site: int) -> int | None:
        """Tell since when a course is in a terminal area in which it ends; None if it ends outside."""
        end_m, centre_m = course.points_m[-1, :2], self._network.centre_m(site)
        if math.dist(end_m, centre_m) >= self._network.radius_m:
            return None
        return int(self._crossings_s(course, site).max(initial=course.at_s[0]) * MS)

    def _crossings_s(self, course: Course, site: int) -> Floats:
        return crossings_s(course, self._network.centre_m(site), radius_m=self._network.radius_m)

    def _out_ms(self, onward: Leg, site: int) -> int:
        """How long after its turn a drone is out of a terminal area; at once where it lands there by its other lane."""
        if onward.destination == site:
            return 0
        away_s = self._crossings_s(self._planner.legs_of.course(onward), site)
        return to_ms(float(away_s.min())) if len(away_s) else onward.arrive_ms

    # booking

    def beside(self, site: int, *, enters_ms: int, lands_ms: int, sinks_ms: int) -> tuple[LaneUse, ...]:
        """List the lane that a drone has over a site beside that of its landing, which is from then until it sinks.

        It waits in it from when it enters, and has it for a headway.
        """
        spells = (
            (max(enters_ms, self._clock.now_ms), lands_ms),
            (sinks_ms, enters_ms + self._network.airspace.lane_headway_ms),
        )
        return tuple(
            LaneUse(site=site, lane=lane, from_ms=from_ms, until_ms=until_ms)
            for lane in self._arrival(site)
            for from_ms, until_ms in spells
            if until_ms > from_ms
        )

    def take(self, uses: Sequence[LaneUse], clearance: Clearance, *, holder: int) -> bool:
        """Book lanes with a clearance, which is to be given up where one is promised to another: then it is False."""
        for use in uses:
            if use.until_ms <= use.from_ms:
                continue
            wanted = pack([(use.lane, 0, use.until_ms - use.from_ms)])
            bookings = self._network.timetable.book_from(wanted, use.from_ms, holder=holder)
            if bookings is None:
                return False
            clearance.bookings.append(bookings)
        return True

"""A no-fly zone comes into force while flights are planned or in the air: they keep out of it."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np

from dronesim.airspace import along
from dronesim.record.incidents import FLIES_AROUND, GOES_ON, IN_FORCE, ZONE_CLOSED
from dronesim.simulation.drone import Drone
from dronesim.simulation.flight import Flight
from dronesim.simulation.leg import Leg
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.simulation.zones import TimedZone
from dronesim.units import DAY, MS, to_ms

KIND = ZONE_CLOSED.name
DAYS_END_S: Final = 4 * DAY
"""When a zone is over that holds for good."""


def zone_closes(remedies: Remedies, zone: TimedZone, *, grace_s: float) -> None:
    """Plan anew for those on the ground, and lead around a zone those in the air that are not out of it soon.

    Who is within ``grace_s`` flies on. Routes are those of the time already; see ``Day``.
    """
    remedies.scene.ledger.incident(remedies.now_ms, KIND, IN_FORCE.format(name=zone.name))
    remedies.revoke_changed()
    guard = ZoneGuard(remedies, zone, grace_s)
    for drone, sortie in remedies.out():
        remedies.when_heard(drone, sortie, partial(guard.keep_out, drone, sortie))


def ways_open(remedies: Remedies) -> None:
    """Let those who wait for a way home look for one, since routes have changed."""
    for drone, sortie in remedies.out():
        if sortie.waits_for_a_way(remedies.now_ms):
            remedies.when_heard(drone, sortie, partial(remedies.go_home_anew, drone, sortie, cause=KIND))


class ZoneGuard:
    """Keeps flights out of one zone."""

    def __init__(self, remedies: Remedies, zone: TimedZone, grace_s: float) -> None:
        self._remedies = remedies
        self._zone = zone
        self._grace_s = grace_s

    def keep_out(self, drone: Drone, sortie: Sortie) -> None:
        """Keep what is left of a sortie out of the zone."""
        now_ms = self._remedies.now_ms
        if now_ms >= to_ms(min(self._zone.to_s, DAYS_END_S)):
            # it was over before a drone heard of it
            return
        flight = sortie.aloft(now_ms)
        if sortie.is_at_stop(now_ms):
            if self._bars_way_home(sortie):
                self._go_home_anew(drone, sortie)
        elif flight is not None and not flight.is_committed(now_ms):
            self._keep_flight_out(drone, sortie, flight)

    def _keep_flight_out(self, drone: Drone, sortie: Sortie, flight: Flight) -> None:
        remedies, out_s = self._remedies, self._out_after_s(flight)
        if out_s > self._grace_s:
            self._turn_away(drone, sortie, flight)
        elif flight is sortie.out and self._bars_way_home(sortie):
            self._go_home_anew(drone, sortie)
        elif out_s > 0:
            remedies.tell(drone, sortie, KIND, GOES_ON)

    def _turn_away(self, drone: Drone, sortie: Sortie, flight: Flight) -> None:
        """Lead a flight around the zone; where there is no way around, it lands elsewhere or comes down."""
        self._remedies.turn_away(drone, sortie, flight, cause=KIND, action=FLIES_AROUND)

    def _go_home_anew(self, drone: Drone, sortie: Sortie) -> None:
        """Let a drone go home by another way, or when the zone is over."""
        self._remedies.go_home_anew(drone, sortie, cause=KIND, opens_ms=to_ms(min(self._zone.to_s, DAYS_END_S)))

    def _bars_way_home(self, sortie: Sortie) -> bool:
        return sortie.home is not None and self._leads_through(sortie.home.leg)

    def _out_after_s(self, flight: Flight) -> float:
        """How long a flight in the air is not yet out of the zone for good; 0 where it does not lead through it."""
        now_ms, course = self._remedies.now_ms, flight.whole_course(self._remedies.scene.planner)
        if flight.cruise_to_ms <= now_ms:
            # it waits over its site until it sinks
            is_inside = self._zone.covers(course.part(-np.inf, now_ms / MS).points_m[-1], at_s=now_ms / MS)
            return (flight.sinks_ms - now_ms) / MS if is_inside else 0.0
        ahead = course.part(now_ms / MS, flight.cruise_to_ms / MS)
        return self._zone.out_after_s(ahead, level_m=flight.leg.level_m)

    def _leads_through(self, leg: Leg) -> bool:
        course = along(leg.corners, leg.motion, level_m=leg.level_m)
        return self._zone.out_after_s(course, level_m=leg.level_m) > 0

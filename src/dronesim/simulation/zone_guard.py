"""Keeps flights out of no-fly zones that come into force while they are planned or in the air."""

from __future__ import annotations

from simpy.events import Event

from dronesim.airspace import along
from dronesim.simulation.clock import Clock
from dronesim.simulation.courses import course_of
from dronesim.simulation.disruptions import Disruptions
from dronesim.simulation.diversions import Diversions
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.ledger import Ledger, LegRow
from dronesim.simulation.plans import LegPlan
from dronesim.simulation.zones import TimedZone
from dronesim.units import MS, to_ms


class ZoneGuard:
    """Plans anew for those on the ground, and leads around a zone those in the air that are not soon out of it.

    Routes are those of the time already when a zone comes into force; see ``Day``.
    """

    def __init__(
        self, *, clock: Clock, ledger: Ledger, fleet: Fleet, diversions: Diversions, disruptions: Disruptions
    ) -> None:
        self._clock = clock
        self._ledger = ledger
        self._fleet = fleet
        self._diversions = diversions
        self._others = disruptions
        self._grace_s = 0.0

    def schedule(self, zones: tuple[TimedZone, ...], *, grace_s: float) -> None:
        """Put the zones on the clock; who is out of one within ``grace_s`` of its beginning flies on."""
        self._grace_s = grace_s
        for zone in zones:
            self._clock.call_at(to_ms(zone.from_s), self._zone_closes, zone)

    def _zone_closes(self, event: Event) -> None:
        """Plan those on the ground anew, and lead those in the air around the zone."""
        zone: TimedZone = event.value  # type: ignore[assignment]
        self._ledger.incident(self._clock.now_ms, "zone_closed", action=f"no-fly zone {zone.name} in force")
        self._others.revoke_on_ground()
        for drone in self._fleet.drones:
            if drone.sortie is not None and drone.sortie.stage != Stage.BOOKED:
                self._keep_out(drone, drone.sortie, zone)
            elif drone.leg is not None:
                self._keep_empty_leg_out(drone, drone.leg, zone)
            elif drone.sortie is None and drone.clearance is not None:
                self._others.revoke_empty_leg(drone, drone.clearance)

    def _keep_out(self, drone: Drone, sortie: Sortie, zone: TimedZone) -> None:
        now_ms = self._clock.now_ms
        if sortie.stage == Stage.HOMEWARD and sortie.leave_ms <= now_ms:
            self._keep_homeward_out(drone, sortie, zone)
        elif sortie.stage == Stage.OUTBOUND and now_ms < sortie.landed_ms:
            self._keep_outbound_out(drone, sortie, zone)
        elif self._leads_through(sortie.way_home, zone):
            self._others.give_back(drone, sortie)
            self._diversions.detain(drone, sortie, now_ms)
            self._others.tell(drone, sortie, "zone_closed", "has another way home")

    def _keep_outbound_out(self, drone: Drone, sortie: Sortie, zone: TimedZone) -> None:
        out_s = self._out_after_s(sortie.out_leg, zone)
        if out_s > self._grace_s:
            self._others.give_back(drone, sortie)
            if self._diversions.lead_around(drone, sortie):
                self._others.tell(drone, sortie, "zone_closed", "flies around")
            else:
                self._others.redirect(drone, sortie, cause="zone_closed")
        elif sortie.site != sortie.origin and self._leads_through(sortie.way_home, zone):
            self._others.give_back(drone, sortie)
            if self._diversions.hold(drone, sortie, sortie.arrived_ms):
                self._others.tell(drone, sortie, "zone_closed", "has another way home")
            else:
                self._others.redirect(drone, sortie, cause="zone_closed")
        elif out_s > 0:
            self._others.tell(drone, sortie, "zone_closed", "goes on")

    def _keep_homeward_out(self, drone: Drone, sortie: Sortie, zone: TimedZone) -> None:
        out_s = self._out_after_s(sortie.return_leg, zone)
        if out_s > self._grace_s:
            self._others.give_back(drone, sortie)
            if self._diversions.lead_home_around(drone, sortie):
                self._others.tell(drone, sortie, "zone_closed", "flies around")
            else:
                drone.is_loss = False
                self._others.fail(drone)
        elif out_s > 0:
            self._others.tell(drone, sortie, "zone_closed", "goes on")

    def _keep_empty_leg_out(self, drone: Drone, row: LegRow, zone: TimedZone) -> None:
        """An empty leg between take-off points is not led around: it goes on, or comes down where it is."""
        if self._out_after_s(row, zone) > self._grace_s:
            drone.is_loss = False
            self._others.fail(drone)

    def _out_after_s(self, row: LegRow, zone: TimedZone) -> float:
        """How long a leg in the air is not yet out of a zone for good; 0 where it does not lead through it."""
        now_s, planner = self._clock.now_ms / MS, self._fleet.planner
        ahead = course_of(row, planner).part(max(now_s, row.motion_from_ms / MS), row.cruise_to_ms / MS)
        out_s = zone.out_after_s(ahead, level_m=row.level_m)
        return out_s + float(ahead.at_s[0]) - now_s if out_s else 0.0

    def _leads_through(self, plan: LegPlan, zone: TimedZone) -> bool:
        return zone.out_after_s(along(plan.corners, plan.motion, level_m=plan.level_m), level_m=plan.level_m) > 0

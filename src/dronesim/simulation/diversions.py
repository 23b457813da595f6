"""Clearing a drone anew from where it is in the air: hold, divert or return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Clearance, Path4D, SortieRequest, Use, pack, sortie_request
from dronesim.geometry import path_length
from dronesim.simulation.clock import Clock
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.ledger import LegRow
from dronesim.simulation.logbook import Flown, Logbook
from dronesim.simulation.network import Network
from dronesim.simulation.plans import LegPlan, Planner, corner_times
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A way from the air to a site, when the drone could turn and arrive, and the energy until it is down."""

    site: int
    plan: LegPlan
    turn_ms: int
    arrive_ms: int
    energy_wh: float


class Diversions:
    """Finds and books ways out for drones in the air."""

    def __init__(
        self,
        inputs: SimulationInputs,
        *,
        clock: Clock,
        network: Network,
        planner: Planner,
        forecast: Forecast,
        logbook: Logbook,
    ) -> None:
        self._inputs = inputs
        self._clock = clock
        self._network = network
        self._planner = planner
        self._forecast = forecast
        self._logbook = logbook
        self._pack_wh = inputs.aircraft.drone_type.pack_wh
        self._hold_limit_ms = to_ms(inputs.rules.batteries.hold_allowance_s)
        self._unload_ms = to_ms(inputs.rules.airports.unload_s)

    def spent_wh(self, sortie: Sortie) -> float:
        """Energy of the current outbound leg so far, by share of its time."""
        departed_ms = sortie.out_leg.departed_ms
        return sortie.out_wh * (self._clock.now_ms - departed_ms) / (sortie.landed_ms - departed_ms)

    def flown(self, sortie: Sortie) -> Flown:
        """What the drone has flown of its outbound leg; it climbs to the end, cruises steadily, and waits there."""
        return self.flown_of(sortie.out_leg, arrive_ms=sortie.arrived_ms - sortie.hold_ms)

    def flown_of(self, row: LegRow, *, arrive_ms: int) -> Flown:
        """What a drone has flown of a leg whose cruise was to end at a time."""
        now_ms = self._clock.now_ms
        path, at_ms = self.course(row, arrive_ms=arrive_ms)
        cruise_to_ms = min(max(now_ms, row.cruise_from_ms), arrive_ms)
        is_passed = at_ms < cruise_to_ms
        end = [[np.interp(cruise_to_ms, at_ms, path[:, axis]) for axis in (0, 1)]]
        corners = np.concatenate([path[is_passed], end]) if is_passed.any() else path[[0, 0]]
        passed_ms = np.concatenate([at_ms[is_passed], [cruise_to_ms]]) if is_passed.any() else at_ms[[0, 0]]
        hold_ms = max(now_ms - cruise_to_ms, 0)
        return Flown(path=corners, at_ms=passed_ms, cruise_to_ms=cruise_to_ms, hold_ms=hold_ms)

    def course(self, row: LegRow, *, arrive_ms: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Corners of a leg's whole path ``(m, 2)``, and when the drone passes them ``(m,)``."""
        path = self._planner.plans[row.plan].corners if row.path is None else row.path
        return path, corner_times(path, row.cruise_from_ms, arrive_ms) if row.at_ms is None else row.at_ms

    def rest_of(self, row: LegRow, *, arrive_ms: int) -> tuple[NDArray[Any], float]:
        """Corners that still lie ahead, the drone's place first, and the seconds until the last of them."""
        path, at_ms = self.course(row, arrive_ms=arrive_ms)
        flown = self.flown_of(row, arrive_ms=arrive_ms)
        ahead = path[at_ms > flown.cruise_to_ms]
        return np.concatenate([flown.path[-1:], ahead]), (arrive_ms - flown.cruise_to_ms) / MS

    def ways_out(self, drone: Drone, sortie: Sortie) -> Iterator[WayOut]:
        """List ways to other open airports, nearest first, and at last to the take-off point."""
        network, now_ms = self._network, self._clock.now_ms
        flown = self.flown(sortie)
        airports = [
            network.airport_site(number)
            for number in range(self._inputs.places.airports)
            if self._forecast.closed_until_ms(number) <= now_ms
        ]
        ways = [self._way(drone, sortie, flown, site) for site in airports if site != sortie.site]
        yield from sorted((way for way in ways if way is not None), key=lambda way: (way.arrive_ms, way.site))
        home = self._way(drone, sortie, flown, sortie.origin)
        if home is not None:
            yield home

    def _way(self, drone: Drone, sortie: Sortie, flown: Flown, site: int) -> WayOut | None:
        """Find the way to a site with the parcel, if there is one, and energy for it and for the way home."""
        way = self._way_to(flown, site, start=sortie.origin, level=sortie.plan.out, payload_kg=self._payload_kg(sortie))
        if way is None:
            return None
        left_wh = drone.charge * self._pack_wh - self.spent_wh(sortie) - way.energy_wh
        way_home = None if site == sortie.origin else self._planner.leg(site, sortie.origin)
        has_way_home = site == sortie.origin or way_home is not None
        return way if has_way_home and left_wh >= (0.0 if way_home is None else way_home.empty_wh) else None

    def _way_to(self, flown: Flown, site: int, *, start: int, level: LegPlan, payload_kg: float) -> WayOut | None:
        """Find the way to a site at a level from where the drone can turn."""
        planner, aircraft = self._planner, self._inputs.aircraft
        path = planner.routes.from_point(level.level_index, flown.path[-1], site)
        cruise_s = planner.cruise_s(path) if len(path) else np.inf
        if not np.isfinite(cruise_s):
            return None
        arrive_ms = to_ms(cruise_s)
        # a climb is counted too, to be safe
        energy_wh = float(aircraft.energy_wh(cruise_s=cruise_s, level_m=level.level_m, payload_kg=payload_kg))
        plan = LegPlan(
            number=-1,
            origin=start,
            destination=site,
            level_index=level.level_index,
            level_m=level.level_m,
            distance_m=path_length(path),
            corners=path,
            climb_ms=0,
            arrive_ms=arrive_ms,
            land_ms=arrive_ms + to_ms(aircraft.descent_s(level.level_m)),
            empty_wh=energy_wh,
        )
        turn_ms = max(flown.cruise_to_ms, self._clock.now_ms)
        return WayOut(site=site, plan=plan, turn_ms=turn_ms, arrive_ms=turn_ms + arrive_ms, energy_wh=energy_wh)

    def _payload_kg(self, sortie: Sortie) -> float:
        return float(self._inputs.orders.mass_kg[sortie.order])

    def hold_wh(self, sortie: Sortie, hold_ms: int) -> float:
        """Energy of hovering with the parcel."""
        return float(self._inputs.aircraft.hover_wh(hold_ms / MS, self._payload_kg(sortie)))

    def book_landing(self, drone: Drone, sortie: Sortie, way: WayOut) -> Clearance | None:
        """Book the first landing at a site and the way home.

        None if the drone would hold for too long, or would come near another on its way.
        """
        airspace, plan = self._network.airspace, way.plan
        airspace.release_path(drone.number, after_ms=way.turn_ms)
        request = self._landing_request(sortie, way.site, plan.land_ms - plan.arrive_ms)
        way_home = None if way.site == sortie.origin else self._path_home(way.site, sortie.origin)
        clearance = airspace.clear_way_home(request, way_home, at_ms=way.arrive_ms, holder=drone.number)
        hold_ms = clearance.start_ms - way.arrive_ms
        path = self._planner.build_path(plan, hold_ms=hold_ms)
        if hold_ms > self._hold_limit_ms or not airspace.reserve_from(path, begins_ms=way.turn_ms, holder=drone.number):
            airspace.revoke(clearance, now_ms=self._clock.now_ms)
            airspace.release_path(drone.number, after_ms=way.turn_ms)
            return None
        self._keep_pilot(drone, clearance)
        return clearance

    def _path_home(self, site: int, origin: int) -> Path4D:
        return self._planner.path(self._planner.known_leg(site, origin))

    def _keep_pilot(self, drone: Drone, clearance: Clearance) -> None:
        """Let the pilot who has the drone now keep it until the clearance begins."""
        now_ms = self._clock.now_ms
        use = pack([(self._network.pilots, 0, clearance.start_ms - now_ms)])
        clearance.bookings.append(self._network.timetable.book(use, now_ms, holder=drone.number))

    def _landing_request(self, sortie: Sortie, site: int, descent_ms: int) -> SortieRequest:
        """Ask for a landing; offsets count from the arrival over the site."""
        network, headway_ms = self._network, self._network.headway_ms
        arrival = network.airspace.arrival(site, offset_ms=0)
        pad = network.pads[site]
        if site == sortie.origin:
            landing: Use = (pad, descent_ms - headway_ms, 2 * headway_ms)
            return sortie_request(
                outbound=(*arrival, landing, (network.pilots, 0, descent_ms)),
                stay=(),
                homeward=(),
                leave_ms=descent_ms,
            )
        home = self._planner.known_leg(site, sortie.origin)
        unloader = network.unloaders[network.airport_number(site)]
        return sortie_request(
            outbound=(*arrival, (unloader, descent_ms, self._unload_ms)),
            stay=(
                (pad, descent_ms - headway_ms, 2 * headway_ms + self._unload_ms),
                (network.pilots, 0, descent_ms + self._unload_ms + home.land_ms),
            ),
            homeward=self._planner.homeward(home),
            leave_ms=descent_ms + self._unload_ms,
        )

    def lead_around(self, drone: Drone, sortie: Sortie) -> bool:
        """Lead an outbound flight to where it is bound for by the routes as they are now; False if that can't be."""
        flown, spent_wh = self.flown(sortie), self.spent_wh(sortie)
        way = self._way(drone, sortie, flown, sortie.site)
        clearance = None if way is None else self.book_landing(drone, sortie, way)
        if way is None or clearance is None:
            return False
        self._bend(sortie.out_leg, flown, way)
        drone.clearance = clearance
        self.follow(sortie, way, clearance)
        sortie.out_wh += spent_wh
        return True

    def lead_home_around(self, drone: Drone, sortie: Sortie) -> bool:
        """Lead a flight home by the routes as they are now; False if that can't be."""
        row, arrive_ms = sortie.return_leg, sortie.home_arrived_ms - sortie.home_hold_ms
        share = (self._clock.now_ms - row.departed_ms) / (sortie.home_landed_ms - row.departed_ms)
        flown, spent_wh = self.flown_of(row, arrive_ms=arrive_ms), sortie.home_wh * share
        way = self._way_to(flown, sortie.origin, start=sortie.site, level=sortie.way_home, payload_kg=0.0)
        if way is None or drone.charge * self._pack_wh < spent_wh + way.energy_wh:
            return False
        clearance = self.book_landing(drone, sortie, way)
        if clearance is None:
            return False
        self._bend(row, flown, way)
        sortie.clearance = drone.clearance = clearance
        sortie.home_hold_ms = clearance.start_ms - way.arrive_ms
        sortie.home_arrived_ms = clearance.start_ms
        sortie.home_landed_ms = clearance.start_ms + way.plan.land_ms - way.plan.arrive_ms
        hover_wh = float(self._inputs.aircraft.hover_wh(sortie.home_hold_ms / MS, 0.0))
        sortie.home_wh = spent_wh + way.energy_wh + hover_wh
        return True

    def _bend(self, row: LegRow, flown: Flown, way: WayOut) -> None:
        at_ms = corner_times(way.plan.corners, way.turn_ms, way.arrive_ms)
        self._logbook.bend(row, flown, path=way.plan.corners, at_ms=at_ms)

    def follow(self, sortie: Sortie, way: WayOut, clearance: Clearance) -> None:
        """Change the sortie's plan to a booked way out."""
        descent_ms = way.plan.land_ms - way.plan.arrive_ms
        is_home = way.site == sortie.origin
        sortie.clearance = clearance
        sortie.site = way.site
        sortie.hold_ms = clearance.start_ms - way.arrive_ms
        sortie.arrived_ms = clearance.start_ms
        sortie.landed_ms = clearance.start_ms + descent_ms
        sortie.unloaded_ms = sortie.landed_ms + (0 if is_home else self._unload_ms)
        sortie.out_wh = way.energy_wh + self.hold_wh(sortie, sortie.hold_ms)
        self._plan_way_home(sortie, clearance.leave_ms)

    def _plan_way_home(self, sortie: Sortie, leave_ms: int, home: LegPlan | None = None) -> None:
        sortie.leave_ms = leave_ms
        if sortie.site == sortie.origin:
            sortie.home_arrived_ms, sortie.home_landed_ms = sortie.arrived_ms, sortie.landed_ms
            sortie.home_wh = 0.0
            return
        sortie.way_home = home = home or self._planner.known_leg(sortie.site, sortie.origin)
        sortie.home_arrived_ms = leave_ms + home.arrive_ms
        sortie.home_landed_ms = leave_ms + home.land_ms
        sortie.home_wh = home.empty_wh

    def hold(self, drone: Drone, sortie: Sortie, until_ms: int) -> bool:
        """Wait over the airport until it opens; False if that is too long, or in another's way."""
        airspace = self._network.airspace
        if self._planner.leg(sortie.site, sortie.origin) is None:
            return False
        hold_ms = until_ms - sortie.arrived_ms
        if hold_ms + sortie.hold_ms > self._hold_limit_ms:
            return False
        descent_ms = sortie.landed_ms - sortie.arrived_ms
        request = self._landing_request(sortie, sortie.site, descent_ms)
        airspace.release_path(drone.number, after_ms=sortie.arrived_ms)
        way_home = self._path_home(sortie.site, sortie.origin)
        clearance = airspace.clear_way_home(request, way_home, at_ms=until_ms, holder=drone.number)
        hold_ms = clearance.start_ms - sortie.arrived_ms
        held_ms = sortie.hold_ms + hold_ms
        waits = self._path_above(sortie, hold_ms=hold_ms, descent_ms=descent_ms)
        if held_ms > self._hold_limit_ms or not airspace.reserve_from(
            waits, begins_ms=sortie.arrived_ms, holder=drone.number
        ):
            airspace.revoke(clearance, now_ms=self._clock.now_ms)
            return False
        self._keep_pilot(drone, clearance)
        sortie.out_wh += self.hold_wh(sortie, held_ms - sortie.hold_ms)
        sortie.clearance = drone.clearance = clearance
        sortie.hold_ms = held_ms
        sortie.arrived_ms = clearance.start_ms
        sortie.landed_ms = clearance.start_ms + descent_ms
        sortie.unloaded_ms = sortie.landed_ms + self._unload_ms
        self._plan_way_home(sortie, clearance.leave_ms)
        return True

    def _path_above(self, sortie: Sortie, *, hold_ms: int, descent_ms: int) -> Path4D:
        """Put waiting over an airport and coming down into space and time."""
        return self._network.path(
            self._inputs.places.xy[[sortie.site, sortie.site]],
            level_m=sortie.plan.out.level_m,
            climb_ms=0,
            cruise_ms=0,
            descent_ms=descent_ms,
            origin=sortie.site,
            destination=sortie.site,
            hold_ms=hold_ms,
        )

    def detain(self, drone: Drone, sortie: Sortie, until_ms: int) -> None:
        """Keep a drone on the airport's pad until a time, then let it go home, as planned where no way is open."""
        network, now_ms = self._network, self._clock.now_ms
        home = self._planner.leg(sortie.site, sortie.origin) or sortie.way_home
        unloader = network.unloaders[network.airport_number(sortie.site)]
        left_ms = max(sortie.unloaded_ms - now_ms, 0) if sortie.stage == Stage.OUTBOUND else 0
        leave_ms = max(left_ms, until_ms - now_ms)
        request = sortie_request(
            outbound=((unloader, 0, left_ms),) if left_ms else (),
            stay=(
                (network.pads[sortie.site], 0, leave_ms + network.headway_ms),
                (network.pilots, 0, leave_ms + home.land_ms),
            ),
            homeward=self._planner.homeward(home),
            leave_ms=leave_ms,
        )
        network.airspace.release_path(drone.number, after_ms=max(now_ms, sortie.landed_ms))
        clearance = network.airspace.clear_way_home(
            request, self._planner.path(home), at_ms=now_ms, holder=drone.number
        )
        sortie.clearance = drone.clearance = clearance
        self._plan_way_home(sortie, clearance.leave_ms, home)

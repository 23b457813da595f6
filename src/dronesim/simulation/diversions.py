"""Clearing a drone anew from where it is in the air: hold, divert or return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.airspace import Clearance, Course, Path4D, SortieRequest, Use, joined, pack, sortie_request
from dronesim.geometry import path_length
from dronesim.simulation.clock import Clock
from dronesim.simulation.courses import Turn, plan_of, share_flown, turn_of
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.forecast import Forecast
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.logbook import Logbook
from dronesim.simulation.network import Network
from dronesim.simulation.plans import LegPlan, Planner
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A way from the air to a site: where the drone turns, how it flies on, the energy until it is down."""

    site: int
    plan: LegPlan
    turn: Turn
    energy_wh: float

    @property
    def enter_ms(self) -> int:
        """When it enters the terminal area of the site."""
        return self.turn.at_ms + self.plan.entry_ms

    @property
    def arrive_ms(self) -> int:
        """When it could arrive over the site."""
        return self.turn.at_ms + self.plan.arrive_ms

    def hold_ms(self, landing: Clearance) -> int:
        """How long it has to wait for a landing, which is cleared from when it enters."""
        return landing.start_ms - self.enter_ms


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
        self._usable_wh = inputs.aircraft.drone_type.usable_wh
        self._hold_limit_ms = to_ms(inputs.rules.batteries.hold_allowance_s)
        self._unload_ms = to_ms(inputs.rules.airports.unload_s)

    def spent_wh(self, sortie: Sortie, at_ms: int) -> float:
        """Energy of the current outbound leg up to a time, such as that of its turn."""
        return sortie.out_wh * share_flown(sortie.out_leg, at_ms=at_ms, landed_ms=sortie.landed_ms)

    def ways_out(self, drone: Drone, sortie: Sortie) -> Iterator[WayOut]:
        """List ways to other open airports, nearest first, and at last to the take-off point."""
        network, now_ms = self._network, self._clock.now_ms
        turn = self._turn(sortie)
        airports = [
            network.airport_site(number)
            for number in range(self._inputs.places.airports)
            if self._forecast.closed_until_ms(number) <= now_ms
        ]
        ways = [self._way(drone, sortie, turn, site) for site in airports if site != sortie.site]
        yield from sorted((way for way in ways if way is not None), key=lambda way: (way.arrive_ms, way.site))
        home = self._way(drone, sortie, turn, sortie.origin)
        if home is not None:
            yield home

    def _turn(self, sortie: Sortie) -> Turn:
        """Where an outbound drone could turn off."""
        return turn_of(sortie.out_leg, self._planner, now_ms=self._clock.now_ms, hold_ms=sortie.hold_ms)

    def _way(self, drone: Drone, sortie: Sortie, turn: Turn, site: int) -> WayOut | None:
        """Find the way to a site with the parcel, if there is one, and energy for it and for the way home."""
        way = self._way_to(turn, site, start=sortie.origin, level=sortie.plan.out, payload_kg=self._payload_kg(sortie))
        if way is None:
            return None
        left_wh = drone.charge * self._usable_wh - self.spent_wh(sortie, turn.at_ms) - way.energy_wh
        way_home = None if site == sortie.origin else self._planner.leg(site, sortie.origin)
        has_way_home = site == sortie.origin or way_home is not None
        return way if has_way_home and left_wh >= (0.0 if way_home is None else way_home.empty_wh) else None

    def _way_to(self, turn: Turn, site: int, *, start: int, level: LegPlan, payload_kg: float) -> WayOut | None:
        """Find the way to a site at a level from where the drone can turn."""
        planner, aircraft = self._planner, self._inputs.aircraft
        path = planner.routes.from_point(level.level_index, turn.course.points_m[-1, :2], site)
        cruise = planner.cruise(path, level.level_index) if len(path) else None
        if cruise is None:
            return None
        # a climb is counted too, to be safe
        energy_wh = float(
            aircraft.energy_wh(
                cruise_s=cruise.motion.duration_s,
                level_m=level.level_m,
                payload_kg=payload_kg,
                airspeed_mps=cruise.airspeed_mps,
            )
        )
        plan = planner.leg_along(
            path,
            cruise,
            level_index=level.level_index,
            ends=(start, site),
            distance_m=path_length(path),
            begins_in_air=True,
        )
        return WayOut(site=site, plan=plan, turn=turn, energy_wh=energy_wh)

    def _payload_kg(self, sortie: Sortie) -> float:
        return float(self._inputs.orders.mass_kg[sortie.order])

    def hold_wh(self, sortie: Sortie, hold_ms: int) -> float:
        """Energy of hovering with the parcel."""
        return float(self._inputs.aircraft.hover_wh(hold_ms / MS, self._payload_kg(sortie)))

    def book_landing(self, drone: Drone, sortie: Sortie, way: WayOut) -> Clearance | None:
        """Book the first landing at a site and the way home.

        None if the drone would hold for too long, or would come near another on its way.
        """
        airspace, plan, now_ms = self._network.airspace, way.plan, self._clock.now_ms
        airspace.release_path(drone.number, after_ms=now_ms)
        request = self._landing_request(sortie, plan, from_ms=plan.entry_ms)
        way_home = None if way.site == sortie.origin else self._path_home(way.site, sortie.origin)
        clearance = airspace.clear_way_home(request, way_home, at_ms=way.enter_ms, holder=drone.number)
        hold_ms = way.hold_ms(clearance)
        path = self._network.path(self._rest(way, hold_ms=hold_ms, now_ms=now_ms), plan.origin, plan.destination)
        if hold_ms > self._hold_limit_ms or not airspace.reserve_from(path, begins_ms=now_ms, holder=drone.number):
            airspace.revoke(clearance, now_ms=now_ms)
            airspace.release_path(drone.number, after_ms=now_ms)
            return None
        self._keep_pilot(drone, clearance)
        return clearance

    def _rest(self, way: WayOut, *, hold_ms: int, now_ms: int) -> Course:
        """What a drone is to fly from now on, on a clock that begins now: to its turn, to the site, and down."""
        to_turn = way.turn.course.part(now_ms / MS, np.inf).later(-now_ms / MS)
        onward = self._planner.build_course(way.plan).waiting(way.plan.arrive_ms / MS, hold_ms / MS)
        return joined([to_turn, onward.later((way.turn.at_ms - now_ms) / MS)])

    def _path_home(self, site: int, origin: int) -> Path4D:
        return self._planner.path(self._planner.known_leg(site, origin))

    def _keep_pilot(self, drone: Drone, clearance: Clearance) -> None:
        """Let the pilot who has the drone now keep it until the clearance begins."""
        now_ms = self._clock.now_ms
        use = pack([(self._network.pilots, 0, clearance.start_ms - now_ms)])
        clearance.bookings.append(self._network.timetable.book(use, now_ms, holder=drone.number))

    def _landing_request(self, sortie: Sortie, plan: LegPlan, *, from_ms: int) -> SortieRequest:
        """Ask for a landing by the end of a leg; offsets count from a time of its plan, later by a hold."""
        network, site = self._network, plan.destination
        sink_ms, land_ms = plan.sink_ms - from_ms, plan.land_ms - from_ms
        arrival, pad = network.airspace.arrival(site, offset_ms=0, for_ms=sink_ms), network.pads[site]
        if site == sortie.origin:
            landing: Use = (pad, sink_ms, land_ms - sink_ms + network.clear_ms)
            return sortie_request(
                outbound=(*arrival, landing, (network.pilots, 0, land_ms)),
                stay=(),
                homeward=(),
                leave_ms=land_ms,
            )
        home = self._planner.known_leg(site, sortie.origin)
        unloader = network.unloaders[network.airport_number(site)]
        leave_ms = land_ms + self._unload_ms + self._planner.check_ms
        return sortie_request(
            outbound=(*arrival, (unloader, land_ms, self._unload_ms)),
            stay=(
                (pad, sink_ms, leave_ms - sink_ms + home.climb_ms),
                (network.pilots, 0, leave_ms + home.land_ms),
            ),
            homeward=self._planner.homeward(home),
            leave_ms=leave_ms,
        )

    def lead_around(self, drone: Drone, sortie: Sortie) -> bool:
        """Lead an outbound flight to where it is bound for by the routes as they are now; False if that can't be."""
        turn = self._turn(sortie)
        spent_wh = self.spent_wh(sortie, turn.at_ms)
        way = self._way(drone, sortie, turn, sortie.site)
        clearance = None if way is None else self.book_landing(drone, sortie, way)
        if way is None or clearance is None:
            return False
        self._logbook.bend(sortie.out_leg, turn, onward=self._onward(way), plan=way.plan)
        drone.clearance = clearance
        self.follow(sortie, way, clearance)
        sortie.out_wh += spent_wh
        return True

    def lead_home_around(self, drone: Drone, sortie: Sortie) -> bool:
        """Lead a flight home by the routes as they are now; False if that can't be."""
        row = sortie.return_leg
        turn = turn_of(row, self._planner, now_ms=self._clock.now_ms, hold_ms=sortie.home_hold_ms)
        spent_wh = sortie.home_wh * share_flown(row, at_ms=turn.at_ms, landed_ms=sortie.home_landed_ms)
        way = self._way_to(turn, sortie.origin, start=sortie.site, level=sortie.way_home, payload_kg=0.0)
        if way is None or drone.charge * self._usable_wh < spent_wh + way.energy_wh:
            return False
        clearance = self.book_landing(drone, sortie, way)
        if clearance is None:
            return False
        self._logbook.bend(row, turn, onward=self._onward(way), plan=way.plan)
        sortie.clearance = drone.clearance = clearance
        sortie.home_hold_ms = way.hold_ms(clearance)
        sortie.home_arrived_ms = way.arrive_ms + sortie.home_hold_ms
        sortie.home_landed_ms = sortie.home_arrived_ms + way.plan.land_ms - way.plan.arrive_ms
        hover_wh = float(self._inputs.aircraft.hover_wh(sortie.home_hold_ms / MS, 0.0))
        sortie.home_wh = spent_wh + way.energy_wh + hover_wh
        return True

    def _onward(self, way: WayOut) -> Course:
        """What a drone flies from its turn on, in the time of day, without a hold."""
        return self._planner.build_course(way.plan).later(way.turn.at_ms / MS)

    def begin_divert(self, drone: Drone, sortie: Sortie, way: WayOut) -> None:
        """Begin the leg of a diversion, at its turn."""
        self._logbook.divert(
            drone, sortie, now_ms=self._clock.now_ms, turn_ms=way.turn.at_ms, plan=way.plan, course=self._onward(way)
        )

    def follow(self, sortie: Sortie, way: WayOut, clearance: Clearance) -> None:
        """Change the sortie's plan to a booked way out."""
        down_ms = way.plan.land_ms - way.plan.arrive_ms
        is_home = way.site == sortie.origin
        sortie.clearance = clearance
        sortie.site = way.site
        sortie.hold_ms = way.hold_ms(clearance)
        sortie.arrived_ms = way.arrive_ms + sortie.hold_ms
        sortie.landed_ms = sortie.arrived_ms + down_ms
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
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        if self._planner.leg(sortie.site, sortie.origin) is None:
            return False
        if until_ms - sortie.arrived_ms + sortie.hold_ms > self._hold_limit_ms:
            return False
        plan = plan_of(sortie.out_leg, self._planner)
        request = self._landing_request(sortie, plan, from_ms=plan.arrive_ms)
        airspace.release_path(drone.number, after_ms=sortie.arrived_ms)
        way_home = self._path_home(sortie.site, sortie.origin)
        clearance = airspace.clear_way_home(request, way_home, at_ms=until_ms, holder=drone.number)
        hold_ms = clearance.start_ms - sortie.arrived_ms
        held_ms = sortie.hold_ms + hold_ms
        waits = self._path_above(plan, hold_ms=hold_ms)
        if held_ms > self._hold_limit_ms or not airspace.reserve_from(
            waits, begins_ms=sortie.arrived_ms, holder=drone.number
        ):
            airspace.revoke(clearance, now_ms=now_ms)
            return False
        self._keep_pilot(drone, clearance)
        sortie.out_wh += self.hold_wh(sortie, held_ms - sortie.hold_ms)
        sortie.clearance = drone.clearance = clearance
        sortie.hold_ms = held_ms
        sortie.arrived_ms = clearance.start_ms
        sortie.landed_ms = clearance.start_ms + plan.land_ms - plan.arrive_ms
        sortie.unloaded_ms = sortie.landed_ms + self._unload_ms
        self._plan_way_home(sortie, clearance.leave_ms)
        return True

    def _path_above(self, plan: LegPlan, *, hold_ms: int) -> Path4D:
        """Put waiting over the end of a leg and coming down there into space and time."""
        down = self._planner.build_course(plan).part(plan.arrive_ms / MS, np.inf).later(-plan.arrive_ms / MS)
        return self._network.path(down.waiting(0.0, hold_ms / MS), plan.destination, plan.destination)

    def detain(self, drone: Drone, sortie: Sortie, until_ms: int) -> None:
        """Keep a drone on the airport's pad until a time, then let it go home, as planned where no way is open."""
        network, now_ms = self._network, self._clock.now_ms
        home = self._planner.leg(sortie.site, sortie.origin) or sortie.way_home
        unloader = network.unloaders[network.airport_number(sortie.site)]
        left_ms = max(sortie.unloaded_ms - now_ms, 0) if sortie.stage == Stage.OUTBOUND else 0
        leave_ms = max(left_ms, until_ms - now_ms) + self._planner.check_ms
        request = sortie_request(
            outbound=((unloader, 0, left_ms),) if left_ms else (),
            stay=(
                (network.pads[sortie.site], 0, leave_ms + home.climb_ms),
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
        if sortie.stage == Stage.HOMEWARD:
            self._logbook.plan(sortie.return_leg, home, departed_ms=sortie.leave_ms)

"""Remedies, for a flight of any kind: hold, lead around, land elsewhere, return, stay, come down, revoke."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from dronesim.airspace import Clearance
from dronesim.record.incidents import (
    DIVERTS,
    DRONE_FAILS,
    GOES_ON,
    HOLDS,
    OTHER_WAY_HOME,
    OTHER_WIND,
    RETURNS,
    SILENT,
    ZONE_OVER,
)
from dronesim.simulation.cabinets import Cabinets
from dronesim.simulation.drone import Drone
from dronesim.simulation.fleet import REPLANNED, Fleet
from dronesim.simulation.flight import Flight
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.position import Position
from dronesim.simulation.road import Road
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.clearing import Clearing
from dronesim.simulation.trouble.coming_down import ComingDown
from dronesim.simulation.trouble.lanes import LanesInUse
from dronesim.simulation.trouble.silence import Silence
from dronesim.simulation.trouble.ways_out import WayOut, WaysOut
from dronesim.units import to_ms


class Remedies:
    """What can be done about trouble; each remedy edits what is booked and tells who goes by it.

    Flights in the air come first: where one of them finds no other end among what is booked, the booking of every drone
    that has not departed is revoked, and the dispatcher assigns those orders again in the same instant.
    """

    def __init__(self, inputs: SimulationInputs, scene: Scene, *, fleet: Fleet, cabinets: Cabinets, road: Road) -> None:
        self.scene = scene
        self.fleet = fleet
        self.sites = inputs.places.ids
        self.cabinets = cabinets
        self._road = road
        self._xy = inputs.places.xy
        self._legs = scene.planner.legs_of
        self.silence = Silence(inputs, scene)
        self.position = Position(inputs)
        self._latency_ms = to_ms(inputs.rules.link.latency_s)
        self._changes_ms = [to_ms(change_s) for change_s in inputs.changes_s()]
        self._lanes = LanesInUse(scene)
        self._ways = WaysOut(inputs, scene, self._lanes)
        self._clearing = Clearing(inputs, scene, lanes=self._lanes, ways=self._ways)
        self._down = ComingDown(scene, fleet=fleet, cabinets=cabinets, road=road)

    @property
    def now_ms(self) -> int:
        """Time of the current instant."""
        return self.scene.clock.now_ms

    def _routes_change_ms(self) -> int:
        """When routes or the wind change next after this instant; where they don't, after the day is over."""
        later_ms = (at_ms for at_ms in self._changes_ms if at_ms > self.now_ms)
        return min(later_ms, default=self.scene.over_ms + 1)

    # who is where

    def carrying(self) -> list[tuple[Drone, Sortie]]:
        """List drones that carry a parcel in the air, by number."""
        return [(drone, sortie) for drone, sortie in self.out() if sortie.is_carrying(self.now_ms)]

    def bound_for(self, site: int) -> list[tuple[Drone, Sortie]]:
        """List drones with a parcel for a site that may still be brought elsewhere, by the time of their arrival."""
        bound = [
            (drone, sortie) for drone, sortie in self.out() if sortie.site == site and sortie.is_bound(self.now_ms)
        ]
        return sorted(bound, key=lambda drone_sortie: drone_sortie[1].out.arrived_ms)

    def stopping_at(self, site: int) -> list[tuple[Drone, Sortie]]:
        """List drones on an airport's pads, or sinking to them, by number."""
        now_ms = self.now_ms
        return [(drone, sortie) for drone, sortie in self.out() if sortie.site == site and sortie.is_at_stop(now_ms)]

    def out(self) -> list[tuple[Drone, Sortie]]:
        """List drones with a sortie that is booked or flown, by number."""
        return [(drone, drone.sortie) for drone in self.fleet.drones if drone.sortie is not None]

    # what is closed

    def _kept_ms(self, site: int) -> int:
        """Tell until when nobody lands at a site or leaves it, since it is an airport that is closed; 0: it is not."""
        network = self.scene.network
        is_airport = not network.is_takeoff_point(site)
        return self.scene.boards.kept_until_ms[site - network.takeoff_points] if is_airport else 0

    def _opens_ms(self, sortie: Sortie) -> int:
        """Tell when the airport that a parcel is flown to takes it again, as far as that is known by now; 0: it does.

        A parcel that diverted needs no box.
        """
        network, site = self.scene.network, sortie.site
        if sortie.stop is None or network.is_takeoff_point(site):
            return 0
        jammed_ms = 0 if sortie.is_diverted else self.scene.boards.jammed_until_ms[site - network.takeoff_points]
        return max(self._kept_ms(site), jammed_ms)

    # on the ground

    def revoke_on_ground(self) -> None:
        """Take back the bookings of all drones that have not departed, those of empty legs too."""
        for drone in self.fleet.drones:
            self._take_back(drone)

    def revoke_bound_for(self, airport: int) -> None:
        """Take back what has not departed of all that is bound for an airport, by number among airports."""
        for drone in self.fleet.drones:
            if drone.is_waiting(self.now_ms) and self.scene.book.airport[drone.order] == airport:
                self.fleet.revoke(drone)

    def revoke_from(self, takeoff_point: int) -> None:
        """Take back what is booked to depart from a take-off point and has not."""
        for drone, sortie in self.out():
            if self.now_ms < sortie.departed_ms and sortie.origin == takeoff_point:
                self._take_back(drone)

    def revoke_changed(self, *, is_all: bool = False) -> None:
        """Take back what has not departed and would be planned otherwise now, or all that has not."""
        now_ms = self.now_ms
        for drone, sortie in self.out():
            if now_ms < sortie.departed_ms and (is_all or not self.is_as_planned(sortie)):
                self._take_back(drone)

    def _take_back(self, drone: Drone) -> None:
        """Take back what a drone is to do and has not departed for: its order, and an empty leg on the way to it."""
        if drone.is_waiting(self.now_ms):
            self.fleet.revoke(drone)
        sortie = drone.sortie
        if sortie is not None and sortie.order == -1 and self.now_ms < sortie.departed_ms:
            self.fleet.revoke_empty(drone)

    def stay(self, drone: Drone, sortie: Sortie, until_ms: int, *, cause: str, action: str) -> None:
        """Keep a drone on the airport's pad until a time, then let it go home, as planned where no way is open.

        One that sinks to it lands first: who has begun to sink ends its descent. Nobody leaves an airport that is
        closed.
        """
        home, until_ms = _booked_home(drone, sortie), max(until_ms, self._kept_ms(sortie.site))
        self.give_back(sortie)
        leg, until_ms = self._next_way_home(sortie, home, until_ms)
        sortie.clearance, displaced = self._book_stay(drone, sortie, leg, until_ms, cause=cause)
        home.plan(leg, departed_ms=sortie.clearance.leave_ms, energy_wh=leg.empty_wh)
        self.tell(drone, sortie, cause, action)
        for other, its in displaced:
            self.land_anew(other, its, cause=cause)

    def unload_later(self, drone: Drone, sortie: Sortie, for_ms: int, *, cause: str, action: str) -> None:
        """Let a drone on an airport's pad, or sinking to it, be unloaded for so long as soon as somebody can.

        What it held is given back already. It leaves no sooner than it was to.
        """
        network, stop, home = self.scene.network, sortie.stop, _booked_home(drone, sortie)
        if stop is None:
            raise AssertionError(f"drone {drone.number} has nothing to unload")
        stop.unloads_ms = network.first_free_ms(
            network.unloader(stop.site), max(sortie.out.landed_ms, self.now_ms), for_ms
        )
        stop.unloaded_ms = home.requested_ms = stop.unloads_ms + for_ms
        self._expect_unloaded(sortie)
        leaves_ms = max(stop.unloaded_ms, home.departed_ms - self.scene.times.check_ms)
        self.stay(drone, sortie, leaves_ms, cause=cause, action=action)

    def _book_stay(
        self, drone: Drone, sortie: Sortie, leg: Leg, until_ms: int, *, cause: str
    ) -> tuple[Clearance, list[tuple[Drone, Sortie]]]:
        """Book a stay from now on; where another is promised what it holds, those on the ground give way.

        A zone that lies on the site leaves the drone the pad that it is on. If that is not enough, those give way who
        are to land there, who are given too: they have to land anew. Where one of them does not hear, who stays leaves
        as it was booked; if that is not open any more, or no drone may take off that way now, the other comes down.
        """
        network, now_ms, displaced = self.scene.network, self.now_ms, list[tuple[Drone, Sortie]]()

        def leave_pad() -> None:
            network.leave_pad(sortie.site, now_ms=now_ms, until_ms=clearance.leave_ms)

        def displace() -> None:
            for other, its in self.bound_for(sortie.site):
                if not self.silence.hears(its):
                    self.land_unheard(other, its, cause=cause)
                    continue
                displaced.append((other, its))
                self.give_back(its)

        def leave_as_booked() -> None:
            nonlocal until_ms
            bound = self.bound_for(sortie.site)
            if not sortie.is_barred and not all(its.is_adrift or self.is_reached(its) for _, its in bound):
                until_ms = min(until_ms, _booked_home(drone, sortie).departed_ms - self.scene.times.check_ms)

        clearance = self._clearing.book_stay(drone, sortie, leg, until_ms)
        for give_way in (leave_pad, self.revoke_on_ground, leave_as_booked, displace):
            if clearance.start_ms > now_ms:
                network.airspace.revoke(clearance, now_ms=now_ms)
                give_way()
                clearance = self._clearing.book_stay(drone, sortie, leg, until_ms)
        return clearance, displaced

    def land_anew(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        """Let a drone in the air, whose landing was given back, land as soon as it can, or find another end."""
        if self.hold(drone, sortie, sortie.out.arrived_ms):
            self.tell(drone, sortie, cause, HOLDS if sortie.out.hold_ms else GOES_ON)
        else:
            self.redirect(drone, sortie, cause=cause, reopens_ms=self.now_ms)

    def _next_way_home(self, sortie: Sortie, home: Flight, at_ms: int) -> tuple[Leg, int]:
        """Give the way home from a stop from a time on; where none is open, its old one, no sooner than it was booked.

        Who has none open may wait for another wind; that is noted.
        """
        leg = self.way_home(sortie)
        sortie.is_barred = leg is None
        return (home.leg, max(at_ms, home.departed_ms - self.scene.times.check_ms)) if leg is None else (leg, at_ms)

    def way_home(self, sortie: Sortie) -> Leg | None:
        """Give the way home from a stop as it is now, if there is one, and energy for it."""
        return self._ways.way_home(sortie)

    def _how_home(self, sortie: Sortie) -> str:
        """Say how a drone at a stop, or bound for one, comes home where its way home is barred."""
        if self.way_home(sortie) is not None:
            return OTHER_WAY_HOME
        planner = self.scene.planner
        is_wind = not planner.may_fly or planner.has_way(sortie.site, sortie.lands_at)
        return OTHER_WIND if is_wind else ZONE_OVER

    def go_home_anew(
        self, drone: Drone, sortie: Sortie, *, cause: str, opens_ms: int | None = None, keeps: bool = False
    ) -> None:
        """Let a drone that is to go home from a stop do so by the ways of now, or wait until one may open.

        That is at ``opens_ms``, or after routes change next. ``keeps``: its way is the one that it had.
        """
        opens_ms = self._routes_change_ms() + 1 if opens_ms is None else opens_ms
        self.give_back(sortie)
        is_open, action = self.way_home(sortie) is not None, GOES_ON if keeps else self._how_home(sortie)
        leaves_ms = self.now_ms if is_open else opens_ms
        if sortie.is_at_stop(self.now_ms):
            self.stay(drone, sortie, leaves_ms, cause=cause, action=action)
        elif self.hold(drone, sortie, sortie.out.arrived_ms, leaves_ms=leaves_ms):
            self.tell(drone, sortie, cause, action)
        else:
            self.redirect(drone, sortie, cause=cause, reopens_ms=self.now_ms, leaves_ms=leaves_ms)

    def is_as_planned(self, sortie: Sortie) -> bool:
        """Tell whether all flights of a booked sortie would be planned just so now, with the same pack."""
        planner, order = self.scene.planner, sortie.order
        is_carried = order == -1 or self.scene.plans.sortie(order) is not None
        is_same_pack = sortie.pack_share == planner.air.pack_share
        return is_carried and is_same_pack and all(self._is_planned(flight.leg) for flight in sortie.flights)

    def _is_planned(self, leg: Leg) -> bool:
        now = [other for other in self.scene.planner.legs(leg.origin, leg.destination) if other.level_m == leg.level_m]
        return bool(now) and now[0].is_flown_as(leg) and now[0].empty_wh == leg.empty_wh

    def keeps_its_way_home(self, sortie: Sortie) -> bool:
        """Tell whether the way home from a stop is flown now as it is booked; if so, note what energy it takes now."""
        leg, home = self.way_home(sortie), sortie.home
        if leg is None or home is None or not leg.is_flown_as(home.leg):
            return False
        home.plan(leg, departed_ms=home.departed_ms, energy_wh=leg.empty_wh)
        sortie.charge_anew()
        return True

    # in silence

    def is_reached(self, sortie: Sortie) -> bool:
        """Tell whether a drone obeys an order at the instant in which it is given; it need not be in the air."""
        return self._reached_ms(sortie, self.now_ms) == self.now_ms

    def _reached_ms(self, sortie: Sortie, ordered_ms: int) -> int:
        """Tell when a drone obeys an order, as far as it is known to hear by now; no later than it sinks."""
        now_ms, flight = self.now_ms, sortie.aloft(self.now_ms)
        if flight is None or flight.is_committed(now_ms):
            return now_ms
        return max(self.silence.heard_ms(sortie), min(ordered_ms + self._latency_ms, flight.sinks_ms))

    def when_heard(
        self, drone: Drone, sortie: Sortie, then: Callable[[], None], *, ordered_ms: int | None = None
    ) -> None:
        """Do something about a flight as soon as its drone obeys, or begins to sink: at once, or later."""
        ordered_ms = self.now_ms if ordered_ms is None else ordered_ms
        at_ms = self._reached_ms(sortie, ordered_ms)
        if at_ms == self.now_ms:
            then()
        else:
            self.scene.clock.call_at(at_ms, self._is_heard, (drone, sortie, then, ordered_ms))

    def order(self, drone: Drone, sortie: Sortie, then: Callable[[], None], *, cause: str) -> None:
        """Give a drone an order, which it obeys as soon as it hears it; that it does not hear yet is told."""
        if not self.silence.hears(sortie):
            self.note(drone, sortie, cause, SILENT)
        self.when_heard(drone, sortie, then)

    def _is_heard(self, event: Event) -> None:
        drone, sortie, then, ordered_ms = event.value  # type: ignore[misc]
        if drone.sortie is sortie:
            self.when_heard(drone, sortie, then, ordered_ms=ordered_ms)

    def away_ms(self, flight: Flight) -> int:
        """Tell when a flight that has climbed is out of the terminal area in which it begins."""
        return self._lanes.away_ms(flight)

    def hold_here(self, drone: Drone, sortie: Sortie, flight: Flight, *, cause: str) -> Clearance | None:
        """Let a drone hold on its way for as long as it may, with nothing booked beyond but its pilot's share.

        None where it can't: it is in a terminal area or a zone, or has no energy for it; or it came down.
        """
        way = self._ways.around(sortie, flight)
        if way is None or not self._clearing.may_wait(way):
            return None
        hold_ms = self._clearing.longest_hold_ms(sortie, flight, way)
        if hold_ms <= 0:
            return None
        self.give_back(sortie)
        clearance = self._clearing.book_pilot(drone, way, hold_ms)
        if clearance is None:
            self.revoke_on_ground()
            clearance = self._clearing.book_pilot(drone, way, hold_ms)
        if clearance is None:
            self.land_safely(drone, cause=cause)
            return None
        self._bend(sortie, flight, way.waiting(hold_ms, is_over_site=False), clearance, home=sortie.home)
        sortie.is_adrift = sortie.hangs = True
        self.tell(drone, sortie, cause, HOLDS)
        return clearance

    def go_on_anew(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        """Lead a flight on to where it is bound for; where there is no way, it lands elsewhere or comes down."""
        flight = sortie.aloft(self.now_ms)
        if flight is not None:
            self.turn_away(drone, sortie, flight, cause=cause, action=GOES_ON)

    def turn_away(self, drone: Drone, sortie: Sortie, flight: Flight, *, cause: str, action: str) -> None:
        """Lead a flight around what is in its way; where there is no way around, it lands elsewhere or comes down."""
        self.give_back(sortie)
        if self.lead_around(drone, sortie, flight):
            self.tell(drone, sortie, cause, action)
            return
        self.revoke_on_ground()
        if self.lead_around(drone, sortie, flight):
            self.tell(drone, sortie, cause, action)
        elif flight.order != -1:
            self.redirect(drone, sortie, cause=cause)
        else:
            self.land_safely(drone, cause=cause)

    def return_home(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        """Let a flight with a parcel return on its own, near whomever it comes; where it can't, it comes down."""
        self.give_back(sortie)
        if self._land_at_home(drone, sortie, cause=cause, is_kept_apart=False):
            return
        self.revoke_on_ground()
        if not self._land_at_home(drone, sortie, cause=cause, is_kept_apart=False):
            self.land_safely(drone, cause=cause)

    def land_unheard(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        """Let a drone come down that does not hear that its landing is another's; one with none booked holds on."""
        if not sortie.is_adrift:
            self.land_safely(drone, cause=cause)

    # in the air

    def give_back(self, sortie: Sortie) -> None:
        """Give pads, lanes and crews back; the path stays the drone's until it has another.

        Lanes that are in use are used to their end, and so is the column over a pad from which a drone climbs.
        """
        kept = self._lanes.kept(sortie)
        sortie.is_adrift = False
        self.scene.network.airspace.revoke(sortie.clearance, now_ms=self.now_ms, kept=kept)

    def redirect(
        self, drone: Drone, sortie: Sortie, *, cause: str, reopens_ms: int | None = None, leaves_ms: int = 0
    ) -> None:
        """Find another end for a flight with a parcel: hold until its airport opens, another one, home, or down.

        ``leaves_ms``: when it may go home from its airport at the earliest, see ``hold``.
        """
        if self._find_end(drone, sortie, cause=cause, reopens_ms=reopens_ms, leaves_ms=leaves_ms):
            return
        self.revoke_on_ground()
        if not self._find_end(drone, sortie, cause=cause, reopens_ms=reopens_ms, leaves_ms=leaves_ms):
            self.land_safely(drone, cause=cause)

    def _find_end(self, drone: Drone, sortie: Sortie, *, cause: str, reopens_ms: int | None, leaves_ms: int) -> bool:
        out = sortie.out
        if reopens_ms is not None and (
            self.hold(drone, sortie, max(reopens_ms, out.arrived_ms), leaves_ms=leaves_ms)
            or self.lead_around(drone, sortie, out, opens_ms=reopens_ms)
        ):
            self.tell(drone, sortie, cause, HOLDS if out.hold_ms else GOES_ON)
            return True
        return any(self._land_at(drone, sortie, way, cause=cause) for way in self._ways.elsewhere(sortie, out))

    def _land_at(self, drone: Drone, sortie: Sortie, way: WayOut, *, cause: str, is_kept_apart: bool = True) -> bool:
        """Let a flight with a parcel end by another way, if that can be booked."""
        found = self._clearing.book(drone, sortie, sortie.out, way, is_kept_apart=is_kept_apart)
        if found is None:
            return False
        self._divert(sortie, *found)
        self.tell(drone, sortie, cause, RETURNS if way.site == sortie.origin else DIVERTS)
        return True

    def bring_home(self, drone: Drone, sortie: Sortie, *, cause: str) -> None:
        """Let a flight with a parcel end at home; where it finds no way there, elsewhere, or where it was bound for."""
        if self._land_at_home(drone, sortie, cause=cause):
            return
        self.revoke_on_ground()
        if not self._land_at_home(drone, sortie, cause=cause):
            self.redirect(drone, sortie, cause=cause, reopens_ms=self.now_ms)

    def _land_at_home(self, drone: Drone, sortie: Sortie, *, cause: str, is_kept_apart: bool = True) -> bool:
        way = self._ways.back(sortie, sortie.out)
        return way is not None and self._land_at(drone, sortie, way, cause=cause, is_kept_apart=is_kept_apart)

    def hold(self, drone: Drone, sortie: Sortie, until_ms: int, *, leaves_ms: int = 0) -> bool:
        """Let a drone wait over its airport until a time, and go home after it.

        Where no way home is open now, it takes its old one from ``leaves_ms`` on, and no sooner than it was to: it may
        wait for another wind. False if it would wait over its airport for too long, or in another's way. It waits for
        an airport that is closed, or whose cabinet is jammed, whatever else it is led anew for. One that hangs where it
        held in silence has nothing cleared before it: it is led on from there.
        """
        if sortie.hangs:
            return False
        out, until_ms = sortie.out, max(until_ms, self._opens_ms(sortie))
        leg, leaves_ms = self._next_way_home(sortie, _booked_home(drone, sortie), leaves_ms)
        clearance = self._clearing.book_hold(drone, sortie, leg, until_ms=until_ms, leaves_ms=leaves_ms)
        if clearance is None:
            return False
        more_ms = clearance.start_ms - max(out.arrived_ms, self.now_ms)
        out.wait(more_ms, energy_wh=self._legs.hover_wh(more_ms, out.payload_kg, out.leg))
        self._go_on(sortie, clearance, leg)
        return True

    def lead_around(self, drone: Drone, sortie: Sortie, flight: Flight, *, opens_ms: int = 0) -> bool:
        """Lead a flight to where it is bound for by the routes as they are now, when that is open.

        It may wait where it turns, or over its site. False if that can't be.
        """
        way = self._ways.around(sortie, flight)
        opens_ms = max(opens_ms, self._opens_ms(sortie)) if flight is sortie.out else opens_ms
        found = None if way is None else self._clearing.book(drone, sortie, flight, way, opens_ms=opens_ms)
        if found is None:
            return False
        self._bend(sortie, flight, *found)
        return True

    def _bend(
        self, sortie: Sortie, flight: Flight, way: WayOut, clearance: Clearance, *, home: Flight | None = None
    ) -> None:
        """Let a flight go on by another way; its sortie then goes home by a flight's leg, or by the routes of now."""
        energy_wh = flight.spent_at(way.turn, self._legs) + self._wh(way, flight)
        flight.bend(way.turn, way.stretch, self._ways.onward(way), energy_wh=energy_wh)
        flight.leave_by(way.lanes)
        sortie.hangs = False
        if flight is sortie.out:
            self._go_on(sortie, clearance, None if home is None else home.leg)
        else:
            sortie.clearance = clearance

    def _wh(self, way: WayOut, flight: Flight) -> float:
        return way.energy_wh + self._legs.hover_wh(way.wait_ms + way.over_ms, flight.payload_kg, flight.leg)

    def _divert(self, sortie: Sortie, way: WayOut, clearance: Clearance) -> None:
        """Let a flight end at its turn, and another one begin there."""
        out, turn = sortie.out, way.turn
        onward = Flight(
            "divert",
            way.leg,
            order=out.order,
            payload_kg=out.payload_kg,
            requested_ms=self.now_ms,
            departed_ms=turn.at_ms,
            energy_wh=self._wh(way, out),
        )
        onward.begin_in_air(way.stretch, self._ways.onward(way), leaves=way.leaves)
        onward.leave_by(way.lanes)
        spent_wh = out.spent_at(turn, self._legs)
        out.cut(turn.course, hold_ms=turn.hold_ms, energy_wh=spent_wh, outcome="diverted")
        sortie.land_elsewhere(onward, way.site)
        if not sortie.is_diverted:
            self.cabinets.release(sortie.order)
        sortie.is_diverted = True
        sortie.hangs = False
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
            leg = home or planner.known_leg(site, sortie.lands_at)
            sortie.fly_home(leg, departed_ms=clearance.leave_ms, energy_wh=leg.empty_wh)
        self._expect_unloaded(sortie)

    def _expect_unloaded(self, sortie: Sortie) -> None:
        """Tell who goes on with a parcel from its stop when it is unloaded there."""
        if sortie.is_diverted:
            self.scene.clock.call_at(sortie.unloaded_ms, self._rescued, sortie)
        else:
            self.cabinets.expect(sortie.order, sortie.unloaded_ms)

    def _rescued(self, event: Event) -> None:
        """Let a parcel that was unloaded elsewhere go on by road."""
        sortie: Sortie = event.value  # type: ignore[assignment]
        if sortie.unloaded_ms == self.now_ms and not sortie.is_rescued:
            sortie.is_rescued = True
            self._road.bring(sortie.order, self._xy[sortie.site], reason="diverted")

    def tell(self, drone: Drone, sortie: Sortie, cause: str, action: str) -> None:
        """Write down what a drone does about what went wrong, and tell all who go by its plan."""
        self.note(drone, sortie, cause, action)
        sortie.charge_anew()
        self.scene.network.shares_off.return_from(drone.number, sortie.landed_ms, now_ms=self.now_ms)
        self.fleet.tell(drone, sortie)
        drone.process.interrupt(REPLANNED)

    def note(self, drone: Drone, sortie: Sortie, cause: str, action: str) -> None:
        """Write down what a drone does about what went wrong."""
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

    # down

    def land_safely(self, drone: Drone, *, cause: str = DRONE_FAILS.name) -> None:
        """Bring a drone down where it is, from where it is fetched by road; ``cause`` is the trouble that it met."""
        self._bring_down(drone, cause=cause, is_loss=False)

    def fail(self, drone: Drone) -> None:
        """Let a drone fail where it is: it is lost, or it lands safely somewhere, is fetched by road and mended."""
        drone.budget_ms = None
        self._bring_down(drone, cause=DRONE_FAILS.name, is_loss=drone.is_loss)

    def _bring_down(self, drone: Drone, *, cause: str, is_loss: bool) -> None:
        if drone.sortie is None:
            raise AssertionError(f"drone {drone.number} fails on its stand")
        self.give_back(drone.sortie)
        self.scene.network.shares_off.return_from(drone.number, self.now_ms, now_ms=self.now_ms)
        self._down.bring_down(drone, drone.sortie, cause=cause, is_loss=is_loss)


def _booked_home(drone: Drone, sortie: Sortie) -> Flight:
    """Give the flight home of a drone that has a stop before it."""
    if sortie.home is None:
        raise AssertionError(f"drone {drone.number} has no way home from where its sortie ends")
    return sortie.home

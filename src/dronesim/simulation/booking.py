"""Books sorties whole: at the planned level, or at the best one where flights are kept apart in space."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Clearance, LegChoice, pack
from dronesim.errors import InputError, Problem
from dronesim.simulation.drone import Drone
from dronesim.simulation.flight import Flight
from dronesim.simulation.held_up import HeldUp
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.plans import SortiePlan, SortieWays
from dronesim.simulation.rules import Rules
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie, Stop
from dronesim.units import DAY, LAST_MS, MS, to_ms


class Booking:
    """Asks route management for clearances."""

    def __init__(self, inputs: SimulationInputs, scene: Scene) -> None:
        self._inputs = inputs
        self._clock = scene.clock
        self._book = scene.book
        self._network = scene.network
        self._waits = scene.boards.waits
        self._planner = scene.planner
        self._plans = scene.plans
        self._held_up = HeldUp(inputs, scene)
        self._times = scene.times
        self._reserve = inputs.rules.batteries.reserve
        self._furthest_ms = _furthest_ms(inputs.rules)
        # energy of each order's outbound leg by level, (levels, orders), and the most over all levels
        self._level_wh = np.empty((0, 0))
        self._most_wh = array("d")
        self._stays = inputs.rules.fleet.stays
        self._boards = scene.boards

    def forget(self) -> None:
        """Find energies anew, since routes or the wind have changed."""
        self._most_wh = array("d")

    def send_to(self, order: int, airport: int) -> None:
        """Plan an order of the queue to another airport from here on, by number among airports."""
        self._waits.sent_on.append((order, self._clock.now_ms, self._book.airport[order]))
        self._book.airport[order] = airport
        self._plans.send_to(order, airport)
        self._boards.renew(order)
        self.forget()

    def is_possible(self, drone: Drone) -> bool:
        """Tell whether a drone can fly its order with its charge, by the routes and the wind as they are."""
        plan = self.plan_for(drone)
        return plan is not None and self._plans.out_wh[drone.order] + plan.fixed_wh <= self._available_wh(drone)

    def plan_for(self, drone: Drone) -> SortiePlan | None:
        """Plan the sortie of a drone's order: home to where it is to land, or where that can't be, to where it begins.

        None where no way leads there and back.
        """
        plan = self._plans.sortie(drone.order)
        if plan is None or drone.lands_at in (-1, plan.out.origin):
            return plan
        other = self._plans.landing_at(drone.order, drone.lands_at)
        return plan if other is None or other[1] > self._available_wh(drone) else other[0]

    def _available_wh(self, drone: Drone) -> float:
        return (drone.charge - self._reserve) * drone.full_wh * self._planner.air.pack_share

    def book(self, drone: Drone) -> Sortie | None:
        """Book the sortie of a drone's order; the energy of the way chosen stays within what is available.

        None where it would not be over in time before flying is forecast to stop.
        """
        order, plans = drone.order, self._plans
        planned = self.plan_for(drone)
        if planned is None:
            raise AssertionError(f"order {order} was assigned, but no drone can reach its airport")
        ways = self._planner.ways(planned, load_ms=self._book.load_left_ms.get(order))
        if self._stays:
            return self._book_one_way(drone, self._planner.plan_of(ways, 0))
        allowed = ways.is_every
        if len(ways.is_every) > 1:
            allowed = self._affordable(order, ways, self._available_wh(drone))
        plan, clearance, opened_ms = self._clear(drone, ways, allowed)
        if clearance.leave_ms + plan.home.land_ms > self._planner.air_known.home_by_ms:
            self._give_back(drone, clearance)
            return None
        is_quickest = plan.out.level_index == planned.out.level_index
        out_wh = plans.out_wh[order] if is_quickest else float(self._level_wh[plan.out.level_index, order])
        start_ms, leave_ms = clearance.start_ms, clearance.leave_ms
        self._held_up.note(order, plan, clearance, opened_ms=opened_ms)
        stop = Stop(plan.out.destination, (order,), unloaded_ms=start_ms + plan.deliver_ms)
        out = self._outbound(order, plan, start_ms, energy_wh=out_wh)
        home = Flight(
            "return", plan.home, requested_ms=stop.unloaded_ms, departed_ms=leave_ms, energy_wh=plan.home.empty_wh
        )
        sortie = Sortie([out, home], clearance, order=order, stop=stop, loaded_ms=start_ms + plan.load_ms)
        return self._give(drone, sortie)

    def _outbound(self, order: int, plan: SortiePlan, start_ms: int, *, energy_wh: float) -> Flight:
        return Flight(
            "outbound",
            plan.out,
            order=order,
            payload_kg=self._book.mass_kg[order],
            requested_ms=self._clock.now_ms,
            departed_ms=start_ms + plan.depart_ms,
            energy_wh=energy_wh,
        )

    def _book_one_way(self, drone: Drone, plan: SortiePlan) -> Sortie:
        """Book a sortie that ends at its airport, with energy for the way home; flights are not kept apart in space."""
        order, now_ms = drone.order, self._clock.now_ms
        request = self._planner.uses.one_way(plan.out, self._planner.routes, load_ms=plan.load_ms)
        clearance = self._network.airspace.clear_way_home(request, None, at_ms=now_ms, holder=drone.number)
        start_ms = clearance.start_ms
        self._held_up.note_one_way(order, plan, clearance)
        stop = Stop(plan.out.destination, (order,), unloaded_ms=start_ms + plan.deliver_ms)
        out = self._outbound(order, plan, start_ms, energy_wh=self._plans.out_wh[order])
        sortie = Sortie([out], clearance, order=order, stop=stop, loaded_ms=start_ms + plan.load_ms)
        sortie.stays = True
        return self._give(drone, sortie)

    def _clear(self, drone: Drone, ways: SortieWays, allowed: NDArray[np.bool_]) -> tuple[SortiePlan, Clearance, int]:
        """Clear a sortie that is home before a zone closes its take-off point, or begins after that.

        Gives also from when on it might begin: from now on, or when the zone is over.
        """
        airspace = self._network.airspace
        at_ms = self._may_begin_ms(ways.outs[0].origin)
        while True:
            number, clearance = airspace.clear_sortie(ways.choices, allowed, at_ms=at_ms, holder=drone.number)
            plan = self._planner.plan_of(ways, number)
            opens_ms = self._opens_ms(plan, clearance)
            if opens_ms is None:
                return plan, clearance, at_ms
            self._give_back(drone, clearance)
            at_ms = opens_ms

    def _may_begin_ms(self, site: int) -> int:
        """Tell from when on a drone may be loaded at a take-off point, or depart from a site empty."""
        now_ms = self._clock.now_ms
        return max(now_ms, self._network.departs_from_ms[site]) if self._network.is_takeoff_point(site) else now_ms

    def _give_back(self, drone: Drone, clearance: Clearance) -> None:
        airspace, now_ms = self._network.airspace, self._clock.now_ms
        airspace.revoke(clearance, now_ms=now_ms)
        airspace.release_path(drone.number, after_ms=now_ms)

    def _opens_ms(self, plan: SortiePlan, clearance: Clearance) -> int | None:
        """Tell when a take-off point opens again to which a sortie would come home only then; None if it need not."""
        spells = self._network.spells_in_zones
        if not spells:
            return None
        start_ms, home_ms = clearance.start_ms, clearance.leave_ms + plan.home.land_ms
        origin, home = plan.out.origin, plan.home.destination
        barred = [spell for spell in spells.get(origin, ()) if start_ms < spell[0] < home_ms]
        if home != origin:
            barred += [spell for spell in spells.get(home, ()) if spell[0] < home_ms and start_ms < spell[1]]
        return min((to_ms for _, to_ms in barred), default=None)

    def _give(self, drone: Drone, sortie: Sortie) -> Sortie:
        if sortie.landed_ms > self._furthest_ms:
            raise _too_far_ahead(self._inputs.name, sortie)
        sortie.pack_share = self._planner.air.pack_share
        sortie.charge(drone.charge, drone.full_wh * sortie.pack_share)
        drone.sortie = sortie
        return sortie

    def _affordable(self, order: int, ways: SortieWays, available_wh: float) -> NDArray[np.bool_]:
        """Tell which ways can be flown; the planned one, number 0, always can."""
        if not self._most_wh:
            self._find_energies()
        if self._most_wh[order] + ways.most_fixed_wh <= available_wh:
            return ways.is_every
        allowed: NDArray[np.bool_] = self._level_wh[ways.levels, order] + ways.fixed_wh <= available_wh
        allowed[0] = True
        return allowed

    def _find_energies(self) -> None:
        """Find the energy of each order's outbound leg with its parcel at each level; inf for no leg."""
        aircraft, orders, book = self._planner.air.aircraft, self._inputs.orders, self._book
        airports = self._inputs.places.airports
        ends = np.asarray(book.takeoff_point, dtype=np.int64) * airports + np.asarray(book.airport)
        keys, pair_of = np.unique(ends, return_inverse=True)
        pairs = [divmod(key, airports) for key in keys.tolist()]
        levels_m = np.array(self._planner.routes.levels_m)
        cruise_s = np.full((len(levels_m), len(pairs)), np.inf)
        airspeed_mps = np.zeros_like(cruise_s)
        for number, (takeoff_point, destination) in enumerate(pairs):
            for leg in self._planner.legs(takeoff_point, self._network.airport_site(destination)):
                cruise_s[leg.level_index, number] = leg.cruise_s
                airspeed_mps[leg.level_index, number] = leg.airspeed_mps
        self._level_wh = aircraft.energy_wh(
            cruise_s=cruise_s[:, pair_of.reshape(-1)],
            level_m=levels_m[:, None],
            payload_kg=np.minimum(orders.mass_kg, aircraft.drone_type.payload_kg),
            airspeed_mps=airspeed_mps[:, pair_of.reshape(-1)],
        )
        self._most_wh = array("d", self._level_wh.max(axis=0).tobytes())

    def book_empty(self, drone: Drone, takeoff_point: int) -> Sortie:
        """Book an empty leg to a take-off point."""
        planned = self._planner.known_leg(drone.place, takeoff_point)
        legs = [planned]
        if self._network.airspace.compares_ways:
            available_wh = self._available_wh(drone)
            legs = [
                leg
                for leg in self._planner.legs(drone.place, takeoff_point)
                if leg is planned or leg.empty_wh <= available_wh
            ]
        now_ms = self._clock.now_ms
        number, clearance = self._network.airspace.clear_leg(
            [self._leg_choice(leg) for leg in legs], at_ms=self._may_begin_ms(drone.place), holder=drone.number
        )
        departed_ms = clearance.start_ms + self._times.check_ms
        flight = Flight(
            "deadhead",
            legs[number],
            requested_ms=now_ms,
            departed_ms=departed_ms,
            energy_wh=legs[number].empty_wh,
        )
        return self._give(drone, Sortie([flight], clearance))

    def _leg_choice(self, leg: Leg) -> LegChoice:
        planner = self._planner
        path = planner.path(leg) if self._network.airspace.compares_ways else None
        return LegChoice(
            uses=pack(planner.uses.deadhead(leg, planner.routes)), path=path, depart_ms=self._times.check_ms
        )


def _furthest_ms(rules: Rules) -> int:
    """Give the last landing for which all that a flight holds ends at times that calendars know."""
    held_s = rules.takeoff_points.clear_s + rules.airspace.lane_headway_s + rules.airspace.route_headway_s
    return LAST_MS - to_ms(held_s)


def _too_far_ahead(name: str, sortie: Sortie) -> InputError:
    """Refuse days whose pads and lanes are booked out for weeks, which no day is long enough for."""
    days = sortie.landed_ms / MS / DAY
    rule = (
        f"order {sortie.order} would be booked for {days:.0f} days after midnight: pads, loaders, unloaders and lanes "
        "are held for too long (takeoff_points.load_s and clear_s, airports.unload_s, airspace.lane_headway_s and "
        "route_headway_s, drone.takeoff_check_s), or there are too few of them"
    )
    return InputError([Problem(file=name, key="handling", rule=rule)])

"""Plans of legs and sorties: how long each part takes, what it needs, in milliseconds from its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Cruise
from dronesim.aircraft.motion import Motion
from dronesim.airspace import (
    Course,
    Path4D,
    SortieChoice,
    SortieChoices,
    SortieRequest,
    Use,
    along,
    crossings_s,
    joined,
    sortie_choices,
    sortie_request,
    upright,
)
from dronesim.geometry import distances_along
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.library import LegShelf
from dronesim.simulation.network import Network
from dronesim.units import MS, to_ms
from dronesim.weather import is_flyable


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """One flight between two sites at one level; times in milliseconds count from take-off.

    It has left the column over its pad at ``climb_ms``, flies off at ``cruise_ms``, has left the terminal area at
    ``exit_ms``, enters that of its destination at ``entry_ms``, is over it at ``arrive_ms``, sinks from ``sink_ms`` on
    and is down at ``land_ms``. ``corners`` (m, 2) are those of its route, ``motion`` how it passes along them,
    ``airspeed_mps`` the mean that its energy goes by; ``number`` is its place in ``Planner.plans``, -1 for a plan made
    in the air and for what the library holds.
    """

    number: int
    origin: int
    destination: int
    level_index: int
    level_m: float
    distance_m: float
    corners: NDArray[Any]
    motion: Motion
    airspeed_mps: float
    climb_ms: int
    cruise_ms: int
    exit_ms: int
    entry_ms: int
    arrive_ms: int
    sink_ms: int
    land_ms: int
    empty_wh: float

    @property
    def cruise_s(self) -> float:
        """Time from where it flies off to where it arrives, in seconds."""
        return self.motion.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SortiePlan:
    """Both legs of a sortie with everything it books.

    ``depart_ms`` and ``deliver_ms`` count from the start of loading.
    """

    out: LegPlan
    home: LegPlan
    request: SortieRequest
    load_ms: int
    depart_ms: int
    deliver_ms: int
    fixed_wh: float
    """Energy that does not depend on the parcel: the way home and the hold allowance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortiePlans:
    """All ways to fly a sortie, one a pair of levels, the quickest first.

    ``levels`` (plans,) tells the level of each one's way out, ``fixed_wh`` (plans,) its energy beside that,
    ``most_fixed_wh`` the largest of these; ``is_every`` (plans,) is true for each.
    """

    plans: tuple[SortiePlan, ...]
    levels: NDArray[np.int64]
    fixed_wh: NDArray[np.float64]
    most_fixed_wh: float
    is_every: NDArray[np.bool_]
    choices: SortieChoices


class Planner:
    """Makes plans when they are first asked for and keeps them.

    ``plans`` are all legs planned so far, by number.
    """

    def __init__(self, inputs: SimulationInputs, network: Network) -> None:
        self._inputs = inputs
        self._network = network
        start_s = inputs.rules.horizon.start_s
        self.routes, self._winds = inputs.routes.at(start_s), inputs.wind(start_s)
        self.acceleration_mps2 = inputs.aircraft.drone_type.acceleration_mps2
        self.check_ms = to_ms(inputs.aircraft.drone_type.takeoff_check_s)
        self.plans: list[LegPlan] = []
        self._legs: dict[tuple[int, int], tuple[LegPlan, ...]] = {}
        self._sorties: dict[tuple[int, int], SortiePlan | None] = {}
        self._all_sorties: dict[tuple[int, int], SortiePlans] = {}
        self._old_courses: dict[int, Course] = {}
        self._shelf = self._find_shelf()
        self._hold_wh = float(
            inputs.aircraft.hover_wh(inputs.rules.batteries.hold_allowance_s, inputs.aircraft.drone_type.payload_kg)
        )

    def change(self, t_s: float) -> None:
        """Plan for departures at a time from here on, in the routes and the wind of then; old plans stay valid."""
        self.routes, self._winds = self._inputs.routes.at(t_s), self._inputs.wind(t_s)
        self._shelf = self._find_shelf()
        self._legs.clear()
        self._sorties.clear()
        self._all_sorties.clear()

    def _find_shelf(self) -> LegShelf:
        """Find the legs that other days in the same routes and wind have worked out."""
        inputs = self._inputs
        radii_m = (self._network.radius_m, self._network.inner_radius_m)
        return inputs.library.shelf(self.routes, self._winds, inputs.aircraft, radii_m)

    def legs(self, origin: int, destination: int) -> tuple[LegPlan, ...]:
        """Plan the leg at every level at which it can be flown, the quickest first."""
        key = (origin, destination)
        if key not in self._legs:
            options = [self._at_level(index, origin, destination) for index in range(self.levels)]
            flyable = [plan for plan in options if plan is not None]
            self._legs[key] = tuple(sorted(flyable, key=lambda plan: plan.land_ms))
        return self._legs[key]

    def leg(self, origin: int, destination: int) -> LegPlan | None:
        """Plan the quickest leg over all levels; None where no path exists or the wind forbids it."""
        return next(iter(self.legs(origin, destination)), None)

    def known_leg(self, origin: int, destination: int) -> LegPlan:
        """Plan a leg that must exist, because a drone has flown it or was checked to be able to."""
        plan = self.leg(origin, destination)
        if plan is None:
            raise AssertionError(f"no way from site {origin} to site {destination}")
        return plan

    def flown_routes(self, flown: Iterable[int]) -> list[tuple[int, int, float, NDArray[Any]]]:
        """List origin, destination, level and corners of the quickest leg of each pair and of what was flown."""
        quickest = {legs[0].number for legs in self._legs.values() if legs}
        plans = [self.plans[number] for number in quickest | set(flown)]
        plans.sort(key=lambda plan: (plan.origin, plan.destination, plan.level_m, plan.number))
        return [(plan.origin, plan.destination, plan.level_m, plan.corners) for plan in plans]

    def clear(self) -> None:
        """Give all plans up."""
        self._legs.clear()
        self._sorties.clear()
        self._all_sorties.clear()
        self.plans.clear()

    @property
    def levels(self) -> int:
        """Number of cruise levels."""
        return len(self.routes.levels_m)

    def _at_level(self, level_index: int, origin: int, destination: int) -> LegPlan | None:
        key, legs = (level_index, origin, destination), self._shelf.legs
        if key not in legs:
            legs[key] = self._work_out(*key)
        known = legs[key]
        if known is None:
            return None
        plan = replace(known, number=len(self.plans))
        self.plans.append(plan)
        return plan

    def _work_out(self, level_index: int, origin: int, destination: int) -> LegPlan | None:
        routes = self.routes
        if not np.isfinite(routes.length_m(level_index, origin, destination)):
            return None
        waypoints = routes.waypoints(level_index, origin, destination)
        cruise = self.cruise(waypoints, level_index)
        if cruise is None:
            return None
        return self.leg_along(
            waypoints,
            cruise,
            level_index=level_index,
            ends=(origin, destination),
            distance_m=float(routes.length_m(level_index, origin, destination)),
        )

    def leg_along(
        self,
        corners: NDArray[Any],
        cruise: Cruise,
        *,
        level_index: int,
        ends: tuple[int, int],
        distance_m: float,
        begins_in_air: bool = False,
    ) -> LegPlan:
        """Plan a leg along corners at a level, from take-off or from rest in the air."""
        aircraft, network, level_m = self._inputs.aircraft, self._network, float(self.routes.levels_m[level_index])
        kind, (motion, airspeed_mps) = aircraft.drone_type, cruise
        climb_ms = 0 if begins_in_air else to_ms(aircraft.climb(level_m).duration_s)
        cruise_ms = climb_ms + (0 if begins_in_air else to_ms(kind.transition_s))
        arrive_ms = cruise_ms + to_ms(motion.duration_s)
        sink_ms = arrive_ms + to_ms(kind.approach_s)
        exit_s, entry_s = _beyond(corners, motion, radius_m=network.radius_m)
        return LegPlan(
            number=-1,
            origin=ends[0],
            destination=ends[1],
            level_index=level_index,
            level_m=level_m,
            distance_m=distance_m,
            corners=corners,
            motion=motion,
            airspeed_mps=airspeed_mps,
            climb_ms=climb_ms,
            cruise_ms=cruise_ms,
            exit_ms=cruise_ms + to_ms(exit_s),
            entry_ms=cruise_ms + int(entry_s * MS),
            arrive_ms=arrive_ms,
            sink_ms=sink_ms,
            land_ms=sink_ms + to_ms(aircraft.descent(level_m).duration_s),
            empty_wh=float(
                aircraft.energy_wh(
                    cruise_s=motion.duration_s, level_m=level_m, payload_kg=0.0, airspeed_mps=airspeed_mps
                )
            ),
        )

    def is_flyable(self, level_index: int) -> bool:
        """Tell whether drones may depart at a level in the wind as it is."""
        limit_mps = self._inputs.aircraft.drone_type.wind_limit_mps
        return is_flyable(self._winds[level_index], limit_mps=limit_mps)

    def cruise(self, path: NDArray[Any], level_index: int) -> Cruise | None:
        """Fly along a path, ``(m, 2)``, at a level in the wind as it is; None where that forbids it."""
        if not self.is_flyable(level_index):
            return None
        return self._inputs.aircraft.cruise(path, self._winds[level_index].vector())

    def sortie(self, takeoff_point: int, airport: int) -> SortiePlan | None:
        """Plan a sortie from a take-off point to an airport (numbered from 0 among airports) and back."""
        key = (takeoff_point, airport)
        if key not in self._sorties:
            self._sorties[key] = self._sortie(takeoff_point, self._network.airport_site(airport))
        return self._sorties[key]

    def _sortie(self, home: int, away: int) -> SortiePlan | None:
        out, back = self.leg(home, away), self.leg(away, home)
        return None if out is None or back is None else self._pair(out, back)

    def _pair(self, out: LegPlan, back: LegPlan) -> SortiePlan:
        rules = self._inputs.rules
        load_ms, unload_ms = to_ms(rules.takeoff_points.load_s), to_ms(rules.airports.unload_s)
        depart_ms = load_ms + self.check_ms
        deliver_ms = depart_ms + out.land_ms + unload_ms
        return SortiePlan(
            out=out,
            home=back,
            request=sortie_request(
                outbound=self._outbound(out, load_ms=load_ms, unload_ms=unload_ms),
                stay=self._stay(out, back, depart_ms=depart_ms, unload_ms=unload_ms),
                homeward=self.homeward(back),
                leave_ms=deliver_ms + self.check_ms,
            ),
            load_ms=load_ms,
            depart_ms=depart_ms,
            deliver_ms=deliver_ms,
            fixed_wh=back.empty_wh + self._hold_wh,
        )

    def all_sorties(self, plan: SortiePlan) -> SortiePlans:
        """Plan a sortie at every pair of levels, out and home."""
        key = (plan.out.origin, plan.out.destination)
        if key not in self._all_sorties:
            self._all_sorties[key] = self._every_pair(*key)
        return self._all_sorties[key]

    def _every_pair(self, home: int, away: int) -> SortiePlans:
        outs, backs = self.legs(home, away), self.legs(away, home)
        pairs = [(out, back) for out in range(len(outs)) for back in range(len(backs))]
        plans = tuple(self._pair(outs[out], backs[back]) for out, back in pairs)
        choices = [
            SortieChoice(
                out=out,
                home=back,
                request=plan.request,
                depart_ms=plan.depart_ms,
                deliver_ms=plan.deliver_ms,
                home_ms=plan.home.land_ms,
            )
            for (out, back), plan in zip(pairs, plans, strict=True)
        ]
        return SortiePlans(
            plans=plans,
            fixed_wh=np.array([plan.fixed_wh for plan in plans]),
            most_fixed_wh=max(plan.fixed_wh for plan in plans),
            levels=np.array([plan.out.level_index for plan in plans]),
            choices=sortie_choices([self.path(leg) for leg in outs], [self.path(leg) for leg in backs], choices),
            is_every=np.ones(len(plans), dtype=np.bool_),
        )

    def path(self, plan: LegPlan) -> Path4D:
        """Give the path of a numbered plan in space and time, cut at the terminal areas of its ends."""
        key, shelf = (plan.level_index, plan.origin, plan.destination), self._shelf
        if not self._is_on_shelf(plan):
            return self._network.path(self.course(plan), plan.origin, plan.destination)
        if key not in shelf.paths:
            shelf.paths[key] = self._network.path(self.course(plan), plan.origin, plan.destination)
        return shelf.paths[key]

    def course(self, plan: LegPlan) -> Course:
        """Give the course of a numbered plan from take-off to landing, on its own clock."""
        key, shelf = (plan.level_index, plan.origin, plan.destination), self._shelf
        if not self._is_on_shelf(plan):
            if plan.number not in self._old_courses:
                self._old_courses[plan.number] = self.build_course(plan)
            return self._old_courses[plan.number]
        if key not in shelf.courses:
            shelf.courses[key] = self.build_course(plan)
        return shelf.courses[key]

    def _is_on_shelf(self, plan: LegPlan) -> bool:
        """Tell whether a plan is of the routes and the wind as they are, not from before they changed."""
        own = self._shelf.legs.get((plan.level_index, plan.origin, plan.destination))
        return own is not None and own.motion is plan.motion

    def build_course(self, plan: LegPlan) -> Course:
        """Put a plan into space and time anew."""
        aircraft, level_m = self._inputs.aircraft, plan.level_m
        parts = [along(plan.corners, plan.motion, level_m=level_m, begins_s=plan.cruise_ms / MS)]
        if plan.climb_ms:
            parts.insert(0, upright(plan.corners[0], aircraft.climb(level_m)))
        parts.append(upright(plan.corners[-1], aircraft.descent(level_m), begins_s=plan.sink_ms / MS, from_m=level_m))
        ground_m = np.array([[*plan.corners[-1], 0.0]])
        return joined([*parts, Course(at_s=np.array([plan.land_ms / MS]), points_m=ground_m)])

    def _outbound(self, out: LegPlan, *, load_ms: int, unload_ms: int) -> tuple[Use, ...]:
        network, depart_ms = self._network, load_ms + self.check_ms
        return (
            (network.pads[out.origin], 0, depart_ms + out.climb_ms),
            (network.loaders[out.origin], 0, load_ms),
            *_later(self._departing(out), depart_ms),
            *_later(self._arriving(out), depart_ms),
            (network.unloaders[network.airport_number(out.destination)], depart_ms + out.land_ms, unload_ms),
        )

    def _stay(self, out: LegPlan, back: LegPlan, *, depart_ms: int, unload_ms: int) -> tuple[Use, ...]:
        network, check_ms = self._network, self.check_ms
        on_pad_ms = out.land_ms - out.sink_ms + unload_ms + check_ms + back.climb_ms
        return (
            (network.pads[out.destination], depart_ms + out.sink_ms, on_pad_ms),
            (network.pilots, depart_ms - check_ms, check_ms + out.land_ms + unload_ms + check_ms + back.land_ms),
        )

    def homeward(self, back: LegPlan) -> tuple[Use, ...]:
        """List what a way home holds, from leaving a site to being off the pad at home."""
        network = self._network
        on_pad_ms = back.land_ms - back.sink_ms + network.clear_ms
        return (
            *self._departing(back),
            *self._arriving(back),
            (network.pads[back.destination], back.sink_ms, on_pad_ms),
        )

    def _departing(self, leg: LegPlan) -> tuple[Use, ...]:
        """List what a leg holds in the departure lane, on its route and on its airways, from take-off."""
        airspace = self._network.airspace
        lane = airspace.departure(leg.origin, offset_ms=leg.climb_ms, for_ms=leg.exit_ms - leg.climb_ms)
        return (*lane, *airspace.route(leg.origin, leg.destination), *self._airway_uses(leg))

    def _arriving(self, leg: LegPlan) -> tuple[Use, ...]:
        """List what a leg holds in the arrival lane, from take-off."""
        stays_ms = leg.sink_ms - leg.entry_ms
        return self._network.airspace.arrival(leg.destination, offset_ms=leg.entry_ms, for_ms=stays_ms)

    def _airway_uses(self, plan: LegPlan) -> tuple[Use, ...]:
        """List what a leg holds on the airways that it follows, as offsets from take-off."""
        if self.routes.airways is None:
            return ()
        pieces = self.routes.airway_pieces(plan.level_index, plan.origin, plan.destination)
        at_ms = plan.cruise_ms + MS * corner_times_s(plan.corners, plan.motion)
        legs = zip(pieces.tolist(), at_ms[:-1].tolist(), at_ms[1:].tolist(), strict=True)
        return tuple(
            use
            for piece, enter_ms, leave_ms in legs
            if piece >= 0
            for use in self._network.airway_uses(
                self.routes.airways, piece, plan.level_index, enter_ms=round(enter_ms), leave_ms=round(leave_ms)
            )
        )

    def deadhead(self, leg: LegPlan) -> tuple[Use, ...]:
        """List what an empty leg between two take-off points holds, from its check on the pad."""
        network, check_ms = self._network, self.check_ms
        return (
            (network.pads[leg.origin], 0, check_ms + leg.climb_ms),
            (network.pilots, 0, check_ms + leg.land_ms),
            *_later(self.homeward(leg), check_ms),
        )


def _later(uses: Iterable[Use], by_ms: int) -> tuple[Use, ...]:
    return tuple((calendar, offset_ms + by_ms, hold_ms) for calendar, offset_ms, hold_ms in uses)


def corner_times_s(corners: NDArray[Any], motion: Motion) -> NDArray[np.float64]:
    """Times at which a motion passes the corners of its path ``(m, 2)``, shape ``(m,)``, from where it flies off."""
    at_s, place_m = motion.knots
    times_s = np.interp(distances_along(corners), place_m, at_s)
    times_s[0], times_s[-1] = 0.0, motion.duration_s
    return np.asarray(times_s)


def _beyond(corners: NDArray[Any], motion: Motion, *, radius_m: float) -> tuple[float, float]:
    """When a drone is for the first time so far from where it flies off, and for the last time from where it arrives.

    In seconds from where it flies off; its end where it never is so far, and its beginning.
    """
    course = along(corners, motion, level_m=0.0)
    away_s = [crossings_s(course, corners[end], radius_m=radius_m) for end in (0, -1)]
    exit_s = float(away_s[0].min(initial=motion.duration_s))
    return exit_s, float(away_s[1].max(initial=0.0))

"""Plans of legs and sorties: how long each part takes, what it needs, in milliseconds from its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import (
    Path4D,
    SortieChoice,
    SortieChoices,
    SortieRequest,
    Use,
    sortie_choices,
    sortie_request,
)
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.library import LegShelf
from dronesim.simulation.network import Network
from dronesim.units import MS, to_ms
from dronesim.weather import is_flyable


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """One flight between two sites at one level; ``arrive_ms`` and ``land_ms`` count from take-off.

    ``corners`` (m, 2) are those of its route; ``number`` is its place in ``Planner.plans``, -1 for a plan made
    in the air and for what the library holds.
    """

    number: int
    origin: int
    destination: int
    level_index: int
    level_m: float
    distance_m: float
    corners: NDArray[Any]
    climb_ms: int
    arrive_ms: int
    land_ms: int
    empty_wh: float

    @property
    def cruise_s(self) -> float:
        """Time at cruise level in seconds."""
        return (self.arrive_ms - self.climb_ms) / MS


@dataclass(frozen=True, slots=True, kw_only=True)
class SortiePlan:
    """Both legs of a sortie with everything it books; ``deliver_ms`` counts from the start of loading."""

    out: LegPlan
    home: LegPlan
    request: SortieRequest
    load_ms: int
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
        self.routes, self._wind = inputs.routes.at(start_s), inputs.wind(start_s)
        self.plans: list[LegPlan] = []
        self._legs: dict[tuple[int, int], tuple[LegPlan, ...]] = {}
        self._sorties: dict[tuple[int, int], SortiePlan | None] = {}
        self._all_sorties: dict[tuple[int, int], SortiePlans] = {}
        self._shelf = self._find_shelf()
        self._hold_wh = float(
            inputs.aircraft.hover_wh(inputs.rules.batteries.hold_allowance_s, inputs.aircraft.drone_type.payload_kg)
        )

    def change(self, t_s: float) -> None:
        """Plan for departures at a time from here on, in the routes and the wind of then; old plans stay valid."""
        self.routes, self._wind = self._inputs.routes.at(t_s), self._inputs.wind(t_s)
        self._shelf = self._find_shelf()
        self._legs.clear()
        self._sorties.clear()
        self._all_sorties.clear()

    def _find_shelf(self) -> LegShelf:
        """Find the legs that other days in the same routes and wind have worked out."""
        inputs = self._inputs
        return inputs.library.shelf(self.routes, self._wind, inputs.aircraft, self._network.inner_radius_m)

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
        inputs, routes = self._inputs, self.routes
        if not np.isfinite(routes.length_m(level_index, origin, destination)) or not self.is_flyable():
            return None
        waypoints = routes.waypoints(level_index, origin, destination)
        level_m = float(routes.levels_m[level_index])
        cruise_s = self.cruise_s(waypoints)
        if not np.isfinite(cruise_s):
            return None
        climb_ms = to_ms(inputs.aircraft.climb_s(level_m))
        arrive_ms = climb_ms + to_ms(cruise_s)
        return LegPlan(
            number=-1,
            origin=origin,
            destination=destination,
            level_index=level_index,
            level_m=level_m,
            distance_m=float(routes.length_m(level_index, origin, destination)),
            corners=waypoints,
            climb_ms=climb_ms,
            arrive_ms=arrive_ms,
            land_ms=arrive_ms + to_ms(inputs.aircraft.descent_s(level_m)),
            empty_wh=float(inputs.aircraft.energy_wh(cruise_s=cruise_s, level_m=level_m, payload_kg=0.0)),
        )

    def is_flyable(self) -> bool:
        """Tell whether drones may depart in the wind as it is."""
        return is_flyable(self._wind, limit_mps=self._inputs.aircraft.drone_type.wind_limit_mps)

    def cruise_s(self, path: NDArray[Any]) -> float:
        """Time along a path, ``(m, 2)``, in the wind as it is; inf where that forbids it."""
        return float(self._inputs.aircraft.cruise_s(path, self._wind.vector()))

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
        land_ms = load_ms + out.land_ms
        return SortiePlan(
            out=out,
            home=back,
            request=sortie_request(
                outbound=self._outbound(out, load_ms=load_ms, unload_ms=unload_ms),
                stay=self._stay(out, back, load_ms=load_ms, unload_ms=unload_ms),
                homeward=self.homeward(back),
                leave_ms=land_ms + unload_ms,
            ),
            load_ms=load_ms,
            deliver_ms=land_ms + unload_ms,
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
                depart_ms=plan.load_ms,
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
        """Give a leg's path in space and time, cut at the terminal areas of its ends."""
        key, shelf = (plan.level_index, plan.origin, plan.destination), self._shelf
        own = shelf.legs.get(key)
        if own is None or own.corners is not plan.corners or own.land_ms != plan.land_ms:
            # planned before routes or the wind changed
            return self.build_path(plan)
        if key not in shelf.paths:
            shelf.paths[key] = self.build_path(plan)
        return shelf.paths[key]

    def build_path(self, plan: LegPlan, *, hold_ms: int = 0) -> Path4D:
        """Put a plan into space and time anew, with a hold before it comes down."""
        return self._network.path(
            plan.corners,
            level_m=plan.level_m,
            climb_ms=plan.climb_ms,
            cruise_ms=plan.arrive_ms - plan.climb_ms,
            descent_ms=plan.land_ms - plan.arrive_ms,
            origin=plan.origin,
            destination=plan.destination,
            hold_ms=hold_ms,
        )

    def _outbound(self, out: LegPlan, *, load_ms: int, unload_ms: int) -> tuple[Use, ...]:
        network = self._network
        airspace, headway_ms = network.airspace, network.headway_ms
        home, away = out.origin, out.destination
        departing = (*airspace.departure(home), *airspace.route(home, away), *self._airway_uses(out))
        return (
            (network.pads[home], 0, load_ms + headway_ms),
            (network.loaders[home], 0, load_ms),
            *((calendar, load_ms + offset_ms, hold_ms) for calendar, offset_ms, hold_ms in departing),
            *airspace.arrival(away, offset_ms=load_ms + out.arrive_ms),
            (network.unloaders[network.airport_number(away)], load_ms + out.land_ms, unload_ms),
        )

    def _stay(self, out: LegPlan, back: LegPlan, *, load_ms: int, unload_ms: int) -> tuple[Use, ...]:
        network, headway_ms = self._network, self._network.headway_ms
        land_ms = load_ms + out.land_ms
        return (
            (network.pads[out.destination], land_ms - headway_ms, headway_ms + unload_ms + headway_ms),
            (network.pilots, load_ms, out.land_ms + unload_ms + back.land_ms),
        )

    def homeward(self, back: LegPlan) -> tuple[Use, ...]:
        """List what a way home holds, from leaving a site to being off the pad at home."""
        network = self._network
        airspace, headway_ms = network.airspace, network.headway_ms
        return (
            *airspace.departure(back.origin),
            *airspace.route(back.origin, back.destination),
            *self._airway_uses(back),
            *airspace.arrival(back.destination, offset_ms=back.arrive_ms),
            (network.pads[back.destination], back.land_ms - headway_ms, 2 * headway_ms),
        )

    def _airway_uses(self, plan: LegPlan) -> tuple[Use, ...]:
        """List what a leg holds on the airways that it follows, as offsets from take-off."""
        if self.routes.airways is None:
            return ()
        pieces = self.routes.airway_pieces(plan.level_index, plan.origin, plan.destination)
        at_ms = corner_times(plan.corners, plan.climb_ms, plan.arrive_ms)
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
        """List what an empty leg between two take-off points holds, from take-off."""
        network = self._network
        return (
            (network.pads[leg.origin], 0, network.headway_ms),
            (network.pilots, 0, leg.land_ms),
            *self.homeward(leg),
        )


def corner_times(path: NDArray[Any], begin_ms: float, end_ms: float) -> NDArray[np.float64]:
    """Times (ms) at which a drone at constant speed passes the corners of a path ``(m, 2)``, shape ``(m,)``."""
    reached_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    return np.asarray(begin_ms + reached_m / max(float(reached_m[-1]), 1e-9) * (end_ms - begin_ms))

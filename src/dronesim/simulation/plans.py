"""Plans of legs and sorties: how long each part takes, what it needs, in milliseconds from its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import (
    Path4D,
    SortieChoice,
    SortieChoices,
    SortieRequest,
    Use,
    alternatives,
    sortie_request,
)
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """One flight between two sites at one level; ``arrive_ms`` and ``land_ms`` count from take-off.

    ``corners`` (m, 2) are those of its route; ``number`` is its place in ``Planner.plans``, -1 for a plan made
    in the air.
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
    """All ways to fly a sortie, one a pair of levels, the quickest first; ``choices`` has them in the same order."""

    outs: tuple[LegPlan, ...]
    plans: tuple[SortiePlan, ...]
    choices: SortieChoices


class Planner:
    """Makes plans when they are first asked for and keeps them.

    ``plans`` are all legs planned so far, by number.
    """

    def __init__(self, inputs: SimulationInputs, network: Network) -> None:
        self._inputs = inputs
        self._network = network
        self.plans: list[LegPlan] = []
        self._legs: dict[tuple[int, int], tuple[LegPlan, ...]] = {}
        self._sorties: dict[tuple[int, int], SortiePlan | None] = {}
        self._all_sorties: dict[tuple[int, int], SortiePlans] = {}
        self._paths: dict[int, Path4D] = {}
        self._hold_wh = float(
            inputs.aircraft.hover_wh(inputs.rules.batteries.hold_allowance_s, inputs.aircraft.drone_type.payload_kg)
        )

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

    @property
    def levels(self) -> int:
        """Number of cruise levels."""
        return len(self._inputs.routes.levels_m)

    def _at_level(self, level_index: int, origin: int, destination: int) -> LegPlan | None:
        inputs = self._inputs
        if not np.isfinite(inputs.routes.length_m(level_index, origin, destination)):
            return None
        waypoints = inputs.routes.waypoints(level_index, origin, destination)
        level_m = float(inputs.routes.levels_m[level_index])
        cruise_s = float(inputs.aircraft.cruise_s(waypoints, inputs.wind.vector()))
        if not np.isfinite(cruise_s):
            return None
        climb_ms = to_ms(inputs.aircraft.climb_s(level_m))
        arrive_ms = climb_ms + to_ms(cruise_s)
        plan = LegPlan(
            number=len(self.plans),
            origin=origin,
            destination=destination,
            level_index=level_index,
            level_m=level_m,
            distance_m=float(inputs.routes.length_m(level_index, origin, destination)),
            corners=waypoints,
            climb_ms=climb_ms,
            arrive_ms=arrive_ms,
            land_ms=arrive_ms + to_ms(inputs.aircraft.descent_s(level_m)),
            empty_wh=float(inputs.aircraft.energy_wh(cruise_s=cruise_s, level_m=level_m, payload_kg=0.0)),
        )
        self.plans.append(plan)
        return plan

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
            outs=outs,
            plans=plans,
            choices=SortieChoices(
                ways_out=alternatives([self.path(leg) for leg in outs]),
                ways_home=alternatives([self.path(leg) for leg in backs]),
                choices=tuple(choices),
            ),
        )

    def path(self, plan: LegPlan) -> Path4D:
        """Give a leg's path in space and time, cut at the terminal areas of its ends."""
        if plan.number not in self._paths:
            self._paths[plan.number] = self._network.path(
                plan.corners,
                level_m=plan.level_m,
                climb_ms=plan.climb_ms,
                cruise_ms=plan.arrive_ms - plan.climb_ms,
                descent_ms=plan.land_ms - plan.arrive_ms,
                origin=plan.origin,
                destination=plan.destination,
            )
        return self._paths[plan.number]

    def _outbound(self, out: LegPlan, *, load_ms: int, unload_ms: int) -> tuple[Use, ...]:
        network = self._network
        airspace, headway_ms = network.airspace, network.headway_ms
        home, away = out.origin, out.destination
        departing = (*airspace.departure(home), *airspace.route(home, away))
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
            *airspace.arrival(back.destination, offset_ms=back.arrive_ms),
            (network.pads[back.destination], back.land_ms - headway_ms, 2 * headway_ms),
        )

    def deadhead(self, leg: LegPlan) -> tuple[Use, ...]:
        """List what an empty leg between two take-off points holds, from take-off."""
        network = self._network
        return (
            (network.pads[leg.origin], 0, network.headway_ms),
            (network.pilots, 0, leg.land_ms),
            *self.homeward(leg),
        )

"""Plans of legs and sorties: how long each part takes, what it needs, in milliseconds from its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import SortieRequest, Use, sortie_request
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.network import Network
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """One flight between two sites at one level; ``arrive_ms`` and ``land_ms`` count from take-off."""

    origin: int
    destination: int
    level_index: int
    level_m: float
    distance_m: float
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


class Planner:
    """Makes plans when they are first asked for and keeps them."""

    def __init__(self, inputs: SimulationInputs, network: Network) -> None:
        self._inputs = inputs
        self._network = network
        self._legs: dict[tuple[int, int], LegPlan | None] = {}
        self._sorties: dict[tuple[int, int], SortiePlan | None] = {}
        self._hold_wh = float(
            inputs.aircraft.hover_wh(inputs.rules.batteries.hold_allowance_s, inputs.aircraft.drone_type.payload_kg)
        )

    def leg(self, origin: int, destination: int) -> LegPlan | None:
        """Plan the quickest leg over all levels; None where no path exists or the wind forbids it."""
        key = (origin, destination)
        if key not in self._legs:
            options = [self._at_level(index, origin, destination) for index in range(self.levels)]
            flyable = [plan for plan in options if plan is not None]
            self._legs[key] = min(flyable, key=lambda plan: plan.land_ms, default=None)
        return self._legs[key]

    def known_leg(self, origin: int, destination: int) -> LegPlan:
        """Plan a leg that must exist, because a drone has flown it or was checked to be able to."""
        plan = self.leg(origin, destination)
        if plan is None:
            raise AssertionError(f"no way from site {origin} to site {destination}")
        return plan

    def corners(self, origin: int, destination: int) -> NDArray[Any]:
        """Corners of a known leg's route, shape ``(m, 2)``."""
        plan = self.known_leg(origin, destination)
        return self._inputs.routes.waypoints(plan.level_index, origin, destination)

    def flown_routes(self) -> list[tuple[int, int, float, NDArray[Any]]]:
        """List origin, destination, level and corners of every leg that was planned."""
        planned = [plan for plan in self._legs.values() if plan is not None]
        return [
            (plan.origin, plan.destination, plan.level_m, self.corners(plan.origin, plan.destination))
            for plan in sorted(planned, key=lambda plan: (plan.origin, plan.destination))
        ]

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
        return LegPlan(
            origin=origin,
            destination=destination,
            level_index=level_index,
            level_m=level_m,
            distance_m=float(inputs.routes.length_m(level_index, origin, destination)),
            climb_ms=climb_ms,
            arrive_ms=arrive_ms,
            land_ms=arrive_ms + to_ms(inputs.aircraft.descent_s(level_m)),
            empty_wh=float(inputs.aircraft.energy_wh(cruise_s=cruise_s, level_m=level_m, payload_kg=0.0)),
        )

    def sortie(self, takeoff_point: int, airport: int) -> SortiePlan | None:
        """Plan a sortie from a take-off point to an airport (numbered from 0 among airports) and back."""
        key = (takeoff_point, airport)
        if key not in self._sorties:
            self._sorties[key] = self._sortie(takeoff_point, self._network.airport_site(airport))
        return self._sorties[key]

    def _sortie(self, home: int, away: int) -> SortiePlan | None:
        out, back = self.leg(home, away), self.leg(away, home)
        if out is None or back is None:
            return None
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

"""Ways on for a drone in the air, from where it can turn: what they take, and clearances for them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Course
from dronesim.geometry import path_length
from dronesim.simulation.flight import Flight, LaneUse, Stretch, Turn
from dronesim.simulation.inputs import SimulationInputs
from dronesim.simulation.leg import Leg
from dronesim.simulation.scene import Scene
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.lanes import LanesInUse
from dronesim.units import MS

_MOST_FROM_AIR: Final = 256
"""So many legs from the air are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A way from the air to a site: where the drone turns, how it flies on, the energy until it is down.

    It waits for ``wait_ms`` where it turns, or for ``over_ms`` over the site. ``leaves`` is the site in whose terminal
    area it turns, -1 for none, and ``lanes`` those of terminal areas that it is still in then.
    """

    site: int
    leg: Leg
    turn: Turn
    energy_wh: float
    leaves: int
    lanes: tuple[LaneUse, ...]
    wait_ms: int = 0
    over_ms: int = 0

    @property
    def enter_ms(self) -> int:
        """When it enters the terminal area of the site."""
        return self.turn.at_ms + self.wait_ms + self.leg.entry_ms

    @property
    def arrive_ms(self) -> int:
        """When it could arrive over the site."""
        return self.turn.at_ms + self.wait_ms + self.leg.arrive_ms

    def waiting(self, hold_ms: int, *, is_over_site: bool) -> WayOut:
        """Give the way with a wait: over the site, or where the drone turns."""
        return replace(self, over_ms=hold_ms) if is_over_site else replace(self, wait_ms=hold_ms)

    @property
    def stretch(self) -> Stretch:
        """The part of a flight that it is."""
        return Stretch(leg=self.leg, begins_ms=self.turn.at_ms, wait_ms=self.wait_ms, over_ms=self.over_ms)


class WaysOut:
    """Finds ways on, by the energy that is left."""

    def __init__(self, inputs: SimulationInputs, scene: Scene, lanes: LanesInUse) -> None:
        self._clock = scene.clock
        self._network = scene.network
        self._planner = scene.planner
        self._boards = scene.boards
        self._lanes = lanes
        self._airports = inputs.places.airports
        self._routes = scene.planner.routes
        self._from_air: dict[Hashable, Leg | None] = {}
        """Legs from the air in these routes, by all else that they are found by."""

    def around(self, sortie: Sortie, flight: Flight) -> WayOut | None:
        """Find the way to where a flight is bound for by the routes as they are now."""
        return self._way(sortie, flight, flight.turn(self._planner, self._clock.now_ms), flight.leg.destination)

    def elsewhere(self, sortie: Sortie, flight: Flight) -> Iterator[WayOut]:
        """List ways to other open airports, nearest first, and at last to the take-off point."""
        now_ms = self._clock.now_ms
        turn = flight.turn(self._planner, now_ms)
        sites = [
            self._network.airport_site(number)
            for number in range(self._airports)
            if self._boards.closed_until_ms[number] <= now_ms
        ]
        legs = [leg for site in sites if site != sortie.site and (leg := self._leg_to(flight, turn, site)) is not None]
        needs_wh = {leg.destination: self._need_wh(leg.destination, sortie.lands_at) for leg in legs}
        for leg in sorted(legs, key=lambda leg: (leg.arrive_ms, leg.destination)):
            if needs_wh[leg.destination] is not None:
                way = self._by(sortie, flight, turn, leg)
                if way is not None:
                    yield way
        home = self.back(sortie, flight)
        if home is not None:
            yield home

    def back(self, sortie: Sortie, flight: Flight) -> WayOut | None:
        """Find the way back to the take-off point where a sortie began."""
        return self._way(sortie, flight, flight.turn(self._planner, self._clock.now_ms), sortie.origin)

    def way_home(self, sortie: Sortie) -> Leg | None:
        """Find the way home from a stop, if there is one now, and energy for it."""
        leg, home = self._planner.leg(sortie.site, sortie.lands_at), sortie.home
        is_enough = leg is not None and home is not None and leg.empty_wh <= home.charge_start * sortie.full_wh
        return leg if is_enough else None

    def _way(self, sortie: Sortie, flight: Flight, turn: Turn, site: int) -> WayOut | None:
        """Find the way to a site, if there is one, and energy for it and for the way home from there."""
        leg = self._leg_to(flight, turn, site)
        return None if leg is None else self._by(sortie, flight, turn, leg)

    def _by(self, sortie: Sortie, flight: Flight, turn: Turn, leg: Leg) -> WayOut | None:
        """Find the way by a leg, if there is energy for it and for the way home from its end."""
        energy_wh = self._planner.legs_of.spent_wh(leg, leg.land_ms, flight.payload_kg)
        leaves, lanes = self._lanes.area(flight, turn), self._lanes.left(flight, turn, leg)
        way = WayOut(site=leg.destination, leg=leg, turn=turn, energy_wh=energy_wh, leaves=leaves, lanes=lanes)
        return way if self.lasts_for(sortie, flight, way) else None

    def lasts_for(self, sortie: Sortie, flight: Flight, way: WayOut) -> bool:
        """Tell whether a pack lasts for a way with its waits, and for the way home from there."""
        spare_wh = self.spare_wh(sortie, flight, way)
        return spare_wh >= self._planner.legs_of.hover_wh(way.wait_ms + way.over_ms, flight.payload_kg)

    def spare_wh(self, sortie: Sortie, flight: Flight, way: WayOut) -> float:
        """Energy that a way without its waits, and the way home from its end, leave over; below 0: too little."""
        need_wh = self._need_wh(way.site, sortie.lands_at)
        if need_wh is None:
            return -math.inf
        spent_wh = flight.spent_at(way.turn, self._planner.legs_of)
        return flight.charge_start * sortie.full_wh - (spent_wh + way.energy_wh + need_wh)

    def _need_wh(self, site: int, lands_at: int) -> float | None:
        """Energy that is needed after a landing: that of the way home, none at a take-off point."""
        if self._network.is_takeoff_point(site):
            return 0.0
        home = self._planner.leg(site, lands_at)
        return None if home is None else home.empty_wh

    def _leg_to(self, flight: Flight, turn: Turn, site: int) -> Leg | None:
        """Find the leg to a site at the level of a flight, in the air it took off in, from where it can turn.

        Who held flies on from where it did: the leg that was found then is the one.
        """
        point_m, leg = turn.course.points_m[-1, :2], flight.leg
        if self._routes is not self._planner.routes or len(self._from_air) > _MOST_FROM_AIR:
            self._routes = self._planner.routes
            self._from_air.clear()
        key = (leg.origin, site, leg.level_index, leg.level_m, point_m.tobytes(), leg.wind, leg.air)
        if key not in self._from_air:
            self._from_air[key] = self._find_leg(leg, point_m, site)
        return self._from_air[key]

    def _find_leg(self, leg: Leg, point_m: NDArray[np.float64], site: int) -> Leg | None:
        planner = self._planner
        legs = planner.legs_of.in_air_of(leg)
        corners = planner.routes.from_point(leg.level_index, point_m, site)
        cruise = legs.cruise(corners, leg.wind) if len(corners) else None
        if cruise is None:
            return None
        return legs.along(
            corners,
            cruise,
            leg.wind,
            level=(leg.level_index, leg.level_m),
            ends=(leg.origin, site),
            distance_m=path_length(corners),
            begins_in_air=True,
        )

    def onward(self, way: WayOut) -> Course:
        """What a drone flies from its turn on, in the time of day, its wait there too, without one over the site."""
        course = self._planner.legs_of.course(way.leg).later(way.turn.at_ms / MS)
        return course.waiting(way.turn.at_ms / MS, way.wait_ms / MS)

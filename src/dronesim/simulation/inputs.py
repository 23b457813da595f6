"""Everything one replication is made from, with all random columns drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from dronesim.aircraft import Multirotor
from dronesim.demand import DemandFacts, OrderColumns
from dronesim.dispatch import DispatchPolicy
from dronesim.simulation.library import LegLibrary
from dronesim.simulation.rules import Rules
from dronesim.simulation.zones import TimedZone
from dronesim.weather import Wind


class AirwayPieces(Protocol):
    """Capacity and headway of the straight pieces of airways, by their number."""

    @property
    def capacity(self) -> NDArray[Any]:
        """Drones at a time on each piece, 0 for any number, shape ``(k,)``."""

    @property
    def headway_s(self) -> NDArray[Any]:
        """Least time between two drones that enter each piece, shape ``(k,)``."""


class Routes(Protocol):
    """The part of a route table that the engine uses; sites are take-off points first, airports after them."""

    @property
    def airways(self) -> AirwayPieces | None:
        """The pieces of airways that routes follow; None where they are free."""

    def airway_pieces(self, level_index: int, origin: int, destination: int) -> NDArray[Any]:
        """Numbers of the pieces that a route's legs fly along, shape ``(m - 1,)``; -1 for none."""

    @property
    def levels_m(self) -> tuple[float, ...]:
        """Cruise levels in metres above ground, shape ``(levels,)``."""

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        """Length of the shortest path in metres; inf where there is none."""

    def waypoints(self, level_index: int, origin: int, destination: int) -> NDArray[Any]:
        """Corners of the path from origin to destination, both included, shape ``(m, 2)`` in metres."""

    def from_point(self, level_index: int, xy: NDArray[Any], destination: int) -> NDArray[Any]:
        """Corners of the shortest path from a point in the air to a site, shape ``(m, 2)``; empty if none."""


class RouteSchedule(Protocol):
    """Routes by time of departure in seconds since midnight."""

    def at(self, t_s: float, /) -> Routes:
        """Give the routes for departures at a time."""

    def next_change_s(self, t_s: float, /) -> float:
        """First time after ``t_s`` at which routes may change; inf if they never do."""


@dataclass(frozen=True, slots=True)
class SteadyRoutes:
    """Routes that stay the same all day."""

    routes: Routes

    def at(self, _t_s: float) -> Routes:
        """Give the routes, whatever the time."""
        return self.routes

    def next_change_s(self, _t_s: float) -> float:
        """Say that they never change."""
        return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Ids and positions (metres) of all sites, take-off points first, and how many of them are those."""

    ids: tuple[str, ...]
    xy: NDArray[Any]
    takeoff_points: int

    @property
    def airports(self) -> int:
        """Number of airports."""
        return len(self.ids) - self.takeoff_points


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneColumns:
    """Random values by drone: flight-hours until it fails (inf: never), and whether that loses it."""

    budget_h: NDArray[Any]
    is_loss: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationInputs:
    """One day of one network, complete; ``key`` signs the pickup codes.

    ``winds`` are those of the day from their times on (seconds since midnight, ascending), each by cruise level; the
    first one blows before its time too. ``zones`` are those that come into force during the day, ``demand`` tells what
    the orders were drawn from. Days that share a ``library`` work each leg out once.
    """

    name: str
    places: Places
    routes: RouteSchedule
    rules: Rules
    orders: OrderColumns
    drones: DroneColumns
    aircraft: Multirotor
    winds: tuple[tuple[float, tuple[Wind, ...]], ...]
    policy: DispatchPolicy
    policy_name: str
    key: bytes
    seed: int
    replication: int
    zones: tuple[TimedZone, ...] = ()
    demand: DemandFacts = field(default_factory=DemandFacts)
    library: LegLibrary = field(default_factory=LegLibrary, repr=False, compare=False)

    def wind(self, t_s: float) -> tuple[Wind, ...]:
        """Give the wind at a time, by cruise level."""
        begun = [wind for from_s, wind in self.winds if from_s <= t_s]
        return begun[-1] if begun else self.winds[0][1]

    def changes_s(self) -> list[float]:
        """List the times of the day at which routes or the wind change, ascending."""
        horizon = self.rules.horizon
        changes = {from_s for from_s, _ in self.winds[1:]}
        at_s = self.routes.next_change_s(-math.inf)
        while at_s < math.inf:
            changes.add(at_s)
            at_s = self.routes.next_change_s(at_s)
        return sorted(at_s for at_s in changes if horizon.start_s < at_s <= horizon.end_s + horizon.drain_s)

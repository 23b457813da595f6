"""Everything one replication is made from, with all random columns drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from dronesim.aircraft import Multirotor
from dronesim.demand import OrderColumns
from dronesim.dispatch import DispatchPolicy
from dronesim.simulation.rules import Rules
from dronesim.weather import Wind


class Routes(Protocol):
    """The part of a route table that the engine uses; sites are take-off points first, airports after them."""

    @property
    def levels_m(self) -> tuple[float, ...]:
        """Cruise levels in metres above ground, shape ``(levels,)``."""

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        """Length of the shortest path in metres; inf where there is none."""

    def waypoints(self, level_index: int, origin: int, destination: int) -> NDArray[Any]:
        """Corners of the path from origin to destination, both included, shape ``(m, 2)`` in metres."""

    def from_point(self, level_index: int, xy: NDArray[Any], destination: int) -> NDArray[Any]:
        """Corners of the shortest path from a point in the air to a site, shape ``(m, 2)``; empty if none."""


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
    """One day of one network, complete; ``key`` signs the pickup codes."""

    name: str
    places: Places
    routes: Routes
    rules: Rules
    orders: OrderColumns
    drones: DroneColumns
    aircraft: Multirotor
    wind: Wind
    policy: DispatchPolicy
    policy_name: str
    key: bytes
    seed: int
    replication: int

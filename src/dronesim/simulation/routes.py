"""What the engine asks of routes, and when they change."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray


class AirwayPieces(Protocol):
    """Capacity and headway of the straight pieces of airways, by their number."""

    @property
    def capacity(self) -> NDArray[Any]:
        """Drones at a time on each piece, 0 for any number, shape ``(k,)``."""

    @property
    def headway_s(self) -> NDArray[Any]:
        """Least time between two drones that enter each piece, shape ``(k,)``."""

    def along(self, waypoints: NDArray[Any], /) -> NDArray[Any]:
        """Numbers of the pieces along which a route ``(m, 2)`` leads, shape ``(m - 1,)``; -1 for none."""


class Routes(Protocol):
    """The part of a route table that the engine uses; sites are take-off points first, airports after them."""

    @property
    def brief(self) -> Hashable:
        """All that the routes come from, the places of the sites in it; those of equal briefs are equal."""

    @property
    def airways(self) -> AirwayPieces | None:
        """The pieces of airways that routes follow; None where they are free."""

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

"""Routes between all sites of a world at every cruise level, as one table."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.geometry.distance import read_only
from dronesim.routing.airways import AirwayEdges
from dronesim.routing.visibility import PathTo, ShortestPaths
from dronesim.routing.wind import Air, DirectedPaths, air_of, directed_paths

Floats = NDArray[np.float64]
Paths = ShortestPaths | DirectedPaths


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RouteTable:
    """Best routes by level, origin and destination; sites in the order of ``World.sites``.

    ``brief``: all that the routes come from; those of equal briefs are equal.
    ``levels_m``: cruise levels in metres above ground; ``is_blocked`` (levels, n): sites that lie nearer than the
    clearance to an obstacle of that level. Routes from and to take-off points are found at once, those between
    two airports when they are first asked for. ``airways`` holds the pieces of airways with capacity and headway
    where routes follow them, else None. A table as it is built has the shortest routes, the same both
    ways; one from ``under_wind`` has the quickest, and times.
    """

    brief: tuple[Hashable, ...] = field(repr=False)
    levels_m: tuple[float, ...]
    is_blocked: NDArray[np.bool_]
    clearance_m: float
    paths: tuple[Paths, ...] = field(repr=False)
    is_timed: bool = False
    airways: AirwayEdges | None = field(default=None, repr=False)
    _known: dict[tuple[int, int, int], Floats] = field(default_factory=dict, repr=False, compare=False)
    _stacked: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)
    _last_from: dict[tuple[int, bytes], tuple[Floats, PathTo]] = field(default_factory=dict, repr=False, compare=False)
    """Where ``all_from_point`` was asked about last: a drone in the air asks about one site after the other."""

    @property
    def distance_m(self) -> Floats:
        """Lengths of all routes in metres, ``(levels, n, n)``, inf where there is none.

        The first call finds the routes between airports too; ``takeoff_distance_m`` does not need them.
        """
        return self._stack("distance_m")

    @property
    def takeoff_distance_m(self) -> Floats:
        """Lengths of the routes from take-off points to all sites in metres, ``(levels, takeoff points, n)``."""
        return self._stack("hub_distance_m")

    @property
    def time_s(self) -> Floats:
        """Times of all routes at cruise in seconds, ``(levels, n, n)``, inf where there is none.

        Climb, descent, acceleration and turns are not part of it. Only tables from ``under_wind`` know times.
        """
        self._check_timed()
        return self._stack("time_s")

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        """Length of a route in metres; inf where there is none."""
        return self.paths[level_index].length(origin, destination)

    def duration_s(self, level_index: int, origin: int, destination: int) -> float:
        """Time of a route at cruise in seconds, as in ``time_s``; inf where there is none."""
        self._check_timed()
        return self.paths[level_index].duration(origin, destination)

    def waypoints(self, level_index: int, origin: int, destination: int) -> Floats:
        """Corners of a route with both ends, ``(m, 2)`` in metres, read-only; ``(0, 2)`` if there is none.

        The route back is the same one reversed, unless the wind is above the airspeed or an airway is one-way.
        """
        key = (level_index, origin, destination)
        if key not in self._known:
            self._known[key] = self.paths[level_index].waypoints(origin, destination)
        return self._known[key]

    def from_point(self, level_index: int, xy: ArrayLike, destination: int) -> Floats:
        """Corners of the best route from a point aloft ``(2,)`` to a site, ``(m, 2)``; empty if none."""
        _, path_to = self.all_from_point(level_index, xy)
        return path_to(destination)

    def all_from_point(self, level_index: int, xy: ArrayLike) -> tuple[Floats, PathTo]:
        """Lengths ``(n,)`` of the routes from a point aloft ``(2,)`` to all sites, and a way to get them.

        That way is a function that takes a site's index and gives the route's corners, the point first.

        A drone that is nearer to an obstacle than the clearance first leaves the inflated obstacle by the
        shortest way; if that is longer than the clearance, it is enclosed and no site is in reach.
        """
        point = np.asarray(xy, dtype=np.float64)
        key = level_index, point.tobytes()
        if key not in self._last_from:
            self._last_from.clear()
            self._last_from[key] = self.paths[level_index].from_point(point, escape_m=self.clearance_m)
        return self._last_from[key]

    def under_wind(self, wind_xy: ArrayLike, *, airspeed_mps: float, cruise_mps: float = math.inf) -> RouteTable:
        """Give the quickest routes of a drone with this airspeed in this wind; legs are timed anew, not found anew.

        Parameters
        ----------
        wind_xy : array_like
            The vector (east, north) in m/s that the air moves along, ``(2,)``, or one a level, ``(levels, 2)``.
        airspeed_mps : float
            Top speed through the air.
        cruise_mps : float
            Ground speed that is held where the airspeed allows it.

        Returns
        -------
        RouteTable
            With ``time_s``. Legs that the wind forbids are left out; in calm air the routes are the same as here.
        """
        winds = np.broadcast_to(np.asarray(wind_xy, dtype=np.float64), (len(self.levels_m), 2))
        airs = [air_of(wind, airspeed_mps=airspeed_mps, cruise_mps=cruise_mps) for wind in winds]
        roots, found = self.takeoff_points, dict[tuple[int, Air], Paths]()
        for paths, air in zip(self.paths, airs, strict=True):
            if (id(paths), air) not in found:
                found[id(paths), air] = _paths_in(paths, air, roots=roots)
        chosen = tuple(found[id(paths), air] for paths, air in zip(self.paths, airs, strict=True))
        return replace(
            self, brief=(*self.brief, *airs), paths=chosen, is_timed=True, _known={}, _stacked={}, _last_from={}
        )

    @property
    def takeoff_points(self) -> int:
        """Number of take-off points, the first of the sites."""
        return self.paths[0].root_count if self.paths else 0

    def _check_timed(self) -> None:
        if not self.is_timed:
            raise ValueError("this table knows no airspeed, so it has no times; ask it for one under_wind")

    def _stack(self, name: str) -> Floats:
        if name not in self._stacked:
            by_level = {id(paths): getattr(paths, name) for paths in self.paths}
            self._stacked[name] = read_only(np.array([by_level[id(paths)] for paths in self.paths]))
        return self._stacked[name]


def _paths_in(paths: Paths, air: Air, *, roots: int) -> Paths:
    """Find the quickest paths; where every course is as fast, those of a map are the shortest ones."""
    if isinstance(paths, ShortestPaths) and air.is_even:
        return replace(paths, airspeed_mps=air.calm_mps)
    return directed_paths(paths.graph, air, roots=roots)

"""Shortest routes between all sites of a world at every cruise level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import prepare_obstacles
from dronesim.routing.visibility import PathTo, ShortestPaths, shortest_paths
from dronesim.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RouteTable:
    """Shortest routes by level, origin and destination; sites in the order of ``World.sites``.

    ``levels_m``: cruise levels in metres above ground; ``is_blocked`` (levels, n): sites that lie nearer than the
    clearance to an obstacle of that level. Routes from and to take-off points are found at once, those between
    two airports when they are first asked for.
    """

    levels_m: tuple[float, ...]
    is_blocked: NDArray[np.bool_]
    clearance_m: float
    paths: tuple[ShortestPaths, ...] = field(repr=False)
    _known: dict[tuple[int, int, int], Floats] = field(default_factory=dict, repr=False, compare=False)
    _stacked: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

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

    def _stack(self, name: str) -> Floats:
        if name not in self._stacked:
            by_level = {id(paths): getattr(paths, name) for paths in self.paths}
            self._stacked[name] = read_only(np.array([by_level[id(paths)] for paths in self.paths]))
        return self._stacked[name]

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        """Length of a route in metres; inf where there is none."""
        return self.paths[level_index].length(origin, destination)

    def waypoints(self, level_index: int, origin: int, destination: int) -> Floats:
        """Corners of a route with both ends, ``(m, 2)`` in metres, read-only; ``(0, 2)`` if there is none.

        The route back is the same one reversed.
        """
        key = (level_index, origin, destination)
        if key not in self._known:
            self._known[key] = self.paths[level_index].waypoints(origin, destination)
        return self._known[key]

    def from_point(self, level_index: int, xy: ArrayLike, destination: int) -> Floats:
        """Corners of the shortest route from a point aloft ``(2,)`` to a site, ``(m, 2)``; empty if none."""
        _, path_to = self.all_from_point(level_index, xy)
        return path_to(destination)

    def all_from_point(self, level_index: int, xy: ArrayLike) -> tuple[Floats, PathTo]:
        """Lengths ``(n,)`` of the routes from a point aloft ``(2,)`` to all sites, and a way to get them.

        That way is a function that takes a site's index and gives the route's corners, the point first.

        A drone that is nearer to an obstacle than the clearance first leaves the inflated obstacle by the
        shortest way; if that is longer than the clearance, it is enclosed and no site is in reach.
        """
        point = np.asarray(xy, dtype=np.float64)
        return self.paths[level_index].from_point(point, escape_m=self.clearance_m)


def build_route_table(
    world: World, *, levels_m: Sequence[float], clearance_m: float, roof_margin_m: float
) -> RouteTable:
    """Find all routes that stay ``clearance_m`` away from the obstacles of their level.

    Obstacles of a level: buildings whose roof plus ``roof_margin_m`` is above it and zones whose heights
    include it. A zone with hours counts as closed all day. Levels with the same obstacles share their routes.
    """
    paths = _paths_by_level(
        world, _obstacles_by_level(world, levels_m=levels_m, roof_margin_m=roof_margin_m), clearance_m
    )
    is_blocked = np.array([found.is_blocked for found in paths], dtype=np.bool_).reshape(-1, len(world.sites))
    return RouteTable(
        levels_m=tuple(float(level_m) for level_m in levels_m),
        is_blocked=read_only(is_blocked),
        clearance_m=clearance_m,
        paths=paths,
    )


def blocked_sites(
    world: World, *, levels_m: Sequence[float], clearance_m: float, roof_margin_m: float
) -> NDArray[np.bool_]:
    """Tell which sites lie inside an inflated obstacle, shape (levels, n), without finding any routes."""
    xy = _site_xy(world)
    by_level = _obstacles_by_level(world, levels_m=levels_m, roof_margin_m=roof_margin_m)
    rows = [prepare_obstacles(polygons, clearance_m=clearance_m).covers(xy) for _, polygons in by_level]
    return read_only(np.array(rows, dtype=np.bool_).reshape(-1, len(xy)))


def _paths_by_level(
    world: World, by_level: Sequence[tuple[bytes, NDArray[Any]]], clearance_m: float
) -> tuple[ShortestPaths, ...]:
    """Find the paths of each level, once for levels with the same obstacles."""
    xy = _site_xy(world)
    found = {
        key: shortest_paths(prepare_obstacles(polygons, clearance_m=clearance_m), xy, hubs=len(world.takeoff_points))
        for key, polygons in dict(by_level).items()
    }
    return tuple(found[key] for key, _ in by_level)


def _obstacles_by_level(
    world: World, *, levels_m: Sequence[float], roof_margin_m: float
) -> list[tuple[bytes, NDArray[Any]]]:
    """Polygons that reach each level, with a key that is equal for equal sets."""
    polygons = np.concatenate([world.buildings.polygons, world.zones.polygons])
    reaches = [_reaches(world, level_m=level_m, roof_margin_m=roof_margin_m) for level_m in levels_m]
    return [(chosen.tobytes(), polygons[chosen]) for chosen in reaches]


def _reaches(world: World, *, level_m: float, roof_margin_m: float) -> NDArray[np.bool_]:
    """Whether each building and then each zone is an obstacle at a level."""
    is_tall = world.buildings.height_m + roof_margin_m > level_m
    is_closed = (world.zones.floor_m <= level_m) & (level_m <= world.zones.ceiling_m)
    return np.concatenate([is_tall, is_closed]).astype(np.bool_)


def _site_xy(world: World) -> Floats:
    xy = np.concatenate([np.reshape(sites.xy, (-1, 2)) for sites in (world.takeoff_points, world.airports)])
    return xy.astype(np.float64)

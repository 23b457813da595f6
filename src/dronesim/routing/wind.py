"""Quickest paths over a graph whose legs take longer one way than the other: wind, one-way airways.

The legs stay what they are; only their times change with the wind (the wind triangle of
``dronesim.aircraft.navigation``), so a new wind needs no new graph. In a steady wind the quickest path around
obstacles still turns on their corners only, because the time of a straight flight is a norm of its vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.aircraft.navigation import CALM, Wind, ground_speed_mps
from dronesim.geometry.distance import read_only
from dronesim.routing.visibility import NO_PATH, LegGraph, PathTo, Trees, branch, grow, norms, paths_from

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """Wind, the vector (east, north) in m/s that the air moves along, and the speeds of a drone in m/s.

    It holds ``cruise_mps`` over ground on every course on which ``airspeed_mps`` through the air is enough for that.
    """

    wind: Wind
    airspeed_mps: float
    cruise_mps: float = math.inf

    @property
    def calm_mps(self) -> float:
        """Ground speed in calm air."""
        return min(self.airspeed_mps, self.cruise_mps)

    @property
    def is_even(self) -> bool:
        """Whether all courses are as fast as in calm air."""
        return self.wind == CALM or self.cruise_mps + math.hypot(*self.wind) <= self.airspeed_mps

    def times_s(self, steps: Floats) -> Floats:
        """Times of straight flights along vectors ``(k, 2)`` in metres; inf where the wind forbids them."""
        length_m = norms(steps)
        if self.is_even:
            return length_m / self.calm_mps
        direction = steps / np.where(length_m > 0, length_m, 1.0)[:, None]
        speed_mps = ground_speed_mps(
            direction, airspeed_mps=self.airspeed_mps, cruise_mps=self.cruise_mps, wind=self.wind
        )
        times_s = length_m / np.where(np.isnan(speed_mps), 1.0, speed_mps)
        return np.where(length_m == 0, 0.0, np.where(np.isnan(speed_mps), np.inf, times_s))


def air_of(wind_xy: ArrayLike, *, airspeed_mps: float, cruise_mps: float = math.inf) -> Air:
    """Make plain numbers of a wind vector ``(2,)``."""
    east, north = np.asarray(wind_xy, dtype=np.float64).tolist()
    if not (airspeed_mps > 0 and np.isfinite([east, north, airspeed_mps]).all()):
        raise ValueError(f"wind and airspeed must be finite, airspeed above 0; got {(east, north)}, {airspeed_mps}")
    return Air(wind=(east, north), airspeed_mps=airspeed_mps, cruise_mps=cruise_mps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DirectedPaths:
    """Quickest paths between ``n`` points where the way back may be another one.

    ``from_roots`` holds the trees from the first points, the roots, ``to_roots`` the trees to them. A path between two
    other points is found when it is first asked for.
    """

    graph: LegGraph
    air: Air
    forward_s: Floats
    from_roots: Trees
    to_roots: Trees
    _later: dict[int, tuple[Floats, Ints]] = field(default_factory=dict, repr=False)
    _square: dict[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def root_count(self) -> int:
        """Number of roots."""
        return len(self.from_roots.cost)

    @property
    def is_blocked(self) -> NDArray[np.bool_]:
        """Tell the points inside an obstacle, ``(n,)``."""
        return self.graph.is_blocked

    @property
    def distance_m(self) -> Floats:
        """Lengths of the quickest paths in metres, ``(n, n)``; inf where no path exists."""
        if "distance_m" not in self._square:
            rows = [self._lengths(origin) for origin in range(self.graph.points)]
            self._square["distance_m"] = read_only(np.array(rows).reshape(2 * (self.graph.points,)))
        return self._square["distance_m"]

    @property
    def hub_distance_m(self) -> Floats:
        """Lengths of the quickest paths from the roots to all points in metres, ``(roots, n)``."""
        roots = range(self.root_count)
        return read_only(np.array([self._lengths(root) for root in roots]).reshape(len(roots), self.graph.points))

    @property
    def time_s(self) -> Floats:
        """Times of the quickest paths in seconds, ``(n, n)``; inf where no path exists."""
        if "time_s" not in self._square:
            points, roots = self.graph.points, self.root_count
            rows = np.array([self._tree(origin)[0][:points] for origin in range(points)]).reshape(points, points)
            rows[roots:, :roots] = self.to_roots.cost[:, roots:points].T
            self._square["time_s"] = read_only(rows)
        return self._square["time_s"]

    def duration(self, origin: int, destination: int) -> float:
        """Time of a path in seconds; inf where there is none."""
        tip, (cost, _), _ = self._branch_of(origin, destination)
        return float(cost[tip])

    def length(self, origin: int, destination: int) -> float:
        """Length of a path in metres; inf where there is none."""
        from dronesim.routing.heap import sum_branches

        tip, (cost, previous), _ = self._branch_of(origin, destination)
        if not np.isfinite(cost[tip]):
            return np.inf
        return float(sum_branches(previous, np.array([tip], dtype=np.int32), self.graph.xy)[0][0])

    def waypoints(self, origin: int, destination: int) -> Floats:
        """Corners of the path with both ends, ``(m, 2)``, read-only; ``(0, 2)`` if there is none."""
        tip, (cost, previous), is_home = self._branch_of(origin, destination)
        if not np.isfinite(cost[tip]):
            return NO_PATH
        path = self.graph.xy[branch(previous, tip)]
        return read_only(path if is_home else path[::-1])

    def from_point(self, xy: Floats, *, escape_m: float) -> tuple[Floats, PathTo]:
        """Lengths ``(n,)`` of the quickest paths from any point ``(2,)``, and the function that gives the paths."""
        return paths_from(self.graph, self.forward_s, xy, escape_m=escape_m, cost=self.air.times_s)

    def _branch_of(self, origin: int, destination: int) -> tuple[int, tuple[Floats, Ints], bool]:
        """Tip and tree of a path, and whether the tree is one that leads to its root."""
        if destination < self.root_count <= origin:
            return origin, (self.to_roots.cost[destination], self.to_roots.previous[destination]), True
        return destination, self._tree(origin), False

    def _tree(self, root: int) -> tuple[Floats, Ints]:
        if root < self.root_count:
            return self.from_roots.cost[root], self.from_roots.previous[root]
        if root not in self._later:
            trees = grow(self.graph, self.forward_s, range(root, root + 1))
            self._later[root] = trees.cost[0], trees.previous[0]
        return self._later[root]

    def _lengths(self, origin: int) -> Floats:
        return np.array([self.length(origin, destination) for destination in range(self.graph.points)])


def directed_paths(graph: LegGraph, air: Air, *, roots: int) -> DirectedPaths:
    """Find the quickest paths over a graph from and to its first ``roots`` points."""
    forward_s, backward_s = (read_only(cost) for cost in graph.both_ways(air.times_s))
    outward, inward = (grow(graph, weights, range(roots)) for weights in (forward_s, backward_s))
    return DirectedPaths(graph=graph, air=air, forward_s=forward_s, from_roots=outward, to_roots=inward)

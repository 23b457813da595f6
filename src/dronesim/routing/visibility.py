"""Exact shortest paths in the plane around polygons, by a visibility graph.

A shortest path turns only on convex corners, and passes each of them as a tangent (de Berg et al.,
Computational Geometry, ch. 15). Legs between points and corners that are tangent at their corners and meet no
blocking edge are the graph; Dijkstra does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import Obstacles
from dronesim.routing.graph import VisibilityGraph, build_graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
PathTo = Callable[[int], Floats]

NO_PATH = read_only(np.zeros((0, 2)))


class LegGraph(Protocol):
    """What paths need to know of a graph; ``VisibilityGraph`` says what the parts are."""

    @property
    def xy(self) -> Floats:
        """Places of the nodes in metres, ``(v, 2)``, points first."""
        ...

    @property
    def points(self) -> int:
        """Number of points."""
        ...

    @property
    def is_blocked(self) -> NDArray[np.bool_]:
        """Tell the points that no leg leads to, ``(points,)``."""
        ...

    @property
    def offsets(self) -> Ints:
        """Where the legs of each node begin in ``targets``, ``(v + 1,)``."""
        ...

    @property
    def targets(self) -> Ints:
        """Nodes that the legs lead to, ``(e,)``."""
        ...

    @property
    def obstacles(self) -> Obstacles:
        """What to leave first when a path begins inside it."""
        ...

    def seen_from(self, xy: Floats) -> tuple[Ints, Floats]:
        """Nodes that a leg from a free place ``(2,)`` leads to, and these legs as vectors ``(k, 2)``."""
        ...

    def reach(self, weights: Floats, seeds: Ints, seed_cost: Floats) -> tuple[Floats, Ints]:
        """Find the least cost of every node from any of several seeds, and predecessors; both ``(v,)``."""
        ...

    def both_ways(self, cost: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Costs of the legs in the order of ``targets``, flown forward and backward; each ``(e,)``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """Shortest-path trees by root: costs and predecessors ``(roots, v)`` over the nodes of a graph."""

    cost: Floats
    previous: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShortestPaths:
    """Shortest paths between ``n`` points around obstacles; the way back is the same path reversed.

    The trees of the first points, the roots, are grown at once; a tree of another point is grown when a path
    between two such points is first asked for. Times are those in calm air at ``airspeed_mps``.
    """

    graph: VisibilityGraph
    length_m: Floats
    roots: Trees
    airspeed_mps: float = np.nan
    _later: dict[int, tuple[Floats, Ints]] = field(default_factory=dict, repr=False)
    _square: list[Floats] = field(default_factory=list, repr=False)

    @property
    def root_count(self) -> int:
        """Number of roots."""
        return len(self.roots.cost)

    @property
    def is_blocked(self) -> NDArray[np.bool_]:
        """Tell the points inside an obstacle, ``(n,)``."""
        return self.graph.is_blocked

    @property
    def hub_distance_m(self) -> Floats:
        """Distances from the roots to all points, ``(roots, n)``; inf where no path exists."""
        return read_only(_mirrored(self.roots.cost[:, : self.graph.points]))

    @property
    def distance_m(self) -> Floats:
        """Distances between all points, ``(n, n)``, symmetric; inf where no path exists."""
        if not self._square:
            rows = [self._tree(root)[0][: self.graph.points] for root in range(self.graph.points)]
            self._square.append(read_only(_mirrored(np.array(rows).reshape(2 * (self.graph.points,)))))
        return self._square[0]

    def length(self, origin: int, destination: int) -> float:
        """Length of a path in metres; inf where there is none."""
        root, tip = min(origin, destination), max(origin, destination)
        return float(self._tree(root)[0][tip])

    @property
    def time_s(self) -> Floats:
        """Times of all paths in seconds, ``(n, n)``; inf where no path exists."""
        return read_only(self.distance_m / self.airspeed_mps)

    def duration(self, origin: int, destination: int) -> float:
        """Time of a path in seconds; inf where there is none."""
        return self.length(origin, destination) / self.airspeed_mps

    def waypoints(self, origin: int, destination: int) -> Floats:
        """Corners of the path with both ends, ``(m, 2)``, read-only; ``(0, 2)`` if there is none."""
        root, tip = min(origin, destination), max(origin, destination)
        cost, previous = self._tree(root)
        if not np.isfinite(cost[tip]):
            return NO_PATH
        path = self.graph.xy[branch(previous, tip)]
        return read_only(path if tip == origin else path[::-1])

    def from_point(self, xy: Floats, *, escape_m: float) -> tuple[Floats, PathTo]:
        """Distances ``(n,)`` from any point ``(2,)`` to all points, and the function that gives the paths.

        A point not deeper than ``escape_m`` inside an obstacle first leaves it by the shortest way; from
        deeper inside there is no path.
        """
        return paths_from(self.graph, self.length_m, np.asarray(xy, dtype=np.float64), escape_m=escape_m, cost=norms)

    def _tree(self, root: int) -> tuple[Floats, Ints]:
        if root < self.root_count:
            return self.roots.cost[root], self.roots.previous[root]
        if root not in self._later:
            trees = grow(self.graph, self.length_m, range(root, root + 1))
            self._later[root] = trees.cost[0], trees.previous[0]
        return self._later[root]


def shortest_paths(obstacles: Obstacles, points_xy: Floats, *, roots: int | None = None) -> ShortestPaths:
    """Find the shortest paths between points ``(n, 2)`` that stay out of the obstacles.

    ``roots``: so many of the points, the first ones, are ends of all paths that are wanted at once; without it
    all are.
    """
    graph = build_graph(obstacles, points_xy)
    return shortest_paths_on(graph, roots=graph.points if roots is None else roots)


def shortest_paths_on(graph: VisibilityGraph, *, roots: int) -> ShortestPaths:
    """Find the shortest paths of a graph from its first ``roots`` points."""
    length_m = read_only(norms(graph.steps()))
    return ShortestPaths(graph=graph, length_m=length_m, roots=grow(graph, length_m, range(roots)))


def norms(steps: Floats) -> Floats:
    """Lengths of vectors ``(n, 2)``."""
    return np.hypot(steps[:, 0], steps[:, 1])


def grow(graph: LegGraph, weights: Floats, roots: range) -> Trees:
    """Grow a tree from each of some points over the graph with other weights ``(e,)``."""
    grown = [graph.reach(weights, np.array([root], dtype=np.int32), np.zeros(1)) for root in roots]
    shape = len(grown), len(graph.xy)
    return Trees(
        cost=read_only(np.array([cost for cost, _ in grown]).reshape(shape)),
        previous=read_only(np.array([previous for _, previous in grown], dtype=np.int32).reshape(shape)),
    )


def branch(previous: Ints, tip: int) -> list[int]:
    """Nodes of a tree from a tip to its root."""
    nodes = [tip]
    while (parent := int(previous[nodes[-1]])) >= 0:
        nodes.append(parent)
    return nodes


def paths_from(
    graph: LegGraph, weights: Floats, xy: Floats, *, escape_m: float, cost: Callable[[Floats], Floats]
) -> tuple[Floats, PathTo]:
    """Lengths in m ``(n,)`` of the cheapest paths from a place ``(2,)`` to all points, and a way to get them.

    ``weights`` (e,) are the costs of the graph's legs, ``cost`` gives those of other legs, vectors ``(k, 2)``.
    """
    from dronesim.routing.heap import sum_branches

    start = _exit(graph.obstacles, xy)
    way_out_m = float(np.hypot(*(start - xy)))
    if way_out_m > escape_m:
        return read_only(np.full(graph.points, np.inf)), lambda _: NO_PATH
    seen, steps = graph.seen_from(start)
    reached, previous = graph.reach(weights, seen, cost(steps))
    rest_m, first = sum_branches(previous, np.arange(graph.points, dtype=np.int32), graph.xy)
    length_m = way_out_m + norms(graph.xy[first] - start) + rest_m
    length_m[~np.isfinite(reached[: graph.points])] = np.inf
    head = xy[None] if way_out_m == 0 else np.array([xy, start])

    def path_to(destination: int) -> Floats:
        if not np.isfinite(length_m[destination]):
            return NO_PATH
        return read_only(np.concatenate([head, graph.xy[branch(previous, destination)[::-1]]]))

    return read_only(length_m), path_to


def _exit(obstacles: Obstacles, xy: Floats) -> Floats:
    """Give the point itself, or, for one inside an obstacle, the nearest point of its edge."""
    return obstacles.nearest_edge_point(xy) if obstacles.covers(xy[None])[0] else xy


def _mirrored(rows: Floats) -> Floats:
    """Copy what is above the diagonal below it, so that both directions are equal to the last bit; ``(h, n)``."""
    mirrored = rows.copy()
    row, column = np.tril_indices(len(rows), -1)
    mirrored[row, column] = rows[column, row]
    return mirrored

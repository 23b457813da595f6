"""Exact shortest paths in the plane around polygons, by a visibility graph.

A shortest path turns only on convex corners, and passes each of them as a tangent (de Berg et al.,
Computational Geometry, ch. 15). Legs between points and corners that are tangent at their corners and meet no
blocking edge are the graph; Dijkstra does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import Obstacles
from dronesim.routing.grid import EdgeGrid, build_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_BLOCK_PAIRS = 1 << 20
_TOUCH = 1e-6
_NO_PATH = read_only(np.zeros((0, 2)))

PathTo = Callable[[int], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nodes:
    """Where paths may begin, turn or end: the given points, then the convex corners.

    ``xy`` (v, 2); ``before`` and ``after`` (v, 2) are the vectors from a corner to its neighbours on the
    ring, zero for points, which have no edges to be tangent to. Legs from points are not tested at their
    corner either: a point may lie under a millimetre inside an obstacle's edge.
    """

    xy: Floats
    is_point: NDArray[np.bool_]
    before: Floats
    after: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShortestPaths:
    """Shortest paths between ``n`` points around obstacles.

    ``distance_m`` (n, n), symmetric, inf where no path exists; ``is_blocked`` (n,) tells the points inside an
    obstacle. ``node_distance_m`` and ``predecessors`` (n, v) hold each point's tree over all nodes.
    """

    distance_m: Floats
    is_blocked: NDArray[np.bool_]
    obstacles: Obstacles
    nodes: Nodes
    grid: EdgeGrid
    node_distance_m: Floats
    predecessors: NDArray[np.int32]

    def waypoints(self, origin: int, destination: int) -> Floats:
        """Corners of the path with both ends, ``(m, 2)``, read-only; ``(0, 2)`` if there is none.

        The way back is the same path reversed.
        """
        if not np.isfinite(self.distance_m[origin, destination]):
            return _NO_PATH
        root, tip = min(origin, destination), max(origin, destination)
        path = self.nodes.xy[self._branch(root, tip)]
        return read_only(path if origin == tip else path[::-1])

    def from_point(self, xy: Floats, *, escape_m: float) -> tuple[Floats, PathTo]:
        """Distances ``(n,)`` from any point ``(2,)`` to all points, and the function that gives the paths.

        A point not deeper than ``escape_m`` inside an obstacle first leaves it by the shortest way; from
        deeper inside there is no path.
        """
        xy = np.asarray(xy, dtype=np.float64)
        start = self._exit(xy)
        way_out_m = float(np.hypot(*(start - xy)))
        if way_out_m > escape_m:
            return read_only(np.full(len(self.distance_m), np.inf)), lambda _: _NO_PATH
        seen, leg_m = self._visible_from(start)
        through_m = self.node_distance_m[:, seen] + (leg_m + way_out_m)
        first = np.concatenate([seen, [-1]])[_argmin(through_m)]
        head = xy[None] if way_out_m == 0 else np.array([xy, start])
        distance_m = through_m.min(axis=1, initial=np.inf)

        def path_to(destination: int) -> Floats:
            if not np.isfinite(distance_m[destination]):
                return _NO_PATH
            branch = self._branch(destination, int(first[destination]))
            return read_only(np.concatenate([head, self.nodes.xy[branch]]))

        return read_only(distance_m), path_to

    def _branch(self, root: int, node: int) -> list[int]:
        """Nodes from ``node`` to the root of point ``root``'s tree."""
        tree = self.predecessors[root]
        nodes = [node]
        while node != root:
            node = int(tree[node])
            nodes.append(node)
        return nodes

    def _exit(self, xy: Floats) -> Floats:
        """Give the point itself, or, for one inside an obstacle, the nearest point of its edge."""
        return self.obstacles.nearest_edge_point(xy) if self.obstacles.covers(xy[None])[0] else xy

    def _visible_from(self, xy: Floats) -> tuple[Ints, Floats]:
        """Nodes that a path from a free point may go to first, and the lengths of these legs."""
        leg = self.nodes.xy - xy
        is_free = np.concatenate([~self.is_blocked, ~self.nodes.is_point[len(self.is_blocked) :]])
        is_free[is_free] = ~self.grid.blocks(np.broadcast_to(xy, leg.shape)[is_free], self.nodes.xy[is_free])
        seen = np.flatnonzero(is_free)
        return seen, np.hypot(*leg[seen].T)


def shortest_paths(obstacles: Obstacles, points_xy: Floats) -> ShortestPaths:
    """Find the shortest paths between all points ``(n, 2)`` that stay out of the obstacles."""
    points = np.asarray(points_xy, dtype=np.float64).reshape(-1, 2)
    nodes = _nodes(obstacles, points)
    grid = build_grid(obstacles.blocker_from_xy, obstacles.blocker_to_xy)
    is_blocked = obstacles.covers(points)
    rows, columns = _free_legs(nodes, grid, is_blocked=is_blocked)
    node_distance_m, predecessors = _trees(nodes, rows, columns, points=len(points))
    return ShortestPaths(
        distance_m=read_only(_mirrored(node_distance_m[:, : len(points)])),
        is_blocked=read_only(is_blocked),
        obstacles=obstacles,
        nodes=nodes,
        grid=grid,
        node_distance_m=node_distance_m,
        predecessors=predecessors,
    )


def is_tangent(leg: Floats, *, before: Floats, after: Floats) -> NDArray[np.bool_]:
    """Whether a leg at a corner leaves both neighbours on one side; vectors of shapes ``(..., 2)``.

    A neighbour within a micrometre of the leg's line is on either side.
    """
    to_before = leg[..., 0] * before[..., 1] - leg[..., 1] * before[..., 0]
    to_after = leg[..., 0] * after[..., 1] - leg[..., 1] * after[..., 0]
    slack = _TOUCH * (np.abs(leg[..., 0]) + np.abs(leg[..., 1]))
    return (np.minimum(to_before, to_after) >= -slack) | (np.maximum(to_before, to_after) <= slack)


def _nodes(obstacles: Obstacles, points: Floats) -> Nodes:
    corner = obstacles.corner_xy
    turns = obstacles.is_convex
    none = np.zeros_like(points)
    return Nodes(
        xy=np.concatenate([points, corner[turns]]),
        is_point=np.arange(len(points) + np.count_nonzero(turns)) < len(points),
        before=np.concatenate([none, (obstacles.previous_xy - corner)[turns]]),
        after=np.concatenate([none, (obstacles.following_xy - corner)[turns]]),
    )


def _free_legs(nodes: Nodes, grid: EdgeGrid, *, is_blocked: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """All bitangent legs that meet no blocker, as node pairs with row < column."""
    usable = np.ones(len(nodes.xy), dtype=np.bool_)
    usable[: len(is_blocked)] = ~is_blocked
    found = [_free_legs_of(nodes, grid, block=block, usable=usable) for block in _blocks_of_rows(len(nodes.xy))]
    rows, columns = zip(*found, strict=True) if found else ((), ())
    empty = np.zeros(0, dtype=np.intp)
    return np.concatenate([empty, *rows]), np.concatenate([empty, *columns])


def _blocks_of_rows(nodes: int) -> list[range]:
    size = max(1, _BLOCK_PAIRS // max(nodes, 1))
    return [range(first, min(first + size, nodes)) for first in range(0, nodes, size)]


def _free_legs_of(nodes: Nodes, grid: EdgeGrid, *, block: range, usable: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Free legs from a block of nodes to all later ones."""
    here, later = slice(block.start, block.stop), slice(block.start, None)
    leg = nodes.xy[None, later] - nodes.xy[here, None]
    candidate = usable[here, None] & usable[None, later]
    candidate &= np.arange(leg.shape[1]) > np.arange(leg.shape[0])[:, None]
    is_bitangent = is_tangent(leg, before=nodes.before[here, None], after=nodes.after[here, None])
    is_bitangent &= is_tangent(leg, before=nodes.before[None, later], after=nodes.after[None, later])
    candidate &= is_bitangent | nodes.is_point[here, None]
    rows, columns = (index + block.start for index in np.nonzero(candidate))
    free = ~grid.blocks(nodes.xy[rows], nodes.xy[columns])
    return rows[free], columns[free]


def _trees(nodes: Nodes, rows: Ints, columns: Ints, *, points: int) -> tuple[Floats, NDArray[np.int32]]:
    """Dijkstra from every point: distances and predecessors, both of shape (points, nodes)."""
    size = len(nodes.xy)
    if not points:
        return np.zeros((0, size)), np.zeros((0, size), dtype=np.int32)
    length_m = np.hypot(*(nodes.xy[columns] - nodes.xy[rows]).T)
    graph = csr_array((length_m, (rows, columns)), shape=(size, size))
    distance_m, predecessors = dijkstra(graph, directed=False, indices=np.arange(points), return_predecessors=True)
    return distance_m, predecessors


def _mirrored(square: Floats) -> Floats:
    """Copy the upper triangle over the lower one, so that both directions are equal to the last bit."""
    upper = np.triu(square, 1)
    return upper + upper.T


def _argmin(matrix: Floats) -> Ints:
    """Column of the least value of each row; one past the last where there are no columns."""
    if matrix.shape[1] == 0:
        return np.zeros(len(matrix), dtype=np.intp)
    return np.asarray(np.argmin(matrix, axis=1))

"""The visibility graph of one map: points and convex corners, and the free legs between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import Obstacles
from dronesim.routing.grid import EdgeGrid, build_grid
from dronesim.routing.panes import Panes, build_panes

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_ROOM = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VisibilityGraph:
    """Nodes and free legs, both ways; the first ``points`` nodes are the given points, then come corners.

    ``xy`` (v, 2) in metres; the legs from node v lead to ``targets[offsets[v]:offsets[v + 1]]``;
    ``is_blocked`` (points,) tells the points inside an obstacle, which have no legs. ``obstacles``, ``panes`` and
    ``grid`` are what the legs were found with, kept to look around from other places.
    """

    xy: Floats
    points: int
    is_blocked: NDArray[np.bool_]
    offsets: Ints
    targets: Ints
    obstacles: Obstacles
    panes: Panes
    grid: EdgeGrid

    def steps(self) -> Floats:
        """Vectors of all legs in metres, ``(e, 2)``, in the order of ``targets``."""
        starts = np.repeat(np.arange(len(self.xy)), np.diff(self.offsets))
        steps: Floats = self.xy[self.targets] - self.xy[starts]
        return steps

    def both_ways(self, cost: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        """Costs of the legs in the order of ``targets``, flown forward and backward; each ``(e,)``."""
        steps = self.steps()
        return cost(steps), cost(-steps)

    def reach(self, weights: Floats, seeds: Ints, seed_cost: Floats) -> tuple[Floats, Ints]:
        """Find the least cost of every node from any of several seeds, and predecessors; both ``(v,)``."""
        from dronesim.routing.heap import Adjacency, bare_tree, grow_tree

        tree = bare_tree(len(self.xy))
        grow_tree(Adjacency(self.offsets, self.targets), weights, seeds, seed_cost, tree)
        return tree.cost, tree.previous

    def seen_from(self, xy: Floats) -> tuple[Ints, Floats]:
        """Nodes that a free leg from a free place ``(2,)`` leads to, and these legs as vectors ``(k, 2)``."""
        from dronesim.routing.sight import meets_edge

        open_points = np.flatnonzero(~self.is_blocked)
        is_hidden = meets_edge(np.broadcast_to(xy, (len(open_points), 2)), self.xy[open_points], self.grid)
        _, corners = _legs_to_corners(as_corners(xy[None]), -1, self.panes, self.grid)
        seen = np.concatenate([open_points[~is_hidden], corners + self.points]).astype(np.int32)
        return seen, self.xy[seen] - xy


def build_graph(obstacles: Obstacles, points_xy: Floats) -> VisibilityGraph:
    """Find all free legs between points ``(n, 2)`` and the corners of obstacles that a shortest path can use."""
    points = np.asarray(points_xy, dtype=np.float64).reshape(-1, 2)
    panes, grid = build_panes(obstacles), build_grid(obstacles.blocker_from_xy, obstacles.blocker_to_xy)
    is_blocked = obstacles.covers(points)
    offsets, targets = _adjacency(points, is_blocked, panes, grid)
    return restore_graph(obstacles, points, is_blocked=is_blocked, offsets=offsets, targets=targets)


def restore_graph(
    obstacles: Obstacles, points: Floats, *, is_blocked: NDArray[np.bool_], offsets: Ints, targets: Ints
) -> VisibilityGraph:
    """Make a graph of legs ``offsets`` and ``targets`` that were found before for the same map and points."""
    panes = build_panes(obstacles)
    return VisibilityGraph(
        xy=read_only(np.concatenate([points, panes.corners[:, :2]])),
        points=len(points),
        is_blocked=read_only(is_blocked),
        offsets=read_only(offsets),
        targets=read_only(targets),
        obstacles=obstacles,
        panes=panes,
        grid=build_grid(obstacles.blocker_from_xy, obstacles.blocker_to_xy),
    )


def _adjacency(points: Floats, is_blocked: NDArray[np.bool_], panes: Panes, grid: EdgeGrid) -> tuple[Ints, Ints]:
    """Legs between free points, and of free points and corners with corners, as offsets and targets."""
    from dronesim.routing.sight import join_both_ways

    open_points = np.flatnonzero(~is_blocked)
    nodes = np.concatenate([open_points, np.arange(len(points), len(points) + len(panes.corners))])
    places = np.concatenate([as_corners(points[open_points]), panes.corners])
    first, corners = _legs_to_corners(places, -len(open_points), panes, grid)
    rows, columns = _free_pairs(points, is_blocked, grid)
    starts, ends = np.concatenate([rows, nodes[first]]), np.concatenate([columns, corners + len(points)])
    return join_both_ways(starts.astype(np.int32), ends.astype(np.int32), len(points) + len(panes.corners))


def _legs_to_corners(places: Floats, first: int, panes: Panes, grid: EdgeGrid) -> tuple[Ints, Ints]:
    """Find the free legs from places to corners, as ``free_corners`` gives them: rows of places, corners."""
    from dronesim.routing.sight import free_corners

    if not len(panes.corners):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    room = np.empty(len(panes.corners) + _ROOM, dtype=np.int32)
    counts, corners, done = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)], 0
    while done < len(places):
        counts.append(free_corners(places[done:], first + done, panes, grid, room))
        corners.append(room[: counts[-1].sum()].copy())
        done += len(counts[-1])
    return np.repeat(np.arange(done), np.concatenate(counts)).astype(np.int32), np.concatenate(corners)


def _free_pairs(points: Floats, is_blocked: NDArray[np.bool_], grid: EdgeGrid) -> tuple[Ints, Ints]:
    """Pairs of free points that see each other."""
    from dronesim.routing.sight import meets_edge

    rows, columns = np.triu_indices(len(points), 1)
    open_ends = ~is_blocked[rows] & ~is_blocked[columns]
    rows, columns = rows[open_ends], columns[open_ends]
    is_free = ~meets_edge(points[rows], points[columns], grid)
    return rows[is_free].astype(np.int32), columns[is_free].astype(np.int32)


def as_corners(points: Floats) -> Floats:
    """Points ``(n, 2)`` as corners ``(n, 6)`` without neighbours, which a leg in any direction is tangent to."""
    return np.concatenate([points, np.zeros((len(points), 4))], axis=1)

"""Vectorised numpy twin of dronesim.routing: every pair of nodes, one tangent test, one walk over a grid.

It was the routing of version 0.1. The compiled kernels must find the same lengths, and the benchmark compares
against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dronesim.geometry.distance import cross, read_only
from dronesim.geometry.obstacles import Obstacles

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_CHUNK = 1 << 18
_PIECE = 0.9
_EDGES_A_CELL = 1.0
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EdgeGrid:
    """Edges listed by square cell: cell ``c`` holds ``edges[offsets[c]:offsets[c + 1]]``.

    Cell numbers are ``column * rows + row`` over ``shape`` = (columns, rows), counted from ``origin``.
    The outermost cells are empty, so a walk that ends half-way into them never leaves the grid.
    """

    origin: Floats
    cell_m: float
    shape: tuple[int, int]
    offsets: Ints
    edges: Ints
    from_xy: Floats
    to_xy: Floats

    def blocks(self, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """Tell which legs ``start`` to ``end``, shapes ``(n, 2)``, meet an edge; ``(n,)``."""
        blocked = np.zeros(len(start), dtype=np.bool_)
        if len(self.from_xy):
            for first in range(0, len(start), _CHUNK):
                chunk = slice(first, first + _CHUNK)
                _walk(self, start[chunk], end[chunk], blocked=blocked[chunk])
        return blocked


def build_grid(from_xy: Floats, to_xy: Floats) -> EdgeGrid:
    """Sort edges, shapes ``(b, 2)``, into cells so large that there is about one edge a cell."""
    if not len(from_xy):
        none = np.zeros(0, dtype=np.intp)
        return EdgeGrid(
            origin=np.zeros(2),
            cell_m=1.0,
            shape=(0, 0),
            offsets=none,
            edges=none,
            from_xy=from_xy,
            to_xy=to_xy,
        )
    low, high = np.minimum(from_xy, to_xy).min(axis=0), np.maximum(from_xy, to_xy).max(axis=0)
    area = float(np.prod(high - low))
    cell_m = max(float(np.sqrt(_EDGES_A_CELL * area / len(from_xy))), float((high - low).max()) / 1000, 1e-3)
    origin = low - cell_m
    columns, rows = (int(n) + 3 for n in (high - low) / cell_m)
    cell, edge = _cells_of_edges((from_xy - origin) / cell_m, (to_xy - origin) / cell_m, rows=rows)
    offsets = np.searchsorted(cell, np.arange(columns * rows + 1)).astype(np.intp)
    return EdgeGrid(
        origin=origin,
        cell_m=cell_m,
        shape=(columns, rows),
        offsets=offsets,
        edges=edge,
        from_xy=from_xy,
        to_xy=to_xy,
    )


def _cells_of_edges(a: Floats, b: Floats, *, rows: int) -> tuple[Ints, Ints]:
    """Pairs of a cell and an edge (in cell units) that touches it, sorted by cell.

    Edges are cut into pieces under a cell long: the corners of a piece's box lie in all cells it can touch.
    """
    pieces = np.ceil(np.hypot(*(b - a).T) / _PIECE).astype(np.intp).clip(1)
    edge = np.repeat(np.arange(len(a)), pieces)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (b - a)[edge] / pieces[edge, None]
    ends = a[edge] + rank[:, None] * step, a[edge] + (rank[:, None] + 1) * step
    low, high = np.minimum(*ends) - _SLACK, np.maximum(*ends) + _SLACK
    (x0, y0), (x1, y1) = (box.astype(np.intp).T for box in (low, high))
    cells = np.concatenate([x * rows + y for x in (x0, x1) for y in (y0, y1)])
    keys = np.unique(cells * len(a) + np.tile(edge, 4))
    return keys // len(a), keys % len(a)


@dataclass(slots=True, kw_only=True)
class _Walkers:
    """Legs on their way over the grid.

    ``cell`` (n, 2): where each is. As shares of the leg: the next ``border`` in either direction (n, 2), the
    ``pace`` from border to border (n, 2) and the ``finish`` (n,).
    """

    leg: Ints
    cell: Ints
    stride: Ints
    border: Floats
    pace: Floats
    finish: Floats

    @property
    def next_border(self) -> Floats:
        """Share of each leg at which it leaves its cell."""
        return np.minimum(self.border[:, 0], self.border[:, 1])

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Go on with some of the legs only."""
        rows = np.flatnonzero(chosen)
        self.leg, self.cell, self.stride = self.leg[rows], self.cell[rows], self.stride[rows]
        self.border, self.pace, self.finish = self.border[rows], self.pace[rows], self.finish[rows]

    def advance(self) -> None:
        """Enter the next cell across the nearer of both borders."""
        row, axis = np.arange(len(self.leg)), (self.border[:, 1] < self.border[:, 0]).astype(np.intp)
        self.cell[row, axis] += self.stride[row, axis]
        self.border[row, axis] += self.pace[row, axis]


def _walk(grid: EdgeGrid, start: Floats, end: Floats, *, blocked: NDArray[np.bool_]) -> None:
    """Mark blocked legs, all legs walking one cell at a time from their start (Amanatides and Woo, 1987)."""
    walkers = _at_start(grid, start, end)
    while len(walkers.leg):
        who, edge = _meetings(grid, walkers)
        hit = segments_cross(start[who], end[who], a=grid.from_xy[edge], b=grid.to_xy[edge])
        blocked[who[hit]] = True
        walkers.keep(~blocked[walkers.leg] & (walkers.next_border <= walkers.finish))
        walkers.advance()


def _at_start(grid: EdgeGrid, start: Floats, end: Floats) -> _Walkers:
    """Put the legs that meet the grid's box into the cell where they enter it."""
    enter, leave = _window(grid, start, end)
    leg = np.flatnonzero(enter <= leave)
    origin, along = start[leg] - grid.origin, (end - start)[leg]
    here = (origin + enter[leg, None] * along) / grid.cell_m
    cell = here.astype(np.intp)
    stride = np.sign(along).astype(np.intp)
    moving = np.where(stride == 0, 1.0, along)
    border = np.where(stride == 0, np.inf, ((cell + (stride > 0)) * grid.cell_m - origin) / moving)
    pace = np.where(stride == 0, np.inf, grid.cell_m / np.abs(moving))
    return _Walkers(leg=leg, cell=cell, stride=stride, border=border, pace=pace, finish=leave[leg])


def _window(grid: EdgeGrid, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Shares of each leg at which it enters and leaves the grid's box; enter > leave if it misses it."""
    low = grid.origin + 0.5 * grid.cell_m
    high = grid.origin + (np.array(grid.shape) - 0.5) * grid.cell_m
    along = end - start
    moving = np.where(along == 0, 1.0, along)
    within = (start >= low) & (start <= high)
    one, other = (low - start) / moving, (high - start) / moving
    enter = np.where(along == 0, np.where(within, -np.inf, np.inf), np.minimum(one, other))
    leave = np.where(along == 0, np.where(within, np.inf, -np.inf), np.maximum(one, other))
    return np.maximum(enter[:, 0], enter[:, 1]).clip(0.0), np.minimum(leave[:, 0], leave[:, 1]).clip(max=1.0)


def _meetings(grid: EdgeGrid, walkers: _Walkers) -> tuple[Ints, Ints]:
    """List every pair of a leg and an edge in the leg's present cell."""
    number = walkers.cell[:, 0] * grid.shape[1] + walkers.cell[:, 1]
    first, count = grid.offsets[number], np.diff(grid.offsets)[number]
    who = np.repeat(walkers.leg, count)
    rank = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    return who, grid.edges[np.repeat(first, count) + rank]


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


def root_distances(obstacles: Obstacles, points_xy: Floats, *, roots: int) -> Floats:
    """Lengths of the shortest paths from the first ``roots`` points to all, ``(roots, n)``: no trees of the others."""
    points = np.asarray(points_xy, dtype=np.float64).reshape(-1, 2)
    nodes = _nodes(obstacles, points)
    grid = build_grid(obstacles.blocker_from_xy, obstacles.blocker_to_xy)
    rows, columns = _free_legs(nodes, grid, is_blocked=obstacles.covers(points))
    node_distance_m, _ = _trees(nodes, rows, columns, points=roots)
    return node_distance_m[:, : len(points)]


def segments_cross(p: Floats, q: Floats, *, a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Whether legs ``p`` to ``q`` meet edges ``a`` to ``b``, all of shape ``(n, 2)``, ends included.

    An edge on the leg's own line does not count; a leg that runs into it meets its neighbours in the ring.
    """
    leg, edge = q - p, b - a
    side_a, side_b = cross(leg, a - p), cross(leg, b - p)
    is_off_line = (side_a != 0) | (side_b != 0)
    meets = is_off_line & (side_a * side_b <= 0) & (cross(edge, p - a) * cross(edge, q - a) <= 0)
    return np.asarray(meets)

"""Which straight legs meet a blocking edge, by a walk over grid cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.distance import segments_cross

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

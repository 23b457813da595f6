"""Blocking edges sorted into the square cells of a grid, for walks along legs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_PIECE = 0.9
_EDGES_A_CELL = 1.0
_MOST_CELLS_ACROSS = 1000
_SLACK = 1e-6


class EdgeGrid(NamedTuple):
    """Edges listed by square cell, as a tuple because compiled kernels read tuples.

    The edges of cell ``c`` are ``edges[offsets[c]:offsets[c + 1]]``, each a row (from x, from y, to x, to y) in
    metres. Cell numbers are ``column * rows + row``, counted from the corner (``left_m``, ``bottom_m``). The
    outermost cells are empty, so a walk that ends half-way into them never leaves the grid.
    """

    left_m: float
    bottom_m: float
    cell_m: float
    columns: int
    rows: int
    offsets: Ints
    edges: Floats


def build_grid(from_xy: Floats, to_xy: Floats) -> EdgeGrid:
    """Sort edges, shapes ``(b, 2)``, into cells so large that there is about one edge a cell."""
    if not len(from_xy):
        return EdgeGrid(0.0, 0.0, 1.0, 0, 0, np.zeros(1, dtype=np.intp), np.zeros((0, 4)))
    low, high = np.minimum(from_xy, to_xy).min(axis=0), np.maximum(from_xy, to_xy).max(axis=0)
    cell_m = cell_size_m(high - low, items=len(from_xy), items_a_cell=_EDGES_A_CELL)
    origin = low - cell_m
    columns, rows = (int(n) + 3 for n in (high - low) / cell_m)
    cell, edge = _cells_of_edges((from_xy - origin) / cell_m, (to_xy - origin) / cell_m, rows=rows)
    return EdgeGrid(
        left_m=float(origin[0]),
        bottom_m=float(origin[1]),
        cell_m=cell_m,
        columns=columns,
        rows=rows,
        offsets=np.searchsorted(cell, np.arange(columns * rows + 1)).astype(np.intp),
        edges=np.concatenate([from_xy, to_xy], axis=1)[edge],
    )


def cell_size_m(extent: Floats, *, items: int, items_a_cell: float) -> float:
    """Side of the cells over a box ``(2,)`` in metres, so that each holds about so many of evenly spread items."""
    even = float(np.sqrt(items_a_cell * float(np.prod(extent)) / max(items, 1)))
    return max(even, float(extent.max()) / _MOST_CELLS_ACROSS, 1e-3)


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

"""Convex corners and blocking edges sorted into large square panes, for looking around from one place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.obstacles import Obstacles
from dronesim.routing.grid import cell_size_m

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_CORNERS_A_PANE = 64.0


class Panes(NamedTuple):
    """A map as seen by compiled kernels; pane ``p`` is ``column * rows + row`` from (``left_m``, ``bottom_m``).

    ``corners`` (c, 6), sorted by pane: x, y and the vectors to the corners before and after it on its ring; those
    of pane p are ``corners[corner_offsets[p]:corner_offsets[p + 1]]``. ``edges`` (b, 4), likewise: from x, y to
    x, y. An edge belongs to the pane of its middle, wherever it reaches: looking around, an edge that is missed
    costs time and nothing else.
    """

    left_m: float
    bottom_m: float
    size_m: float
    columns: int
    rows: int
    corner_offsets: Ints
    corners: Floats
    edge_offsets: Ints
    edges: Floats


def build_panes(obstacles: Obstacles) -> Panes:
    """Sort the convex corners and the blocking edges of obstacles into panes."""
    corners, edges = _corners(obstacles), np.concatenate([obstacles.blocker_from_xy, obstacles.blocker_to_xy], axis=1)
    middles = (obstacles.blocker_from_xy + obstacles.blocker_to_xy) / 2
    within = np.concatenate([corners[:, :2], middles, np.zeros((0 if len(corners) else 1, 2))])
    low, high = within.min(axis=0), within.max(axis=0)
    size_m = cell_size_m(high - low, items=len(corners), items_a_cell=_CORNERS_A_PANE)
    columns, rows = (int(n) + 1 for n in (high - low) / size_m)

    def sort(xy: Floats, items: Floats) -> tuple[Ints, Floats]:
        column, row = ((xy - low) / size_m).astype(np.intp).T
        pane = column * rows + row
        order = np.argsort(pane, kind="stable")
        return np.searchsorted(pane[order], np.arange(columns * rows + 1)).astype(np.intp), items[order]

    return Panes(
        float(low[0]), float(low[1]), size_m, columns, rows, *sort(corners[:, :2], corners), *sort(middles, edges)
    )


def _corners(obstacles: Obstacles) -> Floats:
    xy, turns = obstacles.corner_xy, obstacles.is_convex
    return np.concatenate([xy, obstacles.previous_xy - xy, obstacles.following_xy - xy], axis=1)[turns]

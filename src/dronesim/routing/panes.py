"""Convex corners and blocking edges sorted into square panes of a quadtree, for looking around from one place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.obstacles import Obstacles

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_CORNERS_A_PANE = 4.0
_MOST_LEVELS = 10


class Panes(NamedTuple):
    """A map as seen by compiled kernels: a square cut into four panes, each of them into four, ``levels`` times.

    The square begins at (``left_m``, ``bottom_m``); the smallest panes have sides of ``size_m``. Their numbers run
    along a Z (Morton, 1966): pane p of one level holds the panes 4p to 4p + 3 of the next, in the order south-west,
    south-east, north-west, north-east.

    ``corners`` (c, 6), sorted by pane: x, y and the vectors to the corners before and after it on its ring; those
    of the smallest pane p are ``corners[corner_offsets[p]:corner_offsets[p + 1]]``. ``edges`` (b, 4), likewise: from
    x, y to x, y. An edge belongs to the pane of its middle, wherever it reaches: looking around, an edge that is
    missed costs time and nothing else.
    """

    left_m: float
    bottom_m: float
    size_m: float
    levels: int
    corner_offsets: Ints
    corners: Floats
    edge_offsets: Ints
    edges: Floats


def build_panes(obstacles: Obstacles) -> Panes:
    """Sort the convex corners and the blocking edges of obstacles into panes."""
    corners, edges = _corners(obstacles), np.concatenate([obstacles.blocker_from_xy, obstacles.blocker_to_xy], axis=1)
    middles = (obstacles.blocker_from_xy + obstacles.blocker_to_xy) / 2
    within = np.concatenate([corners[:, :2], middles, np.zeros((0 if len(corners) else 1, 2))])
    low, levels = within.min(axis=0), _levels(len(corners))
    size_m = max(float((within.max(axis=0) - low).max()), 1.0) / 2**levels

    def sort(xy: Floats, items: Floats) -> tuple[Ints, Floats]:
        column, row = ((xy - low) / size_m).astype(np.intp).clip(0, 2**levels - 1).T
        pane = _spread(column) + 2 * _spread(row)
        order = np.argsort(pane, kind="stable")
        return np.searchsorted(pane[order], np.arange(4**levels + 1)).astype(np.intp), items[order]

    return Panes(float(low[0]), float(low[1]), size_m, levels, *sort(corners[:, :2], corners), *sort(middles, edges))


def _levels(corners: int) -> int:
    """How often to cut the square, so that a pane has few of evenly spread corners."""
    return int(np.ceil(np.log(max(corners / _CORNERS_A_PANE, 1.0)) / np.log(4.0)).clip(0, _MOST_LEVELS))


def _spread(numbers: Ints) -> Ints:
    """Put a zero before each binary digit of numbers below ``2 ** _MOST_LEVELS``."""
    spread = np.zeros_like(numbers)
    for digit in range(_MOST_LEVELS):
        spread |= (numbers >> digit & 1) << 2 * digit
    return spread


def _corners(obstacles: Obstacles) -> Floats:
    xy, turns = obstacles.corner_xy, obstacles.is_convex
    return np.concatenate([xy, obstacles.previous_xy - xy, obstacles.following_xy - xy], axis=1)[turns]

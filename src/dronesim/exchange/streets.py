"""The street plan of a synthetic district: arterial roads, superblocks and the building plots in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.products import matrix_product

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

ARTERIAL_SPACING_M = 520.0
"""Mean distance between arterial roads, a usual superblock in a new Chinese district (assumption)."""
ARTERIAL_HALF_WIDTH_M = 22.0
LANE_HALF_WIDTH_M = 9.0
LINE_JITTER = 0.10
CORNER_JITTER_M = 12.0
LARGEST_TURN_RAD = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """Quadrilateral plots between streets, all in local metres.

    ``corners`` has shape ``(n, 4, 2)``, counter-clockwise; ``centre`` ``(n, 2)``; ``axis`` ``(n, 2)`` is the
    unit vector along the plot; ``size`` ``(n, 2)`` is the width along it and the depth across; ``superblock``
    ``(n,)`` numbers the arterial block that holds the plot.
    """

    corners: Floats
    centre: Floats
    axis: Floats
    size: Floats
    superblock: Indices

    def __len__(self) -> int:
        return len(self.centre)


def lay_streets(rng: np.random.Generator, *, size_m: float) -> Plots:
    """Cut a square of side ``size_m`` around (0, 0) into superblocks of four plots each."""
    blocks = _superblocks(_crossings(rng, size_m=size_m))
    corners = _quarter(rng, blocks)
    superblock = np.repeat(np.arange(len(blocks)), 4)
    return Plots(
        corners=corners,
        centre=corners.mean(axis=1),
        axis=_axes(corners),
        size=_sizes(corners),
        superblock=superblock,
    )


def _crossings(rng: np.random.Generator, *, size_m: float) -> Floats:
    """Street crossings, shape ``(k, k, 2)``: a turned grid with jittered lines and corners."""
    count = max(2, round(size_m / ARTERIAL_SPACING_M))
    lines = np.linspace(-size_m / 2, size_m / 2, count + 1)
    shift = rng.uniform(-LINE_JITTER, LINE_JITTER, (2, count + 1)) * size_m / count
    shift[:, [0, -1]] = 0.0
    grid = np.stack(np.meshgrid(lines + shift[0], lines + shift[1], indexing="ij"), axis=-1)
    grid += rng.uniform(-CORNER_JITTER_M, CORNER_JITTER_M, grid.shape)
    return turn(grid, rng.uniform(-LARGEST_TURN_RAD, LARGEST_TURN_RAD))


def turn(xy: Floats, angle_rad: float) -> Floats:
    """Turn points of shape ``(..., 2)`` counter-clockwise about (0, 0)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return matrix_product(xy, np.array([[cos, sin], [-sin, cos]]))


def _superblocks(crossings: Floats) -> Floats:
    """The four crossings around every superblock, shape ``(b, 4, 2)``."""
    around = (crossings[:-1, :-1], crossings[1:, :-1], crossings[1:, 1:], crossings[:-1, 1:])
    return np.stack(around, axis=2).reshape(-1, 4, 2)


def _quarter(rng: np.random.Generator, blocks: Floats) -> Floats:
    """Split every superblock into four plots set back from arterial roads and lanes, shape ``(4b, 4, 2)``."""
    widths = _sizes(blocks)
    cut = 0.5 + rng.uniform(-0.06, 0.06, widths.shape)
    outer, inner = ARTERIAL_HALF_WIDTH_M / widths, LANE_HALF_WIDTH_M / widths
    low, high = np.stack([outer, cut + inner], axis=1), np.stack([cut - inner, 1.0 - outer], axis=1)
    plots = [_bilinear(blocks, low[:, [i, j], [0, 1]], high[:, [i, j], [0, 1]]) for i in (0, 1) for j in (0, 1)]
    return np.stack(plots, axis=1).reshape(-1, 4, 2)


def _bilinear(quads: Floats, low: Floats, high: Floats) -> Floats:
    """The part of each quadrilateral between shares ``low`` and ``high`` of its sides, ``(b, 4, 2)``."""
    u = np.stack([low[:, 0], high[:, 0], high[:, 0], low[:, 0]], axis=1)[..., None]
    v = np.stack([low[:, 1], low[:, 1], high[:, 1], high[:, 1]], axis=1)[..., None]
    a, b, c, d = (quads[:, None, k] for k in range(4))
    part: Floats = (1 - u) * (1 - v) * a + u * (1 - v) * b + u * v * c + (1 - u) * v * d
    return part


def _sides(quads: Floats) -> Floats:
    return np.roll(quads, -1, axis=1) - quads


def _sizes(quads: Floats) -> Floats:
    """Width and depth, each the shorter of two opposite sides, shape ``(b, 2)``."""
    lengths = np.linalg.norm(_sides(quads), axis=2)
    shorter: Floats = np.minimum(lengths[:, :2], lengths[:, 2:])
    return shorter


def _axes(quads: Floats) -> Floats:
    sides = _sides(quads)
    along = sides[:, 0] - sides[:, 2]
    axes: Floats = along / np.linalg.norm(along, axis=1, keepdims=True)
    return axes

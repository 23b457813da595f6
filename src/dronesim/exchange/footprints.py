"""Buildings on one plot of a synthetic district: footprints and heights by land use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.products import matrix_product

Floats = NDArray[np.float64]
Pattern = Callable[[float, float], list[Floats]]
"""Footprints on a plot of so much width and depth, ``(k, 2)`` each, in metres from the plot's centre."""

PLOT_MARGIN_M = 9.0
PLAZA_HALF_WIDTH_M = 28.0


STOREY_M: Final = 3.0
"""Height of a storey where only their number is known (C, the usual figure of city models)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandUse:
    """One land use: pattern of footprints, storeys from ``low`` to ``high``, metres a storey.

    A share ``landmark_share`` of its buildings has 31 to 45 storeys instead.
    """

    pattern: Pattern
    low: int
    high: int
    storey_m: float = STOREY_M
    is_residential: bool = False
    landmark_share: float = 0.0


def box(x: float, y: float, *, length: float, depth: float) -> Floats:
    """A rectangle around (x, y), counter-clockwise."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (length / 2, depth / 2)
    corners: Floats = half + np.array([x, y])
    return corners


def _places(extent_m: float, *, item_m: float, gap_m: float) -> Floats:
    """Centres of as many items as fit side by side into ``extent_m`` less the plot's margin."""
    free = extent_m - 2 * PLOT_MARGIN_M
    count = max(0, int((free + gap_m) // (item_m + gap_m)))
    pitch = (free - item_m) / max(1, count - 1)
    steps = np.arange(count, dtype=np.float64) - (count - 1) / 2
    return np.asarray(steps * min(pitch, 1.5 * (item_m + gap_m)), dtype=np.float64)


def rows(*, length: float, depth: float, gap: float, aisle: float, has_court: bool = False) -> Pattern:
    """Parallel rows of slabs; with a court, the places around the plot's centre stay free."""

    def pattern(width: float, plot_depth: float) -> list[Floats]:
        xs = _places(width, item_m=length, gap_m=gap)
        ys = _places(plot_depth, item_m=depth, gap_m=aisle)
        court = 0.6 * max(length, depth + aisle) if has_court else -1.0
        return [box(x, y, length=length, depth=depth) for y in ys for x in xs if np.hypot(x, y) > court]

    return pattern


def courtyard(width: float, depth: float) -> list[Floats]:
    """Two angles of a perimeter block around a court, with two slabs in it."""
    a, b, wing, gate = width / 2 - PLOT_MARGIN_M, depth / 2 - PLOT_MARGIN_M, 14.0, 36.0
    angle = np.array(
        [
            (-a, -b),
            (a - gate, -b),
            (a - gate, -b + wing),
            (-a + wing, -b + wing),
            (-a + wing, b - gate),
            (-a, b - gate),
        ]
    )
    slabs = [box(0.0, y, length=0.9 * a, depth=13.0) for y in (-0.3 * b, 0.3 * b)]
    return [angle, -angle, *slabs]


def plaza(width: float, depth: float) -> list[Floats]:
    """Six halls of a mall around a plaza that stays free for the take-off point."""
    a, b, c = width / 2 - PLOT_MARGIN_M, depth / 2 - PLOT_MARGIN_M, PLAZA_HALF_WIDTH_M
    long, deep = (2 * a - 24.0) / 3, b - c - 6.0
    xs = (-(long + 12.0), 0.0, long + 12.0)
    return [box(x, side * (c + 6.0 + deep / 2), length=long, depth=deep) for side in (-1, 1) for x in xs]


def square(width: float, depth: float) -> list[Floats]:
    """Four pavilions at the corners of an open community square."""
    a, b = width / 2 - 24.0, depth / 2 - 20.0
    return [box(x, y, length=26.0, depth=16.0) for x in (-a, a) for y in (-b, b)]


LAND_USES: Final = {
    "village": LandUse(pattern=rows(length=26, depth=20, gap=12, aisle=14), low=3, high=6, is_residential=True),
    "walk_up": LandUse(
        pattern=rows(length=58, depth=13, gap=14, aisle=26, has_court=True),
        low=5,
        high=8,
        is_residential=True,
    ),
    "slabs": LandUse(pattern=rows(length=46, depth=15, gap=16, aisle=30), low=7, high=10, is_residential=True),
    "courtyard": LandUse(pattern=courtyard, low=4, high=7, is_residential=True),
    "towers": LandUse(
        pattern=rows(length=30, depth=22, gap=48, aisle=50, has_court=True),
        low=17,
        high=33,
        is_residential=True,
    ),
    "offices": LandUse(
        pattern=rows(length=36, depth=34, gap=46, aisle=46), low=8, high=24, storey_m=4.0, landmark_share=0.25
    ),
    "workshops": LandUse(pattern=rows(length=72, depth=30, gap=22, aisle=22), low=3, high=6, storey_m=4.0),
    "civic": LandUse(pattern=rows(length=54, depth=18, gap=24, aisle=44, has_court=True), low=3, high=6, storey_m=4.0),
    "mall": LandUse(pattern=plaza, low=4, high=6, storey_m=5.0),
    "square": LandUse(pattern=square, low=1, high=2, storey_m=4.5),
}
"""Heights that follow: 9 to 30 m nearly everywhere, residential towers 51 to 99 m, offices 32 to 96 m and
landmarks 124 to 180 m. All of it is an assumption about a district, none of it a survey."""

LANDMARK_STOREYS: Final = (31, 46)


def draw_heights(rng: np.random.Generator, use: LandUse, *, count: int) -> Floats:
    """Roof heights in metres, shape ``(count,)``."""
    storeys = rng.integers(use.low, use.high + 1, count)
    is_landmark = rng.random(count) < use.landmark_share
    tall = rng.integers(*LANDMARK_STOREYS, count)
    return np.where(is_landmark, tall, storeys) * use.storey_m


def place_on_plot(footprints: list[Floats], *, centre: Floats, axis: Floats) -> list[Floats]:
    """Bring footprints from a plot's own frame to local metres."""
    frame = np.array([axis, (-axis[1], axis[0])])
    return [matrix_product(footprint, frame) + centre for footprint in footprints]

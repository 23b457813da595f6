"""Circles and arcs on the ground as polygons in degrees that hold all of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry.projection import LocalFrame

CORNERS: Final = 72
Floats = NDArray[np.float64]


def circle(lonlat: Floats, *, radius_m: float) -> shapely.Polygon:
    """Draw a circle around a place in degrees, ``(2,)``: a polygon around it, so that nothing is cut off."""
    if not 0 < radius_m < np.inf or not np.all(np.abs(lonlat) <= (180.0, 90.0)):
        raise ValueError("a circle needs a centre on the globe and a radius above 0")
    angle = np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False)
    outer_m = radius_m / np.cos(np.pi / CORNERS)
    return shapely.Polygon(around(lonlat, angle, np.full(CORNERS, outer_m)))


def arc(centre: Floats, *, first: Floats, last: Floats, clockwise: bool) -> Floats:
    """Draw an arc around a centre from one place to another, all ``(2,)`` degrees; returns ``(n, 2)``."""
    frame = LocalFrame(float(centre[0]), float(centre[1]))
    ends = frame.to_local(np.array([first, last]))
    begin, end = np.arctan2(ends[:, 1], ends[:, 0])
    turn = (begin - end) % (2 * np.pi) if clockwise else -((end - begin) % (2 * np.pi))
    count = max(2, int(np.ceil(abs(turn) / (2 * np.pi) * CORNERS)) + 1)
    radius_m = np.linspace(np.hypot(*ends[0]), np.hypot(*ends[1]), count)
    return around(centre, begin - np.linspace(0.0, turn, count), radius_m)


def around(centre: Floats, angle: Floats, radius_m: Any) -> Floats:
    """Give places at angles (counterclockwise from east) and distances around a centre, shape ``(n, 2)``."""
    frame = LocalFrame(float(centre[0]), float(centre[1]))
    return frame.to_lonlat(np.column_stack([radius_m * np.cos(angle), radius_m * np.sin(angle)]))

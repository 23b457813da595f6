"""Areas whose edges are straight in degrees, in local metres: long edges bend, and what is far away is cut off."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from dronesim.geometry.projection import LocalFrame

Floats = NDArray[np.float64]

LONGEST_DEGREES: Final = 0.02
"""Edges are cut into pieces so short that they bend by less than 8 cm, up to 70 degrees of latitude."""
WINDOW_DEGREES: Final = 1.4
"""So far north and south of the centre, about 155 km, areas are kept, and as far east and west."""
LEAST_COSINE: Final = 0.05
TURNS: Final = (-360.0, 0.0, 360.0)


def local_areas(shapes: NDArray[Any], frame: LocalFrame) -> NDArray[Any]:
    """Project polygons in degrees, shape ``(n,)``, to metres; those farther than the window become empty.

    An edge is straight in longitude and latitude, as RFC 7946 has it. A ring that steps over 180 degrees the short
    way, from 179.9 to -179.9, is taken so; one from -180 to 180 goes around the world.
    """
    shapes = np.asarray(shapes, dtype=object)
    if not len(shapes):
        return shapes
    west, south, east, north = shapely.bounds(shapes).T
    window = _window(frame)
    is_near = (west >= window[0]) & (south >= window[1]) & (east <= window[2]) & (north <= window[3])
    is_short = np.maximum(east - west, north - south) <= LONGEST_DEGREES
    kept = shapes.copy()
    for row in np.flatnonzero(~is_near):
        kept[row] = _within(shapes[row], window)
    rows = np.flatnonzero(~(is_near & is_short))
    kept[rows] = shapely.segmentize(kept[rows], LONGEST_DEGREES)
    return np.asarray(shapely.transform(kept, frame.to_local), dtype=object)


def _window(frame: LocalFrame) -> tuple[float, float, float, float]:
    across = WINDOW_DEGREES / max(float(np.cos(np.radians(frame.lat))), LEAST_COSINE)
    return frame.lon - across, frame.lat - WINDOW_DEGREES, frame.lon + across, frame.lat + WINDOW_DEGREES


def _within(shape: Any, window: tuple[float, float, float, float]) -> Any:
    """Cut off what lies outside a window, which may reach over 180 degrees."""
    whole = _unwrapped(shape)
    turns = [shapely.affinity.translate(whole, turn) for turn in TURNS]
    parts = [shapely.intersection(turn, shapely.box(*window)) for turn in turns]
    areas = [part for found in parts for part in shapely.get_parts(found) if part.geom_type == "Polygon"]
    return shapely.union_all(areas) if areas else shapely.Polygon()


def _unwrapped(shape: Any) -> Any:
    """Undo jumps of longitude of more than half a turn, but those of a whole one."""
    west, _, east, _ = shape.bounds
    if east - west <= 180.0 or east - west >= 360.0:
        return shape
    parts = [
        shapely.Polygon(_smooth(part.exterior), [_smooth(hole) for hole in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    return shapely.union_all([part for part in parts if part.is_valid] or [shape])


def _smooth(ring: Any) -> Floats:
    lonlat = shapely.get_coordinates(ring)
    lonlat[:, 0] = np.unwrap(lonlat[:, 0], period=360.0)
    return lonlat

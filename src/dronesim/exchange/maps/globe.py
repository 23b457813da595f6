"""Longitudes that go around: middles across 180 degrees, and shapes that reach over it, cut there in two."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TURN: Final = 360.0
HALF: Final = 180.0


def wrapped(lonlat: ArrayLike) -> Floats:
    """Bring longitudes of places ``(n, 2)`` within 180 degrees; those that are stay as they are, to the bit."""
    places = np.array(lonlat, dtype=np.float64)
    is_off = np.abs(places[:, 0]) > HALF
    places[is_off, 0] = (places[is_off, 0] + HALF) % TURN - HALF
    return places


def middle_of(lonlat: ArrayLike) -> Floats:
    """Give the median place of some, ``(n, 2)`` in degrees; of those on both sides of 180, one between them."""
    places = np.array(lonlat, dtype=np.float64)
    if np.ptp(places[:, 0]) > HALF:
        places[:, 0] %= TURN
    return np.asarray(wrapped(np.median(places, axis=0)[None])[0])


def degrees_apart(lon: float, other: float) -> float:
    """Give how far two longitudes are apart, the short way."""
    return abs((lon - other + HALF) % TURN - HALF)


def cut_at_180(shapes: NDArray[Any]) -> NDArray[Any]:
    """Cut shapes ``(n,)`` that reach over 180 degrees, by positions beyond it or by a step the short way."""
    west, south, east, north = shapely.bounds(shapes).T
    is_over = (east > HALF) | (west < -HALF) | ((east - west > HALF) & (east - west < TURN))
    is_degrees = (np.maximum(np.abs(west), np.abs(east)) <= TURN) & (np.maximum(np.abs(south), np.abs(north)) <= 90.0)
    found = shapes.copy()
    for row in np.flatnonzero(is_over & is_degrees):
        found[row] = _cut(shapes[row])
    return found


def _cut(shape: Any) -> Any:
    whole = _unwrapped(shape)
    if whole.geom_type in ("Point", "MultiPoint"):
        return shapely.transform(whole, wrapped)
    whole = whole if whole.is_valid else shapely.make_valid(whole)
    parts = []
    for turn in (-TURN, 0.0, TURN):
        here = shapely.intersection(whole, shapely.box(turn - HALF, -90.0, turn + HALF, 90.0))
        parts += [] if here.is_empty else [shapely.affinity.translate(here, -turn)]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _unwrapped(shape: Any) -> Any:
    """Undo steps of longitude of more than half a turn within a line or ring."""
    west, _, east, _ = shape.bounds
    if not HALF < east - west < TURN or shape.geom_type not in ("Polygon", "MultiPolygon", "LineString"):
        return shape
    if shape.geom_type == "LineString":
        return shapely.LineString(_smooth(shape))
    polygons = [
        shapely.Polygon(_smooth(part.exterior), [_smooth(hole) for hole in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _smooth(line: Any) -> Floats:
    lonlat = shapely.get_coordinates(line)
    lonlat[:, 0] = np.unwrap(lonlat[:, 0], period=TURN)
    return lonlat

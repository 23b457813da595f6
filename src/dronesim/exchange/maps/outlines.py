"""Outlines made fit for a map: valid polygons, on the globe, with seven digits of a degree."""

from __future__ import annotations

from typing import Any, Final

import shapely
from shapely.geometry import mapping

from dronesim.exchange.features import DECIMALS
from dronesim.exchange.maps.account import Account

GRID: Final = 10.0**-DECIMALS
GLOBE: Final = shapely.box(-180.0, -90.0, 180.0, 90.0)
AREAS: Final = ("Polygon", "MultiPolygon")


def outline(shape: Any, *, account: Account, what: str) -> Any:
    """Give a shape as one valid polygon or multipolygon in degrees; None where nothing of it has an area.

    A closed line counts as its area. What was repaired or left out is counted.
    """
    found = shape
    if found.geom_type == "LineString" and found.is_closed and len(found.coords) > 3:
        found = shapely.Polygon(found.coords)
    if found.geom_type == "GeometryCollection":
        found = shapely.MultiPolygon([part for part in parts_of(found) if part.geom_type == "Polygon"])
    if not found.is_valid:
        account.repaired[f"{what} whose outline crossed itself"] += 1
        found = shapely.make_valid(found)
    found = _areas(_rounded(shapely.intersection(found, GLOBE)))
    if found.is_empty:
        account.dropped[f"{what} without an area"] += 1
        return None
    return found


def parts_of(shape: Any) -> list[Any]:
    """Give the points, lines and polygons of a shape, however deep it nests them."""
    parts = [shape]
    while any(hasattr(part, "geoms") for part in parts):
        parts = [each for part in parts for each in getattr(part, "geoms", [part])]
    return parts


def polygon_feature(shape: Any, **properties: object) -> dict[str, Any]:
    """Make a feature of a polygon that `outline` gave."""
    geometry = mapping(shape)
    polygons = [geometry["coordinates"]] if shape.geom_type == "Polygon" else geometry["coordinates"]
    rings = [[[list(_degrees(place)) for place in ring] for ring in polygon] for polygon in polygons]
    coordinates = rings[0] if shape.geom_type == "Polygon" else rings
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape.geom_type, "coordinates": coordinates},
    }


def _degrees(place: tuple[float, ...]) -> tuple[float, float]:
    return round(place[0], DECIMALS), round(place[1], DECIMALS)


def _rounded(shape: Any) -> Any:
    return shapely.set_precision(shape, GRID)


def _areas(shape: Any) -> Any:
    """Keep the polygons of a shape of any kind."""
    if shape.geom_type in AREAS:
        return shape
    parts = [part for part in parts_of(shape) if part.geom_type == "Polygon" and part.area > 0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)

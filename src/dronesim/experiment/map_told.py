"""What was read of a map, in words: how much of it, how large, and where on Earth."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from dronesim.geometry import LocalFrame
from dronesim.letters import counted
from dronesim.world import World

HOUR_DEGREES: Final = 15.0


def map_content(world: World) -> dict[str, Any]:
    """Give counts, extent (west, south, east, north in degrees) and size of all but the zones, and the centre."""
    lon, lat = world.origin_lonlat
    groups = (world.takeoff_points, world.airports, world.merchants, world.communities)
    xy = np.concatenate([*(group.xy for group in groups), shapely.get_coordinates(world.buildings.polygons)])
    low, high = xy.min(axis=0), xy.max(axis=0)
    corners = LocalFrame(lon, lat).to_lonlat(np.array([low, high]))
    tallest = world.buildings.height_m
    return {
        "centre": [lon, lat],
        "extent": [*corners[0].tolist(), *corners[1].tolist()],
        "size_m": (high - low).tolist(),
        "takeoff_points": len(world.takeoff_points.ids),
        "airports": len(world.airports.ids),
        "merchants": len(world.merchants.ids),
        "communities": len(world.communities.ids),
        "buildings": len(set(world.buildings.ids)) if world.buildings.ids else len(tallest),
        "tallest_m": float(tallest.max()) if len(tallest) else None,
        "zones": len(set(world.zones.ids)),
        "airways": len(world.airways),
    }


def map_lines(content: dict[str, Any]) -> list[str]:
    """Word what was read of a map; the hour is that of the sun, to see a map on the wrong side of the Earth."""
    (lon, lat), (west, south, east, north) = content["centre"], content["extent"]
    wide_km, high_km = (metres / 1000 for metres in content["size_m"])
    where = f"{abs(lat):.4f} {'N' if lat >= 0 else 'S'}, {abs(lon):.4f} {'E' if lon >= 0 else 'W'}"
    tallest = "" if content["tallest_m"] is None else f" (tallest {content['tallest_m']:g} m)"
    sites = f"{counted(content['takeoff_points'], 'take-off point')}, {counted(content['airports'], 'airport')}"
    communities = f"{content['communities']:,} {'community' if content['communities'] == 1 else 'communities'}"
    customers = f"{counted(content['merchants'], 'merchant')}, {communities}"
    solid = f"{counted(content['buildings'], 'building')}{tallest}, {counted(content['zones'], 'no-fly zone')}"
    noon = f"noon there is about {(12 - lon / HOUR_DEGREES) % 24:.1f} h UTC"
    extent = f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
    return [
        f"map: {sites}, {customers}, {solid}, {counted(content['airways'], 'airway')}",
        f"  centre {where} ({noon}); {wide_km:.1f} x {high_km:.1f} km, {extent}",
    ]

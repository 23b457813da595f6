"""Bare worlds for tests of routing: sites and obstacles, nobody who orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from dronesim.world import Buildings, Sites, World, Zones

ROOF_M = 100.0


def plain_zones(polygons: Sequence[shapely.Polygon] = (), hours: Sequence[tuple[float, float]] = ()) -> Zones:
    """Zones at all heights; without hours they always hold."""
    count = len(polygons)
    begins, ends = zip(*(hours or [(-np.inf, np.inf)] * count), strict=True) if count else ((), ())
    return Zones(
        ids=tuple(f"z{i}" for i in range(count)),
        polygons=np.array(polygons, dtype=object),
        floor_m=np.zeros(count),
        ceiling_m=np.full(count, np.inf),
        from_s=np.array(begins, dtype=np.float64),
        to_s=np.array(ends, dtype=np.float64),
    )


def plain_world(
    buildings: Sequence[shapely.Polygon], *, takeoff_points: np.ndarray, airports: np.ndarray, **changes: Any
) -> World:
    """A world whose buildings are all ``ROOF_M`` high."""
    nobody, none = Sites(ids=(), xy=np.zeros((0, 2))), np.zeros(0, dtype=int)
    values: dict[str, Any] = {
        "name": "plain",
        "origin_lonlat": (114.0, 22.5),
        "takeoff_points": Sites(ids=tuple(f"t{i}" for i in range(len(takeoff_points))), xy=takeoff_points),
        "airports": Sites(ids=tuple(f"a{i}" for i in range(len(airports))), xy=airports),
        "merchants": nobody,
        "merchant_weight": none,
        "merchant_takeoff_point": none,
        "communities": nobody,
        "community_weight": none,
        "community_airport": none,
        "buildings": Buildings(polygons=np.array(buildings, dtype=object), height_m=np.full(len(buildings), ROOF_M)),
        "zones": plain_zones(),
        "airways": (),
        "pads": {},
        "boxes": {},
    }
    return World(**{**values, **changes})

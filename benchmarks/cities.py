"""Synthetic cities for benchmarks: turned rectangular buildings, square-ish zones, sites that keep clear of both."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.world import Buildings, Sites, World, Zones

Floats = NDArray[np.float64]

LEVEL_M, CLEARANCE_M, MARGIN_M = 60.0, 5.0, 10.0
BUILDINGS_A_KM2: Final = 2000 / 36
"""Tall ones, as obstacles at cruise level; those that drones fly over cost nothing."""

BUILDINGS_A_ZONE: Final = 167


def even_city(buildings: int, *, takeoff_points: int = 40, airports: int = 120, seed: int = 1) -> World:
    """Draw a city whose area and zones grow with its buildings, so that no place sees more of them."""
    return city(
        buildings=buildings,
        zones=max(1, round(buildings / BUILDINGS_A_ZONE)),
        takeoff_points=takeoff_points,
        airports=airports,
        side_m=1000.0 * float(np.sqrt(buildings / BUILDINGS_A_KM2)),
        seed=seed,
    )


def city(*, buildings: int, zones: int, takeoff_points: int, airports: int, side_m: float, seed: int) -> World:
    """Draw a world whose buildings are all above the level; sites keep clear of them."""
    rng = np.random.default_rng(seed)
    footprints = _rectangles(rng, buildings, side_m=side_m, half_m=(5.0, 18.0))
    areas = _rectangles(rng, zones, side_m=side_m, half_m=(60.0, 200.0))
    xy = _free_points(rng, np.concatenate([footprints, areas]), takeoff_points + airports, side_m=side_m)
    nobody, none = Sites(ids=(), xy=np.zeros((0, 2))), np.zeros(0, dtype=np.int64)
    return World(
        name="city",
        origin_lonlat=(114.0, 22.5),
        takeoff_points=Sites(ids=tuple(f"t{i}" for i in range(takeoff_points)), xy=xy[:takeoff_points]),
        airports=Sites(ids=tuple(f"a{i}" for i in range(airports)), xy=xy[takeoff_points:]),
        merchants=nobody,
        merchant_weight=none,
        merchant_takeoff_point=none,
        communities=nobody,
        community_weight=none,
        community_airport=none,
        buildings=Buildings(polygons=footprints, height_m=np.full(buildings, LEVEL_M)),
        zones=Zones(
            ids=tuple(f"z{i}" for i in range(zones)),
            polygons=areas,
            floor_m=np.zeros(zones),
            ceiling_m=np.full(zones, np.inf),
            from_s=np.full(zones, -np.inf),
            to_s=np.full(zones, np.inf),
        ),
        airways=(),
        pads={},
        boxes={},
    )


def _rectangles(rng: np.random.Generator, count: int, *, side_m: float, half_m: tuple[float, float]) -> NDArray[Any]:
    middle, half = rng.uniform(-side_m / 2, side_m / 2, (count, 2)), rng.uniform(*half_m, (count, 2))
    turn = rng.uniform(0, np.pi, count)[:, None, None]
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half[:, None]
    x, y = corners[..., :1], corners[..., 1:]
    turned = np.concatenate([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=2)
    return np.asarray(shapely.polygons(turned + middle[:, None]), dtype=object)


def _free_points(rng: np.random.Generator, polygons: NDArray[Any], count: int, *, side_m: float) -> Floats:
    tried = rng.uniform(-side_m / 2, side_m / 2, (8 * count, 2))
    tree = shapely.STRtree(polygons)
    near = tree.query(shapely.points(tried), predicate="dwithin", distance=2 * CLEARANCE_M)[0]
    free: Floats = np.delete(tried, np.unique(near), axis=0)[:count]
    return free

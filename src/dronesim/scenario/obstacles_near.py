"""Which building or no-fly zone stands in the way of a site, and how far from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An obstacle in words, and metres from a site to it: 0 where it stands around the site."""

    name: str
    away_m: float

    def __str__(self) -> str:
        return f"{self.name}, {self.away_m:.1f} m away" if self.away_m > 0 else f"{self.name}, around it"


def nearest_obstacle(world: World, site: int, *, level_m: float, roof_margin_m: float) -> Near | None:
    """Find the obstacle at a level that is nearest to a site, by index in ``World.sites``; None if there is none."""
    names, polygons = _obstacles(world, level_m=level_m, roof_margin_m=roof_margin_m)
    if not names:
        return None
    xy = np.concatenate([world.takeoff_points.xy, world.airports.xy])[site]
    away_m = shapely.distance(polygons, shapely.Point(xy))
    place = int(np.argmin(away_m))
    return Near(name=names[place], away_m=float(away_m[place]))


def _obstacles(world: World, *, level_m: float, roof_margin_m: float) -> tuple[Sequence[str], NDArray[Any]]:
    buildings, zones = world.buildings, world.zones
    is_tall = buildings.height_m + roof_margin_m > level_m
    is_closed = (zones.floor_m <= level_m) & (level_m <= zones.ceiling_m)
    names = [_building(world, place) for place in np.flatnonzero(is_tall).tolist()]
    names += [f"the no-fly zone {zones.ids[place]}" for place in np.flatnonzero(is_closed)]
    return names, np.concatenate([buildings.polygons[is_tall], zones.polygons[is_closed]])


def _building(world: World, place: int) -> str:
    height = f"of {world.buildings.height_m[place]:g} m"
    return f"the building {world.buildings.ids[place]} {height}" if world.buildings.ids else f"a building {height}"

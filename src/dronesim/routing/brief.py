"""All that a table of routes is made from, in values that are equal where the routes are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.defaults import STRUCTURE
from dronesim.world import AirwayRules, World

Floats = NDArray[np.float64]
Structure: TypeAlias = Literal["free", "airways"]
Shapes: TypeAlias = tuple[bytes, ...]
"""Polygons or lines as well-known binary, which keeps every bit of their corners."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteBrief:
    """What routes are found from, and nothing else: who makes a table sees its brief and no world.

    ``sites``: places in metres, of which the first ``roots`` are take-off points; ``roofs_m`` and ``heights_m`` (floor
    and ceiling) belong to ``buildings`` and ``zones``. A zone with hours counts as closed all day. Airways are left
    out where routes do not follow them.
    """

    roots: int
    sites: tuple[tuple[float, float], ...]
    buildings: Shapes
    roofs_m: tuple[float, ...]
    zones: Shapes
    heights_m: tuple[tuple[float, float], ...]
    airways: Shapes
    airway_rules: tuple[AirwayRules, ...]
    levels_m: tuple[float, ...]
    clearance_m: float
    roof_margin_m: float
    structure: Structure

    @property
    def xy(self) -> Floats:
        """Places of all sites in metres, ``(n, 2)``."""
        return np.array(self.sites, dtype=np.float64).reshape(-1, 2)

    def polygons(self) -> NDArray[Any]:
        """Buildings and then zones as shapely polygons, ``(n,)``."""
        return _restored(self.buildings + self.zones)

    def lines(self) -> NDArray[Any]:
        """Airways as shapely lines, ``(n,)``."""
        return _restored(self.airways)

    def reaches(self, level_m: float) -> NDArray[np.bool_]:
        """Whether each building and then each zone is an obstacle at a level, ``(n,)``."""
        is_tall = np.array(self.roofs_m) + self.roof_margin_m > level_m
        floor_m, ceiling_m = np.array(self.heights_m, dtype=np.float64).reshape(-1, 2).T
        return np.concatenate([is_tall, (floor_m <= level_m) & (level_m <= ceiling_m)]).astype(np.bool_)

    def digest(self, *about: object) -> str:
        """Hash all fields, and what else they are told ``about``, for the name of a file."""
        found = hashlib.sha256(repr(about).encode())
        for field in fields(self):
            found.update(f"{field.name} {getattr(self, field.name)!r}".encode())
        return found.hexdigest()


def brief_of(
    world: World,
    *,
    levels_m: Sequence[float],
    clearance_m: float,
    roof_margin_m: float,
    structure: Structure = STRUCTURE,
) -> RouteBrief:
    """Take from a world what its routes are found from."""
    zones, is_along = world.zones, structure == "airways"
    return RouteBrief(
        roots=len(world.takeoff_points),
        sites=tuple(map(tuple, site_xy(world).tolist())),
        buildings=_kept(world.buildings.polygons),
        roofs_m=tuple(world.buildings.height_m.tolist()),
        zones=_kept(zones.polygons),
        heights_m=tuple(zip(zones.floor_m.tolist(), zones.ceiling_m.tolist(), strict=True)),
        airways=_kept(world.airways) if is_along else (),
        airway_rules=tuple(world.airway_rules) if is_along else (),
        levels_m=tuple(float(level_m) for level_m in levels_m),
        clearance_m=float(clearance_m),
        roof_margin_m=float(roof_margin_m),
        structure=structure,
    )


def site_xy(world: World) -> Floats:
    """Places of all sites in metres, ``(n, 2)``, in the order of ``World.sites``."""
    xy = np.concatenate([np.reshape(sites.xy, (-1, 2)) for sites in (world.takeoff_points, world.airports)])
    return xy.astype(np.float64)


def _kept(shapes: Any) -> Shapes:
    return tuple(shapely.to_wkb(np.asarray(shapes, dtype=object)).tolist())


def _restored(shapes: Shapes) -> NDArray[Any]:
    return np.asarray(shapely.from_wkb(np.array(shapes, dtype=object)), dtype=object)

"""What does not move: buildings, zones, sites, merchants, routes and areas of a run, in its local metres."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.record.saved import Saved
from dronesim.replay.packing import Packed, packed
from dronesim.report.geometry import read_map_features

Floats = NDArray[np.float64]

MAP: Final = "inputs/map.geojson"
STEP_M: Final = 0.5
"""Places are told in steps of so many metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Areas as rings of corners in local metres: outer rings and holes alike, which are filled by the even-odd rule.

    ``owner``: the area of each ring, from 0 up in ascending order.
    """

    owner: tuple[int, ...]
    rings: tuple[Floats, ...]

    def columns(self, name: str) -> list[Packed]:
        """Pack them under a name: the owner and the number of corners of each ring, then all corners."""
        corners = np.concatenate([np.empty((0, 2)), *self.rings])
        return [
            packed(f"{name}.owner", np.array(self.owner, dtype=np.float64), is_delta=True),
            packed(f"{name}.count", np.array([len(ring) for ring in self.rings], dtype=np.float64)),
            packed(f"{name}.x", corners[:, 0], scale=STEP_M, is_delta=True),
            packed(f"{name}.y", corners[:, 1], scale=STEP_M, is_delta=True),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A no-fly zone by its name, heights and hours; None where it has no end."""

    name: str
    floor_m: float
    ceiling_m: float | None
    from_s: float | None
    to_s: float | None

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "name": self.name,
            "floorM": self.floor_m,
            "ceilingM": self.ceiling_m,
            "fromS": self.from_s,
            "toS": self.to_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """All of it; ``height_m`` (buildings,), ``areas`` in which link or position may be lost, by name."""

    buildings: Shapes
    height_m: Floats
    zones: Shapes
    zone_facts: tuple[Zone, ...]
    areas: Shapes
    area_names: tuple[str, ...]
    merchants: Mapping[str, tuple[float, float]]
    routes: Shapes
    is_synthetic: bool


def read_district(saved: Saved) -> District:
    """Read what stands in a run's map and facts.

    Raises
    ------
    InputError
        The map is missing, or not as it was written, or no map.
    """
    try:
        found = read_map_features(json.loads(saved.text(MAP)), saved.facts)
    except (KeyError, TypeError, ValueError) as error:
        rule = f"is not a usable map: {type(error).__name__} {error}"
        raise InputError([Problem(file=str(saved.folder / MAP), key="features", rule=rule)]) from error
    stated = [feature["properties"] for feature in found.zone_features]
    names, wkts = _areas(saved.facts)
    return District(
        buildings=_shapes(found.geometry.buildings),
        height_m=found.geometry.height_m,
        zones=_shapes(found.geometry.zones),
        zone_facts=tuple(_zone(zone, feature) for zone, feature in zip(stated, found.zone_features, strict=True)),
        areas=_of_wkts(wkts),
        area_names=names,
        merchants=found.merchants,
        routes=_routes(saved.facts),
        is_synthetic=found.geometry.is_synthetic,
    )


def _shapes(areas: Sequence[Sequence[Floats]]) -> Shapes:
    pairs = [(number, ring) for number, rings in enumerate(areas) for ring in rings]
    return Shapes(owner=tuple(number for number, _ in pairs), rings=tuple(ring for _, ring in pairs))


def _of_wkts(wkts: Sequence[str]) -> Shapes:
    polygons = [list(shapely.get_parts(shapely.from_wkt(text))) for text in wkts]
    rings = [
        [shapely.get_coordinates(ring) for part in parts for ring in shapely.get_rings(part)] for parts in polygons
    ]
    return _shapes(rings)


def _areas(facts: Mapping[str, Any]) -> tuple[tuple[str, ...], list[str]]:
    areas = {
        area["id"]: area["wkt"]
        for key in ("link", "position")
        if facts.get(key) is not None
        for area in facts[key]["areas"]
    }
    return tuple(areas), list(areas.values())


def _routes(facts: Mapping[str, Any]) -> Shapes:
    """Take each path once, whatever its level and its direction."""
    paths = {
        tuple(sorted((route["from"], route["to"]))): np.array(route["points_m"], dtype=np.float64)
        for route in facts["routes"]
    }
    return _shapes([[path] for path in paths.values()])


def _zone(stated: Mapping[str, Any], feature: Mapping[str, Any]) -> Zone:
    ceiling_m = stated.get("ceiling_m")
    return Zone(
        name=str(stated.get("id", feature.get("id", "zone"))),
        floor_m=float(stated.get("floor_m") or 0.0),
        ceiling_m=None if ceiling_m is None else float(ceiling_m),
        from_s=_seconds(stated.get("from")),
        to_s=_seconds(stated.get("to")),
    )


def _seconds(stated: Any) -> float | None:
    """Read a clock time as 14:30, or seconds since midnight."""
    if stated is None or isinstance(stated, int | float):
        return stated
    return sum(float(part) * scale for part, scale in zip(str(stated).split(":"), (3600.0, 60.0, 1.0), strict=False))

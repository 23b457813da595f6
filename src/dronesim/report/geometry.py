"""Footprints and zones of a run's map in the local metres of its facts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry.areas import local_areas
from dronesim.geometry.projection import LocalFrame
from dronesim.units import seconds_at

Floats = NDArray[np.float64]
Rings = tuple[Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapGeometry:
    """What the map picture draws below the sites; every ring is an array of shape ``(m, 2)`` in local metres.

    A footprint is its outer ring followed by its holes. ``height_m`` has shape ``(buildings,)``. ``zone_hours`` says of
    each zone when it holds, None where that is the whole day.
    """

    buildings: tuple[Rings, ...]
    height_m: Floats
    zones: tuple[Rings, ...]
    zone_hours: tuple[str | None, ...]
    is_synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFeatures:
    """A map placed: its geometry, the feature of each zone in it, and its merchants by id in local metres."""

    geometry: MapGeometry
    zone_features: tuple[Mapping[str, Any], ...]
    merchants: Mapping[str, tuple[float, float]]


def read_map_geometry(path: Path, facts: Mapping[str, Any]) -> MapGeometry:
    """Read buildings and no-fly zones from a GeoJSON map and put them where the facts have its sites."""
    return read_map_features(json.loads(path.read_text(encoding="utf-8")), facts).geometry


def read_map_features(collection: Mapping[str, Any], facts: Mapping[str, Any]) -> MapFeatures:
    """Put what a parsed GeoJSON map has where the facts have its sites."""
    to_local = _Placing.of(collection, facts)
    buildings = list(to_local.areas(_kind(collection, "building")))
    heights = [float(feature["properties"].get("height_m", 0.0)) for _, feature in buildings]
    zones = list(to_local.areas(_kind(collection, "no_fly")))
    geometry = MapGeometry(
        buildings=tuple(rings for rings, _ in buildings),
        height_m=np.asarray(heights, dtype=np.float64),
        zones=tuple(rings for rings, _ in zones),
        zone_hours=tuple(_hours(feature["properties"], facts["horizon"]) for _, feature in zones),
        is_synthetic=_says_synthetic(collection),
    )
    places = dict(_positions(collection, ("merchant",)))
    return MapFeatures(
        geometry=geometry,
        zone_features=tuple(feature for _, feature in zones),
        merchants=dict(zip(places, to_local.points(list(places.values())), strict=True)),
    )


def _hours(zone: Mapping[str, Any], horizon: Mapping[str, Any]) -> str | None:
    """Word when a zone holds; None for one that holds from before the opening until after the last flight."""
    begins, ends = (None if zone.get(key) is None else str(zone[key]) for key in ("from", "to"))
    is_early = begins is None or _seconds(begins) <= horizon["start_s"]
    is_late = ends is None or _seconds(ends) >= horizon["closed_s"]
    if is_early and is_late:
        return None
    if begins is None or ends is None:
        return f"from {begins[:5]}" if begins is not None else f"until {str(ends)[:5]}"
    return f"{begins[:5]} to {ends[:5]}"


def _seconds(time_of_day: str) -> float:
    return seconds_at(*(int(part) for part in f"{time_of_day}:00".split(":")[:3]))


def says_synthetic(path: Path) -> bool:
    """Tell whether a map is labelled as made up."""
    return _says_synthetic(json.loads(path.read_text(encoding="utf-8")))


def _says_synthetic(collection: Mapping[str, Any]) -> bool:
    """Look for the label in the head of the map, be it a flag or a sentence."""
    head = {key: value for key, value in collection.items() if key != "features"}
    text = json.dumps(head).lower()
    return "synthetic" in text and '"synthetic": false' not in text


def _kind(collection: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [feature for feature in collection["features"] if feature["properties"].get("kind") == kind]


def _footprints(feature: Mapping[str, Any]) -> list[list[Any]]:
    geometry = feature["geometry"]
    coordinates: list[Any] = geometry["coordinates"]
    return {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(geometry["type"], [])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placing:
    """A local frame anywhere near the map, shifted so that the map's sites fall on those of the facts."""

    frame: LocalFrame
    shift_m: Floats

    @classmethod
    def of(cls, collection: Mapping[str, Any], facts: Mapping[str, Any]) -> _Placing:
        wanted = {site["id"]: (site["x_m"], site["y_m"]) for group in facts["sites"].values() for site in group}
        found = dict(_site_positions(collection))
        shared = [name for name in wanted if name in found]
        lonlat = np.array([found[name] for name in shared], dtype=np.float64)
        centre = lonlat.mean(axis=0)
        frame = LocalFrame(float(centre[0]), float(centre[1]))
        xy = np.array([wanted[name] for name in shared], dtype=np.float64)
        return cls(frame=frame, shift_m=np.mean(xy - frame.to_local(lonlat), axis=0))

    def points(self, lonlat: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
        """Place points in degrees."""
        if not lonlat:
            return []
        east, north = (self.frame.to_local(np.array(lonlat, dtype=np.float64)) + self.shift_m).T.tolist()
        return list(zip(east, north, strict=True))

    def areas(self, features: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Rings, Mapping[str, Any]]]:
        """Give the rings of each part of the areas that is near, with its area."""
        footprints = [(feature, rings) for feature in features for rings in _footprints(feature)]
        flat = ([[point[:2] for point in ring] for ring in rings] for _, rings in footprints)
        shapes = np.array([shapely.Polygon(rings[0], rings[1:]) for rings in flat], dtype=object)
        parts, places = shapely.get_parts(local_areas(shapes, self.frame), return_index=True)
        for part, place in zip(parts, places.tolist(), strict=True):
            if not part.is_empty:
                rings = [part.exterior, *part.interiors]
                yield tuple(shapely.get_coordinates(ring) + self.shift_m for ring in rings), footprints[place][0]


def _site_positions(collection: Mapping[str, Any]) -> Iterable[tuple[str, list[float]]]:
    return _positions(collection, ("takeoff_point", "airport"))


def _positions(collection: Mapping[str, Any], kinds: Sequence[str]) -> Iterable[tuple[str, list[float]]]:
    for kind in kinds:
        for feature in _kind(collection, kind):
            name = feature["properties"].get("id", feature.get("id"))
            yield str(name), feature["geometry"]["coordinates"][:2]

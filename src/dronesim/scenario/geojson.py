"""Read a GeoJSON map, check every feature, and turn it into a world in local metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.errors import InputError
from dronesim.geometry import LocalFrame
from dronesim.geometry.projection import SEMI_MAJOR_M, ecef
from dronesim.scenario.complaints import near_match
from dronesim.scenario.features import Community, Feature, Flaw, Merchant, check_feature
from dronesim.scenario.map_notes import ignored_hours, ignored_limits
from dronesim.scenario.map_text import MapText, read_map_text
from dronesim.scenario.world_building import build_world, polygons_of
from dronesim.world import World

WORDS: Final = {
    "takeoff_point": "take-off point",
    "airport": "airport",
    "merchant": "merchant",
    "community": "community",
}
SITES: Final = ("takeoff_point", "airport")
COUNTED: Final = 1000
"""So many problems of a map are counted before the rest of the file is left unread."""
HEIGHTS: Final = {"ground_amsl_m": (-500.0, 9000.0), "geoid_m": (-110.0, 90.0)}
"""Members of a map: how high its ground lies above mean sea level, and that above the ellipsoid of WGS84."""
HALF_TURN: Final = 180.0
AREAS: Final = ("building", "no_fly", "link_area", "people")
TURNED_LAT: Final = 90.0
SHOWN_SITES: Final = 12
"""So many sites are named where one is not known."""
FARTHEST_M: Final = 50_000.0
"""How far a point may be from the map's centre; further out it is a slip of the pen, or two maps in one."""


def load_map(path: str | Path, *, needs_customers: bool = True) -> World:
    """Read a map into a world.

    Merchants belong to the take-off point that they name (``takeoff_point``), else to the nearest by straight
    line; communities likewise to an ``airport``. The centre of the local metres is the top-level ``origin``
    ``[lon, lat]``, else the middle of the box around all take-off points and airports. ``ground_amsl_m`` and
    ``geoid_m`` may stand beside it.

    Parameters
    ----------
    path : str or Path
        GeoJSON file.
    needs_customers : bool
        Whether a map without merchants or communities is refused; a trace with positions needs none.

    Raises
    ------
    InputError
        With every problem, each naming the feature and the line on which it begins.
    """
    source = read_map_text(path)
    features, flaws = _sound_features(source)
    flaws += _missing_kinds(source, needs_customers=needs_customers)
    flaws += _weightless(features) if needs_customers else []
    origin, origin_flaws = _origin(source, features)
    heights, height_flaws = _heights(source)
    _raise(source, flaws + origin_flaws + height_flaws)
    frame = LocalFrame(*origin)
    _raise(source, _far_points(features, frame))
    world = replace(build_world(features, frame, name=_name(source, Path(path))), **heights)
    stated = source.collection["features"]
    world = replace(world, notes=_far_layers(features, frame) + ignored_limits(stated) + ignored_hours(stated))
    _raise(source, _sites_in_zones(features, world))
    return world


def _raise(source: MapText, flaws: Sequence[Flaw]) -> None:
    if flaws:
        raise InputError(source.problems(sorted(flaws, key=lambda flaw: flaw.index)))


def _name(source: MapText, path: Path) -> str:
    name = source.collection.get("name")
    return name if isinstance(name, str) and name else path.stem


def _sound_features(source: MapText) -> tuple[list[Feature], list[Flaw]]:
    features: list[Feature] = []
    flaws: list[Flaw] = []
    for index, raw in enumerate(source.collection["features"]):
        feature, found = check_feature(index, raw)
        features += [] if feature is None else [feature]
        flaws += found
        if len(flaws) > COUNTED:
            rule = f"are left unread from here on, after {len(flaws):,} problems"
            rest = Flaw(index=index + 1, id="features", rule=rule)
            return features, [*flaws, rest]
    ids = _ids_by_kind(source)
    return features, flaws + _repeated_ids(source) + _unknown_references(features, ids) + _crossings(features)


def _stated(source: MapText) -> list[tuple[int, str, str]]:
    """Index, kind and id of every feature that states both, sound or not."""
    found = []
    for index, raw in enumerate(source.collection["features"]):
        properties = raw.get("properties") if isinstance(raw, dict) else None
        if isinstance(properties, dict) and isinstance(properties.get("kind"), str):
            name = properties.get("id", raw.get("id"))
            found.append((index, properties["kind"], "" if name is None else str(name)))
    return found


def _ids_by_kind(source: MapText) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for _, kind, name in _stated(source):
        ids.setdefault(kind, []).append(name)
    return ids


def _repeated_ids(source: MapText) -> list[Flaw]:
    first: dict[str, int] = {}
    flaws = []
    for index, _, name in _stated(source):
        if name and first.setdefault(name, index) != index:
            rule = f"id must be unique; feature {first[name] + 1} of the file has it already"
            flaws.append(Flaw(index=index, id=name, rule=rule))
    return flaws


def _unknown_references(features: Sequence[Feature], ids: Mapping[str, Sequence[str]]) -> list[Flaw]:
    flaws = []
    for feature in features:
        for kind in SITES:
            named = getattr(feature.properties, kind, None)
            if named is not None and named not in ids.get(kind, ()):
                there = ids.get(kind, ())
                more = f" and {len(there) - SHOWN_SITES:,} more" if len(there) > SHOWN_SITES else ""
                has = f"which has {', '.join(there[:SHOWN_SITES])}{more}" if there else "which has none"
                rule = f"{kind} names no {WORDS[kind]} of this map, {has}"
                hint = near_match(named, ids.get(kind, ()))
                flaws.append(Flaw(index=feature.index, id=feature.id, rule=rule, value=named, hint=hint))
    return flaws


def _crossings(features: Sequence[Feature]) -> list[Flaw]:
    """Polygons that cross themselves or overlap their own parts."""
    owners, polygons = polygons_of(features)
    flaws = []
    for place in np.flatnonzero(~shapely.is_valid(polygons)):
        feature = features[owners[place]]
        reason = shapely.is_valid_reason(polygons[place]).replace("[", " at ").replace("]", "")
        rule = f"polygon must not cross itself: {reason.lower()}"
        flaws.append(Flaw(index=feature.index, id=feature.id, rule=rule))
    return flaws


def _missing_kinds(source: MapText, *, needs_customers: bool) -> list[Flaw]:
    ids = _ids_by_kind(source)
    needed = WORDS if needs_customers else SITES
    return [Flaw(index=-1, id=kind, rule=f"the map has no {WORDS[kind]}") for kind in needed if kind not in ids]


def _weightless(features: Sequence[Feature]) -> list[Flaw]:
    """Kinds of customer of whom none has any demand."""
    weights: dict[str, float] = {}
    for feature in features:
        if isinstance(feature.properties, Merchant | Community):
            weights[feature.kind] = weights.get(feature.kind, 0.0) + feature.properties.weight
    return [
        Flaw(index=-1, id=kind, rule=f"no {WORDS[kind]} has a weight above 0")
        for kind, weight in weights.items()
        if weight == 0.0
    ]


def _origin(source: MapText, features: Sequence[Feature]) -> tuple[tuple[float, float], list[Flaw]]:
    stated = source.collection.get("origin")
    if stated is None:
        points = np.array([feature.position for feature in features if feature.kind in SITES] or [(0.0, 0.0)])
        if np.ptp(points[:, 0]) > HALF_TURN:
            points[:, 0] %= 2 * HALF_TURN
        lon, lat = (points.min(axis=0) + points.max(axis=0)) / 2
        return (float(lon) - 2 * HALF_TURN * (lon > HALF_TURN), float(lat)), []
    if _is_lonlat(stated):
        return (float(stated[0]), float(stated[1])), []
    rule = "must be [longitude, latitude] in degrees, latitude within 85"
    return (0.0, 0.0), [Flaw(index=-1, id="origin", rule=rule, value=stated)]


def _heights(source: MapText) -> tuple[dict[str, Any], list[Flaw]]:
    """Read the heights of the district above sea and of the geoid, members of the map itself, where they are there."""
    found: dict[str, Any] = {}
    flaws: list[Flaw] = []
    for key, (low, high) in HEIGHTS.items():
        stated: Any = source.collection.get(key)
        is_number = isinstance(stated, int | float) and not isinstance(stated, bool)
        if is_number and low <= stated <= high:
            found[key] = float(stated)
        elif stated is not None:
            rule = f"must be metres from {low:g} to {high:g}"
            flaws.append(Flaw(index=-1, id=key, rule=rule, value=stated))
    return found, flaws


def _is_lonlat(stated: object) -> bool:
    if not isinstance(stated, list) or len(stated) != 2 or not all(type(v) in (int, float) for v in stated):
        return False
    lon, lat = stated
    return bool(abs(lon) <= 180 and abs(lat) <= 85)


def _far_points(features: Sequence[Feature], frame: LocalFrame) -> list[Flaw]:
    """Points that can't belong to the same district, as longitude and latitude in the wrong order give."""
    points = [feature for feature in features if feature.kind in (*WORDS, "place")]
    away_m = _away_m(points, frame)
    return [
        Flaw(
            index=points[i].index,
            id=points[i].id,
            rule=f"is {away_m[i] / 1000:.0f} km from the map's centre, at most {FARTHEST_M / 1000:.0f} km can be; "
            "is longitude first?",
            value=points[i].position,
        )
        for i in np.flatnonzero(~(away_m <= FARTHEST_M))
    ]


def _away_m(features: Sequence[Feature], frame: LocalFrame) -> NDArray[np.float64]:
    """Give how far the first place of each feature is from the centre, along the Earth as a ball, ``(n,)``."""
    places = np.array([feature.position for feature in features], dtype=np.float64).reshape(-1, 2)
    centre = ecef(np.array([[frame.lon, frame.lat]]))
    chord_m = np.linalg.norm(ecef(places) - centre, axis=1)
    return np.asarray(2 * SEMI_MAJOR_M * np.arcsin(np.minimum(chord_m / (2 * SEMI_MAJOR_M), 1.0)))


def _far_layers(features: Sequence[Feature], frame: LocalFrame) -> tuple[str, ...]:
    """Word where areas of a kind lie too far away to matter: those of another place, or with latitude first."""
    words = []
    for kind in AREAS:
        areas = [feature for feature in features if feature.kind == kind]
        away_m = _away_m(areas, frame)
        far = [feature for feature, is_far in zip(areas, (away_m > FARTHEST_M).tolist(), strict=True) if is_far]
        if not far or (kind == "no_fly" and len(far) < len(areas)):
            continue
        turned = [feature for feature in far if abs(feature.position[0]) <= TURNED_LAT]
        swapped = [replace(feature, parts=[[[feature.position[::-1]]]]) for feature in turned]
        is_swapped = len(far) == len(turned) and bool((_away_m(swapped, frame) <= FARTHEST_M).all())
        hint = "latitude and longitude look swapped: longitude comes first" if is_swapped else "is longitude first?"
        nearest_km = float(away_m[away_m > FARTHEST_M].min()) / 1000
        words.append(
            f"{len(far):,} of {len(areas):,} features of the kind {kind} lie far from the map's centre, the nearest "
            f"{nearest_km:,.0f} km away ({far[0].id}); {hint}"
        )
    return tuple(words)


def _sites_in_zones(features: Sequence[Feature], world: World) -> list[Flaw]:
    """Sites inside a no-fly zone without hours that begins at the ground; the rest is checked with the scenario."""
    index = {feature.id: feature.index for feature in features if feature.kind in SITES}
    xy = np.concatenate([world.takeoff_points.xy, world.airports.xy])
    sites = [(site, shapely.Point(x, y)) for site, (x, y) in zip(world.sites, xy.tolist(), strict=True)]
    always = ~np.isfinite(world.zones.from_s) & ~np.isfinite(world.zones.to_s)
    grounded = [
        (name, polygon)
        for (name, polygon, floor_m), is_always in zip(_zone_rows(world), always.tolist(), strict=True)
        if floor_m <= 0.0 and is_always
    ]
    return [
        Flaw(index=index[site], id=site, rule=f"lies inside the no-fly zone {zone}")
        for site, point in sites
        for zone, polygon in grounded
        if polygon.covers(point)
    ]


def _zone_rows(world: World) -> list[tuple[str, shapely.Polygon, float]]:
    zones = world.zones
    return list(zip(zones.ids, zones.polygons, zones.floor_m.tolist(), strict=True))

"""From sound map features to the arrays of a world in local metres."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry import LocalFrame, pairwise_distance
from dronesim.geometry.areas import LONGEST_DEGREES, local_areas
from dronesim.record.exposure import PLACE, ListenerFacts, PeopleArea
from dronesim.scenario.features import (
    Airport,
    Airway,
    Building,
    Community,
    Feature,
    Merchant,
    NoFly,
    People,
    Place,
    TakeoffPoint,
)
from dronesim.scenario.fields import seconds_of_day
from dronesim.units import MINUTE
from dronesim.world import AirwayRules, Buildings, Sites, World, Zones

Floats = NDArray[np.float64]
Item = TypeVar("Item")


def build_world(features: Sequence[Feature], frame: LocalFrame, *, name: str) -> World:
    """Project all features around ``frame`` and settle who belongs to which take-off point and airport.

    The order of ``features`` is no input: each kind is put in the order of its ids, text by text.
    """
    features = sorted(features, key=lambda feature: feature.rank)
    tops, airports = (_of_kind(features, kind) for kind in ("takeoff_point", "airport"))
    merchants, communities = (_of_kind(features, kind) for kind in ("merchant", "community"))
    places = {kind: _sites(found, frame) for kind, found in _named(tops, airports, merchants, communities)}
    return World(
        name=name,
        origin_lonlat=(frame.lon, frame.lat),
        takeoff_points=places["tops"],
        airports=places["airports"],
        merchants=places["merchants"],
        merchant_weight=_weights(merchants),
        merchant_takeoff_point=_belongs(merchants, places["merchants"], places["tops"], "takeoff_point"),
        communities=places["communities"],
        community_weight=_weights(communities),
        community_airport=_belongs(communities, places["communities"], places["airports"], "airport"),
        buildings=_buildings(_of_kind(features, "building"), frame),
        zones=_zones(_of_kind(features, "no_fly"), frame),
        airways=tuple(_line(feature, frame) for feature in _of_kind(features, "airway")),
        pads=_stated([*tops, *airports], "pads"),
        boxes=_stated(airports, "boxes"),
        airway_rules=tuple(_airway_rules(feature) for feature in _of_kind(features, "airway")),
        merchant_preparation_s=_preparations_s(merchants),
        link_areas=_link_areas(_of_kind(features, "link_area"), frame),
        places=_places(_of_kind(features, "place"), frame),
        people=_people(_of_kind(features, "people"), frame),
    )


def polygons_of(features: Sequence[Feature]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Make shapely polygons in degrees of all areas; a feature of several parts is one multipolygon.

    Returns the features' places in ``features`` and the geometries, both of shape ``(n,)``.
    """
    owners = [
        place for place, feature in enumerate(features) if isinstance(feature.properties, Building | NoFly | People)
    ]
    shapes = np.empty(len(owners), dtype=object)
    shapes[:] = [_shape(features[place]) for place in owners]
    return np.array(owners, dtype=np.intp), shapes


def nearest(xy: Floats, targets: Floats) -> NDArray[np.int64]:
    """Index of the nearest of ``targets`` ``(m, 2)`` for each of ``xy`` ``(n, 2)``; the first of equals."""
    indices: NDArray[np.int64] = np.argmin(pairwise_distance(xy, targets), axis=1).astype(np.int64).reshape(len(xy))
    return indices


def frozen(values: NDArray[Any]) -> NDArray[Any]:
    """Make an array read-only and give it back."""
    values.setflags(write=False)
    return values


def _named(*groups: list[Feature]) -> list[tuple[str, list[Feature]]]:
    return list(zip(("tops", "airports", "merchants", "communities"), groups, strict=True))


def _of_kind(features: Sequence[Feature], kind: str) -> list[Feature]:
    return [feature for feature in features if feature.kind == kind]


def _sites(features: Sequence[Feature], frame: LocalFrame) -> Sites:
    lonlat = np.array([feature.position for feature in features], dtype=np.float64).reshape(-1, 2)
    return Sites(ids=tuple(feature.id for feature in features), xy=frozen(frame.to_local(lonlat)))


def _weights(features: Sequence[Feature]) -> Floats:
    weights = [cast(Merchant | Community, feature.properties).weight for feature in features]
    return frozen(np.array(weights, dtype=np.float64))


def _preparations_s(features: Sequence[Feature]) -> Floats:
    stated = [cast(Merchant, feature.properties).preparation_min for feature in features]
    return frozen(np.array([math.nan if minutes is None else minutes * MINUTE for minutes in stated], np.float64))


def _belongs(features: Sequence[Feature], places: Sites, targets: Sites, key: str) -> NDArray[Any]:
    """Index of the site that each feature names under ``key``, else of the nearest."""
    named = [getattr(feature.properties, key) for feature in features]
    index = {name: place for place, name in enumerate(targets.ids)}
    near = nearest(places.xy, targets.xy) if len(places) else np.empty(0, dtype=np.int64)
    settled = [near[row] if name is None else index[name] for row, name in enumerate(named)]
    return frozen(np.array(settled, dtype=np.int64))


def _stated(features: Sequence[Feature], key: str) -> dict[str, int]:
    numbers = {feature.id: getattr(cast(TakeoffPoint | Airport, feature.properties), key) for feature in features}
    return {site: number for site, number in numbers.items() if number is not None}


def _shape(feature: Feature) -> shapely.Polygon | shapely.MultiPolygon:
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in feature.parts]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _local_polygons(features: Sequence[Feature], frame: LocalFrame) -> tuple[list[Feature], NDArray[Any]]:
    """Project areas and split them into single polygons, each with the feature that it is part of."""
    _, shapes = polygons_of(features)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    pieces, piece_of = shapely.get_parts(local_areas(parts, frame), return_index=True)
    is_there = ~shapely.is_empty(pieces)
    return [features[place] for place in owner[piece_of[is_there]]], frozen(pieces[is_there])


def _buildings(features: Sequence[Feature], frame: LocalFrame) -> Buildings:
    owners, polygons = _local_polygons(features, frame)
    return Buildings(
        polygons=polygons,
        height_m=_column(owners, Building, lambda it: it.height_m),
        ids=tuple(feature.id for feature in owners),
    )


def _link_areas(features: Sequence[Feature], frame: LocalFrame) -> tuple[tuple[str, Any], ...]:
    shapes = np.array([_shape(feature) for feature in features], dtype=object)
    return tuple((feature.id, area) for feature, area in zip(features, local_areas(shapes, frame), strict=True))


def _zones(features: Sequence[Feature], frame: LocalFrame) -> Zones:
    owners, polygons = _local_polygons(features, frame)
    return Zones(
        ids=tuple(feature.id for feature in owners),
        polygons=polygons,
        floor_m=_column(owners, NoFly, lambda it: it.floor_m),
        ceiling_m=_column(owners, NoFly, lambda it: math.inf if it.ceiling_m is None else it.ceiling_m),
        from_s=_column(owners, NoFly, lambda it: seconds_of_day(it.starts) if it.starts else -math.inf),
        to_s=_column(owners, NoFly, lambda it: seconds_of_day(it.ends) if it.ends else math.inf),
    )


def _places(features: Sequence[Feature], frame: LocalFrame) -> tuple[ListenerFacts, ...]:
    sites, stated = _sites(features, frame), [cast(Place, feature.properties) for feature in features]
    return tuple(
        ListenerFacts(
            id=name,
            kind=PLACE,
            x_m=x_m,
            y_m=y_m,
            limit_dba=place.limit_dba,
            overflights_max=place.overflights_max,
            quiet_from_s=seconds_of_day(place.quiet_from) if place.quiet_from else None,
            quiet_to_s=seconds_of_day(place.quiet_to) if place.quiet_to else None,
        )
        for name, (x_m, y_m), place in zip(sites.ids, sites.xy.tolist(), stated, strict=True)
    )


def _people(features: Sequence[Feature], frame: LocalFrame) -> tuple[PeopleArea, ...]:
    owners, polygons = _local_polygons(features, frame)
    density = _column(owners, People, lambda it: it.people_per_km2).tolist()
    return tuple(
        PeopleArea(people_per_km2=people_per_km2, rings=_rings(polygon))
        for people_per_km2, polygon in zip(density, polygons, strict=True)
    )


def _rings(polygon: shapely.Polygon) -> tuple[tuple[tuple[float, float], ...], ...]:
    rings = [polygon.exterior, *polygon.interiors]
    return tuple(tuple((x_m, y_m) for x_m, y_m in shapely.get_coordinates(ring).tolist()) for ring in rings)


def _column(owners: Sequence[Feature], kind: type[Item], read: Callable[[Item], float]) -> Floats:
    values = [read(it) for it in (owner.properties for owner in owners) if isinstance(it, kind)]
    return frozen(np.array(values, dtype=np.float64))


def _line(feature: Feature, frame: LocalFrame) -> shapely.LineString:
    line = shapely.segmentize(shapely.LineString(feature.parts[0][0]), LONGEST_DEGREES)
    return shapely.LineString(frame.to_local(shapely.get_coordinates(line)))


def _airway_rules(feature: Feature) -> AirwayRules:
    stated = cast(Airway, feature.properties)
    return AirwayRules(
        is_one_way=stated.one_way,
        capacity=stated.capacity or 0,
        headway_s=stated.headway_s,
        levels_m=None if stated.levels_m is None else tuple(stated.levels_m),
        level_rule=stated.level_rule,
    )

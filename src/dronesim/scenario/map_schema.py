"""The JSON Schema of a map, and a small one with every kind of feature to begin with."""

from __future__ import annotations

import json
from typing import Any, Final

from dronesim.scenario.features import KINDS
from dronesim.scenario.geojson import HEIGHTS

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_POSITION: Final = {"type": "array", "items": {"type": "number"}, "minItems": 2, "description": "longitude, latitude"}
_RING: Final = {"type": "array", "items": {"$ref": "#/$defs/position"}, "minItems": 4}
_SHAPES: Final[dict[str, dict[str, Any]]] = {
    "Point": {"$ref": "#/$defs/position"},
    "LineString": {"type": "array", "items": {"$ref": "#/$defs/position"}, "minItems": 2},
    "Polygon": {"type": "array", "items": {"$ref": "#/$defs/ring"}, "minItems": 1},
    "MultiPolygon": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/ring"}, "minItems": 1}},
}


def map_schema() -> dict[str, Any]:
    """Give the JSON Schema of a map: each kind of feature with its properties and the geometries it may have."""
    heights = {
        name: {"type": "number", "minimum": low, "maximum": high, "description": "metres"}
        for name, (low, high) in HEIGHTS.items()
    }
    return {
        "$schema": _DIALECT,
        "title": "dronesim map",
        "description": "A GeoJSON FeatureCollection in WGS84 degrees; properties that are not named are left alone.",
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "name": {"type": "string"},
            "origin": {**_POSITION, "maxItems": 2, "description": "centre of the local metres; absent: of all sites"},
            **heights,
            "features": {"type": "array", "items": {"oneOf": [_feature(kind) for kind in KINDS]}},
        },
        "$defs": {"position": _POSITION, "ring": _RING},
    }


def _feature(kind: str) -> dict[str, Any]:
    model, shapes = KINDS[kind]
    stated = model.model_json_schema()
    properties = {"kind": {"const": kind}, "id": {"type": ["string", "integer"]}, **stated.get("properties", {})}
    return {
        "type": "object",
        "description": stated.get("description", ""),
        "required": ["type", "properties", "geometry"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "integer"]},
            "properties": {
                "type": "object",
                "required": ["kind", *stated.get("required", [])],
                "properties": properties,
            },
            "geometry": {"oneOf": [_geometry(shape) for shape in shapes]},
        },
    }


def _geometry(shape: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": shape}, "coordinates": _SHAPES[shape]},
    }


def map_template() -> str:
    """Write a small map, a feature a line, each with a ``comment`` on its kind."""
    features = ",\n".join(
        json.dumps(
            {
                "type": "Feature",
                "properties": {**properties, "comment": comment},
                "geometry": {"type": shape, "coordinates": coordinates},
            }
        )
        for properties, comment, shape, coordinates in _EXAMPLES
    )
    head = json.dumps({"type": "FeatureCollection", "name": "template", "synthetic": True, "comment": _ABOUT})
    return f'{head[:-1]}, "features": [\n{features}\n]}}\n'


def _box(west: float, south: float, size: float) -> list[list[list[float]]]:
    east, north = round(west + size, 7), round(south + size, 7)
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


_ABOUT: Final = (
    "Made up. Positions are WGS84, longitude first. kind says what a feature is; other properties are left alone, as "
    "comment is. `dronesim schema map` lists all kinds and properties, docs/maps.md explains them."
)
_EXAMPLES: Final[tuple[tuple[dict[str, Any], str, str, Any], ...]] = (
    (
        {"id": "T1", "kind": "takeoff_point", "pads": 3},
        "where drones are loaded; pads may be left out",
        "Point",
        [114.25, 22.72],
    ),
    (
        {"id": "A1", "kind": "airport", "pads": 1, "boxes": 20},
        "a community airport with a cabinet",
        "Point",
        [114.262, 22.729],
    ),
    (
        {"id": "A2", "kind": "airport"},
        "numbers that are not stated are those of the scenario",
        "Point",
        [114.241, 22.731],
    ),
    (
        {"id": "M1", "kind": "merchant", "weight": 2.0, "takeoff_point": "T1"},
        "weight: share of demand; takeoff_point: else the nearest",
        "Point",
        [114.2504, 22.7197],
    ),
    (
        {"id": "M2", "kind": "merchant", "preparation_min": 9.0},
        "mean time of its kitchen, where known",
        "Point",
        [114.2497, 22.7204],
    ),
    (
        {"id": "C1", "kind": "community", "weight": 900, "airport": "A1"},
        "airport: else the nearest",
        "Point",
        [114.2626, 22.7296],
    ),
    ({"id": "C2", "kind": "community", "weight": 600}, "customers by weight", "Point", [114.2404, 22.7315]),
    (
        {"id": "B1", "kind": "building", "height_m": 96.0},
        "height of the roof above ground",
        "Polygon",
        _box(114.256, 22.7245, 0.0006),
    ),
    (
        {"id": "Z1", "kind": "no_fly", "floor_m": 0.0, "ceiling_m": 150.0, "from": "07:30", "to": "17:00"},
        "closed between the two heights, at these hours; without them all day and all heights",
        "Polygon",
        _box(114.246, 22.726, 0.0012),
    ),
    (
        {"id": "S1", "kind": "place", "limit_dba": 55.0},
        "where noise counts, as at a school",
        "Point",
        [114.247, 22.7255],
    ),
    (
        {"kind": "people", "people_per_km2": 9000.0},
        "how many people are below",
        "Polygon",
        _box(114.238, 22.728, 0.006),
    ),
)

"""Layers as GeoJSON, a feature a line: a file a layer, read by QGIS and whatever else knows maps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from dronesim.export.day import ExportDay
from dronesim.export.layers import Layer, Shown
from dronesim.export.places import layers_of


def write_geojson(day: ExportDay, folder: Path) -> None:
    """Write a folder with a collection a layer; times are on the clock of the zone, with its offset."""
    folder.mkdir()
    for layer in layers_of(day):
        write_collection(folder / f"{layer.name}.geojson", layer.name, features_of(layer, show=day.show_local))


def features_of(layer: Layer, *, show: Shown) -> Iterator[str]:
    """Give the features of a layer as JSON."""
    names = list(layer.columns)
    shapes = shapely.to_geojson(layer.shapes).tolist()
    for shape, *row in zip(shapes, *layer.values(show=show), strict=True):
        yield feature_text(dict(zip(names, row, strict=True)), shape)


def feature_text(properties: dict[str, Any], geometry: str | None) -> str:
    """Show a feature whose geometry is JSON already, or null."""
    return f'{{"type":"Feature","properties":{compact(properties)},"geometry":{geometry or "null"}}}'


def write_collection(place: Path, name: str, features: Iterator[str]) -> None:
    """Write a collection feature by feature, however long it is."""
    with place.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"type":"FeatureCollection","name":{compact(name)},"features":[')
        write_items(file, features)
        file.write("]}\n")


def write_items(file: Any, items: Iterator[str]) -> None:
    """Write the items of a list, one a line."""
    for number, item in enumerate(items):
        file.write(f"{',' if number else ''}\n{item}")
    file.write("\n")


def compact(value: object) -> str:
    """Show a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

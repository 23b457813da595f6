"""Layers as GeoParquet 1.1 by pyarrow: shapes as well-known binary, instants with their time zone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dronesim.export.day import ExportDay
from dronesim.export.layers import Column, Layer, is_nothing
from dronesim.export.places import layers_of
from dronesim.letters import harmless
from dronesim.record.arrays import bytes_array, flag_array, number_array, small_array, text_array
from dronesim.units import MS


def write_geoparquet(day: ExportDay, folder: Path) -> None:
    """Write a folder with a file a layer; flights have the times of the points of their paths in ``path_s``."""
    folder.mkdir()
    for layer in layers_of(day):
        more = {"path_s": _path_times(day)} if layer.name == "flights" else {}
        _write(folder / f"{layer.name}.parquet", layer, zone=_zone(day), more=more)


def _zone(day: ExportDay) -> str:
    return "UTC" if day.clock is None else day.clock.zone.key


def _write(place: Path, layer: Layer, *, zone: str, more: dict[str, Any]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: _array(column, zone) for name, column in layer.columns.items()} | more
    columns["geometry"] = bytes_array(shapely.to_wkb(layer.shapes, flavor="iso").tolist())
    table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(_geo(layer))})
    # a relative path with a colon would be taken for an address
    parquet.write_table(table, place.absolute(), compression="zstd")


def _array(column: Column, zone: str) -> Any:
    import pyarrow as pa

    is_there = ~is_nothing(column)
    if column.dtype.kind == "M":
        instants = column.astype("datetime64[ms]").view(np.int64)
        return number_array(instants, is_there, as_type=pa.timestamp("ms", tz=zone))
    if column.dtype.kind == "O":
        return text_array([None if value is None else harmless(value) for value in column.tolist()])
    return flag_array(column) if column.dtype.kind == "b" else number_array(column, is_there)


def _path_times(day: ExportDay) -> Any:
    """Give the times of the points of each path as a list of seconds since local midnight."""
    import pyarrow as pa

    return pa.ListArray.from_arrays(small_array(day.line.first), number_array(day.line.time_ms / MS))


def _geo(layer: Layer) -> dict[str, Any]:
    """Say what the column of shapes is; without a ``crs`` it is longitude and latitude in WGS84."""
    about: dict[str, Any] = {"encoding": "WKB", "geometry_types": [layer.kind]}
    corners = shapely.get_coordinates(layer.shapes, include_z=layer.kind.endswith(" Z"))
    if len(corners):
        about["bbox"] = [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}

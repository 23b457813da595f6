"""Layers as one GeoPackage, written by GDAL: the points of flights have their time as a measure, as QGIS knows it."""

from __future__ import annotations

import importlib
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.export.day import ExportDay
from dronesim.export.layers import Layer, is_nothing
from dronesim.export.places import layers_of
from dronesim.letters import harmless
from dronesim.units import MS

_UTC: Final = 100
"""What GDAL calls the time zone of instants in UTC."""
_LINE_ZM: Final = 3002
_MEASURED: Final = "Measured 3D LineString"


def write_gpkg(day: ExportDay, place: Path) -> None:
    """Write a layer after the other into one file.

    Raises
    ------
    InputError
        The extra ``gis`` is not installed.
    """
    raw = _pyogrio(day)
    with warnings.catch_warnings(action="ignore"):
        # the file has another name until it is whole, at which GDAL wonders
        for number, layer in enumerate(layers_of(day)):
            is_flights = layer.name == "flights"
            raw.write(
                place,
                geometry=_measured(day) if is_flights else _wkb(layer),
                field_data=[_field(column) for column in layer.columns.values()],
                fields=np.array(list(layer.columns), dtype=object),
                field_mask=[is_nothing(column) for column in layer.columns.values()],
                layer=layer.name,
                driver="GPKG",
                geometry_type=_MEASURED if is_flights else layer.kind,
                crs="EPSG:4326",
                append=number > 0,
                gdal_tz_offsets={
                    name: np.full(len(column), _UTC)
                    for name, column in layer.columns.items()
                    if column.dtype.kind == "M"
                },
            )


def _pyogrio(day: ExportDay) -> Any:
    try:
        return importlib.import_module("pyogrio.raw")
    except ImportError as error:
        rule = "needs the library pyogrio of the extra: pip install 'dronesim[gis]'; or choose geojson or geoparquet"
        raise InputError([Problem(file=str(day.saved.folder), key="--format gpkg", rule=rule)]) from error


def _field(column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype.kind != "O":
        return column
    return np.array([*(None if value is None else harmless(value) for value in column.tolist()), None], dtype=object)[
        :-1
    ]


def _wkb(layer: Layer) -> NDArray[Any]:
    return np.asarray(shapely.to_wkb(layer.shapes, flavor="iso"), dtype=object)


def _measured(day: ExportDay) -> NDArray[Any]:
    """Give the paths as well-known binary: longitude, latitude, height, seconds since local midnight."""
    line = day.line
    numbers = np.column_stack([line.lon, line.lat, line.height_m, line.time_ms / MS]).astype("<f8")
    first = line.first.tolist()
    found = np.full(len(first) - 1, None, dtype=object)
    for flight, (begin, end) in enumerate(pairwise(first)):
        if end > begin:
            head = b"\x01" + np.array([_LINE_ZM, end - begin], dtype="<u4").tobytes()
            found[flight] = head + numbers[begin:end].tobytes()
    return found

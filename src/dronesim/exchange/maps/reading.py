"""Opens a source of a map by what it is: OpenStreetMap, GeoJSON, GeoParquet, OpenAir, or whatever GDAL knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from dronesim.exchange.maps.account import Account, refuse, what_was_left
from dronesim.exchange.maps.gdal import read_gdal
from dronesim.exchange.maps.geojson import read_geojson
from dronesim.exchange.maps.geoparquet import read_geoparquet
from dronesim.exchange.maps.items import Layer, plain_value
from dronesim.exchange.maps.openair import is_openair, read_openair
from dronesim.exchange.maps.osm import read_osm
from dronesim.letters import counted

OSM: Final = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")
JSON: Final = (".geojson", ".json", ".geojsonl", ".ndjson", ".jsonl", ".geojsons", ".geojsonseq")
PACKED: Final = (*(f"{suffix}.gz" for suffix in JSON), ".csv.gz")
"""Features a line, packed; those of Microsoft are called .csv.gz."""
PARQUET: Final = (".parquet", ".geoparquet")
TABLES: Final = (".csv", ".tsv", ".txt", ".xlsx")
LARGEST_BYTES: Final = 4_000_000_000


def read_layers(path: Path, account: Account) -> list[Layer]:
    """Read all layers of a file that can be mapped.

    Raises
    ------
    InputError
        The file is not there, is none of the known forms, or is damaged; said with a remedy.
    """
    _check_there(path)
    layers = [_clean(layer, account) for layer in _reader(path)(path, account)]
    if not any(layer.items for layer in layers):
        raise refuse(path, f"holds no feature with a geometry{what_was_left(account)}")
    for layer in layers:
        account.sources.append(f"{layer.source}: {layer.form}, {counted(len(layer.items), 'feature')}")
    return layers


def _clean(layer: Layer, account: Account) -> Layer:
    """Leave out shapes without a position and those whose positions are no numbers; make properties plain."""
    shapes = np.array([item.shape for item in layer.items], dtype=object)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    is_sound = ~shapely.is_empty(shapes)
    is_sound[owner[~np.isfinite(xy).all(axis=1)]] = False
    account.dropped["features whose geometry is empty or no numbers"] += int((~is_sound).sum())
    items = (
        replace(
            item, properties={str(plain_value(name)): plain_value(value) for name, value in item.properties.items()}
        )
        for item, is_kept in zip(layer.items, is_sound.tolist(), strict=True)
        if is_kept
    )
    return replace(layer, items=tuple(items))


def _reader(path: Path) -> Callable[[Path, Account], list[Layer]]:
    name = path.name.casefold()
    if name.endswith(OSM):
        return read_osm
    if name.endswith((*JSON, *PACKED)):
        return read_geojson
    if name.endswith(PARQUET):
        return read_geoparquet
    if is_openair(path):
        return read_openair
    if name.endswith(TABLES):
        rule = "is a table; name it with --sites, --merchants, --population or --orders, by what it holds"
        raise refuse(path, rule)
    return read_gdal


def _check_there(path: Path) -> None:
    if not path.exists():
        raise refuse(path, "is not there")
    if path.is_dir() and path.suffix.casefold() != ".gdb":
        raise refuse(path, "is a folder; name the files in it")
    if path.is_file() and path.stat().st_size == 0:
        raise refuse(path, "is empty")
    if not path.is_file() and not path.is_dir():
        raise refuse(path, "is no file")
    if path.stat().st_size > LARGEST_BYTES:
        raise refuse(path, "is larger than 4 GB; cut the district out of it first, as with `osmium extract`")

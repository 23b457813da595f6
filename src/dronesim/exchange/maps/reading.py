"""Opens a source of a map by what it is: OpenStreetMap, GeoJSON, GeoParquet, OpenAir, or whatever GDAL knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.gdal import read_gdal
from dronesim.exchange.maps.geojson import read_geojson
from dronesim.exchange.maps.geoparquet import read_geoparquet
from dronesim.exchange.maps.items import Layer
from dronesim.exchange.maps.openair import is_openair, read_openair
from dronesim.exchange.maps.osm import read_osm

OSM: Final = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")
JSON: Final = (".geojson", ".json", ".geojsonl", ".ndjson", ".jsonl", ".geojsons", ".geojsonseq")
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
    layers = _reader(path)(path, account)
    if not any(layer.items for layer in layers):
        raise refuse(path, "holds no feature with a geometry")
    for layer in layers:
        account.sources.append(f"{layer.source}: {layer.form}, {len(layer.items):,} features")
    return layers


def _reader(path: Path) -> Callable[[Path, Account], list[Layer]]:
    name = path.name.casefold()
    if name.endswith(OSM):
        return read_osm
    if name.endswith(JSON):
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

"""GeoParquet by pyarrow and WKB, as Overture and others publish footprints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import shapely

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.items import Item, Layer, is_stated
from dronesim.exchange.maps.systems import WGS84

MOST_ROWS: Final = 5_000_000
GEOMETRIES: Final = ("geometry", "geom", "wkb_geometry", "wkb", "the_geom")


def read_geoparquet(path: Path, account: Account) -> list[Layer]:
    """Read the rows of a file whose column of geometries is WKB; nested columns are left out unless they are simple."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        if file.metadata.num_rows > MOST_ROWS:
            raise refuse(path, f"has {file.metadata.num_rows:,} rows, at most {MOST_ROWS:,} can be read; clip it first")
        meta = _geo(path, file.schema_arrow.metadata or {})
        column = _column(path, meta, file.schema_arrow.names)
        rows = file.read(columns=_simple(file.schema_arrow, column)).to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refuse(path, f"can't be read as Parquet: {str(error).splitlines()[0]}") from error
    items = [item for item in _items(path, rows, column) if item is not None]
    account.dropped["features without a geometry that can be read"] += len(rows) - len(items)
    crs = _crs(meta, column)
    return [Layer(source=path.name, form="GeoParquet", items=tuple(items), crs=crs)]


def _geo(path: Path, metadata: Mapping[bytes, bytes]) -> Mapping[str, Any] | None:
    raw = metadata.get(b"geo")
    try:
        found = None if raw is None else json.loads(raw)
    except ValueError as error:
        raise refuse(path, "has geo metadata that is no JSON") from error
    return found if isinstance(found, dict) else None


def _column(path: Path, meta: Mapping[str, Any] | None, names: list[str]) -> str:
    stated = (meta or {}).get("primary_column")
    column = stated if stated in names else next((name for name in GEOMETRIES if name in names), None)
    if column is None:
        raise refuse(path, "has no column of geometries, " + " or ".join(GEOMETRIES), value=names[:12])
    return str(column)


def _simple(schema: Any, column: str) -> list[str]:
    """Name the columns that are read: numbers, texts and truths, and the geometry."""
    import pyarrow.types as kinds

    def is_simple(kind: Any) -> bool:
        numbers = (kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_boolean)
        return any(test(kind) for test in (*numbers, kinds.is_string, kinds.is_large_string))

    return [field.name for field in schema if field.name == column or is_simple(field.type)]


def _crs(meta: Mapping[str, Any] | None, column: str) -> str | None:
    """Give the system: WGS84 where the standard says so by silence, None where nothing or null is stated."""
    if meta is None:
        return None
    columns = meta.get("columns")
    about = columns.get(column) if isinstance(columns, dict) else None
    if not isinstance(about, dict) or "crs" not in about:
        return WGS84
    return None if about["crs"] is None else json.dumps(about["crs"])


def _items(path: Path, rows: list[dict[str, Any]], column: str) -> Iterator[Item | None]:
    for number, row in enumerate(rows, start=1):
        raw = row.pop(column)
        try:
            shape = shapely.from_wkb(raw) if isinstance(raw, bytes) else shapely.from_wkt(raw) if raw else None
        except shapely.errors.ShapelyError:
            shape = None
        properties = {name: value for name, value in row.items() if is_stated(value)}
        yield None if shape is None else Item(shape=shape, properties=properties, place=f"{path.name}: row {number}")

"""Whatever the GDAL in pyogrio opens: Shapefile, GeoPackage, KML, FlatGeobuf and many more."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.items import TOP, Item, Layer, is_stated

KML: Final = (".kml", ".kmz")


def read_gdal(path: Path, account: Account) -> list[Layer]:
    """Read every layer that has a geometry, with its own coordinate system."""
    pyogrio = needed("pyogrio")
    raw = needed("pyogrio.raw")
    if path.suffix.casefold() in KML and "LIBKML" not in pyogrio.list_drivers():
        raise refuse(path, "needs a GDAL with the driver LIBKML, as pyogrio 0.12 has: limits and hours would be lost")
    try:
        with warnings.catch_warnings(action="ignore"):
            listed = pyogrio.list_layers(path)
            names = [str(name) for name, kind in listed if kind is not None]
            layers = [_layer(path, name, raw.read(path, layer=name), account, several=len(names) > 1) for name in names]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        raise refuse(path, f"can't be opened as a map: {_cause(error, path)}") from error
    tables = len(listed) - len(names)
    if tables:
        account.note(f"{path.name}: {tables} tables without a geometry are left out")
    lost = sum(len(read[1]) for read in layers)
    account.dropped["features without a geometry that can be read"] += lost
    return [layer for layer, _ in layers]


def _layer(path: Path, name: str, read: Any, account: Account, *, several: bool) -> tuple[Layer, list[int]]:
    meta, _, geometry, columns = read
    columns = _in_chinese(path, columns, account)
    source = f"{path.name}[{name}]" if several else path.name
    found = list(_items(source, [str(field) for field in meta["fields"]], geometry, columns))
    lost = [number for number, item in enumerate(found) if item is None]
    items = tuple(item for item in found if item is not None)
    return Layer(source=source, form="by GDAL", items=items, crs=meta["crs"]), lost


def _in_chinese(path: Path, columns: Any, account: Account) -> Any:
    """Read texts of a Shapefile without a code page, which GDAL takes for Latin, as Chinese where all of them are."""
    if path.suffix.casefold() != ".shp" or path.with_suffix(".cpg").exists():
        return columns
    texts = [each for column in columns if column.dtype == object for each in column.tolist() if isinstance(each, str)]
    try:
        raw = [text.encode("latin-1") for text in texts if not text.isascii()]
    except UnicodeEncodeError:
        return columns
    for encoding in ("utf-8", "gb2312") if raw else ():
        try:
            b"\n".join(raw).decode(encoding)
        except UnicodeDecodeError:
            continue
        account.note(f"{path.name}: has no .cpg that names its encoding; its texts are read as {encoding.upper()}")
        return [_decoded(column, encoding) if column.dtype == object else column for column in columns]
    return columns


def _decoded(column: Any, encoding: str) -> Any:
    texts = [each.encode("latin-1").decode(encoding) if isinstance(each, str) else each for each in column.tolist()]
    return np.array([*texts, None], dtype=object)[:-1]


def _items(source: str, fields: list[str], geometry: Any, columns: Any) -> Iterator[Item | None]:
    for row, wkb in enumerate(geometry if geometry is not None else ()):
        shape = None if wkb is None else _shape(wkb)
        values = ((name, column[row]) for name, column in zip(fields, columns, strict=True))
        stated = {name: getattr(value, "item", lambda value=value: value)() for name, value in values}
        properties = {name: value for name, value in stated.items() if is_stated(value)}
        if shape is not None and shape.has_z and properties.get("extrude") == 1:
            properties[TOP] = float(shapely.get_coordinates(shape, include_z=True)[:, 2].max())
        place = f"{source}: feature {row + 1}"
        yield None if shape is None else Item(shape=shape, properties=properties, place=place)


def _shape(wkb: bytes) -> Any:
    """Read a geometry; curves and surfaces that shapely has none of give None."""
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.ShapelyError:
        return None


def _cause(error: Exception, path: Path) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.replace(str(path), "it").split(";")[0]

"""Tables of places under the names that people use: CSV, XLSX, or the points of any map."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.datums import DATUMS
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.globe import degrees_apart
from dronesim.exchange.maps.items import Item, find_name, is_stated, plain
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.reading import read_layers
from dronesim.exchange.maps.systems import to_wgs84
from dronesim.exchange.maps.wishes import Wishes
from dronesim.letters import counted

LATITUDES: Final = (
    *("lat", "latitude", "y", "latitud", "latitudine", "breite", "breitengrad", "lat_wgs84", "geo_lat", "ycoord"),
    *(
        "纬度",
        "緯度",
        "lat_deg",
        "latitude_deg",
        "lattitude",
        "drop_off_lat",
        "customer_lat",
        "dropoff_lat",
        "delivery_lat",
    ),
    *("latitude_y", "point_y", "northing", "широта"),
)
LONGITUDES: Final = (
    *("lon", "lng", "long", "longitude", "x", "longitud", "longitudine", "länge", "laenge", "längengrad", "lon_wgs84"),
    *("geo_lon", "geo_lng", "xcoord", "经度", "經度", "lon_deg", "longitude_deg", "drop_off_lng", "drop_off_lon"),
    *("customer_lon", "customer_lng", "dropoff_lng", "dropoff_lon", "delivery_lon", "delivery_lng", "longitude_x"),
    *("point_x", "easting", "долгота"),
)
PAIRS: Final = ("coordinates", "coordinate", "position", "location", "latlon", "latlng", "lat_lon", "lat,lon", "坐标")
LARGEST_BYTES: Final = 200_000_000
SHEET_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
FAR_DEGREES: Final = 1.0
"""Positions that come nearer than this to the rest of the map only with latitude and longitude exchanged are so."""
_ENCODINGS: Final = ("gb18030", "cp1252")
_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place of a table, in WGS84 degrees, with what the table says of it."""

    lon: float
    lat: float
    properties: Mapping[str, Any]
    place: str


def read_places(path: Path, wishes: Wishes, account: Account, *, near: Any = None) -> list[Row]:
    """Read the places of a table or a map; ``near`` ``(2,)`` is a place of the rest of the map, in degrees.

    Raises
    ------
    InputError
        No columns of positions are there, or a row has none that can be read; all rows are told.
    """
    if path.suffix.casefold() in SHEET_SUFFIXES:
        return _of_table(path, wishes, account, near)
    rows = []
    for layer in read_layers(path, account):
        datum = wishes.of_file(wishes.datum, path) or "wgs84"
        found = to_wgs84(layer, stated=wishes.of_file(wishes.crs, path), datum=datum, account=account)
        rows += [_of_item(item) for item in found.items if not item.shape.is_empty]
    return _turned(path, rows, near, account)


def _of_item(item: Item) -> Row:
    """Take a point as it is, and an area by a point inside it."""
    point = item.shape if item.shape.geom_type == "Point" else item.shape.representative_point()
    return Row(lon=float(point.x), lat=float(point.y), properties=item.properties, place=item.place)


def _of_table(path: Path, wishes: Wishes, account: Account, near: Any) -> list[Row]:
    header, lines = read_table(path, account)
    read = _positions(path, header, account)
    rows, bad = [], []
    for line, fields in lines:
        properties = {name: value for name, value in zip(header, fields, strict=False) if name and is_stated(value)}
        found = read(properties)
        if found is None:
            bad.append((line, properties))
        else:
            rows.append(Row(lon=found[0], lat=found[1], properties=properties, place=f"{path.name}: line {line}"))
    if bad:
        account.dropped[f"{path.name}: rows without a position that can be read"] += len(bad)
        account.note(f"{path.name}: no position can be read on line {', '.join(str(line) for line, _ in bad[:10])}")
    if not rows:
        raise refuse(path, "has no row with a position that can be read", value=[name for name in header if name][:12])
    account.sources.append(f"{path.name}: table, {counted(len(rows), 'place')}")
    return _brought(path, _turned(path, rows, near, account), wishes, account)


def _brought(path: Path, rows: list[Row], wishes: Wishes, account: Account) -> list[Row]:
    """Bring degrees of another datum to WGS84; tables in metres are for a map with a coordinate system."""
    datum = wishes.of_file(wishes.datum, path) or "wgs84"
    is_off = [row for row in rows if abs(row.lon) > 180 or abs(row.lat) > 90]
    if is_off:
        rule = "positions must be degrees of longitude and latitude; is it metres? save it as a map with its system"
        raise refuse(path, rule, key=is_off[0].place, value=(is_off[0].lon, is_off[0].lat))
    if datum == "wgs84":
        return rows
    account.note(f"{path.name}: brought from {datum.upper()} to WGS84, as stated")
    lonlat = DATUMS[datum](np.array([(row.lon, row.lat) for row in rows]))
    return [
        Row(lon=float(lon), lat=float(lat), properties=row.properties, place=row.place)
        for (lon, lat), row in zip(lonlat, rows, strict=True)
    ]


def _positions(path: Path, header: Sequence[str], account: Account) -> Any:
    """Give the function that reads a row's longitude and latitude."""
    lat, lon = find_name(header, LATITUDES), find_name(header, LONGITUDES)
    if lat is not None and lon is not None:
        account.note(f"{path.name}: latitude is read from {lat}, longitude from {lon}")
        return lambda properties: _both(properties.get(lon), properties.get(lat))
    wkt, pair = find_name(header, ("wkt", "geometry", "geom", "the_geom")), find_name(header, PAIRS)
    if wkt is not None:
        return lambda properties: _of_wkt(properties.get(wkt))
    if pair is not None:
        account.note(f"{path.name}: positions are read from {pair}, latitude first")
        return lambda properties: _of_pair(properties.get(pair))
    rule = "has no columns of positions; call them lat and lon"
    raise refuse(path, rule, key="columns", value=[name for name in header if name][:20])


def _both(lon: object, lat: object) -> tuple[float, float] | None:
    x, y = number(lon), number(lat)
    return None if x is None or y is None or (x == 0.0 and y == 0.0) else (x, y)


def _of_wkt(text: object) -> tuple[float, float] | None:
    try:
        shape = shapely.from_wkt(str(text))
    except shapely.errors.ShapelyError:
        return None
    point = None if shape is None or shape.is_empty else shape.representative_point()
    return None if point is None else _both(point.x, point.y)


def _of_pair(text: object) -> tuple[float, float] | None:
    words = str(text).strip("()[] ")
    parts = [part for part in words.replace(";", " ").replace("，", ",").split() if part]
    parts = parts if len(parts) == 2 else words.replace("，", ",").split(",")
    return _both(parts[1].strip(" ,"), parts[0].strip(" ,")) if len(parts) == 2 else None


def _turned(path: Path, rows: list[Row], near: Any, account: Account) -> list[Row]:
    """Exchange latitude and longitude of rows that make sense only so; it is said."""
    turned = [_is_turned(row, near) for row in rows]
    if not any(turned):
        return rows
    count = "all rows" if all(turned) else f"{sum(turned)} of {len(rows)} rows"
    account.note(f"{path.name}: latitude and longitude were swapped in {count}; they are put right")
    return [
        Row(lon=row.lat, lat=row.lon, properties=row.properties, place=row.place) if is_turned else row
        for row, is_turned in zip(rows, turned, strict=True)
    ]


def _is_turned(row: Row, near: Any) -> bool:
    if abs(row.lat) > 90 >= abs(row.lon) and abs(row.lat) <= 180:
        return True
    if near is None:
        return False
    as_read = max(degrees_apart(row.lon, near[0]), abs(row.lat - near[1]))
    exchanged = max(degrees_apart(row.lat, near[0]), abs(row.lon - near[1]))
    return bool(exchanged <= FAR_DEGREES < as_read)


def read_table(path: Path, account: Account) -> tuple[list[str], list[tuple[int, Sequence[Any]]]]:
    """Read the header and the numbered lines of a table."""
    if not path.is_file():
        raise refuse(path, "is not there" if not path.exists() else "is not a file")
    if path.stat().st_size > LARGEST_BYTES:
        raise refuse(path, "is larger than 200 MB")
    lines = list(_of_workbook(path) if path.suffix.casefold() in (".xlsx", ".xlsm") else _of_text(path, account))
    lines = [(line, fields) for line, fields in lines if any(is_stated(value) for value in fields)]
    if len(lines) < 2:
        raise refuse(path, "has no header with rows below it")
    header = [str(name).strip().lstrip("\ufeff") if is_stated(name) else "" for name in lines[0][1]]
    repeated = sorted({name for name in header if name and [plain(each) for each in header].count(plain(name)) > 1})
    if repeated:
        raise refuse(path, "has columns of the same name", key="header", value=repeated, line=lines[0][0])
    return header, lines[1:]


def _of_workbook(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Read the first sheet that has anything on it, values of formulas as they were saved."""
    openpyxl = needed("openpyxl")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [(line, row) for line, row in enumerate(sheet.iter_rows(values_only=True), start=1) if any(row)]
            if rows:
                yield from rows
                return
    except Exception as error:
        if isinstance(error, MemoryError):
            raise
        raise refuse(path, f"can't be read as a workbook: {type(error).__name__} {error}") from error


def _of_text(path: Path, account: Account) -> Iterator[tuple[int, Sequence[Any]]]:
    text = _decoded(path, account)
    if "\0" in text:
        raise refuse(path, "is no text; a workbook must end in .xlsx")
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error as error:
        raise refuse(path, f"must be plain delimited text: {error}", line=reader.line_num) from error


def _decoded(path: Path, account: Account) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        header = next(iter(text.splitlines()), "")
        names = next(csv.reader([header], delimiter=_delimiter(header)), [])
        if find_name(names, LATITUDES) and find_name(names, LONGITUDES):
            account.note(f"{path.name}: is no UTF-8; read as {encoding.upper()}")
            return text
    raise refuse(path, "is no UTF-8, and no other text whose columns lat and lon can be found; save it as UTF-8")


def _delimiter(text: str) -> str:
    """Find what separates the names of the header: the most frequent of the usual ones outside quotes."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(part for number, part in enumerate(header.split('"')) if number % 2 == 0)
    return max(_DELIMITERS, key=bare.count)

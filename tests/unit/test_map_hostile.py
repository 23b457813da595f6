"""Files of every format, cut short, with flipped bytes, or odd in the ways of their format, are read or told."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from test_map_sources import OTHER, SQUARE, YARD, by_json, by_line, by_osmium, by_pandas, by_pyogrio, in_metres

from dronesim.errors import InputError
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.demand import population
from dronesim.exchange.maps.heights import settle_heights
from dronesim.exchange.maps.own import own_features
from dronesim.exchange.maps.sites import merchant_features, site_features
from dronesim.exchange.maps.sources import raised, read_sources
from dronesim.exchange.maps.tables import read_places
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.zones import zone_features

CUTS = (0.02, 0.3, 0.6, 0.9, 0.99)
FLIPS = range(12)


def used(path: Path) -> None:
    """Read a file for all that a map may be made of; an InputError names it, and is not long."""
    told = []
    for wishes in (Wishes(sources=(path,)), Wishes(sources=(), zones=(path,))):
        account = Account()
        try:
            found = read_sources(wishes, None, account)
            settle_heights(raised(found, wishes, account), unknown_m=None, seed=1, account=account)
            zone_features(found.zones, taken=Counter(), wishes=wishes, account=account)
            own_features(found.own, Counter(), account)
        except InputError as error:
            told.append(str(error))
    assert all(path.name.partition(".")[0] in each for each in told)
    assert all(len(line) < 1000 for each in told for line in each.splitlines())


def placed(path: Path) -> None:
    account, wishes, told = Account(), Wishes(sources=()), []
    for read in (
        lambda: site_features(path, read_places(path, wishes, account), taken=Counter(), account=account),
        lambda: merchant_features(read_places(path, wishes, account), taken=Counter(), account=account, named=True),
        lambda: population(path, wishes, account, near=None, clip=None),
    ):
        try:
            read()
        except InputError as error:
            told.append(str(error))
    assert all(path.name.partition(".")[0] in each for each in told)


# files of other programs


def kml(folder: Path) -> Path:
    raw = pytest.importorskip("pyogrio.raw")
    wkb = np.array([shapely.to_wkb(shapely.force_3d(SQUARE, 50.0))], dtype=object)
    columns = [np.array(["Port"], dtype=object), np.array(["a & b"], dtype=object)]
    path = folder / "zone.kml"
    raw.write(path, wkb, columns, ["Name", "Description"], geometry_type="Polygon Z", crs="EPSG:4326", driver="KML")
    return path


def overpass(folder: Path) -> Path:
    way = [{"lon": x, "lat": y} for x, y in YARD.exterior.coords]
    inner = [{"lon": x, "lat": y} for x, y in YARD.interiors[0].coords]
    elements = [
        {"type": "node", "id": 1, "lat": 22.54, "lon": 114.05, "tags": {"amenity": "cafe"}},
        {"type": "way", "id": 2, "geometry": way, "tags": {"building": "yes", "height": "12 m"}},
        {
            "type": "relation",
            "id": 3,
            "tags": {"type": "multipolygon", "building": "yes"},
            "members": [
                {"type": "way", "ref": 4, "role": "outer", "geometry": way},
                {"type": "way", "ref": 5, "role": "inner", "geometry": inner},
            ],
        },
    ]
    return dumped(folder / "overpass.json", {"version": 0.6, "elements": elements})


def dumped(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def ed269(folder: Path) -> Path:
    hours = [{"day": ["MON"], "startTime": "08:00:00.00Z", "endTime": "18:00:00.00Z"}]
    volume = {
        "uomDimensions": "M",
        "lowerLimit": 0,
        "upperLimit": 120,
        "horizontalProjection": {"type": "Circle", "center": [114.05, 22.54], "radius": 300},
    }
    period = {"permanent": "NO", "startDateTime": "2026-01-01T00:00:00Z", "schedule": hours}
    zone = {"identifier": "Z", "restriction": "PROHIBITED", "geometry": [volume], "applicability": [period]}
    return dumped(folder / "ed269.json", {"title": "t", "features": [zone]})


def ed318(folder: Path) -> Path:
    layer = {"upper": 120, "upperReference": "AGL", "lower": 0, "lowerReference": "AMSL", "uom": "m"}
    geometry = {"type": "Polygon", "coordinates": [list(map(list, SQUARE.exterior.coords))], "layer": layer}
    said = {"identifier": "Z", "type": "PROHIBITED", "limitedApplicability": [{"schedule": [{"startEvent": "SR"}]}]}
    feature = {"type": "Feature", "geometry": geometry, "properties": said}
    return dumped(folder / "ed318.json", {"type": "FeatureCollection", "features": [feature]})


def polygons(name: str, *said: dict[str, Any]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        features = [
            {"type": "Feature", "properties": each, "geometry": json.loads(shapely.to_geojson(SQUARE))} for each in said
        ]
        return dumped(folder / name, {"type": "FeatureCollection", "features": features})

    return write


def openair(folder: Path) -> Path:
    text = (
        "AC R\nAN Port\nAL GND\nAH 1500ft AMSL\nV X=22:32:24 N 114:03:00 E\nDC 0.5\n\nAC P\nAN Arc\nAL SFC\nAH FL95\n"
        "V D=-\nV X=22:32:24 N 114:03:00 E\nDA 1,270,290\nDB 22:33:24 N 114:03:00 E,22:32:24 N 114:04:00 E\n"
        "DP 22:32 N 114:03 E\n"
    )
    (folder / "air.txt").write_text(text)
    return folder / "air.txt"


def zipped(folder: Path) -> Path:
    shp = by_pyogrio(".shp")(folder)
    with zipfile.ZipFile(folder / "homes.zip", "w") as packed:
        for part in folder.glob("homes.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                packed.write(part, part.name)
    shp.unlink()
    return folder / "homes.zip"


MAPS: dict[str, Callable[[Path], Path]] = {
    **{suffix: by_pyogrio(suffix) for suffix in (".gpkg", ".shp", ".fgb")},
    "metres": in_metres,
    "zip": zipped,
    "kml": kml,
    "pbf": by_osmium,
    "osm": lambda folder: by_osmium(folder, ".osm"),
    "overpass": overpass,
    "geojson": by_json,
    "ndjson": by_line,
    "parquet": by_pandas,
    "ed269": ed269,
    "ed318": ed318,
    "dji": polygons("dji.geojson", {"name": "机场", "height": 0, "level": 2, "type": 10}, {"height": 60}),
    "faa": polygons("faa.geojson", {"CEILING": 400, "UNIT": "Feet"}, {"CEILING": 0}),
    "openair": openair,
}


def csv(folder: Path) -> Path:
    text = "名称;kind;lat;lon;pads;orders;population\nA;hub;22,54;114,05;2;10;5\nB;locker;22,55;114,06;;3;7\n"
    (folder / "sites.csv").write_text(text, encoding="utf-8")
    return folder / "sites.csv"


def xlsx(folder: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (
        ["id", "kind", "lat", "lon", "population"],
        ["A", "hub", 22.54, 114.05, 3],
        [2, "locker", 22.55, 114.06, 4],
    ):
        book.active.append(row)
    book.save(folder / "sites.xlsx")
    return folder / "sites.xlsx"


def points(folder: Path) -> Path:
    raw = pytest.importorskip("pyogrio.raw")
    wkb = np.array([shapely.to_wkb(shapely.Point(114.05, 22.54))], dtype=object)
    columns = [np.array(["hub"], dtype=object), np.array([5.0])]
    raw.write(folder / "sites.gpkg", wkb, columns, ["kind", "population"], geometry_type="Point", crs="EPSG:4326")
    return folder / "sites.gpkg"


def raster(folder: Path) -> Path:
    rasterio = pytest.importorskip("rasterio")
    shape = {"width": 4, "height": 3, "count": 1, "dtype": "float32", "nodata": -1.0, "crs": "EPSG:4326"}
    transform = rasterio.Affine(0.01, 0.0, 114.0, 0.0, -0.01, 22.6)
    with rasterio.open(folder / "people.tif", "w", driver="GTiff", transform=transform, **shape) as file:
        file.write(np.array([[0, 5, -1, np.nan], [np.inf, 1e30, 2, 3], [-7, 0, 0, 1]], dtype="float32"), 1)
    return folder / "people.tif"


PLACES: dict[str, Callable[[Path], Path]] = {"csv": csv, "xlsx": xlsx, "points": points, "raster": raster}


def damaged(raw: bytes, seed: int) -> bytes:
    """Flip some bytes, more of them with a greater seed."""
    rng = np.random.default_rng(seed)
    spoilt = np.frombuffer(raw, dtype=np.uint8).copy()
    spoilt[rng.integers(0, len(spoilt), 1 + seed)] = rng.integers(0, 256, 1 + seed, dtype=np.uint8)
    return spoilt.tobytes()


@pytest.mark.parametrize("form", MAPS)
def test_a_map_that_is_whole_is_read_and_one_that_is_damaged_is_told(form: str, tmp_path: Path) -> None:
    path = MAPS[form](tmp_path)
    used(path)
    raw = path.read_bytes()
    for spoilt in [raw[: int(share * len(raw))] for share in CUTS] + [damaged(raw, seed) for seed in FLIPS]:
        path.write_bytes(spoilt)
        used(path)


@pytest.mark.parametrize("form", PLACES)
def test_places_that_are_damaged_are_told(form: str, tmp_path: Path) -> None:
    path = PLACES[form](tmp_path)
    placed(path)
    raw = path.read_bytes()
    for spoilt in [raw[: int(share * len(raw))] for share in CUTS] + [damaged(raw, seed) for seed in FLIPS]:
        path.write_bytes(spoilt)
        placed(path)


# values of JSON, each in the place of each other


ODD: tuple[Any, ...] = (None, True, -1, 1e308, 10**400, "", "x", "\ud800", [], {}, [[]], [None], {"a": 1}, float("nan"))


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Find the ways to all values within a value of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(spot for key, each in inner for spot in spots(each, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], to)
    return copy


@pytest.mark.parametrize("form", ["geojson", "overpass", "ed269", "ed318", "dji", "faa"])
def test_json_with_an_odd_value_anywhere_is_read_or_told(form: str, tmp_path: Path) -> None:
    path = MAPS[form](tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    everywhere = spots(content)
    rng = np.random.default_rng(14)
    for row in rng.integers(0, len(everywhere), 100):
        odd = ODD[int(rng.integers(0, len(ODD)))]
        path.write_text(json.dumps(changed(content, everywhere[int(row)], odd)), encoding="utf-8")
        used(path)
        placed(path)


# odd in the ways of their format


TABLES: dict[str, bytes] = {
    "zeros.csv": b"kind,lat,lon\nhub,0,0\n",
    "off.csv": b"kind,lat,lon\nhub,500000,2500000\n",
    "wkt.csv": b"kind,wkt\nhub,POINT (114 22)\nhub,POINT EMPTY\nhub,nothing\n",
    "pair.csv": b'kind,location\nhub,"22.5, 114.0"\nhub,22.5\n',
    "quotes.csv": b'kind,lat,lon\n"hub,22,114\n',
    "ragged.csv": b"kind,lat,lon\nhub\nhub,22.5,114,9,9\n\n,,\n",
    "twice.csv": b"lat,lat,lon\n1,2,3\n",
    "huge.csv": b"kind,lat,lon,pads\nhub,22,114,1e400\nhub,22,114,-3\nhub,22,114,2.5\nhub,22,114,two\n",
    "gb.csv": "名称,纬度,经度,类型\n店,22.5,114,起飞点\n".encode("gb18030"),
    "utf16.csv": "kind,lat,lon\nhub,22.5,114\n".encode("utf-16"),
    "mac.csv": b"kind,lat,lon\rhub,22.5,114\r",
    "long.csv": b"kind,lat,lon\nhub,22.5,114," + b"x" * 200_000,
    "field.csv": b"kind,lat,lon,name\nhub,22.5,114," + b'"' + b"x\n" * 100_000 + b'"',
    "head.csv": b"lat,lon\n",
    "nul.csv": b"kind,lat,lon\nhub,22.5,114\0\n",
    "not.xlsx": b"PK\x03\x04nothing",
    "old.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "not.tif": b"II*\0" + b"\0" * 40,
    "lines.json": b'{"type":"LineString","coordinates":[[114,22],[114,22]]}',
    "empty.json": b'{"type":"Point","coordinates":[]}',
}


@pytest.mark.parametrize("name", TABLES)
def test_an_odd_table_is_read_or_told(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(TABLES[name])
    placed(tmp_path / name)


AIRSPACES = (
    *(
        "AC\tR\nAN\tTab\nDP 22:30:00N 114:00:00E\n",
        "AC R\nDP 22:30 N 114:00 E\n" * 3,
        "AC\nAN\nDP\n",
        "AC R\nV X=\nDC 1\n",
    ),
    *(
        "AC R\nV X=99:00 N 114:00 E\nDC 1\n",
        "AC R\nV X=22:00 N 114:00 E\nDC -1\nDC 1e99\nDC nan\nDA 1,2\nDA a,b,c\nDY 3\n",
    ),
    *("AC R\nAH unlimited sky\nAL -5 ft\nV X=22:00 N 114:00 E\nDC 1\n", "AC R\nV X=89:59 N 179:59 E\nDC 300\n"),
    "AC R\nV X=0:0 N 0:0 E\nDB 0:0 N 0:0 E, 0:0 N 0:0 E\nDP 0:0 N 0:0 E\nDP 0:0 N 0:0 E\n",
)


@pytest.mark.parametrize("text", AIRSPACES)
def test_an_odd_airspace_is_read_or_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "air.txt").write_text(text, encoding="utf-8")
    used(tmp_path / "air.txt")


def test_geometries_that_no_polygon_is_made_of_are_told(tmp_path: Path) -> None:
    """Empty ones, points, flat ones, ones of Parquet that are no WKB, and columns of every kind."""
    import pyarrow as pa
    from pyarrow import parquet

    shapes = [shapely.to_wkb(OTHER), b"", b"\x01", None, shapely.to_wkb(shapely.Polygon()), b"\x01\xff\xff\xff\xff"]
    columns = {
        "geometry": shapes,
        "height": pa.array([1, None, 2, 3, 4, 5], pa.decimal128(5, 1)),
        "names": [{"primary": "a"}] * 6,
        "levels": [["a"]] * 6,
        "when": pa.array([0] * 6, pa.timestamp("ns")),
    }
    parquet.write_table(pa.table(columns), tmp_path / "odd.parquet")
    used(tmp_path / "odd.parquet")
    for meta in (
        b"{",
        b"7",
        b'{"primary_column":7}',
        b'{"columns":{"geometry":7}}',
        b'{"columns":{"geometry":{"crs":{}}}}',
    ):
        table = pa.table({"geometry": shapes}).replace_schema_metadata({b"geo": meta})
        parquet.write_table(table, tmp_path / "odd.parquet")
        used(tmp_path / "odd.parquet")

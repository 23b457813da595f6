"""Sources of maps, each written here by another program, give the same buildings, heights and places."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.errors import InputError
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.clip import clip_of
from dronesim.exchange.maps.datums import from_bd09, from_gcj02, to_bd09, to_gcj02
from dronesim.exchange.maps.heights import STOREY_M, raise_building, settle_heights
from dronesim.exchange.maps.items import Layer
from dronesim.exchange.maps.lengths import length_m
from dronesim.exchange.maps.reading import read_layers
from dronesim.exchange.maps.sources import raised, read_sources
from dronesim.exchange.maps.systems import to_wgs84
from dronesim.exchange.maps.wishes import Wishes

CENTRE = (114.05, 22.54)
SQUARE = shapely.box(114.05, 22.54, 114.0503, 22.5403)
YARD = SQUARE.difference(shapely.box(114.0501, 22.5401, 114.0502, 22.5402))
OTHER = shapely.box(114.051, 22.541, 114.0512, 22.5412)


def buildings_of(*paths: Path, **wishes: Any) -> tuple[list[Any], Account]:
    account, wished = Account(), Wishes(sources=paths, **wishes)
    return raised(read_sources(wished, clip_of(wished), account), wished, account), account


# formats, each by its own writer


def by_pyogrio(suffix: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        raw = pytest.importorskip("pyogrio.raw")
        path = folder / f"homes{suffix}"
        shapes = np.array([shapely.to_wkb(YARD), shapely.to_wkb(OTHER)], dtype=object)
        columns = [np.array(["12 m", "40'"], dtype=object)]
        raw.write(path, shapes, columns, ["Height"], geometry_type="Polygon", crs="EPSG:4326")
        return path

    return write


def in_metres(folder: Path) -> Path:
    """A Shapefile in CGCS2000, as Chinese surveys are."""
    raw, pyproj = pytest.importorskip("pyogrio.raw"), pytest.importorskip("pyproj")
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:4547", always_xy=True).transform
    shapes = [shapely.transform(s, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1]))) for s in (YARD, OTHER)]
    columns = [np.array([12.0, 12.192])]
    wkb = np.array([shapely.to_wkb(s) for s in shapes], dtype=object)
    raw.write(folder / "homes.shp", wkb, columns, ["height"], geometry_type="Polygon", crs="EPSG:4547")
    return folder / "homes.shp"


def by_osmium(folder: Path, suffix: str = ".osm.pbf") -> Path:
    osmium = pytest.importorskip("osmium")
    path = folder / f"homes{suffix}"
    rings = [YARD.exterior, YARD.interiors[0], OTHER.exterior]
    with osmium.SimpleWriter(str(path)) as writer:
        number = 0
        for ring in rings:
            for lon, lat in list(ring.coords)[:-1]:
                number += 1
                writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), version=1))
        tags: dict[str, str] = {"amenity": "cafe", "name": "奶茶"}
        writer.add_node(osmium.osm.mutable.Node(id=99, location=(114.0505, 22.5405), version=1, tags=tags))
        for way, tags in ((1, {}), (2, {}), (3, {"building": "house", "height": "40'"})):
            nodes = [4 * way - 3, 4 * way - 2, 4 * way - 1, 4 * way, 4 * way - 3]
            writer.add_way(osmium.osm.mutable.Way(id=way, nodes=nodes, tags=tags, version=1))
        tags = {"type": "multipolygon", "building": "yes", "height": "12 m"}
        members = [("w", 1, "outer"), ("w", 2, "inner")]
        writer.add_relation(osmium.osm.mutable.Relation(id=1, members=members, tags=tags, version=1))
    return path


def by_json(folder: Path) -> Path:
    return write_json(folder / "homes.geojson", (YARD, {"height": 12}), (OTHER, {"height": "40'"}))


def by_line(folder: Path) -> Path:
    path = by_json(folder)
    features = json.loads(path.read_text())["features"]
    path.write_text("\n".join(json.dumps(feature) for feature in features))
    return path


def by_pandas(folder: Path) -> Path:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"geometry": [shapely.to_wkb(YARD), shapely.to_wkb(OTHER)], "height": [12.0, 12.192]})
    table.attrs = {}
    path = folder / "homes.parquet"
    import pyarrow as pa
    from pyarrow import parquet

    geo = json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}})
    arrow = pa.Table.from_pandas(table)
    parquet.write_table(arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), "geo": geo}), path)
    return path


def write_json(path: Path, *features: tuple[Any, dict[str, Any]], **head: Any) -> Path:
    listed = [
        {"type": "Feature", "properties": said, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, said in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", **head, "features": listed}, ensure_ascii=False))
    return path


@pytest.mark.parametrize(
    "write",
    [
        *(by_pyogrio(suffix) for suffix in (".gpkg", ".shp", ".fgb", ".geojson")),
        *(in_metres, by_osmium, by_json, by_line, by_pandas),
    ],
    ids=["gpkg", "shp", "fgb", "gdal-geojson", "metres", "osm", "geojson", "by-line", "parquet"],
)
def test_every_format_gives_the_same_buildings(write: Callable[[Path], Path], tmp_path: Path) -> None:
    found, _ = buildings_of(write(tmp_path))
    assert sorted(round(each.height_m, 2) for each in found) == [12.0, 12.19]
    yard = min(found, key=lambda each: each.height_m).shape
    assert len(yard.interiors) == 1
    assert shapely.hausdorff_distance(yard, YARD) < 2e-7


def test_kml_is_read_as_zones_by_the_name_of_its_file(tmp_path: Path) -> None:
    raw = pytest.importorskip("pyogrio.raw")
    path = tmp_path / "no-fly.kml"
    names = [np.array(["Port"], dtype=object)]
    wkb = np.array([shapely.to_wkb(SQUARE)], dtype=object)
    raw.write(path, wkb, names, ["Name"], geometry_type="Polygon", crs="EPSG:4326", driver="KML", layer="no_fly")
    found = read_sources(Wishes(sources=(path,)), None, Account())
    assert [len(found.zones), len(found.buildings)] == [1, 0]


def test_osm_has_cafes_as_merchants_and_xml_reads_like_pbf(tmp_path: Path) -> None:
    found = read_sources(Wishes(sources=(by_osmium(tmp_path, ".osm"),)), None, Account())
    assert [item.properties["name"] for item in found.merchants] == ["奶茶"]
    assert len(found.buildings) == 2


# coordinates


def test_gcj02_and_bd09_agree_with_known_places_and_come_back() -> None:
    """The vectors are of other programs: a round trip alone can't see a wrong constant."""
    wgs = np.array([[116.404, 39.915], [114.05, 22.54]])
    gcj = to_gcj02(wgs)
    assert np.abs(gcj - [[116.41024450, 39.91640428], [114.05510328, 22.53726750]]).max() < 1e-8
    assert np.abs(to_bd09(gcj)[1] - [114.06165047, 22.54293292]).max() < 1e-8
    assert np.abs(from_gcj02(gcj) - wgs).max() < 1e-9
    assert np.abs(from_bd09(to_bd09(gcj)) - wgs).max() < 1e-9


def test_a_shifted_layer_is_brought_back_and_hinted_at(tmp_path: Path) -> None:
    cells = [
        shapely.box(x, y, x + 3e-4, y + 3e-4) for x in np.arange(114, 114.01, 2e-3) for y in np.arange(22, 22.02, 2e-3)
    ]
    right = write_json(tmp_path / "right.geojson", *((cell, {"height": 9}) for cell in cells))
    moved = write_json(tmp_path / "moved.geojson", *((shapely.transform(c, to_gcj02), {"height": 9}) for c in cells))
    _, account = buildings_of(right, moved)
    assert any(
        "moved.geojson looks shifted" in note and "--datum moved.geojson=gcj02" in note for note in account.notes
    )
    _, account = buildings_of(right, moved, datum={"moved.geojson": "gcj02"})
    assert account.dropped["buildings whose outline came before"] > 0.9 * len(cells)
    assert not any("looks shifted" in note for note in account.notes)


def test_a_file_without_a_coordinate_system_is_never_guessed(tmp_path: Path) -> None:
    path = in_metres(tmp_path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"names no coordinate system.*these are no degrees"):
        buildings_of(path)
    found, _ = buildings_of(path, crs={"": "EPSG:4547"})
    assert shapely.hausdorff_distance(found[1].shape, OTHER) < 2e-7
    with pytest.raises(InputError, match="no coordinate system that pyproj knows"):
        buildings_of(path, crs={"homes.shp": "EPSG:nonsense"})


def test_metres_in_geojson_and_latitude_first_are_refused_with_what_they_are(tmp_path: Path) -> None:
    metres = write_json(tmp_path / "m.geojson", (shapely.box(5e5, 2e6, 5.1e5, 2.1e6), {"height": 3}))
    with pytest.raises(InputError, match="is it metres"):
        buildings_of(metres)
    turned = write_json(tmp_path / "t.geojson", (shapely.box(22.5, 114.0, 22.6, 114.1), {"height": 3}))
    with pytest.raises(InputError, match="longitude comes first"):
        buildings_of(turned)
    pole = write_json(tmp_path / "p.geojson", (shapely.box(114.0, 90.0, 114.1, 90.1), {"height": 3}))
    with pytest.raises(InputError, match="there is no such place"):
        buildings_of(pole)
    older = write_json(
        tmp_path / "o.geojson",
        (shapely.box(500000, 2493000, 500100, 2493100), {"height": 3}),
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}},
    )
    found, account = buildings_of(older)
    assert found[0].shape.centroid.x == pytest.approx(114.0, abs=0.01)
    assert any("4547" in note for note in account.notes)


# heights


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        *(("12 m", 12.0), ("12m", 12.0), ("12,5", 12.5), ("40'", 12.192), ("39 ft 6 in", 12.0396), ("39'6\"", 12.0396)),
        *(("12-15", 15.0), ("~7.5 m", 7.5), ("1,200 ft", 365.76), ("12米", 12.0), ("１２．５", 12.5), (3, 3.0)),
        *(("1.5 km", 1500.0), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("300 cm", 3.0), ("12 metres", 12.0)),
        *(("high", None), ("", None), (None, None), (True, None), (float("nan"), None), ("12 apples", None)),
    ],
)
def test_a_height_is_read_in_every_form(text: object, metres: float | None) -> None:
    expected = None if metres is None else pytest.approx(metres)
    assert length_m(text) == expected


@pytest.mark.parametrize(
    ("said", "height"),
    [
        ({"height": "9"}, 9.0),
        ({"HEIGHT_FT": 100}, 30.48),
        ({"building:levels": "4"}, 4 * STOREY_M),
        ({"building:levels": "4", "roof:levels": "1"}, 5 * STOREY_M),
        ({"building:levels": "4", "roof:height": "2,5 m"}, 4 * STOREY_M + 2.5),
        ({"num_floors": 10}, 10 * STOREY_M),
        ({"Floor": 2, "height": 6.0}, 6.0),
        ({"height": -1.0}, None),
        ({"height": "tall", "building:levels": 2}, 2 * STOREY_M),
        ({"height": 99999}, None),
        ({"name": "9"}, None),
    ],
)
def test_a_building_is_as_high_as_its_properties_say(said: dict[str, Any], height: float | None) -> None:
    account = Account()
    assert raise_building(SQUARE, said, field=None, account=account).height_m == height


def test_a_stated_field_is_the_only_one_that_is_read() -> None:
    said = {"height": 9, "top": "50 ft"}
    assert raise_building(SQUARE, said, field="top", account=Account()).height_m == pytest.approx(15.24)


def test_parts_raise_their_outline_and_unknown_heights_are_drawn_from_the_known_or_stated() -> None:
    account = Account()
    part = raise_building(SQUARE, {"building:levels": 9, "min_height": 3}, field=None, account=account, is_part=True)
    whole = raise_building(SQUARE, {"building": "yes"}, field=None, account=account)
    assert [height for _, height in settle_heights([whole, part], unknown_m=None, seed=1, account=account)] == [27, 27]
    assert account.repaired["buildings and parts that begin above the ground, taken from the ground up"] == 1
    known = [raise_building(OTHER, {"height": 3 * n}, field=None, account=account) for n in range(1, 31)]
    unknown = [raise_building(OTHER, {}, field=None, account=account) for _ in range(200)]
    drawn = [height for _, height in settle_heights([*known, *unknown], unknown_m=None, seed=1, account=account)][30:]
    assert set(drawn) <= {3.0 * n for n in range(1, 31)}
    assert len(set(drawn)) > 20
    stated = settle_heights([*known, *unknown], unknown_m=7.0, seed=1, account=Account())
    assert {height for _, height in stated[30:]} == {7.0}


# clips, repairs


@pytest.mark.parametrize(
    ("clip", "count"),
    [
        ({"bbox": "114.04,22.53,114.0505,22.55"}, 1),
        ({"around": "22.54,114.05,5"}, 2),
        ({"around": "22.5411,114.0511,0.02"}, 1),
        ({"bbox": "179,-10,-179,10"}, 0),
    ],
)
def test_a_clip_keeps_what_meets_it(clip: dict[str, str], count: int, tmp_path: Path) -> None:
    found, account = buildings_of(by_json(tmp_path), **clip)
    assert len(found) == count
    assert account.dropped["buildings outside the clip"] == 2 - count


def test_a_polygon_of_a_file_clips_too(tmp_path: Path) -> None:
    area = write_json(tmp_path / "area.geojson", (OTHER.buffer(1e-4), {}))
    found, _ = buildings_of(by_json(tmp_path), within=area)
    assert len(found) == 1


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"bbox": "1,2,3"}, "WEST,SOUTH,EAST,NORTH"),
        ({"around": "114.05,22.54,3"}, "latitude comes first"),
        ({"around": "a,b,c"}, "LAT,LON,KM"),
        ({"around": "1,2,3", "bbox": "1,2,3,4"}, "exclude each other"),
        ({"bbox": "1,4,3,2"}, "south below north"),
    ],
)
def test_a_clip_that_is_none_is_told(wishes: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        clip_of(Wishes(sources=(), **wishes))


def test_outlines_are_repaired_or_left_out_and_counted(tmp_path: Path) -> None:
    bow = shapely.Polygon([(114, 22), (114.001, 22.001), (114.001, 22), (114, 22.001)])
    line = shapely.Polygon([(114, 22), (114.001, 22), (114.002, 22)])
    path = write_json(tmp_path / "b.geojson", (bow, {"height": 3}), (line, {"height": 3}), (SQUARE, {"height": 3}))
    content = json.loads(path.read_text())
    content["features"][2]["geometry"]["coordinates"][0].pop()
    content["features"] += [content["features"][2], {"type": "Feature", "geometry": None}, 7]
    path.write_text(json.dumps(content))
    found, account = buildings_of(path)
    assert len(found) == 2
    assert all(each.shape.is_valid for each in found)
    assert account.repaired["rings closed"] == 2
    assert account.repaired["buildings whose outline crossed itself"] >= 1
    assert account.dropped["buildings without an area"] == 1
    assert account.dropped["buildings whose outline came before"] == 1
    assert account.dropped["features without a geometry that can be read"] == 2


# hostile


HOSTILE: dict[str, bytes] = {
    "empty.geojson": b"",
    "text.geojson": b"hello",
    "list.geojson": b"[1, 2]",
    "number.json": b"7",
    "null.json": b"null",
    "deep.json": b"[" * 200_000,
    "utf16.geojson": '{"type":"FeatureCollection","features":[]}'.encode("utf-16"),
    "none.geojson": b'{"type":"FeatureCollection","features":[]}',
    "nulls.geojson": b'{"type":"FeatureCollection","features":[null,1,"a",{},{"geometry":{}}]}',
    "nan.geojson": b'{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[NaN,1],[2,3],[4,5],[NaN,1]]]}}',
    "inf.geojson": b'{"type":"Point","coordinates":[1e999,0]}',
    "strings.geojson": b'{"type":"Polygon","coordinates":[[["a","b"],["c","d"],["e","f"],["a","b"]]]}',
    "crs.geojson": b'{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"nowhere"}}}',
    "topology.json": b'{"type":"Topology","objects":{},"arcs":[]}',
    "overpass.json": b'{"version":0.6,"elements":[]}',
    "half.ndjson": b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}\n{"type":',
    "zones.json": b'{"features":[{"geometry":[{"horizontalProjection":{"center":[0,0],"radius":-1}}]}]}',
    "zones2.json": b'{"features":[{"geometry":[{"horizontalProjection":null}]},{"geometry":[7]}]}',
    "not.osm.pbf": b"\x00\x00\x00\x0dhello",
    "not.osm": b"<osm><node id='x'/></osm>",
    "place.osm": b"<osm version='0.6'><node id='1' version='1' lat='{}.5' lon='1'/></osm>",
    "cut.osm": b"<osm version='0.6'><node id='1' lat='1'",
    "not.parquet": b"PAR1 nothing PAR1",
    "not.gpkg": b"SQLite format 3\x00 but nothing",
    "not.shp": b"\x00\x00\x27\x0a",
    "not.kml": b"<kml><Document><Placemark>",
    "not.fgb": b"fgb\x03fgb",
    "what.xyz": b"????",
    "bad.air": b"AC R\nAN A\nDP nowhere\nDC x\nV X=\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    told = ""
    try:
        found, _ = buildings_of(tmp_path / name)
    except InputError as error:
        found, told = [], str(error)
    assert found == []
    assert not told or name in told
    assert len(told) < 500


@pytest.mark.parametrize("name", ["", "none", "folder"])
def test_a_place_that_is_no_file_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError):
        read_layers(tmp_path / name, Account())


def test_a_layer_without_features_needs_no_system() -> None:
    layer = Layer(source="x", form="y", items=(), crs=None)
    assert to_wgs84(layer, stated=None, datum="wgs84", account=Account()) == layer

"""Features that say of themselves what they are: kept, mended where that is plain, or refused in one line a rule."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.errors import InputError
from dronesim.exchange.maps import Wishes, import_map
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.globe import cut_at_180, degrees_apart, middle_of, wrapped
from dronesim.exchange.maps.items import Item, plain_value
from dronesim.exchange.maps.names import fit
from dronesim.exchange.maps.own import own_features, without_lost_references

SPOT = shapely.Point(114.05, 22.54)
AREA = shapely.box(114.05, 22.54, 114.0502, 22.5402)


def item(shape: Any, number: int = 1, **said: Any) -> Item:
    return Item(shape=shape, properties=said, place=f"x.geojson: feature {number}")


def kept(*items: Item) -> tuple[list[dict[str, Any]], Account]:
    account = Account()
    return own_features(items, Counter(), account), account


def test_points_drawn_otherwise_stand_at_a_point_inside_and_parts_become_features() -> None:
    found, account = kept(item(AREA, kind="airport", id="A"), item(shapely.MultiPoint([SPOT]), kind="airport", id="B"))
    assert [each["geometry"]["type"] for each in found] == ["Point", "Point"]
    assert AREA.contains(shapely.Point(found[0]["geometry"]["coordinates"]))
    assert sum(account.repaired.values()) == 1
    lines = shapely.MultiLineString([[(114, 22), (114.1, 22)], [(114, 22.1), (114.1, 22.1)]])
    found, _ = kept(item(lines, kind="airway", id="W"))
    assert [each["properties"]["id"] for each in found] == ["W", "W-01"]


def test_ids_are_told_apart_and_the_same_feature_is_kept_once() -> None:
    twice = item(SPOT, kind="airport", id="A")
    found, account = kept(twice, twice, item(AREA, kind="airport", id="A"), item(SPOT, kind="merchant"))
    assert [each["properties"]["id"] for each in found] == ["A", "A-01", "M01"]
    assert account.dropped["features that came before"] == 1


@pytest.mark.parametrize(("stated", "name"), [(7, 7), (7.0, "7"), ("a\x1b[1m", "a [1m"), ("x" * 300, "x" * 80)])
def test_an_id_is_made_fit(stated: Any, name: Any) -> None:
    (found,), _ = kept(item(SPOT, kind="airport", id=stated))
    assert found["properties"]["id"] == name


def test_numbers_written_as_text_are_read_and_what_is_none_is_refused_in_one_line() -> None:
    (found,), account = kept(item(SPOT, kind="airport", id="A", pads="3", boxes=20.0))
    assert (found["properties"]["pads"], found["properties"]["boxes"]) == (3, 20)
    assert sum(account.repaired.values()) == 1
    with pytest.raises(InputError) as told:
        kept(*(item(SPOT, number, kind="airport", id=f"A{number}", pads=0) for number in range(1, 41)))
    lines = str(told.value).splitlines()
    assert len(lines) < 10
    assert lines[0].startswith("x.geojson: feature 1, A1: pads ")
    assert "more like it" in lines[-1]


def test_customers_lose_the_name_of_a_site_that_is_not_there() -> None:
    account = Account()
    found, _ = kept(item(SPOT, kind="merchant", id="M", takeoff_point="T9"), item(SPOT, kind="takeoff_point", id="T1"))
    assert "takeoff_point" not in without_lost_references(found, account)[0]["properties"]
    assert sum(account.repaired.values()) == 1


def test_properties_of_any_library_become_plain() -> None:
    said = {"t": np.datetime64("2024-01-01"), "n": np.float64("nan"), "b": b"x", "s": "a\ud800", "l": np.array([1, 2])}
    assert plain_value(said) == {"t": "2024-01-01", "n": None, "b": None, "s": "a\ufffd", "l": [1, 2]}
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    json.dumps(plain_value(deep))


def test_whole_numbers_of_a_spreadsheet_lose_their_point() -> None:
    assert [fit(3.0), fit(3.5), fit(1e300)[:3], fit(" a\n")] == ["3", "3.5", "1e+", "a"]


def test_shapes_over_180_degrees_are_cut_there_and_keep_their_area() -> None:
    stepped = shapely.Polygon([(179.99, 0), (-179.98, 0), (-179.98, 0.01), (179.99, 0.01)])
    beyond = shapely.box(179.99, 0, 180.02, 0.01)
    world = shapely.box(-180, -90, 180, 90)
    found = cut_at_180(np.array([stepped, beyond, world, AREA, shapely.Point(190, 1)], dtype=object))
    assert [round(shape.area, 9) for shape in found[:3]] == [0.0003, 0.0003, 64800.0]
    assert all(max(abs(shape.bounds[0]), abs(shape.bounds[2])) <= 180 for shape in found)
    assert found[3] is AREA
    assert found[4].x == -170


def test_middles_and_distances_go_the_short_way_around() -> None:
    assert abs(middle_of([(179.9, 1), (-179.9, 3)])[0]) == pytest.approx(180.0)
    assert degrees_apart(179.5, -179.5) == pytest.approx(1.0)
    assert wrapped([(114.05, 1.0), (181.0, 2.0)]).tolist() == [[114.05, 1.0], [-179.0, 2.0]]


def write(path: Path, *listed: tuple[Any, dict[str, Any]]) -> Path:
    features = [
        {"type": "Feature", "properties": said, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, said in listed
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_a_map_around_180_degrees_is_one_map(tmp_path: Path) -> None:
    homes = [
        (shapely.transform(shapely.box(x, -17.5, x + 4e-4, -17.4996), wrapped), {"building": "yes", "height": 9})
        for x in np.arange(179.99, 180.01, 0.002)
    ]
    found = import_map(Wishes(sources=(write(tmp_path / "homes.geojson", *homes),)), out=tmp_path / "out").content
    west, _, east, _ = found["extent"]
    assert west == pytest.approx(179.99, abs=0.001)
    assert east == pytest.approx(-179.99, abs=0.003)
    assert found["counts"]["building"] == len(homes)


def test_a_file_named_twice_or_as_zones_too_is_read_once(tmp_path: Path) -> None:
    homes = write(tmp_path / "homes.geojson", *[(AREA, {"building": "yes", "height": 9})])
    port = write(
        tmp_path / "no-fly.geojson", (shapely.box(114.06, 22.54, 114.061, 22.541), {"name": "Port", "height": 0})
    )
    copy = write(
        tmp_path / "no-fly-2.geojson", (shapely.box(114.06, 22.54, 114.061, 22.541), {"name": "P", "height": 0})
    )
    wishes = Wishes(sources=(homes, homes, port), zones=(port, copy))
    found = import_map(wishes, out=tmp_path / "out").content
    assert found["counts"]["no_fly"] == 1
    assert found["counts"]["building"] == 1
    assert any("homes.geojson: is named twice" in note for note in found["notes"])
    assert any("no-fly.geojson: is named by --zones too" in note for note in found["notes"])
    assert found["dropped"] == {"zones that came before, with the same outline, heights and hours": 1}


def test_what_was_left_out_is_told_where_nothing_is_left(tmp_path: Path) -> None:
    dots = write(tmp_path / "dots.geojson", (shapely.box(114, 22, 114 + 1e-9, 22 + 1e-9), {"building": "yes"}))
    with pytest.raises(InputError, match="left out: buildings without an area: 1"):
        import_map(Wishes(sources=(dots,)), out=tmp_path / "out")
    pole = write(tmp_path / "pole.geojson", (shapely.box(10, 89.9, 10.1, 89.91), {"building": "yes"}))
    with pytest.raises(InputError, match="maps are made between -85 and 85 degrees"):
        import_map(Wishes(sources=(pole,)), out=tmp_path / "out")


def test_sites_too_far_from_the_others_are_left_out_not_all_of_them(tmp_path: Path) -> None:
    homes = write(tmp_path / "homes.geojson", (AREA, {"building": "yes", "height": 9}))
    places = "".join(f"A{n},locker,22.54{n},114.053\n" for n in range(4))
    text = f"name,kind,lat,lon\nT,hub,22.541,114.052\n{places}X,locker,24.0,114.05\n"
    (tmp_path / "sites.csv").write_text(text)
    found = import_map(Wishes(sources=(homes,), sites=(tmp_path / "sites.csv",)), out=tmp_path / "out").content
    assert (found["counts"]["airport"], found["counts"]["takeoff_point"]) == (4, 1)
    assert found["dropped"] == {"sites too far from the others, 50 km from their middle": 1}

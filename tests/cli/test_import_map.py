"""`dronesim import map`: files as planners have them become a folder that `validate` accepts, or a told refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from command import DATA_SETS, call, needs_data_sets

LAT, LON = 22.54, 114.05


def blocks(count: int = 5) -> list[dict[str, Any]]:
    """Buildings in a square grid 200 m apart, of 12 to 30 m."""
    features = []
    for i in range(count):
        for j in range(count):
            shape = shapely.box(LON + 0.002 * i, LAT + 0.002 * j, LON + 0.002 * i + 4e-4, LAT + 0.002 * j + 4e-4)
            said = {"building": "yes", "height": f"{12 + 3 * ((i + j) % 7)} m"}
            features.append({"type": "Feature", "properties": said, "geometry": json.loads(shapely.to_geojson(shape))})
    return features


def write(path: Path, features: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


SITES = """\ufeffName;Typ;Breite;Länge;Boxes
Mall;Hub;22,5391;114,0512;
Hof 1;Locker;22,5443;114,0532;20
Hof 2;Locker;22,5465;114,0571;
"""


def test_what_it_writes_is_valid_and_says_what_it_is_made_of(tmp_path: Path) -> None:
    source = write(tmp_path / "homes.geojson", blocks())
    (tmp_path / "sites.csv").write_text(SITES, encoding="utf-8")
    (tmp_path / "shops.csv").write_text("lng,lat,name,orders\n114.0515,22.5393,Noodles,40\n114.0517,22.5391,Tea,10\n")
    out = tmp_path / "out"
    options = ("--sites", tmp_path / "sites.csv", "--merchants", tmp_path / "shops.csv", "--date", "2026-06-21")
    said = call("import", "map", source, *options, "--out", out)
    assert (said.code, said.err) == (0, "")
    assert {path.name for path in out.iterdir()} == {
        *("map.geojson", "scenario.toml", "report.json", "report.txt", "report.png")
    }
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["counts"]["building"] == 25
    assert report["lowest_safe_level_m"] == 40.0
    assert report["heights"]["from"] == {"stated (height)": 25}
    assert "weighed by the floor area" in said.out
    features = json.loads((out / "map.geojson").read_text(encoding="utf-8"))["features"]
    stated = {each["properties"]["id"]: each for each in features if "id" in each["properties"]}
    assert stated["Mall"]["properties"]["kind"] == "takeoff_point"
    assert stated["Hof 1"]["properties"] == {"id": "Hof 1", "kind": "airport", "boxes": 20}
    assert stated["Hof 1"]["geometry"]["coordinates"] == [114.0532, 22.5443]
    assert stated["Noodles"]["properties"]["weight"] == 40.0
    checked = call("validate", out / "scenario.toml")
    assert checked.code == 0, checked.err


def test_nothing_is_written_where_nothing_makes_a_map(tmp_path: Path) -> None:
    shape = json.loads(shapely.to_geojson(shapely.Point(LON, LAT)))
    source = write(
        tmp_path / "tree.geojson", [{"type": "Feature", "properties": {"natural": "tree"}, "geometry": shape}]
    )
    said = call("import", "map", source, "--out", tmp_path / "out")
    assert said.code == 2
    assert "nothing of the sources can be used" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--datum", "mars"), "must be one of wgs84, gcj02, bd09"),
        (("--date", "tomorrow"), "must be a date as 2026-06-21"),
        (("--time-zone", "Asia/Shenzhen"), "name of a time zone"),
        (("--sites", "nowhere.csv"), "is not there"),
    ],
)
def test_an_option_that_is_wrong_is_told(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    source = write(tmp_path / "homes.geojson", blocks(2))
    answer = call("import", "map", source, *options, "--out", tmp_path / "out")
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "out").exists()


def test_a_map_of_ours_comes_through_as_it_is(tmp_path: Path) -> None:
    tiny = Path(__file__).parents[1] / "data" / "tiny.geojson"
    assert call("import", "map", tiny, "--out", tmp_path / "out").code == 0
    content = json.loads((tmp_path / "out" / "map.geojson").read_text(encoding="utf-8"))
    kept = {str(each["properties"]["id"]): each["properties"] for each in content["features"]}
    for each in json.loads(tiny.read_text(encoding="utf-8"))["features"]:
        said = each["properties"]
        if said["kind"] not in ("building", "no_fly"):
            assert kept[str(said["id"])] == said


@needs_data_sets
def test_real_buildings_and_real_zones_become_a_map(tmp_path: Path) -> None:
    city = DATA_SETS / "buildings" / "suzhou.json"
    zones = DATA_SETS / "nofly" / "shanghai.geojson"
    options = ("--zones", zones, "--around", "31.30,120.607,0.4")
    said = call("import", "map", city, *options, "--airports", 6, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["counts"]["building"] > 150
    assert np.allclose(report["centre"], [120.607, 31.30], atol=0.01)

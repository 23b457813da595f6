"""Maps: read into a world, or refused with the feature, its line and the rule."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.errors import InputError, Problem
from dronesim.geometry import LocalFrame
from dronesim.scenario import load_map

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
Feature = dict[str, Any]
Change = Callable[[dict[str, Feature]], None]


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write the small map with a change, one feature a line from line 2."""
    collection = json.loads(TINY.read_text())
    change(collection)
    features = ",\n".join(json.dumps(feature) for feature in collection.pop("features"))
    path = tmp_path / "m.geojson"
    path.write_text(json.dumps(collection)[:-1] + f', "features": [\n{features}\n]}}\n')
    return path


def by_id(collection: dict[str, Any]) -> dict[str, Feature]:
    return {feature["properties"]["id"]: feature for feature in collection["features"]}


def problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_map(path)
    return caught.value.problems


def test_a_map_becomes_a_world_in_local_metres() -> None:
    world = load_map(TINY)
    assert world.name == "tiny"
    assert world.sites == ("T1", "T2", "A1", "A2", "A3")
    np.testing.assert_allclose(world.takeoff_points.xy, [[-600, 0], [700, -100]], atol=0.02)
    np.testing.assert_allclose(world.airports.xy, [[-900, 900], [200, 1100], [1200, -900]], atol=0.02)
    assert len(world.buildings.polygons) == len(world.buildings.height_m) == 12
    assert shapely.area(world.buildings.polygons[0]) == pytest.approx(2400, rel=1e-3)
    assert (world.pads, world.boxes) == ({"T2": 3, "A2": 1}, {"A2": 6})
    assert (world.zones.ids, world.zones.floor_m[0], world.zones.ceiling_m[0]) == (("school",), 0.0, 200.0)
    assert (world.zones.from_s[0], world.zones.to_s[0]) == (-np.inf, np.inf)


def test_merchants_and_communities_belong_to_what_they_name_else_to_the_nearest(tmp_path: Path) -> None:
    def change(collection: dict[str, Any]) -> None:
        by_id(collection)["M2"]["properties"]["takeoff_point"] = "T2"
        by_id(collection)["C6"]["properties"]["airport"] = "A1"

    world = load_map(changed(tmp_path, change))
    assert world.merchant_takeoff_point.tolist() == [0, 1, 1, 1]
    assert world.community_airport.tolist() == [0, 0, 1, 1, 2, 0]


def test_arrays_of_a_world_are_read_only() -> None:
    world = load_map(TINY)
    arrays = [world.airports.xy, world.merchant_weight, world.community_airport, world.buildings.height_m]
    arrays += [world.buildings.polygons, world.zones.polygons, world.zones.floor_m]
    assert not any(array.flags.writeable for array in arrays)


def test_without_an_origin_the_middle_of_the_sites_is_the_centre(tmp_path: Path) -> None:
    world = load_map(changed(tmp_path, lambda collection: collection.pop("origin")))
    xy = np.concatenate([world.takeoff_points.xy, world.airports.xy])
    np.testing.assert_allclose(xy.min(axis=0) + xy.max(axis=0), [0, 0], atol=0.5)


def test_a_multipolygon_is_split_and_holes_are_kept(tmp_path: Path) -> None:
    frame = LocalFrame(114.25, 22.72)

    def square(x: float, y: float, half: float) -> list[list[float]]:
        corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        return frame.to_lonlat(np.array([*corners, corners[0]])).tolist()

    def change(collection: dict[str, Any]) -> None:
        parts = [[square(-1500, -1500, 100), square(-1500, -1500, 50)], [square(-1800, -1500, 20)]]
        geometry = {"type": "MultiPolygon", "coordinates": parts}
        properties = {"id": "two", "kind": "no_fly", "floor_m": 30, "from": "10:00", "to": "12:30"}
        collection["features"].append({"type": "Feature", "properties": properties, "geometry": geometry})

    zones = load_map(changed(tmp_path, change)).zones
    assert zones.ids == ("school", "two", "two")
    np.testing.assert_allclose(shapely.area(zones.polygons[1:]), [30_000, 1_600], rtol=1e-3)
    assert (zones.floor_m[1], zones.ceiling_m[1], zones.from_s[1], zones.to_s[1]) == (30.0, np.inf, 36000.0, 45000.0)


def put(name: str, *path: str | int, value: Any) -> Change:
    def change(features: dict[str, Feature]) -> None:
        node: Any = features[name]
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = value

    return change


def drop(name: str, *path: str) -> Change:
    def change(features: dict[str, Feature]) -> None:
        node: Any = features[name]
        for part in path[:-1]:
            node = node[part]
        del node[path[-1]]

    return change


def cross(features: dict[str, Feature]) -> None:
    ring = features["B01"]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]


@pytest.mark.parametrize(
    ("change", "line", "feature", "rule"),
    [
        (put("A2", "properties", "kind", value="airprt"), 5, "A2", "kind is not known; choose from building"),
        (drop("A2", "properties", "kind"), 5, "A2", "has no kind; give one of building"),
        (put("A1", "geometry", value=None), 4, "A1", "geometry must be a Point"),
        (put("A1", "geometry", "coordinates", value=[]), 4, "A1", "coordinates must be two numbers"),
        (put("A1", "geometry", "coordinates", value=["114", 22]), 4, "A1", "coordinates must be two numbers"),
        (put("A1", "geometry", "coordinates", value=[True, 22]), 4, "A1", "coordinates must be two numbers"),
        (put("A1", "geometry", "coordinates", value=[float("nan"), 22]), 4, "A1", "coordinates must be finite"),
        (put("A1", "geometry", "coordinates", value=[200, 22]), 4, "A1", "coordinates must be finite"),
        (put("A1", "geometry", "coordinates", value=[22.7, 84.2]), 4, "A1", "is 7520 km from the map's centre"),
        (put("A2", "properties", "id", value="A1"), 5, "A1", "id must be unique; feature 3 of the file has it already"),
        (drop("A2", "properties", "id"), 5, "feature 4", "needs an id, as text"),
        (put("A1", "properties", "pads", value=-1), 4, "A1", "pads must be at least 1"),
        (put("A1", "properties", "boxes", value=1.5), 4, "A1", "boxes must be a whole number"),
        (put("M1", "properties", "takeoff_point", value="T9"), 7, "M1", "takeoff_point names no take-off point"),
        (put("C2", "properties", "airport", value="T1"), 12, "C2", "airport names no airport of this map"),
        (put("C2", "properties", "weight", value=float("nan")), 12, "C2", "weight must be a finite number"),
        (put("C2", "properties", "weight", value=-1), 12, "C2", "weight must be at least 0"),
        (put("school", "properties", "ceiling_m", value=-5), 17, "school", "ceiling_m must be above floor_m, 0"),
        (put("school", "properties", "to", value="8 pm"), 17, "school", "to must be a time of day"),
        (put("B01", "properties", "height_m", value=-3), 18, "B01", "height_m must be at least 0"),
        (drop("B01", "properties", "height_m"), 18, "B01", "height_m is required"),
        (put("B01", "geometry", "coordinates", 0, -1, value=[114.25, 22.73]), 18, "B01", "ring is not closed"),
        (cross, 18, "B01", "polygon must not cross itself: self-intersection at 114."),
        (put("A1", "type", value="Thing"), 4, "feature 3", "must be a GeoJSON Feature"),
    ],
)
def test_a_bad_feature_is_named_with_its_line(
    tmp_path: Path, change: Change, line: int, feature: str, rule: str
) -> None:
    path = changed(tmp_path, lambda collection: change(by_id(collection)))
    (problem,) = [found for found in problems(path) if found.line is not None]
    assert (problem.line, problem.key) == (line, feature)
    assert problem.rule.startswith(rule)


def test_a_misspelled_property_gets_a_hint(tmp_path: Path) -> None:
    def change(collection: dict[str, Any]) -> None:
        properties = by_id(collection)["B01"]["properties"]
        properties["heigth_m"] = properties.pop("height_m")

    (problem,) = problems(changed(tmp_path, change))
    assert (problem.value, problem.hint) == ("heigth_m", "height_m")


def test_all_flaws_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    def change(collection: dict[str, Any]) -> None:
        features = by_id(collection)
        for alter in (cross, put("A1", "properties", "pads", value=0), put("M1", "properties", "weight", value="x")):
            alter(features)

    assert [problem.line for problem in problems(changed(tmp_path, change))] == [4, 7, 18]


def test_a_site_inside_a_zone_is_named_with_the_zone(tmp_path: Path) -> None:
    zone = LocalFrame(114.25, 22.72).to_lonlat(np.array([[-100.0, 500.0]]))[0].tolist()
    path = changed(tmp_path, lambda collection: put("A3", "geometry", "coordinates", value=zone)(by_id(collection)))
    (problem,) = problems(path)
    assert (problem.line, problem.key, problem.rule) == (6, "A3", "lies inside the no-fly zone school")


@pytest.mark.parametrize("kind", ["takeoff_point", "airport", "merchant", "community"])
def test_a_map_needs_every_kind_of_site(tmp_path: Path, kind: str) -> None:
    def change(collection: dict[str, Any]) -> None:
        collection["features"] = [f for f in collection["features"] if f["properties"]["kind"] != kind]

    path = changed(tmp_path, change)
    assert [problem.rule for problem in problems(path) if problem.key == kind] == [
        f"the map has no {kind.replace('takeoff_', 'take-off ')}"
    ]
    if kind in ("merchant", "community"):
        referring = {"merchant": 4, "community": 6}[kind]
        world = load_map(path, needs_customers=False)
        assert len(world.merchants) + len(world.communities) == 10 - referring


def test_customers_without_any_weight_are_refused(tmp_path: Path) -> None:
    def change(collection: dict[str, Any]) -> None:
        for name in ("M1", "M2", "M3", "M4"):
            by_id(collection)[name]["properties"]["weight"] = 0

    (problem,) = problems(changed(tmp_path, change))
    assert (problem.key, problem.rule) == ("merchant", "no merchant has a weight above 0")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "must be UTF-8 text"),
        (b"{", "is not valid JSON"),
        (b"[1, 2]", 'must be a GeoJSON object with type "FeatureCollection"'),
        (b'{"type": "Feature"}', 'must be a GeoJSON object with type "FeatureCollection"'),
        (b'{"type": "FeatureCollection"}', "must be a list of features"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "is not valid JSON"),
        (b'{"type": "FeatureCollection", "origin": [1, 99], "features": []}', "the map has no take-off point"),
        (b'{"type": "FeatureCollection", "origin": [1, 1e999], "features": []}', "must be [longitude, latitude]"),
        (
            b'{"type": "FeatureCollection", "features": [3, null, {"type": "Feature", "properties": 5}]}',
            "the map has no",
        ),
    ],
)
def test_a_file_that_is_no_map_says_why(tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "m.geojson"
    path.write_bytes(content)
    assert any(problem.rule.startswith(rule) for problem in problems(path))


def test_a_folder_and_a_missing_file_say_so(tmp_path: Path) -> None:
    assert problems(tmp_path)[0].rule == "is a folder, not a file"
    assert problems(tmp_path / "no.geojson")[0].rule == "there is no such file"


NOISE = {
    "random": random.Random(1).randbytes(5_000_000),
    "letters": b"x" * 5_000_000,
    "brackets": b"[" * 5_000_000,
    "objects": b'{"a":' * 1_000_000,
    "features": b'{"type": "FeatureCollection", "features": [' + b"3," * 2_400_000 + b"3]}",
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
def test_five_megabytes_of_noise_answer_fast(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "m.geojson"
    path.write_bytes(noise)
    begun = time.process_time()
    assert problems(path)
    assert time.process_time() - begun < 2.0

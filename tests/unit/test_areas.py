"""Areas are as they are meant: straight in degrees, over the world, over 180 degrees; verify has its own way there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from command import call, tiny_map
from dronesim.geometry import LocalFrame, prepare_obstacles
from dronesim.geometry.areas import local_areas
from dronesim.verify.maps import local_area

FRAME = LocalFrame(114.25, 22.72)
WORLD = shapely.box(-180, -90, 180, 90)
HOLED = shapely.Polygon(WORLD.exterior, [shapely.box(114.1, 22.6, 114.4, 22.9).exterior.coords])


def local(shape: Any, frame: LocalFrame = FRAME) -> Any:
    return local_areas(np.array([shape], dtype=object), frame)[0]


def test_a_small_area_is_projected_as_it_is() -> None:
    shape = shapely.box(114.25, 22.72, 114.26, 22.73)
    assert local(shape).equals_exact(shapely.transform(shape, FRAME.to_local), tolerance=0.0)


@pytest.mark.parametrize("width", [1.0, 2.0, 10.0])
def test_a_long_edge_bends_as_its_degrees_do_checked_by_pyproj(width: float) -> None:
    pyproj = pytest.importorskip("pyproj")
    edge_lat = 22.73
    shape = shapely.box(114.25 - width / 2, edge_lat, 114.25 + width / 2, edge_lat + 3)
    other = pyproj.Proj(proj="aeqd", lon_0=FRAME.lon, lat_0=FRAME.lat, ellps="WGS84")
    for lon in (114.25, 114.3, 114.1):
        below, above = (other(lon, edge_lat + step) for step in (-5e-6, 5e-6))
        assert not local(shape).contains(shapely.Point(below)), lon
        assert local(shape).contains(shapely.Point(above)), lon


@pytest.mark.parametrize("of_verify", [False, True])
def test_the_whole_world_covers_the_district_and_its_hole_does_not(of_verify: bool) -> None:
    def place(shape: Any) -> Any:
        return local_area(shape, np.array([FRAME.lon, FRAME.lat])) if of_verify else local(shape)

    middle = shapely.Point(0, 0)
    assert place(WORLD).contains(middle.buffer(50_000))
    assert not place(HOLED).intersects(middle.buffer(10_000))
    assert place(HOLED).contains(shapely.Point(30_000, 0))
    assert place(shapely.box(20, 40, 21, 41)).is_empty


@pytest.mark.parametrize("of_verify", [False, True])
def test_an_area_over_180_degrees_is_one(of_verify: bool) -> None:
    frame = LocalFrame(179.999, -17.0)
    ring = shapely.Polygon([(179.9, -17.1), (-179.9, -17.1), (-179.9, -16.9), (179.9, -16.9)])
    split = shapely.MultiPolygon([shapely.box(179.9, -17.1, 180, -16.9), shapely.box(-180, -17.1, -179.9, -16.9)])
    for shape in (ring, split):
        found = local_area(shape, np.array([frame.lon, frame.lat])) if of_verify else local(shape, frame)
        assert found.contains(shapely.Point(2000, 0).buffer(1000))
        assert found.area == pytest.approx(21_290 * 22_140, rel=5e-3)


def test_a_ring_around_all_sites_stays_open_and_one_around_some_is_filled() -> None:
    ring = shapely.Point(0, 0).buffer(2000).difference(shapely.Point(0, 0).buffer(1000))
    inside, outside = np.array([[0.0, 0.0], [500.0, 0.0]]), np.array([[0.0, 0.0], [5000.0, 0.0]])
    polygons = np.array([ring], dtype=object)
    assert not prepare_obstacles(polygons, clearance_m=10, sites_xy=inside).covers(inside).any()
    assert prepare_obstacles(polygons, clearance_m=10, sites_xy=outside).covers(outside).tolist() == [True, False]
    assert prepare_obstacles(polygons, clearance_m=10).covers(inside).all()


def scenario(folder: Path, shape: Any, **stated: Any) -> Path:
    content = tiny_map()
    properties = {"id": "Z9", "kind": "no_fly", **stated}
    geometry = json.loads(shapely.to_geojson(shape))
    content["features"].append({"type": "Feature", "properties": properties, "geometry": geometry})
    (folder / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    text = (Path(__file__).parents[1] / "data" / "tiny.toml").read_text(encoding="utf-8")
    (folder / "tiny.toml").write_text(text, encoding="utf-8")
    return folder / "tiny.toml"


@pytest.mark.usefixtures("no_pictures")
def test_a_zone_over_the_world_with_a_hole_is_flown_in_and_verified(tmp_path: Path) -> None:
    assert call("run", scenario(tmp_path, HOLED), "--tracks", "--out", tmp_path / "run").code == 0
    verdict = call("verify", tmp_path / "run")
    assert verdict.code == 0, verdict.out
    kpis = json.loads((tmp_path / "run" / "kpis.json").read_text(encoding="utf-8"))
    assert kpis["orders"]["delivered"] > 0


def test_a_zone_over_the_world_closes_every_site(tmp_path: Path) -> None:
    said = call("validate", scenario(tmp_path, WORLD))
    assert said.code == 2
    assert said.err.count("lies inside the no-fly zone Z9") == 3
    assert "and 2 more like it\n5 problems" in said.err


@pytest.mark.parametrize(("shift", "said"), [(5.0, "is longitude first?"), (None, "longitude comes first")])
def test_areas_of_another_place_are_told(shift: float | None, said: str, tmp_path: Path) -> None:
    """Five degrees away, or with latitude first in a district at 20, 50."""
    content = tiny_map()
    for feature in content["features"]:
        is_building = feature["properties"]["kind"] == "building"
        shape = shapely.geometry.shape(feature["geometry"])
        moved = shapely.transform(shape, lambda lonlat: lonlat - [94.25, -27.28])
        if is_building:
            moved = shapely.transform(moved, lambda xy: xy[:, ::-1] if shift is None else xy + np.array([shift, 0.0]))
        feature["geometry"] = json.loads(shapely.to_geojson(moved))
    content.pop("origin", None)
    (tmp_path / "tiny.geojson").write_text(json.dumps(content), encoding="utf-8")
    tiny = Path(__file__).parents[1] / "data" / "tiny.toml"
    (tmp_path / "tiny.toml").write_text(tiny.read_text(encoding="utf-8"), encoding="utf-8")
    answer = call("validate", tmp_path / "tiny.toml")
    (warning,) = [line for line in answer.err.splitlines() if "of the kind building lie far" in line]
    assert said in warning

"""The generated district is deterministic, plausible and leaves every site in the clear."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dronesim.errors import InputError, OutputError
from dronesim.exchange import generate_district
from dronesim.exchange.writing import geojson_text, write_folder, write_map
from dronesim.geometry.projection import LocalFrame

ROOT = Path(__file__).parents[2]
SEEDS = (1, 7, 2021)
LOWEST_LEVEL_M = 60.0
ROOF_MARGIN_M = 20.0
CLEARANCE_M = 20.0


class District:
    """A map's features by kind, in local metres."""

    def __init__(self, collection: dict[str, Any]) -> None:
        self.frame = LocalFrame(*collection["origin"])
        self.features = collection["features"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [feature for feature in self.features if feature["properties"]["kind"] == kind]

    def values(self, kind: str, key: str) -> np.ndarray:
        return np.array([feature["properties"][key] for feature in self.of(kind)])

    def xy(self, kind: str) -> np.ndarray:
        return self.frame.to_local([feature["geometry"]["coordinates"] for feature in self.of(kind)])

    def polygons(self, kind: str) -> np.ndarray:
        rings = [feature["geometry"]["coordinates"][0] for feature in self.of(kind)]
        return np.array([shapely.Polygon(self.frame.to_local(ring)) for ring in rings])

    @property
    def sites(self) -> np.ndarray:
        return np.vstack([self.xy("takeoff_point"), self.xy("airport")])


@pytest.fixture(scope="module", params=SEEDS)
def district(request: pytest.FixtureRequest) -> District:
    return District(generate_district(seed=request.param))


def test_same_seed_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys; from dronesim.exchange import generate_district;"
        "from dronesim.exchange.writing import geojson_text;"
        "sys.stdout.write(geojson_text(generate_district(seed=7)))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert other.stdout == geojson_text(generate_district(seed=7))


def test_another_seed_gives_another_district() -> None:
    assert geojson_text(generate_district(seed=1)) != geojson_text(generate_district(seed=2))


@pytest.mark.parametrize("name", ["longgang-synthetic", "shenzhen-2022-synthetic"])
def test_shipped_maps_are_what_their_own_headers_say(name: str) -> None:
    text = (ROOT / "maps" / f"{name}.geojson").read_text(encoding="utf-8")
    head = json.loads(text)
    assert head["synthetic"] is True
    assert head["name"] == name
    assert geojson_text(generate_district(**head["arguments"])) == text


def test_counts_are_as_asked(district: District) -> None:
    kinds = {"takeoff_point": 5, "airport": 12, "no_fly": 3, "merchant": 60, "building": 1600}
    assert {kind: len(district.of(kind)) for kind in kinds} == kinds


def test_ids_are_unique(district: District) -> None:
    ids = [feature["properties"]["id"] for feature in district.features]
    assert len(set(ids)) == len(ids)


def test_heights_follow_the_stated_distribution(district: District) -> None:
    height = district.values("building", "height_m")
    assert np.mean((height >= 9) & (height <= 30)) > 0.75
    assert 0.03 < np.mean((height > 50) & (height < 100)) < 0.2
    assert 1 <= np.sum(height > 120) <= 0.02 * len(height)
    assert height.max() < 200


def test_buildings_are_simple_and_do_not_overlap(district: District) -> None:
    shapes = district.polygons("building")
    assert shapely.is_valid(shapes).all()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert np.array_equal(first, second)


def test_sites_stand_in_the_open(district: District) -> None:
    points = shapely.points(district.sites)[:, None]
    assert shapely.distance(points, district.polygons("building")[None]).min() >= 10.0
    assert shapely.distance(points, district.polygons("no_fly")[None]).min() >= 150.0


def test_no_building_near_a_site_reaches_the_lowest_level(district: District) -> None:
    is_tall = district.values("building", "height_m") > LOWEST_LEVEL_M - ROOF_MARGIN_M
    tall = district.polygons("building")[is_tall]
    assert shapely.distance(shapely.points(district.sites)[:, None], tall[None]).min() >= 80.0


def test_every_site_can_be_left_at_the_lowest_level(district: District) -> None:
    is_tall = district.values("building", "height_m") > LOWEST_LEVEL_M - ROOF_MARGIN_M
    obstacles = np.concatenate([district.polygons("building")[is_tall], district.polygons("no_fly")])
    blocked = shapely.union_all(shapely.buffer(obstacles, CLEARANCE_M))
    filled = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(blocked)])
    assert not shapely.intersects(filled, shapely.points(district.sites)).any()


def test_zones_lie_across_straight_ways_between_sites(district: District) -> None:
    ends = [(a, b) for a in district.xy("takeoff_point") for b in district.xy("airport")]
    is_crossed = shapely.intersects(shapely.linestrings(np.array(ends))[:, None], district.polygons("no_fly")[None])
    assert is_crossed.any(axis=0).all()
    assert 0.05 < is_crossed.any(axis=1).mean() < 0.6


def test_merchants_are_a_short_walk_from_their_takeoff_point(district: District) -> None:
    ids = list(district.values("takeoff_point", "id"))
    mine = [ids.index(name) for name in district.values("merchant", "takeoff_point")]
    walk_m = np.linalg.norm(district.xy("merchant") - district.xy("takeoff_point")[mine], axis=1)
    assert walk_m.min() >= 29.9
    assert walk_m.max() <= 150.1


def test_coverage_is_high_but_not_full(district: District) -> None:
    merchants, communities = district.xy("merchant"), district.xy("community")
    away_m = np.linalg.norm(merchants[:, None] - communities[None], axis=2)
    share = district.values("merchant", "weight")[:, None] * np.exp(-away_m / 1000.0)
    demand = share / share.sum(axis=0) * district.values("community", "weight")
    near = np.linalg.norm(communities[:, None] - district.xy("airport")[None], axis=2).argmin(axis=1)
    ids = list(district.values("takeoff_point", "id"))
    mine = [ids.index(name) for name in district.values("merchant", "takeoff_point")]
    flight_m = np.linalg.norm(district.xy("takeoff_point")[mine][:, None] - district.xy("airport")[near][None], axis=2)
    coverage = float(np.sum(demand * (flight_m <= 3000.0)) / demand.sum())
    assert 0.94 < coverage < 0.9999


def test_demand_is_the_floor_area_of_homes(district: District) -> None:
    footprint_m2 = shapely.area(district.polygons("building"))
    floors_m2 = footprint_m2 * district.values("building", "height_m") / 3.0
    homes_m2 = district.values("community", "weight").sum()
    assert 0.3 * floors_m2.sum() < homes_m2 < floors_m2.sum()


def test_unusable_numbers_are_all_named_at_once() -> None:
    with pytest.raises(InputError, match=r"size_m.*\n.*airports") as caught:
        generate_district(seed=1, size_m=float("nan"), airports=0)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("numbers", "key"),
    [({"buildings": 90_000}, "buildings"), ({"zones": 400}, "zones"), ({"airports": 5000}, "airports")],
)
def test_a_district_too_small_for_its_contents_is_refused(numbers: dict[str, int], key: str) -> None:
    with pytest.raises(InputError, match=key):
        generate_district(seed=1, **numbers)


def test_a_map_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "map.geojson"
    write_map(path, generate_district(seed=1, buildings=60))
    write_map(path, generate_district(seed=2, buildings=60))
    assert json.loads(path.read_text(encoding="utf-8"))["seed"] == 2
    assert [entry.name for entry in path.parent.iterdir()] == ["map.geojson"]


def test_a_full_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="not an empty folder"):
        write_folder(tmp_path, {"map.geojson": "{}"})
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="out: can't be written: No such file or directory"):
        write_folder(tmp_path / "out", {"good.txt": "1", "no/such/folder.txt": "2"})
    assert list(tmp_path.iterdir()) == []

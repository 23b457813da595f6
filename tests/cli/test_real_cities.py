"""Stress tests on real outlines: a real day of orders among real buildings, and real no-fly zones.

The orders are of Pereira, the buildings of Suzhou and shifted onto the same centre: nobody lives there. That shows
that real shapes are loaded, routed, flown and verified; the shares that come out mean nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping, shape

from command import DATA_SETS, call, needs_data_sets

pytestmark = [pytest.mark.slow, needs_data_sets]
ROOT = Path(__file__).parents[2]
METRES_PER_DEGREE = 111_320.0
LOW = "airspace.levels_m=[15.0, 25.0, 35.0]"
"""So low that real roofs are in the way."""

Feature = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def moved(feature: Feature, *, centre: Any, to: Any) -> Feature:
    """Shift a feature from around one centre to another, true to scale in metres."""
    stretch = np.array([np.cos(np.radians(centre[1])) / np.cos(np.radians(to[1])), 1.0])
    geometry = shapely.transform(shape(feature["geometry"]), lambda lonlat: (lonlat - centre) * stretch + to)
    return {**feature, "geometry": mapping(geometry)}


def middle(features: list[Feature]) -> Any:
    points = np.concatenate([shapely.get_coordinates(shape(feature["geometry"])) for feature in features])
    return (points.min(axis=0) + points.max(axis=0)) / 2


def heart(features: list[Feature]) -> Any:
    """Where most of the sites are."""
    return np.median(np.concatenate([shapely.get_coordinates(shape(feature["geometry"])) for feature in features]), 0)


def sites(features: list[Feature]) -> list[Feature]:
    return [feature for feature in features if feature["properties"]["kind"] in {"takeoff_point", "airport"}]


def kept_clear(blocks: list[Feature], places: list[Feature], *, metres: float) -> list[Feature]:
    """Leave out blocks that a site would stand in or beside; a planner would not have built there."""
    spots = shapely.union_all([shape(place["geometry"]) for place in places]).buffer(metres / METRES_PER_DEGREE)
    return [block for block in blocks if not shape(block["geometry"]).intersects(spots)]


def run_and_verify(scenario: Path, folder: Path, *settings: str) -> dict[str, Any]:
    options = [option for setting in settings for option in ("--set", setting)]
    said = call("run", scenario, "--tracks", "--out", folder, *options)
    assert said.code == 0, said.err
    verdict = call("verify", folder)
    assert verdict.code == 0, verdict.out
    return read(folder / "kpis.json")


def test_a_real_day_is_flown_among_three_thousand_real_buildings_without_a_loss_of_separation(tmp_path: Path) -> None:
    folder = tmp_path / "day"
    said = call("import", "rappi", DATA_SETS / "rappi" / "4", "--takeoff-points", 4, "--airports", 12, "--out", folder)
    assert said.code == 0, said.err
    (map_path,) = folder.glob("*.geojson")
    content = read(map_path)
    outlines = read(DATA_SETS / "buildings" / "suzhou.json")["features"]
    centre, to = middle(outlines), heart(sites(content["features"]))
    buildings = [
        moved(
            {
                "type": "Feature",
                "properties": {"kind": "building", "height_m": outline["properties"]["height"]},
                "geometry": outline["geometry"],
            },
            centre=centre,
            to=to,
        )
        for outline in outlines
    ]
    standing = kept_clear(buildings, sites(content["features"]), metres=20.0)
    assert len(standing) > 3000
    content["features"] += standing
    map_path.write_text(json.dumps(content), encoding="utf-8")
    kpis = run_and_verify(folder / "scenario.toml", tmp_path / "run", "airspace.mode=strategic", LOW)
    assert kpis["airspace"]["losses_of_separation"] == 0
    assert kpis["orders"]["placed"] == 844
    facts = read(tmp_path / "run" / "facts.json")
    assert max(len(route["points_m"]) for route in facts["routes"]) > 2, "no route leads around a building"


def test_a_district_between_the_real_zones_of_shenzhen_is_routed_flown_and_verified(tmp_path: Path) -> None:
    content = read(ROOT / "maps" / "longgang-synthetic.geojson")
    zones = [zone_of(number, feature) for number, feature in enumerate(real_zones())]
    to = middle([zone for zone in zones if "Heliport" in zone["properties"]["id"]]) + np.array([0.0, -0.03])
    district = [feature for feature in content["features"] if feature["properties"]["kind"] != "no_fly"]
    centre = middle(district)
    district = [moved(feature, centre=centre, to=to) for feature in district]
    low = [zone for zone in zones if zone["properties"]["floor_m"] <= 60.0]
    clear = {feature["properties"]["id"] for feature in kept_clear(sites(district), low, metres=40.0)}
    content["features"] = [
        feature
        for feature in district
        if feature["properties"]["kind"] not in {"takeoff_point", "airport"} or feature["properties"]["id"] in clear
    ] + zones
    for feature in content["features"]:
        for named in ("takeoff_point", "airport"):
            feature["properties"].pop(named, None)
    assert 5 + 12 > len(clear) >= 8
    (tmp_path / "map.geojson").write_text(json.dumps(content), encoding="utf-8")
    scenario = (ROOT / "scenarios" / "quickstart.toml").read_text(encoding="utf-8")
    scenario = scenario.replace("../maps/longgang-synthetic.geojson", "map.geojson")
    (tmp_path / "shenzhen.toml").write_text(scenario, encoding="utf-8")
    kpis = run_and_verify(tmp_path / "shenzhen.toml", tmp_path / "run", "airspace.mode=strategic", "demand.orders=800")
    assert kpis["airspace"]["losses_of_separation"] == 0
    assert kpis["orders"]["delivered"] > 500


def real_zones() -> list[Feature]:
    features: list[Feature] = read(DATA_SETS / "nofly" / "shenzhen.geojson")["features"]
    return features


def zone_of(number: int, feature: Feature) -> Feature:
    """A closed zone from the ground up, or one above a height limit."""
    named = f"{feature['properties']['name']} {number}"
    heights = {"floor_m": float(feature["properties"]["height"]), "ceiling_m": 1000.0}
    return {**feature, "properties": {"kind": "no_fly", "id": named, **heights}}

"""What is legal and odd is told with its value, the usual range and a remedy, in one line a rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from command import DATA, TINY, call, tiny_map
from dronesim.experiment import describe, prepare, set_up
from dronesim.experiment.oddities import MEASURED, USUAL, Usual, odd
from dronesim.scenario import load_scenario
from dronesim.scenario.complaints import known_keys

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))
Rows = list[dict[str, Any]]


@cache
def warnings(*settings: str) -> tuple[str, ...]:
    setting = set_up(load_scenario(TINY, settings))
    return tuple(describe(setting).content["warnings"])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("service.radius_m=3", "service.radius_m = 3 m; usual is 300 to 50,000 m: state metres, not kilometres"),
        ("service.radius_m=3", "coverage, the share of orders in range: service.radius_m = 3 m gives 0 %"),
        ("service.limit_min=900", "service.limit_min = 900 min; usual is 3 to 240 min"),
        ("takeoff_points.load_s=0.75", "takeoff_points.load_s = 0.75 s; usual is 3 to 900 s"),
        ("couriers.walk_mps=4.7", "couriers.walk_mps = 4.7 m/s; usual is 0.5 to 3 m/s"),
        ("fleet.drones=100", "more drones than orders: 100 drones for 58 orders"),
        ("airspace.levels_m=[60,150,300]", "airspace.levels_m = 150 m, airspace.levels_m = 300 m; usual is 20 to 120"),
        ('kitchens.preparation={kind="lognormal",mean_min=8.0,sd_min=80.0}', "a long tail in kitchens: "),
        ('horizon.zone="America/Bogota"', "clock and sun disagree: horizon.zone = America/Bogota 11.4 h"),
        ("drone.pack_wh=25", "no drone reaches the airport of any order in range: no pack of ideal, 25 Wh, lasts out"),
        ("weather.wind_mps=30", "no drone flies all day: even at the lowest level it blows 47.0 m/s"),
        ("drone.payload_kg=800", "drone.payload_kg = 800 kg; usual is 0.2 to 30 kg: state kilograms, not grams"),
    ],
)
def test_a_legal_value_that_is_likely_a_slip_is_told_with_what_is_usual(setting: str, said: str) -> None:
    assert any(warning.startswith(said) for warning in warnings(setting)), warnings(setting)
    assert not any(warning.startswith(said) for warning in warnings())


@pytest.mark.parametrize("told", ["gust_mps=20", "rain_mmh=50", "visibility_m=50", "temperature_c=59", "wind_mps=30"])
def test_no_pack_is_blamed_for_the_weather(told: str) -> None:
    found = [text for text in warnings(f"weather.{told}") if text.startswith("no drone")]
    assert [text.split(":")[0] for text in found] == ["no drone flies all day"]


def test_why_no_drone_reaches_anybody_is_tried_out() -> None:
    reaches = "no drone reaches the airport of any order in range"
    blown = next(text for text in warnings("drone.pack_wh=120", "weather.wind_mps=6") if text.startswith(reaches))
    assert "in the weather of this day" in blown
    assert "would be reached in still air" in blown
    empty = next(text for text in warnings("drone.pack_wh=25", "weather.wind_mps=1") if text.startswith(reaches))
    assert "in still air too (the wind is up to 1.9 m/s)" in empty


def moved(name: str, north_deg: float) -> Callable[[Rows], None]:
    def change(features: Rows) -> None:
        feature = next(each for each in features if each["properties"].get("id") == name)
        feature["geometry"]["coordinates"][1] += north_deg

    return change


def with_hours(features: Rows) -> None:
    for feature in features:
        if feature["properties"]["kind"] == "airport":
            feature["properties"]["opening_hours"] = "Mo-Fr 08:00-20:00"


def turned(features: Rows) -> None:
    """A map at 4.8 N, 75.7 W, with latitude first."""
    for feature in features:
        feature["geometry"]["coordinates"] = _turned(feature["geometry"]["coordinates"])


def _turned(found: Any) -> Any:
    if isinstance(found[0], list):
        return [_turned(each) for each in found]
    return [found[1] - 22.72 + 4.8, found[0] - 114.25 - 75.7]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (moved("A2", 0.4), "airports far from every take-off point: A2 45.4 km; usual is at most 20 km"),
        (moved("M1", 0.05), "merchants far from their take-off points: M1 5.58 km; usual is at most 2 km"),
        (moved("C1", 0.05), "communities far from their airports: C1 "),
        (with_hours, "properties of 3 features of the kind airport (first: A1) look like hours or limits and are not"),
        (turned, "the map lies near a pole: latitude 75.7 degrees; usual is at most 72 degrees: latitude and"),
    ],
)
def test_a_legal_map_that_is_likely_not_meant_is_told(
    change: Callable[[Rows], None], said: str, tmp_path: Path
) -> None:
    content = tiny_map()
    del content["origin"]
    change(content["features"])
    (tmp_path / "odd.geojson").write_text(json.dumps(content), encoding="utf-8")
    setting = set_up(load_scenario(TINY, [f'map="{tmp_path / "odd.geojson"}"']))
    found = [*setting.world.notes, *odd(setting, prepare(setting))]
    assert any(text.startswith(said) for text in found), found


def test_many_places_of_a_rule_are_one_line_with_a_count() -> None:
    (line,) = [text for text in warnings("airspace.levels_m=[130,140,150,160,170]") if "levels_m" in text]
    assert line.count("airspace.levels_m = ") == 3
    assert " and 2 more; usual is" in line


def keys_of(rule: Usual) -> Iterator[tuple[str, ...]]:
    yield from (path for path in known_keys() if ".".join(path) == rule.key)


def test_every_rule_is_of_a_key_that_there_is_and_leaves_its_default_alone() -> None:
    assert [rule.key for rule in USUAL if not list(keys_of(rule))] == []
    setting = set_up(load_scenario(DATA / "tiny.toml"))
    assert odd(setting, prepare(setting)) == []
    assert all(rule.low < rule.high and rule.remedy for rule in (*USUAL, *MEASURED))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_that_ships_is_odd(path: Path) -> None:
    setting = set_up(load_scenario(path, ["demand.orders=50"] if "tipping" not in path.stem else []))
    rules = [rule for rule in USUAL if list(rule.places(setting, prepare(setting)))]
    assert rules
    assert not [text for text in odd(setting, prepare(setting)) if not text.startswith("more drones")]


def test_what_is_odd_is_a_warning_and_no_refusal() -> None:
    answer = call("validate", TINY, "--set", "service.radius_m=3")
    assert answer.code == 0
    assert answer.err.startswith("warning: service.radius_m = 3 m")

"""What a planner reads first: `validate`, the days of a new scenario and an imported one, and words that explain."""

from __future__ import annotations

import copy
import json
import warnings
from pathlib import Path

import pytest

import dronesim
from command import TINY, call, tiny_map, write_rappi
from dronesim.report import words

AIR = {"separation_m": 30.0, "vertical_m": 9.0}


@pytest.fixture
def one_place(tmp_path: Path) -> Path:
    """A map whose take-off point and only airport share a position."""
    content = tiny_map()
    kept = []
    for feature in copy.deepcopy(content["features"]):
        kind = feature["properties"]["kind"]
        if feature["properties"].get("id") in ("T1", "A1") or kind in ("merchant", "community"):
            feature["properties"].pop("takeoff_point", None)
            feature["properties"].pop("airport", None)
            kept.append(feature)
    places = {feature["properties"]["id"]: feature["geometry"] for feature in kept}
    places["A1"]["coordinates"] = places["T1"]["coordinates"]
    path = tmp_path / "one.geojson"
    path.write_text(json.dumps({**content, "features": kept}))
    return path


def test_a_takeoff_point_may_share_its_place_with_its_only_airport(one_place: Path, tmp_path: Path) -> None:
    """Also in the pictures, which have nothing to be wide or high."""
    at = ("--set", f"map={one_place}")
    answer = call("validate", TINY, *at)
    assert answer.code == 0, answer
    assert "take-off point to airport: mean 0.00 km, max 0.00 km\n" in answer.out
    assert json.loads(call("validate", TINY, *at, "--json").out)["route_detour"] is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = call("run", TINY, *at, "--set", "demand.orders=20", "--tracks", "--out", tmp_path / "run", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    assert (tmp_path / "run" / "map.png").is_file()
    words = ("--replications", 2, "--vary", "fleet.drones=3,4", "--workers", 1, "--out", tmp_path / "sweep", "--quiet")
    assert call("sweep", TINY, *at, *words).code == 0
    assert call("report", tmp_path / "run", "--stress").code == 0


def test_a_mean_flight_is_a_flight_from_take_off_to_landing() -> None:
    """On a day on which nobody waits the flights last as long as was told before."""
    plenty = {"fleet.drones": 60, "airspace.mode": "none", "couriers.per_takeoff_point": 60, "takeoff_points.pads": 60}
    pads = {"airports.pads": 60, "airports.boxes": 200, "takeoff_points.loaders": 60, "airports.unloaders": 60}
    settings = [f"{key}={value}" for key, value in (plenty | pads).items()]
    words = [word for setting in settings for word in ("--set", setting)]
    told = json.loads(call("validate", TINY, *words, "--json").out)["airports"]
    legs = dronesim.run(TINY, set=settings).tables["legs"].to_pandas()
    flown = legs[legs["kind"] == "outbound"]
    means = (flown["landed_s"] - flown["departed_s"]).groupby(flown["to"]).mean()
    for airport in told:
        assert airport["flight_s"]["mean"] == pytest.approx(means[airport["id"]], abs=0.1)
        assert airport["ready_to_door_s"]["mean"] > airport["flight_s"]["mean"] + 30
        line = next(line for line in call("validate", TINY, *words).out.splitlines() if line.startswith(airport["id"]))
        assert line.endswith(f"{airport['flight_s']['mean'] / 60:.1f} min")


def test_a_new_scenario_and_an_imported_day_keep_all_flights_apart(tmp_path: Path) -> None:
    assert call("new", "scenario", tmp_path / "my.toml", "--map", TINY.with_name("tiny.geojson")).code == 0
    line = next(line for line in (tmp_path / "my.toml").read_text().splitlines() if 'mode = "strategic"' in line)
    assert line.endswith(' (left out: "headway")')
    assert dronesim.load_scenario(tmp_path / "my.toml").airspace.mode == "strategic"
    sites = ("--takeoff-points", 1, "--airports", 2)
    assert call("import", "rappi", write_rappi(tmp_path / "source"), *sites, "--out", tmp_path / "real").code == 0
    day = dronesim.run(tmp_path / "real" / "scenario.toml")
    assert day.facts["airspace"]["mode"] == "strategic"
    assert day.kpis["airspace"]["losses_of_separation"] == 0
    assert not any("losses of separation (" in line for line in day.lines())


@pytest.mark.parametrize("mode", ["none", "headway"])
def test_losses_of_separation_are_explained_where_they_stand(mode: str, tmp_path: Path) -> None:
    busy = {"airspace.mode": mode, "demand.orders": 120, "fleet.drones": 20}
    day = dronesim.run(TINY, set=busy, out=tmp_path / "run", report=False)
    assert day.kpis["airspace"]["losses_of_separation"] > 1
    (line,) = [line for line in day.lines() if line.startswith("Airspace")]
    page = day.report().read_text()
    for said in ("pairs of drones that came within 30 m of each other and 9 m of height", "keeps all apart"):
        assert said in line
        assert said in page
    assert mode in line


@pytest.mark.parametrize(("count", "mode"), [(0, "none"), (0, "strategic"), (None, "none")])
def test_where_nothing_was_lost_there_is_nothing_to_explain(count: int | None, mode: str) -> None:
    assert words.losses({"losses_of_separation": count}, {**AIR, "mode": mode}) is None


def test_losses_that_should_not_be_are_told_as_such() -> None:
    told = words.losses({"losses_of_separation": 3}, {**AIR, "mode": "strategic"})
    assert told is not None
    assert "strategic clearance should leave none: dronesim verify says more" in told
    assert told.count("strategic") == 1

"""Days run on weather that is read or drawn: their winds, their files, their orders, hours after midnight, verify."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import dronesim
from command import call
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.experiment.points import make_point
from dronesim.routing.schedule import MOST_TABLES
from dronesim.scenario import load_map, load_scenario
from dronesim.streams import Streams
from dronesim.weather.source import days_in, weather_of_day

DATA: Final = Path(__file__).parents[1] / "data"
HOUR: Final = 3600.0
HEAD: Final = f"""
name = "weather"
extends = "{DATA / "tiny.toml"}"
map = "{DATA / "tiny.geojson"}"
[fleet]
drone_type = "hexa-2.5kg"
drones = 6
"""
LATE: Final = """
[horizon]
start = "18:00"
end = "25:30"
drain_max_min = 60
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [f"{hour},{3 + hour % 24 / 8 + hour // 24 / 10:.3f},{5 * (hour % 72)}" for hour in range(96)]
    (tmp_path / "hours.csv").write_text("hour,wind_kt,wind_from_deg\n" + "\n".join(rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scenario_in(folder: Path, text: str, name: str = "day.toml") -> Path:
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        prepare(set_up(load_scenario(path)))
    return [str(problem) for problem in caught.value.problems]


# winds by replication


def test_replication_d_has_day_d_of_the_file(folder: Path) -> None:
    setting = set_up(load_scenario(scenario_in(folder, '[weather]\nfile = "hours.csv"\n')))
    source = setting.resolved.weather.source
    assert source is not None
    assert days_in(source) == 4
    for replication in range(5):
        inputs = prepare(setting, replication=replication)
        assert inputs.weather == weather_of_day(source, replication % 4, Streams(seed=1, replication=replication))
        factor = (60 / 10) ** 0.25
        speeds = [by_level[0].speed_mps / factor for _, by_level in inputs.winds]
        assert speeds == pytest.approx([row.wind.speed_mps for row in inputs.weather])
        assert [from_s for from_s, _ in inputs.winds] == [row.from_s for row in inputs.weather]


@pytest.mark.parametrize(("chosen", "day"), [('date = "2026-01-03"', 2), ("date = 2024-01-01", 0)])
def test_a_date_chooses_the_day_for_all_replications(folder: Path, chosen: str, day: int) -> None:
    text = f'[horizon]\n{chosen}\nstart = "10:00"\nend = "12:00"\n[weather]\nfile = "hours.csv"\n'
    setting = set_up(load_scenario(scenario_in(folder, text)))
    found = [prepare(setting, replication=replication).weather for replication in (0, 3)]
    assert found[0] == found[1]
    assert found[0][0].wind.speed_mps == pytest.approx((3 + 10 / 8 + day / 10) * 1852 / 3600, abs=1e-3)


def test_routes_of_days_in_the_same_wind_are_found_once_and_not_all_are_kept(folder: Path) -> None:
    text = '[weather]\nspeed_step_mps = 1.0\ndirection_step_deg = 90.0\nfile = "hours.csv"\n'
    setting = set_up(load_scenario(scenario_in(folder, text)))
    days = [prepare(setting, replication=replication) for replication in range(4)]
    known = {inputs.routes.at(from_s).brief for inputs in days for from_s, _ in inputs.winds}
    assert len(known) < sum(len(inputs.winds) for inputs in days)
    assert len(known) == len(setting.routes._tables) <= MOST_TABLES


def test_a_day_of_many_winds_keeps_no_more_tables_than_it_may(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dronesim.routing.schedule.MOST_TABLES", 2)
    setting = set_up(load_scenario(scenario_in(folder, '[weather]\nfile = "hours.csv"\n')))
    inputs = prepare(setting)
    first = inputs.routes.at(inputs.winds[0][0]).brief
    for from_s, _ in inputs.winds:
        inputs.routes.at(from_s)
    assert len(setting.routes._tables) == 2
    assert inputs.routes.at(inputs.winds[0][0]).brief == first


def test_weather_shifts_no_order_and_no_other_stream(folder: Path) -> None:
    texts = {
        "calm": '[horizon]\nstart = "10:00"\nend = "12:00"\n',
        "read": '[horizon]\nstart = "10:00"\nend = "12:00"\n[weather]\nfile = "hours.csv"\n',
        "drawn": '[horizon]\nstart = "10:00"\nend = "12:00"\ndate = 2026-06-01\n[weather.process]\n',
    }
    days = {
        name: prepare(set_up(load_scenario(scenario_in(folder, text, f"{name}.toml")))) for name, text in texts.items()
    }
    for name in ("read", "drawn"):
        assert days[name].weather
        for column in ("placed_s", "mass_kg", "preparation_s", "collection_s", "patience_s"):
            values = [getattr(days[kind].orders, column) for kind in ("calm", name)]
            np.testing.assert_array_equal(*values)


def test_a_missing_column_is_drawn_where_it_is_asked_for_and_else_not_counted(folder: Path) -> None:
    plain = '[horizon]\nstart = "10:00"\nend = "12:00"\ndate = 2026-01-02\n[weather]\nfile = "hours.csv"\n'
    drawn = plain + '[weather.process]\ndraws = ["gust", "temperature"]\n'
    one, other = (prepare(set_up(load_scenario(scenario_in(folder, text)))) for text in (plain, drawn))
    assert [row.wind for row in one.weather] == [row.wind for row in other.weather]
    assert {row.gust_mps for row in one.weather} == {None}
    for row in other.weather:
        assert row.gust_mps is not None
        assert row.gust_mps >= row.wind.speed_mps
        assert row.temperature_c is not None
        assert row.rain_mmh is None


# runs


@pytest.mark.usefixtures("no_pictures")
def test_a_run_keeps_its_weather_and_runs_again_to_the_same_bytes(folder: Path) -> None:
    path = scenario_in(folder, '[weather]\nfile = "hours.csv"\nday = 1\n')
    place = folder / "run"
    assert call("run", str(path), "--out", str(place), "--quiet").code == 0
    assert (place / "inputs" / "weather.csv").read_bytes() == (folder / "hours.csv").read_bytes()
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert "inputs/weather.csv" in manifest["inputs"]
    assert (
        tomllib.loads((place / "scenario.toml").read_text(encoding="utf-8"))["weather"]["file"] == "inputs/weather.csv"
    )
    assert call("verify", str(place), "--rerun").code == 0


def test_another_weather_file_is_another_point(folder: Path) -> None:
    scenario = load_scenario(scenario_in(folder, '[weather]\nfile = "hours.csv"\n'))
    before = make_point(scenario).content_hash
    (folder / "hours.csv").write_text("hour,wind_mps\n0,1\n", encoding="utf-8")
    assert make_point(scenario).content_hash != before


@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_a_day_that_ends_after_midnight_runs_and_verifies(folder: Path, mode: str) -> None:
    events = '[[events]]\nkind = "airport_closed"\nat = "24:20"\nairport = "A2"\nminutes = 20.0\n'
    changes = '[weather]\nwind_mps = 3.0\n[[weather.changes]]\nat = "24:10"\nwind_mps = 5.0\nwind_from_deg = 90.0\n'
    path = scenario_in(folder, f'{LATE}[airspace]\nmode = "{mode}"\n{changes}{events}')
    day = dronesim.run(path, set={"demand.orders": 300})
    placed_s = day.tables["orders"]["placed_s"].to_numpy()
    assert placed_s.max() > 25 * HOUR
    assert (placed_s > 24 * HOUR).mean() == pytest.approx(0.2, abs=0.1)
    incidents = day.tables["incidents"].to_pylist()
    assert any(row["kind"] == "airport_closed" and row["time_s"] == 24 * HOUR + 1200 for row in incidents)
    assert any(row["kind"] == "wind_changed" and row["time_s"] == 24 * HOUR + 600 for row in incidents) or mode
    assert [wind["from_s"] for wind in day.facts["wind"]] == [0.0, 24 * HOUR + 600]
    assert day.verify().is_clean


def test_a_zone_may_come_into_force_after_midnight(folder: Path) -> None:
    content = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    west, south, east, north = 114.2420, 22.7235, 114.2436, 22.7245
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    zone: dict[str, Any] = {"id": "Z", "kind": "no_fly", "from": "24:15", "to": "24:45"}
    geometry = {"type": "Polygon", "coordinates": [ring]}
    content["features"].append({"type": "Feature", "properties": zone, "geometry": geometry})
    (folder / "zone.geojson").write_text(json.dumps(content), encoding="utf-8")
    path = scenario_in(folder, LATE)
    text = path.read_text(encoding="utf-8").replace(f'map = "{DATA / "tiny.geojson"}"', 'map = "zone.geojson"')
    path.write_text(text, encoding="utf-8")
    place = folder / "run"
    assert call("run", str(path), "--tracks", "--out", str(place), "--quiet", "--set", "demand.orders=150").code == 0
    assert call("verify", str(place)).code == 0
    kinds = {(row["kind"], row["time_s"]) for row in dronesim.open_run(place).tables["incidents"].to_pylist()}
    assert ("zone_closed", 24.25 * HOUR) in kinds


def test_hours_after_midnight_have_the_weights_of_those_before(folder: Path) -> None:
    weights = [1.0] + [0.0] * 17 + [1.0, 0.0, 0.0, 0.0, 0.0, 3.0]
    path = scenario_in(folder, f"{LATE}[demand]\nprofile = {weights}\norders = 500\n")
    shares = set_up(load_scenario(path)).resolved.demand.hour_shares
    assert len(shares) == 26
    assert {hour: share for hour, share in enumerate(shares) if share} == {18: 0.2, 23: 0.6, 24: 0.2}


# validate


def test_validate_tells_what_a_file_has_what_was_converted_and_what_is_missing(folder: Path) -> None:
    path = scenario_in(folder, '[weather]\nfile = "hours.csv"\nday = 2\n')
    told = call("validate", str(path)).out
    assert f"weather: day 2 (3 January) of 4 whole days in {folder / 'hours.csv'}; wind 2.3 to 2.5 m/s" in told
    assert "wind from the file; not known, and not counted: gust, rain, temperature, visibility" in told
    assert "wind_kt is read as wind_mps: wind_kt x 0.514444" in told
    content = json.loads(call("validate", str(path), "--json").out)["weather"]
    assert content["not_counted"] == ["gust", "rain", "temperature", "visibility"]
    assert json.loads(call("validate", str(DATA / "tiny.toml"), "--json").out)["weather"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[weather]\nfile = "no.csv"\n', "weather.file: there is no such file"),
        ('[weather]\nfile = "hours.csv"\nwind_mps = 3.0\n', "weather.wind_mps: states the weather, which comes from"),
        ('[weather]\nfile = "hours.csv"\nday = 4\n', "weather.day: must be below the number of days of the file, 4"),
        ("[weather]\nday = 4\n", "weather.day: is of a weather file, and there is none"),
        ('[weather]\nformat = "epw"\n', "weather.format: is of a weather file, and there is none"),
        ('[weather]\nfile = "hours.csv"\nformat = "odt"\n', "weather.format: is not known; choose from csv, epw"),
        ("[weather.process]\n", "horizon.date: is needed for [weather.process], whose rain and temperature"),
        (
            '[horizon]\ndate = 2026-06-01\n[weather.process]\ndraws = ["rain"]\n',
            "weather.process: tells no wind; let [weather.process] draw it",
        ),
        (
            '[horizon]\ndate = 2024-02-29\n[weather]\nfile = "hours.csv"\n',
            "horizon.date: is not a day of the weather file, which has 01 January to 04 January; a typical year has no",
        ),
        (
            '[horizon]\ndate = 2024-01-02\n[weather]\nfile = "hours.csv"\nday = 1\n',
            "weather.day: can't stand beside horizon.date",
        ),
        ('[horizon]\ndate = "2026-02-30"\n', "horizon.date: must be a date such as 2026-06-01"),
        ('[horizon]\nzone = "Asia/Shangai"\n', "horizon.zone: must be the name of a time zone such as"),
        ('[horizon]\nend = "48:01"\n', 'horizon.end: must be a time of day such as "10:30", from 00:00 to 48:00'),
        (
            "[weather.process]\nwet_hour_mm = 0.5\n",
            "weather.process.wet_after_wet_share: makes spells that can't bring",
        ),
        ("[weather.process]\ngust_factor_p95 = 1.2\n", "weather.process.gust_factor_p95: must not be below"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(folder: Path, text: str, message: str) -> None:
    found = refused(scenario_in(folder, text))
    assert any(message in problem for problem in found), found


# the map


def test_a_map_may_state_how_high_it_lies(folder: Path) -> None:
    content = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    path = folder / "map.geojson"
    path.write_text(json.dumps(content | {"ground_amsl_m": 35, "geoid_m": -3.5}), encoding="utf-8")
    world = load_map(path)
    assert (world.ground_amsl_m, world.geoid_m) == (35.0, -3.5)
    plain = load_map(DATA / "tiny.geojson")
    assert (plain.ground_amsl_m, plain.geoid_m) == (None, None)
    path.write_text(json.dumps(content | {"ground_amsl_m": "35 m", "geoid_m": 900}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_map(path)
    rules = [f"{problem.key}: {problem.rule}" for problem in caught.value.problems]
    assert rules == ["ground_amsl_m: must be metres from -500 to 9000", "geoid_m: must be metres from -110 to 90"]

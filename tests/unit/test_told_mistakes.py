"""Mistakes in newer tables: each is told by key, value, rule and what was meant, and nothing is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

import dronesim
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.experiment.executors import WorkerError, local_executor
from dronesim.experiment.warn import warnings_of
from dronesim.scenario import Scenario, load_scenario
from dronesim.scenario.complaints import TAGS
from dronesim.scenario.drilling import drilled, read_drill
from dronesim.scenario.events import event_tables, tables_in
from dronesim.scenario.fields import Table
from dronesim.weather.csv_table import read_table
from dronesim.weather.findings import About

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
HOURS = "hour,wind_mps\n" + "".join(f"{hour},2\n" for hour in range(24))
STORM = """
[drill]
asks = "What does a storm cost?"
watches = ["service.share"]
winds = [{ at = "10:30", until = "11:00", wind_mps = 20.0 }]
"""


def told(folder: Path, text: str, horizon: str = "") -> list[str]:
    """Say what is wrong with the tiny scenario and a text more."""
    path = folder / "day.toml"
    path.write_text(f'extends = "{TINY}"\nname = "day"\n[horizon]\n{horizon}\n{text}\n', encoding="utf-8")
    try:
        set_up(load_scenario(path))
    except InputError as error:
        return [str(problem).partition(": ")[2] for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[link]\noutages = "exponential"', 'link.outages: must be a table, as { kind = "exponential" }'),
        ("[link]\noutages = true", "link.outages: must be a table (found true)"),
        (
            "[link]\noutages = { up_s = 3 }",
            'not a key of kind "none", which is meant where no kind is stated; state it',
        ),
        (
            '[link]\noutages = { kind = "exponential", every_days = 3 }',
            'link.outages.every_days: is not a key of kind "exponential" (found 3)',
        ),
        ('[navigation]\nmisses = { kind = "share", share = 1.0 }', "navigation.misses.share: must be at most 0.9"),
        (
            '[[events]]\nkind = "airport_closed"\nat = "10:30"\nairport = "A9"\nminutes = 5',
            "events[0].airport: is not an airport on the map, which has A1, A2, A3 (found 'A9')",
        ),
        (
            '[[events]]\nkind = "link_loss"\nat = "10:30"\narea = "K1"\nminutes = 5',
            "events[0].area: is not a link_area on the map, nor one of north half, east half, south half, west half",
        ),
        (
            '[[events]]\nkind = "airport_closed"\nat = "09:30"\nairport = "A1"\nminutes = 5',
            "events[0].at: lies outside the day, 10:00 to 14:00 with its drain (found '09:30')",
        ),
        (
            '[[shifts]]\nwhat = "couriers"\nstart = "10:00"\nto = "12:00"\ncount = 2',
            "shifts[0].start: is not a known key (found '10:00'); did you mean shifts[0].from?",
        ),
        (
            "[link]\nact_after_s = 5.0",
            "link.act_after_s: must not be below hold_after_s, 10 s: a silent drone holds before it returns or lands",
        ),
        ('[link]\nhold_after_s = 60.0\nafter = "land"', "link.act_after_s: must not be below hold_after_s, 60 s"),
        ("[faults]\nlosses_per_flight_hour = 1e9", "faults.losses_per_flight_hour: must be at most 1000"),
        ('[weather]\nfile = ""', "weather.file: must not be empty (found '')"),
        ('[weather]\nfile = "sub\\table.csv"', "a backslash begins one in TOML; write / instead, or '...'"),
    ],
)
def test_a_mistake_is_told_by_the_key_that_was_written(text: str, words: str, tmp_path: Path) -> None:
    assert any(words in problem for problem in told(tmp_path, text)), told(tmp_path, text)


def test_a_time_out_that_nothing_follows_may_be_longer_than_what_would_follow(tmp_path: Path) -> None:
    assert told(tmp_path, "[link]\nhold_after_s = 60.0") == []


@pytest.mark.parametrize(
    ("date", "found"),
    [("20260101", "20260101"), ("2026-01-01T10:00:00", "2026-01-01T10:00:00"), ("0001-01-01", "0001-01-01")],
)
def test_what_is_no_date_is_told_as_it_was_written(date: str, found: str, tmp_path: Path) -> None:
    (problem,) = told(tmp_path, "", horizon=f"date = {date}")
    assert problem.startswith("horizon.date: must be a date such as 2026-06-01")
    assert problem.endswith(f"(found {found})")


@pytest.mark.parametrize("key", ["gust_mps", "rain_mmh", "temperature_c", "visibility_m"])
def test_weather_that_is_stated_beside_a_file_is_refused(key: str, tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text(HOURS, encoding="utf-8")
    (problem,) = told(tmp_path, f'[weather]\nfile = "hours.csv"\n{key} = 0')
    rule = "states the weather, which comes from weather.file; leave one of them out"
    assert problem == f"weather.{key}: {rule} (found 0.0)"


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_cells_between_other_signs_are_told_once(sign: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(HOURS.replace("2\n", "2,5\n").replace(",", sign, 1), About(label="w.csv"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.rule) == (1, f"has {name} between its cells; write commas there, and decimal points")


def test_a_file_of_empty_lines_is_empty() -> None:
    with pytest.raises(InputError, match=r"w\.csv:1: weather: is empty"):
        read_table("\n\n  \n", About(label="w.csv"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[navigation]\ngo_around_s = 60.0", "navigation.go_around_s: not used without navigation.misses"),
        ("[navigation]\nexcursion_m = 9.0", "navigation.excursion_m: not used without navigation.excursions_per_h"),
        ('[link]\nafter = "hold"', "link.after: not used without link.outages, or an event of kind link_loss"),
        ("[faults.charger_fails]\nmedian_min = 5.0", "median_min: not used without faults.charger_fails.every_h"),
        ("[riders]\nroad_mps = 4.0", "riders.road_mps: not used without riders.per_takeoff_point"),
        ("[risk]\nshelter = 0.3", "risk.shelter: not used without risk.people_per_km2, or an area of kind people"),
        ("[noise]\nhome_limit_dba = 50.0", "noise.home_limit_dba: not used without noise.at_homes"),
        ("[noise]\nreceiver_m = 3.0", "noise.receiver_m: not used without noise.at_homes, or a place on the map"),
        ('[weather]\naloft = "land"', "weather.aloft: not used without more of the weather than its winds"),
        ("[weather]\ngust_mps = 5.0\nforecast_error = 0.1", 'not used without weather.forecast = "series"'),
        (
            "[weather]\nwind_mps = 6.0\ngust_mps = 2.0",
            "a gust of 2 m/s in a mean wind of 6 m/s, and no gust is below it",
        ),
        (
            '[weather]\ntemperature_c = 35.0\nchanges = [{ at = "11:00", wind_mps = 3.0 }]',
            "weather.changes[0]: doesn't tell temperature_c again",
        ),
    ],
)
def test_what_is_stated_and_does_nothing_is_told(text: str, words: str, tmp_path: Path) -> None:
    assert told(tmp_path, text) == []
    setting = set_up(load_scenario(tmp_path / "day.toml"))
    found = warnings_of(setting, prepare(setting))
    assert len(found) == 1
    assert words in found[0]


def test_a_drill_of_winds_is_refused_where_they_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text(HOURS, encoding="utf-8")
    assert told(tmp_path, '[weather]\nfile = "hours.csv"') == []
    (tmp_path / "storm.toml").write_text(f"{STORM}[weather]\nrain_mmh = 3.0\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        drilled(load_scenario(tmp_path / "day.toml"), read_drill(str(tmp_path / "storm.toml")))
    rule = "states the weather, which comes from weather.file in the scenario that is drilled; drill one that states it"
    assert [(problem.line, problem.key, problem.rule) for problem in caught.value.problems] == [
        (5, "drill.winds", rule),
        (7, "weather.rain_mmh", rule),
    ]


def test_a_drill_keeps_what_is_known_of_the_weather(tmp_path: Path) -> None:
    """Its storm leaves the base's temperature, and its own temperature lasts through the base's changes of wind."""
    changes = 'changes = [{ at = "10:45", wind_mps = 3.0, temperature_c = 21.0 }]'
    told(tmp_path, f"[weather]\ntemperature_c = 20.0\ngust_mps = 4.0\n{changes}")
    base = load_scenario(tmp_path / "day.toml")
    (tmp_path / "storm.toml").write_text(STORM, encoding="utf-8")
    stormy = drilled(base, read_drill(str(tmp_path / "storm.toml"))).weather.changes
    assert [(each.at, each.wind_mps, each.temperature_c, each.gust_mps) for each in stormy] == [
        ("10:30", 20.0, 20.0, 20.0),
        ("11:00", 3.0, 21.0, None),
    ]
    hot = drilled(base, read_drill("hot-day")).weather
    assert {hot.temperature_c, *(change.temperature_c for change in hot.changes)} == {38.0}
    assert [change.wind_mps for change in hot.changes] == [3.0]


def test_a_relative_folder_with_a_colon_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dronesim.repeat(TINY, replications=2, set={"demand.orders": 5}, out="exp:1")
    dronesim.run(TINY, set={"demand.orders": 5}, out="exp:2")
    assert (tmp_path / "exp:1" / "results.parquet").is_file()
    assert dronesim.open_run("exp:2").verify().is_clean


def test_workers_that_cant_be_started_say_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr("dronesim.experiment.executors.forkserver.ensure_running", refuse)
    words = r"AF_UNIX path too long; name a shorter folder .*TMPDIR.*--workers 1"
    with pytest.raises(WorkerError, match=words), local_executor(2):
        pass


def test_all_kinds_of_tables_are_known_variants() -> None:
    """A kind's name stands in the checker's paths, and has to be taken out of them."""
    kinds = {
        kind
        for table in _tables(Scenario)
        if "kind" in table.model_fields and table not in event_tables()
        for kind in get_args(table.model_fields["kind"].annotation)
    }
    assert kinds >= {"precision", "exponential", "lognormal"}
    assert kinds <= TAGS


def _tables(model: type[Table]) -> set[type[Table]]:
    found: set[type[Table]] = set()
    for info in model.model_fields.values():
        annotation: Any = info.annotation
        for inner in tables_in(annotation, ()):
            found |= {inner, *_tables(inner)}
    return found

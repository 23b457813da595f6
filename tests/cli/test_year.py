"""``dronesim year``: day d is replication d in its weather, and beside it the same day in calm."""

from __future__ import annotations

import csv
import datetime
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import dronesim
from command import DATA_SETS, TINY, call, command, environment, needs_data_sets
from dronesim.api.asking import settings_of
from dronesim.experiment.study import Study
from dronesim.experiment.year_days import days_of_year, month_of
from dronesim.report.experiment_answers import year_answer
from dronesim.report.year import year_lines
from dronesim.streams import Streams

BASE = TINY.with_name("drilled.toml")
WINDS = (2.0, 40.0, 4.0, 9.0)
"""Of a stand-in for weather, day by day at 10 m: on the second and the fourth day no drone may fly."""


def winds_of_day(day: int) -> Mapping[str, Any]:
    """A storm until two o'clock on every fifth day, else a steady wind."""
    if day % 5 == 4:
        return {"weather.wind_mps": 30.0, "weather.changes": [{"at": "14:00", "wind_mps": 3.0}]}
    return {"weather.wind_mps": WINDS[day % 5]}


def write(folder: Path, weather: str) -> Path:
    path = folder / "windy.toml"
    path.write_text(f'extends = "{BASE}"\n[weather]\n{weather}\n', encoding="utf-8")
    return path


def test_a_month_is_that_of_a_year_of_365_days() -> None:
    first = datetime.date(2023, 1, 1)
    for day in range(365):
        assert month_of(day) == (first + datetime.timedelta(days=day)).month
    assert (month_of(365), month_of(364), month_of(31), month_of(30)) == (1, 12, 2, 1)


def test_each_day_is_its_replication_in_its_weather_and_in_calm() -> None:
    """The days of the year are those of single runs with the same number, to the last figure."""
    found = dronesim.year(BASE, days=4, each_day=winds_of_day)
    for day in range(4):
        windy = dronesim.run(BASE, replication=day, set=winds_of_day(day))
        calm = dronesim.run(BASE, replication=day)
        for record, single in ((found.records[day], windy), (found.calm[day], calm)):
            assert record["replication"] == day
            assert record["kpis"]["orders"] == single.kpis["orders"]
            assert record["kpis"]["service"] == single.kpis["service"]
    placed = [[record["kpis"]["orders"]["placed"] for record in side] for side in (found.records, found.calm)]
    assert placed[0] == placed[1]
    assert found.flyable.tolist() == [1.0, 0.0, 1.0, 0.0]
    levels = [[record["kpis"]["service"]["share"] for record in side] for side in (found.records, found.calm)]
    assert found.all.difference.mean == pytest.approx(np.mean(np.array(levels[0]) - np.array(levels[1])))
    assert levels[0][1] == 0.0


@needs_data_sets
@pytest.mark.slow
@pytest.mark.parametrize(
    ("level_m", "blown", "half_or_more", "under_half"), [(60.0, 0.031, 9, 6), (120.0, 0.072, 23, 14)]
)
def test_a_typical_year_of_shenzhen_is_flyable_as_counted_by_hand(
    level_m: float, blown: float, half_or_more: int, under_half: int
) -> None:
    """Hours above 10.8 m/s in the opening hours, by the file's own winds lifted to the level."""
    path = DATA_SETS / "weather" / "shenzhen_typical_year.csv"
    hours = ("horizon.start=10:00", "horizon.end=20:00", f"airspace.levels_m=[{level_m}]", f"weather.file={path}")
    of_year = days_of_year(Study(path=BASE, settings=hours), days=365, settings_of_day=None)
    flyable = [of_year.flyable_in_winds(day) for day in range(365)]
    with path.open(encoding="utf-8") as file:
        speeds_mps = [float(row["wind_mps"]) for row in csv.DictReader(file)]
    lifted = np.array(speeds_mps).reshape(365, 24)[:, 10:20] * (level_m / 10) ** 0.25
    assert flyable == pytest.approx((lifted <= 10.8).mean(axis=1))
    assert 1 - np.mean(flyable) == pytest.approx(blown, abs=0.0005)
    shares = np.round(flyable, 9)
    assert ((shares <= 0.5).sum(), (shares < 0.5).sum()) == (half_or_more, under_half)


@pytest.mark.parametrize(("lost_below", "lost"), [(0.0, 0), (0.2, 1), (0.5, 2), (0.75, 3), (1.0, 3)])
def test_a_day_is_lost_with_too_little_of_it_flyable(lost_below: float, lost: int) -> None:
    """Flyable shares of 1, 5/7, 2/7 and 0 of the opening hours from 11:00 to 14:30."""
    storms = [
        {},
        {"weather.changes": [{"at": "13:30", "wind_mps": 30.0}]},
        {"weather.changes": [{"at": "12:00", "wind_mps": 30.0}]},
        {"weather.wind_mps": 30.0},
    ]
    found = dronesim.year(BASE, days=4, each_day=lambda day: storms[day], lost_below=lost_below, set=FEW)
    assert found.flyable.tolist() == pytest.approx([1.0, 5 / 7, 2 / 7, 0.0])
    assert (found.all.lost, found.months[0].lost) == (lost, lost)


FEW = {"demand.orders": 10}


def test_months_are_told_with_days_lost_and_paired_differences(tmp_path: Path) -> None:
    found = dronesim.year(BASE, days=33, each_day=winds_of_day, out=tmp_path, set={"demand.orders": 20})
    assert [(month.name, month.days) for month in found.months] == [("Jan", 31), ("Feb", 2)]
    assert sum(month.lost for month in found.months) == found.all.lost == 19
    content = json.loads((tmp_path / "year.json").read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(found.content()))
    table = pq.read_table(tmp_path / "results.parquet").to_pandas()
    sides = {side: rows.set_index("replication") for side, rows in table.groupby("side")}
    assert set(sides) == {"weather", "calm"}
    january = {side: rows[rows["month"] == 1]["service_share"] for side, rows in sides.items()}
    told = content["months"][0]
    assert told["service_share"]["mean"] == pytest.approx(january["weather"].mean())
    assert told["service_share_in_calm"]["mean"] == pytest.approx(january["calm"].mean())
    assert told["difference"]["mean"] == pytest.approx((january["weather"] - january["calm"]).mean())
    assert told["difference"]["high"] < 0
    assert told["flyable_share"] == pytest.approx(sides["weather"]["flyable_share"].iloc[:31].mean())
    assert [day["is_lost"] for day in content["days"][:5]] == [False, True, False, True, True]
    assert (tmp_path / "year.png").is_file()


def test_the_table_tells_what_the_json_says(tmp_path: Path) -> None:
    scenario = write(tmp_path, 'changes = [{ at = "12:00", wind_mps = 30 }, { at = "13:00", wind_mps = 2 }]')
    words = ("year", scenario, "--days", 33, "--out", tmp_path / "out", "--workers", 1, "--set", "demand.orders=20")
    content = json.loads(call(*words, "--json", "--quiet").out)
    told = call(*words).out.splitlines()
    assert [line.split()[0] for line in told[1:4]] == ["Jan", "Feb", "all"]
    for line, spell in zip(told[1:4], [*content["months"], content["all"]], strict=True):
        cells = line.split()
        assert [int(cell) for cell in cells[1:3]] == [spell["days"], spell["days_lost"]]
        assert float(cells[3]) == pytest.approx(100 * spell["flyable_share"], abs=0.051)
        assert float(cells[5]) == pytest.approx(100 * spell["service_share"]["mean"], abs=0.051)
        assert f"{100 * spell['difference']['mean']:+.2f} (" in line
    assert content["all"]["flyable_share"] == pytest.approx(5 / 7)
    assert "under 50 % of the opening hours flyable" in told[-1]
    assert "under 80 % of" in call(*words, "--lost-below", 0.8).out


def test_calm_has_nothing_of_the_weather_and_everything_else(tmp_path: Path) -> None:
    scenario = write(tmp_path, 'wind_mps = 5\nair_density_kgm3 = 1.1\nchanges = [{ at = "12:00", wind_mps = 3 }]')
    found = dronesim.year(scenario, days=2)
    still = dronesim.run(BASE, set={"weather.air_density_kgm3": 1.1}, replication=1)
    assert found.calm[1]["kpis"]["energy"] == still.kpis["energy"]
    assert found.records[1]["kpis"]["energy"] != still.kpis["energy"]


def test_a_day_may_have_anything_beside_the_scenario() -> None:
    found = dronesim.year(BASE, days=3, each_day=lambda day: {"fleet.drones": 2 + day}, set=FEW)
    for records in (found.records, found.calm):
        assert [record["kpis"]["fleet"]["drones"] for record in records] == [2, 3, 4]
    assert found.all.difference.mean == 0
    assert year_lines(found)[-1].startswith("Every day is as it is in calm"), "no weather is stated"


def hours_from(folder: Path, first: str, days: int, *, stormy: int, unknown: int = -1) -> Path:
    """Write winds of some days hour by hour, a storm on one of them, and one that is not known."""
    begin = datetime.datetime.fromisoformat(first)
    rows = ["time,wind_mps"]
    for hour in range(24 * days):
        wind = {stormy: "30", unknown: ""}.get(hour // 24, "2")
        rows.append(f"{begin + datetime.timedelta(hours=hour):%Y-%m-%dT%H:%M},{wind}")
    path = folder / "station.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_a_file_of_nothing_but_winds_makes_a_year_by_the_dates_of_its_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of five days from 30 March on the third is not known: the fourth follows the second, and is in April."""
    path = hours_from(tmp_path, "2026-03-30", 5, stormy=1, unknown=2)
    found = dronesim.year(BASE, days=4, set={**FEW, "weather.file": str(path)})
    assert capsys.readouterr().err == ""
    assert found.flyable.tolist() == [1.0, 0.0, 1.0, 1.0]
    assert [(month.name, month.days, month.lost) for month in found.months] == [("Mar", 2, 1), ("Apr", 2, 0)]
    assert [day["month"] for day in found.content()["days"]] == [3, 3, 4, 4]


def test_a_year_that_is_longer_than_its_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = hours_from(tmp_path, "2026-03-30", 3, stormy=1, unknown=2)
    found = dronesim.year(BASE, days=4, set={**FEW, "weather.file": str(path)})
    told = "warning: the weather file has 2 whole days: after the last of them its first comes again\n"
    assert (found.first_day, found.weather_days) == ("30 March", 2)
    assert {key: found.content()[key] for key in ("first_day", "weather_days")} == {
        "first_day": "30 March",
        "weather_days": 2,
    }
    again = "The weather is that of 2 days of a file, which comes again"
    assert again in "\n".join(year_lines(found))
    assert again in "\n".join(year_answer(found).notes)
    assert capsys.readouterr().err == told
    assert found.flyable.tolist() == [1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("given", [{"weather.day": 1}, {"horizon.date": "2026-03-31"}])
def test_a_year_of_one_day_of_a_file_is_refused(given: Mapping[str, Any], tmp_path: Path) -> None:
    path = hours_from(tmp_path, "2026-03-30", 3, stormy=1)
    with pytest.raises(dronesim.InputError, match="gives all days of the year the weather of one day") as caught:
        dronesim.year(BASE, days=2, set={**FEW, "weather.file": str(path), **given})
    assert caught.value.problems[0].key == next(iter(given))
    chosen = dronesim.year(BASE, days=2, each_day=lambda _: given, set={**FEW, "weather.file": str(path)})
    assert chosen.flyable.tolist() == [0.0, 0.0]


def test_drawn_weather_has_the_dates_of_a_year(tmp_path: Path) -> None:
    """With a temperature that is that of its month alone, each day has that of its own month."""
    rows = [float(month) for month in range(1, 13)]
    process = {"draws": ["wind", "temperature"], "temperature_c": rows, "temperature_sd_c": 0, "temperature_swing_c": 0}
    given = {**FEW, "weather.process": process, "horizon.date": "2026-07-20"}
    of_year = days_of_year(Study(path=BASE, settings=settings_of(given)), days=60, settings_of_day=None)
    assert of_year.months() == tuple([1] * 31 + [2] * 28 + [3])
    for day in (0, 31, 59):
        weather = of_year.plans[day].day(Streams(seed=1, replication=day))
        assert {row.temperature_c for row in weather} == {float(of_year.months()[day])}
    found = dronesim.year(BASE, days=1, set=given)
    assert found.records[0]["kpis"]["weather"]["flyable_share"] == found.flyable[0]


def test_what_a_day_tells_of_its_weather_counts_before_stated_winds(monkeypatch: pytest.MonkeyPatch) -> None:
    import dronesim.experiment.bench as bench

    measured = bench.kpis
    told = {"flyable_share": 0.25}
    monkeypatch.setattr(bench, "kpis", lambda tables, facts: {**measured(tables, facts), "weather": told})
    found = dronesim.year(BASE, days=2, set=FEW)
    assert found.flyable.tolist() == [0.25, 0.25]
    assert found.all.lost == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--days", 0), "must be at least 1"),
        (("--days", "many"), "must be a whole number"),
        (("--lost-below", 1.5), "must lie between 0 and 1"),
        (("--set", "weather.wnd_mps=3"), "did you mean weather.wind_mps?"),
    ],
)
def test_a_mistake_is_named_before_anything_is_run(words: tuple[object, ...], told: str, tmp_path: Path) -> None:
    answer = call("year", BASE, *words, "--out", tmp_path / "out", "--workers", 1)
    assert answer.code == 2
    assert told in answer.err
    assert not (tmp_path / "out").exists()


def test_mistakes_from_python_are_named(tmp_path: Path) -> None:
    with pytest.raises(dronesim.InputError, match="must be a share, 0 to 1"):
        dronesim.year(BASE, lost_below=50)
    with pytest.raises(dronesim.InputError, match="must be at least 1"):
        dronesim.year(BASE, days=0)
    with pytest.raises(dronesim.InputError) as caught:
        dronesim.year(BASE, days=3, each_day=lambda day: {"weather.wind_mps": -day}, out=tmp_path / "out")
    assert [problem.value for problem in caught.value.problems] == [-1, -2]


def test_a_killed_year_goes_on_from_the_days_that_are_done(tmp_path: Path) -> None:
    words = ("year", BASE, "--days", 6, "--set", "weather.wind_mps=3", "--set", "demand.orders=900", "--json")
    with subprocess.Popen(
        command(*words, "--out", tmp_path, "--workers", 2), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), start_new_session=True,
    ) as running:  # fmt: skip
        until_s = time.monotonic() + 60
        while len(list((tmp_path / "replications").glob("*.json"))) < 3 and time.monotonic() < until_s:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=20)
    time.sleep(0.5)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}
    assert 3 <= len(before) < 12
    again = call(*words, "--out", tmp_path, "--workers", 1)
    assert again.code == 0
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").glob("*.json")}
    assert len(after) == 12
    assert before.items() <= after.items()
    assert json.loads(call(*words, "--out", tmp_path / "fresh", "--workers", 2).out) == json.loads(again.out)

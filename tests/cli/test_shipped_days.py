"""The days that the project is judged by: shipped scenarios and real orders, from file to verified measures."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from command import DATA_SETS, Answer, call, needs_data_sets
from dronesim import measure

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ENDS = ("collected", "unclaimed", "refused", "cancelled", "ground", "lost", "open")


@dataclass(frozen=True)
class Day:
    """A run, what it said and what it measured."""

    folder: Path
    said: Answer
    kpis: dict[str, Any]


def run_and_verify(scenario: Path, folder: Path) -> Day:
    said = call("run", scenario, "--out", folder)
    assert said.code == 0, said.err
    verdict = call("verify", folder)
    assert verdict.code == 0, verdict.out
    return Day(folder=folder, said=said, kpis=json.loads((folder / "kpis.json").read_text(encoding="utf-8")))


def orders_of(day: Day) -> list[dict[str, Any]]:
    return pq.read_table(day.folder / "orders.parquet", columns=["order_id", "end_state"]).to_pylist()


def assert_all_accounted_for(day: Day) -> None:
    counts, rows = day.kpis["orders"], orders_of(day)
    assert len(rows) == len({row["order_id"] for row in rows}) == counts["placed"]
    ends = Counter(row["end_state"] for row in rows)
    assert {state: ends[state] for state in ENDS} == {state: counts[state] for state in ENDS}
    assert sum(ends.values()) == counts["placed"]


def features_of(day: Day) -> Counter[str]:
    content = json.loads((day.folder / "inputs" / "map.geojson").read_text(encoding="utf-8"))
    return Counter(feature["properties"]["kind"] for feature in content["features"])


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return run_and_verify(ROOT / "scenarios" / "quickstart.toml", tmp_path_factory.mktemp("days") / "quickstart")


@pytest.fixture(scope="module")
def shenzhen(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return run_and_verify(ROOT / "scenarios" / "shenzhen-2022.toml", tmp_path_factory.mktemp("days") / "shenzhen")


def test_quickstart_is_a_verified_day_of_2500_orders_in_a_whole_district(quickstart: Day) -> None:
    assert_all_accounted_for(quickstart)
    assert 2300 < quickstart.kpis["orders"]["placed"] < 2700
    found = features_of(quickstart)
    assert (found["takeoff_point"], found["airport"], found["no_fly"]) == (5, 12, 3)
    assert found["building"] >= 1000


def test_quickstart_says_that_its_map_is_made_up(quickstart: Day) -> None:
    head = (quickstart.folder / "inputs" / "map.geojson").read_text(encoding="utf-8").partition('"features"')[0]
    assert "synthetic" in head
    assert "synthetic" in (quickstart.folder / "scenario.toml").read_text(encoding="utf-8")


def test_the_fleet_of_quickstart_is_near_the_point_where_the_service_level_falls(quickstart: Day) -> None:
    """On this one day a fifth more drones gain hardly anything, and a fifth less lose much."""
    path = ROOT / "scenarios" / "quickstart.toml"
    less, more = (measure(path, settings=[f"fleet.drones={drones}"])["service"]["share"] for drones in (76, 114))
    share = quickstart.kpis["service"]["share"]
    assert share > 0.75
    assert share - less > 0.1
    assert abs(more - share) < 0.04


def test_shenzhen_closes_at_the_published_figures(shenzhen: Day) -> None:
    assert_all_accounted_for(shenzhen)
    found, kpis = features_of(shenzhen), shenzhen.kpis
    assert (found["takeoff_point"], found["airport"]) == (5, 12)
    assert kpis["fleet"]["drones"] > 100
    assert 250 < kpis["orders"]["placed"] < 350
    assert 11 * 60 < kpis["click_to_door_s"]["mean"] < 15 * 60
    assert kpis["service"]["share"] > 0.75


def test_shenzhen_says_that_it_is_calibrated_and_not_proof() -> None:
    text = (ROOT / "scenarios" / "shenzhen-2022.toml").read_text(encoding="utf-8").lower()
    assert "assumption" in text
    assert "calibration" in text


SOURCES = {
    "rappi": ("rappi", DATA_SETS / "rappi" / "4", "orders.csv", ",", 844),
    "mdrplib": ("mdrplib", DATA_SETS / "mdrplib" / "0o100t100s2p100", "orders.txt", "\t", 505),
}


@needs_data_sets
@pytest.mark.parametrize("name", SOURCES)
def test_a_real_day_runs_from_import_to_verified_measures(name: str, tmp_path: Path) -> None:
    kind, source, sheet, delimiter, count = SOURCES[name]
    sites = ("--takeoff-points", 4, "--airports", 12)
    imported = call("import", kind, source, *sites, "--out", tmp_path / "day")
    assert (imported.code, imported.err) == (0, "")
    assert "walk" in imported.out
    day = run_and_verify(tmp_path / "day" / "scenario.toml", tmp_path / "run")
    assert_all_accounted_for(day)
    with (source / sheet).open(encoding="utf-8", newline="") as file:
        given = [row[0] for row in list(csv.reader(file, delimiter=delimiter))[1:]]
    assert sorted(row["order_id"] for row in orders_of(day)) == sorted(given)
    assert len(given) == count
    _ceiling_is_told(day)


def _ceiling_is_told(day: Day) -> None:
    """With real kitchens no fleet delivers in time; terminal and page say so in words."""
    service, words = day.kpis["service"], "no fleet can reach the target: even with unlimited drones and no queues"
    assert service["share"] <= service["ceiling"] < 0.2 < service["target"]
    assert words in day.said.out
    assert "kitchens take" in day.said.out
    assert words in (day.folder / "report.html").read_text(encoding="utf-8").lower()
    assert service["share_ready_clock"] > service["share"]

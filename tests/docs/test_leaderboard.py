"""The leaderboard in the docs: all policies that ship, below the bound on every day, and a sample of it run again."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from dronesim.api import benchmarks
from dronesim.api.benchmarks import verify_bench
from dronesim.dispatch import POLICIES
from dronesim.experiment.benchmark.results import Result, read_result
from dronesim.experiment.benchmark.running import Stage
from dronesim.experiment.benchmark.seeds import LATENCY, REPORTING, SHIFTED
from dronesim.experiment.benchmark.suite import open_suite
from dronesim.report.benchmark import leaderboard
from playing import InThisProcess

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "leaderboard.json"
SUITE = ROOT / "benchmarks" / "dispatch"


@pytest.fixture(scope="module")
def result() -> Result:
    return read_result(FILE)


def test_the_page_is_written_from_its_result(result: Result) -> None:
    said = (ROOT / "docs" / "leaderboard.md").read_text(encoding="utf-8")
    assert said == leaderboard(result), "run dronesim bench table"


def test_every_policy_that_ships_is_there_on_all_days_of_the_protocol(result: Result) -> None:
    suite, seeds = open_suite(SUITE), {"main": REPORTING, "shifted": SHIFTED, "latency": LATENCY}
    assert result.hashes == {contest.name: contest.sha256 for contest in suite.contests}
    assert {each["policy"] for each in result.policies} == set(POLICIES), "run dronesim bench table"
    for each in result.policies:
        for contest in suite.contests:
            assert list(each["days"][contest.name]) == [str(seed) for seed in seeds[contest.set]]


def test_no_policy_is_above_the_bound_on_any_day_and_every_scenario_counts(result: Result) -> None:
    for each in result.policies:
        for scenario, found in each["days"].items():
            assert all(day["share"] <= result.bounds[scenario][seed] + 1e-9 for seed, day in found.items())
    assert not any(found.is_apart for found in result.scores()[0].scenarios.values())


def test_a_sample_of_its_days_comes_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmarks, "Stage", functools.partial(Stage, begin=InThisProcess))
    found = verify_bench(FILE, suite=SUITE, sample=2, seed=3, workers=1)
    assert [each.other for each in found] == [(), ()], "run dronesim bench table"

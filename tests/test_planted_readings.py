"""Days that are not as their scenario or their trace states them: the checker reads both again, and sees it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from dronesim.experiment.run import RunRequest, run_day, write_day
from dronesim.scenario import load_scenario
from dronesim.verify import verify_run

TINY = "tests/data/tiny.toml"
TRACE = Path("tests/golden/shared-orders.csv").absolute()
FEW = {"demand.orders": 30, "horizon.end": "'11:00'", "fleet.drones": 3}
SCATTERED = "{kind='uniform',spread_s=5.0}"


def run(place: Path, keys: dict[str, Any]) -> Path:
    """Save a day, which is clean."""
    scenario = load_scenario(TINY, [f"{key}={value}" for key, value in keys.items()])
    request = RunRequest(scenario=scenario, folder=place.parent, policy=None, has_tracks=False)
    assert [text for check in verify_run(write_day(run_day(request), place)).checks for text in check.violations] == []
    return place


def told(place: Path, check: str) -> str:
    return "\n".join(each for its in verify_run(place).checks if its.name == check for each in its.violations)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("traced") / "run", {"demand": f"{{model='trace',file='{TRACE}'}}"})


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("a1,10:00:10,M1", "a1,10:00:10.500,M1", "order 'a1' was placed"),
        ("a1,10:00:10,M1", "a1,10:00:10,M2", "is of merchant M1, the trace has M2"),
        ("a2,10:00:40,M3,C5", "a2,10:00:40,M3,C4", "is of community C5, the trace has C4"),
        ("a2,", "a3-and-more,", "order 'a2' was placed, and does not stand in the trace"),
        ("a2,", "a3-and-more,", "order 'a3-and-more' stands in the trace, and was not placed"),
    ],
)
def test_orders_that_are_not_those_of_the_trace_are_seen(
    traced: Path, tmp_path: Path, old: str, new: str, seen: str
) -> None:
    place = tmp_path / "run"
    shutil.copytree(traced, place)
    (file,) = place.glob("inputs/*.csv")
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert seen in told(place, "demand as stated")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keys = {**FEW, "handling.load": SCATTERED, "dispatch.queue_limit": 2, "horizon.drain_max_min": 1.0}
    return run(tmp_path_factory.mktemp("plain") / "run", keys)


@pytest.mark.parametrize(
    ("key", "value", "check", "seen"),
    [
        ("queue_limit", "queue_limit = 0", "refusals by full queues", "as many may wait as there are"),
        ("queue_limit", "queue_limit = 25", "refusals by full queues", "25 may wait"),
        ("drain_max_min", "drain_max_min = 90.0", "facts repeat the scenario", "before its drain is over"),
        ("drain_max_min", "drain_max_min = 0.5", "facts repeat the scenario", "after its drain"),
        ("spread_s", "", "facts repeat the scenario", "handling has a law of load"),
    ],
)
def test_a_scenario_that_states_another_day_is_seen(
    plain: Path, tmp_path: Path, key: str, value: str, check: str, seen: str
) -> None:
    place = tmp_path / "run"
    shutil.copytree(plain, place)
    file = place / "scenario.toml"
    lines = file.read_text(encoding="utf-8")
    if key == "spread_s":
        lines = lines.replace('kind = "uniform"\nspread_s', 'kind = "constant"\nspread_s')
    (line,) = (line for line in lines.splitlines() if line.startswith(f"{key} ="))
    file.write_text(lines.replace(line, value), encoding="utf-8")
    assert seen in told(place, check)

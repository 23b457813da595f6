"""A trace of several days: each replication is one of them, as it was, and what is expected is their mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from command import DATA, call
from dronesim.demand import demand_facts
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_map, load_scenario, load_trace

HEAD = "order_id,placed,merchant,community,preparation_min,day\n"
DAYS = {
    "2026-03-02": ["a,10:05:00,M1,C1,3", "b,10:10:00,M3,C2,"],
    "2026-03-03": ["a,10:05:00,M2,C3,4", "c,11:00:00,M2,C1,5", "d,11:30:00,M4,C2,"],
    "2026-02-28": ["a,11:59:00,M1,C1,6"],
}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    rows = [f"{row},{day}" for day, rows in DAYS.items() for row in rows]
    (folder / "days.csv").write_text(HEAD + "\n".join(rows) + "\n")
    (folder / "tiny.geojson").write_bytes((DATA / "tiny.geojson").read_bytes())
    text = (DATA / "tiny.toml").read_text()
    trace = 'model = "trace"\nfile = "days.csv"'
    (folder / "days.toml").write_text(text.replace('orders = 60\nprofile = "flat"', trace))
    return folder / "days.toml"


def test_each_replication_is_a_day_and_after_the_last_they_begin_anew(scenario: Path) -> None:
    setting = set_up(load_scenario(scenario))
    found = [prepare(setting, replication=number) for number in range(4)]
    assert [inputs.orders.order_id for inputs in found] == [("a",), ("a", "b"), ("a", "c", "d"), ("a",)]
    assert [inputs.demand.day for inputs in found] == ["2026-02-28", "2026-03-02", "2026-03-03", "2026-02-28"]
    assert found[2].orders.preparation_s[:2].tolist() == [240.0, 300.0]


def test_what_is_expected_is_the_mean_of_the_days(scenario: Path) -> None:
    setting = set_up(load_scenario(scenario))
    assert setting.resolved.hourly_demand.sum() == pytest.approx(2.0)
    assert setting.resolved.hourly_demand.sum(axis=0)[[10, 11]].tolist() == pytest.approx([1.0, 1.0])


def test_a_trace_of_one_day_says_nothing_of_days(scenario: Path) -> None:
    trace = load_trace(scenario.parent / "days.csv", load_map(scenario.parent / "tiny.geojson")).of_replication(2)
    assert (len(trace), trace.days, trace.of_replication(7)) == (3, ("2026-03-03",), trace)
    assert not trace.placed_s.flags.writeable
    np.testing.assert_array_equal(trace.day, 0)
    spec = set_up(load_scenario(scenario)).resolved.demand
    assert demand_facts(spec).day is None


def test_the_checker_reads_the_kitchens_of_the_same_day(scenario: Path, tmp_path: Path, no_pictures: None) -> None:
    answer = call("run", scenario, "--replication", "2", "--out", tmp_path / "run")
    assert (answer.code, "2026-03-03 as it was" in answer.out) == (0, True)
    told = call("verify", tmp_path / "run")
    assert told.code == 0
    assert "kitchens: ok, 3 examined" in told.out
    assert "2026-02-28" in call("validate", scenario).out


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a,10:00:00,M1,C1,,2026-03-02", "a,10:01:00,M1,C1,,2026-03-02"], "must be unique"),
        (["a,10:00:00,M1,C1,,"], "must name the day of every order"),
        ([f"a,10:00:00,M1,C1,,{'9' * 300}"], "must name the day of every order"),
    ],
)
def test_days_that_can_not_be_are_named_by_line(rows: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(HEAD + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match=said) as caught:
        load_trace(tmp_path / "days.csv", load_map(DATA / "tiny.geojson"))
    assert len(str(caught.value)) < 300

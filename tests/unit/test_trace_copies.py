"""A trace thinned and multiplied: nested days, copies near their orders, and the same days where nothing is stated."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import TINY, call
from dronesim.demand.orders import OrderColumns
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from exploring import examples

HOURS = (36_000.0, 43_200.0)
ROWS = 90
TINY_TRACE = ("demand.model=trace", "horizon.start=10:00", "horizon.end=12:00")
OF_THE_ORDER = ("merchant", "community", "takeoff_point", "airport", "distance_m", "walk_m")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders of two hours, some of one instant, some before the opening, with stated masses or none."""
    rng = np.random.default_rng(5)
    placed_s = np.sort(rng.integers(35_900, 43_200, ROWS))
    lines = ["order_id,placed,merchant,community,mass_kg"]
    for number, time_s in enumerate(placed_s.tolist()):
        mass = "" if number % 3 else f"{0.5 + number / 100:.2f}"
        lines.append(f"r{number},{time_s},M{1 + number % 4},C{1 + number % 6},{mass}")
    path = tmp_path_factory.mktemp("trace") / "day.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def orders(trace: Path, factor: float, *, replication: int = 0, shift_min: float = 15.0) -> OrderColumns:
    settings = (f"demand.file={trace}", f"demand.trace_factor={factor}", f"demand.trace_shift_min={shift_min}")
    return prepare(set_up(load_scenario(TINY, [*TINY_TRACE, *settings])), replication=replication).orders


def rows(day: OrderColumns) -> dict[str, tuple[object, ...]]:
    """All that is known of each order, by its id."""
    names = [field.name for field in dataclasses.fields(day) if field.name not in ("order_id", "day_factor")]
    columns = (getattr(day, name) for name in names)
    values = [column if isinstance(column, tuple) else column.tolist() for column in columns]
    return {name: row for name, *row in zip(day.order_id, *values, strict=True)}  # type: ignore[misc]


@given(st.floats(0.01, 3.0), st.floats(0.01, 3.0), st.integers(0, 3))
@examples(25)
def test_what_comes_with_a_smaller_factor_comes_with_a_larger_one_too(
    trace: Path, one: float, other: float, replication: int
) -> None:
    """Common random numbers: the same orders, the same draws, on every day."""
    small, large = (rows(orders(trace, factor, replication=replication)) for factor in sorted((one, other)))
    assert small.items() <= large.items()


@given(st.floats(0.01, 4.0), st.integers(0, 20))
@examples(25)
def test_every_order_comes_as_often_as_the_factor_says_or_once_more(trace: Path, factor: float, seed: int) -> None:
    day = orders(trace, factor, replication=seed)
    counts = Counter(name.partition("+")[0] for name in day.order_id)
    assert all(counts[f"r{number}"] in (int(factor), int(factor) + 1) for number in range(ROWS))
    assert len(set(day.order_id)) == len(day.order_id)
    assert (np.diff(day.placed_s) >= 0).all()
    assert day.day_factor == factor


def test_with_a_factor_of_1_a_day_is_what_it_was(trace: Path) -> None:
    settings = (*TINY_TRACE, f"demand.file={trace}")
    plain = prepare(set_up(load_scenario(TINY, settings))).orders
    assert rows(plain) == rows(orders(trace, 1.0, shift_min=3.0))
    assert plain.order_id == tuple(f"r{number}" for number in range(ROWS))


@pytest.mark.parametrize("shift_min", [0.0, 5.0, 30.0])
def test_a_copy_is_its_order_again_near_its_time_with_draws_of_its_own(trace: Path, shift_min: float) -> None:
    day = orders(trace, 3.0, shift_min=shift_min)
    known = {name: place for place, name in enumerate(day.order_id)}
    first = [known[f"r{number}"] for number in range(ROWS)]
    for copy in (1, 2):
        again = [known[f"r{number}+{copy}"] for number in range(ROWS)]
        for name in OF_THE_ORDER:
            column = np.array(getattr(day, name), dtype=object)
            assert (column[first] == column[again]).all()
        off_s = day.placed_s[again] - day.placed_s[first]
        assert np.abs(off_s).max() <= 60 * shift_min
        assert shift_min == 0 or len(set(off_s.tolist())) > ROWS / 2
        was_open = (day.placed_s[first] >= HOURS[0]) & (day.placed_s[first] <= HOURS[1])
        assert was_open.sum() < ROWS
        assert ((day.placed_s[again] >= HOURS[0]) & (day.placed_s[again] <= HOURS[1]))[was_open].all()
        stated = np.arange(ROWS) % 3 == 0
        is_same = day.mass_kg[first] == day.mass_kg[again]
        assert (is_same == stated).all()
        assert (day.preparation_s[first] != day.preparation_s[again]).all()


def test_days_of_a_thinned_trace_differ_and_have_its_share_on_average(trace: Path) -> None:
    """200 days of 90 orders with probability 0.4: 36 on average, standard error 0.33; within 4 of these."""
    counts = [len(orders(trace, 0.4, replication=number)) for number in range(200)]
    assert len(set(counts)) > 5
    assert abs(np.mean(counts) - 0.4 * ROWS) < 4 * np.sqrt(ROWS * 0.4 * 0.6 / 200)


def test_copies_are_told_from_orders_that_have_such_names_already(trace: Path, tmp_path: Path) -> None:
    head, one, two, *_ = trace.read_text().splitlines()
    (tmp_path / "names.csv").write_text("\n".join([head, one, two.replace("r1,", "r0+1,")]) + "\n")
    assert set(orders(tmp_path / "names.csv", 2.0).order_id) == {"r0", "r0+1", "r0+1+1", "r0++1"}


@pytest.mark.usefixtures("no_pictures")
def test_a_multiplied_trace_is_run_told_and_verified(trace: Path, tmp_path: Path) -> None:
    words = ("--set", f"demand.file={trace}", "--set", "demand.model=trace", "--set", "demand.trace_factor=1.5")
    answer = call("run", TINY, *words, "--tracks", "--out", tmp_path / "run")
    assert answer.code == 0, answer
    assert "the orders of a trace, 1.5 times each" in answer.out
    assert json.loads((tmp_path / "run" / "facts.json").read_text())["demand"]["day_factor"] == 1.5
    assert call("verify", tmp_path / "run").code == 0
    again = call("run", tmp_path / "run" / "scenario.toml", "--tracks", "--out", tmp_path / "again", "--quiet")
    assert again.code == 0
    assert (tmp_path / "run" / "orders.parquet").read_bytes() == (tmp_path / "again" / "orders.parquet").read_bytes()


UNUSED = {
    "orders": (("demand.model=trace", "demand.file={trace}"), "demand.orders, demand.profile: not used, for the 90"),
    "profile and choice": (
        ("demand.model=trace", "demand.file={trace}", "demand.choice={{kind='weight'}}"),
        "demand.orders, demand.profile, demand.choice: not used",
    ),
    "a file": (("demand.file={trace}",), 'demand.file: not used with demand.model = "poisson"'),
    "a factor": (("demand.trace_factor=0.5",), 'demand.trace_factor: not used with demand.model = "poisson"'),
}


@pytest.mark.parametrize("kind", UNUSED)
def test_what_the_other_model_would_use_is_not_passed_over_in_silence(kind: str, trace: Path) -> None:
    settings, said = UNUSED[kind]
    words = [word for setting in settings for word in ("--set", setting.format(trace=trace))]
    answer = call("validate", TINY, *words)
    assert answer.code == 0
    assert [line for line in answer.err.splitlines() if said in line], answer.err


def test_what_a_trace_needs_is_stated_without_a_warning(trace: Path, tmp_path: Path) -> None:
    lines = [line for line in TINY.read_text().splitlines() if not line.startswith(("orders", "profile", "map"))]
    text = "\n".join([f'map = "{TINY.with_name("tiny.geojson")}"', *lines])
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("[demand]", f'[demand]\nmodel = "trace"\nfile = "{trace}"\ntrace_factor = 0.5'))
    answer = call("validate", path)
    assert answer.code == 0, answer
    assert "not used" not in answer.err
    assert "one day as it was, each of its orders 0.5 times" in answer.out


def test_more_orders_than_can_be_drawn_are_refused(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dronesim.scenario.checks.MOST_ORDERS", 2.5 * ROWS)
    words = ("--set", "demand.model=trace", "--set", f"demand.file={trace}", "--set")
    assert call("validate", TINY, *words, "demand.trace_factor=2.4").code == 0
    answer = call("validate", TINY, *words, "demand.trace_factor=2.6")
    assert answer.code == 2
    assert "demand.trace_factor: makes a day of more than 225 orders of the 90 of the trace" in answer.complaints[0]

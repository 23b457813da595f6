"""The naive twin and the engine live the same day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from district import build_inputs
from dronesim.simulation import SimulationInputs, simulate
from lab import lab_inputs
from naive_twin import MILESTONES, Bookings, NaiveTwin, first_common_start, run_twin
from oracles.calendar import Calendar
from twin_tables import twin_tables

BUSY = {
    "couriers": {"count": (9,)},
    "fleet": {"drones": (5,)},
    "batteries": {"packs": (12,), "chargers": (12,)},
    "airports": {"boxes": (40, 40)},
    "pilots": {"count": 1, "drones_per_pilot": 4},
}
NOT_WORKED_OUT = {"outbound_leg", "reason", "ended_s", "ceiling_s", "ceiling_ready_s"}


def busy_day(seed: int, count: int = 150, **rules: dict[str, Any]) -> SimulationInputs:
    """One take-off point whose pads, lanes, pilots and drones are all short at times."""
    rng = np.random.default_rng(seed)
    return lab_inputs(
        np.sort(rng.uniform(36000.0, 43200.0, count)),
        rules={**BUSY, **rules},
        orders={
            "airport": rng.integers(0, 2, count),
            "preparation_s": rng.lognormal(5.4, 0.3, count),
            "collection_s": rng.lognormal(6.5, 1.2, count),
            "walk_m": rng.uniform(30.0, 120.0, count),
            "mass_kg": rng.uniform(0.4, 2.6, count),
            "is_no_show": rng.random(count) < 0.05,
            "bad_scan": rng.integers(0, 4, count),
        },
        seed=seed,
    )


def assert_same_day(inputs: SimulationInputs) -> None:
    """Compare every milestone, drone, box and end state of every order."""
    orders = simulate(inputs).tables["orders"]
    records = run_twin(inputs)
    for name in MILESTONES:
        times = [getattr(record, name) for record in records]
        twin_s = np.array([np.nan if time is None else time / 1000 for time in times])
        np.testing.assert_array_equal(twin_s, orders[f"{name}_s"], err_msg=name)
    assert [-1 if record.drone is None else record.drone for record in records] == orders["drone"].tolist()
    assert [-1 if record.box is None else record.box for record in records] == orders["box"].tolist()
    assert [record.end_state for record in records] == orders["end_state"].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_twin_and_engine_agree_to_the_millisecond_on_a_busy_day(seed: int) -> None:
    assert_same_day(busy_day(seed))


def test_twin_and_engine_agree_in_a_district() -> None:
    assert_same_day(build_inputs(2500))


def test_a_busy_day_makes_orders_wait_for_drones_and_for_pads() -> None:
    records = run_twin(busy_day(0))
    served = [record for record in records if record.loading is not None]
    assert sum((record.assigned or 0) > (record.ready or 0) for record in served) > 10
    assert sum((record.loading or 0) > (record.assigned or 0) for record in served) > 10


def test_twin_scans_what_the_engine_scans() -> None:
    inputs = busy_day(3)
    scans, twin = simulate(inputs).tables["scans"], NaiveTwin(inputs)
    twin.run()
    columns = (scans[name].tolist() for name in ("order", "code_order", "verdict"))
    assert [scan[3:] for scan in twin.scans] == list(zip(*columns, strict=True))


def test_twin_writes_the_orders_and_scans_that_the_engine_writes() -> None:
    inputs = busy_day(4)
    twin, tables = NaiveTwin(inputs), simulate(inputs).tables
    twin.run()
    for name, columns in twin_tables(twin).items():
        assert columns.keys() == tables[name].keys()
        for column in columns.keys() - NOT_WORKED_OUT:
            np.testing.assert_array_equal(columns[column], tables[name][column], err_msg=column)


def test_heavy_and_late_orders_are_refused_by_both() -> None:
    inputs = lab_inputs((36000.0, 36010.0, 72001.0), orders={"mass_kg": [1.0, 2.6, 1.0]})
    assert_same_day(inputs)
    assert [record.end_state for record in run_twin(inputs)] == ["collected", "refused", "refused"]


@pytest.mark.parametrize("capacity", [1, 2, 4])
def test_bookings_and_calendar_find_the_same_gaps(capacity: int) -> None:
    rng = np.random.default_rng(capacity)
    bookings, calendar = Bookings(capacity), Calendar(capacity)
    now = 0
    for holder, (step, ahead, hold) in enumerate(rng.integers(1, 60, (400, 3)).tolist()):
        now += step // 8
        start = bookings.first_free(now + ahead, hold)
        assert start == calendar.first_gap(now + ahead, hold)
        bookings.book(start, start + hold, now=now)
        calendar.book(start, start + hold, holder)
        calendar.forget(now)


def test_a_common_start_is_the_earliest_that_suits_all() -> None:
    first, second = Bookings(1), Bookings(1)
    first.book(0, 10, now=0)
    second.book(12, 20, now=0)
    assert first_common_start([(first, 0, 5), (second, 5, 5)], 0) == 15


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda inputs: replace(inputs, rules=replace(inputs.rules, events=(object(),))), "no scripted events"),
        (
            lambda inputs: replace(
                inputs, rules=replace(inputs.rules, fleet=replace(inputs.rules.fleet, is_shared=True))
            ),
            "drones tied to take-off points",
        ),
    ],
)
def test_twin_refuses_a_day_that_it_does_not_know(
    change: Callable[[SimulationInputs], SimulationInputs], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        run_twin(change(lab_inputs()))

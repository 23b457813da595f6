"""Every cell of every table of three small days, so that a change of behaviour is seen and reviewed.

The saved tables are readable CSV beside this file. Where a change is meant, ``python tests/golden/renew.py`` writes
them anew; ``git diff tests/golden`` then shows what became of which order.
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

from dronesim.record.tables import FLOAT, SCHEMAS
from golden.renew import HERE, SCENARIOS, TABLES, Row, saved_tables, tables_of

RELATIVE = 1e-9
"""For what goes through the mathematics library of a machine: lengths, energies, charges. Times are exact."""


def assert_same(found: list[Row], saved: list[Row], table: str) -> None:
    assert len(found) == len(saved), f"{table}: {len(found)} rows, saved {len(saved)}"
    for number, (one, other) in enumerate(zip(found, saved, strict=True)):
        assert list(one) == list(other), f"{table}: other columns"
        for column, value in one.items():
            where = f"{table} row {number}, {column}: {value!r}, saved {other[column]!r}"
            assert value == other[column] or is_close(table, column, value, other[column]), where


def is_close(table: str, column: str, value: str, other: str) -> bool:
    if SCHEMAS[table][column] != FLOAT or column.endswith("_s") or "" in (value, other):
        return False
    return math.isclose(float(value), float(other), rel_tol=RELATIVE, abs_tol=0.0)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_table_is_as_saved(scenario: str) -> None:
    found, saved = tables_of(scenario), saved_tables(scenario)
    for table in TABLES:
        assert_same(found[table], saved[table], f"{table}")


def test_there_are_three_days_and_nothing_is_saved_without_its_scenario() -> None:
    assert SCENARIOS == ("events", "plain", "shared")
    assert {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(SCENARIOS)


def test_the_saved_days_show_what_they_are_there_for() -> None:
    """Golden tables of days on which nothing happens would be worth nothing."""
    days = {scenario: saved_tables(scenario) for scenario in SCENARIOS}
    ends = {scenario: Counter(row["end_state"] for row in day["orders"]) for scenario, day in days.items()}
    assert ends["plain"].keys() == {"collected", "unclaimed"}
    assert {"collected", "cancelled", "ground", "lost"} <= ends["events"].keys()
    assert {"collected", "refused"} <= ends["shared"].keys()
    assert {row["action"] for row in days["events"]["incidents"]} >= {"closed", "diverts", "lost"}
    assert {row["outcome"] for row in days["events"]["legs"]} == {"landed", "diverted", "lost"}
    assert {row["kind"] for row in days["shared"]["legs"]} == {"outbound", "return", "deadhead"}
    assert {row["verdict"] for row in days["events"]["scans"]} > {"accepted"}
    assert {row["reason"] for row in days["shared"]["orders"]} == {"", "too_heavy", "queue_limit"}


@pytest.mark.parametrize(
    ("table", "column", "change"),
    [("orders", "delivered_s", 0.001), ("legs", "energy_wh", 1e-6), ("occupancy", "to_s", -0.001)],
)
def test_a_change_of_one_cell_is_seen(table: str, column: str, change: float) -> None:
    found, saved = saved_tables("plain"), saved_tables("plain")
    found[table][1][column] = repr(float(found[table][1][column]) + change)
    with pytest.raises(AssertionError, match=f"{table} row 1, {column}"):
        assert_same(found[table], saved[table], table)

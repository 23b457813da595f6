"""Columns kept small are the same columns: made into arrays, cut, asked, measured, written and read."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from district import build_inputs
from dronesim.airspace import booking_log, timetable
from dronesim.metrics import kpis
from dronesim.record import arrow, columns
from dronesim.record.arrow import read_columns, to_arrow, write_tables
from dronesim.record.columns import (
    Coded,
    Joined,
    Kept,
    Looked,
    Measures,
    Milliseconds,
    Numbered,
    Table,
    Texts,
    Whole,
    coded,
    coded_of,
    differ,
    folded,
    is_text,
    part_of,
    rows_of,
)
from dronesim.record.tables import SCHEMAS
from dronesim.simulation import SimulationInputs, ceiling, rows, simulate, tracks, wait_rows
from dronesim.simulation.engine import Day
from exploring import examples
from oracles.plain_tables import occupancy_rows, plain
from worlds import days

NAMES = ("a", "b", "ü", "")
TEXTS = st.lists(st.tuples(*[st.sampled_from([*NAMES, None])] * 2), max_size=30)


def small(pairs: list[tuple[str | None, str | None]]) -> Table:
    """Two columns of codes among the same names, one with its own, and the texts themselves; some in several places."""

    def codes(column: int) -> NDArray[Any]:
        return np.array([-1 if pair[column] is None else NAMES.index(pair[column]) for pair in pairs], dtype=np.int8)

    left, right = ([pair[column] for pair in pairs] for column in range(2))
    numbers, cut = np.arange(len(pairs), dtype=np.int32) - 1, len(pairs) // 3
    by_number = Looked(NAMES, np.arange(-1, len(NAMES), dtype=np.int8), codes(0)[cut:] + 1)
    return Table(
        {
            "left": Coded(NAMES, codes(0)),
            "right": Coded(NAMES, codes(1)),
            "own": coded(left),
            "texts": Texts(right),
            "numbers": Whole(numbers),
            "times": Milliseconds(numbers),
            "names": Texts(Numbered("o", len(pairs))),
            "measures": Measures(np.column_stack([numbers, numbers / 2])[:, 1]),
            "looked": Joined([Coded(NAMES, codes(0)[:cut]), by_number]),
            "apart": Joined([Whole(numbers[:cut]), Whole(numbers[:0]), Whole(numbers[cut:])]),
            "later": Joined([Milliseconds(numbers[:cut]), Milliseconds(numbers[cut:])]),
        }
    )


@given(TEXTS)
def test_small_columns_hold_what_was_put_in(pairs: list[tuple[str | None, str | None]]) -> None:
    table = small(pairs)
    assert [*zip(table["left"].tolist(), table["right"].tolist(), strict=True)] == pairs
    assert table["own"].tolist() == table["left"].tolist()
    assert table["texts"].tolist() == table["right"].tolist()
    assert table["numbers"].tolist() == list(range(-1, len(pairs) - 1))
    assert table["times"][1:].tolist() == [each / 1000 for each in range(len(pairs) - 1)]
    assert np.isnan(table["times"][:1]).all()
    assert table["names"].tolist() == [f"o{number}" for number in range(len(pairs))]
    assert table["measures"].tolist() == [number / 2 for number in range(-1, len(pairs) - 1)]
    assert table["looked"].tolist() == table["left"].tolist()
    assert table["apart"].tolist() == table["numbers"].tolist()
    np.testing.assert_array_equal(table["later"], table["times"])
    assert rows_of(table) == len(pairs)


@given(TEXTS, st.data())
def test_small_columns_answer_as_arrays_do(pairs: list[tuple[str | None, str | None]], data: st.DataObject) -> None:
    table = small(pairs)
    arrays = {name: table[name] for name in table}
    asked = data.draw(st.lists(st.sampled_from([*NAMES, "not there"]), max_size=3))
    for name in ("left", "own", "texts", "looked"):
        expected = [text in asked for text in arrays[name].tolist()]
        assert is_text(table, name, *asked).tolist() == is_text(arrays, name, *asked).tolist() == expected
        assert (
            coded_of(table, name).values().tolist() == coded_of(arrays, name).values().tolist() == arrays[name].tolist()
        )
    for other in ("right", "texts"):
        expected = [left != right for left, right in pairs]
        assert differ(table, "left", other).tolist() == differ(arrays, "left", other).tolist() == expected
    rows = np.array(data.draw(st.lists(st.integers(0, max(len(pairs) - 1, 0)), max_size=5 if pairs else 0)), dtype=int)
    begin, end = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40))
    for chosen in (rows, np.unique(rows), slice(begin, end), slice(-3, None), slice(None)):
        parts = part_of(table, chosen), part_of(arrays, chosen)
        for name in arrays:
            np.testing.assert_array_equal(parts[0][name], parts[1][name])


@pytest.mark.parametrize("make", [partial(Coded, "abc"), partial(Looked, "abc", np.arange(3)), Whole, Milliseconds])
def test_a_folded_column_keeps_nothing_of_what_it_was_made_of(
    make: Callable[[NDArray[np.int32]], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "BLOCK", 4)
    numbers = np.arange(20, dtype=np.int32) % 3
    there, expected = weakref.ref(numbers), make(numbers.copy()).values().tolist()
    kept = folded(make(numbers))
    del numbers
    assert there() is None
    assert kept.values().tolist() == expected


@examples(20)
@given(days())
def test_a_day_is_measured_alike_in_both_forms(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    assert kpis(outcome.tables, outcome.facts) == kpis(plain(outcome.tables), outcome.facts)


@examples(20)
@given(days())
def test_who_held_what_is_what_the_slow_twin_writes(inputs: SimulationInputs) -> None:
    day = Day(inputs)
    day.run()
    closed_ms = day.closed_ms()
    day.cabinets.close(closed_ms)
    day.fleet.close(closed_ms)
    expected = occupancy_rows(day, closed_ms)
    other = simulate(inputs).tables["occupancy"]
    assert [*zip(*(other[name].tolist() for name in SCHEMAS["occupancy"]), strict=True)] == expected


@examples(20)
@given(days())
def test_a_day_is_the_same_however_much_of_it_is_looked_at_at_a_time(inputs: SimulationInputs) -> None:
    before = simulate(inputs, counts_losses=True)
    whole = plain(before.tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timetable, "_PART", 7)
        for name, size in (("_BLOCK", 3), ("_OPEN", 2), ("_LEAST", 1)):
            patch.setattr(booking_log, name, size)
        patch.setattr(wait_rows, "_PART", 3)
        patch.setattr(tracks, "_PART", 3)
        patch.setattr(ceiling, "_PART", 3)
        patch.setattr(rows, "_BLOCK", 2)
        patch.setattr(columns, "BLOCK", 4)
        outcome = simulate(inputs, counts_losses=True)
        parts, measured = plain(outcome.tables), kpis(outcome.tables, outcome.facts)
    assert outcome.facts == before.facts
    assert measured == kpis(whole, outcome.facts)
    for name, table in whole.items():
        for column, values in table.items():
            np.testing.assert_array_equal(parts[name][column], values, strict=True)


@pytest.mark.parametrize("rows", [1 << 18, 100])
def test_a_day_is_written_alike_in_both_forms(rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "_ROW_GROUP", rows)
    tables = simulate(build_inputs(400)).tables
    for name, form in (("small", tables), ("plain", plain(tables))):
        (tmp_path / name).mkdir()
        write_tables(tmp_path / name, form)
    for name in tables:
        paths = [tmp_path / form / f"{name}.parquet" for form in ("small", "plain")]
        one, other = (pq.read_table(path) for path in paths)
        assert one.equals(other)
        assert one.schema == to_arrow(name, tables[name]).schema == to_arrow(name, plain(tables)[name]).schema
        assert to_arrow(name, tables[name]).equals(one.combine_chunks())
        read = read_columns(paths[0], name)
        for column in SCHEMAS[name]:
            np.testing.assert_array_equal(read[column], tables[name][column])

"""Traces as spreadsheets, pandas and other programs write them: one rule for times, and nothing misread in silence."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.errors import InputError
from dronesim.scenario import load_map, load_scenario, load_trace
from dronesim.scenario.trace_times import other_times, time_of_day
from dronesim.world import World

TINY = Path(__file__).parents[1] / "data" / "tiny.geojson"
PLACES: dict[str, list[Any]] = {"order_id": ["a", "b"], "merchant": ["M1", "M3"], "community": ["C1", "C5"]}


@pytest.fixture(scope="module")
def world() -> World:
    return load_map(TINY)


def said(path: Path, world: World) -> str:
    with pytest.raises(InputError) as caught:
        load_trace(path, world)
    return str(caught.value)


@given(ms=st.integers(0, 2 * 86_400_000))
def test_a_fraction_of_a_second_is_kept_to_the_millisecond_in_every_form(ms: int) -> None:
    seconds, rest = divmod(ms, 1000)
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
    forms: list[object] = [clock, f"{clock}000", clock.replace(".", ","), ms / 1000, f"{ms / 1000}", Decimal(ms) / 1000]
    if ms < 86_400_000:
        forms.append((datetime.datetime(2000, 1, 1) + datetime.timedelta(milliseconds=ms)).time())
    assert {time_of_day(form) for form in forms} == {ms / 1000}


@pytest.mark.parametrize(
    "kind", [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.decimal128(12, 3), pa.string()]
)
def test_the_types_of_parquet_give_the_same_time(kind: Any, tmp_path: Path, world: World) -> None:
    whole = datetime.time(10, 0, 0, 0 if kind == pa.time32("s") else 250_000)
    cell = {"decimal128(12, 3)": Decimal("36000.25"), "string": "10:00:00.25"}.get(str(kind), whole)
    table = pa.table({**PLACES, "placed": pa.array([cell, cell], kind)})
    pq.write_table(table, tmp_path / "t.parquet")
    expected = 36000.0 if kind == pa.time32("s") else 36000.25
    assert load_trace(tmp_path / "t.parquet", world).placed_s.tolist() == [expected, expected]


@pytest.mark.parametrize(
    "cells",
    [
        (pd.to_datetime(["2026-03-29 10:00", "2026-03-29 12:30"]) - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1),
        [46110.416666667, 46110.430555556],
        [46110.5, 46110.25, 46110.75],
        [46110.416666667],
        ["46110.416666667", "46175.9"],
    ],
)
def test_serial_numbers_of_a_spreadsheet_are_named_and_never_read_as_seconds(cells: Any) -> None:
    assert "spreadsheet's serial" in str(other_times(list(cells)))
    assert "import orders" in str(other_times(list(cells)))


@pytest.mark.parametrize("cells", [[0.416666667, 0.43], [0.5], [0.25, 0.5, 0.75]])
def test_fractions_of_a_day_are_named(cells: list[float]) -> None:
    assert ("fractions of a day" in str(other_times(cells))) is (cells != [0.5])


@given(st.lists(st.integers(0, 2 * 86_400), min_size=1))
def test_whole_seconds_are_always_seconds(cells: list[int]) -> None:
    assert other_times(cells) is None


def test_seconds_drawn_from_a_day_are_seconds() -> None:
    assert other_times(np.random.default_rng(1).uniform(36_000.0, 43_200.0, 50).tolist()) is None


def test_an_index_is_named_as_one(tmp_path: Path, world: World) -> None:
    frame = pd.DataFrame({**PLACES, "placed": ["10:00:00", "10:30:00"]})
    frame.to_csv(tmp_path / "t.csv")
    assert "pandas' index" in said(tmp_path / "t.csv", world)
    pd.read_csv(tmp_path / "t.csv").to_csv(tmp_path / "again.csv", index=False)
    assert "pandas' index" in said(tmp_path / "again.csv", world)
    frame.set_axis([7, 3]).to_parquet(tmp_path / "t.parquet")
    assert "pandas' index" in said(tmp_path / "t.parquet", world)
    frame.to_csv(tmp_path / "semicolons.csv", sep=";", index=False)
    assert "semicolons" in said(tmp_path / "semicolons.csv", world)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path, world: World) -> None:
    (tmp_path / "t.csv").write_text("order_id,placed,merchant,community,placed\na,10:00:00,M1,C1,11:00:00\n")
    assert "placed: is there twice" in said(tmp_path / "t.csv", world)


@pytest.mark.parametrize(("placed", "word"), [("2026-03-29 10:00", "dates"), ("1774750000", "1970")])
def test_other_times_are_told_the_way(placed: str, word: str, tmp_path: Path, world: World) -> None:
    (tmp_path / "t.csv").write_text(f"order_id,placed,merchant,community\na,{placed},M1,C1\n")
    assert word in said(tmp_path / "t.csv", world)
    assert "import orders" in said(tmp_path / "t.csv", world)


def test_a_cell_that_is_no_text_is_named_with_its_row_and_type(tmp_path: Path, world: World) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.array([0, 2, 3], np.int32)), pa.py_buffer(b"M1\xff")]
    )
    pq.write_table(pa.table({**PLACES, "placed": ["10:00:00"] * 2, "merchant": broken}), tmp_path / "t.parquet")
    assert "row 2, merchant: is not UTF-8 text (a column of string)" in said(tmp_path / "t.parquet", world)


def test_a_few_bytes_of_too_many_rows_are_refused_by_the_head_of_the_file(tmp_path: Path, world: World) -> None:
    rows = pa.table({"placed": pa.array(np.zeros(6_000_000, np.int32))})
    pq.write_table(rows, tmp_path / "t.parquet")
    assert "too many rows" in said(tmp_path / "t.parquet", world)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type":"FeatureCollection","name":"a","name":"b","features":[]}', "name: is stated twice"),
        (
            (
                '{"type":"FeatureCollection","features":[\n{"type":"Feature"},\n'
                '{"type":"Feature","properties":{"height_m":30.0,"height_m":300.0}}]}'
            ),
            "t.geojson:3: height_m: is stated twice",
        ),
        ('{"type":"Feature","id":1}\n{"type":"Feature","id":2}\n', "newline-delimited"),
        ('\x1e{"type":"Feature","id":1}\n\x1e{"type":"Feature","id":2}\n', "newline-delimited"),
    ],
)
def test_a_map_that_would_be_half_read_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "t.geojson").write_text(text)
    with pytest.raises(InputError) as caught:
        load_map(tmp_path / "t.geojson")
    assert words in str(caught.value)


def test_an_hour_may_have_one_digit_and_is_kept_with_two(tmp_path: Path) -> None:
    text = f'name = "x"\nmap = "{TINY.as_posix()}"\n[demand]\norders = 5\n[horizon]\nstart = "8:00"\nend = "9:30:15"\n'
    (tmp_path / "s.toml").write_text(text)
    horizon = load_scenario(tmp_path / "s.toml").horizon
    assert (horizon.start, horizon.end) == ("08:00", "09:30:15")

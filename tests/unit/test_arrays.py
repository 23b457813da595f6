"""Arrays that are made of their buffers are those that Arrow makes itself, and both readers of tables agree on them."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyarrow import parquet

from dronesim.record.arrays import bytes_array, flag_array, number_array, plain_array, small_array, text_array
from dronesim.record.arrow import to_columns
from dronesim.verify import reading

WHOLE = st.integers(-(2**63), 2**63 - 1)
KINDS = [WHOLE, st.floats(allow_nan=False), st.booleans(), st.text(max_size=5)]


def same(made: Any, expected: Any) -> bool:
    made.validate(full=True)
    return bool(made.type == expected.type and made.equals(expected))


@given(st.one_of([st.lists(st.none() | kind, max_size=20) for kind in KINDS]))
def test_plain_values_make_the_array_that_arrow_makes(values: list[Any]) -> None:
    assert same(plain_array(values), pa.array(values))


@given(st.sampled_from([pa.int64(), pa.float64(), pa.bool_(), pa.string()]), st.integers(0, 3))
def test_a_column_of_nothing_has_the_type_that_is_asked_for(kind: Any, length: int) -> None:
    assert same(plain_array([None] * length, kind), pa.array([None] * length, type=kind))


def test_values_of_several_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match="several kinds"):
        plain_array([1, "one"])


@given(st.lists(st.tuples(WHOLE, st.booleans()), max_size=20))
def test_numbers_with_flags_make_the_array_that_arrow_makes(rows: list[tuple[int, bool]]) -> None:
    values, is_there = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.bool_)
    assert same(number_array(values, is_there), pa.array(values, mask=~is_there))
    assert same(number_array(values.astype(float), is_there), pa.array(values.astype(float), mask=~is_there))
    small = values.astype(np.int32)
    assert same(small_array(small, is_there), pa.array(small, mask=~is_there))
    assert same(flag_array(values > 0, is_there), pa.array(values > 0, mask=~is_there))
    instants = pa.timestamp("ms", tz="Asia/Shanghai")
    seconds = values % 10**12
    assert same(number_array(seconds, as_type=instants), pa.array(seconds, type=pa.timestamp("ms")).cast(instants))


@given(st.lists(st.none() | st.text(max_size=4), max_size=20))
def test_texts_and_bytes_make_the_array_that_arrow_makes(values: Sequence[str | None]) -> None:
    assert same(text_array(values), pa.array(values, type=pa.string()))
    raw = [None if value is None else value.encode() for value in values]
    assert same(bytes_array(raw), pa.array(raw, type=pa.binary()))


@pytest.mark.parametrize("cuts", [(), (3,), (1, 9, 9, 20)])
def test_both_readers_of_a_table_read_what_arrow_reads(cuts: tuple[int, ...], tmp_path: Path) -> None:
    """In row groups or one piece, whole or a part of it: numbers, truths and texts that may be missing."""
    rng = np.random.default_rng(len(cuts))
    mask = rng.random(33) < 0.3
    columns = {
        "int64": (rng.integers(-9, 9, 33), -1),
        "float64": (rng.normal(size=33), np.nan),
        "bool": (rng.random(33) < 0.5, False),
        "text": (np.array([f"t{n % 5}" for n in range(33)], dtype=object), None),
    }
    whole = pa.table({name: pa.array(values, mask=mask) for name, (values, _) in columns.items()})
    ends = [0, *cuts, 33]
    table = pa.concat_tables([whole.slice(begin, end - begin) for begin, end in pairwise(ends)])
    parquet.write_table(table, tmp_path / "t.parquet")
    for source in (table, parquet.ParquetFile(tmp_path / "t.parquet").read(), table.slice(5, 20)):
        first = 5 if len(source) == 20 else 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dronesim.record.arrow.SCHEMAS", {"t": {name: name for name in columns}})
            ours = to_columns("t", source)
        for name, (values, absent) in columns.items():
            expected = np.where(mask, absent, values)[first : first + len(source)]
            checked: NDArray[Any] = reading._array(source.column(name), name)
            np.testing.assert_array_equal(ours[name], expected)
            assert ours[name].dtype == checked.dtype == values.dtype
            told = [value or "" for value in expected] if name == "text" else expected
            np.testing.assert_array_equal(checked, told)
            assert not checked.flags.writeable


def test_an_empty_table_is_read() -> None:
    for kind, made in (("int64", pa.int64()), ("float64", pa.float64()), ("bool", pa.bool_()), ("text", pa.string())):
        column = pa.chunked_array([], type=made)
        assert reading._array(column, kind).shape == (0,)

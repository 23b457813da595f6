"""Rows are what was written, whether they lie open or are folded; columns too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.record.folding import fold, unfold
from dronesim.simulation import rows as module
from dronesim.simulation.rows import Rows

_WHOLE = st.integers(-(2**31), 2**31 - 1)
_ROWS = st.lists(st.tuples(_WHOLE, st.floats(allow_nan=False), _WHOLE), max_size=30)


@given(st.sampled_from([np.int8, np.int16, np.int32, np.int64]), st.lists(st.integers(-128, 127), min_size=1))
def test_whole_numbers_come_back_from_folding(kind: type[np.signedinteger], values: list[int]) -> None:
    scale = np.iinfo(kind).max // 127
    column = (np.array(values, dtype=np.int64) * scale).astype(kind)
    assert unfold(fold(column), len(column), column.dtype).tolist() == column.tolist()
    apart = np.repeat(column, 3)[::3]
    assert unfold(fold(apart), len(apart), apart.dtype).tolist() == column.tolist()


@given(st.lists(st.floats(), min_size=1))
def test_floats_come_back_from_folding_bit_by_bit(values: list[float]) -> None:
    column = np.array(values)
    assert unfold(fold(column), len(column), column.dtype).tobytes() == column.tobytes()


@given(_ROWS, st.data())
def test_rows_are_what_was_written(written: list[tuple[int, float, int]], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", 3)
        found, expected = Rows(("a", "b", "c"), "idi"), list[tuple[int, float, int]]()
        for row in written:
            found.append(*row)
            expected.append(row)
            place = data.draw(st.integers(0, len(expected) - 1))
            found.rewrite(place, *row)
            expected[place] = row
        assert len(found) == len(expected)
        first = data.draw(st.integers(0, len(expected)))
        assert found.table(first).tolist() == expected[first:]
        for place, name in enumerate("abc"):
            assert found.column(name).tolist() == [row[place] for row in expected]
        for place, name in enumerate("abc"):
            taken = found.take(name)
            taken[:] = taken.copy()
            assert taken.tolist() == [row[place] for row in expected]
        found.clear()
        assert not len(found)

"""Intervals are dealt to units as the slow twin deals them, whatever their number, units and times."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace.dealing_kernels import deal
from oracles import calendar as slow

INTERVALS = st.lists(st.tuples(st.integers(-50, 200), st.integers(1, 80)), max_size=40)


@given(st.lists(st.tuples(st.integers(0, 6), INTERVALS), min_size=1, max_size=4))
def test_units_are_dealt_as_by_the_slow_twin(days: list[tuple[int, list[tuple[int, int]]]]) -> None:
    """Units may also be fewer than are wanted at once."""
    rows, expected = list[tuple[int, int, int]](), list[int]()
    for calendar, (capacity, intervals) in enumerate(days):
        starts = sorted((begin, begin + lasts) for begin, lasts in intervals)
        rows += [(calendar, begin, end) for begin, end in starts]
        expected += slow.deal([begin for begin, _ in starts], [end for _, end in starts], capacity)
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T.copy()
    found = deal(*columns, np.array([capacity for capacity, _ in days], dtype=np.int64))
    assert found.tolist() == expected

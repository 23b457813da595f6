"""Points near each other are those that a look at every pair finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.geometry import pairs_within
from dronesim.simulation.near import near_to

_PLACES = st.lists(st.tuples(st.integers(-40, 40), st.integers(-3, 40)), max_size=40)


@given(places=_PLACES, scale=st.sampled_from([1.0, 0.1, 1e6]), distance=st.sampled_from([0.0, 1.0, 5.0, 13.0, np.inf]))
def test_pairs_are_those_of_the_whole_matrix(places: list[tuple[int, int]], scale: float, distance: float) -> None:
    xy = np.array(places, dtype=np.float64).reshape(-1, 2) * scale
    apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    expected = np.argwhere(np.triu(apart_m <= distance * scale, 1))
    pairs, found_m = pairs_within(xy, distance * scale)
    assert pairs.tolist() == expected.tolist()
    assert found_m.tolist() == apart_m[tuple(expected.T)].tolist()


@given(places=_PLACES, within=st.sampled_from([0.0, 1.0, 5.0, 13.0]))
def test_neighbours_come_nearest_first_and_of_equals_in_order(places: list[tuple[int, int]], within: float) -> None:
    xy = np.array(places, dtype=np.float64).reshape(-1, 2)
    apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    expected = [
        [other for other in np.argsort(row, kind="stable").tolist() if other != place and row[other] <= within]
        for place, row in enumerate(apart_m)
    ]
    assert near_to(xy, within_m=within) == expected

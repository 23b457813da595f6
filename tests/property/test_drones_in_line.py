"""Drones in line answer as each of them asked alone does, and only the first can tell."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dronesim.dispatch import (
    Air,
    DroneRow,
    Known,
    OrderRow,
    SortieTimes,
    ends_too_late,
    first_in_line_ms,
    line_up,
    predicted_ms,
)

PLACE, NOW_MS = 2, 1000
# few numbers, so that they are equal often: rows of busy and of free drones, with full packs and old ones
DRONES = st.lists(
    st.builds(
        DroneRow,
        place=st.just(PLACE),
        charge=st.sampled_from([0.2, 0.25, 0.6, 1.0]),
        full_wh=st.sampled_from([400.0, 500.0]),
        free_ms=st.sampled_from([0, 900, 1100, 2000]),
        rest_ms=st.sampled_from([0, 50, 300]),
        is_free=st.booleans(),
    ),
    max_size=6,
)


def known(home_by_ms: int) -> Known:
    return Known(NOW_MS, frozenset(), frozenset(), (), 0.25, Air(0.9, home_by_ms, math.inf), (), None)


def order(need_wh: float, ready_ms: int) -> OrderRow:
    return OrderRow(0, 1.0, 5000, PLACE, 0, ready_ms, True, need_wh, SortieTimes(300, 700, ()))


@given(
    DRONES,
    st.sampled_from([0.0, 90.0, 120.0, 160.0, 500.0]),
    st.sampled_from([500, 1000, 1250, 3000]),
    st.sampled_from([1600, 1700, 1850, 2800, 1 << 40]),
)
def test_the_first_in_line_is_the_first_of_all(
    drones: list[DroneRow], need_wh: float, ready_ms: int, home_by_ms: int
) -> None:
    its, now = order(need_wh, ready_ms), known(home_by_ms)
    each = [at_ms for drone in drones if (at_ms := predicted_ms(its, drone, now)) is not None]
    line = line_up(drones, now)
    assert (line is None) == (not drones)
    found = None if line is None else first_in_line_ms(its, line, now)
    assert found == min(each, default=None)
    able = predicted_ms(its, DroneRow(PLACE, 1.0, 1e6, 0, 0, True), now)
    assert ends_too_late(its, now) == (able is None), "whoever flies it, and whatever its pack holds"
    assert not (ends_too_late(its, now) and each)


def test_drones_in_two_places_stand_in_no_line() -> None:
    rows = [DroneRow(place, 1.0, 500.0, 0, 0, True) for place in (PLACE, PLACE, 3)]
    assert line_up(rows, known(1 << 40)) is None
    assert line_up(rows[:2], known(1 << 40)) is not None

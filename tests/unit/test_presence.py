"""Capacity over time: who is there when, and units of calendars that are booked out."""

from __future__ import annotations

from copy import deepcopy

import pytest

from dronesim.airspace import Timetable, pack
from dronesim.simulation.presence import NOBODY, BookedOut, Presence, added_up

OVER_MS = 100_000


def test_rows_add_up_where_they_overlap() -> None:
    rows = [(10.0, 20.0, 2), (15.0, 30.0, 1), (30.0, 40.0, 1), (50.0, 60.0, 3)]
    assert added_up(rows) == ((10.0, 2), (15.0, 3), (20.0, 1), (40.0, 0), (50.0, 3), (60.0, 0))


def test_a_unit_is_there_while_more_than_its_number_are() -> None:
    presence = Presence(((10.0, 2), (15.0, 3), (20.0, 1), (40.0, 0)), over_ms=OVER_MS)
    assert [list(presence.absences(unit)) for unit in range(3)] == [
        [(0, 10_000), (40_000, OVER_MS)],
        [(0, 10_000), (20_000, OVER_MS)],
        [(0, 15_000), (20_000, OVER_MS)],
    ]


@pytest.mark.parametrize(("at_ms", "from_ms"), [(0, 10_000), (10_000, 10_000), (19_999, 19_999), (20_000, OVER_MS)])
def test_who_is_away_comes_with_the_next_shift(at_ms: int, from_ms: int) -> None:
    presence = Presence(((10.0, 2), (20.0, 0)), over_ms=OVER_MS)
    assert presence.from_ms(1, at_ms) == from_ms


def test_a_unit_that_is_away_is_booked_out() -> None:
    timetable = Timetable()
    calendar = timetable.add(2)
    away = BookedOut(timetable, calendar)
    away.add([(1000, 2000)])
    both = pack([(calendar, 0, 500), (calendar, 0, 500)])
    assert timetable.book_from(pack([(calendar, 0, 5000)]), 0, holder=7) is not None
    assert timetable.first_common_start(pack([(calendar, 0, 500)]), 600) == 2000
    assert timetable.book_from(both, 1000, holder=8) is None


def test_a_unit_that_is_lent_is_away_again_from_when_it_is_returned() -> None:
    timetable = Timetable()
    calendar = timetable.add(1)
    away, use = BookedOut(timetable, calendar), pack([(calendar, 0, 100)])
    away.add([(1000, 2000), (5000, 6000)])
    away.lend(3, 900)
    away.lend(3, 900)
    assert timetable.first_common_start(use, 1000) == 1000
    away.return_from(3, 1800, now_ms=900)
    away.return_from(3, 1500, now_ms=950)
    assert timetable.first_common_start(use, 1000) == 1000
    assert timetable.first_common_start(use, 1450) == 2000
    assert timetable.first_common_start(use, 4950) == 6000
    away.return_from(3, 1600, now_ms=1500)
    ((_, _, holder, start_ms, _),) = deepcopy(timetable).deal_out()
    assert set(holder.tolist()) == {NOBODY}
    assert start_ms.tolist() == [1500, 5000]

"""The compiled timetable against its slow twin, and the clearances that are made with it."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace import (
    Clearance,
    HeadwayClearance,
    LegChoice,
    SortieChoices,
    Timetable,
    WayHome,
    WayOut,
    alternatives,
    booking_log,
    pack,
    sortie_choices,
    sortie_request,
)
from exploring import examples
from oracles.calendar import Calendar, find_sortie
from oracles.calendar import first_common_start as slow_common_start

SETTINGS = examples(150)

Held = tuple[int, int]
Times = tuple[int, int]


class Both:
    """The same calendars twice: in a timetable, and as slow twins."""

    def __init__(self, capacities: list[int]) -> None:
        self.fast = Timetable()
        self.numbers = [self.fast.add(capacity) for capacity in capacities]
        self.slow = [Calendar(capacity) for capacity in capacities]

    def fill(self, number: int, wanted: list[Held]) -> list[tuple[range, int]]:
        entries = []
        for holder, (from_ms, hold_ms) in enumerate(wanted):
            uses = pack([(number, 0, hold_ms)])
            start_ms = self.fast.first_common_start(uses, from_ms)
            assert start_ms == self.slow[number].first_gap(from_ms, hold_ms)
            _, entry = self.slow[number].book(start_ms, start_ms + hold_ms, holder)
            entries.append((self.fast.book(uses, start_ms, holder=holder), entry))
        return entries

    def dealt(self, number: int) -> list[tuple[int, ...]]:
        return dealt(self.fast, number)

    def check(self, number: int) -> None:
        expected = [tuple(row) for row in np.column_stack(self.slow[number].by_unit()).tolist()]
        assert self.dealt(number) == expected


def dealt(timetable: Timetable, number: int) -> list[tuple[int, ...]]:
    """Unit, holder, start and end of each booking of a calendar, in order of start."""
    rows = [row for part in deepcopy(timetable).deal_out() for row in np.column_stack(part).tolist()]
    return [tuple(row[1:]) for row in rows if row[0] == number]


asks = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=40)


@SETTINGS
@given(st.integers(1, 3), asks, st.integers(0, 60), st.integers(1, 10))
def test_the_first_gap_is_the_slow_twins(capacity: int, wanted: list[Held], at_ms: int, hold_ms: int) -> None:
    both = Both([capacity])
    both.fill(0, wanted)
    found = both.fast.first_common_start(pack([(0, 0, hold_ms)]), at_ms)
    assert found == both.slow[0].first_gap(at_ms, hold_ms)
    both.check(0)


@SETTINGS
@given(st.integers(1, 3), asks, st.lists(st.integers(0, 39), max_size=8), st.integers(0, 50))
def test_a_revoked_booking_leaves_only_its_past(
    capacity: int, wanted: list[Held], revoked: list[int], now_ms: int
) -> None:
    both = Both([capacity])
    entries = both.fill(0, wanted)
    for number in {number for number in revoked if number < len(entries)}:
        both.fast.revoke(entries[number][0], now_ms)
        both.slow[0].revoke(entries[number][1], now_ms)
    for at_ms in range(now_ms, 70, 3):
        assert both.fast.first_common_start(pack([(0, 0, 4)]), at_ms) == both.slow[0].first_gap(at_ms, 4)
    both.check(0)


@SETTINGS
@given(st.integers(1, 3), asks, st.lists(st.integers(0, 39), max_size=8), st.integers(0, 50), st.integers(0, 40))
def test_bookings_are_what_was_made_whether_they_lie_open_or_are_folded(
    capacity: int, wanted: list[Held], revoked: list[int], now_ms: int, first: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in (("_BLOCK", 3), ("_OPEN", 2), ("_LEAST", 1)):
            patch.setattr(booking_log, name, size)
        both = Both([capacity])
        entries = both.fill(0, wanted)
        log = both.fast._log
        assert [len(log), log.used < len(wanted)] == [len(wanted), len(wanted) > 6]
        for place in {place for place in revoked if place < len(entries)}:
            both.fast.revoke(entries[place][0], now_ms)
            both.slow[0].revoke(entries[place][1], now_ms)
        made = both.fast.bookings()
        assert [row[3] for row in made.tolist()] == list(range(len(wanted)))
        first = min(first, len(made))
        ahead = made[first:][made[first:, 2] > now_ms]
        assert np.array_equal(np.column_stack(both.fast.ahead(now_ms, first)[1:]), ahead[:, :3])
        both.check(0)


@SETTINGS
@given(asks, asks, st.integers(0, 30), st.integers(1, 6), st.integers(1, 6), st.integers(0, 9))
def test_the_first_common_start_is_the_slow_twins(
    one: list[Held], two: list[Held], at_ms: int, hold_one: int, hold_two: int, offset_ms: int
) -> None:
    both = Both([1, 2])
    both.fill(0, one)
    both.fill(1, two)
    slow = ((both.slow[0], 0, hold_one), (both.slow[1], offset_ms, hold_two))
    fast = pack([(0, 0, hold_one), (1, offset_ms, hold_two)])
    assert both.fast.first_common_start(fast, at_ms) == slow_common_start(slow, at_ms)


@SETTINGS
@given(asks, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=4), st.integers(0, 30))
def test_nothing_starts_while_it_is_closed(wanted: list[Held], shut: list[Held], at_ms: int) -> None:
    both = Both([1])
    both.fill(0, wanted)
    closed, end = [], 0
    for gap_ms, hold_ms in shut:
        closed.append((end + gap_ms + 1, end + gap_ms + 1 + hold_ms))
        end = closed[-1][1]
    uses = pack([(0, 0, 3)])
    found = both.fast.first_common_start(uses, at_ms, closed=np.array(closed, dtype=np.int64).reshape(-1, 2))
    expected = at_ms
    while both.slow[0].first_gap(expected, 3) != expected or any(low <= expected < high for low, high in closed):
        expected += 1
    assert found == expected


use = st.tuples(st.integers(0, 12), st.integers(0, 9))
few = st.integers(1, 2)


@SETTINGS
@given(st.tuples(few, few, few), asks, asks, asks, st.tuples(use, use, use), st.lists(st.integers(0, 30), max_size=8))
def test_sorties_are_found_and_booked_as_by_the_slow_twin(
    capacities: tuple[int, int, int],
    pads: list[Held],
    lanes: list[Held],
    crews: list[Held],
    uses: tuple[Held, Held, Held],
    at: list[int],
) -> None:
    both, (crews_use, pads_use, lanes_use) = Both([*capacities]), uses
    for number, wanted in enumerate((pads, lanes, crews)):
        both.fill(number, wanted)
    request = sortie_request(
        outbound=((2, *crews_use),), stay=((0, *pads_use),), homeward=((1, *lanes_use),), leave_ms=15
    )
    pad, lane, crew = both.slow
    for number, at_ms in enumerate(at):
        holder = 100 + number
        start_ms, left_ms = find_sortie(
            ((crew, *crews_use),), ((pad, *pads_use),), ((lane, *lanes_use),), leave_ms=15, at_ms=at_ms
        )
        assert both.fast.find_sortie(request, at_ms) == (start_ms, left_ms)
        found = both.fast.clear_sortie(request, at_ms=at_ms, holder=holder)
        assert found[:2] == (start_ms, left_ms)
        late_ms = left_ms - start_ms - 15
        for calendar, begin_ms, (offset_ms, hold_ms) in (
            (crew, start_ms, crews_use),
            (pad, start_ms, (pads_use[0], pads_use[1] + late_ms)),
            (lane, left_ms, lanes_use),
        ):
            calendar.book(begin_ms + offset_ms, begin_ms + offset_ms + hold_ms, holder)
    for number in range(3):
        both.check(number)


def test_many_bookings_need_no_more_room_once_the_past_may_go() -> None:
    plain, pruned = Timetable(), Timetable()
    use = pack([(plain.add(2), 0, 5)])
    pruned.add(2)
    for number in range(4000):
        for timetable in (plain, pruned):
            start_ms = timetable.first_common_start(use, 3 * number)
            timetable.book(use, start_ms, holder=number)
        pruned.past_ms = 3 * number
        assert plain.first_common_start(use, 3 * number) == pruned.first_common_start(use, 3 * number)
    assert dealt(plain, 0) == dealt(pruned, 0)
    assert pruned._held.size < plain._held.size / 20


def test_a_booking_that_ended_is_not_revoked() -> None:
    timetable = Timetable()
    use = pack([(timetable.add(1), 0, 10)])
    timetable.revoke(timetable.book(use, 10, holder=0), 20)
    assert dealt(timetable, 0) == [(0, 0, 10, 20)]


@pytest.mark.parametrize("capacity", [1, 3])
def test_an_empty_calendar_is_free_at_once(capacity: int) -> None:
    timetable = Timetable()
    assert timetable.first_common_start(pack([(timetable.add(capacity), 0, 1000)]), 17) == 17


def test_a_day_without_bookings_is_dealt() -> None:
    timetable = Timetable()
    assert [[len(column) for column in part] for part in deepcopy(timetable).deal_out()] == [[0] * 5]


# clearances


def clearance(
    timetable: Timetable | None = None, *, lane_ms: int = 20, route_ms: int = 0, is_strict: bool = True
) -> HeadwayClearance:
    return HeadwayClearance(
        timetable or Timetable(),
        ("T0", "A0"),
        lane_headway_ms=lane_ms,
        route_headway_ms=route_ms,
        is_strict=is_strict,
    )


def test_followers_keep_the_longer_of_lane_and_route_headway() -> None:
    for lane_ms, route_ms, gap_ms in ((20, 0, 20), (20, 45, 45), (50, 45, 50)):
        airspace = clearance(lane_ms=lane_ms, route_ms=route_ms)
        uses = pack((*airspace.departure(0, offset_ms=0, for_ms=15), *airspace.route(0, 1)))
        ways = [LegChoice(uses=uses, path=None, depart_ms=0)]
        starts = [airspace.clear_leg(ways, at_ms=100, holder=0)[1].start_ms for _ in range(3)]
        assert starts == [100, 100 + gap_ms, 100 + 2 * gap_ms]


def test_without_headways_nobody_waits_for_a_lane() -> None:
    airspace = clearance(is_strict=False, route_ms=45)
    lanes = (*airspace.departure(0, offset_ms=3, for_ms=9), *airspace.arrival(1, offset_ms=5, for_ms=9))
    assert (*lanes, *airspace.route(0, 1)) == ()


def test_a_lane_is_held_for_as_long_as_the_drone_is_in_it_and_no_less_than_the_headway() -> None:
    airspace = clearance(lane_ms=20)
    for stays_ms, held_ms in ((7, 20), (90, 90)):
        (departing,) = airspace.departure(0, offset_ms=31, for_ms=stays_ms)
        (arriving,) = airspace.arrival(1, offset_ms=200, for_ms=stays_ms)
        assert (departing[1:], arriving[1:]) == ((31, held_ms), (200, held_ms))


def a_sortie(pad: int, lane: int) -> SortieChoices:
    """Ten ms out, five on the pad, then a lane home."""
    out = WayOut(uses=pack([]), stays=pack([(pad, 10, 4)]), depart_ms=0, deliver_ms=15, leave_ms=15)
    home = WayHome(uses=pack([(lane, 0, 3)]), stays_ms=np.array([1]), home_ms=3)
    return sortie_choices(alternatives(()), [out], [home])


def cleared(airspace: HeadwayClearance, among: SortieChoices) -> Clearance:
    """Clear the only way to fly a sortie."""
    number, found = airspace.clear_sortie(among, np.array([True]), at_ms=0, holder=1)
    assert number == 0
    return found


def pad_and_lane() -> tuple[Timetable, int, int]:
    timetable = Timetable()
    return timetable, timetable.add(1), timetable.add(1)


def test_a_sortie_waits_on_the_airports_pad_for_its_way_home() -> None:
    timetable, pad, lane = pad_and_lane()
    timetable.book(pack([(lane, 0, 25)]), 15, holder=9)
    found = cleared(clearance(timetable), a_sortie(pad, lane))
    assert (found.start_ms, found.leave_ms) == (0, 40)
    assert dealt(timetable, pad) == [(0, 1, 10, 40)]


def test_a_sortie_starts_later_where_the_pad_is_promised_to_another() -> None:
    timetable, pad, lane = pad_and_lane()
    timetable.book(pack([(lane, 0, 25)]), 15, holder=9)
    timetable.book(pack([(pad, 0, 10)]), 20, holder=8)
    found = cleared(clearance(timetable), a_sortie(pad, lane))
    assert found.start_ms + 10 >= 30
    assert found.leave_ms >= 40
    assert len({unit for unit, *_ in dealt(timetable, pad)}) == 1


def test_a_revoked_clearance_gives_everything_back() -> None:
    timetable, pad, lane = pad_and_lane()
    airspace = clearance(timetable)
    found = cleared(airspace, a_sortie(pad, lane))
    airspace.revoke(found, now_ms=12)
    assert (dealt(timetable, pad), dealt(timetable, lane)) == ([(0, 1, 10, 12)], [])
    assert timetable.first_common_start(pack([(pad, 0, 100)]), 12) == 12
    assert timetable.first_common_start(pack([(lane, 0, 100)]), 0) == 0


def test_calendars_that_are_opened_while_others_are_booked_leave_these_as_they_are() -> None:
    timetable = Timetable()
    for number in range(300):
        assert timetable.add(1 + number % 3) == number
        timetable.book(pack([(number // 2, 0, 10)]), 1000 * number, holder=number)
    assert [timetable.units(number) for number in range(300)] == [1 + number % 3 for number in range(300)]
    ((calendar, _, holder, start_ms, _),) = deepcopy(timetable).deal_out()
    booked = {(number // 2, number, 1000 * number) for number in range(300)}
    assert set(zip(calendar.tolist(), holder.tolist(), start_ms.tolist(), strict=True)) == booked
    assert timetable.first_common_start(pack([(0, 0, 5)]), 0) == 10

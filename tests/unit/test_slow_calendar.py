"""The slow twin of the timetable against one that tries every millisecond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exploring import examples
from oracles.calendar import Calendar, find_sortie, first_common_start

SETTINGS = examples(200)

Held = tuple[int, int]


def holders(held: list[Held], at_ms: int) -> int:
    return sum(start <= at_ms < end for start, end in held)


def is_free(held: list[Held], capacity: int, start_ms: int, hold_ms: int) -> bool:
    """Whether a unit is free for so long; what takes no time needs one at its moment."""
    return all(holders(held, at) < capacity for at in range(start_ms, start_ms + max(hold_ms, 1)))


def first_free(held: list[Held], capacity: int, at_ms: int, hold_ms: int) -> int:
    while not is_free(held, capacity, at_ms, hold_ms):
        at_ms += 1
    return at_ms


def dealt(calendar: Calendar) -> list[tuple[int, ...]]:
    """Unit, holder, start and end of each booking, in order of start."""
    return [tuple(row) for row in np.column_stack(calendar.by_unit()).tolist()]


asks = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=25)
times = st.lists(st.integers(0, 30), max_size=6)


@SETTINGS
@given(st.integers(1, 3), asks, st.integers(0, 60), st.integers(1, 10))
def test_the_first_gap_is_the_first_one(capacity: int, wanted: list[Held], at_ms: int, hold_ms: int) -> None:
    calendar, held = Calendar(capacity), []
    for holder, (from_ms, length_ms) in enumerate(wanted):
        start_ms = calendar.first_gap(from_ms, length_ms)
        assert start_ms == first_free(held, capacity, from_ms, length_ms)
        calendar.book(start_ms, start_ms + length_ms, holder)
        held.append((start_ms, start_ms + length_ms))
    assert calendar.first_gap(at_ms, hold_ms) == first_free(held, capacity, at_ms, hold_ms)


@SETTINGS
@given(st.integers(1, 3), asks, st.lists(st.integers(0, 24), max_size=8), st.integers(0, 50))
def test_a_revoked_booking_leaves_only_its_past(
    capacity: int, wanted: list[Held], revoked: list[int], now_ms: int
) -> None:
    calendar, held, entries = Calendar(capacity), [], []
    for holder, (from_ms, length_ms) in enumerate(wanted):
        start_ms = calendar.first_gap(from_ms, length_ms)
        _, entry = calendar.book(start_ms, start_ms + length_ms, holder)
        entries.append(entry)
        held.append((start_ms, start_ms + length_ms))
    for number in {number for number in revoked if number < len(held)}:
        calendar.revoke(entries[number], now_ms)
        start_ms, end_ms = held[number]
        held[number] = (start_ms, min(end_ms, max(start_ms, now_ms)))
    for at_ms in range(now_ms, 60, 3):
        assert calendar.first_gap(at_ms, 4) == first_free(held, capacity, at_ms, 4)
    kept = sorted((start, end) for _, _, start, end in dealt(calendar))
    assert kept == sorted(pair for pair in held if pair[1] > pair[0])


@SETTINGS
@given(st.integers(1, 4), asks)
def test_bookings_are_dealt_to_units_without_overlap(capacity: int, wanted: list[Held]) -> None:
    calendar = Calendar(capacity)
    for holder, (from_ms, length_ms) in enumerate(wanted):
        start_ms = calendar.first_gap(from_ms, length_ms)
        calendar.book(start_ms, start_ms + length_ms, holder)
    ends = dict.fromkeys(range(capacity), 0)
    rows = dealt(calendar)
    for unit, _holder, start_ms, end_ms in rows:
        assert ends[unit] <= start_ms
        ends[unit] = end_ms
    assert sorted(holder for _, holder, _, _ in rows) == list(range(len(wanted)))


def test_forgetting_the_past_changes_no_answer_about_the_future() -> None:
    plain, pruned = Calendar(2), Calendar(2)
    for number in range(400):
        for calendar in (plain, pruned):
            start_ms = calendar.first_gap(3 * number, 5)
            calendar.book(start_ms, start_ms + 5, number)
        pruned.forget(3 * number)
        assert plain.first_gap(3 * number, 7) == pruned.first_gap(3 * number, 7)
    assert dealt(plain) == dealt(pruned)


def test_a_booking_that_ended_is_not_revoked() -> None:
    calendar = Calendar(1)
    _, entry = calendar.book(10, 20, 0)
    calendar.revoke(entry, 20)
    assert dealt(calendar) == [(0, 0, 10, 20)]


def test_back_to_back_bookings_do_not_meet() -> None:
    calendar = Calendar(1)
    calendar.book(10, 20, 0)
    calendar.book(30, 40, 1)
    assert [calendar.first_gap(0, 10), calendar.first_gap(1, 10), calendar.first_gap(1, 11)] == [0, 20, 40]


@SETTINGS
@given(asks, asks, st.integers(0, 30), st.integers(1, 6), st.integers(1, 6), st.integers(0, 9))
def test_the_first_common_start_suits_every_calendar_and_none_earlier_does(
    one: list[Held], two: list[Held], at_ms: int, hold_one: int, hold_two: int, offset_ms: int
) -> None:
    calendars, held = (Calendar(1), Calendar(2)), ([], [])  # type: ignore[var-annotated]
    for calendar, wanted, own in zip(calendars, (one, two), held, strict=True):
        for holder, (from_ms, length_ms) in enumerate(wanted):
            start_ms = calendar.first_gap(from_ms, length_ms)
            calendar.book(start_ms, start_ms + length_ms, holder)
            own.append((start_ms, start_ms + length_ms))
    uses = ((calendars[0], 0, hold_one), (calendars[1], offset_ms, hold_two))
    expected = at_ms
    while not (is_free(held[0], 1, expected, hold_one) and is_free(held[1], 2, expected + offset_ms, hold_two)):
        expected += 1
    assert first_common_start(uses, at_ms) == expected


class Site:
    """Small calendars, and what is booked in them: a crew at home, an airport's pad, a lane home, a pilot."""

    def __init__(self, capacities: tuple[int, ...], wanted: tuple[list[Held], ...]) -> None:
        self.calendars = [Calendar(capacity) for capacity in capacities]
        self.held: list[list[Held]] = [[] for _ in capacities]
        for number, asked in enumerate(wanted):
            for from_ms, length_ms in asked:
                self.book(number, self.calendars[number].first_gap(from_ms, length_ms), length_ms)

    def book(self, number: int, start_ms: int, hold_ms: int) -> None:
        self.calendars[number].book(start_ms, start_ms + hold_ms, 0)
        self.held[number].append((start_ms, start_ms + hold_ms))

    def takes(self, number: int, start_ms: int, hold_ms: int) -> bool:
        return is_free(self.held[number], self.calendars[number].capacity, start_ms, hold_ms)

    def first_sortie(self, uses: Sortie, at_ms: int) -> Held:
        """The first start in order of time, with its first way home, that every calendar takes."""
        (crew, pad, pilot, lane), leave_ms = uses
        start_ms = at_ms
        while True:
            left_ms = start_ms + leave_ms
            while not self.takes(2, left_ms + lane[0], lane[1]):
                left_ms += 1
            late_ms = left_ms - start_ms - leave_ms
            there = [(0, *crew), (1, pad[0], pad[1] + late_ms), (3, pilot[0], pilot[1] + late_ms)]
            if all(self.takes(number, start_ms + offset, hold) for number, offset, hold in there):
                return start_ms, left_ms
            start_ms += 1

    def find_sortie(self, uses: Sortie, at_ms: int) -> Held:
        (crew, pad, pilot, lane), leave_ms = uses
        at_crew, at_pad, at_lane, at_pilot = self.calendars
        stay = ((at_pad, *pad), (at_pilot, *pilot))
        return find_sortie(((at_crew, *crew),), stay, ((at_lane, *lane),), leave_ms=leave_ms, at_ms=at_ms)


Sortie = tuple[tuple[Held, Held, Held, Held], int]
"""Offset and length of what a crew, a pad, a pilot and a lane are wanted for, and when the pad is left."""

use = st.tuples(st.integers(0, 6), st.integers(0, 8))
asked_of = st.tuples(*[asks] * 4)


@SETTINGS
@given(st.tuples(*[st.integers(1, 2)] * 4), asked_of, st.tuples(use, use, use, use), st.integers(0, 9), times)
def test_the_sortie_that_is_found_is_the_earliest(
    capacities: tuple[int, ...], wanted: tuple[list[Held], ...], uses: Any, leave_ms: int, at: list[int]
) -> None:
    site = Site(capacities, wanted)
    for at_ms in at:
        start_ms, left_ms = site.find_sortie((uses, leave_ms), at_ms)
        assert (start_ms, left_ms) == site.first_sortie((uses, leave_ms), at_ms)
        late_ms = left_ms - start_ms - leave_ms
        for number, (offset_ms, hold_ms), longer_ms in zip((0, 1, 3), uses[:3], (0, late_ms, late_ms), strict=True):
            site.book(number, start_ms + offset_ms, hold_ms + longer_ms)
        site.book(2, left_ms + uses[3][0], uses[3][1])


def test_a_pad_that_is_free_between_two_others_is_found() -> None:
    """Where the stay after a late way home meets the next one, a later start is not late, and the gap is free."""
    site = Site((1, 1, 1, 1), ((), (), (), ()))
    for number, from_ms, to_ms in ((1, 0, 100), (1, 190, 300), (1, 385, 500), (2, 180, 195)):
        site.book(number, from_ms, to_ms - from_ms)
    assert site.find_sortie((((0, 0), (0, 80), (0, 80), (0, 20)), 80), 0) == (300, 380)


@pytest.mark.parametrize("capacity", [1, 3])
def test_an_empty_calendar_is_free_at_once(capacity: int) -> None:
    assert Calendar(capacity).first_gap(17, 1000) == 17

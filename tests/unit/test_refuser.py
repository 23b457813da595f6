"""Who refused a sortie its last earlier start: the kernel against somebody who looks at every millisecond."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace import SortieRequest, Timetable, pack, sortie_request
from dronesim.airspace.calendar_kernels import NO_DEPARTURE, NOBODY, refuser
from exploring import examples

SETTINGS = examples(200)

Held = tuple[int, int]
Use = tuple[int, int, int]

asks = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=15)
use = st.tuples(st.integers(0, 9), st.integers(0, 9))
spells = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=3)


class Place:
    """Calendars of small capacities with what is booked in them, and times when nothing may leave."""

    def __init__(self, capacities: list[int], wanted: list[list[Held]]) -> None:
        self.timetable = Timetable()
        self.capacities = capacities
        self.held: list[list[Held]] = [[] for _ in capacities]
        for number, capacity in enumerate(capacities):
            assert self.timetable.add(capacity) == number
        for number, asked in enumerate(wanted):
            for from_ms, hold_ms in asked:
                start_ms = self.timetable.first_common_start(pack([(number, 0, hold_ms)]), from_ms)
                self.book((number, 0, hold_ms), start_ms)

    def book(self, what: Use, start_ms: int) -> None:
        number, offset_ms, hold_ms = what
        self.timetable.book(pack([what]), start_ms, holder=0)
        if hold_ms:
            self.held[number].append((start_ms + offset_ms, start_ms + offset_ms + hold_ms))

    def takes(self, what: Use, start_ms: int, longer_ms: int = 0) -> bool:
        number, offset_ms, hold_ms = what
        moments = range(start_ms + offset_ms, start_ms + offset_ms + max(hold_ms + longer_ms, 1))
        most = max(sum(begin <= at < end for begin, end in self.held[number]) for at in moments)
        return most < self.capacities[number]

    def refuser(self, there: list[Use], stay: list[Use], home: list[Use], start_ms: int, **how: Any) -> int:
        """Name the first calendar that refuses a start, asked one by one in the order of the uses."""
        leave_ms, closed, closed_home = how["leave_ms"], how["closed"], how["closed_home"]
        for what in (*there, *stay):
            if not self.takes(what, start_ms):
                return what[0]
        if is_in(closed, start_ms):
            return NO_DEPARTURE
        left_ms = start_ms + leave_ms
        while is_in(closed_home, left_ms) or not all(self.takes(what, left_ms) for what in home):
            left_ms += 1
        late_ms = left_ms - start_ms - leave_ms
        return next((what[0] for what in stay if not self.takes(what, start_ms, late_ms)), NOBODY)


def is_in(closed: list[Held], at_ms: int) -> bool:
    return any(begin <= at_ms < end for begin, end in closed)


def apart(asked: list[Held]) -> list[Held]:
    """Intervals one after another, with a gap before each."""
    closed, end = [], 0
    for gap_ms, hold_ms in asked:
        closed.append((end + gap_ms + 1, end + gap_ms + 1 + hold_ms))
        end = closed[-1][1]
    return closed


def refused_by(timetable: Timetable, request: SortieRequest, start_ms: int, *, closed: Any, closed_home: Any) -> int:
    """Ask the kernel."""
    held = timetable._shelf, timetable._held
    rest = request.there, request.homeward, closed, closed_home, request.stays, request.leave_ms, start_ms
    return int(refuser(*held, *rest))


def packed(closed: list[Held]) -> Any:
    return np.array(closed, dtype=np.int64).reshape(-1, 2)


def a_request(uses: Any, leave_ms: int) -> tuple[SortieRequest, list[Use], list[Use], list[Use]]:
    """Crew and its pad at home, airport's pad and pilot as long as the drone stays, and a lane home."""
    crew, pad, airport_pad, pilot, lane = ((number, *what) for number, what in enumerate(uses))
    there, stay, home = [crew, pad], [airport_pad, pilot], [lane]
    return sortie_request(outbound=there, stay=stay, homeward=home, leave_ms=leave_ms), there, stay, home


five = st.lists(use, min_size=5, max_size=5)
capacities_of = st.lists(st.integers(1, 2), min_size=5, max_size=5)
wanted_of = st.lists(asks, min_size=5, max_size=5)


@SETTINGS
@given(capacities_of, wanted_of, five, st.integers(0, 9), spells, spells, st.integers(0, 40))
def test_what_refuses_a_start_is_the_first_that_does(
    capacities: list[int], wanted: Any, uses: Any, leave_ms: int, shut: Any, shut_home: Any, start_ms: int
) -> None:
    place, closed, closed_home = Place(capacities, wanted), apart(shut), apart(shut_home)
    request, *parts = a_request(uses, leave_ms)
    found = refused_by(place.timetable, request, start_ms, closed=packed(closed), closed_home=packed(closed_home))
    how = {"leave_ms": leave_ms, "closed": closed, "closed_home": closed_home}
    assert found == place.refuser(*parts, start_ms, **how)


@SETTINGS
@given(capacities_of, wanted_of, five, st.integers(0, 9), spells, spells, st.integers(0, 40))
def test_a_start_later_than_asked_was_refused_a_millisecond_before_and_the_start_itself_is_not(
    capacities: list[int], wanted: Any, uses: Any, leave_ms: int, shut: Any, shut_home: Any, at_ms: int
) -> None:
    """So is every earlier one, back to when it was asked for."""
    place, request = Place(capacities, wanted), a_request(uses, leave_ms)[0]
    closures = {"closed": packed(apart(shut)), "closed_home": packed(apart(shut_home))}
    start_ms, _ = place.timetable.find_sortie(request, at_ms, **closures)
    assert refused_by(place.timetable, request, start_ms, **closures) == NOBODY
    for earlier_ms in range(at_ms, start_ms):
        assert refused_by(place.timetable, request, earlier_ms, **closures) != NOBODY


@SETTINGS
@given(capacities_of, wanted_of, five, st.integers(0, 9), st.lists(st.integers(0, 40), max_size=6))
def test_each_booking_names_what_refused_it_the_millisecond_before(
    capacities: list[int], wanted: Any, uses: Any, leave_ms: int, at: list[int]
) -> None:
    place = Place(capacities, wanted)
    request, there, stay, home = a_request(uses, leave_ms)
    for at_ms in at:
        start_ms, left_ms, refused_by, _ = place.timetable.clear_sortie(request, at_ms=at_ms, holder=1)
        how: dict[str, Any] = {"leave_ms": leave_ms, "closed": [], "closed_home": []}
        before = place.refuser(there, stay, home, start_ms - 1, **how) if start_ms > at_ms else NOBODY
        assert refused_by == before
        assert (refused_by == NOBODY) == (start_ms == at_ms)
        late_ms = left_ms - start_ms - leave_ms
        for what, longer_ms in (*((what, 0) for what in there), *((what, late_ms) for what in stay)):
            note(place, what, start_ms, longer_ms)
        for what in home:
            note(place, what, left_ms, 0)


def note(place: Place, what: Use, start_ms: int, longer_ms: int) -> None:
    """Remember a booking that the timetable has made itself."""
    number, offset_ms, hold_ms = what
    if hold_ms + longer_ms:
        place.held[number].append((start_ms + offset_ms, start_ms + offset_ms + hold_ms + longer_ms))


def test_who_is_late_on_the_way_home_is_refused_by_whom_the_pad_is_promised() -> None:
    place = Place([1] * 5, [[], [], [(20, 10)], [], [(15, 25)]])
    request, *_ = a_request([(0, 0), (0, 0), (10, 5), (0, 0), (0, 3)], 15)
    start_ms, left_ms, refused_by, _ = place.timetable.clear_sortie(request, at_ms=0, holder=1)
    assert (start_ms, left_ms, refused_by) == (20, 40, 2)

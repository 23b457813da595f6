"""Compiled kernels that find and book free units of many calendars at once, in integer milliseconds.

``shelf`` (calendars, 4) tells of each calendar how many intervals are booked, how many units there are, where
its part of ``held`` begins, and how many intervals fit in it. That part holds the starts of the intervals in
ascending order, then their ends in ascending order. Starts and ends need not be paired to count: as many units
are taken at a moment as intervals have begun by then, less those that have ended. ``log`` (entries, 4) keeps
calendar, start, end and holder of every booking, in four bytes each: milliseconds of 24 days fit. A use is a
row of three: calendar, offset from a common start, and how long the unit is held.

The slow twin is ``tests/oracles/calendar.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.ascending import enter
from dronesim.routing.jit import kernel

Ints = NDArray[np.int64]
Log = NDArray[np.int32]
Bools = NDArray[np.bool_]

COUNT, CAPACITY, FIRST, ROOM = 0, 1, 2, 3
NO_ROOM = -1
NOBODY, NO_DEPARTURE = -1, -2
BEGIN, STAY, END, DEPART, DELIVER, LEAVE = 0, 1, 2, 3, 4, 5
HOME = 2


class PackedWays(NamedTuple):
    """Ways to fly a sortie, each way out with each way home: number n is way out n // homes with way home n % homes.

    ``uses`` (n, 3): what each way out holds and, behind that, what a sortie on it stays on; then what each way home
    holds. ``outs`` (outs, 6): where in them those of each begin, its stays begin and it ends, and the times from the
    start of loading until it departs, delivers and leaves. ``homes`` (homes, 3): where those of each begin and end, and
    the time from leaving until it is home. ``stays_ms`` (homes, stays): how much longer each stay lasts for it.
    """

    uses: Ints
    outs: Ints
    homes: Ints
    stays_ms: Ints

    def held(self, number: int) -> int:
        """Count what a sortie on one of the ways holds."""
        out, back = divmod(number, len(self.homes))
        return int(self.outs[out, END] - self.outs[out, BEGIN] + self.homes[back, 1] - self.homes[back, 0])

    @property
    def most_held(self) -> int:
        """Count the same on the way that holds most."""
        there, homeward = self.outs[:, END] - self.outs[:, BEGIN], self.homes[:, 1] - self.homes[:, 0]
        return int(there.max() + homeward.max())


@kernel
def count_below(values: Ints, bound: int) -> int:
    """Count the entries of an ascending array that are less than a bound."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < bound:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def both_rows(shelf: Ints, held: Ints, calendar: int) -> tuple[Ints, Ints]:
    """Give a calendar's room for starts and for ends, booked ones first."""
    first, room = shelf[calendar, FIRST], shelf[calendar, ROOM]
    return held[first : first + room], held[first + room : first + 2 * room]


@kernel
def first_gap(shelf: Ints, held: Ints, calendar: int, at_ms: int, hold_ms: int) -> int:
    """Find the first start at or after ``at_ms`` from which a unit is free for ``hold_ms``, at least at that moment.

    With ``started`` bookings begun by a moment, all units are taken if the one that ends ``capacity``-last of
    them has not ended by then; the next chance comes when it does. Only the start and the moments at which
    a booking begins beside ours need a look.
    """
    count, capacity = shelf[calendar, COUNT], shelf[calendar, CAPACITY]
    starts, ends = both_rows(shelf, held, calendar)
    if count < capacity or ends[count - capacity] <= at_ms:
        return at_ms
    moment_ms, started = at_ms, count_below(starts[:count], at_ms + 1)
    while True:
        if started >= capacity and ends[started - capacity] > moment_ms:
            at_ms = moment_ms = ends[started - capacity]
            while started < count and starts[started] <= at_ms:
                started += 1
        elif started < count and starts[started] < at_ms + hold_ms:
            moment_ms = starts[started]
            started += 1
        else:
            return at_ms


@kernel
def first_open(closed: Ints, at_ms: int) -> int:
    """Find the first moment at or after ``at_ms`` in none of the half-open intervals ``(k, 2)``, which are apart."""
    place = count_below(closed[:, 1], at_ms + 1)
    return closed[place, 1] if place < len(closed) and closed[place, 0] <= at_ms else at_ms


@kernel
def first_common_start(shelf: Ints, held: Ints, uses: Ints, closed: Ints, at_ms: int) -> int:
    """Find the first common start at or after ``at_ms``, in no ``closed`` interval, at which every unit is free.

    Each calendar in turn pushes the start to its own first gap, until none pushes: the least fixed point.
    """
    start_ms, settled, number = at_ms, 0, 0
    while settled <= len(uses):
        if number == len(uses):
            gap_ms, number = first_open(closed, start_ms), 0
        else:
            from_ms = start_ms + uses[number, 1]
            gap_ms = first_gap(shelf, held, uses[number, 0], from_ms, uses[number, 2]) - uses[number, 1]
            number += 1
        settled = settled + 1 if gap_ms == start_ms else 1
        start_ms = gap_ms
    return start_ms


@kernel
def free_until(shelf: Ints, held: Ints, calendar: int, at_ms: int, end_ms: int) -> int:
    """Find the first start at or after ``at_ms`` from which a unit is free until ``end_ms``; none if it is later.

    It is the end of the last time before ``end_ms`` in which all units are taken.
    """
    count, capacity = shelf[calendar, COUNT], shelf[calendar, CAPACITY]
    starts, ends = both_rows(shelf, held, calendar)
    freed_ms, moment_ms, started = at_ms, at_ms, count_below(starts[:count], at_ms + 1)
    while True:
        if started >= capacity and ends[started - capacity] > moment_ms:
            freed_ms = max(freed_ms, ends[started - capacity])
        if started >= count or starts[started] >= end_ms:
            return freed_ms
        moment_ms = starts[started]
        started += 1


@kernel
def first_until(shelf: Ints, held: Ints, uses: Ints, at_ms: int, late_ms: int) -> int:
    """Find the first common start at or after ``at_ms`` from which all uses can last until a fixed time.

    That is when they would end from ``at_ms`` on, ``late_ms`` longer than they take.
    """
    start_ms = at_ms
    for number in range(len(uses)):
        from_ms = at_ms + uses[number, 1]
        until_ms = from_ms + uses[number, 2] + late_ms
        start_ms = max(start_ms, free_until(shelf, held, uses[number, 0], from_ms, until_ms) - uses[number, 1])
    return start_ms


@kernel
def find_sortie(
    shelf: Ints,
    held: Ints,
    there: Ints,
    homeward: Ints,
    closed: Ints,
    closed_home: Ints,
    stays: int,
    leave_ms: int,
    at_ms: int,
) -> tuple[int, int]:
    """Find the earliest start of a sortie, and when it leaves the airport.

    The way home is the earliest after unloading; where it is late, the drone stays on the airport's pad for longer
    (uses from ``stays`` on). Where that is promised to another by then, it starts later: as long as it leaves at the
    same time, a later start shortens the stay, and one after which no stay is late is looked at like any other.
    """
    while True:
        start_ms = first_common_start(shelf, held, there, closed, at_ms)
        left_ms = first_common_start(shelf, held, homeward, closed_home, start_ms + leave_ms)
        late_ms = left_ms - start_ms - leave_ms
        at_ms = min(first_until(shelf, held, there[stays:], start_ms, late_ms), start_ms + late_ms)
        if at_ms == start_ms:
            return start_ms, left_ms


@kernel
def first_taken(shelf: Ints, held: Ints, uses: Ints, start_ms: int, late_ms: int) -> int:
    """Name the first calendar of some uses that has no unit free from a start on, ``NOBODY`` if all have."""
    for number in range(len(uses)):
        at_ms = start_ms + uses[number, 1]
        if first_gap(shelf, held, uses[number, 0], at_ms, uses[number, 2] + late_ms) != at_ms:
            return int(uses[number, 0])
    return NOBODY


@kernel
def refuser(
    shelf: Ints,
    held: Ints,
    there: Ints,
    homeward: Ints,
    closed: Ints,
    closed_home: Ints,
    stays: int,
    leave_ms: int,
    start_ms: int,
) -> int:
    """Name what refuses a sortie a start: a calendar, ``NO_DEPARTURE`` where that is closed, or ``NOBODY``.

    Where the way home is late, and another is promised what the drone would stay on, it is that calendar.
    """
    taken = first_taken(shelf, held, there, start_ms, 0)
    if taken != NOBODY:
        return taken
    if first_open(closed, start_ms) != start_ms:
        return NO_DEPARTURE
    left_ms = first_common_start(shelf, held, homeward, closed_home, start_ms + leave_ms)
    return first_taken(shelf, held, there[stays:], start_ms, left_ms - start_ms - leave_ms)


@kernel
def uses_there(ways: PackedWays, out: int, back: int) -> Ints:
    """Give what a sortie holds from the start of loading on, what it stays on last, on a way out and a way home."""
    begin, stay, end = ways.outs[out, BEGIN], ways.outs[out, STAY], ways.outs[out, END]
    there = ways.uses[begin:end].copy()
    for k in range(end - stay):
        there[stay - begin + k, 2] += ways.stays_ms[back, k]
    return there


@kernel
def find_choice(
    shelf: Ints, held: Ints, ways: PackedWays, allowed: Bools, closed: Ints, ends: Ints, at_ms: int
) -> tuple[int, int, int]:
    """Find the allowed way to fly a sortie that delivers first, of those the one that is home first.

    ``closed`` are departures, part of each way out as ``ends`` tells, and behind those of the ways out likewise home.
    Returns its number, its start, and when it leaves.
    """
    best, best_start, best_left = -1, 0, 0
    outs, homes = len(ways.outs), len(ways.homes)
    first_ms = home_ms = np.iinfo(np.int64).max
    for number in range(outs * homes):
        out, back = number // homes, number % homes
        deliver, leave, home = ways.outs[out, DELIVER], ways.outs[out, LEAVE], ways.homes[back, HOME]
        # not even at once would it be first
        if not allowed[number] or (at_ms + deliver, at_ms + leave + home) >= (first_ms, home_ms):
            continue
        start_ms, left_ms = find_sortie(
            shelf,
            held,
            uses_there(ways, out, back),
            ways.uses[ways.homes[back, 0] : ways.homes[back, 1]],
            closed[ends[out] : ends[out + 1]] - ways.outs[out, DEPART],
            closed[ends[outs + back] : ends[outs + back + 1]],
            ways.outs[out, STAY] - ways.outs[out, BEGIN],
            leave,
            at_ms,
        )
        if (start_ms + deliver, left_ms + home) < (first_ms, home_ms):
            first_ms, home_ms = start_ms + deliver, left_ms + home
            best, best_start, best_left = number, start_ms, left_ms
    return best, best_start, best_left


@kernel
def has_room(shelf: Ints, held: Ints, uses: Ints, past_ms: int) -> bool:
    """Drop what ended before ``past_ms`` from calendars that are full; tell whether each takes one more.

    As many of the earliest starts are dropped as ends, which leaves every later count as it was.
    """
    for number in range(len(uses)):
        calendar = uses[number, 0]
        count, room = shelf[calendar, COUNT], shelf[calendar, ROOM]
        if count + len(uses) > room:
            starts, ends = both_rows(shelf, held, calendar)
            ended = count_below(ends[:count], past_ms + 1)
            for place in range(count - ended):
                starts[place] = starts[place + ended]
                ends[place] = ends[place + ended]
            shelf[calendar, COUNT] = count - ended
            if count - ended + len(uses) > room:
                return False
    return True


@kernel
def book(shelf: Ints, held: Ints, log: Log, entry: int, calendar: int, start_ms: int, end_ms: int, holder: int) -> None:
    """Enter an interval that was found free."""
    starts, ends = both_rows(shelf, held, calendar)
    enter(starts, shelf[calendar, COUNT], start_ms)
    enter(ends, shelf[calendar, COUNT], end_ms)
    shelf[calendar, COUNT] += 1
    log[entry, 0] = calendar
    log[entry, 1] = start_ms
    log[entry, 2] = end_ms
    log[entry, 3] = holder


@kernel
def book_uses(
    shelf: Ints, held: Ints, log: Log, entry: int, uses: Ints, start_ms: int, late_ms: int, stays: int, holder: int
) -> None:
    """Enter all uses from a common start."""
    for number in range(len(uses)):
        from_ms = start_ms + uses[number, 1]
        hold_ms = uses[number, 2] + (late_ms if number >= stays else 0)
        book(shelf, held, log, entry + number, uses[number, 0], from_ms, from_ms + hold_ms, holder)


@kernel
def has_room_for_sortie(
    shelf: Ints, held: Ints, log: Log, entry: int, there: Ints, homeward: Ints, past_ms: int
) -> bool:
    """Tell whether the log and every calendar take one more sortie."""
    if entry + len(there) + len(homeward) > len(log):
        return False
    return has_room(shelf, held, there, past_ms) and has_room(shelf, held, homeward, past_ms)


@kernel
def book_sortie(
    shelf: Ints,
    held: Ints,
    log: Log,
    entry: int,
    there: Ints,
    homeward: Ints,
    stays: int,
    leave_ms: int,
    start_ms: int,
    left_ms: int,
    holder: int,
) -> None:
    """Enter both ways of a sortie that was found."""
    late_ms = left_ms - start_ms - leave_ms
    book_uses(shelf, held, log, entry, there, start_ms, late_ms, stays, holder)
    book_uses(shelf, held, log, entry + len(there), homeward, left_ms, 0, len(homeward), holder)


@kernel
def clear_sortie(
    shelf: Ints,
    held: Ints,
    log: Log,
    entry: int,
    there: Ints,
    homeward: Ints,
    stays: int,
    leave_ms: int,
    at_ms: int,
    past_ms: int,
    holder: int,
) -> tuple[int, int, int]:
    """Find and book a sortie in one go; returns its start, when it leaves, and what refused it any earlier start.

    The latter is ``NOBODY`` where nothing did; the start is ``NO_ROOM``, with nothing booked, where room is short.
    """
    if not has_room_for_sortie(shelf, held, log, entry, there, homeward, past_ms):
        return NO_ROOM, NO_ROOM, NOBODY
    closed = np.empty((0, 2), dtype=np.int64)
    start_ms, left_ms = find_sortie(shelf, held, there, homeward, closed, closed, stays, leave_ms, at_ms)
    refused = NOBODY
    if start_ms > at_ms:
        refused = refuser(shelf, held, there, homeward, closed, closed, stays, leave_ms, start_ms - 1)
    book_sortie(shelf, held, log, entry, there, homeward, stays, leave_ms, start_ms, left_ms, holder)
    return start_ms, left_ms, refused


@kernel
def book_choice(
    shelf: Ints,
    held: Ints,
    log: Log,
    entry: int,
    ways: PackedWays,
    closed: Ints,
    ends: Ints,
    found: tuple[int, int, int],
    at_ms: int,
    past_ms: int,
    holder: int,
) -> tuple[int, int, int, int]:
    """Book what ``find_choice`` has found from ``at_ms`` on; returns that, and what refused it any earlier start.

    That is ``NOBODY`` where nothing did; the number is ``NO_ROOM``, with nothing booked, where room is short.
    """
    number, start_ms, left_ms = found
    outs, out, back = len(ways.outs), number // len(ways.homes), number % len(ways.homes)
    there, homeward = uses_there(ways, out, back), ways.uses[ways.homes[back, 0] : ways.homes[back, 1]]
    if not has_room_for_sortie(shelf, held, log, entry, there, homeward, past_ms):
        return NO_ROOM, NO_ROOM, NO_ROOM, NOBODY
    refused, leave, stays = NOBODY, ways.outs[out, LEAVE], ways.outs[out, STAY] - ways.outs[out, BEGIN]
    if start_ms > at_ms:
        closed_out = closed[ends[out] : ends[out + 1]] - ways.outs[out, DEPART]
        closed_home = closed[ends[outs + back] : ends[outs + back + 1]]
        refused = refuser(shelf, held, there, homeward, closed_out, closed_home, stays, leave, start_ms - 1)
    book_sortie(shelf, held, log, entry, there, homeward, stays, leave, start_ms, left_ms, holder)
    return number, start_ms, left_ms, refused


@kernel
def clear_choice(
    shelf: Ints,
    held: Ints,
    log: Log,
    entry: int,
    ways: PackedWays,
    allowed: Bools,
    closed: Ints,
    ends: Ints,
    at_ms: int,
    past_ms: int,
    holder: int,
) -> tuple[int, int, int, int]:
    """Find and book the best way to fly a sortie in one go, see ``find_choice`` and ``book_choice``."""
    found = find_choice(shelf, held, ways, allowed, closed, ends, at_ms)
    return book_choice(shelf, held, log, entry, ways, closed, ends, found, at_ms, past_ms, holder)


@kernel
def take_out(values: Ints, count: int, value: int) -> None:
    """Remove one entry equal to ``value`` from the first ``count`` ascending ones."""
    for place in range(count_below(values[:count], value), count - 1):
        values[place] = values[place + 1]


@kernel
def revoke(shelf: Ints, held: Ints, log: Log, entry: int, now_ms: int) -> None:
    """Give back what lies after now of a booking; one that has not begun leaves no trace."""
    calendar, start_ms, planned_ms = log[entry, 0], log[entry, 1], log[entry, 2]
    if planned_ms <= now_ms:
        return
    count = shelf[calendar, COUNT]
    starts, ends = both_rows(shelf, held, calendar)
    end_ms = max(start_ms, now_ms)
    take_out(ends, count, planned_ms)
    if end_ms > start_ms:
        enter(ends, count - 1, end_ms)
    else:
        take_out(starts, count, start_ms)
        shelf[calendar, COUNT] = count - 1
    log[entry, 2] = end_ms

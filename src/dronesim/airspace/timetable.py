"""The timetable of a network: calendars of interchangeable units that are booked ahead, in integer milliseconds.

Intervals are half-open. A calendar counts: at no instant are more units booked than there are. Which unit
a booking gets is settled when the day is written down. The work is done by compiled kernels, see ``calendar_kernels``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import calendar_kernels, dealing_kernels
from dronesim.airspace.booking_log import BookingLog
from dronesim.airspace.calendar_kernels import Log, PackedWays

Ints = NDArray[np.int64]

Use: TypeAlias = tuple[int, int, int]
"""A calendar's number, the offset of the use from a common start, and how long it is held (ms)."""


Calendars: TypeAlias = tuple[Ints, Ints, Log, int]
"""All calendars as the kernels take them, and how many entries the part of their log has that lies open."""

Kept: TypeAlias = Mapping[int, int]
"""What of a revoked booking is used to its end: by calendar, what has begun by a time (ms)."""

NOTHING_KEPT: Kept = MappingProxyType({})

NEVER_CLOSED = np.empty((0, 2), dtype=np.int64)

_ROOM = 24
_PART = 1 << 20
"""About so many bookings are dealt at a time, or all of a calendar that has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieRequest:
    """Everything that both legs of a sortie hold, as offsets in milliseconds.

    ``outbound`` uses count from the start of loading, ``homeward`` uses from leaving the airport, which is
    ``leave_ms`` after the start at the earliest. ``stay`` uses also begin at an offset from the start, but
    last until so long after leaving: the airport's pad, the pilot.
    """

    there: Ints
    homeward: Ints
    stays: int
    leave_ms: int


def sortie_request(
    *, outbound: Sequence[Use], stay: Sequence[Use], homeward: Sequence[Use], leave_ms: int
) -> SortieRequest:
    """Pack the uses of a sortie."""
    return SortieRequest(
        there=pack((*outbound, *stay)), homeward=pack(homeward), stays=len(outbound), leave_ms=leave_ms
    )


def pack(uses: Sequence[Use]) -> Ints:
    """Pack uses into an array of shape ``(uses, 3)``."""
    return np.array(uses, dtype=np.int64).reshape(-1, 3)


class Timetable:
    """Calendars by number; ``resources``, ``sites`` and ``capacity`` tell what each is.

    ``past_ms`` may be moved on: what ended before it is forgotten where room is short, but stays on record.
    """

    def __init__(self) -> None:
        self.resources: list[str] = []
        self.sites: list[str] = []
        self.past_ms = 0
        self._shelf = np.zeros((0, 4), dtype=np.int64)
        self._held = np.zeros(0, dtype=np.int64)
        self._log = BookingLog()

    def add(self, capacity: int, *, resource: str = "", site: str = "") -> int:
        """Open a calendar for so many units; returns its number."""
        self.resources.append(resource)
        self.sites.append(site)
        first, number = len(self._held), len(self.resources) - 1
        self._shelf = _longer(self._shelf, 1)
        self._shelf[number] = 0, capacity, first, capacity + _ROOM
        self._held = _longer(self._held, 2 * (capacity + _ROOM))
        return number

    def units(self, calendar: int) -> int:
        """Give the number of units of a calendar."""
        return int(self._shelf[calendar, calendar_kernels.CAPACITY])

    def first_common_start(self, uses: Ints, at_ms: int, *, closed: Ints = NEVER_CLOSED) -> int:
        """Find the first common start at or after ``at_ms``, in no closed interval, for uses ``(n, 3)``."""
        return int(calendar_kernels.first_common_start(self._shelf, self._held, uses, closed, at_ms))

    def find_sortie(
        self, request: SortieRequest, at_ms: int, *, closed: Ints = NEVER_CLOSED, closed_home: Ints = NEVER_CLOSED
    ) -> tuple[int, int]:
        """Find the earliest start of a sortie, and when it leaves the airport; nothing is booked.

        ``closed`` and ``closed_home`` (k, 2) are times at which it may not start, and may not leave.
        """
        start_ms, left_ms = calendar_kernels.find_sortie(
            self._shelf,
            self._held,
            request.there,
            request.homeward,
            closed,
            closed_home,
            request.stays,
            request.leave_ms,
            at_ms,
        )
        return int(start_ms), int(left_ms)

    def find_choice(
        self, ways: PackedWays, allowed: calendar_kernels.Bools, *, closed: tuple[Ints, Ints], at_ms: int
    ) -> tuple[int, int, int]:
        """Find the allowed way to fly a sortie that delivers first, and of those the one that is home first.

        ``closed`` are departures that are forbidden, (k, 2), and where those of each way out begin and end, and behind
        them of each way home. Returns its number, its start, and when it leaves the airport; nothing is booked.
        """
        found: tuple[int, int, int] = calendar_kernels.find_choice(
            self._shelf, self._held, ways, allowed, *closed, at_ms
        )
        return found

    def book_choice(
        self, ways: PackedWays, found: tuple[int, int, int], *, closed: tuple[Ints, Ints], at_ms: int, holder: int
    ) -> tuple[int, range]:
        """Book what ``find_choice`` has found with the same.

        Returns what refused it any earlier start (a calendar, ``NO_DEPARTURE`` where that is closed, or ``NOBODY``),
        and the bookings.
        """
        while True:
            number, *_, refused = calendar_kernels.book_choice(
                *self.calendars, ways, *closed, found, at_ms, self.past_ms, holder
            )
            if number != calendar_kernels.NO_ROOM:
                return refused, self.entered(ways, number)
            self.make_room_for(ways)

    @property
    def calendars(self) -> Calendars:
        """Everything as the kernels take it."""
        return self._shelf, self._held, self._log.rows, self._log.used

    def entered(self, ways: PackedWays, number: int) -> range:
        """Count the bookings of a sortie that a kernel has entered, on one of its ways."""
        return self._log.enter(ways.held(number))

    def make_room_for(self, ways: PackedWays) -> None:
        """Make room for a sortie on any of its ways."""
        self._make_room(ways.most_held)

    def clear_sortie(self, request: SortieRequest, *, at_ms: int, holder: int) -> tuple[int, int, int, range]:
        """Book a sortie at its earliest start.

        Returns that, when it leaves the airport, what refused it any earlier start (see ``book_choice``), and the
        bookings.
        """
        log = self._log
        while True:
            start_ms, left_ms, refused = calendar_kernels.clear_sortie(
                self._shelf,
                self._held,
                log.rows,
                log.used,
                request.there,
                request.homeward,
                request.stays,
                request.leave_ms,
                at_ms,
                self.past_ms,
                holder,
            )
            if start_ms != calendar_kernels.NO_ROOM:
                return start_ms, left_ms, refused, log.enter(len(request.there) + len(request.homeward))
            self._make_room(len(request.there) + len(request.homeward))

    def book_sortie(self, request: SortieRequest, *, start_ms: int, left_ms: int, holder: int) -> range:
        """Book a sortie that ``find_sortie`` found."""
        late_ms = left_ms - start_ms - request.leave_ms
        first = self._book(request.there, start_ms, late_ms=late_ms, stays=request.stays, holder=holder)
        second = self.book(request.homeward, left_ms, holder=holder)
        return range(first.start, second.stop)

    def book(self, uses: Ints, start_ms: int, *, holder: int) -> range:
        """Enter uses ``(n, 3)`` that were found free from a common start."""
        return self._book(uses, start_ms, late_ms=0, stays=len(uses), holder=holder)

    def book_from(self, uses: Ints, at_ms: int, *, holder: int) -> range | None:
        """Book uses ``(n, 3)`` from just a time; None, with nothing booked, where they are not free then."""
        is_free = self.first_common_start(uses, at_ms) == at_ms
        return self.book(uses, at_ms, holder=holder) if is_free else None

    def _book(self, uses: Ints, start_ms: int, *, late_ms: int, stays: int, holder: int) -> range:
        log = self._log
        while log.used + len(uses) > len(log.rows) or not calendar_kernels.has_room(
            self._shelf, self._held, uses, self.past_ms
        ):
            self._make_room(len(uses))
        calendar_kernels.book_uses(self._shelf, self._held, log.rows, log.used, uses, start_ms, late_ms, stays, holder)
        return log.enter(len(uses))

    def revoke(self, bookings: range, now_ms: int, *, kept: Kept = NOTHING_KEPT) -> None:
        """Give back what lies after now, but for what is kept; a booking that has not begun leaves no trace."""
        for entry in bookings:
            rows, place = self._log.at(entry)
            calendar, begins_ms = int(rows[place, 0]), int(rows[place, 1])
            if calendar not in kept or begins_ms > kept[calendar]:
                calendar_kernels.revoke(self._shelf, self._held, rows, place, now_ms)
                self._log.put_back(entry, rows)

    def _make_room(self, entries: int) -> None:
        """Lengthen the log where it is full, and give every calendar that is crowded with what lies ahead more room."""
        if self._log.used + entries > len(self._log.rows):
            self._log.make_room(entries)
        count, room = self._shelf[:, calendar_kernels.COUNT], self._shelf[:, calendar_kernels.ROOM]
        use = np.zeros((entries, 3), dtype=np.int64)
        for number in np.flatnonzero(count + entries > room).tolist():
            use[:, 0] = number
            if not calendar_kernels.has_room(self._shelf, self._held, use, self.past_ms):
                self._move(number, 2 * (int(room[number]) + entries))

    def _move(self, number: int, room: int) -> None:
        """Let a calendar go on behind all others, with more room."""
        count, _, old, old_room = self._shelf[number].tolist()
        new = len(self._held)
        self._held = _longer(self._held, 2 * room)
        for begin, place in ((old, new), (old + old_room, new + room)):
            self._held[place : place + count] = self._held[begin : begin + count]
        self._shelf[number, calendar_kernels.FIRST] = new
        self._shelf[number, calendar_kernels.ROOM] = room

    def all_units(self) -> Ints:
        """Give the number of units by calendar."""
        return self._shelf[:, calendar_kernels.CAPACITY].copy()

    def ahead(self, now_ms: int, first: int = 0) -> tuple[int, Log, Log, Log]:
        """Give calendar, start and end of all that drones hold now or have booked from now on.

        ``first``: an entry before which all is over; gives one for a later time too.
        """
        log = self._log.since(first)
        is_ahead = (log[:, 2] > now_ms) & (log[:, 3] >= 0)
        left = log[is_ahead]
        first += int(is_ahead.argmax()) if is_ahead.any() else len(log)
        return first, left[:, 0], left[:, 1], left[:, 2]

    def bookings(self) -> Log:
        """Give calendar, start, end and holder of all bookings so far, ``(bookings, 4)``."""
        return self._log.since(0).copy()

    def deal_out(self) -> Iterator[tuple[Log, Log, Log, Log, Log]]:
        """Deal all bookings that took place to units: the lowest-numbered free unit, in order of start.

        Gives calendar, unit, holder, start and end, each of shape ``(bookings,)``, by calendar and start, in parts of
        whole calendars: a long day's are never all laid out. The last one given, they are forgotten.
        """
        capacity = self.all_units()
        for first, last in _parts(self._counts(len(capacity))):
            rows = np.concatenate([part[_took_place(part, first, last)] for part in self._log.parts()])
            rows = rows[_in_order(rows)]
            calendar, start_ms, end_ms, holder = rows.T
            yield calendar, dealing_kernels.deal(calendar, start_ms, end_ms, capacity), holder, start_ms, end_ms
        self._log = BookingLog()
        self._held = self._held[:0].copy()
        self._shelf[:, calendar_kernels.COUNT] = self._shelf[:, calendar_kernels.ROOM] = 0

    def _counts(self, calendars: int) -> Ints:
        """Count the bookings of each calendar that took place, ``(calendars,)``."""
        counts = np.zeros(calendars, dtype=np.int64)
        for part in self._log.parts():
            counts += np.bincount(part[_took_place(part, 0, calendars), 0], minlength=calendars)
        return counts


def _took_place(log: Log, first: int, last: int) -> NDArray[np.bool_]:
    """Tell which bookings took place, of calendars from one to before another, ``(bookings,)``."""
    calendar = log[:, 0]
    return (log[:, 2] > log[:, 1]) & (calendar >= first) & (calendar < last)


def _parts(counts: Ints) -> list[tuple[int, int]]:
    """Cut calendars, with so many bookings each, into parts of some size; at least one, from one to before another."""
    part = np.cumsum(counts) // _PART
    begins = [0, *(np.flatnonzero(part[1:] != part[:-1]) + 1).tolist(), len(counts)]
    return [*pairwise(begins)]


def _in_order(log: Log) -> NDArray[np.intp]:
    """Sort bookings by calendar, start, end and holder; few begin in one calendar at one time."""
    key = log[:, 0].astype(np.int64) << 32
    key |= log[:, 1]
    order = np.argsort(key)
    key = key[order]
    is_tied = np.zeros(len(key), dtype=np.bool_)
    is_tied[1:] = key[1:] == key[:-1]
    is_tied[:-1] |= is_tied[1:]
    at = np.flatnonzero(is_tied)
    tied = log[order[at]]
    order[at] = order[at][np.lexsort((tied[:, 3], tied[:, 2], key[at]))]
    return order


def _longer(array: Ints, by: int) -> Ints:
    """Lengthen an array by rows of zeros, into the room behind it, or else into twice as much as it needs."""
    size, room = len(array) + by, array.base
    if room is None or len(room) < size:
        room = np.zeros((2 * size, *array.shape[1:]), dtype=array.dtype)
        room[: len(array)] = array
    longer: Ints = room[:size]
    return longer

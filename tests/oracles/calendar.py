"""Slow readable twin of ``dronesim.airspace.timetable``: one calendar an object, sorted lists of milliseconds.

Intervals are half-open. A calendar counts: at no instant are more units booked than there are. Which unit
a booking gets is settled when the day is written down, since any set of intervals that never overlaps
more than ``capacity`` times can be dealt to ``capacity`` units first come, first served.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from struct import Struct
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_PRUNE_AT = 32
_pack_entry = Struct("3q").pack  # to append 24 bytes is faster than to extend by three integers


class Calendar:
    """``capacity`` interchangeable units of one resource at one site."""

    __slots__ = ("_ends", "_log", "_starts", "capacity", "resource", "site")

    def __init__(self, capacity: int, *, resource: str = "", site: str = "") -> None:
        self.capacity = capacity
        self.resource = resource
        self.site = site
        self._log = array("q")
        self._starts: list[int] = []
        self._ends: list[int] = []

    def first_gap(self, at_ms: int, hold_ms: int) -> int:
        """Find the first start at or after ``at_ms`` from which a unit is free for ``hold_ms``; at least then."""
        ends, capacity = self._ends, self.capacity
        if len(ends) < capacity or ends[-capacity] <= at_ms:
            return at_ms  # so few bookings have not ended by then that one unit has none
        # as many bookings touch the window as begin before its end, less those that end before its start
        touching = bisect_left(self._starts, at_ms + max(hold_ms, 1)) - bisect_right(ends, at_ms)
        return at_ms if touching < capacity else self._search(at_ms, hold_ms)

    def is_free(self, at_ms: int, hold_ms: int) -> bool:
        """Tell whether a unit is free from a time on for so long."""
        return self.first_gap(at_ms, hold_ms) == at_ms

    @property
    def ends(self) -> Sequence[int]:
        """Times at which bookings that are not forgotten end."""
        return self._ends

    def _search(self, at_ms: int, hold_ms: int) -> int:
        """Look at the start, then at each booking that begins beside ours, for a unit that is free.

        With ``started`` bookings begun by a moment, all units are taken if the one that ends ``capacity``-last
        of them has not ended by then; the next chance comes when it does.
        """
        starts, ends, capacity = self._starts, self._ends, self.capacity
        count, moment_ms = len(starts), at_ms
        started = bisect_right(starts, at_ms)
        while True:
            if started >= capacity and ends[started - capacity] > moment_ms:
                at_ms = moment_ms = ends[started - capacity]
                started = bisect_right(starts, at_ms, started)
            elif started < count and starts[started] < at_ms + hold_ms:
                moment_ms = starts[started]
                started += 1
            else:
                return at_ms

    def book(self, start_ms: int, end_ms: int, holder: int) -> Booking:
        """Enter an interval that ``first_gap`` found free."""
        log = self._log
        entry = len(log)
        log.frombytes(_pack_entry(start_ms, end_ms, holder))
        insort(self._starts, start_ms)
        insort(self._ends, end_ms)
        return self, entry

    def revoke(self, entry: int, now_ms: int) -> None:
        """Give back what lies after now of a booking; one that has not begun leaves no trace."""
        start_ms, planned_ms = self._log[entry], self._log[entry + 1]
        if planned_ms <= now_ms:
            return
        end_ms = max(start_ms, now_ms)
        self._ends.remove(planned_ms)
        if end_ms > start_ms:
            insort(self._ends, end_ms)
        else:
            self._starts.remove(start_ms)
        self._log[entry + 1] = end_ms

    def forget(self, before_ms: int) -> None:
        """Drop ended intervals from the search once there are many; the record stays.

        Dropping as many of the earliest starts as ends leaves every later count as it was.
        """
        if len(self._ends) > _PRUNE_AT:
            ended = bisect_right(self._ends, before_ms)
            del self._ends[:ended]
            del self._starts[:ended]

    def clear(self) -> None:
        """Forget everything, the record too."""
        self._log = array("q")
        self._starts, self._ends = [], []

    def by_unit(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Deal the bookings that took place to units: the lowest-numbered free unit, in order of start.

        Returns unit, holder, start and end, each of shape ``(bookings,)``.
        """
        log = np.frombuffer(self._log, dtype=np.int64).reshape(-1, 3)
        held = log[log[:, 1] > log[:, 0]]
        start_ms, end_ms, holder = held[np.lexsort((held[:, 2], held[:, 1], held[:, 0]))].T
        unit = np.zeros(len(start_ms), dtype=np.int64)
        if self.capacity > 1:
            unit[:] = deal(start_ms.tolist(), end_ms.tolist(), self.capacity)
        return unit, holder, start_ms, end_ms


def deal(start_ms: Sequence[int], end_ms: Sequence[int], capacity: int) -> list[int]:
    """Give each interval, in order of start, the lowest-numbered unit that is free; ``capacity`` where none is."""
    free, busy, units = list(range(capacity)), list[tuple[int, int]](), list[int]()
    for begins_ms, ends_ms in zip(start_ms, end_ms, strict=True):
        while busy and busy[0][0] <= begins_ms:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            units.append(capacity)
            continue
        unit = heapq.heappop(free)
        heapq.heappush(busy, (ends_ms, unit))
        units.append(unit)
    return units


Booking: TypeAlias = tuple[Calendar, int]
"""A calendar and the entry of one interval in it."""

Use: TypeAlias = tuple[Calendar, int, int]
"""A calendar, the offset of the use from a common start, and how long it is held (ms)."""


def first_common_start(uses: Sequence[Use], at_ms: int) -> int:
    """Find the first common start at or after ``at_ms`` for which every use finds its unit free.

    Each calendar in turn pushes the start to its own first gap, until none pushes: the least fixed point.
    """
    start_ms, is_settled = at_ms, False
    while not is_settled:
        is_settled = True
        for calendar, offset_ms, hold_ms in uses:
            gap_ms = calendar.first_gap(start_ms + offset_ms, hold_ms) - offset_ms
            if gap_ms > start_ms:
                start_ms, is_settled = gap_ms, False
    return start_ms


def find_sortie(
    there: Sequence[Use], stay: Sequence[Use], homeward: Sequence[Use], *, leave_ms: int, at_ms: int
) -> tuple[int, int]:
    """Find when a sortie may start and leave the airport; a late way home lengthens the stay.

    Where that is not free, the next start to try is the next at which something else can come of it: a unit of a stay
    is given back by then, or the way home is no longer late.
    """
    while True:
        start_ms = first_common_start((*there, *stay), at_ms)
        left_ms = first_common_start(homeward, start_ms + leave_ms)
        late_ms = left_ms - start_ms - leave_ms
        if all(unit.is_free(start_ms + offset_ms, hold_ms + late_ms) for unit, offset_ms, hold_ms in stay):
            return start_ms, left_ms
        later = [end_ms - offset_ms for unit, offset_ms, _ in stay for end_ms in unit.ends]
        at_ms = min(moment_ms for moment_ms in (*later, left_ms - leave_ms) if moment_ms > start_ms)

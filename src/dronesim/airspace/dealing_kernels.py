"""Deals what was booked in calendars of interchangeable units to units, when a day is written down."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Ints = NDArray[np.int64]
Log = NDArray[np.int32]


@kernel
def by_calendar(log: Log, calendars: int) -> Log:
    """List the rows of all bookings that took place, by calendar and as they come: ``(bookings,)``."""
    first = np.zeros(calendars + 1, dtype=np.int64)
    for row in range(len(log)):
        if log[row, 2] > log[row, 1]:
            first[log[row, 0] + 1] += 1
    for calendar in range(calendars):
        first[calendar + 1] += first[calendar]
    order = np.empty(first[calendars], dtype=np.int32)
    for row in range(len(log)):
        if log[row, 2] > log[row, 1]:
            order[first[log[row, 0]]] = row
            first[log[row, 0]] += 1
    return order


@kernel
def deal(calendar: Log, start_ms: Log, end_ms: Log, capacity: Ints) -> Log:
    """Give each interval the lowest-numbered free unit of its calendar; sorted by calendar, then start.

    Any set of intervals that never overlaps more than ``capacity`` times can be dealt like that; an interval
    too many would get the number of a unit that does not exist, for the checks to find.
    """
    units = np.zeros(len(calendar), dtype=np.int32)
    free, busy = [np.int64(0)], [(np.int64(0), np.int64(0))]
    for number in range(len(calendar)):
        if number == 0 or calendar[number] != calendar[number - 1]:
            free = [np.int64(unit) for unit in range(capacity[calendar[number]])]
            busy = [(np.int64(0), np.int64(0)) for _ in range(0)]
        while len(busy) > 0 and busy[0][0] <= start_ms[number]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if len(free) == 0:
            units[number] = capacity[calendar[number]]
            continue
        units[number] = heapq.heappop(free)
        heapq.heappush(busy, (np.int64(end_ms[number]), np.int64(units[number])))
    return units

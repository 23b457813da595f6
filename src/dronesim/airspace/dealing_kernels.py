"""Deals what was booked in calendars of interchangeable units to units, when a day is written down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Ints = NDArray[np.int64]
Log = NDArray[np.int32]

_BITS, _UNIT = 32, (1 << 32) - 1  # a key of a heap: when an interval ends, and the number of its unit


@kernel
def rise(heap: Ints, size: int, key: int) -> None:
    """Put a key into a heap of so many, the least on top; numba's own heaps of lists compile for a second."""
    place = size
    while place > 0 and heap[(place - 1) >> 1] > key:
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place] = key


@kernel
def take(heap: Ints, size: int) -> int:
    """Take the least key from a heap of so many."""
    least, key, place, left = heap[0], heap[size - 1], 0, size - 1
    while 2 * place + 1 < left:
        child = 2 * place + 1
        if child + 1 < left and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = key
    return int(least)


@kernel
def deal(calendar: Log, start_ms: Log, end_ms: Log, capacity: Ints) -> Log:
    """Give each interval the lowest-numbered free unit of its calendar; sorted by calendar, then start.

    Any set of intervals that never overlaps more than ``capacity`` times can be dealt like that; an interval
    too many would get the number of a unit that does not exist, for the checks to find.
    """
    most = 1
    for units in capacity:
        most = max(most, units)
    unit = np.zeros(len(calendar), dtype=np.int32)
    free, unused = np.empty(most, np.int64), 0
    # those that end first are on top, of several the one with the lowest number
    busy, used = np.empty(most, np.int64), 0
    for number in range(len(calendar)):
        if number == 0 or calendar[number] != calendar[number - 1]:
            unused, used = capacity[calendar[number]], 0
            for each in range(unused):
                free[each] = each
        while used > 0 and busy[0] >> _BITS <= start_ms[number]:
            rise(free, unused, take(busy, used) & _UNIT)
            unused, used = unused + 1, used - 1
        if unused == 0:
            unit[number] = capacity[calendar[number]]
            continue
        unit[number] = take(free, unused)
        rise(busy, used, int(np.int64(end_ms[number]) << _BITS) + int(unit[number]))
        unused, used = unused - 1, used + 1
    return unit

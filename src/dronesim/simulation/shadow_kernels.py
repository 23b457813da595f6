"""Compiled kernels of shadows: the orders of days queue for drones, whose sorties pass through lanes one by one.

A site has a lane out and a lane in. A row of ``sorties`` (takeoff_points, airports, 7) tells of a pair, in
milliseconds, when its drone is in the lane out, in that of the airport, delivers and leaves, from the start of loading;
and from leaving when it is in the lane out of the airport, in that of home, and may fly again. ``starts`` (lanes, room)
keeps from when on each lane is taken, ascending, the first ``counts`` (lanes,) of a row.

The slow twin is in ``tests/unit/test_shadow.py``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Milliseconds = NDArray[np.int32]

OUT, IN_THERE, DELIVERED, LEAVES, OUT_THERE, IN, AVAILABLE = range(7)
FAR_MS = 1 << 40
"""A sortie that no drone can fly, or no sortie at all."""


@kernel
def free_slot(starts: Numbers, counts: Numbers, lane: int, at_ms: int, hold_ms: int) -> int:
    """Find the first time from ``at_ms`` on at which a lane is free for as long as each drone has it."""
    count = counts[lane]
    place = count
    while place > 0 and starts[lane, place - 1] > at_ms - hold_ms:
        place -= 1
    while place < count and starts[lane, place] < at_ms + hold_ms:
        at_ms = starts[lane, place] + hold_ms
        place += 1
    return at_ms


@kernel
def take_slot(starts: Numbers, counts: Numbers, lane: int, at_ms: int, past_ms: int) -> None:
    """Enter when a lane is taken; where there is no room, what lies before ``past_ms`` is forgotten."""
    count = counts[lane]
    if count == starts.shape[1]:
        gone = 1
        while gone < count and starts[lane, gone] < past_ms:
            gone += 1
        for place in range(gone, count):
            starts[lane, place - gone] = starts[lane, place]
        count -= gone
    place = count
    while place > 0 and starts[lane, place - 1] > at_ms:
        starts[lane, place] = starts[lane, place - 1]
        place -= 1
    starts[lane, place] = at_ms
    counts[lane] = count + 1


@kernel
def pass_lanes(
    starts: Numbers,
    counts: Numbers,
    first: tuple[int, int],
    second: tuple[int, int],
    at_ms: int,
    hold_ms: int,
    past_ms: int,
) -> int:
    """Begin a leg at ``at_ms`` or as soon as both its lanes are free, each with how long after that; takes them."""
    while True:
        once_ms = free_slot(starts, counts, first[0], at_ms + first[1], hold_ms) - first[1]
        both_ms = free_slot(starts, counts, second[0], once_ms + second[1], hold_ms) - second[1]
        if both_ms == at_ms:
            take_slot(starts, counts, first[0], at_ms + first[1], past_ms)
            take_slot(starts, counts, second[0], at_ms + second[1], past_ms)
            return at_ms
        at_ms = both_ms


@kernel
def queue_up(waiting: Numbers, ends: Numbers, home: int, latest_ms: Numbers, row: int) -> None:
    """Let an order wait among those at its take-off point, which are by the time that is the latest for each."""
    place = ends[home, 1]
    while place > ends[home, 0] and latest_ms[waiting[place - 1]] > latest_ms[row]:
        waiting[place] = waiting[place - 1]
        place -= 1
    waiting[place] = row
    ends[home, 1] += 1


@kernel
def next_order(
    waiting: Numbers,
    ends: Numbers,
    late: Numbers,
    late_ends: Numbers,
    home: int,
    latest_ms: Numbers,
    now_ms: int,
    saves: bool,
) -> int:
    """Take the order that goes now, of some that wait; those that are late already go last where ``saves``."""
    while saves and ends[home, 0] < ends[home, 1] and latest_ms[waiting[ends[home, 0]]] < now_ms:
        late[late_ends[home, 1]] = waiting[ends[home, 0]]
        late_ends[home, 1] += 1
        ends[home, 0] += 1
    if ends[home, 0] < ends[home, 1]:
        ends[home, 0] += 1
        return int(waiting[ends[home, 0] - 1])
    late_ends[home, 0] += 1
    return int(late[late_ends[home, 0] - 1])


@kernel
def next_time(ready_ms: Milliseconds, ahead: int, end: int, first_ms: int, is_waiting: bool, now_ms: int) -> int:
    """Tell when a take-off point has an order and a drone; those ``ahead``, up to the ``end``, are not ready yet."""
    if is_waiting:
        return max(first_ms, now_ms)
    return max(first_ms, int(ready_ms[ahead])) if ahead < end else FAR_MS


@kernel
def send_first(free_ms: Numbers, home: int, back_ms: int) -> None:
    """Let the drone go that is free first, and note when it is back among the others, which are in that order."""
    place, last = 0, free_ms.shape[1] - 1
    while place < last and free_ms[home, place + 1] < back_ms:
        free_ms[home, place] = free_ms[home, place + 1]
        place += 1
    free_ms[home, place] = back_ms


@kernel
def fly_day(
    ready_ms: Milliseconds,
    due_ms: Milliseconds,
    airports: NDArray[np.int16],
    latest_ms: Numbers,
    bounds: Numbers,
    drones: Numbers,
    sorties: Numbers,
    hold_ms: int,
    saves: bool,
    is_on_time: Flags,
) -> None:
    """Note which orders of a day are on time; those of a take-off point are from one of ``bounds`` to the next."""
    homes, sites = len(drones), len(drones) + sorties.shape[1]
    starts = np.zeros((2 * sites, drones.sum() + 2), np.int64)
    counts = np.zeros(2 * sites, np.int64)
    free_ms = np.full((homes, max(drones.max(), 1)), FAR_MS, np.int64)
    waiting = np.zeros(bounds[homes] - bounds[0] + 1, np.int64)
    late = np.zeros(len(waiting), np.int64)
    ends, late_ends = np.zeros((homes, 2), np.int64), np.zeros((homes, 2), np.int64)
    ahead, when_ms = bounds[:homes].copy(), np.zeros(homes, np.int64)
    for home in range(homes):
        free_ms[home, : drones[home]] = 0
        ends[home], late_ends[home] = bounds[home] - bounds[0], bounds[home] - bounds[0]
        when_ms[home] = next_time(ready_ms, ahead[home], bounds[home + 1], free_ms[home, 0], False, 0)
    while True:
        home = 0
        for other in range(1, homes):
            if when_ms[other] < when_ms[home]:
                home = other
        now_ms = when_ms[home]
        if now_ms >= FAR_MS:
            return
        while ahead[home] < bounds[home + 1] and ready_ms[ahead[home]] <= now_ms:
            if latest_ms[ahead[home]] < FAR_MS:
                queue_up(waiting, ends, home, latest_ms, ahead[home])
            ahead[home] += 1
        if ends[home, 0] < ends[home, 1] or late_ends[home, 0] < late_ends[home, 1]:
            row = next_order(waiting, ends, late, late_ends, home, latest_ms, now_ms, saves)
            airport, past_ms = airports[row], now_ms - hold_ms
            out, back = 2 * home, 2 * (homes + airport)
            first, second = (out, sorties[home, airport, OUT]), (back + 1, sorties[home, airport, IN_THERE])
            start_ms = pass_lanes(starts, counts, first, second, now_ms, hold_ms, past_ms)
            first, second = (out + 1, sorties[home, airport, IN]), (back, sorties[home, airport, OUT_THERE])
            leave_ms = start_ms + sorties[home, airport, LEAVES]
            left_ms = pass_lanes(starts, counts, first, second, leave_ms, hold_ms, past_ms)
            send_first(free_ms, home, left_ms + sorties[home, airport, AVAILABLE])
            is_on_time[row] = start_ms + sorties[home, airport, DELIVERED] <= due_ms[row]
        is_waiting = ends[home, 0] < ends[home, 1] or late_ends[home, 0] < late_ends[home, 1]
        when_ms[home] = next_time(ready_ms, ahead[home], bounds[home + 1], free_ms[home, 0], is_waiting, now_ms)


@kernel
def fly_days(
    ready_ms: Milliseconds,
    due_ms: Milliseconds,
    airports: NDArray[np.int16],
    is_carried: Flags,
    bounds: Numbers,
    drones: Numbers,
    sorties: Numbers,
    hold_ms: int,
    saves: bool,
) -> Flags:
    """Tell of the orders of some days which are on time, (n,); arguments as in ``ShadowDays`` and ``SortieTimes``."""
    homes = len(drones)
    latest_ms, is_on_time = np.full(len(ready_ms), FAR_MS, np.int64), np.zeros(len(ready_ms), np.bool_)
    for queue in range(len(bounds) - 1):
        for row in range(bounds[queue], bounds[queue + 1]):
            away_ms = sorties[queue % homes, airports[row], DELIVERED]
            if is_carried[row] and away_ms < FAR_MS:
                latest_ms[row] = due_ms[row] - away_ms if saves else due_ms[row]
    for first in range(0, len(bounds) - 1, homes):
        some = bounds[first : first + homes + 1]
        fly_day(ready_ms, due_ms, airports, latest_ms, some, drones, sorties, hold_ms, saves, is_on_time)
    return is_on_time

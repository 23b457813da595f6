"""Looks up which departures flights on known legs forbid each other, in whole milliseconds.

Which departures of one leg another one forbids depends on nothing but the difference of the two. ``kinds`` and
``places``, of shape (legs, legs), tell for the leg that asks and the leg that is reserved whether that is known, and
where in ``pool`` (rows, 2) their forbidden differences begin, after a row with their number: half-open intervals in
order and apart. A kind takes a byte, which tells also about when a pair is over: kinds from ``SOMETHING`` up to
``FOR_LONG`` are over a step of time later each, so most pairs of a day are passed over by one comparison. The first
``count`` columns of ``listed`` (4, room) are the flights that are reserved: leg, departure, flight, and when it can't
matter any more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.delay_kernels import forbidden_delays, merge_intervals, whole_ms
from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Links = NDArray[np.int32]
Kinds = NDArray[np.uint8]

NOTHING, SOMETHING, FOR_LONG, UNKNOWN = 1, 2, 254, 255
LEG, DEPARTS, FLIGHT, OVER = 0, 1, 2, 3
NO_LEG = -1
NO_ROOM, NOT_KNOWN = -1, -2
_DOUBT_M = 0.01  # by so much nearer than they are, so that rounding hides nobody
_MS = 1000.0
_STEP_MS, _EARLIEST_STEP = 4096, -126  # kinds from SOMETHING up to FOR_LONG: the pair is over so many steps later


class Legs(NamedTuple):
    """Legs by number: leg k has the ``rows`` (n, 8) and tags ``terminal`` (n,) between ``bounds[k, :2]`` (legs, 4).

    It leads along the straight ways between ``bounds[k, 2:]``: their ends in space are in ``ways`` (m, 6), and the rows
    of each lie between ``spans`` (m, 2).
    """

    rows: Floats
    terminal: Ints
    bounds: Ints
    ways: Floats
    spans: Ints


class Known(NamedTuple):
    """What is known of pairs of legs."""

    kinds: Kinds
    places: Links
    pool: Links


class Table(NamedTuple):
    """What pairs are worked out with; the first ``used[0]`` rows of the pool are filled. ``minima``: H and V in metres.

    ``widening_s``: how much longer all that is forbidden lasts at both ends. Scratch: ``delays`` (n, 2) has room for an
    interval a pair of rows of any two legs, ``corners`` is as ``forbidden_delays`` takes it.
    """

    used: Ints
    minima: tuple[float, float]
    widening_s: float
    delays: Floats
    corners: Floats


@kernel
def point_gap(x: float, y: float, begin: tuple[float, float], step: tuple[float, float]) -> float:
    """Give the squared distance of a point in the plane from a segment."""
    dx, dy = x - begin[0], y - begin[1]
    squared = step[0] * step[0] + step[1] * step[1]
    if squared > 0.0:
        share = min(max((dx * step[0] + dy * step[1]) / squared, 0.0), 1.0)
        dx, dy = dx - share * step[0], dy - share * step[1]
    return dx * dx + dy * dy


@kernel
def passes_near(one: Floats, other: Floats, separation: float) -> bool:
    """Tell whether two straight ways, each told by its ends, (6,), come nearer than that in the plane."""
    begin, step = (one[0], one[1]), (one[3] - one[0], one[4] - one[1])
    beside, over = (other[0], other[1]), (other[3] - other[0], other[4] - other[1])
    near = min(point_gap(other[0], other[1], begin, step), point_gap(other[3], other[4], begin, step))
    near = min(near, point_gap(one[0], one[1], beside, over), point_gap(one[3], one[4], beside, over))
    if near < separation * separation:
        return True
    # apart at all four ends, they come near only where they cross: each has the ends of the other on both sides
    x, y = other[0] - one[0], other[1] - one[1]
    left, right = step[0] * y - step[1] * x, step[0] * (y + over[1]) - step[1] * (x + over[0])
    before, after = over[1] * x - over[0] * y, over[0] * (step[1] - y) - over[1] * (step[0] - x)
    return bool((left > 0.0) != (right > 0.0) and (before > 0.0) != (after > 0.0))


@kernel
def comes_near(one: Floats, other: Floats, minima: tuple[float, float]) -> bool:
    """Tell whether two straight ways come below the minima, whenever each is flown; both are the ends of a way, (6,).

    In doubt they do: by their heights on the whole way, and by a centimetre.
    """
    separation, vertical = minima[0] + _DOUBT_M, minima[1] + _DOUBT_M
    for axis, apart in ((2, vertical), (0, separation), (1, separation)):
        if min(one[axis], one[axis + 3]) - max(other[axis], other[axis + 3]) >= apart:
            return False
        if min(other[axis], other[axis + 3]) - max(one[axis], one[axis + 3]) >= apart:
            return False
    return passes_near(one, other, separation)


@kernel
def leg_delays(legs: Legs, asks: int, beside: int, table: Table) -> int:
    """Find the differences of departures at which two legs lose separation, of the one that asks less the other's.

    Writes the widened intervals, one a pair of segments, into ``table.delays``; gives how many.
    """
    count = 0
    for one in range(legs.bounds[asks, 2], legs.bounds[asks, 3]):
        for other in range(legs.bounds[beside, 2], legs.bounds[beside, 3]):
            if not comes_near(legs.ways[one], legs.ways[other], table.minima):
                continue
            for i in range(legs.spans[one, 0], legs.spans[one, 1]):
                for j in range(legs.spans[other, 0], legs.spans[other, 1]):
                    if legs.terminal[i] >= 0 and legs.terminal[i] == legs.terminal[j]:
                        continue
                    low, high = forbidden_delays(legs.rows, i, legs.rows, j, table.minima, table.corners)
                    if low < high:
                        table.delays[count, 0], table.delays[count, 1] = low - table.widening_s, high + table.widening_s
                        count += 1
    return count


@kernel
def enter_pair(pool: Links, used: int, closed: Ints, is_mirrored: bool) -> int:
    """Write the number of half-open intervals and then these, or what they are for the other leg of two."""
    count = len(closed)
    pool[used, 0], pool[used, 1] = count, 0
    for k in range(count):
        if is_mirrored:
            pool[used + count - k, 0], pool[used + count - k, 1] = 1 - closed[k, 1], 1 - closed[k, 0]
        else:
            pool[used + 1 + k, 0], pool[used + 1 + k, 1] = closed[k, 0], closed[k, 1]
    return used + 1 + count


@kernel
def kind_of(over_ms: int) -> int:
    """Give the kind of a pair whose last interval ends at a difference of departures, rounded up to steps."""
    steps = -(-over_ms // _STEP_MS) - _EARLIEST_STEP
    return int(min(max(steps, 0) + SOMETHING, FOR_LONG))


@kernel
def last_over(since_ms: int) -> int:
    """Give the largest kind of pairs that forbid nothing any more so long after the leg departs that is reserved."""
    steps = since_ms // _STEP_MS - _EARLIEST_STEP + SOMETHING
    return int(min(max(steps, NOTHING), FOR_LONG - 1))


@kernel
def learn_pair(legs: Legs, asks: int, beside: int, table: Table, known: Known) -> bool:
    """Enter a pair of legs into the table, both ways round; False, and nothing done, where the pool is too short."""
    count = leg_delays(legs, asks, beside, table)
    if count == 0:
        known.kinds[asks, beside] = known.kinds[beside, asks] = NOTHING
        return True
    union = np.empty((count, 2))
    closed = whole_ms(union[: merge_intervals(table.delays[:count], union, 0)])
    kept = 0
    for k in range(len(closed)):
        if closed[k, 0] < closed[k, 1]:
            closed[kept, 0], closed[kept, 1] = closed[k, 0], closed[k, 1]
            kept += 1
    used = table.used[0]
    if used + 2 * (kept + 1) > len(known.pool):
        return False
    known.kinds[asks, beside] = known.kinds[beside, asks] = NOTHING
    if kept:
        known.kinds[beside, asks] = kind_of(1 - closed[0, 0])
        known.kinds[asks, beside] = kind_of(closed[kept - 1, 1])
        known.places[asks, beside] = used
        used = enter_pair(known.pool, used, closed[:kept], False)
        if asks != beside:
            known.places[beside, asks] = used
            used = enter_pair(known.pool, used, closed[:kept], True)
        table.used[0] = used
    return True


@kernel
def learn_listed(legs: Legs, asked: Ints, listed: Ints, count: int, table: Table, known: Known) -> bool:
    """Work out the pairs of ``asked`` legs, (k,), and those of listed flights; False where the pool is too short."""
    for k in range(len(asked)):
        for flight in range(count):
            beside = listed[LEG, flight]
            if known.kinds[asked[k], beside] == UNKNOWN and not learn_pair(legs, asked[k], beside, table, known):
                return False
    return True


@kernel
def unite(closed: Ints, begun: int, filled: int) -> int:
    """Sort the half-open rows from ``begun`` up to ``filled`` and unite those that touch; gives where they end then."""
    for k in range(begun + 1, filled):
        start, end = closed[k, 0], closed[k, 1]
        place = k
        while place > begun and closed[place - 1, 0] > start:
            closed[place, 0], closed[place, 1] = closed[place - 1, 0], closed[place - 1, 1]
            place -= 1
        closed[place, 0], closed[place, 1] = start, end
    last = begun
    for k in range(begun, filled):
        if last > begun and closed[k, 0] <= closed[last - 1, 1]:
            closed[last - 1, 1] = max(closed[last - 1, 1], closed[k, 1])
        else:
            closed[last, 0], closed[last, 1] = closed[k, 0], closed[k, 1]
            last += 1
    return last


@kernel
def add_intervals(closed: Ints, filled: int, added: Ints | Links, later_ms: int, earliest_ms: int) -> int:
    """Write half-open intervals, so much later, that reach beyond a time behind the ``filled`` rows of ``closed``.

    Gives the rows filled then, or ``NO_ROOM``. Empty ones are left out.
    """
    if filled + len(added) > len(closed):
        return NO_ROOM
    for k in range(len(added)):
        if added[k, 0] < added[k, 1] and later_ms + added[k, 1] > earliest_ms:
            closed[filled, 0], closed[filled, 1] = later_ms + added[k, 0], later_ms + added[k, 1]
            filled += 1
    return filled


@kernel
def kinds_over(listed: Ints, count: int, ignore: int, earliest_ms: int) -> Kinds:
    """Give the largest kind that is passed over for each listed flight, (count,): all for one that doesn't matter."""
    over = np.empty(count, np.uint8)
    for flight in range(count):
        is_past = listed[OVER, flight] <= earliest_ms or listed[FLIGHT, flight] == ignore
        over[flight] = UNKNOWN if is_past else last_over(earliest_ms - listed[DEPARTS, flight])
    return over


@kernel
def add_listed(
    known: Known, asks: int, listed: Ints, over: Kinds, near: Ints, earliest_ms: int, closed: Ints, filled: int
) -> int:
    """Write what listed flights forbid a leg behind the ``filled`` rows of ``closed``, in no order, as ``look_up``.

    ``over`` (count,) are the kinds that each passes over, ``near`` (count,) is scratch.
    """
    kinds, places, besides, departs_ms = known.kinds[asks], known.places[asks], listed[LEG], listed[DEPARTS]
    found = 0
    for flight in range(len(over)):
        # without a branch: nobody could foretell it
        near[found] = flight
        found += kinds[besides[flight]] > over[flight]
    for flight in near[:found]:
        beside = besides[flight]
        if kinds[beside] == UNKNOWN:
            return NOT_KNOWN
        place = places[beside]
        added = known.pool[place + 1 : place + 1 + known.pool[place, 0]]
        filled = add_intervals(closed, filled, added, departs_ms[flight], earliest_ms)
        if filled == NO_ROOM:
            return NO_ROOM
    return filled


@kernel
def look_up(
    known: Known,
    asked: Ints,
    listed: Ints,
    count: int,
    ignore: int,
    earliest_ms: int,
    more: Ints,
    more_ends: Ints,
    closed: Ints,
    ends: Ints,
) -> int:
    """Find the departures from ``earliest_ms`` on that listed flights forbid each of the ``asked`` legs, (k,).

    ``more`` (n, 2), between ``more_ends`` (k + 1,), joins them. Writes half-open intervals into ``closed``, one leg
    behind the other, in order and apart, and where those of each begin and end into ``ends`` (k + 1,). Gives how many
    there are, ``NO_ROOM`` where ``closed`` is too short, or ``NOT_KNOWN`` where a pair is not worked out yet.
    """
    ends[0] = 0
    over, near = kinds_over(listed, count, ignore, earliest_ms), np.empty(count, np.int64)
    for k in range(len(asked)):
        begun = ends[k]
        filled = add_intervals(closed, begun, more[more_ends[k] : more_ends[k + 1]], 0, earliest_ms)
        if filled >= 0:
            filled = add_listed(known, asked[k], listed, over, near, earliest_ms, closed, filled)
        if filled < 0:
            return filled
        ends[k + 1] = unite(closed, begun, filled)
    return int(ends[-1])


@kernel
def forget(listed: Ints, count: int, before_ms: int) -> int:
    """Leave out listed flights that can't matter at or after a time; gives how many are left."""
    left = 0
    for flight in range(count):
        if listed[OVER, flight] > before_ms:
            for column in range(len(listed)):
                listed[column, left] = listed[column, flight]
            left += 1
    return left


@kernel
def listed_delays(
    path: Floats,
    tags: Ints,
    legs: Legs,
    table: Table,
    listed: Ints,
    count: int,
    ignore: int,
    window_s: tuple[float, float],
    delays: Floats,
) -> int:
    """Find which departures of any path, (n, 8) with tags (n,), listed flights forbid.

    Writes the widened intervals that reach into the open window of interest, as many as there is room for in
    ``delays``, and gives how many there are.
    """
    found, corners, row, wide_s = 0, np.empty((2, 8, 2)), np.empty((1, 8)), table.widening_s
    for flight in range(count):
        if listed[FLIGHT, flight] == ignore:
            continue
        departed_s, leg = listed[DEPARTS, flight] / _MS, listed[LEG, flight]
        for j in range(legs.bounds[leg, 0], legs.bounds[leg, 1]):
            row[0] = legs.rows[j]
            row[0, 0] += departed_s
            row[0, 1] += departed_s
            for i in range(len(path)):
                if row[0, 1] - path[i, 0] + wide_s <= window_s[0] or row[0, 0] - path[i, 1] - wide_s >= window_s[1]:
                    continue
                if tags[i] >= 0 and tags[i] == legs.terminal[j]:
                    continue
                low, high = forbidden_delays(path, i, row, 0, table.minima, corners)
                if low < high and high + wide_s > window_s[0] and low - wide_s < window_s[1]:
                    if found < len(delays):
                        delays[found, 0], delays[found, 1] = low - wide_s, high + wide_s
                    found += 1
    return found

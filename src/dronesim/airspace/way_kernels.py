"""Keeps reserved segments by the straight ways that they form, and finds those that a path may come near.

A way is what a drone flies without a bend: up, along, down; it has a box in space and time, and few of a city's boxes
come near another one. A box is west, east, south, north, bottom, top, begin and end; ``lines`` are the ends of a way in
space, ``spans`` its first slot, the one behind its last, its flight, and its terminal tag where all of it has one, else
``MIXED``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.pair_kernels import passes_near
from dronesim.routing.jit import kernel, part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_FLIGHT = -1
MIXED = -2
_SLOTS, _WAYS, _LEFT = 0, 1, 2
_STILL_M = 1e-9
_TURN = 1e-9
_ROUNDING_M = 1e-3  # a piece that begins so near to where the last one ended goes on from there
_ROUNDING_S = 1e-9
_DOUBT_M = 0.01  # boxes are so much larger than they are, so that rounding hides nobody


class Ways(NamedTuple):
    """Ways by number: ``boxes`` (n, 8), ``lines`` (n, 6), ``spans`` (n, 4)."""

    boxes: Floats
    lines: Floats
    spans: Ints


class Reserved(NamedTuple):
    """The reserved segments by slot, ``rows`` (slots, 8), with flight and terminal tag, ``owner`` (slots, 2).

    ``used`` (3,): how many slots and how many ways are in use, and how many segments these have by now.
    """

    rows: Floats
    owner: Ints
    ways: Ways
    used: Ints


@kernel
def goes_on(way: Floats, row: Floats, until_s: float) -> bool:
    """Tell whether a segment begins where and when a way ends for now."""
    apart = max(abs(way[3] - row[2]), abs(way[4] - row[3]), abs(way[5] - row[4]))
    return bool(apart < _ROUNDING_M and row[0] >= until_s - _ROUNDING_S)


@kernel
def lay_ways(rows: Floats, terminal: Ints, first: int, ways: Ways, known: int) -> int:
    """Write the ways that rows (n, 8) with tags (n,) form behind ``known`` others; gives how many.

    ``first`` is the slot of the first row.
    Where a drone stands belongs to the way before.
    """
    count, has_course = known, False
    ux, uy, uz = 0.0, 0.0, 0.0
    for k in range(len(rows)):
        row, span = rows[k], rows[k, 1] - rows[k, 0]
        speed = np.sqrt(row[5] * row[5] + row[6] * row[6] + row[7] * row[7])
        moves = speed * span > _STILL_M
        is_new = count == known or not goes_on(ways.lines[count - 1], row, ways.boxes[count - 1, 7])
        if moves:
            x, y, z = row[5] / speed, row[6] / speed, row[7] / speed
            is_new = is_new or (has_course and max(abs(x - ux), abs(y - uy), abs(z - uz)) > _TURN)
            ux, uy, uz = x, y, z
        has_course = moves or (has_course and not is_new)
        if is_new:
            box, line = ways.boxes[count], ways.lines[count]
            ways.spans[count, 0], ways.spans[count, 3] = first + k, terminal[k]
            box[6] = row[0]
            for axis in range(3):
                line[axis] = box[2 * axis] = box[2 * axis + 1] = row[2 + axis]
            count += 1
        box, line = ways.boxes[count - 1], ways.lines[count - 1]
        ways.spans[count - 1, 1] = first + k + 1
        if ways.spans[count - 1, 3] != terminal[k]:
            ways.spans[count - 1, 3] = MIXED
        box[7] = row[1]
        for axis in range(3):
            line[3 + axis] = row[2 + axis] + row[5 + axis] * span
            box[2 * axis] = min(box[2 * axis], line[3 + axis])
            box[2 * axis + 1] = max(box[2 * axis + 1], line[3 + axis])
    return count


@kernel
def enter_rows(reserved: Reserved, path: Floats, terminal: Ints, flight: int, departed_s: float) -> bool:
    """Reserve a path, (n, 8) with tags (n,), from a departure on; False, and nothing done, for want of room."""
    slot, way = reserved.used[_SLOTS], reserved.used[_WAYS]
    rows, owner, ways = reserved.rows, reserved.owner, reserved.ways
    if slot + len(path) > len(rows) or way + len(path) > len(ways.boxes):
        return False
    own = rows[slot : slot + len(path)]
    own[:] = path
    for k in range(len(path)):
        own[k, 0] += departed_s
        own[k, 1] += departed_s
        owner[slot + k, 0], owner[slot + k, 1] = flight, terminal[k]
    count = lay_ways(own, terminal, slot, ways, way)
    ways.spans[way:count, 2] = flight
    reserved.used[_SLOTS], reserved.used[_WAYS] = slot + len(path), count
    reserved.used[_LEFT] += len(path)
    return True


@kernel
def leave_out(reserved: Reserved) -> None:
    """Forget ways that have no segments left."""
    ways, left = reserved.ways, 0
    for way in range(reserved.used[_WAYS]):
        if ways.spans[way, 0] < ways.spans[way, 1]:
            ways.boxes[left], ways.lines[left], ways.spans[left] = ways.boxes[way], ways.lines[way], ways.spans[way]
            left += 1
    reserved.used[_WAYS] = left


@kernel
def drop_ended(reserved: Reserved, by_s: float) -> None:
    """Take out all segments that end at or before a time."""
    spans = reserved.ways.spans
    for way in range(reserved.used[_WAYS]):
        while spans[way, 0] < spans[way, 1] and reserved.rows[spans[way, 0], 1] <= by_s:
            reserved.owner[spans[way, 0], 0] = NO_FLIGHT
            spans[way, 0] += 1
            reserved.used[_LEFT] -= 1
    leave_out(reserved)


@kernel
def cut_flight(reserved: Reserved, flight: int, at_s: float) -> None:
    """Take out a flight's segments that begin at or after a time, and end those that go on then."""
    spans, rows = reserved.ways.spans, reserved.rows
    for way in range(reserved.used[_WAYS]):
        if spans[way, 2] != flight:
            continue
        while spans[way, 0] < spans[way, 1] and rows[spans[way, 1] - 1, 0] >= at_s:
            spans[way, 1] -= 1
            reserved.owner[spans[way, 1], 0] = NO_FLIGHT
            reserved.used[_LEFT] -= 1
        for slot in range(spans[way, 0], spans[way, 1]):
            rows[slot, 1] = min(rows[slot, 1], at_s)
    leave_out(reserved)


@kernel
def move_rows(reserved: Reserved, rows: Floats, owner: Ints) -> None:
    """Move all segments to the front of other rows, which may be the same; those of a way stay together."""
    slot, spans = 0, reserved.ways.spans
    for way in range(reserved.used[_WAYS]):
        first, last = spans[way, 0], spans[way, 1]
        for k in range(first, last):
            rows[slot + k - first] = reserved.rows[k]
            owner[slot + k - first] = reserved.owner[k]
        spans[way, 0], spans[way, 1] = slot, slot + last - first
        slot += last - first
    owner[slot:, 0] = NO_FLIGHT
    reserved.used[_SLOTS] = slot


@part
def is_apart(one: Floats, boxes: Floats, k: int, minima: tuple[float, float], window_s: tuple[float, float]) -> bool:
    """Tell whether a box on a flight's own clock and box ``k`` stay apart, whenever it departs in an open window."""
    # most are apart by height, or in time
    if boxes[k, 4] - one[5] >= minima[1] or one[4] - boxes[k, 5] >= minima[1]:
        return True
    if boxes[k, 7] - one[6] <= window_s[0] or boxes[k, 6] - one[7] >= window_s[1]:
        return True
    if boxes[k, 0] - one[1] >= minima[0] or one[0] - boxes[k, 1] >= minima[0]:
        return True
    return bool(boxes[k, 2] - one[3] >= minima[0] or one[2] - boxes[k, 3] >= minima[0])


@kernel
def box_around(boxes: Floats) -> Floats:
    """Give the box around some boxes, at least one."""
    around: Floats = boxes[0].copy()
    for k in range(1, len(boxes)):
        for side in range(0, 8, 2):
            around[side] = min(around[side], boxes[k, side])
            around[side + 1] = max(around[side + 1], boxes[k, side + 1])
    return around


@kernel
def write_box(rows: Floats, i: int, box: Floats) -> None:
    """Write the box of segment ``i``."""
    span = rows[i, 1] - rows[i, 0]
    for axis in range(3):
        begin, end = rows[i, 2 + axis], rows[i, 2 + axis] + rows[i, 5 + axis] * span
        box[2 * axis], box[2 * axis + 1] = min(begin, end), max(begin, end)
    box[6], box[7] = rows[i, 0], rows[i, 1]


@kernel
def is_over(one: Floats, other: Floats) -> bool:
    """Tell whether two lines lie one over the other, in whatever direction each is flown."""
    same = max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[3] - other[3]), abs(one[4] - other[4]))
    turned = max(abs(one[0] - other[3]), abs(one[1] - other[4]), abs(one[3] - other[0]), abs(one[4] - other[1]))
    return bool(min(same, turned) < _ROUNDING_M)


@kernel
def stack(ways: Ways, count: int) -> Ints:
    """Number the stacks of ways that lie one over the other, as those of one leg at several levels; gives each way's.

    ``spans[k, 2]`` of the ways is the first way of stack k.
    """
    stacks, of_way = 0, np.empty(count, np.int64)
    for way in range(count):
        number = 0
        while number < stacks and not is_over(ways.lines[ways.spans[number, 2]], ways.lines[way]):
            number += 1
        if number == stacks:
            ways.spans[number, 2] = way
            stacks += 1
        of_way[way] = number
    return of_way


@kernel
def near_ways(
    reserved: Reserved, boxes: Floats, ignore: int, minima: tuple[float, float], window_s: tuple[float, float]
) -> Ints:
    """List the reserved ways whose boxes meet the one around some boxes, but for those of the flight to ignore."""
    known, around = reserved.ways, box_around(boxes)
    near, left = np.empty(reserved.used[_WAYS], np.int64), 0
    for way in range(reserved.used[_WAYS]):
        # without a branch: nobody could foretell it
        near[left] = way
        left += not (is_apart(around, known.boxes, way, minima, window_s) or known.spans[way, 2] == ignore)
    return near[:left]


@kernel
def meet_stacks(
    known: Ways, near: Ints, asked: Ways, of_way: Ints, minima: tuple[float, float], window_s: tuple[float, float]
) -> tuple[Ints, Ints]:
    """List which of some known ways each stack comes near in the plane, ``(stacks, near)``, and how many these are.

    That is the same for all ways of a stack.
    """
    stacks = of_way.max() + 1
    met, ends = np.empty((stacks, len(near)), np.int64), np.zeros(stacks, np.int64)
    for number in range(stacks):
        around = box_around(asked.boxes[: len(of_way)][of_way == number])
        for way in near:
            if not is_apart(around, known.boxes, way, minima, window_s) and passes_near(
                asked.lines[asked.spans[number, 2]], known.lines[way], minima[0]
            ):
                met[number, ends[number]] = way
                ends[number] += 1
    return met, ends


@kernel
def near_pairs(
    reserved: Reserved,
    path: Floats,
    terminal: Ints,
    ignore: int,
    minima: tuple[float, float],
    window_s: tuple[float, float],
    pairs: Ints,
) -> int:
    """Write the pairs (i, j) of path and reserved segments that may lose separation, each once, by i, ``pairs`` (k, 2).

    ``path`` (n, 8) are rows of one path or of several, one behind the other. Left out are pairs within one terminal
    area, segments of the flight to ignore, and pairs whose times allow no departure in the open window of interest.
    Returns the number of pairs, which may be more than there was room for.
    """
    asked = Ways(np.empty((len(path), 8)), np.empty((len(path), 6)), np.empty((len(path), 4), np.int64))
    ways, known = lay_ways(path, terminal, 0, asked, 0), reserved.ways
    wide = (minima[0] + _DOUBT_M, minima[1] + _DOUBT_M)
    if ways == 0:
        return 0
    near, of_way = near_ways(reserved, asked.boxes[:ways], ignore, wide, window_s), stack(asked, ways)
    met, ends = meet_stacks(known, near, asked, of_way, wide, window_s)
    box = np.empty(8)
    count, own = 0, np.empty(len(near), np.int64)
    for one in range(ways):
        number, meets, around, tag = of_way[one], 0, asked.boxes[one], asked.spans[one, 3]
        for k in range(ends[number]):
            own[meets] = met[number, k]
            is_shared = tag >= 0 and known.spans[met[number, k], 3] == tag
            meets += not (is_shared or is_apart(around, known.boxes, met[number, k], wide, window_s))
        for i in range(asked.spans[one, 0], asked.spans[one, 1]):
            write_box(path, i, box)
            for k in range(meets):
                if not is_apart(box, known.boxes, own[k], wide, window_s):
                    count = add_segments(reserved, own[k], i, box, terminal[i], wide[0], window_s, pairs, count)
    return count


@part
def is_beside(low: float, high: float, begin: float, step: float, apart: float) -> bool:
    """Tell whether a step in one direction stays so far from what lies between two bounds."""
    return bool(min(begin, begin + step) - high >= apart or low - max(begin, begin + step) >= apart)


@kernel
def add_segments(
    reserved: Reserved,
    way: int,
    i: int,
    box: Floats,
    tag: int,
    separation: float,
    window_s: tuple[float, float],
    pairs: Ints,
    count: int,
) -> int:
    """Write the pairs of a segment, which has a box, and those of a reserved way behind ``count`` others.

    Gives how many there are.
    """
    rows, spans = reserved.rows, reserved.ways.spans
    for j in range(spans[way, 0], spans[way, 1]):
        if tag >= 0 and reserved.owner[j, 1] == tag:
            continue
        begin_s, end_s = rows[j, 0], rows[j, 1]
        if end_s - box[6] <= window_s[0] or begin_s - box[7] >= window_s[1]:
            continue
        if is_beside(box[0], box[1], rows[j, 2], rows[j, 5] * (end_s - begin_s), separation):
            continue
        if is_beside(box[2], box[3], rows[j, 3], rows[j, 6] * (end_s - begin_s), separation):
            continue
        if count < len(pairs):
            pairs[count, 0], pairs[count, 1] = i, j
        count += 1
    return count

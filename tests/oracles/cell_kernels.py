"""Enters straight segments into cells of space, by a hash, and finds those that share cells with a path.

Cells have 120 x 120 x 20 m. A reserved segment is entered into every cell within reach of it in the plane; a
path looks into the cells that it passes itself, and into the layers within reach above and below. So the two
meet in a cell wherever they come close. A cell's entries form a doubly linked list, and so do a segment's
entries a single one, so that a segment leaves in the time that it took to enter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel, walk

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Links = NDArray[np.int32]

EMPTY = -(1 << 62)
NO_FLIGHT = -1
_SIDE_M, _LAYER_M = 120.0, 20.0
_HALF, _BITS = 1 << 20, 21  # columns, rows and layers from -2^20 up to 2^20
_NONE = -1


class Cells(NamedTuple):
    """The hash: ``keys`` and ``heads`` (capacity,), a cell's key and newest entry.

    Entries: ``segment``, ``after`` and ``before`` in the cell's list (before a head: minus its cell's place,
    minus 1), ``sibling`` the segment's next entry. ``newest`` (slots,): a segment's first entry.
    ``state``: the first free entry, the number of free ones, the number of cells ever used.
    """

    keys: Ints
    heads: Links
    segment: Links
    after: Links
    before: Links
    sibling: Links
    newest: Links
    state: Ints


class Table(NamedTuple):
    """The reserved segments by slot: ``rows`` (slots, 8), ``owner`` (slots, 2) with flight and terminal tag.

    The first ``left[0]`` of ``free`` (slots,) are the slots that hold none; the last of them is taken first.
    """

    rows: Floats
    owner: Ints
    free: Ints
    left: Ints


@kernel
def share_between(start: float, end: float, low: float, high: float) -> tuple[float, float]:
    """Give the shares of a step from ``start`` to ``end`` that lie between two bounds; it does reach there."""
    step = end - start
    if abs(step) < 1e-9:
        return 0.0, 1.0
    one, other = (low - start) / step, (high - start) / step
    return max(0.0, min(one, other)), min(1.0, max(one, other))


@walk
def cells_along(row: Floats, reach_m: float, reach_up_m: float) -> Iterator[int]:
    """Give the keys of all cells within reach of a segment: in the plane, and in height.

    Row of cells by row of cells: the part of the segment within reach of the row bounds the columns.
    """
    span = row[1] - row[0]
    x, y, z = row[2], row[3], row[4]
    dx, dy, dz = row[5] * span, row[6] * span, row[7] * span
    low, high = min(z, z + dz), max(z, z + dz)
    bottom = int(np.floor((low - reach_up_m) / _LAYER_M))
    # open above: a layer that begins where the reach ends is not touched
    top = max(int(np.floor(high / _LAYER_M)), int(np.ceil((high + reach_up_m) / _LAYER_M)) - 1)
    south, north = min(y, y + dy) - reach_m, max(y, y + dy) + reach_m
    for line in range(int(np.floor(south / _SIDE_M)), int(np.floor(north / _SIDE_M)) + 1):
        begin, end = share_between(y, y + dy, line * _SIDE_M - reach_m, (line + 1) * _SIDE_M + reach_m)
        west = min(x + begin * dx, x + end * dx) - reach_m
        east = max(x + begin * dx, x + end * dx) + reach_m
        for column in range(int(np.floor(west / _SIDE_M)), int(np.floor(east / _SIDE_M)) + 1):
            for layer in range(bottom, top + 1):
                yield ((column + _HALF) << (2 * _BITS)) | ((line + _HALF) << _BITS) | (layer + _HALF)


@kernel
def place_of(keys: Ints, key: int) -> int:
    """Find a key's place in the hash, or the empty place where it belongs (linear probing)."""
    mask = len(keys) - 1
    mixed = (key ^ (key >> 32)) * 0x9E3779B97F4A7C1
    place = (mixed >> 20) & mask
    while keys[place] != key and keys[place] != EMPTY:
        place = (place + 1) & mask
    return place


@kernel
def count_cells(row: Floats, reach_m: float) -> int:
    """Count the cells that a segment would enter."""
    count = 0
    for _ in cells_along(row, reach_m, 0.0):
        count += 1
    return count


@kernel
def push_entry(cells: Cells, place: int, slot: int) -> None:
    """Put a segment first in a cell's list."""
    entry, state = cells.state[0], cells.state
    state[0] = cells.after[entry]
    state[1] -= 1
    head = cells.heads[place]
    cells.segment[entry], cells.after[entry], cells.before[entry] = slot, head, -place - 1
    if head >= 0:
        cells.before[head] = entry
    cells.heads[place] = entry
    cells.sibling[entry] = cells.newest[slot]
    cells.newest[slot] = entry


@kernel
def enter_segment(cells: Cells, row: Floats, slot: int, reach_m: float) -> bool:
    """Enter a segment into its cells; False, and nothing done, where more room is needed first."""
    count = count_cells(row, reach_m)
    if count > cells.state[1] or 2 * (cells.state[2] + count) > len(cells.keys):
        return False
    for key in cells_along(row, reach_m, 0.0):
        place = place_of(cells.keys, key)
        if cells.keys[place] == EMPTY:
            cells.keys[place] = key
            cells.state[2] += 1
        push_entry(cells, place, slot)
    return True


@kernel
def leave_cells(cells: Cells, slot: int) -> None:
    """Take a segment out of all its cells."""
    entry = cells.newest[slot]
    while entry != _NONE:
        before, after, sibling = cells.before[entry], cells.after[entry], cells.sibling[entry]
        if before >= 0:
            cells.after[before] = after
        else:
            cells.heads[-before - 1] = after
        if after >= 0:
            cells.before[after] = before
        cells.after[entry] = cells.state[0]
        cells.state[0] = entry
        cells.state[1] += 1
        entry = sibling
    cells.newest[slot] = _NONE


@kernel
def enter_path(
    cells: Cells, table: Table, path: Floats, terminal: Ints, first: int, flight: int, departed_s: float, reach_m: float
) -> int:
    """Enter a flight's path, (n, 8) with tags (n,), from its segment ``first`` on; returns how far it came.

    Where that is short of ``n``, more room is needed first.
    """
    for number in range(first, len(path)):
        if table.left[0] == 0:
            return number
        slot = table.free[table.left[0] - 1]
        row = table.rows[slot]
        row[:] = path[number]
        row[0] += departed_s
        row[1] += departed_s
        if not enter_segment(cells, row, slot, reach_m):
            return number
        table.owner[slot, 0], table.owner[slot, 1] = flight, terminal[number]
        table.left[0] -= 1
    return len(path)


@kernel
def drop_slot(cells: Cells, table: Table, slot: int) -> None:
    """Take a segment out of the table and of all its cells."""
    leave_cells(cells, slot)
    table.owner[slot, 0] = NO_FLIGHT
    table.free[table.left[0]] = slot
    table.left[0] += 1


@kernel
def drop_ended(cells: Cells, table: Table, by_s: float) -> None:
    """Take out all segments that end at or before a time."""
    for slot in range(len(table.rows)):
        if table.owner[slot, 0] != NO_FLIGHT and table.rows[slot, 1] <= by_s:
            drop_slot(cells, table, slot)


@kernel
def cut_flight(cells: Cells, table: Table, flight: int, at_s: float) -> None:
    """Take out a flight's segments that begin at or after a time, and end those that go on then.

    What is ended stays in all cells that it had: more than it passes, which hides no one.
    """
    for slot in range(len(table.rows)):
        if table.owner[slot, 0] == flight:
            if table.rows[slot, 0] >= at_s:
                drop_slot(cells, table, slot)
            else:
                table.rows[slot, 1] = min(table.rows[slot, 1], at_s)


@kernel
def move_cells(cells: Cells, keys: Ints, heads: Links) -> None:
    """Move all cells that have entries into a larger hash; the keys there are empty."""
    used = 0
    for place in range(len(cells.keys)):
        head = cells.heads[place]
        if head >= 0:
            found = place_of(keys, cells.keys[place])
            keys[found], heads[found] = cells.keys[place], head
            cells.before[head] = -found - 1
            used += 1
    cells.state[2] = used


@kernel
def find_pairs(
    cells: Cells,
    path: Floats,
    terminal: Ints,
    table: Table,
    marks: Ints,
    mark: int,
    ignore: int,
    vertical_m: float,
    window_s: tuple[float, float],
    pairs: Ints,
) -> int:
    """Write the pairs (i, j) of path and reserved segments that share a cell, each once, ``pairs`` (k, 2).

    Left out are pairs within one terminal area, segments of the flight to ignore, and pairs whose windows
    allow no departure in the open window of interest. ``marks`` (slots,) holds numbers below ``mark``;
    segment i marks with ``mark + i``. Returns the number of pairs, which may be more than there was room for.
    """
    count = 0
    for i in range(len(path)):
        for key in cells_along(path[i], 0.0, vertical_m):
            place = place_of(cells.keys, key)
            entry = cells.heads[place] if cells.keys[place] != EMPTY else _NONE
            while entry != _NONE:
                j = cells.segment[entry]
                entry = cells.after[entry]
                if marks[j] == mark + i:
                    continue
                marks[j] = mark + i
                if table.rows[j, 1] - path[i, 0] <= window_s[0] or table.rows[j, 0] - path[i, 1] >= window_s[1]:
                    continue
                if table.owner[j, 0] == ignore or (terminal[i] >= 0 and table.owner[j, 1] == terminal[i]):
                    continue
                if count < len(pairs):
                    pairs[count, 0], pairs[count, 1] = i, j
                count += 1
    return count

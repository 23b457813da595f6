"""Keeps reserved segments by the straight ways that they form, which grow with the traffic."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.way_kernels import (
    NO_FLIGHT,
    Reserved,
    Ways,
    cut_flight,
    drop_ended,
    enter_rows,
    move_rows,
    near_pairs,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FIRST_SLOTS: Final = 256
_FIRST_PAIRS: Final = 1024


class WayTable:
    """Segments by slot, and the ways that they form, each with its box in space and time."""

    __slots__ = ("_minima", "_pairs", "table")

    def __init__(self, *, separation_m: float, vertical_m: float) -> None:
        self._minima = (separation_m, vertical_m)
        self.table = _empty(_FIRST_SLOTS, np.zeros(3, np.int64))
        self._pairs = np.empty((_FIRST_PAIRS, 2), np.int64)

    def __len__(self) -> int:
        """Count the segments."""
        return int(self.table.used[2])

    def enter(self, rows: Floats, terminal: Ints, *, flight: int, departed_s: float) -> None:
        """Enter a flight's segments, ``rows`` (n, 8) that count from its departure and tags ``terminal`` (n,)."""
        while not enter_rows(self.table, rows, terminal, flight, departed_s):
            self._make_room_for(len(rows))

    def _make_room_for(self, rows: int) -> None:
        """Move segments together, or where that is not much, into twice as many slots."""
        table, needed = self.table, 2 * (len(self) + rows)
        size = len(table.rows)
        while size < needed:
            size *= 2
        if size == len(table.rows):
            move_rows(table, table.rows, table.owner)
            return
        wide, count = _empty(size, table.used), int(table.used[1])
        for one, other in zip(wide.ways, table.ways, strict=True):
            one[:count] = other[:count]
        move_rows(table._replace(ways=wide.ways), wide.rows, wide.owner)
        self.table = wide

    def drop_ended(self, by_s: float) -> None:
        """Take out all segments that end at or before a time."""
        drop_ended(self.table, by_s)

    def cut(self, flight: int, at_s: float) -> None:
        """Take out a flight's segments that begin at or after a time, and end those that go on then."""
        cut_flight(self.table, flight, at_s)

    def pairs(self, path: Floats, terminal: Ints, *, ignore: int, window_s: tuple[float, float]) -> Ints:
        """Find the pairs of path and reserved segments that may come near, (k, 2); scratch, valid until the next call.

        ``path`` are rows (n, 8), ``terminal`` (n,) tags.
        """
        while True:
            count = near_pairs(self.table, path, terminal, ignore, self._minima, window_s, self._pairs)
            if count <= len(self._pairs):
                return self._pairs[:count]
            self._pairs = np.empty((2 * count, 2), np.int64)


def _empty(slots: int, used: Ints) -> Reserved:
    ways = Ways(np.zeros((slots, 8)), np.zeros((slots, 6)), np.zeros((slots, 4), np.int64))
    return Reserved(np.zeros((slots, 8)), np.full((slots, 2), NO_FLIGHT), ways, used)

"""The log of all bookings of a day: rows of four whole numbers, of which those made long ago are folded small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.folding import fold, unfold

Log = NDArray[np.int32]

_COLUMNS: Final = 4
_LEAST: Final = 1 << 10
_GROWTH: Final = 32
_BLOCK: Final = 1 << 16
_OPEN: Final = 16
"""So many blocks lie open before the older half of them is folded: nearly all that is revoked is young."""


class BookingLog:
    """Calendar, start, end and holder of each booking, by number; the youngest, ``used`` of ``rows``, lie open.

    Kernels write behind these, where ``make_room`` has made room, and ``enter`` counts what they wrote.
    """

    __slots__ = ("_blocks", "rows", "used")

    def __init__(self) -> None:
        self.rows: Log = np.zeros((_LEAST, _COLUMNS), dtype=np.int32)
        self.used = 0
        self._blocks: list[list[bytes]] = []

    @property
    def _folded(self) -> int:
        return len(self._blocks) * _BLOCK

    def __len__(self) -> int:
        return self._folded + self.used

    def enter(self, entries: int) -> range:
        """Count bookings that were written behind the last one; gives their numbers."""
        number = len(self)
        self.used += entries
        return range(number, number + entries)

    def make_room(self, entries: int) -> None:
        """Make room for so many more."""
        if self.used >= _OPEN * _BLOCK:
            self._fold(_OPEN // 2)
        if self.used + entries > len(self.rows):
            # in place where there is room behind it: a long day's log is never held twice
            rows = len(self.rows) + max(len(self.rows) // _GROWTH, entries, _LEAST)
            self.rows.resize((rows, _COLUMNS), refcheck=False)

    def _fold(self, blocks: int) -> None:
        for block in range(blocks):
            self._blocks.append(_folded(self.rows[block * _BLOCK : (block + 1) * _BLOCK]))
        left = self.used - blocks * _BLOCK
        self.rows[:left] = self.rows[blocks * _BLOCK : self.used]
        self.used = left

    def at(self, number: int) -> tuple[Log, int]:
        """Give rows among which a booking is, and its place; ``put_back`` keeps what is written there."""
        if number >= self._folded:
            return self.rows, number - self._folded
        return _opened(self._blocks[number // _BLOCK]), number % _BLOCK

    def put_back(self, number: int, rows: Log) -> None:
        """Keep the rows among which a booking is."""
        if number < self._folded:
            self._blocks[number // _BLOCK] = _folded(rows)

    def since(self, number: int) -> Log:
        """Give all bookings from one on."""
        if number >= self._folded:
            return self.rows[number - self._folded : self.used]
        first = number // _BLOCK
        parts = [*map(_opened, self._blocks[first:]), self.rows[: self.used]]
        return np.concatenate(parts)[number - first * _BLOCK :]

    def parts(self) -> Iterator[Log]:
        """Give all bookings, a block at a time."""
        yield from map(_opened, self._blocks)
        yield self.rows[: self.used]


def _folded(rows: Log) -> list[bytes]:
    return [fold(rows[:, column]) for column in range(_COLUMNS)]


def _opened(block: list[bytes]) -> Log:
    rows = np.empty((_BLOCK, _COLUMNS), dtype=np.int32)
    for column, folded in enumerate(block):
        rows[:, column] = unfold(folded, _BLOCK, rows.dtype)
    return rows

"""Rows of plain numbers, kept as packed bytes: four or eight a number, and folded small once they are many."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, error
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.folding import fold, unfold
from dronesim.units import LAST_MS

_TYPES: Final = {"i": np.int32, "d": np.float64}
_BLOCK: Final = 1 << 14


class Rows:
    """A growing table.

    ``codes`` gives each column's kind: ``i`` for a whole number (milliseconds of 24 days fit), ``d`` for a float. What
    is planned for a later time than fits, as the end of a charge that takes a month, is written as the last one.
    All but the last rows are folded, column by column, a block at a time.
    """

    __slots__ = ("_blocks", "_bytes", "_folds_at", "_is_whole", "_pack", "_type")

    def __init__(self, names: Sequence[str], codes: str) -> None:
        self._bytes = bytearray()
        self._blocks: list[dict[str, bytes]] = []
        self._pack = Struct("=" + codes).pack
        self._is_whole = [code == "i" for code in codes]
        self._type = np.dtype([(name, _TYPES[code]) for name, code in zip(names, codes, strict=True)])
        # rows that are written anew are mostly young: they lie open
        self._folds_at = 2 * _BLOCK * self._type.itemsize

    def append(self, *values: float) -> None:
        """Write one row."""
        try:
            self._bytes += self._pack(*values)
        except error:
            self._bytes += self._packed(values)
        if len(self._bytes) >= self._folds_at:
            self._fold()

    def rewrite(self, row: int, *values: float) -> None:
        """Write a row anew."""
        size, block = self._type.itemsize, row // _BLOCK
        if block < len(self._blocks):
            opened = self._opened(block)
            opened[row % _BLOCK] = np.frombuffer(self._packed(values), dtype=self._type)[0]
            self._blocks[block] = self._folded(opened)
            return
        at = (row - len(self._blocks) * _BLOCK) * size
        self._bytes[at : at + size] = self._packed(values)

    def _packed(self, values: Sequence[float]) -> bytes:
        try:
            return self._pack(*values)
        except error:
            return self._pack(*map(self._clipped, self._is_whole, values))

    @staticmethod
    def _clipped(is_whole: bool, value: float) -> float:
        return min(value, LAST_MS) if is_whole else value

    def __len__(self) -> int:
        return len(self._blocks) * _BLOCK + len(self._bytes) // self._type.itemsize

    def _fold(self) -> None:
        size = _BLOCK * self._type.itemsize
        self._blocks.append(self._folded(np.frombuffer(bytes(self._bytes[:size]), dtype=self._type)))
        # in place of a cut, which would leave what is cut off in memory
        self._bytes = self._bytes[size:]

    def _folded(self, rows: NDArray[Any]) -> dict[str, bytes]:
        return {name: fold(rows[name]) for name in self._type.names or ()}

    def _opened(self, block: int) -> NDArray[Any]:
        rows = np.empty(_BLOCK, dtype=self._type)
        for name, folded in self._blocks[block].items():
            rows[name] = unfold(folded, _BLOCK, self._type[name])
        return rows

    def column(self, name: str) -> NDArray[Any]:
        """Give a column of the rows so far, ``(rows,)``; while it is used, none can be added."""
        last = np.frombuffer(self._bytes, dtype=self._type)[name]
        if not self._blocks:
            return last
        kind = self._type[name]
        return np.concatenate([*(unfold(block[name], _BLOCK, kind) for block in self._blocks), last])

    def take(self, name: str) -> NDArray[Any]:
        """Give a column by itself, and forget it: its memory goes with what is given."""
        column = self.column(name)
        for block in self._blocks:
            del block[name]
        return column if self._blocks else column.copy()

    def clear(self) -> None:
        """Start again without any rows."""
        self._bytes, self._blocks = bytearray(), []

    def table(self, first: int = 0) -> NDArray[Any]:
        """Give the rows so far, from one on, as a structured array; while it is used, none can be added."""
        folded = len(self._blocks)
        last = np.frombuffer(self._bytes, dtype=self._type)
        if first >= folded * _BLOCK:
            return last[first - folded * _BLOCK :]
        skipped = first // _BLOCK
        opened = [self._opened(block) for block in range(skipped, folded)]
        return np.concatenate([*opened, last])[first - skipped * _BLOCK :]

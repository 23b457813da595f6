"""Rows of plain numbers, kept as packed bytes: four or eight a number, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, error
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_TYPES: Final = {"i": np.int32, "d": np.float64}
LAST_MS: Final = 2**31 - 1
"""The latest time that four bytes hold, in milliseconds since midnight: no day lasts until then."""


class Rows:
    """A growing table.

    ``codes`` gives each column's kind: ``i`` for a whole number (milliseconds of 24 days fit), ``d`` for a float. What
    is planned for a later time than fits, as the end of a charge that takes a month, is written as the last one.
    """

    __slots__ = ("_bytes", "_is_whole", "_pack", "_type")

    def __init__(self, names: Sequence[str], codes: str) -> None:
        self._bytes = bytearray()
        self._pack = Struct("=" + codes).pack
        self._is_whole = [code == "i" for code in codes]
        self._type = np.dtype([(name, _TYPES[code]) for name, code in zip(names, codes, strict=True)])

    def append(self, *values: float) -> None:
        """Write one row."""
        try:
            self._bytes += self._pack(*values)
        except error:
            self._bytes += self._clipped_to_fit(values)

    def rewrite(self, row: int, *values: float) -> None:
        """Write a row anew."""
        size = self._type.itemsize
        try:
            self._bytes[row * size : (row + 1) * size] = self._pack(*values)
        except error:
            self._bytes[row * size : (row + 1) * size] = self._clipped_to_fit(values)

    def _clipped_to_fit(self, values: Sequence[float]) -> bytes:
        return self._pack(*map(self._clipped, self._is_whole, values))

    @staticmethod
    def _clipped(is_whole: bool, value: float) -> float:
        return min(value, LAST_MS) if is_whole else value

    def __len__(self) -> int:
        return len(self._bytes) // self._type.itemsize

    def take(self) -> NDArray[Any]:
        """Give the rows as ``table`` does, and start again without any: their memory goes with what is given."""
        taken, self._bytes = self._bytes, bytearray()
        return np.frombuffer(taken, dtype=self._type)

    def table(self) -> NDArray[Any]:
        """Give the rows so far as a structured array of shape ``(rows,)``; while it is used, none can be added."""
        return np.frombuffer(self._bytes, dtype=self._type)

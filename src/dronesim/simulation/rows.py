"""Rows of plain numbers, kept as packed bytes: eight bytes a number, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_TYPES: Final = {"q": np.int64, "d": np.float64}


class Rows:
    """A growing table; ``codes`` gives each column's kind, ``q`` for a whole number and ``d`` for a float."""

    __slots__ = ("_bytes", "_pack", "_type")

    def __init__(self, names: Sequence[str], codes: str) -> None:
        self._bytes = bytearray()
        self._pack = Struct("=" + codes).pack
        self._type = np.dtype([(name, _TYPES[code]) for name, code in zip(names, codes, strict=True)])

    def append(self, *values: float) -> None:
        """Write one row."""
        self._bytes += self._pack(*values)

    def table(self) -> NDArray[Any]:
        """Give the rows so far as a structured array of shape ``(rows,)``; while it is used, none can be added."""
        return np.frombuffer(self._bytes, dtype=self._type)

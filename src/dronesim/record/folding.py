"""Columns folded small: what was written down long ago waits compressed until it is asked for."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1 << 16
"""So many rows are folded at a time; fewer are left as they are."""


def fold(column: NDArray[Any]) -> bytes:
    """Fold numbers, shape ``(rows,)``: whole ones as steps from each to the next, all byte by byte, by zstd."""
    steps = np.diff(column, prepend=column.dtype.type(0)) if column.dtype.kind == "i" else column
    shuffled = np.ascontiguousarray(steps).view(np.uint8).reshape(len(column), -1).T
    folded: bytes = _codec().compress(shuffled.tobytes(), asbytes=True)
    return folded


def unfold(folded: bytes, rows: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Give the numbers that were folded."""
    opened = _codec().decompress(folded, rows * kind.itemsize, asbytes=True)
    shuffled = np.frombuffer(opened, dtype=np.uint8).reshape(kind.itemsize, rows)
    steps = np.ascontiguousarray(shuffled.T).view(kind).reshape(rows)
    # steps that go beyond what the type holds come around again
    return np.cumsum(steps, dtype=kind) if kind.kind == "i" else steps


@cache
def _codec() -> Any:
    import pyarrow as pa

    return pa.Codec("zstd", compression_level=1)

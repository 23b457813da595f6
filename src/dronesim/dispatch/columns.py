"""Read-only columns: the same numbers over bytes, which nobody can make writeable again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.units import MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Give the same numbers over bytes."""
    found = np.frombuffer(array.tobytes(), dtype=array.dtype)
    return found if array.ndim == 1 else found.reshape(array.shape)


def ints(values: Sequence[int]) -> Ints:
    """Make a read-only column of whole numbers."""
    return frozen(np.asarray(values, dtype=np.int64))


def bools(values: Sequence[bool] | Ints) -> Bools:
    """Make a read-only column of yes and no."""
    return frozen(np.asarray(values, dtype=np.bool_))


def floats(values: Any) -> Floats:
    """Make a read-only column, or table, of numbers."""
    return frozen(np.asarray(values, dtype=np.float64))


def seconds(values_ms: Any) -> Floats:
    """Make a read-only column, or table, of seconds."""
    return frozen(np.asarray(values_ms, dtype=np.float64) / MS)

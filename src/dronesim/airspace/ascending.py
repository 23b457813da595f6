"""Numbers that are kept ascending in an array with room behind them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel


@kernel
def enter(values: NDArray[np.float64] | NDArray[np.int64], count: int, value: float) -> int:
    """Insert a value into the first ``count`` ascending ones; gives how many there are then."""
    place = count
    while place > 0 and values[place - 1] > value:
        values[place] = values[place - 1]
        place -= 1
    values[place] = value
    return count + 1

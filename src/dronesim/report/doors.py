"""Minutes to the door of the orders in range on one clock, taken and possible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.service import CLOCKS, door_s
from dronesim.record.tables import Columns
from dronesim.units import MINUTE

Floats = NDArray[np.float64]
BIN_MIN: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Minutes to the door of the in-range orders on one clock; NaN where not delivered or not possible."""

    clock: str
    taken_min: Floats
    possible_min: Floats

    @classmethod
    def of(cls, orders: Columns, clock: str) -> Doors:
        """Take them from the table of orders."""
        in_range = orders["in_range"]
        return cls(
            clock=clock,
            taken_min=door_s(orders, clock)[in_range] / MINUTE,
            possible_min=orders[CLOCKS[clock][1]][in_range] / MINUTE,
        )


def last_minute(clocks: Sequence[Doors], limit_min: float) -> float:
    """End the axis so that 99.5 % of the orders show on each clock: from twice to eight times the limit."""
    taken = [doors.taken_min[~np.isnan(doors.taken_min)] for doors in clocks]
    most = max((float(np.quantile(each, 0.995)) for each in taken if each.size), default=0.0)
    return math.ceil(min(max(1.2 * most, 2 * limit_min), 8 * limit_min) / 5) * 5.0

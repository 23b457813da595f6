"""The order book: what is fixed for each order, its milestones on the ground so far, and its end state."""

from __future__ import annotations

from array import array
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.demand import OrderColumns
from dronesim.record.tables import END_STATES
from dronesim.units import LAST_MS, MS

END_STATE: Final = {state: number for number, state in enumerate(END_STATES)}
_SLACK_MS = 1e-6
_LONGEST_MS: Final = 1 << 29
"""Over six days: what takes longer never happens on a day, and sums of three such times fit into a column."""
NEVER = -1
Column: TypeAlias = "array[int]"
"""Whole numbers, packed: four bytes an order (milliseconds of 24 days fit), plain ints when read."""

MILESTONE_COLUMNS: Final = ("placed_ms", "ready_ms", "assigned_ms", "collected_ms", "ended_ms")
"""Columns that hold when something happened; what lies in between is told by the flights."""


def to_ms_column(seconds: NDArray[Any], *, longest_ms: int = _LONGEST_MS) -> Column:
    """Round seconds up to milliseconds, as ``units.to_ms`` does, and to no more than ``longest_ms``.

    Infinite is ``NEVER``.
    """
    finite = np.isfinite(seconds)
    whole = np.ceil(np.where(finite, seconds, 0.0) * MS - _SLACK_MS)
    return packed(np.where(finite, np.minimum(whole, longest_ms), NEVER))


def packed(values: NDArray[Any]) -> Column:
    """Pack whole numbers into a column."""
    return array("i", np.asarray(values).astype(np.int32).tobytes())


def _never(count: int) -> Column:
    return array("i", [NEVER]) * count


class OrderBook:
    """Columns by order: packed, milliseconds since midnight, ``NEVER`` for what has not happened."""

    __slots__ = (
        "airport",
        "assigned_ms",
        "box",
        "boxing_ms",
        "collected_ms",
        "collection_ms",
        "drone",
        "end_state",
        "ended_ms",
        "load_left_ms",
        "mass_kg",
        "patience_ms",
        "placed_ms",
        "planned_ms",
        "preparation_ms",
        "ready_ms",
        "reason",
        "reasons",
        "takeoff_point",
        "walk_ms",
        "will_be_ready_ms",
    )

    def __init__(self, orders: OrderColumns, *, walk_mps: float) -> None:
        count = len(orders)
        self.placed_ms = to_ms_column(orders.placed_s, longest_ms=LAST_MS)
        self.preparation_ms = to_ms_column(orders.preparation_s)
        self.planned_ms = to_ms_column(orders.planned_preparation_s)
        self.walk_ms = to_ms_column(orders.walk_m / walk_mps)
        self.collection_ms = to_ms_column(np.where(orders.is_no_show, np.inf, orders.collection_s))
        self.patience_ms = to_ms_column(orders.patience_s)
        self.mass_kg = array("d", orders.mass_kg.tobytes())
        self.takeoff_point = packed(orders.takeoff_point)
        self.airport = packed(orders.airport)
        self.ready_ms = _never(count)
        self.assigned_ms = _never(count)
        self.collected_ms = _never(count)
        self.ended_ms = _never(count)
        self.drone = _never(count)
        self.box = _never(count)
        self.boxing_ms = array("i")
        """How long each parcel is boxed, known to the engine only; empty where all take the same."""
        self.load_left_ms: dict[int, int] = {}
        """What is left to load of orders that took longer than was booked."""
        self.will_be_ready_ms = _never(count)
        """When the parcel will be ready, known to the engine from placing on and to nobody else."""
        self.end_state = array("b", [NEVER]) * count
        """Its number among ``END_STATES``, ``NEVER`` for an order that is under way."""
        self.reason = array("b", [NEVER]) * count
        """Its number among ``reasons``, ``NEVER`` for none."""
        self.reasons: list[str] = []

    def __len__(self) -> int:
        return len(self.placed_ms)

    def clear(self) -> None:
        """Give all columns up."""
        for name in self.__slots__:
            setattr(self, name, array("i"))

    def latest_ms(self) -> int:
        """Find the latest entry of all milestone columns, 0 if there is none."""
        return max(max(getattr(self, name), default=0) for name in MILESTONE_COLUMNS)

    def end(self, order: int, state: str, at_ms: int, reason: str | None = None) -> None:
        """Give an order its one end state."""
        self.end_state[order] = END_STATE[state]
        self.reason[order] = NEVER if reason is None else self._number(reason)
        self.ended_ms[order] = at_ms

    def is_over(self, order: int) -> bool:
        """Tell whether an order has ended."""
        return self.end_state[order] != NEVER

    def _number(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def unassign(self, order: int) -> None:
        """Clear what a revoked booking had reached."""
        self.assigned_ms[order] = NEVER
        self.drone[order] = NEVER
        self.box[order] = NEVER

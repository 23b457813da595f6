"""The order book: what is fixed for each order, its milestones so far, and its end state."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand import OrderColumns
from dronesim.units import MS

_SLACK_MS = 1e-6
NEVER = -1

MILESTONE_COLUMNS: Final = (
    "placed_ms",
    "ready_ms",
    "assigned_ms",
    "departed_ms",
    "delivered_ms",
    "collected_ms",
    "ended_ms",
)
"""Columns that hold when something happened; the others lie between two of these."""


def to_ms_list(seconds: NDArray[Any]) -> list[int]:
    """Round seconds up to milliseconds, as ``units.to_ms`` does; infinite becomes ``NEVER``."""
    finite = np.isfinite(seconds)
    whole = np.ceil(np.where(finite, seconds, 0.0) * MS - _SLACK_MS).astype(np.int64)
    return [int(value) for value in np.where(finite, whole, NEVER).tolist()]


class OrderBook:
    """Columns by order: plain lists, milliseconds since midnight, ``NEVER`` for what has not happened."""

    __slots__ = (
        "airport",
        "arrived_ms",
        "assigned_ms",
        "box",
        "collected_ms",
        "collection_ms",
        "delivered_ms",
        "departed_ms",
        "drone",
        "end_state",
        "ended_ms",
        "landed_ms",
        "leg",
        "loaded_ms",
        "loading_ms",
        "mass_kg",
        "patience_ms",
        "placed_ms",
        "planned_ms",
        "preparation_ms",
        "ready_ms",
        "reason",
        "takeoff_point",
        "token",
        "walk_ms",
        "will_be_ready_ms",
    )

    def __init__(self, orders: OrderColumns, *, walk_mps: float) -> None:
        count = len(orders)
        self.placed_ms = to_ms_list(orders.placed_s)
        self.preparation_ms = to_ms_list(orders.preparation_s)
        self.planned_ms = to_ms_list(orders.planned_preparation_s)
        self.walk_ms = to_ms_list(orders.walk_m / walk_mps)
        self.collection_ms = to_ms_list(np.where(orders.is_no_show, np.inf, orders.collection_s))
        self.patience_ms = to_ms_list(orders.patience_s)
        self.mass_kg: list[float] = orders.mass_kg.tolist()
        self.takeoff_point: list[int] = orders.takeoff_point.tolist()
        self.airport: list[int] = orders.airport.tolist()
        for name in ("ready", "assigned", "loading", "loaded", "departed"):
            setattr(self, f"{name}_ms", [NEVER] * count)
        for name in ("arrived", "landed", "delivered", "collected", "ended"):
            setattr(self, f"{name}_ms", [NEVER] * count)
        self.drone: list[int] = [NEVER] * count
        self.leg: list[int] = [NEVER] * count
        self.box: list[int] = [NEVER] * count
        self.will_be_ready_ms: list[int] = [NEVER] * count
        """When the parcel will be ready, known to the engine from placing on and to nobody else."""
        self.token: list[str | None] = [None] * count
        self.end_state: list[str | None] = [None] * count
        self.reason: list[str | None] = [None] * count

    ready_ms: list[int]
    assigned_ms: list[int]
    loading_ms: list[int]
    loaded_ms: list[int]
    departed_ms: list[int]
    arrived_ms: list[int]
    landed_ms: list[int]
    delivered_ms: list[int]
    collected_ms: list[int]
    ended_ms: list[int]

    def __len__(self) -> int:
        return len(self.placed_ms)

    def latest_ms(self) -> list[int]:
        """Give the latest entry of each milestone column."""
        columns = [getattr(self, name) for name in MILESTONE_COLUMNS]
        return [max(column) for column in columns if column]

    def end(self, order: int, state: str, at_ms: int, reason: str | None = None) -> None:
        """Give an order its one end state."""
        self.end_state[order] = state
        self.reason[order] = reason
        self.ended_ms[order] = at_ms

    def unassign(self, order: int) -> None:
        """Clear what a revoked booking had reached."""
        self.assigned_ms[order] = NEVER
        self.drone[order] = NEVER
        self.box[order] = NEVER

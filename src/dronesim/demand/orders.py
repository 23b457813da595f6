"""The orders of a day as columns, every random value drawn before the day begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderColumns:
    """One entry an order in order of placing; every array has shape ``(n,)`` and is read-only.

    Times are seconds since midnight, durations seconds, ``walk_m`` the courier's way from merchant to
    take-off point. ``planned_preparation_s`` is what the dispatcher may expect before the kitchen has
    ended. ``patience_s`` is inf for a customer who never cancels. ``bad_scan`` is 0 for a good first scan,
    1 wrong, 2 reused, 3 foreign. ``takeoff_point`` and ``airport`` are indices; ``distance_m`` is the
    straight line between the two. ``day_factor`` is what this day's expected number of orders was multiplied by.
    """

    order_id: Sequence[str]
    merchant: tuple[str | None, ...]
    community: tuple[str | None, ...]
    takeoff_point: NDArray[Any]
    airport: NDArray[Any]
    distance_m: NDArray[Any]
    walk_m: NDArray[Any]
    placed_s: NDArray[Any]
    mass_kg: NDArray[Any]
    preparation_s: NDArray[Any]
    planned_preparation_s: NDArray[Any]
    collection_s: NDArray[Any]
    patience_s: NDArray[Any]
    is_no_show: NDArray[Any]
    bad_scan: NDArray[Any]
    day_factor: float = 1.0

    def __len__(self) -> int:
        return len(self.order_id)

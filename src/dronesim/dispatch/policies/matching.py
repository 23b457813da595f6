"""The policy ``matching``: a linear assignment of all ready orders to all free drones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.view import DispatchView

TRAVEL_WEIGHT: Final = 0.1
AGE_BONUS: Final = 0.5
"""What a second until delivery and a second of age count, in seconds of lateness: assumptions, and the defaults of
parameters ``travel_weight`` and ``age_bonus``."""

_INFEASIBLE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Minimum total cost: lateness, plus the time to delivery, less a bonus for age, all in seconds.

    The time to delivery counts deadheads, so of two drones the nearer one is taken. ``age_bonus`` makes an
    order that has waited a second longer so many seconds cheaper: with more orders than drones the old ones go
    first, as long as they can be on time. One that is late grows dearer by a second of lateness each second, more
    than the bonus takes off, so it gives way to those that can still be saved. Infeasible pairs cost 1e9 and are
    dropped afterwards.
    """

    travel_weight: float = TRAVEL_WEIGHT
    age_bonus: float = AGE_BONUS

    def __post_init__(self) -> None:
        if min(self.travel_weight, self.age_bonus) < 0:
            raise ValueError("travel_weight and age_bonus must not be negative")

    def __call__(self, view: DispatchView) -> Decisions:
        """Assign one batch."""
        orders, drones = view.ready, view.free_drones
        if not orders or not drones:
            return NOTHING
        decisions = Decisions()
        if len(orders) == 1:
            drone = view.first_drone(orders[0], drones)
            if drone is not None:
                decisions.assign(orders[0], drone)
            return decisions
        return self._assign_batch(view, orders=orders, drones=drones, decisions=decisions)

    def _assign_batch(
        self, view: DispatchView, *, orders: Sequence[int], drones: Sequence[int], decisions: Decisions
    ) -> Decisions:
        from scipy.optimize import linear_sum_assignment

        delivery_s = view.delivery_matrix(orders, drones)
        due_s = np.array([view.due_s(order) for order in orders])[:, None]
        feasible = np.isfinite(delivery_s)
        delivery_s = np.where(feasible, delivery_s, view.now_s)
        age_s = view.now_s - due_s
        cost = np.where(
            feasible,
            np.maximum(delivery_s - due_s, 0.0)
            + self.travel_weight * (delivery_s - view.now_s)
            - self.age_bonus * age_s,
            _INFEASIBLE,
        )
        rows, columns = linear_sum_assignment(cost)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if feasible[row, column]:
                decisions.assign(orders[row], drones[column])
        return decisions

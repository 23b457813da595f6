"""The policy ``matching``: a linear assignment of orders that are ready or soon will be to drones, free or busy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.dispatch.columns import Bools, Floats
from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.sharing import sensible_s
from dronesim.dispatch.view import DispatchView

TRAVEL_WEIGHT: Final = 0.1
AGE_BONUS: Final = 0.5
"""What a second until delivery and a second of age count, in seconds of lateness: assumptions, and the defaults of
parameters ``travel_weight`` and ``age_bonus``."""
EMPTY_LEG_S: Final = 30.0
"""What an empty leg costs beyond its time, in seconds of lateness: an assumption."""
SOON_S: Final = 300.0
"""Orders that are expected to be ready so soon are matched too, seconds: about half of a sortie, an assumption."""

_LATE, _INFEASIBLE = 1e6, 1e9


@only_pairs
@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Least lateness: as few late orders as can be, then the least time to delivery, less a bonus for age, in seconds.

    All drones are matched, by when they are expected to be free, and all orders that are ready or will be within
    ``soon_s``: a drone that is matched with an order that is not ready stays for it, an order that is matched with a
    busy drone waits for that, and the others go. The time to delivery counts deadheads, so of two drones the nearer one
    is taken. ``age_bonus`` makes an order that has waited a second longer so many seconds cheaper: with more orders
    than drones the old ones go first, as long as they can be on time. What can't be takes the drones that are left.
    """

    travel_weight: float = TRAVEL_WEIGHT
    age_bonus: float = AGE_BONUS
    soon_s: float = SOON_S

    def __post_init__(self) -> None:
        if min(self.travel_weight, self.age_bonus, self.soon_s) < 0:
            raise ValueError("travel_weight, age_bonus and soon_s must not be negative")

    def __call__(self, view: DispatchView) -> Decisions:
        """Assign one batch."""
        if not view.ready or not view.free_drones:
            return NOTHING
        orders, drones = view.orders, view.drones
        is_ready, is_idle = orders.is_assignable.copy(), drones.is_free.copy()
        is_soon = ~orders.is_ready & (orders.expected_ready_s < view.now_s + self.soon_s)
        cost = self._cost(view, counts=is_ready | is_soon)
        decisions = Decisions()
        for row, column in _matched(cost, below=_LATE / 2):
            if is_ready[row] and drones.is_free[column]:
                decisions.assign(orders.order[row], drones.drone[column])
            is_ready[row] = is_idle[column] = False
        late, idle = np.flatnonzero(is_ready), np.flatnonzero(is_idle)
        for row, column in _matched(cost[np.ix_(late, idle)], below=_INFEASIBLE / 2):
            decisions.assign(orders.order[late[row]], drones.drone[idle[column]])
        return decisions

    def _cost(self, view: DispatchView, *, counts: Bools) -> Floats:
        """What each pair costs, shape ``(orders, drones)``."""
        delivery_s, due_s = sensible_s(view, view.delivery_s), view.orders.due_s[:, None]
        can = np.isfinite(delivery_s) & counts[:, None]
        delivery_s = np.where(can, delivery_s, view.now_s)
        age_s = view.now_s - due_s
        late = np.where(delivery_s > due_s, _LATE, -self.age_bonus * age_s)
        is_empty = view.drones.place != view.orders.takeoff_point[:, None]
        cost = self.travel_weight * (delivery_s - view.now_s) + late + EMPTY_LEG_S * is_empty
        return np.where(can, cost, _INFEASIBLE)


def _matched(cost: Floats, *, below: float) -> list[tuple[int, int]]:
    """Match rows with columns at least cost, and keep the pairs that cost less than a limit."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    is_kept = cost[rows, columns] < below
    return list(zip(rows[is_kept].tolist(), columns[is_kept].tolist(), strict=True))

"""The policy ``matching-hold``: orders with time to spare are held a while, to be matched with others."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Assign, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.policies.matching import Matching
from dronesim.dispatch.sharing import sensible_s
from dronesim.dispatch.view import DispatchView

HOLD_S: Final = 20.0
"""How long an order is held from when it is ready, seconds: an assumption; each second of it is lost to the order."""
_PLENTY: Final = 6.0
"""So many times the hold an order must have to spare at least, or it is not held."""


@only_pairs
def matching_hold(view: DispatchView, *, hold_s: float = HOLD_S) -> Decisions:
    """Match as ``matching`` does, but hold each order for ``hold_s`` from when it is ready if it has time to spare."""
    if not view.ready or not view.free_drones:
        return NOTHING
    orders, held, decisions = view.orders, set[int](), Decisions()
    spare_s = orders.due_s - sensible_s(view, view.delivery_s).min(axis=1)
    until_s = orders.expected_ready_s + hold_s
    is_held = orders.is_ready & (until_s > view.now_s + 1.0) & (spare_s > _PLENTY * hold_s) & np.isfinite(spare_s)
    for row in np.flatnonzero(is_held & orders.is_assignable):
        decisions.hold(orders.order[row], until_s=until_s[row])
        held.add(int(orders.order[row]))
    for decision in Matching()(view):
        if isinstance(decision, Assign) and decision.order not in held:
            decisions.assign(decision.order, decision.drone)
    return decisions

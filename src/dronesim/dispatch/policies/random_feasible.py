"""The policy ``random-feasible``: whatever can be flown, by chance; what any rule should exceed."""

from __future__ import annotations

import numpy as np

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.view import DispatchView


@only_pairs
def random_feasible(view: DispatchView) -> Decisions:
    """Give ready orders, in an order drawn by chance, to free drones drawn by chance of those that can."""
    if not view.ready or not view.free_drones:
        return NOTHING
    can, rng, decisions = np.isfinite(view.delivery_matrix(view.ready, view.free_drones)), view.rng, Decisions()
    for row in rng.permutation(len(view.ready)):
        columns = np.flatnonzero(can[row])
        if len(columns):
            column = rng.choice(columns)
            can[:, column] = False
            decisions.assign(view.ready[row], view.free_drones[column])
    return decisions

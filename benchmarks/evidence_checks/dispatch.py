"""Policies against what theory says of them: where first job first tips over, and what the best matching costs."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.dispatch import POLICIES, Assign
from dronesim.evidence import Kind
from dronesim.experiment.contract.views import view_of
from evidence_checks.check import Check, Found, near
from theory import test_tipping_point as wheel

SIZE, ROUNDS, UNIT_MS = 100, 40, 1_000_000
NEAR_DRONES: Final = 1.0
SHORT_MIN, LONG_MIN = 6.0, 20.0


def tipping_point() -> Found:
    """Drones that orders take once they queue, and waits between what the two policies need."""
    cycle_s, empty_s = wheel.predicted_s()
    needed, tips = wheel.ORDERS_PER_S * cycle_s, wheel.ORDERS_PER_S * (cycle_s + empty_s)
    seen = wheel.drones_of_a_queue()
    waits_min = [wheel.wait_at_the_end_min(policy) for policy in ("first-finish", "nearest")]
    passed = abs(seen - tips) <= NEAR_DRONES and waits_min[0] < SHORT_MIN and waits_min[1] > LONG_MIN
    words = f"first job first takes {seen:.1f} drones ({tips:.1f}), first finish needs {needed:.1f}"
    waits = f"with {wheel.DRONES} the last hour's orders wait for {waits_min[1]:.1f} and {waits_min[0]:.1f} min"
    return Found(passed=passed, figure=f"{words}; {waits}")


def random_assignment() -> Found:
    """Cost of the matching of as many late orders and drones, whose times are exponential."""
    times_ms = np.random.default_rng(12).exponential(size=(ROUNDS, SIZE, SIZE)) * UNIT_MS
    totals = []
    for matrix in times_ms.astype(int):
        chosen = POLICIES["matching"](view_of(matrix, due_ms=[0] * SIZE, now_ms=0))
        totals.append(sum(matrix[each.order, each.drone] for each in chosen if isinstance(each, Assign)) / UNIT_MS)
    passed, words = near(totals, float(np.sum(1.0 / np.arange(1, SIZE + 1) ** 2)), precision=0.02)
    return Found(passed=passed, figure=words)


CHECKS: Final = (
    Check(
        name="tipping-point",
        kind=Kind.THEORY,
        title="where first job first tips over, on scenarios/tipping-point.toml",
        source="Grippa et al. 2019: orders a second x (cycle + empty leg from a place at random)",
        mark="within 1 drone; the last hour's orders wait under 6 min by first finish, over 20 by first job first",
        run=tipping_point,
    ),
    Check(
        name="random-assignment",
        kind=Kind.THEORY,
        title="cost of matching 100 orders to 100 drones at random times",
        source="Aldous 2001: the sum of 1/k², 1.6350 at 100",
        mark="within 4 standard errors of 40 rounds, the error at most 2 % of the value",
        run=random_assignment,
        is_dear=True,
    ),
)

"""The policy ``linear``: a learned sum over an order and its best drone says who goes first, or waits."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch.decisions import NOTHING, Decisions
from dronesim.dispatch.pairing import only_pairs
from dronesim.dispatch.sharing import sensible_s
from dronesim.dispatch.view import DispatchView
from dronesim.geometry.products import matrix_product
from dronesim.units import MINUTE

Floats = NDArray[np.float64]

FEATURES: Final = (
    *("any", "late", "spare", "lateness", "tight", "trip", "empty", "sooner", "late_and_scarce", "late_and_crowded"),
)
"""What is weighed of each order with the free drone that would deliver it first.

``any`` is 1. ``late`` is 1 where the promised time would be missed, ``spare`` the time left after the delivery and
``lateness`` the time missed, both in quarters of an hour, ``tight`` rises from 0 to 1 over the last two minutes of the
time left. ``trip`` is the time from now to the delivery and ``sooner`` what a busy drone of the pool would save, in
quarters of an hour; ``empty`` is 1 where the drone has to come from another take-off point. ``late_and_scarce`` is, of
late orders only, the number of savable orders that are not ready yet over the number of free drones,
``late_and_crowded`` that of ready savable ones, both at most 2."""

_QUARTER_S: Final = 15.0 * MINUTE
_TIGHT_S: Final = 2.0 * MINUTE
_MOST: Final = 2.0
_FILE: Final = "linear.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Assign the best order, again and again, as long as its sum is positive or there is nothing to wait for.

    There is something to wait for where a busy drone would deliver sooner, or an order is not ready yet. ``weights``
    are by the order of `FEATURES`; ``examples/train_linear_policy.py`` finds them.
    """

    weights: tuple[float, ...]

    def __call__(self, view: DispatchView) -> Decisions:
        """Assign one batch."""
        if not view.ready or not view.free_drones:
            return NOTHING
        weights = np.array(self.weights)
        decisions, epoch = Decisions(), _Epoch(view)
        while epoch.find_best():
            sums = matrix_product(epoch.features(), weights)
            may_wait = epoch.sooner_s > 0.0 if epoch.all_ready else np.isfinite(epoch.best_s)
            sums[may_wait & (sums < 0.0) | ~np.isfinite(epoch.best_s)] = -np.inf
            row = int(sums.argmax())
            if np.isneginf(sums[row]):
                break
            decisions.assign(int(epoch.orders[row]), epoch.take(row))
        return decisions


@cache
def shipped() -> tuple[float, ...]:
    """Read the weights that ship."""
    stated = tomllib.loads((Path(__file__).parent / _FILE).read_text(encoding="utf-8"))["weights"]
    return tuple(float(stated[name]) for name in FEATURES)


@only_pairs
def linear(view: DispatchView) -> Decisions:
    """Assign by the weights that ship."""
    return Linear(weights=shipped())(view)


class _Epoch:
    """The ready orders and free drones that are left at an epoch; arrays have shape ``(orders,)``."""

    def __init__(self, view: DispatchView) -> None:
        self._now_s = view.now_s
        self.orders = np.array(view.ready)
        self._drones = np.array(view.free_drones)
        waiting, drones = view.orders, view.drones
        row_of = {order: row for row, order in enumerate(waiting.order.tolist())}
        rows = [row_of[order] for order in view.ready]
        columns = np.searchsorted(drones.drone, self._drones)
        busy = np.flatnonzero(~drones.is_free)
        columns, chosen = np.concatenate((columns, busy)), [*view.free_drones, *drones.drone[busy].tolist()]
        delivery_s = sensible_s(view, view.delivery_matrix(view.ready, chosen), rows, columns)
        self._free = len(self._drones)
        self._delivery_s = delivery_s[:, : self._free].copy()
        self._due_s = waiting.due_s[rows]
        self._point = waiting.takeoff_point[rows]
        self._place = drones.place[columns[: self._free]]
        self._busy_s = delivery_s[:, self._free :].min(axis=1, initial=np.inf)
        self.all_ready = bool(waiting.is_ready.all())
        is_coming = ~waiting.is_ready & (waiting.due_s > np.maximum(waiting.expected_ready_s, self._now_s))
        self._coming = int(is_coming.sum())

    def find_best(self) -> bool:
        """Find each order's best drone, and when it would deliver; False where nobody can bring anything."""
        if not self._delivery_s.size:
            return False
        self._best = self._delivery_s.argmin(axis=1)
        self.best_s = self._delivery_s.min(axis=1)
        can = np.isfinite(self.best_s)
        self.sooner_s = np.where(can, np.maximum(np.where(can, self.best_s, 0.0) - self._busy_s, 0.0), 0.0)
        return bool(can.any())

    def features(self) -> Floats:
        """Give what is weighed, shape ``(orders, features)``; zeros where no drone can bring an order."""
        can = np.isfinite(self.best_s)
        best_s = np.where(can, self.best_s, self._due_s)
        spare_s = self._due_s - best_s
        late = spare_s < 0.0
        free = self._free
        columns = (
            np.ones(len(can)),
            late,
            np.clip(spare_s / _QUARTER_S, 0.0, _MOST),
            np.clip(-spare_s / _QUARTER_S, 0.0, _MOST),
            np.where(late, 0.0, np.clip(1.0 - spare_s / _TIGHT_S, 0.0, 1.0)),
            np.clip((best_s - self._now_s) / _QUARTER_S, 0.0, _MOST),
            self._place[self._best] != self._point,
            np.minimum(self.sooner_s / _QUARTER_S, _MOST),
            late * min(self._coming / free, _MOST),
            late * min(int((can & ~late).sum()) / free, _MOST),
        )
        return np.where(can[:, None], np.column_stack(columns).astype(np.float64), 0.0)

    def take(self, row: int) -> int:
        """Take an order and its best drone out; gives the drone."""
        column = int(self._best[row])
        self._delivery_s[row] = self._delivery_s[:, column] = np.inf
        self._free -= 1
        return int(self._drones[column])

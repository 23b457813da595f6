"""The policy ``reposition``: what ``index`` assigns, and drones of a shared fleet go where they will be short."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dronesim.dispatch.columns import Bools, Floats
from dronesim.dispatch.decisions import Assign, Decisions
from dronesim.dispatch.policies.index import index
from dronesim.dispatch.sharing import expected_orders
from dronesim.dispatch.view import DispatchView

HORIZON_S: Final = 1800.0
TURNAROUND_S: Final = 60.0
PRICE: Final = 0.15
KEEP: Final = 1
"""Assumptions, chosen on tuning days of the benchmark; ``turnaround_s`` is the default of ``batteries.swap_s``."""
_LEAST: Final = 1e-6


def reposition(
    view: DispatchView,
    *,
    horizon_s: float = HORIZON_S,
    turnaround_s: float = TURNAROUND_S,
    price: float = PRICE,
    keep: int = KEEP,
) -> Decisions:
    """Assign as ``index`` does; then move idle drones, one by one, as long as a move saves more than ``price`` orders.

    What a take-off point has to do within ``horizon_s`` is what waits there and what is expected, as many sorties as
    its drones can fly what it can, and the orders that are expected to be left over are its shortage. A move lessens
    it at one end, less the time of the empty leg, and adds to it at the other, where more than ``keep`` drones have to
    stand idle. Towards the close nothing is expected any more, and nobody is moved.
    """
    decided = index(view)
    sorties_s = [] if not view.is_shared else [view.sortie_s(order) for order in view.waiting]
    flown_s = [each for each in sorties_s if each < np.inf]
    if not flown_s or not len(view.demand.from_s):
        return decided
    shortage = _Shortage(view, horizon_s=horizon_s, cycle_s=sum(flown_s) / len(flown_s) + turnaround_s)
    chosen = Decisions()
    for each in decided:
        if isinstance(each, Assign):
            chosen.assign(each.order, each.drone)
    taken = [each.drone for each in decided if isinstance(each, Assign)]
    is_idle = view.drones.is_free & ~np.isin(view.drones.drone, taken) & (view.drones.place < shortage.points)
    while (move := shortage.best_move(view, is_idle, price=price, keep=keep)) is not None:
        column, to = move
        is_idle[column] = False
        shortage.move(view.drones.place[column], to)
        chosen.reposition(view.drones.drone[column], takeoff_point=to)
    return chosen


class _Shortage:
    """What take-off points are short of over a horizon, in orders; arrays have shape ``(takeoff_points,)``."""

    def __init__(self, view: DispatchView, *, horizon_s: float, cycle_s: float) -> None:
        self.points = points = len(view.demand.orders)
        place = view.drones.place
        self._horizon_s, self._cycle_s = horizon_s, cycle_s
        self._leg_s = view.empty_leg_s[:points]
        self._leg_wh = view.empty_leg_wh[:points]
        waiting = np.bincount(view.orders.takeoff_point, minlength=points)
        self._work: Floats = np.maximum(waiting + expected_orders(view, horizon_s), _LEAST)
        self._belong: Floats = np.bincount(place[place < points], minlength=points).astype(np.float64)

    def move(self, place: int, to: int) -> None:
        """Count a drone at another take-off point."""
        self._belong[place] -= 1
        self._belong[to] += 1

    def _left(self, drones: Floats, *, more: Any = 0.0) -> Floats:
        """Give the orders that so many drones, and ``more`` sorties, are expected to leave.

        The work is taken as normal with the variance of a Poisson number: E max(0, work - can), in closed form.
        """
        from scipy.special import ndtr

        can, sd = drones * (self._horizon_s / self._cycle_s) + more, np.sqrt(self._work)
        z = (self._work - can) / sd
        left: Floats = sd * (z * ndtr(z) + np.exp(-z * z / 2.0) / np.sqrt(2.0 * np.pi))
        return left

    def best_move(self, view: DispatchView, is_idle: Bools, *, price: float, keep: int) -> tuple[int, int] | None:
        """Find the drone that is best moved, by column, and where to; None if no move saves more than its price."""
        idle = np.bincount(view.drones.place[is_idle], minlength=self.points)
        left: Floats = self._left(self._belong)
        lost: Floats = self._left(self._belong - 1.0) - left
        comes = np.maximum(self._horizon_s - self._leg_s, 0.0) / self._cycle_s
        gained = left - self._left(self._belong, more=comes)
        is_in_time = view.now_s + self._leg_s <= view.home_by_s
        saved = np.where((idle > keep)[:, None] & is_in_time, gained - lost[:, None], -np.inf)
        np.fill_diagonal(saved, -np.inf)
        while saved.max(initial=-np.inf) > price:
            place, to = (int(each) for each in np.unravel_index(saved.argmax(), saved.shape))
            can = is_idle & (view.drones.place == place) & (view.holds_wh >= self._leg_wh[place, to])
            if can.any():
                return int(np.flatnonzero(can)[view.holds_wh[can].argmax()]), to
            saved[place, to] = -np.inf
        return None

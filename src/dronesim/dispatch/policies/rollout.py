"""The policy ``rollout``: what ``reposition`` decides, and decisions near it, are tried out on sampled futures."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from dronesim.dispatch.columns import Floats, Ints
from dronesim.dispatch.decisions import Assign, Decisions, Reposition
from dronesim.dispatch.liberties import flight_s, go_near_by, keep_packs, spare_couriers
from dronesim.dispatch.policies.index import PRICE, SPREAD_S
from dronesim.dispatch.policies.reposition import reposition
from dronesim.dispatch.view import DispatchView
from dronesim.units import HOUR, MINUTE

SAMPLES: Final = 8
HORIZON_S: Final = 1500.0
CANDIDATES: Final = 6
LEAD_S: Final = 300.0
TURNAROUND_S: Final = 60.0
DOUBT: Final = 3.0
LEAST: Final = 0.1
"""Assumptions, chosen on tuning days of the benchmark; ``turnaround_s`` is the default of ``batteries.swap_s``."""
_FEW: Final = 3
_NO_EVENT_S: Final = 10.0 * MINUTE

Pairs = tuple[tuple[int, int], ...]


def rollout(
    view: DispatchView,
    *,
    samples: int = SAMPLES,
    horizon_s: float = HORIZON_S,
    candidates: int = CANDIDATES,
    lead_s: float = LEAD_S,
    turnaround_s: float = TURNAROUND_S,
    doubt: float = DOUBT,
    least: float = LEAST,
) -> Decisions:
    """Decide as ``reposition`` does, but let an order wait where that brings more on time over sampled futures.

    Tried are all of its assignments, and these without one, up to ``candidates`` in all, on the same ``samples``
    futures of ``horizon_s``. Orders are drawn by the declared demand, ready after ``lead_s`` and otherwise like those
    that wait; the drone of a take-off point that is free first takes the one that is worth most there, as by ``index``,
    with the wait for clearances of the last hour and ``turnaround_s`` between two sorties. Nothing is decided anew
    before something happens. An order waits only where that is better by ``least`` orders and ``doubt`` standard
    errors. Couriers are spared, packs kept and near airports served where the scenario permits it.
    """
    base = reposition(view)
    tried = _candidates(view, _pairs(base), candidates)
    chosen = tried[0]
    if len(tried) > 1 and samples > 1:
        futures = _Futures(view, samples=samples, horizon_s=horizon_s, lead_s=lead_s, turnaround_s=turnaround_s)
        worth = futures.worth(tried)
        gain = worth - worth[0]
        sure = gain.mean(axis=1) - doubt * gain.std(axis=1, ddof=1) / samples**0.5 - least
        best = int(sure.argmax())
        chosen = tried[best] if sure[best] > 0.0 else chosen
    return _decided(view, chosen, [each for each in base if isinstance(each, Reposition)])


def _pairs(decided: Decisions) -> Pairs:
    return tuple((each.order, each.drone) for each in decided if isinstance(each, Assign))


def _candidates(view: DispatchView, base: Pairs, most: int) -> list[Pairs]:
    """List what is tried, the usual assignments first; without one of them only where something may be waited for."""
    if not base or (view.orders.is_ready.all() and view.drones.is_free.all()):
        return [base]
    return [base, *(tuple(each for each in base if each != pair) for pair in base)][: max(most, 1)]


def _decided(view: DispatchView, chosen: Pairs, moves: list[Reposition]) -> Decisions:
    decisions, taken = Decisions(), {drone for _, drone in chosen}
    spare_couriers(view, decisions)
    keep_packs(view, decisions)
    for order, drone in chosen:
        decisions.assign(order, drone)
    for move in moves:
        if move.drone not in taken:
            taken.add(move.drone)
            decisions.reposition(move.drone, takeoff_point=move.takeoff_point)
    go_near_by(view, decisions, [drone for drone in view.free_drones if drone not in taken])
    return decisions


class _Orders(NamedTuple):
    """Orders as a future has them: when each is ready and due, how long it flies and keeps a drone; inf: never."""

    ready_s: Floats
    due_s: Floats
    flight_s: Floats
    cycle_s: Floats


class _Futures:
    """Sampled futures of a view, the same ones for whatever is decided."""

    def __init__(
        self, view: DispatchView, *, samples: int, horizon_s: float, lead_s: float, turnaround_s: float
    ) -> None:
        orders, drones = view.orders, view.drones
        self._view, self._samples, self._horizon_s, self._lead_s = view, samples, horizon_s, lead_s
        self._row_of = {order: row for row, order in enumerate(orders.order.tolist())}
        self._column_of = {drone: column for column, drone in enumerate(drones.drone.tolist())}
        flown_s, sortie_s = flight_s(view), np.array([view.sortie_s(order) for order in view.waiting])
        can = np.isfinite(flown_s) & np.isfinite(sortie_s)
        self._clearance_s = view.takeoff_points.clearance_s[orders.takeoff_point]
        to_come_s = np.concatenate((drones.expected_free_s, orders.expected_ready_s))
        next_s = to_come_s[to_come_s > view.now_s].min(initial=view.now_s + _NO_EVENT_S)
        self._free_s = np.maximum(drones.expected_free_s, next_s)
        self._known = _Orders(
            np.where(can & orders.is_in_range, np.maximum(orders.expected_ready_s, next_s), np.inf),
            orders.due_s,
            np.where(can, flown_s + self._clearance_s, 0.0),
            np.where(can, sortie_s + self._clearance_s + turnaround_s, 0.0),
        )

    def worth(self, tried: list[Pairs]) -> Floats:
        """Give the orders on time under each candidate in each future, shape ``(candidates, samples)``.

        Only take-off points at which the candidates differ are played.
        """
        view, known, found = self._view, self._known, np.zeros((len(tried), self._samples))
        free_s, place, ready_s = (
            np.repeat(each[None], len(tried), axis=0) for each in (self._free_s, view.drones.place, known.ready_s)
        )
        for candidate, pairs in enumerate(tried):
            for order, drone in pairs:
                row, column = self._row_of[order], self._column_of[drone]
                by_s = float(view.delivery_s[row, column] + self._clearance_s[row])
                found[candidate] += float(view.orders.is_in_range[row]) * _chance(known.due_s[row] - by_s)
                free_s[candidate, column] = by_s + known.cycle_s[row] - known.flight_s[row]
                place[candidate, column], ready_s[candidate, row] = view.orders.takeoff_point[row], np.inf
        for point in self._where_they_differ(tried):
            here = np.flatnonzero(view.orders.takeoff_point == point)
            found += self._on_time(point, here, ready_s[:, here], np.where(place == point, free_s, np.inf))
        return found

    def _where_they_differ(self, tried: list[Pairs]) -> list[int]:
        view, each = self._view, [frozenset(pairs) for pairs in tried]
        others = frozenset[tuple[int, int]]().union(*each) - each[0].intersection(*each)
        points = {int(view.orders.takeoff_point[self._row_of[order]]) for order, _ in others}
        points |= {int(view.drones.place[self._column_of[drone]]) for _, drone in others}
        return sorted(point for point in points if point < len(view.demand.orders))

    def _on_time(self, point: int, here: Ints, ready_s: Floats, free_s: Floats) -> Floats:
        """Fly the orders of a take-off point, ``(candidates, orders)``, with its drones, ``(candidates, drones)``."""
        drawn = self._drawn(point)
        known = _Orders(ready_s[:, None], *(column[here] for column in self._known[1:]))
        shape, rows = (len(ready_s), self._samples), len(ready_s) * self._samples
        both = (
            np.concatenate(
                (np.broadcast_to(one, (*shape, len(here))), np.broadcast_to(other, (*shape, other.shape[-1]))), axis=2
            ).reshape(rows, -1)
            for one, other in zip(known, drawn, strict=True)
        )
        free_s = np.repeat(free_s[:, np.isfinite(free_s).any(axis=0)], self._samples, axis=0)
        return _flown(_Orders(*both), free_s).reshape(shape)

    def _drawn(self, point: int) -> _Orders:
        """Draw the orders that come to a take-off point, ``(samples, orders)``: they are like those that wait."""
        view, rng = self._view, self._view.rng
        from_s, known = view.demand.from_s, self._known
        begins_s = np.maximum(from_s, view.now_s)
        lasts_s = np.maximum(np.minimum(from_s + HOUR, view.now_s + self._horizon_s) - begins_s, 0.0)
        expected = view.demand.orders[point] * lasts_s / HOUR
        like, total = self._like(point), float(expected.sum())
        count = rng.poisson(total, self._samples) if len(like) else np.zeros(self._samples, dtype=np.int64)
        shape = (self._samples, int(count.max(initial=0)))
        if not shape[1]:
            return _Orders(*(np.empty(shape) for _ in known))
        sums, drawn = np.cumsum(expected), rng.random(shape) * total
        hour = np.minimum(np.searchsorted(sums, drawn, side="right"), len(sums) - 1)
        into = (drawn - (sums[hour] - expected[hour])) / expected[hour]
        ready_s = begins_s[hour] + into * lasts_s[hour] + self._lead_s
        ready_s = np.where(np.arange(shape[1]) < count[:, None], ready_s, np.inf)
        row = like[rng.integers(len(like), size=shape)]
        left_s = view.orders.due_s - view.orders.expected_ready_s
        return _Orders(
            ready_s, np.where(np.isfinite(ready_s), ready_s + left_s[row], 0.0), known.flight_s[row], known.cycle_s[row]
        )

    def _like(self, point: int) -> Ints:
        """Choose the rows of orders by which those to come are drawn, as few as may be but ``_FEW``."""
        is_known = np.isfinite(self._known.ready_s)
        is_here = is_known & (self._view.orders.takeoff_point == point)
        rows = (np.flatnonzero(each) for each in (is_here & ~self._view.orders.is_ready, is_here, is_known))
        return next((each for each in rows if len(each) >= _FEW), np.flatnonzero(is_known))


def _chance(spare_s: Any) -> Any:
    """Tell the chance of being on time with so much to spare: near that of ``index``, and quicker to work out."""
    return 0.5 + 0.5 * spare_s / (np.abs(spare_s) + SPREAD_S)


def _flown(orders: _Orders, free_s: Floats) -> Floats:
    """Fly orders, ``(rows, orders)``: the drone that is free first takes, again and again, the one that is worth most.

    Worth is as ``index`` has it. ``free_s``: when each drone is free, ``(rows, drones)``. Gives the orders on time of
    each row.
    """
    ready_s, latest_s = orders.ready_s.copy(), orders.due_s - orders.flight_s
    found, row = np.zeros(len(free_s)), np.arange(len(free_s))
    if not free_s.shape[1] or not ready_s.shape[1]:
        return found
    price = PRICE * orders.flight_s / max(float(orders.flight_s.max()), 1.0)
    for _ in range(ready_s.shape[1]):
        drone = free_s.argmin(axis=1)
        at_s = np.maximum(free_s[row, drone], ready_s.min(axis=1))
        goes = np.isfinite(at_s)
        if not goes.any():
            break
        at_s[~goes] = 0.0
        chance = _chance(latest_s - at_s[:, None])
        worth = np.where(ready_s <= at_s[:, None], chance - price, -np.inf)
        best = worth.argmax(axis=1)
        is_worth = worth[row, best] > 0.0
        goes &= is_worth
        found += np.where(goes, chance[row, best], 0.0)
        free_s[row[goes], drone[goes]] = at_s[goes] + orders.cycle_s[row[goes], best[goes]]
        ready_s[row, best] = np.inf
        ready_s[np.isfinite(worth) & (worth <= 0.0)] = np.inf
    return found

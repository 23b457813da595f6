"""A fast model of the near future: what would come of decisions, by what a view tells and by orders that are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import atan, inf, pi
from typing import Final, NamedTuple

import numpy as np

from dronesim.dispatch.decisions import Assign, Decision, Reposition
from dronesim.dispatch.sharing import expected_orders
from dronesim.dispatch.view import DispatchView

TURNAROUND_S: Final = 60.0
"""What follows a sortie, seconds: the default of ``batteries.swap_s``."""
SPREAD_S: Final = 10.0
PRICE: Final = 0.3
SOON_S: Final = 300.0
"""How the model's drones choose, as ``index`` does by default."""
LEAST_CHANCE: Final = 0.05
"""An order that could not be on time with more than that, were it taken now, is left out: an assumption."""


class Job(NamedTuple):
    """An order as the model has it: times are seconds from now, ``deliver_s`` and ``home_s`` from loading on."""

    ready_s: float
    due_s: float
    point: int
    deliver_s: float
    home_s: float


class Futures:
    """The orders and drones of a view, and samples of orders to come; pads, lanes and packs are left out.

    An order to come is like one that waits: as far away, as long in the kitchen, as long promised. The longest time to
    a promise that a waiting order has left is taken for what a new one has.
    """

    def __init__(self, view: DispatchView, *, horizon_s: float, samples: int) -> None:
        drones = view.drones
        self._horizon_s = horizon_s
        self._leg_s = view.empty_leg_s.tolist()
        free_s = (drones.expected_free_s - view.now_s).tolist()
        rows = zip(drones.drone.tolist(), free_s, drones.place.tolist(), strict=True)
        self._drones = {drone: (at_s, place) for drone, at_s, place in rows}
        self._jobs = dict(_jobs(view))
        self._coming = [_drawn(view, list(self._jobs.values()), horizon_s) for _ in range(samples)]

    def worth(self, decisions: Sequence[Decision]) -> list[float]:
        """Give the orders that would be on time, by sample; near its promised time an order counts in part."""
        jobs, drones, begun = self._after(decisions)
        free_s: dict[int, list[float]] = {}
        for at_s, place in drones.values():
            free_s.setdefault(place, []).append(at_s)
        left = [
            job for job in jobs.values() if _chance(job.due_s - max(job.ready_s, 0.0) - job.deliver_s) > LEAST_CHANCE
        ]
        return [begun + self._served_by(free_s, [*left, *coming]) for coming in self._coming]

    def _after(self, decisions: Sequence[Decision]) -> tuple[dict[int, Job], dict[int, tuple[float, int]], float]:
        """Give the orders that are left, when and where drones are free, and what the orders count that begin now."""
        jobs, drones, begun = dict(self._jobs), dict(self._drones), 0.0
        for each in decisions:
            if isinstance(each, Assign) and each.order in jobs:
                (at_s, place), job = drones[each.drone], jobs.pop(each.order)
                begin_s = max(at_s + self._leg_s[place][job.point], job.ready_s)
                begun += _chance(job.due_s - begin_s - job.deliver_s)
                drones[each.drone] = begin_s + job.home_s + TURNAROUND_S, job.point
            elif isinstance(each, Reposition):
                at_s, place = drones[each.drone]
                drones[each.drone] = at_s + self._leg_s[place][each.takeoff_point], each.takeoff_point
        return jobs, drones, begun

    def _served_by(self, free_s: dict[int, list[float]], jobs: Sequence[Job]) -> float:
        at: dict[int, list[Job]] = {}
        for job in jobs:
            at.setdefault(job.point, []).append(job)
        return sum(_served(sorted(here), free_s.get(point, []), self._horizon_s) for point, here in at.items())


def _served(jobs: list[Job], free_s: Sequence[float], horizon_s: float) -> float:
    """Serve a take-off point's orders, by readiness, with its drones; whoever is free takes what is worth most to it.

    Who is idle now has been passed over, and is asked again when the next drone is free or the next order ready. One
    stays for an order that is ready soon, and before another drone is free; what is worth nothing is not flown.
    """
    later_s = [each for each in (*free_s, *(job.ready_s for job in jobs)) if each > 0.0]
    next_s, longest_s = min(later_s, default=inf), max(job.deliver_s for job in jobs)
    drones = [next_s if each <= 0.0 else each for each in free_s]
    heapify(drones)
    total, ready = 0.0, list[Job]()
    while drones and drones[0] < horizon_s and (ready or jobs):
        now_s = heappop(drones)
        come = _count(jobs, now_s)
        ready += jobs[:come]
        del jobs[:come]
        soon = jobs[: _count(jobs, min(now_s + SOON_S, drones[0] if drones else inf))]
        found = _best(ready, soon, now_s, longest_s)
        if found is None:
            ready.clear()
            next_s = jobs[0].ready_s if jobs else inf
            drones = sorted(max(each, next_s) for each in (now_s, *drones))
            continue
        job, chance = found
        total += chance
        (jobs if job.ready_s > now_s else ready).remove(job)
        heappush(drones, max(now_s, job.ready_s) + job.home_s + TURNAROUND_S)
    return total


def _count(jobs: Sequence[Job], until_s: float) -> int:
    """Count the orders that are ready by a time, of such that are sorted by that."""
    return next((row for row, job in enumerate(jobs) if job.ready_s > until_s), len(jobs))


def _best(ready: Sequence[Job], soon: Sequence[Job], now_s: float, longest_s: float) -> tuple[Job, float] | None:
    """Find the order that is worth most to a drone, and its chance; None where none is worth anything."""
    best, most = None, 0.0
    for job in (*ready, *soon):
        chance = _chance(job.due_s - max(now_s, job.ready_s) - job.deliver_s)
        worth = chance - PRICE * job.deliver_s / longest_s
        if worth > most:
            best, most = (job, chance), worth
    return best


def _chance(spare_s: float) -> float:
    """Give the chance of being on time with so much to spare, as ``index`` has it."""
    return 0.5 + atan(spare_s / SPREAD_S) / pi


def _jobs(view: DispatchView) -> Iterator[tuple[int, Job]]:
    """Give the waiting orders that count and that a drone could fly, by number."""
    orders, now_s = view.orders, view.now_s
    columns = (orders.order, orders.expected_ready_s, orders.due_s, orders.takeoff_point, orders.is_in_range)
    for order, ready_s, due_s, point, counts in zip(*(each.tolist() for each in columns), strict=True):
        home_s = view.sortie_s(order)
        if home_s < inf and counts:
            yield order, Job(ready_s - now_s, due_s - now_s, point, view.deliver_s(order), home_s)


def _drawn(view: DispatchView, like: Sequence[Job], horizon_s: float) -> list[Job]:
    """Draw orders to come, each like one that waits."""
    if not like:
        return []
    rng, limit_s = view.rng, max(job.due_s for job in like)
    counts = rng.poisson(expected_orders(view, horizon_s))
    points, size = np.repeat(np.arange(len(counts)), counts).tolist(), int(counts.sum())
    due_s, chosen = (rng.uniform(0.0, horizon_s, size) + limit_s).tolist(), rng.integers(len(like), size=size).tolist()
    rows = ((point, at_s, like[row]) for point, at_s, row in zip(points, due_s, chosen, strict=True))
    return [Job(at_s - job.due_s + job.ready_s, at_s, point, job.deliver_s, job.home_s) for point, at_s, job in rows]

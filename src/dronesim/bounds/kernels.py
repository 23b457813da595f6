"""Compiled twin of ``prices.on_time_at_most``, which also tells what is held if orders take their cheapest starts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Columns(NamedTuple):
    """The columns of a ``Grid`` as kernels take them; rows are those that have prices, -1 is a row that is free."""

    first: Ints
    last: Ints
    pair: Ints
    box: Ints
    box_steps: Ints
    pool: Ints
    home: Ints
    away: Ints
    comes: Ints
    uses: Ints
    bounds: Ints
    landings: Ints
    landing_bounds: Ints
    free: Ints
    late: Ints


@kernel
def price_of(paid: Floats, row: int, begin: int, length: int) -> float:
    """Price of a unit from an instant on, for a number of instants."""
    end = paid.shape[1] - 1
    price: float = paid[row, min(begin + length, end)] - paid[row, min(begin, end)]
    return price


@kernel
def hold(held: Floats, row: int, begin: int, length: int, units: float) -> None:
    """Note by their changes that units are held from an instant on, for a number of instants."""
    end = held.shape[1] - 1
    held[row, min(begin, end)] += units
    held[row, min(begin + length, end)] -= units


@kernel
def best_offset(paid: Floats, uses: Ints, use: int, start: int) -> tuple[float, int]:
    """Give the price of a use for a start, and the offset that costs least."""
    row, length = uses[use, 0], uses[use, 3]
    best, at = np.inf, uses[use, 1]
    for offset in range(uses[use, 1], uses[use, 2] + 1):
        cost = price_of(paid, row, start + offset, length)
        if cost < best:
            best, at = cost, offset
    return best, at


@kernel
def price_of_uses(paid: Floats, uses: Ints, first: int, end: int, start: int) -> float:
    """Price of uses ``first`` to ``end`` - 1 that begin after a start, each at its best offset."""
    cost = 0.0
    for use in range(first, end):
        cost += best_offset(paid, uses, use, start)[0]
    return cost


@kernel
def hold_uses(held: Floats, paid: Floats, uses: Ints, first: int, end: int, start: int) -> None:
    """Note that uses ``first`` to ``end`` - 1 are held that begin after a start."""
    for use in range(first, end):
        offset = best_offset(paid, uses, use, start)[1]
        hold(held, uses[use, 0], start + offset, uses[use, 3], 1.0)


@kernel
def find_landed(
    paid: Floats, pool: int, free: int, landings: Ints, first: int, after: int, cost: Floats, at: Ints
) -> None:
    """Write the price of a drone until it is free, its landing with it, by earliest instant; and when it comes then."""
    end = paid.shape[1] - 1
    best, when = np.inf, end
    for i in range(end, -1, -1):
        here = price_of_uses(paid, landings, first, after, i)
        if pool >= 0:
            here += paid[pool, min(i + free, end)]
        if here <= best:
            best, when = here, i
        cost[i], at[i] = best, when


@kernel
def cheapest_starts(paid: Floats, jobs: Columns, landed: Floats) -> tuple[Floats, Ints]:
    """Give the price of the cheapest start of each job, and that."""
    first, last, pair, box, box_steps = jobs.first, jobs.last, jobs.pair, jobs.box, jobs.box_steps
    pools, homes, aways, comes, uses, bounds = jobs.pool, jobs.home, jobs.away, jobs.comes, jobs.uses, jobs.bounds
    end = paid.shape[1] - 1
    costs, starts = np.empty(len(first)), np.empty(len(first), np.int64)
    for job in range(len(first)):
        of = pair[job]
        pool, home, use, after = pools[of], homes[of], bounds[of], bounds[of + 1]
        best, at = np.inf, first[job]
        for start in range(first[job], last[job] + 1):
            cost = landed[home, min(start + comes[of], end)]
            if pool >= 0:
                cost = max(cost, paid[pool, min(start + aways[of], end)]) - paid[pool, start]
            if cost < best and use < after:
                cost += price_of_uses(paid, uses, use, after, start)
            if cost < best and box[job] >= 0:
                cost += price_of(paid, box[job], start, box_steps[job])
            if cost < best:
                best, at = cost, start
        costs[job], starts[job] = best, at
    return costs, starts


@kernel
def hold_job(held: Floats, paid: Floats, jobs: Columns, lands: Ints, landed: Floats, job: int, start: int) -> None:
    """Note what a job holds that begins at a start."""
    pair, end = jobs.pair[job], paid.shape[1] - 1
    pool, home, box = jobs.pool[pair], jobs.home[pair], jobs.box[job]
    hold_uses(held, paid, jobs.uses, jobs.bounds[pair], jobs.bounds[pair + 1], start)
    if box >= 0:
        hold(held, box, start, jobs.box_steps[job], 1.0)
    comes, away = min(start + jobs.comes[pair], end), jobs.away[pair]
    if pool < 0 or landed[home, comes] >= paid[pool, min(start + away, end)]:
        first, after = jobs.landing_bounds[home], jobs.landing_bounds[home + 1]
        hold_uses(held, paid, jobs.landings, first, after, lands[home, comes])
        away = lands[home, comes] + jobs.free[home] - start
    if pool >= 0:
        hold(held, pool, start, away, 1.0)


@kernel
def hold_late(held: Floats, paid: Floats, row: int, at: int, length: int) -> float:
    """Give the price at most of a sortie that a unit may finish that leaves at an instant, and note it as a gain."""
    best, begin = 0.0, at
    for i in range(at, paid.shape[1]):
        cost = price_of(paid, row, i, length)
        if cost > best:
            best, begin = cost, i
    hold(held, row, begin, length, -1.0)
    return best


@kernel
def evaluate(prices: Floats, units: Floats, jobs: Columns) -> tuple[float, Floats]:
    """Give the bound that prices prove, and what is held by row and instant, less what units that leave may finish."""
    rows, instants = prices.shape
    paid, held, value = np.zeros((rows, instants + 1)), np.zeros((rows, instants + 1)), 0.0
    for row in range(rows):
        for i in range(instants):
            paid[row, i + 1] = paid[row, i] + prices[row, i]
            value += units[row, i] * prices[row, i]
    homes = len(jobs.free)
    pools = np.full(homes, -1)
    for pair in range(len(jobs.home)):
        pools[jobs.home[pair]] = max(pools[jobs.home[pair]], jobs.pool[pair])
    landed, lands = np.zeros((homes, instants + 1)), np.zeros((homes, instants + 1), np.int64)
    for home in range(homes):
        first, after = jobs.landing_bounds[home], jobs.landing_bounds[home + 1]
        find_landed(paid, pools[home], jobs.free[home], jobs.landings, first, after, landed[home], lands[home])
    for number in range(len(jobs.late)):
        value += hold_late(held, paid, jobs.late[number, 0], jobs.late[number, 1], jobs.late[number, 2])
    costs, starts = cheapest_starts(paid, jobs, landed)
    for job in range(len(costs)):
        if costs[job] < 1.0:
            value += 1.0 - costs[job]
            hold_job(held, paid, jobs, lands, landed, job, starts[job])
    for row in range(rows):
        for i in range(instants):
            held[row, i + 1] += held[row, i]
    return value, held[:, :instants].copy()

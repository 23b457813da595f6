"""What prices prove: for any prices, by calendar and instant, that are not negative, so many orders can be on time.

This is all that a reader has to trust, beside the jobs; where prices come from does not matter. Let some policy bring
some orders on time. Each of them held, from its own start on, what its job says at the least. All together held no more
than there was, so what they held costs no more than all units of all calendars over the day; hence

    orders on time  <=  price of all there is  +  sum over orders of max(0, 1 - price of the cheapest start),

since an order whose cheapest start costs c adds 1 on the left, and at least 1 - c + (what it paid) on the right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.bounds.grid import Grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLACK = 1e-6
"""So far may a sum of prices be off by rounding."""


def on_time_at_most(grid: Grid, prices: Floats) -> float:
    """Bound the number of orders on time, by prices of shape ``(rows, instants)`` that are not negative.

    Raises
    ------
    ValueError
        A price is negative, or not a number.
    """
    if not (prices >= 0).all():
        raise ValueError("prices must not be negative")
    # paid[row, i]: price of a unit from the first instant up to instant i, that not included; nothing after the last
    paid = np.concatenate([np.zeros((len(prices), 1)), np.cumsum(prices, axis=1)], axis=1)
    everything = float((grid.units * prices).sum())
    everything += sum(_last_sortie(paid[row], at, away) for row, at, away in grid.late.tolist())
    landed = [_landed(grid, paid, home, pool) for home, pool in _homes(grid)]
    cheapest = [_cheapest(grid, paid, landed, job) for job in range(len(grid.first))]
    return everything + float(np.maximum(0.0, 1.0 - np.array(cheapest)).sum())


def _held(paid: Floats, begins: Ints, length: int) -> Floats:
    """Price of a unit from some instants on, for a number of instants."""
    end = len(paid) - 1
    return np.asarray(paid[np.minimum(begins + length, end)] - paid[np.minimum(begins, end)])


def _use(paid: Floats, use: Ints, starts: Ints) -> Floats:
    """Price of a use of a calendar for starts: the cheapest offset that it may have."""
    row, earliest, latest, length = use.tolist()
    offers = [_held(paid[row], starts + offset, length) for offset in range(earliest, latest + 1)]
    return np.asarray(np.min(offers, axis=0))


def _cheapest(grid: Grid, paid: Floats, landed: list[Floats], job: int) -> float:
    """Price of the cheapest start of a job: its drone, what its pair holds, its box."""
    starts, pair = np.arange(grid.first[job], grid.last[job] + 1), grid.pair[job]
    drone, end = paid[grid.pool[pair]], len(paid[0]) - 1
    by_time = drone[np.minimum(starts + grid.away[pair], end)]
    by_landing = landed[grid.home[pair]][np.minimum(starts + grid.comes[pair], end)]
    cost = np.maximum(by_time, by_landing) - drone[starts]
    for use in grid.uses[grid.bounds[pair] : grid.bounds[pair + 1]]:
        if paid[use[0], -1] > 0:  # what is free all day costs nothing
            cost = cost + _use(paid, use, starts)
    if grid.box[job] >= 0:
        cost = cost + _held(paid[grid.box[job]], starts, int(grid.box_steps[job]))
    return float(cost.min())


def _landed(grid: Grid, paid: Floats, home: int, pool: int) -> Floats:
    """Price of a drone until it is free, and of its landing, by the earliest instant at which it may come home.

    It may come later; then it pays for the time until then.
    """
    instants = np.arange(paid.shape[1])
    cost = paid[pool][np.minimum(instants + grid.free[home], len(instants) - 1)]
    for use in grid.landings[grid.landing_bounds[home] : grid.landing_bounds[home + 1]]:
        cost = cost + _use(paid, use, instants)
    return np.asarray(np.minimum.accumulate(cost[::-1])[::-1])


def _homes(grid: Grid) -> list[tuple[int, int]]:
    """List take-off points with the calendar of their drones."""
    return [(home, int(grid.pool[grid.home == home].max(initial=0))) for home in range(len(grid.free))]


def _last_sortie(paid: Floats, at: int, away: int) -> float:
    """Price at most of the one sortie that a unit may still finish that leaves at an instant."""
    instants = np.arange(at, len(paid))
    return float(_held(paid, instants, away).max(initial=0.0))

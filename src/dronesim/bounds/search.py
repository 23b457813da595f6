"""Finds prices that prove much: steps against the subgradient of the bound, on grids that become finer.

Where a price is too low, more is held of a calendar than there is when every order takes its cheapest start; where it
is too high, less. Each step moves all prices along that, so far that a bound a little lower would be reached (Polyak).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.bounds.grid import Grid, on_grid
from dronesim.bounds.kernels import Columns, evaluate
from dronesim.bounds.uses import Jobs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRIDS_MS: Final = (8000, 4000, 2000)
"""Steps of the grids, one after the other."""
TAKEN: Final = (1.0, 0.25, 0.15)
"""So many steps of the search are taken on each of them, as a share of those on the first."""
STEPS: Final = (240, 2000)
"""At least and at most so many steps are taken on the first grid."""
WORK: Final = 500_000
"""Between these, so many steps times jobs."""
AGAIN: Final = 2.0
"""So many, as the same share, when further calendars have joined."""
ROUNDS: Final = 3
"""So often calendars of which more is held than there is may join those that have prices."""
SHORT: Final = 0.01
"""A calendar joins them if more than this share of what is held of it is beyond what there is."""
SMOOTH_MS: Final = 120_000
"""That is looked at over so long, within which orders could begin sooner or later."""
PATIENCE: Final = 30
"""After this part of the steps without a better bound, the bound that is aimed at is nearer by half."""
AIMS: Final = (0.1, 0.01, 0.003)
"""How much lower than the best bound the one is that is aimed at first on each grid, as a share of the jobs."""
FLAT: Final = 1e-6
"""A direction whose square is less leads nowhere: it is what old steps have left."""
KEPT: Final = 0.8
"""Each step goes on in the direction of the one before by this part, so that it does not swing to and fro."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Prices by row and instant of a grid, and which rows have any."""

    grid: Grid
    prices: Floats
    rows: Ints


def find_prices(jobs: Jobs, *, grids_ms: Sequence[int] = GRIDS_MS, has_all: bool = True) -> Priced:
    """Find prices for the jobs of a day; without ``has_all`` drones alone have any."""
    grid = on_grid(jobs, step_ms=grids_ms[0])
    rows = np.array(sorted({pair.pool for pair in jobs.pairs}), dtype=np.int64)
    steps = min(max(WORK // len(jobs.first_ms), STEPS[0]), STEPS[1])
    prices = _descend(grid, rows, np.zeros((len(rows), grid.instants)), steps=steps, aim=AIMS[0])
    for _ in range(ROUNDS if has_all else 0):
        short = _short(grid, rows, prices)
        if not len(short):
            break
        rows = np.concatenate([rows, short])
        prices = np.concatenate([prices, np.zeros((len(short), grid.instants))])
        prices = _descend(grid, rows, prices, steps=int(AGAIN * steps), aim=AIMS[0])
    found = Priced(grid=grid, prices=prices, rows=rows)
    for step_ms, aim, taken in zip(grids_ms[1:], AIMS[1:], TAKEN[1:], strict=False):
        grid = on_grid(jobs, step_ms=step_ms)
        prices = _descend(grid, rows, _refined(found, grid), steps=int(taken * steps), aim=aim)
        found = Priced(grid=grid, prices=prices, rows=rows)
    return found


def all_prices(found: Priced) -> Floats:
    """Spread prices over all rows of the grid; those without any are free."""
    prices = np.zeros_like(found.grid.units)
    prices[found.rows] = found.prices
    return prices


def _refined(coarse: Priced, grid: Grid) -> Floats:
    """Spread prices of a coarser grid over the instants of a finer one."""
    ratio = coarse.grid.step_ms // grid.step_ms
    shift = (grid.begins_ms - coarse.grid.begins_ms) // grid.step_ms
    at = np.minimum((np.arange(grid.instants) + shift) // ratio, coarse.grid.instants - 1)
    return np.asarray(coarse.prices[:, at] / ratio)


def _descend(grid: Grid, rows: Ints, prices: Floats, *, steps: int, aim: float) -> Floats:
    """Improve prices of some rows."""
    best, best_prices, aim, stale = np.inf, prices, aim * len(grid.first), 0
    units, columns, direction = grid.units[rows], columns_of(grid, rows), np.zeros_like(prices)
    for _ in range(steps):
        value, held = evaluate(prices, units, columns)
        stale = 0 if value < best - aim / 10 else stale + 1
        if value < best:
            best, best_prices = value, prices
        if stale > steps // PATIENCE:
            aim, stale = aim / 2, 0
        direction = _downhill(prices, units - held + KEPT * direction)
        norm = float((direction**2).sum())
        if norm < FLAT:
            break
        prices = np.maximum(prices - (value - best + aim) / norm * direction, 0.0)
    return best_prices


def _downhill(prices: Floats, slope: Floats) -> Floats:
    """Leave prices where they are that are nothing and would be less."""
    return np.where((prices <= 0) & (slope > 0), 0.0, slope)


def _short(grid: Grid, rows: Ints, prices: Floats) -> Ints:
    """List the rows without prices of which more is held than there is when every order takes its cheapest start."""
    every = np.zeros_like(grid.units)
    every[rows] = prices
    _, held = evaluate(every, grid.units, columns_of(grid, np.arange(len(every))))
    beyond = np.maximum(_smooth(held - grid.units, SMOOTH_MS // grid.step_ms), 0.0).sum(axis=1)
    is_short = beyond > SHORT * np.maximum(held, 0.0).sum(axis=1)
    is_short[rows] = False
    return np.flatnonzero(is_short)


def _smooth(values: Floats, instants: int) -> Floats:
    """Give the mean of each row over so many instants, for every place at which these may lie."""
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return np.asarray((total[:, instants:] - total[:, :-instants]) / instants)


def columns_of(grid: Grid, rows: Ints) -> Columns:
    """Take from a grid what kernels need for prices of some rows alone."""
    row_of = np.full(len(grid.units) + 1, -1, dtype=np.int64)
    row_of[rows] = np.arange(len(rows))
    columns = {name: getattr(grid, name) for name in Columns._fields}
    columns |= {name: row_of[columns[name]] for name in ("box", "pool")}
    for name, bounds in (("uses", "bounds"), ("landings", "landing_bounds")):
        columns[name], columns[bounds] = _of_rows(columns[name], columns[bounds], row_of)
    columns["late"], _ = _of_rows(grid.late, np.array([0, len(grid.late)]), row_of)
    return Columns(**columns)


def _of_rows(uses: Ints, bounds: Ints, row_of: Ints) -> tuple[Ints, Ints]:
    """Keep the uses of rows that have prices, by their new numbers, and where each group of them begins."""
    new = uses.copy()
    new[:, 0] = row_of[uses[:, 0]]
    is_priced = new[:, 0] >= 0
    return new[is_priced], np.concatenate([[0], np.cumsum(is_priced)]).astype(np.int64)[bounds]

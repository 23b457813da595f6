"""Checks that tracks lead without a jump from the site where a leg begins to the site where it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.record.tables import Columns
from dronesim.verify.intervals import Floats, Ints
from dronesim.verify.lookup import rows_of
from dronesim.verify.reading import Run
from dronesim.verify.report import Faults, at, where

_JUMP_M: Final = 0.1
_PAD_M: Final = 5.0
"""How far from the middle of its site a leg may begin or end."""


def jumps(run: Run, name: str) -> Iterator[Faults]:
    """Find segments that begin elsewhere than the one before ended, and tracks that miss their sites."""
    table = run.tables[name]
    order = np.lexsort((table["t1_s"], table["t0_s"], table["leg"]))
    before, after = order[:-1], order[1:]
    jump_m = np.linalg.norm(_points(table, after, 0) - _points(table, before, 1), axis=1)
    yield where(
        (table["leg"][before] == table["leg"][after]) & (jump_m > _JUMP_M),
        lambda i: f"{name}: leg {table['leg'][after[i]]} jumps {jump_m[i]:.1f} m {at(table['t0_s'][after[i]])}",
    )
    is_first = np.append(True, table["leg"][before] != table["leg"][after])[: len(order)]
    is_last = np.append(table["leg"][before] != table["leg"][after], True)[: len(order)]
    yield _misses(run, name, order[is_first], end=0)
    yield _misses(run, name, order[is_last], end=1)


def _misses(run: Run, name: str, rows: Ints, *, end: int) -> Faults:
    """Compare where landed legs begin (``end`` 0) or end (1) with their sites; a divert begins in the air."""
    legs, table = run.legs, run.tables[name]
    leg = rows_of(legs["leg"], table["leg"][rows])
    counts = (leg >= 0) & (legs["outcome"][leg] == "landed")
    if end == 0:
        counts &= legs["kind"][leg] != "divert"
    rows, leg = rows[counts], leg[counts]
    column = "to" if end else "from"
    miss_m = np.linalg.norm(_points(table, rows, end) - _pads(run.facts.sites, legs[column][leg]), axis=1)
    verb = "ends" if end else "begins"
    return where(
        miss_m > _PAD_M,
        lambda i: f"{name}: leg {legs['leg'][leg[i]]} {verb} {miss_m[i]:.1f} m from {legs[column][leg[i]]}",
    )


def _points(table: Columns, rows: Ints, end: int) -> Floats:
    return np.stack([table[f"{axis}{end}_m"][rows] for axis in "xyz"], axis=1)


def _pads(sites: Mapping[str, tuple[float, float]], names: NDArray[Any]) -> Floats:
    """Give the ground below each named site, shape ``(n, 3)``; NaN, which no check finds far, where unknown."""
    nowhere = (np.nan, np.nan)
    return np.array([(*sites.get(str(name), nowhere), 0.0) for name in names], dtype=np.float64).reshape(-1, 3)

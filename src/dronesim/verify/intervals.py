"""Set operations on many half-open intervals of time at once, grouped by integer keys."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def to_keys(*columns: NDArray[Any]) -> list[Ints]:
    """Number the values of columns that share their values; equal values get equal numbers."""
    numbers: dict[Any, int] = {}
    return [
        np.fromiter((numbers.setdefault(value, len(numbers)) for value in column.tolist()), np.int64, len(column))
        for column in columns
    ]


def combine(*columns: NDArray[Any]) -> Ints:
    """Number the distinct rows of integer columns of shape ``(n,)``."""
    if len(columns[0]) == 0:
        return np.empty(0, np.int64)
    _, keys = np.unique(np.stack(columns), axis=1, return_inverse=True)
    return np.asarray(keys, np.int64).reshape(-1)


def last_before(keys: Ints, starts: Floats, *, ask_keys: Ints, ask: Floats) -> Ints:
    """Find for each question the row with its key and the latest start at or before ``ask``; else -1."""
    order = np.lexsort((starts, keys))
    kinds = np.concatenate([np.zeros(len(keys), np.int64), np.ones(len(ask_keys), np.int64)])
    merged = np.lexsort((kinds, np.concatenate([starts, ask]), np.concatenate([keys, ask_keys])))
    is_row = merged < len(keys)
    rank = np.cumsum(is_row) - 1
    found = np.full(len(ask_keys), -1, np.int64)
    found[merged[~is_row] - len(keys)] = rank[~is_row]
    is_found = found >= 0
    found[is_found] = order[found[is_found]]
    is_found[is_found] = keys[found[is_found]] == ask_keys[is_found]
    return np.where(is_found, found, -1)


def covers(keys: Ints, from_s: Floats, to_s: Floats, *, ask_keys: Ints, ask_from_s: Floats, ask_to_s: Floats) -> Mask:
    """Say for each question whether intervals with its key hold without a gap over all of its time.

    Intervals that touch count as one: a booking may be given back and made anew in the same instant.
    """
    if len(keys) == 0:
        return np.zeros(len(ask_keys), np.bool_)
    keys, from_s, to_s = merged(keys, from_s, to_s)
    found = last_before(keys, from_s, ask_keys=ask_keys, ask=ask_from_s)
    return np.asarray((found >= 0) & (to_s[np.maximum(found, 0)] >= ask_to_s))


def merged(keys: Ints, from_s: Floats, to_s: Floats) -> tuple[Ints, Floats, Floats]:
    """Join intervals with the same key that touch or overlap; gives key, begin and end of each, by key and begin."""
    if len(keys) == 0:
        return keys, from_s, to_s
    order = np.lexsort((from_s, keys))
    last = _argmax_so_far(keys[order], to_s[order])
    is_new = keys[order][1:] != keys[order][:-1]
    is_new |= from_s[order][1:] > to_s[order][last[:-1]]
    begins = np.flatnonzero(np.insert(is_new, 0, True))
    return keys[order][begins], from_s[order][begins], np.maximum.reduceat(to_s[order], begins)


def overlapping(keys: Ints, from_s: Floats, to_s: Floats) -> tuple[Ints, Ints]:
    """Find intervals that begin before an earlier one with the same key has ended.

    Returns the rows of the later and of the earlier interval. Intervals without length overlap nothing.
    """
    rows = np.flatnonzero(to_s > from_s)
    order = rows[np.lexsort((to_s[rows], from_s[rows], keys[rows]))]
    if len(order) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    holder = _argmax_so_far(keys[order], to_s[order])
    later, earlier = order[1:], order[holder[:-1]]
    is_double = (keys[later] == keys[earlier]) & (from_s[later] < to_s[earlier])
    return later[is_double], earlier[is_double]


def excess(keys: Ints, from_s: Floats, to_s: Floats, *, capacity: Ints) -> tuple[Ints, Ints]:
    """Find the intervals whose start lifts the number held above ``capacity`` (of each row's key).

    Returns the rows and the number then held. At one instant ends come before starts.
    """
    rows = np.flatnonzero(to_s > from_s)
    times = np.concatenate([to_s[rows], from_s[rows]])
    steps = np.repeat([-1, 1], len(rows))
    order = np.lexsort((steps, times, np.tile(keys[rows], 2)))
    held = np.cumsum(steps[order])
    row = np.tile(rows, 2)[order]
    is_over = (steps[order] == 1) & (held > capacity[row])
    return row[is_over], held[is_over]


def _argmax_so_far(keys: Ints, values: Floats) -> Ints:
    """Find the position of the largest value so far within runs of equal keys; keys are sorted."""
    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    begins = np.concatenate([[True], keys[1:] != keys[:-1]])
    lifted = ranks + np.cumsum(begins) * len(values)
    best = np.maximum.accumulate(lifted) % len(values)
    return np.asarray(np.argsort(ranks)[best])

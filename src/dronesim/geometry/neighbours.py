"""Which points of a plane lie near which, without a look at every pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_WIDER = 1 + 1e-9
"""What is rounded away from a difference may not cost a pair."""


def pairs_within(xy: Floats, distance_m: float) -> tuple[Ints, Floats]:
    """Find pairs of points ``(n, 2)`` that are at most so far apart, and how far each are: ``(k, 2)`` and ``(k,)``.

    The lower number of each comes first, and pairs are in the order of their numbers. Points are walked through from
    west to east, so only those in a strip as wide as the distance are compared.
    """
    order = np.argsort(xy[:, 0], kind="stable")
    east_m = xy[order, 0]
    count = np.searchsorted(east_m, east_m + _WIDER * distance_m, side="right") - np.arange(len(xy)) - 1
    first = np.repeat(np.arange(len(xy)), count)
    step = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    pairs = np.sort(np.stack([order[first], order[first + step + 1]], axis=1), axis=1)
    apart_m = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    chosen = np.flatnonzero(apart_m <= distance_m)
    chosen = chosen[np.lexsort((pairs[chosen, 1], pairs[chosen, 0]))]
    return pairs[chosen], apart_m[chosen]

"""How a whole fleet is spread over take-off points by expected demand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spread_by_demand(total: int, demand: NDArray[np.float64], *, at_least: int = 0) -> tuple[int, ...]:
    """Share ``total`` whole things out in proportion to ``demand`` ``(n,)``, by largest remainder.

    Every place with demand gets ``at_least`` so many first where the total allows; where it doesn't, the places
    with most demand get one each. Places without demand get nothing, unless none has any: then all are equal.
    Ties go to the place that comes first.
    """
    weights = demand if demand.sum() > 0 else np.ones(len(demand))
    quota = total * weights / weights.sum()
    wanted = np.where(weights > 0, at_least, 0)
    if wanted.sum() > total:
        return _most_demanded(total, weights)
    given = np.maximum(wanted, np.floor(quota + 1e-9)).astype(np.int64)
    while given.sum() > total:
        given[np.argmax(np.where(given > wanted, given - quota, -np.inf))] -= 1
    while given.sum() < total:
        given[np.argmax(np.where(weights > 0, quota - given, -np.inf))] += 1
    return tuple(given.tolist())


def _most_demanded(total: int, weights: NDArray[np.float64]) -> tuple[int, ...]:
    chosen = np.argsort(-weights, kind="stable")[:total]
    given = np.zeros(len(weights), dtype=np.int64)
    given[chosen] = 1
    return tuple(given.tolist())

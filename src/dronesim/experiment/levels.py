"""Service levels of many days, read from their records."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.estimates import number_or_nan
from dronesim.experiment.store import Record, is_void

Floats = NDArray[np.float64]


def shares(records: Sequence[Record]) -> Floats:
    """Give each day's service level, shape ``(n,)``; NaN for a day without orders, 0 for a void one."""
    return np.array(
        [0.0 if is_void(record) else number_or_nan(record["kpis"]["service"]["share"]) for record in records]
    )


def shares_by(records: Sequence[Record], group: str) -> tuple[tuple[str, ...], Floats]:
    """Give the names of a grouping and each day's service level in each, shape ``(n, names)``; NaN without orders.

    Hours and distances are in their order, sites as in the records.
    """
    names = tuple(dict.fromkeys(name for record in records for name in record["by"][group]))
    if group in ("hour", "distance"):
        names = tuple(sorted(names, key=int))
    levels = [[_share(record["by"][group].get(name, (0, 0))) for name in names] for record in records]
    return names, np.array(levels, dtype=np.float64).reshape(len(records), len(names))


def _share(counts: Sequence[int]) -> float:
    orders, on_time = counts
    return on_time / orders if orders else math.nan

"""How many intervals run at each instant, and when orders wait to take off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.statistics import Floats
from dronesim.record.tables import Columns


def count_over_time(from_s: Floats, to_s: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Give the instants at which the number of running intervals changes, and the number from then on."""
    edges = np.concatenate([from_s, to_s])
    steps = np.repeat(np.array([1, -1], dtype=np.int64), [len(from_s), len(to_s)])
    instants, index = np.unique(edges, return_inverse=True)
    change = np.zeros(len(instants), dtype=np.int64)
    np.add.at(change, index, steps)
    return instants, np.cumsum(change)


def ready_intervals(orders: Columns, closed_s: float) -> tuple[Floats, Floats]:
    """Give from when until when each order that was ready had not taken off; two arrays, of seconds."""
    over_s = np.where(np.isnan(orders["ended_s"]), closed_s, orders["ended_s"])
    gone_s = np.where(np.isnan(orders["departed_s"]), over_s, orders["departed_s"])
    was_ready = ~np.isnan(orders["ready_s"])
    ready_s = orders["ready_s"][was_ready]
    return ready_s, np.fmax(gone_s[was_ready], ready_s)

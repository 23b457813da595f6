"""Plain numpy twins of dronesim.airspace.detection: every pair of a snapshot in (n, n) matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracles.clearance import TOUCH_M, Encounter, below, in_disc, union


def detect_conflicts(
    positions_m: NDArray[Any],
    velocities_mps: NDArray[Any],
    *,
    look_ahead_s: float,
    separation_m: float,
    vertical_m: float,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Conflicts of a snapshot: pairs (k, 2), then until loss, until closest, and distance then, each (k,)."""
    x, y, z = (column[None, :] - column[:, None] for column in positions_m.T)
    wx, wy, wz = (column[None, :] - column[:, None] for column in velocities_mps.T)
    low, high = vertical_window(z, wz, look_ahead_s, vertical_m - TOUCH_M)
    squared, along = wx * wx + wy * wy, x * wx + y * wy
    limit_m = separation_m - TOUCH_M
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.where(squared > 0, -along / squared, low)
        miss_squared = (x + wx * middle) ** 2 + (y + wy * middle) ** 2
        half = np.sqrt(np.maximum(limit_m**2 - miss_squared, 0.0) / squared)
        begin = np.where(squared > 0, middle - half, -np.inf)
        end = np.where(squared > 0, middle + half, np.inf)
    begin, end = np.maximum(begin, low), np.minimum(end, high)
    is_lost = (miss_squared < limit_m**2) & (begin < end)
    i, j = np.nonzero(np.triu(is_lost, k=1))
    closest = np.clip(middle[i, j], low[i, j], high[i, j])
    distance = np.hypot(x[i, j] + wx[i, j] * closest, y[i, j] + wy[i, j] * closest)
    return np.column_stack([i, j]), begin[i, j], closest, distance


def vertical_window(z, wz, span, vertical_m):
    """When |z + wz t| < V within [0, span]; begin >= end where never."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (-vertical_m - z) / wz, (vertical_m - z) / wz
    low = np.where(wz == 0, 0.0, np.maximum(0.0, np.minimum(one, other)))
    high = np.where(wz == 0, np.where(np.abs(z) < vertical_m, span, 0.0), np.minimum(span, np.maximum(one, other)))
    return low, np.maximum(low, high)


def losses_of_separation(tracks, *, separation_m, vertical_m):
    """Losses as (begin, lower flight, higher flight, end), in order: every pair of segments, then joined."""
    found = {}
    for i in range(len(tracks.rows)):
        for j in range(i):
            one, other = sorted((int(tracks.flight[i]), int(tracks.flight[j])))
            if one == other or (tracks.terminal[i] >= 0 and tracks.terminal[i] == tracks.terminal[j]):
                continue
            begin, end = segment_loss(tracks.rows[i].tolist(), tracks.rows[j].tolist(), separation_m, vertical_m)
            if begin < end:
                found.setdefault((one, other), []).append((begin, end))
    return sorted((begin, one, other, end) for (one, other), parts in found.items() for begin, end in union(parts))


def segment_loss(p, q, separation_m, vertical_m):
    """When two rows (begin, end, place, velocity) are too close."""
    begin, end = max(p[0], q[0]), min(p[1], q[1])
    r = [p[k] + p[k + 3] * (begin - p[0]) - q[k] - q[k + 3] * (begin - q[0]) for k in (2, 3, 4)]
    w = [p[k] - q[k] for k in (5, 6, 7)]
    meeting = Encounter(
        r=tuple(r), u=tuple(w), v=(0.0, 0.0, 0.0), last_a=0.0, last_t=0.0,
        separation_m=separation_m - TOUCH_M, vertical_m=vertical_m - TOUCH_M,
    )  # fmt: skip
    disc, slab = in_disc((0.0, 0.0, 1.0, 0.0), meeting), below(r[2], w[2], vertical_m - TOUCH_M)
    return max(begin, begin + disc[0], begin + slab[0]), min(end, begin + disc[1], begin + slab[1])

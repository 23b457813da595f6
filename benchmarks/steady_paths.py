"""Paths at steady speeds, for benchmarks and tests of clearances that need no motion of an aircraft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Course, Path4D, Terminal, joined, path_of
from dronesim.geometry import distances_along


def steady_path(
    waypoints_m: NDArray[np.float64],
    *,
    level_m: float,
    climb_s: float,
    cruise_s: float,
    descent_s: float,
    hold_s: float = 0.0,
    origin: Terminal | None = None,
    destination: Terminal | None = None,
) -> Path4D:
    """Go straight up, along the waypoints ``(m, 2)`` at one speed, wait, straight down; no part need take time."""
    corners_m = np.asarray(waypoints_m, dtype=np.float64)
    reached_m = distances_along(corners_m)
    above_m = np.column_stack([corners_m, np.full(len(corners_m), level_m)])
    ends_m = np.vstack([above_m[:1], above_m, above_m[-1:], above_m[-1:]])
    ends_m[[0, -1], 2] = 0.0
    cruise_at_s = climb_s + reached_m / max(float(reached_m[-1]), 1e-9) * cruise_s
    over_s = climb_s + cruise_s + hold_s
    at_s = np.concatenate([[0.0], cruise_at_s, [over_s, over_s + descent_s]])
    lasts = np.append(np.diff(at_s) > 0, True)
    course = joined([Course(at_s=at_s[lasts], points_m=ends_m[lasts])])
    return path_of(course, origin=origin, destination=destination)

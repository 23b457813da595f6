"""How long a straight flight takes with a trapezoid speed profile: speed up, cruise, slow down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SLACK_MPS = 1e-9


def peak_speed_mps(
    distance_m: ArrayLike,
    speed_mps: ArrayLike,
    *,
    acceleration_mps2: ArrayLike,
    deceleration_mps2: ArrayLike,
    v0_mps: ArrayLike = 0.0,
    v1_mps: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Find the highest speed reached within ``distance_m``, at most ``speed_mps``; arguments broadcast.

    min(v, √((2ab·d + b·v0² + a·v1²) / (a + b))), with a to speed up and b to slow down.
    """
    d, v = np.asarray(distance_m, dtype=np.float64), np.asarray(speed_mps, dtype=np.float64)
    a, b = np.asarray(acceleration_mps2, dtype=np.float64), np.asarray(deceleration_mps2, dtype=np.float64)
    squared = 2 * a * b * d + b * np.square(v0_mps) + a * np.square(v1_mps)
    return np.minimum(v, np.sqrt(squared / (a + b)))


def trapezoid_s(
    distance_m: ArrayLike,
    speed_mps: ArrayLike,
    acceleration_mps2: ArrayLike,
    *,
    deceleration_mps2: ArrayLike | None = None,
    v0_mps: ArrayLike = 0.0,
    v1_mps: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Time in s to fly ``distance_m`` from speed ``v0_mps`` to ``v1_mps``, cruising at ``speed_mps``.

    All arguments broadcast; ``deceleration_mps2`` is ``acceleration_mps2`` unless given. inf where the
    distance is too short to change from one end speed to the other, or where an end speed is above the
    cruise speed.
    """
    a = np.asarray(acceleration_mps2, dtype=np.float64)
    b = a if deceleration_mps2 is None else np.asarray(deceleration_mps2, dtype=np.float64)
    v0, v1 = np.asarray(v0_mps, dtype=np.float64), np.asarray(v1_mps, dtype=np.float64)
    peak = peak_speed_mps(distance_m, speed_mps, acceleration_mps2=a, deceleration_mps2=b, v0_mps=v0, v1_mps=v1)
    ramps_m = (peak**2 - v0**2) / (2 * a) + (peak**2 - v1**2) / (2 * b)
    cruise_m = np.asarray(distance_m, dtype=np.float64) - ramps_m
    cruise_s = np.divide(cruise_m, peak, out=np.zeros_like(peak), where=peak > 0)
    total_s = (peak - v0) / a + (peak - v1) / b + np.maximum(cruise_s, 0.0)
    return np.where(peak < np.maximum(v0, v1) - _SLACK_MPS, np.inf, np.maximum(total_s, 0.0))

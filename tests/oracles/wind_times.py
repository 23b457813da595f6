"""Mean ground speed along a polyline, piece by piece: what routes in wind are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dronesim.aircraft.navigation import CALM, Wind, ground_speed_mps, segments


def mean_ground_speed_mps(
    waypoints: ArrayLike, *, airspeed_mps: float, cruise_mps: float = np.inf, wind: Wind = CALM
) -> float:
    """Length of a polyline ``(m, 2)`` over the sum of its pieces' times; NaN where one can't be flown."""
    length_m, direction = segments(waypoints)
    is_flown = length_m > 0
    speed = ground_speed_mps(direction[is_flown], airspeed_mps=airspeed_mps, cruise_mps=cruise_mps, wind=wind)
    return float(length_m.sum() / (length_m[is_flown] / speed).sum())

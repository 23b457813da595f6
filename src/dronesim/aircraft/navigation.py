"""Where a drone really flies: ground speed in wind, tracking error, landing precision.

A wind is the vector that the air moves along, (east, north) in m/s.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Wind = tuple[float, float]

CALM: Final[Wind] = (0.0, 0.0)
_NO_WAY: Final = 1e-9
"""Less of its airspeed over ground is none, but for rounding: a headwind is as fast as the drone."""


def segments(waypoints: ArrayLike) -> tuple[Floats, Floats]:
    """Cut a polyline ``(m, 2)`` into segment lengths in m ``(m-1,)`` and unit directions ``(m-1, 2)``.

    A segment without length has the direction (0, 0).
    """
    steps = np.diff(np.asarray(waypoints, dtype=np.float64), axis=0)
    length_m = np.hypot(steps[:, 0], steps[:, 1])
    return length_m, steps / np.where(length_m > 0, length_m, 1.0)[:, None]


def ground_speed_mps(
    direction: ArrayLike, *, airspeed_mps: float, cruise_mps: float = np.inf, wind: ArrayLike = CALM
) -> Floats:
    """Solve the wind triangle for unit directions ``(n, 2)`` in one wind or each in its own; gives ``(n,)`` in m/s.

    vg = w∥ + √(Va² − w⊥²) with ``airspeed_mps``, but no more than ``cruise_mps``: a drone that is to cruise at a ground
    speed holds it by flying faster or slower through the air, up to its top airspeed. NaN where the course can't be
    held: the crosswind is above the airspeed, or the headwind lets the drone make no way.
    """
    along = np.asarray(direction, dtype=np.float64)
    east, north = np.asarray(wind, dtype=np.float64).T
    tail = along[:, 0] * east + along[:, 1] * north
    cross = along[:, 0] * north - along[:, 1] * east
    speed = np.minimum(tail + np.sqrt(np.maximum(airspeed_mps**2 - cross**2, 0.0)), cruise_mps)
    return np.where((np.abs(cross) > airspeed_mps) | (speed <= _NO_WAY * airspeed_mps), np.nan, speed)


def mean_airspeed_mps(direction: ArrayLike, *, ground_mps: ArrayLike, seconds: ArrayLike, wind: Wind = CALM) -> float:
    """Mean airspeed in m/s over pieces with unit directions ``(n, 2)``, ground speeds and durations ``(n,)``.

    The cubic mean, because the drag that a drone works against grows with the cube of its airspeed; 0 for no pieces.
    """
    along, speed = np.asarray(direction, dtype=np.float64), np.asarray(ground_mps, dtype=np.float64)
    through_air = along * speed[:, None] - np.asarray(wind, dtype=np.float64)
    weight = np.asarray(seconds, dtype=np.float64)
    if not weight.sum() > 0:
        return 0.0
    return float(np.cbrt((np.hypot(*through_air.T) ** 3 * weight).sum() / weight.sum()))


def miss_share(*, pad_radius_m: float, landing_error_m: float) -> float:
    """Share of landings that come down beside the pad: exp(-R²/2σ²), by a Gaussian error σ in each direction."""
    return float(np.exp(-(pad_radius_m**2) / (2 * landing_error_m**2)))


def turns_rad(direction: ArrayLike) -> Floats:
    """Angles in rad between neighbouring unit directions ``(n, 2)``, from 0 to π, shape ``(n - 1,)``."""
    along = np.asarray(direction, dtype=np.float64)
    before, after = along[:-1], along[1:]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return np.asarray(np.abs(np.arctan2(cross, np.sum(before * after, axis=1))), dtype=np.float64)


def bounded_offsets_m(normal: Floats, *, sigma_m: float | Floats, bound_m: ArrayLike) -> Floats:
    """Give Gaussian offsets from the cleared track in m, positive to the left, from standard normal numbers, (count,).

    They are cut off at ``bound_m``; it and ``sigma_m`` are one for all or ``(count,)``. A drone that strays further is
    out of conformance and a matter of contingency, not of clearance.
    """
    most_m = np.asarray(bound_m, dtype=np.float64)
    return np.asarray(np.minimum(np.maximum(0.0 + sigma_m * normal, -most_m), most_m))

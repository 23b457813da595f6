"""Where a drone really flies: ground speed in wind, courses, tracking error, landing precision.

A wind is the vector that the air moves along, (east, north) in m/s.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Wind = tuple[float, float]

CALM: Final[Wind] = (0.0, 0.0)

TRACKING_SIGMA_M: Final = 1.0
"""Standard deviation in m of the lateral distance between flown and cleared track: an assumption."""

TRACKING_BOUND: Final = 3.0
"""How many standard deviations a drone strays from its cleared track at most: an assumption; one that
strays further is out of conformance and a matter of contingency, not of clearance."""

LANDING_SIGMA_M: Final = 0.1
"""Standard deviation in m of the landing point on each axis, with a marker on the pad: an assumption."""


def segments(waypoints: ArrayLike) -> tuple[Floats, Floats]:
    """Cut a polyline ``(m, 2)`` into segment lengths in m ``(m-1,)`` and unit directions ``(m-1, 2)``.

    A segment without length has the direction (0, 0).
    """
    steps = np.diff(np.asarray(waypoints, dtype=np.float64), axis=0)
    length_m = np.hypot(steps[:, 0], steps[:, 1])
    return length_m, steps / np.where(length_m > 0, length_m, 1.0)[:, None]


def course_deg(waypoints: ArrayLike) -> Floats:
    """Courses of the segments of a polyline ``(m, 2)``, degrees clockwise from north, ``(m-1,)``."""
    _, direction = segments(waypoints)
    return np.asarray(np.degrees(np.arctan2(direction[:, 0], direction[:, 1])) % 360, dtype=np.float64)


def ground_speed_mps(direction: ArrayLike, *, airspeed_mps: float, wind: Wind = CALM) -> Floats:
    """Solve the wind triangle for unit directions ``(n, 2)``; returns ground speeds in m/s ``(n,)``.

    vg = w∥ + √(Va² − w⊥²). NaN where the course can't be held: the crosswind is above the airspeed, or the
    headwind lets the drone make no way.
    """
    along = np.asarray(direction, dtype=np.float64)
    tail = along @ np.asarray(wind, dtype=np.float64)
    cross = along[:, 0] * wind[1] - along[:, 1] * wind[0]
    speed = tail + np.sqrt(np.maximum(airspeed_mps**2 - cross**2, 0.0))
    return np.where((np.abs(cross) > airspeed_mps) | (speed <= 0), np.nan, speed)


def mean_ground_speed_mps(waypoints: ArrayLike, *, airspeed_mps: float, wind: Wind = CALM) -> float:
    """Mean ground speed along a polyline ``(m, 2)``: its length over the sum of its segments' times.

    NaN where one segment can't be flown; the airspeed for a polyline without length.
    """
    length_m, direction = segments(waypoints)
    is_flown = length_m > 0
    if not is_flown.any():
        return airspeed_mps
    speed = ground_speed_mps(direction[is_flown], airspeed_mps=airspeed_mps, wind=wind)
    return float(length_m.sum() / (length_m[is_flown] / speed).sum())


def track_bound_m(sigma_m: float) -> float:
    """Bound in m of the distance between flown and cleared track for a tracking error of ``sigma_m``."""
    return TRACKING_BOUND * sigma_m


def lateral_offsets_m(count: int, *, sigma_m: float = TRACKING_SIGMA_M, rng: np.random.Generator) -> Floats:
    """Draw ``count`` Gaussian offsets from the cleared track in m, positive to the left, cut off at the bound."""
    return np.clip(rng.normal(0.0, sigma_m, count), -track_bound_m(sigma_m), track_bound_m(sigma_m))


def offset_track(waypoints: ArrayLike, offsets_m: ArrayLike) -> Floats:
    """Move the waypoints ``(m, 2)`` sideways by ``offsets_m`` ``(m,)``; returns the flown polyline.

    Left of a waypoint is left of the chord between its neighbours (at an end: of its segment).
    """
    xy = np.asarray(waypoints, dtype=np.float64)
    padded = np.vstack((xy[:1], xy, xy[-1:]))
    chord = padded[2:] - padded[:-2]
    length = np.hypot(chord[:, 0], chord[:, 1])
    left = np.column_stack((-chord[:, 1], chord[:, 0])) / np.where(length > 0, length, 1.0)[:, None]
    return xy + left * np.asarray(offsets_m, dtype=np.float64)[:, None]

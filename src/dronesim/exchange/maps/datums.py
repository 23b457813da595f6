"""The shifted coordinates of Chinese maps, GCJ-02 and BD-09, brought back to WGS84."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR_M: Final = 6378245.0
ECCENTRICITY2: Final = 0.00669342162296594323
DONE_DEGREES: Final = 1e-10
ROUNDS: Final = 30


def to_gcj02(lonlat: Floats) -> Floats:
    """Shift WGS84 degrees to GCJ-02, shape ``(n, 2)``; the formula is in the public domain since 2010."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    both = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += 2 / 3 * (both + _waves(y, (20, 40, 160, 320), (1, 1 / 3, 1 / 12, 1 / 30)))
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += 2 / 3 * (both + _waves(x, (20, 40, 150, 300), (1, 1 / 3, 1 / 12, 1 / 30)))
    lat = np.radians(lonlat[:, 1])
    w = 1 - ECCENTRICITY2 * np.sin(lat) ** 2
    dlat = np.degrees(north / (SEMI_MAJOR_M * (1 - ECCENTRICITY2) * w**-1.5))
    dlon = np.degrees(east / (SEMI_MAJOR_M * w**-0.5 * np.cos(lat)))
    return np.asarray(lonlat + np.column_stack([dlon, dlat]))


def to_bd09(gcj: Floats) -> Floats:
    """Shift GCJ-02 degrees on to BD-09, shape ``(n, 2)``."""
    k = 50 * np.pi / 3
    lon, lat = gcj.T
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(k * lat)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(k * lon)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def from_gcj02(gcj: Floats) -> Floats:
    """Find the WGS84 degrees of points in GCJ-02, by iteration."""
    return _inverse(to_gcj02, gcj)


def from_bd09(bd: Floats) -> Floats:
    """Find the WGS84 degrees of points in BD-09, by iteration."""
    return from_gcj02(_inverse(to_bd09, bd))


def _inverse(shift: Callable[[Floats], Floats], shifted: Floats) -> Floats:
    """Find the points that a shift brings to others, by iteration."""
    found = np.array(shifted, dtype=np.float64)
    for _ in range(ROUNDS):
        step = shifted - shift(found)
        found += step
        if np.all(np.abs(step) < DONE_DEGREES):
            break
    return found


DATUMS: Final = {"wgs84": lambda lonlat: lonlat, "gcj02": from_gcj02, "bd09": from_bd09}


def _waves(t: Floats, sizes: tuple[float, ...], turns: tuple[float, ...]) -> Floats:
    return np.asarray(sum(size * np.sin(np.pi * t * turn) for size, turn in zip(sizes, turns, strict=True)))

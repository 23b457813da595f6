"""Longitude and latitude to local east-north metres around a map's centre, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.geometry.products import matrix_product

Floats = NDArray[np.float64]

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)
_STEPS = 12
_DONE_M = 1e-7


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """East-north metres around ``lon``, ``lat`` (degrees, WGS84, height 0).

    Distances from the centre are true along the ellipsoid to 3 mm at 10 km and 5 cm at 25 km
    (the straight chord is stretched by 1 + r^2/6R^2, the arc's first term). Made for districts:
    use it within 100 km of the centre, away from the poles.
    """

    lon: float
    lat: float

    def to_local(self, lonlat: ArrayLike) -> Floats:
        """Project longitudes and latitudes in degrees, shape ``(n, 2)``, to metres, same shape."""
        degrees = np.asarray(lonlat, dtype=np.float64)
        centre = ecef(np.array([[self.lon, self.lat]]))
        chord = matrix_product(ecef(degrees) - centre, self._axes())
        squared = np.sum(chord**2, axis=1, keepdims=True)
        stretched: Floats = chord * (1 + squared / (6 * self._radius_m() ** 2))
        return stretched

    def to_lonlat(self, xy: ArrayLike) -> Floats:
        """Find the longitudes and latitudes in degrees of points in metres, shape ``(n, 2)``.

        Repeats the local linear step until the points project back to within 0.1 micrometres.
        """
        target = np.asarray(xy, dtype=np.float64)
        lonlat = np.tile([self.lon, self.lat], (len(target), 1)).astype(np.float64)
        for _ in range(_STEPS):
            missing = target - self.to_local(lonlat)
            lonlat += missing / metres_per_degree(lonlat[:, 1])
            if np.all(np.abs(missing) < _DONE_M):
                break
        return lonlat

    def _axes(self) -> Floats:
        """Unit vectors east and north at the centre as columns, shape ``(3, 2)``."""
        lon, lat = np.radians([self.lon, self.lat])
        east = [-np.sin(lon), np.cos(lon), 0.0]
        north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
        return np.array([east, north]).T

    def _radius_m(self) -> float:
        """Radius of the sphere that fits the ellipsoid at the centre (Gauss)."""
        return float(SEMI_MAJOR_M * np.sqrt(1 - _E2) / (1 - _E2 * np.sin(np.radians(self.lat)) ** 2))


def ecef(lonlat: Floats) -> Floats:
    """Earth-centred coordinates in metres, shape ``(n, 3)``, of points in degrees at height 0, ``(n, 2)``."""
    lon, lat = np.radians(lonlat).T
    normal = SEMI_MAJOR_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    ring = normal * np.cos(lat)
    return np.column_stack([ring * np.cos(lon), ring * np.sin(lon), normal * (1 - _E2) * np.sin(lat)])


def metres_per_degree(lat: Floats) -> Floats:
    """Metres along one degree east and north at latitudes in degrees, shape ``(n,)``; returns ``(n, 2)``."""
    w = 1 - _E2 * np.sin(np.radians(lat)) ** 2
    east = SEMI_MAJOR_M / np.sqrt(w) * np.cos(np.radians(lat))
    north = SEMI_MAJOR_M * (1 - _E2) / w**1.5
    return np.radians(np.column_stack([east, north]))

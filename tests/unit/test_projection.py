"""The local frame against pyproj."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Proj

from dronesim.geometry import LocalFrame

CENTRES = [(114.25, 22.72), (-74.08, 4.65), (0.0, 0.0), (18.07, 59.33), (151.2, -33.87), (179.99, -17.0)]


def ring(lon: float, lat: float, radius_m: float) -> tuple[np.ndarray, np.ndarray]:
    azimuth = np.arange(0.0, 360.0, 15.0)
    n = len(azimuth)
    lons, lats, _ = Geod(ellps="WGS84").fwd(np.full(n, lon), np.full(n, lat), azimuth, np.full(n, radius_m))
    return np.column_stack([lons, lats]), azimuth


@pytest.mark.parametrize(("radius_m", "error_m"), [(100.0, 1e-6), (10_000.0, 0.005), (25_000.0, 0.060)])
@pytest.mark.parametrize("centre", CENTRES)
def test_distance_from_the_centre_is_the_geodesic(centre: tuple[float, float], radius_m: float, error_m: float) -> None:
    lonlat, _ = ring(*centre, radius_m)
    distance = np.hypot(*LocalFrame(*centre).to_local(lonlat).T)
    assert np.abs(distance - radius_m).max() < error_m


@pytest.mark.parametrize(("radius_m", "error_m"), [(10_000.0, 0.005), (25_000.0, 0.060)])
@pytest.mark.parametrize("centre", CENTRES)
def test_positions_agree_with_azimuthal_equidistant(
    centre: tuple[float, float], radius_m: float, error_m: float
) -> None:
    lon, lat = centre
    lonlat, _ = ring(lon, lat, radius_m)
    expected = np.column_stack(Proj(proj="aeqd", lon_0=lon, lat_0=lat, ellps="WGS84")(*lonlat.T))
    assert np.hypot(*(LocalFrame(lon, lat).to_local(lonlat) - expected).T).max() < error_m


def test_east_is_x_and_north_is_y() -> None:
    xy = LocalFrame(114.25, 22.72).to_local([[114.26, 22.72], [114.25, 22.73]])
    assert xy[0, 0] > 1000
    assert xy[1, 1] > 1000
    np.testing.assert_allclose([xy[0, 1], xy[1, 0]], [0.03, 0.0], atol=0.5)


@pytest.mark.parametrize("centre", CENTRES)
def test_there_and_back_is_closer_than_a_micrometre(centre: tuple[float, float]) -> None:
    frame = LocalFrame(*centre)
    xy = np.random.default_rng(5).uniform(-25_000, 25_000, (200, 2))
    np.testing.assert_allclose(frame.to_local(frame.to_lonlat(xy)), xy, atol=1e-6)


def test_the_centre_is_the_origin() -> None:
    frame = LocalFrame(114.25, 22.72)
    np.testing.assert_allclose(frame.to_local([[114.25, 22.72]]), [[0.0, 0.0]], atol=1e-9)
    np.testing.assert_allclose(frame.to_lonlat([[0.0, 0.0]]), [[114.25, 22.72]], rtol=0, atol=1e-12)


def test_no_points_give_no_points() -> None:
    frame = LocalFrame(114.25, 22.72)
    assert frame.to_local(np.zeros((0, 2))).shape == (0, 2)
    assert frame.to_lonlat(np.zeros((0, 2))).shape == (0, 2)

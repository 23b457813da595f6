"""Wind triangle, courses and tracking error."""

import math

import numpy as np
import pytest

from dronesim.aircraft.navigation import (
    bounded_offsets_m,
    ground_speed_mps,
    mean_airspeed_mps,
    segments,
    turns_rad,
)

NORTH = [[0.0, 1.0]]


@pytest.mark.parametrize(
    ("wind", "speed"),
    [
        ((0.0, -5.0), 10.0),
        ((0.0, 5.0), 20.0),
        ((5.0, 0.0), 14.142),
        ((-5.0, 0.0), 14.142),
        ((0.0, 0.0), 15.0),
    ],
)
def test_wind_triangle_gives_known_ground_speeds(wind, speed):
    assert ground_speed_mps(NORTH, airspeed_mps=15.0, wind=wind) == pytest.approx([speed], abs=5e-4)


@pytest.mark.parametrize("wind", [(16.0, 0.0), (0.0, -15.0), (0.0, -16.0), (14.0, -9.0)])
def test_a_wind_too_strong_for_the_course_has_no_ground_speed(wind):
    assert np.isnan(ground_speed_mps(NORTH, airspeed_mps=15.0, wind=wind)).all()


def test_a_headwind_as_fast_as_the_drone_lets_it_make_no_way_in_any_direction():
    along = np.random.default_rng(3).normal(size=(2000, 2))
    along /= np.hypot(*along.T)[:, None]
    for mps in (12.0, 25.0):
        assert np.isnan(ground_speed_mps(along, airspeed_mps=mps, wind=-mps * along)).all()
        slow = ground_speed_mps(along, airspeed_mps=mps, wind=(1e-6 - mps) * along)
        np.testing.assert_allclose(slow, 1e-6, rtol=1e-6)


def test_air_velocity_has_the_airspeed_on_every_course():
    angle = np.linspace(0.0, 2 * math.pi, 37)
    direction = np.column_stack((np.cos(angle), np.sin(angle)))
    speed = ground_speed_mps(direction, airspeed_mps=15.0, wind=(3.0, -4.0))
    through_air = speed[:, None] * direction - np.array([3.0, -4.0])
    assert np.hypot(*through_air.T) == pytest.approx(np.full(37, 15.0))


def test_segments_have_lengths_and_unit_directions():
    length_m, direction = segments([[0, 0], [3, 4], [3, 4]])
    assert length_m.tolist() == [5.0, 0.0]
    assert direction == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))


def test_a_drone_holds_its_cruise_speed_over_ground_as_long_as_its_airspeed_lasts():
    speeds = [
        float(ground_speed_mps(NORTH, airspeed_mps=15.0, cruise_mps=10.0, wind=(0.0, north))[0])
        for north in (6.0, 0.0, -5.0, -8.0)
    ]
    assert speeds == [10.0, 10.0, 10.0, 7.0]


def test_the_mean_airspeed_is_cubic_over_time():
    mean = mean_airspeed_mps([[0, 1], [0, -1]], ground_mps=[10.0, 10.0], seconds=[30.0, 10.0], wind=(0.0, 2.0))
    assert mean == pytest.approx(((8.0**3 * 30 + 12.0**3 * 10) / 40) ** (1 / 3))
    assert mean_airspeed_mps(np.empty((0, 2)), ground_mps=[], seconds=[]) == 0.0


def test_turns_are_angles_between_directions():
    directions = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, -1.0]]
    assert turns_rad(directions) == pytest.approx([math.pi / 2, 0.0, math.pi])


def test_tracking_errors_have_the_stated_spread():
    """4 standard errors: the spread of n Gaussian draws has a relative standard error of 1/sqrt(2n)."""
    n = 20_000
    offsets = bounded_offsets_m(np.random.default_rng(7).standard_normal(n), sigma_m=1.5, bound_m=30.0)
    assert abs(offsets.mean()) < 4 * 1.5 / math.sqrt(n)
    assert offsets.std() == pytest.approx(1.5, rel=4 / math.sqrt(2 * n))


def test_tracking_errors_end_at_their_bound():
    offsets = bounded_offsets_m(np.random.default_rng(7).standard_normal(1000), sigma_m=1.5, bound_m=2.0)
    assert offsets.min() == -2.0
    assert offsets.max() == 2.0

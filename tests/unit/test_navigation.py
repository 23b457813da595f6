"""Wind triangle, courses and tracking error."""

import math

import numpy as np
import pytest

from dronesim.aircraft.navigation import (
    course_deg,
    ground_speed_mps,
    lateral_offsets_m,
    mean_ground_speed_mps,
    offset_track,
    segments,
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


def test_air_velocity_has_the_airspeed_on_every_course():
    angle = np.linspace(0.0, 2 * math.pi, 37)
    direction = np.column_stack((np.cos(angle), np.sin(angle)))
    speed = ground_speed_mps(direction, airspeed_mps=15.0, wind=(3.0, -4.0))
    through_air = speed[:, None] * direction - np.array([3.0, -4.0])
    assert np.hypot(*through_air.T) == pytest.approx(np.full(37, 15.0))


def test_courses_are_clockwise_from_north():
    square = [[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]
    assert course_deg(square) == pytest.approx([0.0, 90.0, 180.0, 270.0])


def test_segments_have_lengths_and_unit_directions():
    length_m, direction = segments([[0, 0], [3, 4], [3, 4]])
    assert length_m.tolist() == [5.0, 0.0]
    assert direction == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))


def test_mean_ground_speed_is_length_over_time():
    out_and_back = [[0, 0], [0, 100], [0, 0]]
    mean = mean_ground_speed_mps(out_and_back, airspeed_mps=15.0, wind=(0.0, -5.0))
    assert mean == pytest.approx(200 / (100 / 10 + 100 / 20))


def test_one_segment_that_cannot_be_flown_spoils_the_polyline():
    out_and_back = [[0, 0], [0, 100], [0, 0]]
    assert math.isnan(mean_ground_speed_mps(out_and_back, airspeed_mps=15.0, wind=(0.0, 20.0)))


def test_a_segment_without_length_changes_nothing():
    plain, doubled = [[0, 0], [50, 0]], [[0, 0], [50, 0], [50, 0]]
    wind = (-4.0, 3.0)
    expected = mean_ground_speed_mps(plain, airspeed_mps=15.0, wind=wind)
    assert mean_ground_speed_mps(doubled, airspeed_mps=15.0, wind=wind) == expected
    assert mean_ground_speed_mps([[1, 1], [1, 1]], airspeed_mps=15.0, wind=(0.0, -20.0)) == 15.0


def test_positive_offsets_lie_to_the_left():
    track = offset_track([[0, 0], [100, 0], [200, 0]], [0.0, 2.0, -1.0])
    assert track == pytest.approx(np.array([[0, 0], [100, 2], [200, -1]]))


def test_an_offset_at_a_turn_lies_across_the_chord():
    track = offset_track([[0, 0], [100, 0], [100, 100]], [0.0, math.sqrt(2), 0.0])
    assert track[1] == pytest.approx([99.0, 1.0])


def test_tracking_errors_have_the_stated_spread():
    """4 standard errors: the spread of n Gaussian draws has a relative standard error of 1/sqrt(2n)."""
    n = 20_000
    offsets = lateral_offsets_m(n, sigma_m=1.5, rng=np.random.default_rng(7))
    assert abs(offsets.mean()) < 4 * 1.5 / math.sqrt(n)
    assert offsets.std() == pytest.approx(1.5, rel=4 / math.sqrt(2 * n))


def test_tracking_errors_repeat_with_their_generator():
    first, again = (lateral_offsets_m(5, rng=np.random.default_rng(3)) for _ in range(2))
    assert first.tolist() == again.tolist()

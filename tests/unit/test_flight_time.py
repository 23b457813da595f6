"""The trapezoid profile against known cases and against a slow integration."""

import math

import numpy as np
import pytest

from dronesim.aircraft.flight_time import peak_speed_mps, trapezoid_s


def stepped_s(distance_m, speed, a, b, v0, v1, step_s=1e-4):
    """A slow twin: speed up while the rest of the way still suffices to slow down."""
    x, v, t = 0.0, v0, 0.0
    while x < distance_m:
        braking_m = (v * v - v1 * v1) / (2 * b)
        is_braking = distance_m - x <= braking_m
        v = max(v - b * step_s, v1, 1e-3) if is_braking else min(v + a * step_s, speed)
        x, t = x + v * step_s, t + step_s
    return t


@pytest.mark.parametrize(
    ("distance_m", "speed", "acceleration", "seconds"),
    [(100, 10, 2, 15.0), (10, 10, 2, 4.472), (3000, 12, 2, 256.0)],
)
def test_known_flights_take_the_known_time(distance_m, speed, acceleration, seconds):
    assert trapezoid_s(distance_m, speed, acceleration) == pytest.approx(seconds, abs=5e-4)


def test_arguments_broadcast():
    times = trapezoid_s(np.array([[100.0], [3000.0]]), np.array([10.0, 12.0]), 2.0)
    assert times.shape == (2, 2)
    assert times[0, 0] == pytest.approx(15.0)
    assert times[1, 1] == pytest.approx(256.0)


def test_no_distance_takes_no_time():
    assert trapezoid_s([0.0, 0.0], [10.0, 10.0], 2.0, v0_mps=[0.0, 5.0], v1_mps=[0.0, 5.0]).tolist() == [
        0.0,
        0.0,
    ]


def test_a_short_flight_never_reaches_the_cruise_speed():
    peak = peak_speed_mps(10.0, 10.0, acceleration_mps2=2.0, deceleration_mps2=2.0)
    assert peak == pytest.approx(math.sqrt(20.0))


@pytest.mark.parametrize(
    ("distance_m", "speed", "a", "b", "v0", "v1"),
    [
        (100, 10, 2, 1, 0, 0),
        (100, 10, 1, 3, 4, 0),
        (40, 15, 2.6, 1.3, 3, 7),
        (200, 12, 4, 2, 12, 12),
        (12, 9, 2, 4, 0, 5),
    ],
)
def test_end_speeds_and_unequal_ramps_agree_with_stepping(distance_m, speed, a, b, v0, v1):
    exact = trapezoid_s(distance_m, speed, a, deceleration_mps2=b, v0_mps=v0, v1_mps=v1)
    assert exact == pytest.approx(stepped_s(distance_m, speed, a, b, v0, v1), abs=0.02)


def test_a_flight_reversed_takes_as_long():
    there = trapezoid_s(70.0, 14.0, 2.0, deceleration_mps2=3.0, v0_mps=1.0, v1_mps=6.0)
    back = trapezoid_s(70.0, 14.0, 3.0, deceleration_mps2=2.0, v0_mps=6.0, v1_mps=1.0)
    assert there == pytest.approx(back)


def test_a_distance_too_short_to_slow_down_takes_forever():
    assert trapezoid_s(10.0, 15.0, 2.0, v0_mps=15.0) == math.inf


def test_an_end_speed_above_cruise_takes_forever():
    assert trapezoid_s(1000.0, 10.0, 2.0, v1_mps=11.0) == math.inf

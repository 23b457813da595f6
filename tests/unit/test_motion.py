"""Motions along a line with known answers: times, speeds, and the segments that stand for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dronesim.aircraft.motion import Motion, Phase, bend_speeds_mps, motion_along

A = 2.6
SETTINGS = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def along(lengths, speeds, *, error_m=0.4, bends=None) -> Motion:
    return motion_along(lengths, speeds, acceleration_mps2=A, error_m=error_m, bends_mps=bends)


def place_m(motion: Motion, t_s: float) -> float:
    """Place by adding up phases, a twin of nothing but the laws of motion."""
    reached_m = 0.0
    for phase in motion.phases:
        lasts_s = min(t_s, phase.duration_s)
        reached_m += phase.speed_mps * lasts_s + phase.acceleration_mps2 * lasts_s**2 / 2
        t_s -= lasts_s
        if t_s <= 0:
            break
    return reached_m


def test_a_long_way_takes_length_over_speed_and_one_ramp():
    assert along([3000.0], [12.0]).duration_s == pytest.approx(3000 / 12 + 12 / A)


def test_a_short_way_peaks_in_its_middle():
    motion = along([10.0], [15.0])
    assert motion.duration_s == pytest.approx(2 * math.sqrt(10.0 / A))
    assert [phase.acceleration_mps2 for phase in motion.phases] == [A, -A]


def test_a_slower_piece_is_reached_by_braking_before_it():
    motion = along([200.0, 200.0], [15.0, 10.0])
    assert motion.duration_s == pytest.approx(
        15 / A
        + (200 - 15**2 / (2 * A) - (15**2 - 10**2) / (2 * A)) / 15
        + 5 / A
        + (200 - 10**2 / (2 * A)) / 10
        + 10 / A
    )


def test_a_bend_is_passed_no_faster_than_it_allows():
    bent, straight = along([200.0, 300.0], [12.0, 12.0], bends=[5.0]), along([500.0], [12.0])
    assert bent.duration_s - straight.duration_s == pytest.approx((12 - 5) ** 2 / (A * 12))


def test_pieces_at_one_speed_are_one_motion():
    parts, whole = along([100.0, 0.0, 250.0, 150.0], [9.0] * 4), along([500.0], [9.0])
    assert len(parts.phases) == len(whole.phases) == 3
    np.testing.assert_allclose(parts.knots, whole.knots, atol=1e-9)


def test_no_way_takes_no_time():
    nowhere = along([], [])
    assert (nowhere.duration_s, nowhere.length_m) == (0.0, 0.0)
    assert [column.tolist() for column in nowhere.knots] == [[0.0, 0.0], [0.0, 0.0]]


def test_the_arc_that_cuts_a_corner_by_a_metre_gives_the_speed_of_a_bend():
    turns = np.radians([0.0, 6.1, 14.4, 54.3, 90.0])
    for turn, mps in zip(turns[1:], bend_speeds_mps(turns, cut_m=1.0, acceleration_mps2=A)[1:], strict=True):
        radius_m = mps**2 / A
        assert radius_m / math.cos(turn / 2) - radius_m == pytest.approx(1.0)
    assert bend_speeds_mps(turns[:1], cut_m=1.0, acceleration_mps2=A).tolist() == [math.inf]
    assert bend_speeds_mps(np.array([0.5]), cut_m=0.0, acceleration_mps2=A).tolist() == [0.0]
    assert bend_speeds_mps(np.array([math.pi]), cut_m=1.0, acceleration_mps2=A)[0] < 1e-5


def test_braking_takes_speed_over_acceleration_and_half_of_that_way():
    motion = along([1000.0], [10.0])
    stopped = motion.braked_at(50.0, braking_mps2=A)
    assert stopped.duration_s == pytest.approx(50 + 10 / A)
    assert stopped.length_m == pytest.approx(place_m(motion, 50.0) + 10**2 / (2 * A))
    assert motion.braked_at(1e6, braking_mps2=A) is motion


def test_a_wait_between_two_motions_is_a_phase_at_rest():
    first, second = along([20.0], [2.0]), along([5.0], [1.0])
    both = first.then(40.0, second)
    assert both.duration_s == pytest.approx(first.duration_s + 40 + second.duration_s)
    assert both.length_m == pytest.approx(25.0)
    assert Phase(40.0, 0.0, 0.0) in both.phases


def test_more_room_for_error_needs_fewer_segments():
    counts = [len(along([600.0], [15.0], error_m=error_m).knots[0]) for error_m in (0.05, 0.4, 11.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 4  # two ends, and a bend within each ramp: no chord at all


pieces = st.lists(st.tuples(st.floats(0.0, 400.0), st.floats(1.0, 25.0), st.floats(0.0, 30.0)), min_size=1, max_size=5)


@SETTINGS
@given(pieces, st.floats(0.05, 2.0))
def test_every_motion_holds_its_acceleration_and_its_speeds_from_rest_to_rest(ways, error_m):
    lengths, speeds, bends = (list(column) for column in zip(*ways, strict=True))
    motion = along(lengths, speeds, error_m=error_m, bends=bends[:-1])
    assert motion.length_m == pytest.approx(sum(lengths), abs=1e-6)
    speed_mps = 0.0
    for phase in motion.phases:
        assert phase.speed_mps == pytest.approx(speed_mps, abs=1e-6)
        assert abs(phase.acceleration_mps2) in (0.0, A)
        speed_mps = phase.speed_mps + phase.acceleration_mps2 * phase.duration_s
        assert -1e-6 <= speed_mps <= max(speeds) + 1e-6
    assert speed_mps == pytest.approx(0.0, abs=1e-6)
    for end_m, before, after, bend in zip(np.cumsum(lengths), speeds, speeds[1:], bends, strict=False):
        assert speed_at(motion, end_m) <= min(before, after, bend) + 1e-4


def speed_at(motion: Motion, at_m: float) -> float:
    """Speed where a place is passed."""
    reached_m = 0.0
    for phase in motion.phases:
        if at_m <= reached_m + phase.length_m:
            return math.sqrt(max(phase.speed_mps**2 + 2 * phase.acceleration_mps2 * (at_m - reached_m), 0.0))
        reached_m += phase.length_m
    return 0.0


@SETTINGS
@given(pieces, st.floats(0.05, 2.0), st.floats(0.0, 1.0))
def test_segments_stay_within_their_error_of_the_motion_and_never_lead_back(ways, error_m, share):
    lengths, speeds, bends = (list(column) for column in zip(*ways, strict=True))
    whole = along(lengths, speeds, error_m=error_m, bends=bends[:-1])
    for motion in (whole, whole.braked_at(share * whole.duration_s, braking_mps2=A)):
        at_s, knots_m = motion.knots
        assert (np.diff(at_s) >= 0).all()
        assert (np.diff(knots_m) >= 0).all()
        assert (at_s[-1], knots_m[-1]) == (pytest.approx(motion.duration_s), pytest.approx(motion.length_m))
        times_s = np.linspace(0.0, motion.duration_s, 400)
        exact_m = np.array([place_m(motion, t_s) for t_s in times_s])
        assert np.abs(np.interp(times_s, at_s, knots_m) - exact_m).max() <= error_m + 1e-6

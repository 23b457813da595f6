"""Motions along a line with known answers: times, speeds, and the segments that stand for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.aircraft.motion import Motion, Phase, motion_along, with_arcs
from exploring import examples

A = 2.6
SETTINGS = examples(200)


def along(lengths, speeds, *, error_m=0.4) -> Motion:
    return motion_along(lengths, speeds, acceleration_mps2=A, error_m=error_m)


def bent(lengths, speeds, turns, *, cut_m=1.0) -> tuple[np.ndarray, np.ndarray]:
    columns = (np.array(column, dtype=np.float64) for column in (lengths, speeds, turns))
    return with_arcs(*columns, cut_m=cut_m, acceleration_mps2=A)


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


@pytest.mark.parametrize(
    ("length_m", "mps", "mps2", "seconds"), [(100, 10, 2, 15.0), (10, 10, 2, 4.472), (3000, 12, 2, 256.0)]
)
def test_known_flights_take_the_known_time(length_m, mps, mps2, seconds):
    motion = motion_along([length_m], [mps], acceleration_mps2=mps2, error_m=0.4)
    assert motion.duration_s == pytest.approx(seconds, abs=5e-4)


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


def test_an_arc_is_flown_at_one_speed():
    lengths_m, speeds_mps = bent([200.0, 300.0], [12.0, 12.0], [math.radians(60)])
    motion, straight = along(lengths_m, speeds_mps), along([500.0], [12.0])
    slow = [phase for phase in motion.phases if phase.acceleration_mps2 == 0 and phase.speed_mps < 12]
    assert [phase.speed_mps for phase in slow] == pytest.approx([speeds_mps[1]])
    lost_s = (12 - speeds_mps[1]) ** 2 / (A * 12) + lengths_m[1] * (1 / speeds_mps[1] - 1 / 12)
    assert motion.duration_s - straight.duration_s == pytest.approx(lost_s)


def test_pieces_at_one_speed_are_one_motion():
    parts, whole = along([100.0, 0.0, 250.0, 150.0], [9.0] * 4), along([500.0], [9.0])
    assert len(parts.phases) == len(whole.phases) == 3
    np.testing.assert_allclose(parts.knots, whole.knots, atol=1e-9)


def test_no_way_takes_no_time():
    nowhere = along([], [])
    assert (nowhere.duration_s, nowhere.length_m) == (0.0, 0.0)
    assert [column.tolist() for column in nowhere.knots] == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("turn_deg", [20.0, 30.0, 54.3, 90.0])
def test_an_arc_cuts_its_corner_by_a_metre_at_the_acceleration_that_there_is(turn_deg):
    half = math.radians(turn_deg) / 2
    lengths_m, speeds_mps = bent([500.0, 400.0], [15.0, 15.0], [2 * half])
    radius_m = speeds_mps[1] ** 2 / A
    assert radius_m / math.cos(half) - radius_m == pytest.approx(1.0)
    assert lengths_m[1] / 2 == pytest.approx(radius_m * math.tan(half))
    assert lengths_m.tolist() == pytest.approx([500 - lengths_m[1] / 2, lengths_m[1], 400 - lengths_m[1] / 2])


def test_a_gentle_bend_is_flown_at_full_speed():
    lengths_m, speeds_mps = bent([500.0, 400.0], [15.0, 12.0], [math.radians(6.1)])
    assert speeds_mps.tolist() == pytest.approx([15.0, 12.0, 12.0])
    assert lengths_m[1] == pytest.approx(2 * 12**2 / A * math.tan(math.radians(6.1) / 2))


def test_an_arc_takes_no_more_than_half_of_a_piece():
    lengths_m, speeds_mps = bent([300.0, 4.0, 300.0], [15.0] * 3, [0.3, 0.3])
    assert lengths_m.tolist() == pytest.approx([298.0, 4.0, 0.0, 4.0, 298.0])
    assert speeds_mps[1] == speeds_mps[3] == pytest.approx(math.sqrt(A * 2 / math.tan(0.15)))


@pytest.mark.parametrize(("turn", "cut_m"), [(0.5, 0.0), (2.0, 1.0), (math.pi, 1.0)])
def test_without_room_for_an_arc_and_where_it_is_sharp_a_bend_is_turned_at_rest(turn, cut_m):
    lengths_m, speeds_mps = bent([50.0, 70.0], [10.0, 10.0], [turn], cut_m=cut_m)
    assert (lengths_m.tolist(), speeds_mps[1]) == ([50.0, 0.0, 70.0], 0.0)
    parts = along([50.0], [10.0]), along([70.0], [10.0])
    assert along(lengths_m, speeds_mps).duration_s == pytest.approx(sum(part.duration_s for part in parts))


def test_no_bend_changes_nothing():
    assert [column.tolist() for column in bent([], [], [])] == [[], []]
    assert [column.tolist() for column in bent([9.0], [2.0], [])] == [[9.0], [2.0]]
    assert [column.tolist() for column in bent([9.0, 5.0], [2.0, 2.0], [0.0])] == [[9.0, 0.0, 5.0], [2.0, 2.0, 2.0]]


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


pieces = st.lists(st.tuples(st.floats(0.0, 400.0), st.floats(1.0, 25.0), st.floats(0.0, 3.14)), min_size=1, max_size=5)


def on_arcs(ways) -> tuple[list[float], list[float]]:
    """Straight parts and arcs of pieces that are given as length, speed and the turn at the end."""
    lengths, speeds, turns = zip(*ways, strict=True)
    lengths_m, speeds_mps = bent(lengths, speeds, turns[:-1])
    return lengths_m.tolist(), speeds_mps.tolist()


@SETTINGS
@given(pieces, st.floats(0.05, 2.0))
def test_every_motion_holds_its_acceleration_and_its_speeds_from_rest_to_rest(ways, error_m):
    lengths, speeds = on_arcs(ways)
    motion = along(lengths, speeds, error_m=error_m)
    assert motion.length_m == pytest.approx(sum(way[0] for way in ways), abs=1e-6)
    speed_mps = 0.0
    for phase in motion.phases:
        assert phase.speed_mps == pytest.approx(speed_mps, abs=1e-6)
        assert abs(phase.acceleration_mps2) in (0.0, A)
        speed_mps = phase.speed_mps + phase.acceleration_mps2 * phase.duration_s
        assert -1e-6 <= speed_mps <= max(speeds) + 1e-6
    assert speed_mps == pytest.approx(0.0, abs=1e-6)
    ends_m = np.cumsum([0.0, *lengths])
    for begin_m, end_m, allowed_mps in zip(ends_m, ends_m[1:], speeds, strict=False):
        for at_m in np.linspace(begin_m, end_m, 5):
            assert speed_at(motion, at_m) <= allowed_mps + 1e-4 or end_m - begin_m < 1e-9


@SETTINGS
@given(pieces, st.floats(0.0, 5.0))
def test_on_an_arc_nothing_is_left_to_speed_up_and_it_cuts_by_no_more_than_it_may(ways, cut_m):
    lengths, speeds, turns = (list(column) for column in zip(*ways, strict=True))
    parts_m, mps = bent(lengths, speeds, turns[:-1], cut_m=cut_m)
    assert sum(parts_m) == pytest.approx(sum(lengths), abs=1e-6)
    assert (parts_m >= 0).all()
    for turn, arc_m, arc_mps, before, after in zip(turns, parts_m[1::2], mps[1::2], lengths, lengths[1:], strict=False):
        radius_m = arc_mps**2 / A
        assert radius_m * (1 / math.cos(min(turn, math.pi / 2) / 2) - 1) <= cut_m + 1e-9
        assert arc_m / 2 <= min(before, after) / 2 + 1e-9
        assert arc_m / 2 == pytest.approx(radius_m * math.tan(min(turn, math.pi / 2) / 2), abs=1e-9)


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
    whole = along(*on_arcs(ways), error_m=error_m)
    for motion in (whole, whole.braked_at(share * whole.duration_s, braking_mps2=A)):
        at_s, knots_m = motion.knots
        assert (np.diff(at_s) >= 0).all()
        assert (np.diff(knots_m) >= 0).all()
        assert (at_s[-1], knots_m[-1]) == (pytest.approx(motion.duration_s), pytest.approx(motion.length_m))
        times_s = np.linspace(0.0, motion.duration_s, 400)
        exact_m = np.array([place_m(motion, t_s) for t_s in times_s])
        assert np.abs(np.interp(times_s, at_s, knots_m) - exact_m).max() <= error_m + 1e-6

"""Courses and paths in space and time, by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.aircraft.motion import Motion, Phase, motion_along
from dronesim.airspace import Course, Terminal, along, crossings_s, joined, path_of, upright
from dronesim.airspace.paths import EN_ROUTE, alternatives
from exploring import examples

HOME = Terminal(site=4, centre_m=(0.0, 0.0), radius_m=60.0)
AWAY = Terminal(site=9, centre_m=(300.0, 400.0), radius_m=50.0)
LINE = np.array([(0.0, 0.0), (300.0, 0.0), (300.0, 400.0)])
STEADY = Motion(phases=(Phase(70.0, 10.0, 0.0),), error_m=0.4)
"""700 m in 70 s without a ramp, so that times can be read off."""
SETTINGS = examples(100)


def course(*rows: tuple[float, float, float, float]) -> Course:
    """A course by rows of time, east, north, up."""
    table = np.array(rows, dtype=np.float64)
    return Course(at_s=table[:, 0].copy(), points_m=table[:, 1:].copy())


def rows_of(found: Course) -> list[list[float]]:
    return np.column_stack([found.at_s, found.points_m]).round(6).tolist()


def whole_leg() -> Course:
    """Up in 20 s, 70 s along the line, a hover of 5 s, down in 30 s."""
    ramp = Motion(phases=(Phase(20.0, 3.0, 0.0),), error_m=0.4)
    sink = Motion(phases=(Phase(30.0, 2.0, 0.0),), error_m=0.4)
    there = along(LINE, STEADY, level_m=60.0, begins_s=20.0)
    return joined([upright(LINE[0], ramp), there, upright(LINE[-1], sink, begins_s=95.0, from_m=60.0)])


RAMPED = motion_along([300.0, 400.0], [12.0, 9.0], acceleration_mps2=2.6, error_m=0.4)


# courses


def test_a_course_passes_its_corners_exactly_and_ends_where_its_motion_does() -> None:
    found = along(LINE, STEADY, level_m=60.0, begins_s=20.0)
    assert rows_of(found) == [[20, 0, 0, 60], [50, 300, 0, 60], [90, 300, 400, 60]]
    assert [300.0, 0.0, 60.0] in along(LINE, RAMPED, level_m=60.0).points_m.tolist()


def test_a_motion_that_brakes_early_ends_before_the_last_corner() -> None:
    short = STEADY.braked_at(35.0, braking_mps2=2.5)
    found = along(LINE, short, level_m=60.0)
    assert (found.at_s[-1], found.points_m[-1].tolist()) == (pytest.approx(39.0), pytest.approx([300.0, 70.0, 60.0]))


def test_corners_given_twice_are_passed_once() -> None:
    twice = np.repeat(LINE, 2, axis=0)
    assert rows_of(along(twice, STEADY, level_m=60.0)) == rows_of(along(LINE, STEADY, level_m=60.0))


@pytest.mark.parametrize("waypoints", [[(7.0, 8.0), (7.0, 8.0)], [(7.0, 8.0)]])
def test_a_way_that_goes_nowhere_stays_where_it_is(waypoints: list[tuple[float, float]]) -> None:
    still = along(np.array(waypoints), Motion(phases=(), error_m=0.4), level_m=60.0, begins_s=5.0)
    assert rows_of(still) == [[5, 7, 8, 60]]


def test_a_descent_is_a_climb_turned_over_and_never_below_the_pad() -> None:
    motion = motion_along([50.0, 10.0], [2.0, 1.0], acceleration_mps2=2.6, error_m=0.4)
    up, down = upright(LINE[2], motion), upright(LINE[2], motion, begins_s=7.0, from_m=60.0)
    np.testing.assert_allclose(down.points_m[:, 2], 60.0 - up.points_m[:, 2], atol=1e-9)
    np.testing.assert_allclose(down.at_s, up.at_s + 7.0)
    assert (down.points_m[:, 2] >= 0).all()
    assert (down.points_m[:, :2] == LINE[2]).all()


def test_between_two_courses_a_drone_waits_in_one_segment() -> None:
    assert rows_of(whole_leg()) == [
        [0, 0, 0, 0],
        [20, 0, 0, 60],
        [50, 300, 0, 60],
        [90, 300, 400, 60],
        [95, 300, 400, 60],
        [125, 300, 400, 0],
    ]
    waits = joined([course((0, 1, 1, 1)), course((5, 1, 1, 1), (9, 1, 1, 1)), course((12, 1, 1, 1))])
    assert rows_of(waits) == [[0, 1, 1, 1], [12, 1, 1, 1]]


def test_of_two_points_at_one_time_the_later_course_has_its_own() -> None:
    found = joined([course((0, 0, 0, 0), (2, 4, 0, 0)), course((2, 4, 0, 0), (3, 5, 0, 0))])
    assert rows_of(found) == [[0, 0, 0, 0], [2, 4, 0, 0], [3, 5, 0, 0]]


def test_a_part_begins_and_ends_between_points() -> None:
    assert rows_of(whole_leg().part(30.0, 70.0)) == [[30, 100, 0, 60], [50, 300, 0, 60], [70, 300, 200, 60]]


def test_a_part_reaches_no_further_than_its_course() -> None:
    assert rows_of(whole_leg().part(-np.inf, np.inf)) == rows_of(whole_leg())
    assert rows_of(whole_leg().part(110.0, 500.0)) == [[110, 300, 400, 30], [125, 300, 400, 0]]


@pytest.mark.parametrize(("from_s", "to_s", "at_s"), [(50.0, 50.0, 50.0), (500.0, 600.0, 500.0), (-9.0, -5.0, 0.0)])
def test_a_part_without_length_is_a_point(from_s: float, to_s: float, at_s: float) -> None:
    found = whole_leg().part(from_s, to_s)
    assert found.at_s.tolist() == [at_s]
    assert found.points_m.tolist() == [whole_leg().place(at_s).tolist()]


def test_a_wait_moves_what_comes_after_it() -> None:
    assert rows_of(whole_leg().waiting(90.0, 15.0))[-3:] == [
        [90, 300, 400, 60],
        [110, 300, 400, 60],
        [140, 300, 400, 0],
    ]
    assert whole_leg().waiting(90.0, 0.0).at_s[-1] == 125.0


@SETTINGS
@given(st.lists(st.floats(0.0, 125.0), min_size=1, max_size=5))
def test_parts_put_together_are_the_whole(cuts: list[float]) -> None:
    whole, ends = whole_leg(), [-np.inf, *sorted(cuts), np.inf]
    again = joined([whole.part(first, last) for first, last in pairwise(ends)])
    for t_s in np.linspace(0.0, 125.0, 101):
        np.testing.assert_allclose(again.place(t_s), whole.place(t_s), atol=1e-6)


@SETTINGS
@given(
    st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=2, max_size=6),
    st.floats(1.0, 20.0),
    st.floats(0.05, 2.0),
)
def test_a_course_is_never_further_than_its_error_from_its_motion(ways: list, mps: float, error_m: float) -> None:
    corners = np.array(ways)
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    motion = motion_along(lengths.tolist(), [mps] * len(lengths), acceleration_mps2=2.6, error_m=error_m)
    found = along(corners, motion, level_m=60.0)
    assert (np.diff(found.at_s) > 0).all()
    at_s, place_m = motion.knots
    reached_m = np.concatenate([[0.0], np.cumsum(lengths)])
    for t_s in np.linspace(0.0, motion.duration_s, 50):
        due_m = np.interp(t_s, at_s, place_m)
        expected = [np.interp(due_m, reached_m, corners[:, axis]) for axis in (0, 1)]
        np.testing.assert_allclose(found.place(t_s)[:2], expected, atol=1e-5)


# paths


def test_a_leg_is_cut_at_both_terminal_areas() -> None:
    path = path_of(whole_leg(), origin=HOME, destination=AWAY)
    assert path.a0_s.tolist() == pytest.approx([0, 20, 26, 50, 85, 90, 95])
    assert path.a1_s.tolist() == pytest.approx([20, 26, 50, 85, 90, 95, 125])
    assert path.terminal.tolist() == [4, 4, -1, -1, 9, 9, 9]
    ends = [(0, 0, 60), (60, 0, 60), (300, 0, 60), (300, 350, 60), (300, 400, 60), (300, 400, 60), (300, 400, 0)]
    np.testing.assert_allclose(path.end_m, ends, atol=1e-9)
    np.testing.assert_allclose(path.start_m, [(0, 0, 0), *ends[:-1]], atol=1e-9)
    assert path.duration_s == 125.0


def test_rows_hold_begin_end_start_and_velocity() -> None:
    rows = path_of(whole_leg(), origin=HOME, destination=AWAY).rows
    np.testing.assert_allclose(rows[0], [0, 20, 0, 0, 0, 0, 0, 3], atol=1e-9)
    np.testing.assert_allclose(rows[2], [26, 50, 60, 0, 60, 10, 0, 0], atol=1e-9)
    np.testing.assert_allclose(rows[6], [95, 125, 300, 400, 60, 0, 0, -2], atol=1e-9)


def test_the_origin_counts_where_both_areas_lie() -> None:
    wide = Terminal(site=1, centre_m=(0.0, 0.0), radius_m=1000.0)
    assert set(path_of(whole_leg(), origin=wide, destination=AWAY).terminal.tolist()) == {1}
    assert set(path_of(whole_leg(), destination=wide).terminal.tolist()) == {1}
    assert set(path_of(whole_leg()).terminal.tolist()) == {-1}


def test_between_two_areas_neither_counts_where_a_drone_may_still_be_in_the_first() -> None:
    out = course((0, 0, 0, 60), (100, 100, 0, 60))
    first = Terminal(site=1, centre_m=(0.0, 0.0), radius_m=58.0, outer_m=62.0)
    second = Terminal(site=2, centre_m=(100.0, 0.0), radius_m=58.0, outer_m=62.0)
    path = path_of(out, origin=first, destination=second)
    assert path.a0_s.tolist() == pytest.approx([0, 42, 58, 62])
    assert path.terminal.tolist() == [1, 1, EN_ROUTE, 2]


def test_a_corner_on_the_circle_makes_no_empty_segment() -> None:
    path = path_of(course((0, 0, 0, 60), (6, 60, 0, 60), (30, 300, 0, 60)), origin=HOME)
    assert path.a1_s.tolist() == pytest.approx([6, 30])
    assert path.terminal.tolist() == [4, -1]


@pytest.mark.parametrize("between_m", [59.0, 60.0, 61.0, 60.0 + 1e-13])
def test_a_crossing_is_found_wherever_two_segments_meet(between_m: float) -> None:
    out = course((0, 0, 0, 60), (between_m / 10, between_m, 0, 60), (30, 300, 0, 60))
    assert crossings_s(out, HOME.centre_m, radius_m=60.0) == pytest.approx(6.0)


def test_a_course_that_only_touches_a_circle_does_not_cross_it() -> None:
    past = course((0, -100, 60, 60), (20, 100, 60, 60))
    assert crossings_s(past, HOME.centre_m, radius_m=60.0).tolist() == []
    assert crossings_s(course((3, 0, 0, 60)), HOME.centre_m, radius_m=60.0).tolist() == []


def test_arrays_are_read_only_and_alternatives_lie_one_behind_the_other() -> None:
    one, other = path_of(whole_leg(), origin=HOME), path_of(whole_leg().part(20.0, np.inf))
    with pytest.raises(ValueError, match="read-only"):
        one.rows[0, 0] = 1.0
    both = alternatives([one, other])
    assert both.bounds.tolist() == [0, len(one), len(one) + len(other)]
    np.testing.assert_array_equal(both.rows[len(one) :], other.rows)
    np.testing.assert_array_equal(both.terminal[: len(one)], one.terminal)

"""Paths in space and time, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dronesim.airspace.paths import Terminal, alternatives, build_path

HOME = Terminal(site=4, centre_m=(0.0, 0.0), radius_m=60.0)
AWAY = Terminal(site=9, centre_m=(300.0, 400.0), radius_m=50.0)
LINE = np.array([(0.0, 0.0), (300.0, 0.0), (300.0, 400.0)])


def line_path(**changes):
    chosen = {"climb_s": 20.0, "cruise_s": 70.0, "descent_s": 30.0, "origin": HOME, "destination": AWAY} | changes
    return build_path(LINE, level_m=60.0, **chosen)


def test_a_leg_goes_up_along_and_down_cut_at_both_terminal_areas():
    path = line_path()
    assert path.a0_s.tolist() == pytest.approx([0, 20, 26, 50, 85, 90])
    assert path.a1_s.tolist() == pytest.approx([20, 26, 50, 85, 90, 120])
    assert path.terminal.tolist() == [4, 4, -1, -1, 9, 9]
    corners = [(0, 0, 0), (0, 0, 60), (60, 0, 60), (300, 0, 60), (300, 350, 60), (300, 400, 60), (300, 400, 0)]
    np.testing.assert_allclose(path.start_m, corners[:-1], atol=1e-9)
    np.testing.assert_allclose(path.end_m, corners[1:], atol=1e-9)
    assert path.duration_s == 120.0


def test_rows_hold_begin_end_start_and_velocity():
    rows = line_path().rows
    np.testing.assert_allclose(rows[0], [0, 20, 0, 0, 0, 0, 0, 3], atol=1e-9)
    np.testing.assert_allclose(rows[2], [26, 50, 60, 0, 60, 10, 0, 0], atol=1e-9)
    np.testing.assert_allclose(rows[5], [90, 120, 300, 400, 60, 0, 0, -2], atol=1e-9)


def test_a_hold_waits_over_the_destination():
    path = line_path(hold_s=15.0)
    assert (path.a0_s[-2], path.a1_s[-2], path.a1_s[-1]) == (90.0, 105.0, 135.0)
    assert path.start_m[-2].tolist() == path.end_m[-2].tolist() == [300.0, 400.0, 60.0]
    assert path.terminal[-2] == 9


def test_a_flight_from_the_air_has_neither_climb_nor_origin():
    path = line_path(climb_s=0.0, origin=None)
    assert path.start_m[0].tolist() == [0.0, 0.0, 60.0]
    assert path.terminal.tolist() == [-1, -1, 9, 9]


def test_a_route_within_one_terminal_area_belongs_to_it_and_the_origin_comes_first():
    wide = Terminal(site=1, centre_m=(0.0, 0.0), radius_m=1000.0)
    assert line_path(origin=wide).terminal.tolist() == [1] * 5
    assert line_path(origin=None, destination=wide).terminal.tolist() == [1] * 4


def test_corners_given_twice_and_corners_on_the_circle_make_no_empty_segments():
    twice = np.array([(0.0, 0.0), (60.0, 0.0), (60.0, 0.0), (300.0, 0.0)])
    path = build_path(twice, level_m=60.0, climb_s=20.0, cruise_s=30.0, descent_s=30.0, origin=HOME)
    assert path.a1_s.tolist() == pytest.approx([20, 26, 50, 80])
    assert path.terminal.tolist() == [4, 4, -1, -1]


def test_a_path_that_goes_nowhere_waits_at_its_level():
    still = build_path(np.zeros((2, 2)), level_m=60.0, climb_s=20.0, cruise_s=5.0, descent_s=30.0, origin=HOME)
    assert still.a1_s.tolist() == [20.0, 25.0, 55.0]
    assert (still.terminal == 4).all()


def test_arrays_are_read_only_and_alternatives_lie_one_behind_the_other():
    one, other = line_path(), line_path(climb_s=0.0, origin=None)
    with pytest.raises(ValueError, match="read-only"):
        one.rows[0, 0] = 1.0
    both = alternatives([one, other])
    assert both.bounds.tolist() == [0, len(one), len(one) + len(other)]
    np.testing.assert_array_equal(both.rows[len(one) :], other.rows)
    np.testing.assert_array_equal(both.terminal[: len(one)], one.terminal)

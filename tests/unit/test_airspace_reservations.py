"""The table of reservations with answers known from geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dronesim.airspace import Minima, Path4D, Reservations, StrategicClearance, Timetable, Traffic, first_gap_ms
from dronesim.airspace.delay_kernels import whole_ms
from steady_paths import steady_path

H, V = 30.0, 9.0


def straight(start_m, end_m, span_s, *, terminal=-1) -> Path4D:
    return Path4D(
        a0_s=np.array([0.0]),
        a1_s=np.array([float(span_s)]),
        start_m=np.array([start_m], dtype=float),
        end_m=np.array([end_m], dtype=float),
        terminal=np.array([terminal]),
    )


EAST = straight((-500, 0, 60), (500, 0, 60), 100)
NORTH = straight((0, -500, 60), (0, 500, 60), 100)
WEST = straight((500, 0, 60), (-500, 0, 60), 100)


def forbidden(path, *reserved, buffer_s=0.0):
    table = Reservations(separation_m=H, vertical_m=V, buffer_s=buffer_s)
    for flight, (other, at_s) in enumerate(reserved):
        table.reserve(flight, other, at_s)
    return table.forbidden(path, earliest_s=-1e6).tolist()


def interval(low, high):
    return [pytest.approx([low, high], rel=0, abs=1e-8)]


def test_crossing_at_a_right_angle_forbids_the_square_root_of_two_separations():
    half_s = math.sqrt(2) * H / 10
    assert forbidden(EAST, (NORTH, 1000.0)) == interval(1000 - half_s, 1000 + half_s)


def test_following_on_the_same_track_forbids_one_separation():
    assert forbidden(EAST, (EAST, 0.0)) == interval(-3, 3)


def test_a_faster_follower_must_keep_clear_until_the_end():
    fast = straight((-500, 0, 60), (500, 0, 60), 50)
    # ahead it must be past the start, behind it may come within H no sooner than the slow one lands
    assert forbidden(fast, (EAST, 0.0)) == interval(-1.5, 51.5)


def test_meeting_head_on_forbids_the_whole_track():
    assert forbidden(EAST, (WEST, 0.0)) == interval(-100, 100)


def test_a_hold_forbids_its_whole_time():
    hold = straight((0, 0, 60), (0, 0, 60), 40)
    assert forbidden(EAST, (hold, 0.0)) == interval(-53, -7)
    assert forbidden(hold, (EAST, 0.0)) == interval(7, 53)
    assert forbidden(hold, (hold, 0.0)) == interval(-40, 40)


def test_climbing_through_a_level_forbids_only_the_time_within_the_minimum_of_height():
    climb = straight((0, 0, 0), (0, 0, 120), 40)
    # within 9 m of 60 m for 17 to 23 s; the other is within 30 m for 47 to 53 s
    assert forbidden(climb, (EAST, 0.0)) == interval(47 - 23, 53 - 17)


def test_touching_the_minima_is_allowed():
    beside = straight((-500, H, 60), (500, H, 60), 100)
    above = straight((-500, 0, 60 + V), (500, 0, 60 + V), 100)
    under = straight((0, 0, 0), (0, 0, 60 - V), 40)
    short = straight((-500, 0, 60), (-H, 0, 60), 100)
    hold = straight((0, 0, 60), (0, 0, 60), 40)
    assert forbidden(EAST, (beside, 0.0), (above, 0.0), (under, 0.0)) == []
    assert forbidden(short, (hold, 0.0)) == []


def test_the_buffer_covers_both_flights():
    assert forbidden(EAST, (EAST, 0.0), buffer_s=0.5) == interval(-4, 4)


def test_the_buffer_reaches_beyond_the_time_for_which_both_are_planned():
    table = Reservations(separation_m=H, vertical_m=V, buffer_s=0.5)
    hold = straight((0, 0, 60), (0, 0, 60), 40)
    table.reserve(0, hold, 0.0)
    assert table.forbidden(hold, earliest_s=-90.0, latest_s=-40.5).tolist() == interval(-41, 41)
    assert table.conflicting(hold, 40.9) == (0,)


def test_intervals_that_overlap_are_one_and_others_stay_apart():
    union = forbidden(EAST, (EAST, 0.0), (EAST, 5.0), (EAST, 20.0))
    assert union == [pytest.approx([-3, 8], abs=1e-8), pytest.approx([17, 23], abs=1e-8)]


def test_one_terminal_area_keeps_no_minima_but_two_do():
    inside = straight((-20, 0, 60), (20, 0, 60), 4, terminal=3)
    other = straight((-20, 0, 60), (20, 0, 60), 4, terminal=2)
    assert forbidden(inside, (inside, 0.0)) == []
    assert forbidden(inside, (other, 0.0)) != []
    assert forbidden(straight((-20, 0, 60), (20, 0, 60), 4), (inside, 0.0)) != []


def test_only_intervals_that_reach_into_the_window_are_told():
    table = Reservations(separation_m=H, vertical_m=V)
    for flight, at_s in enumerate((0.0, 50.0, 100.0)):
        table.reserve(flight, EAST, at_s)
    assert table.forbidden(EAST, earliest_s=3.0, latest_s=97.0).tolist() == interval(47, 53)
    assert len(table.forbidden(EAST, earliest_s=2.9, latest_s=97.1)) == 3


def test_a_flight_ignores_itself_and_is_named_as_a_conflict_to_others():
    table = Reservations(separation_m=H, vertical_m=V)
    table.reserve(8, EAST, 0.0)
    table.reserve(5, NORTH, 0.0)
    assert table.forbidden(EAST, earliest_s=0.0, ignore=8).tolist() == interval(-math.sqrt(18), math.sqrt(18))
    assert table.conflicting(EAST, 1.0) == (5, 8)
    assert table.conflicting(EAST, 1.0, ignore=5) == (8,)
    assert table.conflicting(EAST, 1.0 + math.sqrt(18)) == ()


def test_a_table_grows_far_beyond_its_first_room_and_empties_again():
    table = Reservations(separation_m=H, vertical_m=V)
    for flight in range(700):
        table.reserve(flight, EAST if flight % 2 else NORTH, 10.0 * flight)
    assert len(table) == 700
    assert table.forbidden(WEST, earliest_s=-1e6).tolist()[0][0] == pytest.approx(10 - 100, abs=1e-6)
    table.expire(50 * 10.0 + 100.0)
    assert len(table) == 649
    for flight in range(700):
        table.release(flight)
    assert len(table) == 0
    assert len(table.forbidden(WEST, earliest_s=-1e6)) == 0


def test_holds_far_apart_are_found_and_forgotten_after_the_cells_have_grown():
    table = Reservations(separation_m=H, vertical_m=V)
    cells = np.random.default_rng(1).permutation(1_000_000)[:6000]
    corners_m = np.column_stack([cells // 1000, cells % 1000]) * 240.0 + 60.0
    places = [straight((x, y, 70), (x, y, 70), 100) for x, y in corners_m.tolist()]
    for flight, path in enumerate(places):
        table.reserve(flight, path, 0.0)
    for flight in range(0, 6000, 2):
        table.release(flight)
    told = [len(table.forbidden(path, earliest_s=-1e6)) for path in places]
    assert told == [flight % 2 for flight in range(6000)]


def test_what_was_released_does_not_expire_its_successor():
    table = Reservations(separation_m=H, vertical_m=V)
    table.reserve(0, EAST, 0.0)
    table.release(0)
    table.reserve(1, EAST, 100.0)
    table.expire(150.0)
    assert len(table) == 1
    assert 1 in table
    assert table.forbidden(EAST, earliest_s=150.0).tolist() == []
    assert table.forbidden(EAST, earliest_s=0.0).tolist() == interval(97, 103)


def test_one_that_is_given_back_makes_room_for_a_third_and_not_in_the_place_of_those_that_stay():
    table = Reservations(separation_m=H, vertical_m=V)
    table.reserve(0, EAST, 0.0)
    table.reserve(1, NORTH, 1000.0)
    table.release(0)
    table.reserve(2, WEST, 2000.0)
    assert sorted(flight for flight, _, _ in table.segments()) == [1, 2]
    half_s = math.sqrt(2) * H / 10
    assert table.forbidden(EAST, earliest_s=-1e6, latest_s=1500.0).tolist() == interval(1000 - half_s, 1000 + half_s)


def test_nothing_is_forbidden_by_an_empty_table_or_to_an_empty_path():
    table = Reservations(separation_m=H, vertical_m=V)
    assert len(table.forbidden(EAST, earliest_s=7.25)) == 0
    table.reserve(0, EAST, 0.0)
    nowhere = steady_path(np.zeros((1, 2)), level_m=60.0, climb_s=0.0, cruise_s=0.0, descent_s=0.0)
    assert len(nowhere) == 0
    assert len(table.forbidden(nowhere, earliest_s=1.0)) == 0


def test_the_rest_of_a_way_that_is_given_back_is_free_for_others_and_what_was_flown_is_not():
    traffic = Traffic(Minima(separation_m=H, vertical_m=V))
    clearance = StrategicClearance(Timetable(), ["T0"], lane_headway_ms=0, traffic=traffic)
    assert clearance.reserve_from(EAST, begins_ms=0, holder=0)
    assert not clearance.reserve_from(NORTH, begins_ms=0, holder=1)
    clearance.release_path(0, after_ms=40_000)
    early = straight((-500, 0, 60), (500, 0, 60), 100)
    assert clearance.reserve_from(NORTH, begins_ms=0, holder=1)
    assert not clearance.reserve_from(early, begins_ms=1000, holder=2)


def test_gaps_are_found_in_whole_milliseconds():
    union = np.array([(1.0, 2.0004), (2.0008, 3.0), (5.0, 6.0)])
    # no whole millisecond lies in the gap from 2.0004 to 2.0008 s
    assert [first_gap_ms(union, at_ms) for at_ms in (0, 1000, 1001, 2000, 5000, 5001)] == [
        0, 1000, 3000, 3000, 5000, 6000,
    ]  # fmt: skip


def test_ends_that_are_whole_milliseconds_but_for_rounding_are_whole_at_any_time_of_day():
    for clock_s in (0.0, 3600.0, 72_000.0):
        for rounding_s in (-1e-11, 0.0, 1e-11):
            union = np.array([[clock_s + 12.345 + rounding_s, clock_s + 15.0 + rounding_s]])
            assert (whole_ms(union) - int(clock_s * 1000)).tolist() == [[12_346, 15_000]]

"""Flown tracks: where a course leaves room to stray, and how it strays there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.aircraft.motion import motion_along
from dronesim.airspace import Course, along
from dronesim.simulation.tracks import DRIFT_SLOPE, Leeway, leeway
from exploring import examples
from lab import lab_rules

RULES = lab_rules().airspace
DRIFT_M, STRAIGHT_M = RULES.drift_m, RULES.straight_m


def flight(*corners: tuple[float, float]) -> Course:
    xy = np.array(corners, dtype=np.float64)
    lengths = np.hypot(*np.diff(xy, axis=0).T).tolist()
    motion = motion_along(lengths, [15.0] * len(lengths), acceleration_mps2=2.6, error_m=0.4)
    return along(xy, motion, level_m=60.0)


def off_m(room: Leeway, offsets_m: list[float]) -> np.ndarray:
    return room.strayed(np.array(offsets_m)).points_m - room.course.points_m


def test_a_straight_flight_strays_about_every_two_hundred_metres_and_nowhere_at_its_ends() -> None:
    room = leeway(flight((0, 0), (1000, 0)), RULES)
    assert len(room.most_m) == round(1000 / DRIFT_M)
    assert room.marks_m[[0, -1]].tolist() == pytest.approx([0.0, 1000.0])
    assert room.strays[[0, -1]].tolist() == [False, False]


def test_a_drone_drifts_no_faster_to_the_side_than_it_may() -> None:
    room = leeway(flight((0, 0), (100, 0), (100, 900)), RULES)
    assert room.most_m[0] == pytest.approx(DRIFT_SLOPE * 50)
    assert room.most_m[1:].tolist() == pytest.approx([DRIFT_SLOPE * 900 / 5] * 4, rel=0.05)


def test_a_drone_stands_off_to_its_left_by_the_offset_and_drifts_from_one_to_the_next() -> None:
    room = leeway(flight((0, 0), (300, 400)), RULES)
    moved = off_m(room, [2.0] * len(room.most_m))
    at_marks = np.isin(room.place_m.round(6), room.marks_m[room.strays].round(6))
    np.testing.assert_allclose(moved[at_marks], np.tile([-1.6, 1.2, 0.0], (len(room.most_m), 1)), atol=1e-9)
    np.testing.assert_allclose(moved[[0, -1]], 0.0, atol=1e-12)


def test_a_corner_and_a_short_piece_are_flown_as_cleared() -> None:
    room = leeway(flight((0, 0), (400, 0), (400, STRAIGHT_M - 1), (0, STRAIGHT_M - 1)), RULES)
    assert len(room.most_m) == 2 * round(400 / DRIFT_M)
    moved = off_m(room, [3.0] * len(room.most_m))
    on_short_piece = (room.place_m >= 400 - 1e-9) & (room.place_m <= 400 + STRAIGHT_M - 1 + 1e-9)
    np.testing.assert_allclose(moved[on_short_piece], 0.0, atol=1e-9)


@pytest.mark.parametrize(
    "course",
    [
        flight((0, 0), (STRAIGHT_M - 1, 0)),
        Course(at_s=np.array([5.0, 9.0]), points_m=np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 60.0]])),
        Course(at_s=np.array([5.0]), points_m=np.array([[1.0, 2.0, 60.0]])),
    ],
)
def test_without_a_straight_piece_nobody_strays(course: Course) -> None:
    room = leeway(course, RULES)
    assert len(room.most_m) == 0
    assert room.strayed(np.empty(0)) is course


ways = st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)), min_size=2, max_size=5)


@examples(100)
@given(ways, st.integers(0, 2**32 - 1))
def test_a_flown_track_keeps_the_times_the_heights_and_the_bound(corners: list, seed: int) -> None:
    course = flight(*corners)
    room = leeway(course, RULES)
    offsets = np.random.default_rng(seed).uniform(-3.0, 3.0, len(room.most_m))
    flown = room.strayed(offsets)
    assert (flown.at_s[0], flown.at_s[-1]) == (course.at_s[0], course.at_s[-1])
    assert (np.diff(flown.at_s) > 0).all()
    assert set(course.at_s.round(6)) <= set(flown.at_s.round(6))
    cleared = np.array([course.place(t_s) for t_s in flown.at_s])
    np.testing.assert_allclose(flown.points_m[:, 2], cleared[:, 2])
    assert np.hypot(*(flown.points_m - cleared)[:, :2].T).max() <= np.abs(offsets).max(initial=0.0) + 1e-6
    np.testing.assert_allclose(flown.points_m[[0, -1]], cleared[[0, -1]], atol=1e-9)

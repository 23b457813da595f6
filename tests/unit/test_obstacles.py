"""Inflated, merged obstacles and the small distance kernels."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box

from dronesim.geometry import Obstacles, pairwise_distance, path_length, prepare_obstacles
from dronesim.geometry.distance import nearest_on_segments
from dronesim.geometry.obstacles import SHRINK_M
from oracles.numpy_visibility import segments_cross

NEEDLE = Polygon([(0, 0), (100, 1), (100, -1)])
GONE = 2 * SHRINK_M


def prepare(*polygons: Polygon, clearance_m: float = 5.0) -> Obstacles:
    return prepare_obstacles(np.array(polygons, dtype=object), clearance_m=clearance_m)


def rings(obstacles: Obstacles) -> list[np.ndarray]:
    return np.split(obstacles.corner_xy, obstacles.ring_offsets[1:-1])


def test_a_square_grows_to_a_square() -> None:
    obstacles = prepare(box(0, 0, 10, 10))
    far, near = 15 + GONE, -5 - GONE
    assert {tuple(corner) for corner in obstacles.corner_xy.round(9)} == {
        (near, near), (near, far), (far, near), (far, far),
    }  # fmt: skip
    assert obstacles.is_convex.all()


@pytest.mark.parametrize("polygon", [NEEDLE, Polygon([(0, 0), (40, 0), (40, 10), (10, 10), (10, 40), (0, 40)])])
def test_every_corner_keeps_the_clearance(polygon: Polygon) -> None:
    edges = shapely.linestrings(rings(prepare(polygon))[0])
    assert shapely.distance(edges, polygon) >= 5.0


def test_sharp_corners_are_cut_off() -> None:
    assert shapely.distance(Point(0, 0), shapely.points(prepare(NEEDLE).corner_xy)).max() < 112
    assert prepare(NEEDLE).corner_xy[:, 0].min() > -8


def test_rings_run_counterclockwise() -> None:
    clockwise = Polygon([(0, 0), (0, 10), (10, 10), (10, 0)])
    assert shapely.is_ccw(shapely.linearrings(rings(prepare(clockwise))[0]))


@pytest.mark.parametrize(
    "others",
    [
        [box(10, 0, 20, 10)],
        [box(5, 5, 20, 10)],
        [box(10, 10, 20, 20)],
        [box(0, 0, 10, 10)],
        [box(2, 2, 3, 3)],
        [box(12, 0, 20, 10)],
    ],
    ids=["shared wall", "overlap", "shared corner", "same again", "inside", "gap under two clearances"],
)
def test_neighbours_merge_into_one_ring(others: list[Polygon]) -> None:
    assert len(rings(prepare(box(0, 0, 10, 10), *others))) == 1


def test_far_obstacles_stay_apart() -> None:
    obstacles = prepare(box(0, 0, 10, 10), box(50, 0, 60, 10))
    assert [len(ring) for ring in rings(obstacles)] == [4, 4]
    np.testing.assert_array_equal(obstacles.following_xy[3], obstacles.corner_xy[0])
    np.testing.assert_array_equal(obstacles.previous_xy[4], obstacles.corner_xy[7])


def test_the_notch_of_a_concave_zone_is_not_a_turning_corner() -> None:
    ell = Polygon([(0, 0), (40, 0), (40, 10), (10, 10), (10, 40), (0, 40)])
    obstacles = prepare(ell)
    np.testing.assert_allclose(obstacles.corner_xy[~obstacles.is_convex], [[15 + GONE, 15 + GONE]])


def test_collinear_corners_are_not_turning_corners() -> None:
    obstacles = prepare(Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)]))
    assert obstacles.is_convex.sum() == 4


def test_holes_are_filled_and_what_stands_in_them_is_swallowed() -> None:
    yard = Polygon(box(0, 0, 100, 100).exterior, [box(20, 20, 80, 80).exterior])
    obstacles = prepare(yard, box(45, 45, 55, 55))
    assert len(rings(obstacles)) == 1
    assert obstacles.covers(np.array([[50.0, 50.0], [30.0, 30.0], [-10.0, 0.0]])).tolist() == [
        True,
        True,
        False,
    ]


def test_a_yard_between_buildings_is_filled() -> None:
    walls = [box(0, 0, 100, 10), box(0, 90, 100, 100), box(0, 0, 10, 100), box(90, 0, 100, 100)]
    assert prepare(*walls).covers(np.array([[50.0, 50.0]])).all()


def test_covering_agrees_with_shapely() -> None:
    rng = np.random.default_rng(3)
    polygons = [Polygon(rng.uniform(-50, 50, 2) + rng.uniform(-15, 15, (3, 2))) for _ in range(25)]
    obstacles = prepare(*polygons, clearance_m=1.0)
    points = rng.uniform(-70, 70, (2000, 2))
    filled = shapely.union_all([Polygon(ring) for ring in rings(obstacles)])
    assert (obstacles.covers(points) == shapely.contains_xy(filled, *points.T)).mean() == 1.0


def test_edges_and_corners_are_not_covered() -> None:
    obstacles = prepare(box(0, 0, 10, 10), Polygon([(40, 0), (60, 5), (45, 30)]))
    middles = (obstacles.corner_xy + obstacles.following_xy) / 2
    assert not obstacles.covers(np.concatenate([obstacles.corner_xy, middles])).any()


def test_nearest_edge_point_is_straight_ahead() -> None:
    obstacles = prepare(box(0, 0, 10, 10), box(50, 0, 60, 10))
    np.testing.assert_allclose(obstacles.nearest_edge_point(np.array([13.0, 4.0])), [15 + GONE, 4.0])


def test_no_polygons_make_no_obstacles() -> None:
    obstacles = prepare()
    assert obstacles.corner_xy.shape == (0, 2)
    assert not obstacles.covers(np.zeros((3, 2))).any()


def test_arrays_are_read_only() -> None:
    obstacles = prepare(box(0, 0, 10, 10))
    with pytest.raises(ValueError, match="read-only"):
        obstacles.corner_xy[0] = 0.0


def test_pairwise_distance_is_pythagoras() -> None:
    np.testing.assert_array_equal(pairwise_distance([[0, 0], [3, 0]], [[3, 4], [0, 0], [3, 0]]), [[5, 0, 3], [4, 3, 0]])


@pytest.mark.parametrize(("xy", "length_m"), [([[0, 0], [3, 4], [3, 10]], 11.0), ([[1, 1]], 0.0), ([], 0.0)])
def test_path_length_adds_the_steps(xy: list[list[float]], length_m: float) -> None:
    assert path_length(xy) == length_m


def test_nearest_on_segments_clips_to_the_ends() -> None:
    start, end = np.array([[0.0, 0], [0, 0], [5, 5]]), np.array([[10.0, 0], [-4, 0], [5, 5]])
    np.testing.assert_allclose(nearest_on_segments(np.array([3.0, 4.0]), start, end), [[3, 0], [0, 0], [5, 5]])


@pytest.mark.parametrize(
    ("a", "b", "meets"),
    [
        ((5, -1), (5, 1), True),
        ((5, 0), (5, 1), True),
        ((10, 0), (12, 1), True),
        ((11, -1), (11, 1), False),
        ((5, 1), (5, 2), False),
        ((2, 0), (3, 0), False),
    ],
    ids=["cross", "touch", "at the end", "beyond", "beside", "along"],
)
def test_segments_cross(a: tuple[float, float], b: tuple[float, float], meets: bool) -> None:
    ends = [np.array([point], dtype=np.float64) for point in ((0, 0), (10, 0), a, b)]
    assert segments_cross(ends[0], ends[1], a=ends[2], b=ends[3]).tolist() == [meets]


def test_many_points_lie_inside_where_shapely_says_so() -> None:
    polygons = [shapely.affinity.rotate(box(x, y, x + 25, y + 10), x + y) for x in range(0, 200, 40) for y in (0, 50)]
    xy = np.random.default_rng(2).uniform(-20, 220, (500, 2))
    expected = shapely.intersects_xy(shapely.union_all(shapely.buffer(polygons, 5.0, join_style="mitre")), xy)
    is_inside = prepare(*polygons).covers(xy)
    assert 0 < is_inside.sum() < 500
    np.testing.assert_array_equal(is_inside, expected)
    assert not prepare().covers(xy).any()

"""Shortest paths with known answers, and the route table of a world."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from dronesim.geometry import path_length, prepare_obstacles
from dronesim.routing import RouteTable, ShortestPaths, blocked_sites, build_route_table, shortest_paths
from dronesim.routing.grid import build_grid
from dronesim.routing.sight import meets_edge
from dronesim.world import Buildings, Sites, World, Zones

EPS = 0.01
"""Paths turn 2 mm further out than the clearance asks."""


def paths(*polygons: Polygon, points: list[tuple[float, float]], clearance_m: float = 5.0) -> ShortestPaths:
    obstacles = prepare_obstacles(np.array(polygons, dtype=object), clearance_m=clearance_m)
    return shortest_paths(obstacles, np.array(points, dtype=np.float64))


def test_nothing_in_the_way_is_a_straight_line() -> None:
    found = paths(points=[(0, 0), (30, 40), (-3, 4)])
    np.testing.assert_allclose(found.distance_m[0], [0, 50, 5])
    np.testing.assert_array_equal(found.waypoints(0, 1), [[0, 0], [30, 40]])


def test_the_way_around_a_square_passes_two_corners() -> None:
    found = paths(box(-10, -10, 10, 10), points=[(-35, 0), (35, 0)])
    expected = 2 * np.hypot(20, 15) + 30
    assert found.distance_m[0, 1] == pytest.approx(expected, abs=EPS)
    np.testing.assert_allclose(np.abs(found.waypoints(0, 1)), [[35, 0], [15, 15], [15, 15], [35, 0]], atol=EPS)


def test_the_way_into_a_pocket_is_found() -> None:
    pocket = Polygon([(0, 0), (100, 0), (100, 60), (90, 60), (90, 10), (10, 10), (10, 60), (0, 60)])
    found = paths(pocket, points=[(50, 30), (50, -40)])
    expected = np.hypot(35, 35) + 20 + 70 + np.hypot(55, 35)
    assert found.distance_m[0, 1] == pytest.approx(expected, abs=5 * EPS)


def test_a_gap_of_two_clearances_is_open_and_a_narrower_one_is_not() -> None:
    wall, points = box(-10, 5.01, 10, 500), [(-50.0, 0.0), (50.0, 0.0)]
    assert paths(wall, box(-10, -500, 10, -5.01), points=points).distance_m[0, 1] == pytest.approx(100)
    assert paths(wall, box(-10, -500, 10, -4.9), points=points).distance_m[0, 1] > 900


def test_a_walled_in_site_is_out_of_reach() -> None:
    yard = Polygon(box(0, 0, 100, 100).exterior, [box(20, 20, 80, 80).exterior])
    found = paths(yard, points=[(50, 50), (200, 0), (200, 100)])
    assert np.isinf(found.distance_m[0, 1:]).all()
    assert found.distance_m[0, 0] == 0.0
    assert found.distance_m[1, 2] == 100.0
    assert found.is_blocked.tolist() == [True, False, False]
    assert found.waypoints(0, 1).shape == (0, 2)


def test_two_sites_in_one_obstacle_are_out_of_reach_of_each_other() -> None:
    assert np.isinf(paths(box(0, 0, 100, 100), points=[(40, 50), (60, 50)]).distance_m[0, 1])


def test_a_site_may_lie_on_a_corner_and_on_an_edge() -> None:
    corner = 15 + 0.002
    found = paths(box(-10, -10, 10, 10), points=[(corner, corner), (corner, 0), (-corner, -corner), (-40, corner)])
    assert not found.is_blocked.any()
    np.testing.assert_allclose(found.distance_m[0], [0, corner, 4 * corner, 40 + corner], atol=1e-9)


def test_a_site_a_hair_inside_an_edge_still_gets_away() -> None:
    inside, goal = (90.0, 15.0015), (50.0, -100.0)
    expected = 15.002 + 20.004 + np.hypot(55.002, 94.998)
    found = paths(box(0, 0, 100, 10), points=[inside, goal])
    assert found.distance_m[0, 1] == pytest.approx(expected, abs=EPS)
    distance_m, _ = found.from_point(np.array(inside), escape_m=0.0)
    assert distance_m[1] == pytest.approx(expected, abs=EPS)


def test_sites_at_the_same_place_are_at_distance_zero() -> None:
    found = paths(box(-10, -10, 10, 10), points=[(30, 0), (30, 0), (-30, 0)])
    assert found.distance_m[0, 1] == 0.0
    assert found.distance_m[0, 2] == found.distance_m[1, 2] > 60
    assert path_length(found.waypoints(1, 2)) == pytest.approx(found.distance_m[1, 2])


def test_touching_obstacles_leave_no_gap() -> None:
    row = [box(x, -10, x + 20, 10) for x in range(-100, 100, 20)]
    found = paths(*row, points=[(0, -50), (0, 50)], clearance_m=0.0)
    assert found.distance_m[0, 1] == pytest.approx(2 * np.hypot(100, 40) + 20, abs=EPS)


def test_legs_along_aligned_faces_are_allowed() -> None:
    row = [box(x, -10, x + 20, 10) for x in range(-100, 100, 40)]
    y = 15 + 0.002
    found = paths(*row, points=[(-200, y), (200, y)])
    assert found.distance_m[0, 1] == pytest.approx(400)
    assert len(found.waypoints(0, 1)) >= 2


def test_the_way_back_is_the_same_reversed_and_just_as_long() -> None:
    rng = np.random.default_rng(11)
    polygons = [box(x, y, x + 20, y + 20) for x, y in rng.uniform(-200, 200, (30, 2))]
    found = paths(*polygons, points=[tuple(xy) for xy in rng.uniform(-300, 300, (12, 2))])
    np.testing.assert_array_equal(found.distance_m, found.distance_m.T)
    for i in range(12):
        np.testing.assert_array_equal(found.waypoints(i, 11), found.waypoints(11, i)[::-1])


def test_no_points_give_an_empty_matrix() -> None:
    assert paths(box(0, 0, 10, 10), points=[]).distance_m.shape == (0, 0)


def test_the_grid_finds_the_same_blocked_legs_as_shapely() -> None:
    rng = np.random.default_rng(2)
    start = rng.uniform(-500, 500, (300, 2))
    edges = start, start + rng.normal(0, 30, (300, 2))
    legs = rng.uniform(-1500, 1500, (1000, 2)), rng.uniform(-600, 600, (1000, 2))
    legs[0][:200, 0] = legs[1][:200, 0]
    legs[0][200:400, 1] = legs[1][200:400, 1]
    lines = shapely.linestrings(np.stack(legs, axis=1))
    tree = shapely.union_all(shapely.linestrings(np.stack(edges, axis=1)))
    expected = shapely.intersects(lines, tree)
    assert 100 < expected.sum() < 900
    np.testing.assert_array_equal(meets_edge(*legs, build_grid(*edges)), expected)


def world(**changes: object) -> World:
    """Two take-off points west, one airport east; tower of 80 m, house of 20 m, zone from 100 m."""
    values: dict[str, object] = {
        "takeoff_points": Sites(ids=("t0", "t1"), xy=np.array([[-100.0, 0.0], [-100.0, 200.0]])),
        "airports": Sites(ids=("a0",), xy=np.array([[100.0, 0.0]])),
        "buildings": Buildings(
            polygons=np.array([box(-10, -10, 10, 10), box(40, -30, 60, 30)], dtype=object),
            height_m=np.array([80.0, 20.0]),
        ),
        "zones": Zones(
            ids=("z",),
            polygons=np.array([box(-50, -400, 50, 100)], dtype=object),
            floor_m=np.array([100.0]),
            ceiling_m=np.array([140.0]),
            from_s=np.array([36000.0]),
            to_s=np.array([40000.0]),
        ),
    }
    none, no_numbers = Sites(ids=(), xy=np.zeros((0, 2))), np.zeros(0, dtype=int)
    nobody: dict[str, object] = {
        "merchants": none,
        "merchant_weight": no_numbers,
        "merchant_takeoff_point": no_numbers,
        "communities": none,
        "community_weight": no_numbers,
        "community_airport": no_numbers,
    }
    plain: dict[str, object] = {
        "name": "toy",
        "origin_lonlat": (114.0, 22.5),
        "airways": (),
        "pads": {},
        "boxes": {},
    }
    return World(**{**plain, **nobody, **values, **changes})  # type: ignore[arg-type]


def table(levels_m: tuple[float, ...] = (20.0, 60.0, 90.0, 120.0, 150.0), **changes: object) -> RouteTable:
    return build_route_table(world(**changes), levels_m=levels_m, clearance_m=5.0, roof_margin_m=10.0)


def test_each_level_has_its_own_obstacles() -> None:
    routes = table()
    assert routes.distance_m.shape == (5, 3, 3)
    house_and_tower, tower, roof_margin_clears, closed, above = routes.distance_m[:, 0, 2]
    assert house_and_tower > tower > 200
    assert roof_margin_clears == above == 200
    assert closed == pytest.approx(np.hypot(45, 105) * 2 + 110, abs=EPS)


def test_roof_and_margin_below_the_level_are_no_obstacle() -> None:
    assert table(levels_m=(90.0,)).length_m(0, 0, 2) == 200
    assert table(levels_m=(89.9,)).length_m(0, 0, 2) > 200


def test_a_zone_covers_its_floor_and_its_ceiling() -> None:
    lengths = table(levels_m=(99.9, 100.0, 140.0, 140.1)).distance_m[:, 0, 2]
    assert (lengths > 201).tolist() == [False, True, True, False]


def test_levels_with_the_same_obstacles_share_their_paths() -> None:
    routes = table(levels_m=(40.0, 60.0, 95.0))
    assert routes.paths[0] is routes.paths[1]
    assert routes.paths[0] is not routes.paths[2]


def test_waypoints_run_from_site_to_site_and_are_as_long_as_stated() -> None:
    routes = table()
    for level in range(5):
        corners = routes.waypoints(level, 1, 2)
        np.testing.assert_array_equal(corners[[0, -1]], [[-100, 200], [100, 0]])
        assert path_length(corners) == pytest.approx(routes.length_m(level, 1, 2))


def test_what_is_handed_out_is_read_only() -> None:
    routes = table()
    for array in (
        routes.distance_m,
        routes.is_blocked,
        routes.waypoints(0, 0, 2),
        routes.from_point(0, (-90, 0), 2),
    ):
        assert not array.flags.writeable


def test_a_point_on_the_route_goes_on_along_the_route() -> None:
    routes = table()
    corners = routes.waypoints(1, 0, 2)
    for share in np.linspace(0, 1, 7):
        for a, b in itertools.pairwise(corners):
            here = a + share * (b - a)
            onward, back = (path_length(routes.from_point(1, here, site)) for site in (2, 0))
            assert onward + back == pytest.approx(routes.length_m(1, 0, 2), abs=EPS)


def test_a_point_at_a_site_has_the_distances_of_the_site() -> None:
    distance_m, path_to = table().all_from_point(1, (-100.0, 0.0))
    np.testing.assert_allclose(distance_m, table().distance_m[1, 0])
    assert path_length(path_to(2)) == pytest.approx(distance_m[2])


def test_a_point_within_the_clearance_leaves_the_obstacle_first() -> None:
    routes = table()
    path = routes.from_point(1, (-12.0, 0.0), 2)
    np.testing.assert_allclose(path[:2], [[-12, 0], [-15, 0]], atol=EPS)
    distance_m, _ = routes.all_from_point(1, (-12.0, 0.0))
    assert path_length(path) == pytest.approx(distance_m[2])


def test_a_point_deep_inside_has_no_way_out() -> None:
    distance_m, path_to = table().all_from_point(1, (0.0, 0.0))
    assert np.isinf(distance_m).all()
    assert path_to(0).shape == (0, 2)


def test_a_point_of_a_route_at_another_level_may_be_enclosed() -> None:
    routes = table()
    assert routes.from_point(2, (0.0, 0.0), 2).shape == (2, 2)
    assert routes.from_point(1, (0.0, 0.0), 2).shape == (0, 2)


def test_a_blocked_site_is_named_by_level() -> None:
    moved = Sites(ids=("t0", "t1"), xy=np.array([[-13.0, 0.0], [-100.0, 200.0]]))
    rules = {"levels_m": (60.0, 90.0), "clearance_m": 5.0, "roof_margin_m": 10.0}
    expected = [[True, False, False], [False, False, False]]
    assert blocked_sites(world(takeoff_points=moved), **rules).tolist() == expected  # type: ignore[arg-type]
    routes = build_route_table(world(takeoff_points=moved), **rules)  # type: ignore[arg-type]
    assert routes.is_blocked.tolist() == expected
    assert np.isinf(routes.distance_m[0, 0, 1:]).all()
    assert np.isfinite(routes.distance_m[1]).all()


def test_from_a_point_a_blocked_site_is_out_of_reach() -> None:
    moved = Sites(ids=("t0", "t1"), xy=np.array([[0.0, 0.0], [-100.0, 200.0]]))
    distance_m, path_to = table(takeoff_points=moved).all_from_point(1, (50.0, 50.0))
    assert np.isfinite(distance_m).tolist() == [False, True, True]
    assert path_to(0).shape == (0, 2)


def test_a_world_without_obstacles_has_straight_routes() -> None:
    none = np.zeros(0, dtype=object)
    flat = table(
        buildings=Buildings(polygons=none, height_m=np.zeros(0)),
        zones=Zones(
            ids=(),
            polygons=none,
            floor_m=np.zeros(0),
            ceiling_m=np.zeros(0),
            from_s=np.zeros(0),
            to_s=np.zeros(0),
        ),
    )
    np.testing.assert_allclose(flat.distance_m[:, 0, 2], 200)
    assert flat.from_point(0, (0.0, 0.0), 2).tolist() == [[0, 0], [100, 0]]


def city(buildings: int, side_m: float, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    middle, size = rng.uniform(-side_m / 2, side_m / 2, (buildings, 2)), rng.uniform(5, 18, (buildings, 2))
    turned = rng.uniform(0, np.pi, buildings)
    return np.array(
        [
            shapely.affinity.rotate(box(*(xy - half), *(xy + half)), angle, use_radians=True)
            for xy, half, angle in zip(middle, size, turned, strict=True)
        ],
        dtype=object,
    )


def test_a_district_with_four_levels_is_routed_in_seconds() -> None:
    rng = np.random.default_rng(8)
    heights_m = np.concatenate([np.linspace(5, 49, 1100), np.linspace(51, 130, 100)])
    buildings = Buildings(polygons=city(1200, 4000.0, seed=1), height_m=rng.permutation(heights_m))
    sites = Sites(ids=tuple(f"t{i}" for i in range(15)), xy=rng.uniform(-2000, 2000, (15, 2)))
    began = time.process_time()
    routes = table((60.0, 75.0, 90.0, 105.0), buildings=buildings, takeoff_points=sites)
    assert time.process_time() - began < 5.0
    assert (np.diff(np.nan_to_num(routes.distance_m[:3], posinf=1e9), axis=0) <= EPS).all()


@pytest.mark.slow
def test_a_city_of_two_thousand_buildings_is_routed_in_a_minute() -> None:
    obstacles = prepare_obstacles(city(2000, 6000.0, seed=1), clearance_m=5.0)
    sites = np.random.default_rng(9).uniform(-3000, 3000, (160, 2))
    began = time.process_time()
    found = shortest_paths(obstacles, sites)
    assert time.process_time() - began < 90.0
    free = np.flatnonzero(~found.is_blocked)
    assert np.isfinite(found.distance_m[np.ix_(free, free)]).mean() > 0.95

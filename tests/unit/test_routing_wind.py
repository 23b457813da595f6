"""Routes under wind: the same graph with other times, against networkx and by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from shapely.geometry import box

from dronesim.geometry import path_length, prepare_obstacles
from dronesim.routing import RouteTable, build_route_table
from dronesim.routing.visibility import shortest_paths
from dronesim.routing.wind import Air, directed_paths
from oracles.visibility_worlds import plain_world
from oracles.wind_times import mean_ground_speed_mps

AIRSPEED_MPS = 14.0


def random_table(seed: int, *, levels_m: tuple[float, ...] = (60.0,)) -> RouteTable:
    rng = np.random.default_rng(seed)
    polygons = [box(x, y, x + 30, y + 60) for x, y in rng.uniform(-300, 300, (25, 2))]
    world = plain_world(
        polygons, takeoff_points=rng.uniform(-400, 400, (3, 2)), airports=rng.uniform(-400, 400, (5, 2))
    )
    return build_route_table(world, levels_m=levels_m, clearance_m=5.0, roof_margin_m=10.0)


def by_networkx(table: RouteTable, wind: tuple[float, float]) -> np.ndarray:
    graph = table.paths[0].graph
    net = nx.DiGraph()
    net.add_nodes_from(range(len(graph.xy)))
    for node in range(len(graph.xy)):
        for other in graph.targets[graph.offsets[node] : graph.offsets[node + 1]].tolist():
            leg = graph.xy[[node, other]]
            speed = mean_ground_speed_mps(leg, airspeed_mps=AIRSPEED_MPS, wind=wind)
            if np.isfinite(speed):
                net.add_edge(node, other, time_s=path_length(leg) / speed)
    times = np.full((graph.points, graph.points), np.inf)
    for origin in range(graph.points):
        found = nx.single_source_dijkstra_path_length(net, origin, weight="time_s")
        times[origin] = [found.get(site, np.inf) for site in range(graph.points)]
    return times


@pytest.mark.parametrize(("seed", "wind"), [(1, (6.0, 2.0)), (2, (-9.0, 9.5)), (3, (0.0, -13.9)), (4, (20.0, 5.0))])
def test_times_are_those_of_a_graph_weighed_by_hand(seed: int, wind: tuple[float, float]) -> None:
    calm = random_table(seed)
    windy = calm.under_wind(wind, airspeed_mps=AIRSPEED_MPS)
    np.testing.assert_allclose(windy.time_s[0], by_networkx(calm, wind), rtol=1e-9)
    for origin, destination in np.ndindex(8, 8):
        assert windy.duration_s(0, origin, destination) == windy.time_s[0, origin, destination]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_waypoints_take_the_stated_time_and_length_in_both_directions(seed: int) -> None:
    wind = (7.0, -6.0)
    windy = random_table(seed).under_wind(wind, airspeed_mps=AIRSPEED_MPS)
    for origin, destination in np.ndindex(8, 8):
        corners = windy.waypoints(0, origin, destination)
        if origin == destination or not len(corners):
            continue
        sites = windy.paths[0].graph.xy
        np.testing.assert_array_equal(corners[[0, -1]], sites[[origin, destination]])
        assert path_length(corners) == pytest.approx(windy.length_m(0, origin, destination))
        assert windy.distance_m[0, origin, destination] == windy.length_m(0, origin, destination)
        speed_mps = mean_ground_speed_mps(corners, airspeed_mps=AIRSPEED_MPS, wind=wind)
        assert path_length(corners) / speed_mps == pytest.approx(windy.duration_s(0, origin, destination))


def test_where_the_cruise_speed_can_be_held_everywhere_routes_are_the_calm_ones() -> None:
    calm = random_table(2)
    even = calm.under_wind((3.0, 2.0), airspeed_mps=AIRSPEED_MPS, cruise_mps=10.0)
    np.testing.assert_array_equal(even.distance_m, calm.distance_m)
    np.testing.assert_allclose(even.time_s, calm.distance_m / 10.0)


def test_where_it_can_not_the_quickest_way_is_found_at_the_speed_that_is_left() -> None:
    wind = (-9.0, 2.0)
    windy = random_table(3).under_wind(wind, airspeed_mps=AIRSPEED_MPS, cruise_mps=10.0)
    for origin, destination in np.ndindex(8, 8):
        corners = windy.waypoints(0, origin, destination)
        if origin != destination and len(corners):
            speed_mps = mean_ground_speed_mps(corners, airspeed_mps=AIRSPEED_MPS, cruise_mps=10.0, wind=wind)
            assert speed_mps <= 10.0 + 1e-9
            assert path_length(corners) / speed_mps == pytest.approx(windy.duration_s(0, origin, destination))


def test_the_way_back_is_the_same_while_the_wind_is_weaker_than_the_airspeed() -> None:
    """The time of a vector is a symmetric norm less a linear part, and the linear part adds up to a constant."""
    wind = np.array([9.0, 6.0])
    windy = random_table(2).under_wind(wind, airspeed_mps=AIRSPEED_MPS)
    np.testing.assert_allclose(windy.distance_m[0], windy.distance_m[0].T, rtol=1e-9)
    xy = windy.paths[0].graph.xy[:8]
    along = (xy[None] - xy[:, None]) @ wind
    expected = windy.time_s[0] + 2 * along / (AIRSPEED_MPS**2 - wind @ wind)
    np.testing.assert_allclose(windy.time_s[0].T, expected, rtol=1e-9)


def test_wind_moves_the_routes() -> None:
    calm = random_table(1)
    windy = calm.under_wind((9.0, 6.0), airspeed_mps=AIRSPEED_MPS)
    assert (windy.distance_m > calm.distance_m + 1e-6).any()
    assert (windy.distance_m >= calm.distance_m - 1e-6).all()


def test_in_a_wind_above_the_airspeed_the_way_back_is_another_one_or_none() -> None:
    windy = random_table(4).under_wind((20.0, 5.0), airspeed_mps=AIRSPEED_MPS)
    there = np.isfinite(windy.time_s[0]) & ~np.eye(8, dtype=bool)
    assert there.any()
    assert not (there & there.T).any()


def test_calm_air_gives_exactly_the_calm_routes() -> None:
    calm = random_table(5)
    still = calm.under_wind((0.0, 0.0), airspeed_mps=10.0)
    np.testing.assert_array_equal(still.distance_m, calm.distance_m)
    np.testing.assert_array_equal(still.time_s, calm.distance_m / 10.0)
    for origin, destination in np.ndindex(8, 8):
        np.testing.assert_array_equal(still.waypoints(0, origin, destination), calm.waypoints(0, origin, destination))


def test_the_directed_solution_in_calm_air_is_the_shortest() -> None:
    calm = random_table(6)
    found = directed_paths(calm.paths[0].graph, Air(wind=(0.0, 0.0), airspeed_mps=1.0), roots=3)
    np.testing.assert_allclose(found.time_s, calm.distance_m[0], rtol=1e-12)
    np.testing.assert_allclose(found.distance_m, calm.distance_m[0], rtol=1e-12)


def test_a_headwind_above_the_airspeed_leaves_no_way() -> None:
    world = plain_world([], takeoff_points=np.array([[0.0, 0.0]]), airports=np.array([[500.0, 0.0]]))
    table = build_route_table(world, levels_m=(60.0,), clearance_m=5.0, roof_margin_m=10.0)
    windy = table.under_wind((-15.0, 0.0), airspeed_mps=AIRSPEED_MPS)
    assert windy.duration_s(0, 0, 1) == windy.length_m(0, 0, 1) == np.inf
    assert windy.waypoints(0, 0, 1).shape == (0, 2)
    assert windy.duration_s(0, 1, 0) == pytest.approx(500 / 29)
    assert np.isinf(windy.all_from_point(0, (100.0, 0.0))[0]).tolist() == [False, True]


def test_from_a_point_under_wind_the_path_is_the_quickest() -> None:
    windy = random_table(2).under_wind((8.0, 3.0), airspeed_mps=AIRSPEED_MPS)
    here = windy.paths[0].graph.xy[0]
    lengths, path_to = windy.all_from_point(0, here)
    for site in range(1, 8):
        assert lengths[site] == pytest.approx(windy.length_m(0, 0, site))
        assert path_length(path_to(site)) == pytest.approx(lengths[site])


def test_each_level_may_have_its_own_wind_and_equal_ones_are_solved_once() -> None:
    table = random_table(1, levels_m=(50.0, 60.0, 70.0))
    windy = table.under_wind([(5.0, 0.0), (5.0, 0.0), (9.0, 0.0)], airspeed_mps=AIRSPEED_MPS)
    assert windy.paths[0] is windy.paths[1]
    assert windy.duration_s(0, 0, 4) != windy.duration_s(2, 0, 4)
    assert windy.paths[2].graph is table.paths[0].graph


def test_a_table_without_airspeed_has_no_times() -> None:
    with pytest.raises(ValueError, match="under_wind"):
        _ = random_table(1).time_s


@pytest.mark.parametrize("airspeed_mps", [0.0, -1.0, np.nan, np.inf])
def test_an_airspeed_that_is_none_is_refused(airspeed_mps: float) -> None:
    with pytest.raises(ValueError, match="airspeed"):
        random_table(1).under_wind((1.0, 0.0), airspeed_mps=airspeed_mps)


def test_paths_between_points_beyond_the_hubs_are_found_when_asked_for() -> None:
    rng = np.random.default_rng(3)
    obstacles = prepare_obstacles(np.array([box(x, 0, x + 20, 90) for x in range(0, 200, 50)]), clearance_m=3.0)
    points = rng.uniform(-100, 0, (6, 2))
    some, every = shortest_paths(obstacles, points, roots=2), shortest_paths(obstacles, points)
    assert some.length(4, 5) == every.length(4, 5)
    np.testing.assert_array_equal(some.distance_m, every.distance_m)
    np.testing.assert_array_equal(some.hub_distance_m, every.distance_m[:2])

"""Routes along airways: direction, levels, obstacles, and how sites join."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from dronesim.geometry import path_length
from dronesim.routing import RouteTable, build_route_table, unreachable_sites
from dronesim.routing.airway_graph import is_level_for
from dronesim.routing.airways import airway_edges
from dronesim.world import AirwayRules, World
from oracles.visibility_worlds import plain_world

SQUARE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
"""A ring, drawn eastward first: sites stand 50 m off its corners."""


def square_world(
    lines: Any = (SQUARE,), rules: tuple[AirwayRules, ...] = (), buildings: Any = (), **changes: Any
) -> World:
    sites = {"takeoff_points": np.array([[0.0, -50.0]]), "airports": np.array([[1000.0, -50.0], [1000.0, 1050.0]])}
    airways = tuple(shapely.LineString(line) for line in lines)
    return plain_world(list(buildings), airways=airways, airway_rules=rules, **{**sites, **changes})


def table(world: World, *levels_m: float) -> RouteTable:
    return build_route_table(
        world, levels_m=levels_m or (60.0,), clearance_m=5.0, roof_margin_m=10.0, structure="airways"
    )


def test_routes_follow_the_airways_between_fixed_segments() -> None:
    routes = table(square_world())
    np.testing.assert_array_equal(routes.waypoints(0, 0, 1), [[0, -50], [0, 0], [1000, 0], [1000, -50]])
    assert routes.length_m(0, 0, 1) == routes.length_m(0, 1, 0) == 1100
    assert routes.length_m(0, 0, 2) == 2100
    assert routes.distance_m[0].tolist() == [[0, 1100, 2100], [1100, 0, 1100], [2100, 1100, 0]]
    assert routes.takeoff_distance_m[0].tolist() == [[0, 1100, 2100]]


def test_a_one_way_airway_is_flown_as_drawn() -> None:
    routes = table(square_world(rules=(AirwayRules(is_one_way=True),)))
    assert routes.length_m(0, 0, 1) == 1100
    assert routes.length_m(0, 1, 0) == 3100
    back = routes.waypoints(0, 1, 0)
    np.testing.assert_array_equal(back[1:-1], [[1000, 0], [1000, 1000], [0, 1000], [0, 0]])
    assert routes.length_m(0, 2, 1) == 3100
    assert routes.distance_m[0, 2, 0] == 2100


def test_an_airway_through_an_obstacle_is_closed_at_its_levels_only() -> None:
    routes = table(square_world(buildings=[box(490, -2, 510, 2)]), 60.0, 120.0)
    assert routes.length_m(0, 0, 1) == 3100
    assert routes.length_m(1, 0, 1) == 1100


def test_an_airway_nearer_to_an_obstacle_than_the_clearance_is_closed() -> None:
    assert table(square_world(buildings=[box(490, 4.9, 510, 8)])).length_m(0, 0, 1) == 3100
    assert table(square_world(buildings=[box(490, 5.1, 510, 8)])).length_m(0, 0, 1) == 1100


@pytest.mark.parametrize(
    ("heading_deg", "open_levels"), [(0, [0, 2]), (90, [0, 2]), (179.9, [0, 2]), (180, [1]), (270, [1]), (-90, [1])]
)
def test_eastbound_drones_have_even_levels_and_westbound_odd_ones(heading_deg: float, open_levels: list[int]) -> None:
    rule, levels_m = AirwayRules(level_rule="heading"), (50.0, 60.0, 70.0)
    chosen = [level for level in range(3) if is_level_for(rule, heading_deg, levels_m=levels_m, level=level)]
    assert chosen == open_levels


def test_the_level_rule_separates_the_directions_of_a_straight_airway() -> None:
    routes = table(square_world([[(0, 0), (1000, 0)]], (AirwayRules(level_rule="heading"),)), 60.0, 70.0)
    assert np.isfinite([routes.length_m(0, 0, 1), routes.length_m(1, 1, 0)]).all()
    assert np.isinf([routes.length_m(1, 0, 1), routes.length_m(0, 1, 0)]).all()


def test_with_one_level_the_level_rule_has_nothing_to_separate() -> None:
    routes = table(square_world([[(0, 0), (1000, 0)]], (AirwayRules(level_rule="heading"),)), 60.0)
    assert routes.length_m(0, 0, 1) == routes.length_m(0, 1, 0) == 1100


def test_an_airway_may_name_its_levels() -> None:
    routes = table(square_world(rules=(AirwayRules(levels_m=(70.0,)),)), 60.0, 70.0)
    assert np.isinf(routes.length_m(0, 0, 1))
    assert routes.length_m(1, 0, 1) == 1100


def test_sites_without_a_way_are_named() -> None:
    far = {"airports": np.array([[1000.0, -50.0], [5000.0, 5000.0]])}
    lines = [[(0, 0), (1000, 0)], [(5000, 4900), (6000, 4900)]]
    world = square_world(lines, **far)
    assert unreachable_sites(world, table(world)) == ("a1",)
    assert np.isinf(table(world).length_m(0, 0, 2))
    assert table(world).waypoints(0, 0, 2).shape == (0, 2)
    one_way = square_world([[(0, 0), (1000, 0)]], (AirwayRules(is_one_way=True),))
    assert unreachable_sites(one_way, table(one_way)) == ("t0", "a0", "a1")
    assert unreachable_sites(square_world(), table(square_world())) == ()


def test_a_map_without_airways_reaches_nothing() -> None:
    world = square_world([])
    assert unreachable_sites(world, table(world)) == ("t0", "a0", "a1")


def test_a_site_whose_nearest_junction_is_hidden_takes_the_next() -> None:
    routes = table(square_world([[(0, 0), (300, 0), (1000, 0)]], buildings=[box(-20, -30, 20, -20)]))
    assert routes.waypoints(0, 0, 1)[1].tolist() == [300, 0]


def test_a_blocked_site_has_no_way() -> None:
    routes = table(square_world(buildings=[box(-5, -60, 5, -40)]))
    assert routes.is_blocked[0].tolist() == [True, False, False]
    assert np.isinf(routes.length_m(0, 0, 1))


def test_corners_nearer_than_a_metre_are_one_junction() -> None:
    lines = [shapely.LineString(line) for line in ([(0, 0), (100, 0)], [(100.6, 0.6), (200, 0)], [(101.5, 0), (0, 90)])]
    edges = airway_edges(lines)
    assert len(edges.junction_xy) == 5
    assert edges.start.tolist()[1] == edges.end.tolist()[0]


def test_the_same_piece_drawn_twice_counts_once() -> None:
    lines = [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0.4), (0, 0.2), (0, 90)])]
    edges = airway_edges(lines, (AirwayRules(capacity=3), AirwayRules(capacity=5)))
    assert edges.capacity.tolist() == [3, 5]
    assert edges.airway.tolist() == [0, 1]


def test_capacity_and_headway_of_the_pieces_of_a_route_are_at_hand() -> None:
    lines = [[(0, 0), (500, 0)], [(500, 0), (1000, 0)]]
    routes = table(square_world(lines, (AirwayRules(capacity=2, headway_s=9.0), AirwayRules())))
    assert routes.airways is not None
    pieces = routes.airways.along(routes.waypoints(0, 0, 1))
    assert pieces.tolist() == [-1, 0, 1, -1]
    assert routes.airways.along(routes.waypoints(0, 1, 0)).tolist() == [-1, 1, 0, -1]
    assert routes.airways.capacity[pieces[1:3]].tolist() == [2, 0]
    assert routes.airways.headway_s[pieces[1:3]].tolist() == [9, 0]


def test_a_drone_aloft_follows_its_airway_on() -> None:
    routes = table(square_world(rules=(AirwayRules(is_one_way=True),)))
    assert routes.from_point(0, (600.0, 0.2), 1).tolist() == [[600, 0.2], [1000, 0], [1000, -50]]
    lengths, path_to = routes.all_from_point(0, (600.0, 0.0))
    assert lengths.tolist() == [3450, 450, 1450]
    assert path_length(path_to(0)) == 3450
    assert routes.from_point(0, (900.0, 300.0), 1)[1].tolist() == [1000, 0]


def test_wind_and_airways_go_together() -> None:
    routes = table(square_world()).under_wind((6.0, 0.0), airspeed_mps=10.0)
    cross_s = 100 / 8.0
    assert routes.duration_s(0, 0, 1) == pytest.approx(1000 / 16 + cross_s)
    assert routes.duration_s(0, 1, 0) == pytest.approx(1000 / 4 + cross_s)
    assert routes.airways is not None
    assert routes.time_s[0, 1, 0] == routes.duration_s(0, 1, 0)

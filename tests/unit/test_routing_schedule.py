"""Routes by time of departure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shapely.geometry import box

from dronesim.routing import RouteSchedule, RouteTable, build_route_schedule, build_route_table
from oracles.visibility_worlds import plain_world, plain_zones

RULES = {"levels_m": (60.0,), "clearance_m": 5.0, "roof_margin_m": 10.0}
HOUR = 3600.0


def schedule(**changes: Any) -> RouteSchedule:
    """Two walls across the way: one from 9 to 12, one from 10 to 11 (and a third that always stands aside)."""
    polygons = [box(-10, -100, 10, 100), box(40, -300, 60, 300), box(0, 500, 10, 510)]
    zones = plain_zones(polygons, [(9 * HOUR, 12 * HOUR), (10 * HOUR, 11 * HOUR), (-np.inf, np.inf)])
    sites = {"takeoff_points": np.array([[-200.0, 0.0]]), "airports": np.array([[200.0, 0.0]])}
    return build_route_schedule(plain_world([], zones=zones, **sites), **{**RULES, **changes})


def length_m(routes: RouteSchedule, hour: float) -> float:
    return routes.at(hour * HOUR).length_m(0, 0, 1)


def test_a_zone_holds_from_its_start_until_its_end() -> None:
    routes = schedule()
    one, both = length_m(routes, 9), length_m(routes, 10)
    assert length_m(routes, 8.9999) == length_m(routes, 12) == 400
    assert 400 < one < both
    assert length_m(routes, 10.9999) == both
    assert length_m(routes, 11) == length_m(routes, 11.9999) == one


def test_changes_are_sorted_and_leave_out_zones_that_always_hold() -> None:
    routes = schedule()
    assert routes.change_s.tolist() == [9 * HOUR, 10 * HOUR, 11 * HOUR, 12 * HOUR]
    assert routes.next_change_s(0.0) == 9 * HOUR
    assert routes.next_change_s(9 * HOUR) == 10 * HOUR
    assert routes.next_change_s(12 * HOUR) == np.inf


def test_periods_with_the_same_zones_share_one_table() -> None:
    routes = schedule()
    assert routes.at(0) is routes.at(8 * HOUR) is routes.at(20 * HOUR)
    assert routes.at(9.5 * HOUR) is routes.at(11.5 * HOUR)
    assert routes.at(9.5 * HOUR) is not routes.at(10.5 * HOUR)


def test_the_wind_of_the_hour_counts_and_equal_winds_share_one_table() -> None:
    winds = [(8 * HOUR, (5.0, 0.0)), (9 * HOUR, (-5.0, 0.0)), (13 * HOUR, (5.0, 0.0))]
    routes = schedule(winds=winds, airspeed_mps=15.0)
    assert routes.at(0).duration_s(0, 0, 1) == pytest.approx(20.0)
    assert routes.at(8.5 * HOUR) is routes.at(0) is routes.at(13 * HOUR)
    assert routes.at(12.5 * HOUR).duration_s(0, 0, 1) == pytest.approx(40.0)
    assert routes.change_s.tolist() == [9 * HOUR, 10 * HOUR, 11 * HOUR, 12 * HOUR, 13 * HOUR]
    assert routes.at(9.5 * HOUR).paths[0].graph is routes.at(11.5 * HOUR).paths[0].graph


def test_each_set_of_zones_is_built_once() -> None:
    built: list[int] = []

    def build(world: Any, **rules: Any) -> RouteTable:
        built.append(len(world.zones.ids))
        return build_route_table(world, **rules)

    winds = [(hour * HOUR, (float(hour), 1.0)) for hour in range(24)]
    routes = schedule(winds=winds, airspeed_mps=30.0, build=build)
    for hour in np.arange(0, 24, 0.25):
        routes.at(hour * HOUR)
    assert sorted(built) == [1, 2, 3]


def test_winds_need_an_airspeed_and_an_order() -> None:
    with pytest.raises(ValueError, match="airspeed_mps"):
        schedule(winds=[(0.0, (1.0, 0.0))])
    with pytest.raises(ValueError, match="order of time"):
        schedule(winds=[(5.0, (1.0, 0.0)), (5.0, (2.0, 0.0))], airspeed_mps=9.0)


def test_tables_have_equal_briefs_where_zones_wind_and_speeds_are_equal() -> None:
    def told(airspeed_mps: float = 15.0) -> list[object]:
        winds = [(0.0, (3.0, 0.0)), (13 * HOUR, (0.0, 4.0))]
        routes = schedule(winds=winds, airspeed_mps=airspeed_mps)
        return [routes.at(hour * HOUR).brief for hour in (0, 9, 10, 14)]

    assert told() == told()
    assert len(set(told())) == 4
    assert not set(told()) & set(told(airspeed_mps=16.0))

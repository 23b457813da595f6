"""Random small maps: routes keep clear of every obstacle and none is shorter."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon, box

from dronesim.geometry import path_length, prepare_obstacles
from dronesim.routing import ShortestPaths, shortest_paths
from exploring import examples
from oracles.visibility import distances

ELL = Polygon([(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)])
POCKET = Polygon([(0, 0), (40, 0), (40, 30), (30, 30), (30, 10), (10, 10), (10, 30), (0, 30)])
YARD = Polygon(box(0, 0, 50, 50).exterior, [box(10, 10, 40, 40).exterior])
DIAMOND = Polygon([(0, 10), (10, 0), (20, 10), (10, 20)])
NEEDLE = Polygon([(0, 0), (60, 1), (60, -1)])
SHAPES = [box(0, 0, 20, 20), box(0, 0, 10, 40), ELL, POCKET, YARD, DIAMOND, NEEDLE]

# A coarse lattice makes touching, overlapping, aligned and repeated obstacles common.
lattice = st.integers(-8, 8).map(lambda step: step * 10.0)
loose = st.floats(-80, 80, allow_nan=False, width=32).map(lambda value: round(value, 2))
quarter_turns = st.sampled_from([0.0, 90.0, 180.0, 270.0])
any_turns = st.floats(0, 360).map(lambda angle: round(angle, 1))


def shapes(places: st.SearchStrategy[float], turns: st.SearchStrategy[float]) -> st.SearchStrategy[Polygon]:
    return st.builds(
        lambda shape, angle, x, y: shapely.affinity.translate(shapely.affinity.rotate(shape, angle), x, y),
        st.sampled_from(SHAPES),
        turns,
        places,
        places,
    )


polygons = st.one_of(
    st.lists(shapes(lattice, quarter_turns), max_size=9), st.lists(shapes(loose, any_turns), max_size=7)
)
points = st.lists(st.tuples(*[st.one_of(lattice, loose)] * 2), min_size=2, max_size=5, unique=True)
clearances = st.sampled_from([0.0, 3.0, 5.0, 10.0])


def solve(obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float) -> ShortestPaths:
    prepared = prepare_obstacles(np.array(obstacles, dtype=object), clearance_m=clearance_m)
    return shortest_paths(prepared, np.array(ends))


@examples(120)
@given(polygons, points, clearances)
def test_routes_keep_clear_of_every_obstacle(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    found = solve(obstacles, ends, clearance_m)
    for i, j in zip(*np.nonzero(np.triu(np.isfinite(found.distance_m), 1)), strict=True):
        route = LineString(found.waypoints(int(i), int(j)))
        assert route.length == pytest.approx(found.distance_m[i, j], rel=1e-12, abs=1e-9)
        assert shapely.distance(route, np.array(obstacles, dtype=object)).min(initial=np.inf) >= clearance_m
        assert not any(route.crosses(obstacle) or route.within(obstacle) for obstacle in obstacles)


@examples(60)
@given(polygons, points, clearances)
def test_the_oracle_finds_no_shorter_route(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    expected = distances(obstacles, ends, clearance_m)
    np.testing.assert_allclose(solve(obstacles, ends, clearance_m).distance_m, expected, rtol=0, atol=2e-3)


@examples(60)
@given(polygons, points, clearances)
def test_distances_are_symmetric_and_a_detour_is_never_shorter(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    distance_m = solve(obstacles, ends, clearance_m).distance_m
    np.testing.assert_array_equal(distance_m, distance_m.T)
    via = (distance_m[:, :, None] + distance_m[None, :, :]).min(axis=1)
    assert np.all((distance_m <= via + 1e-6) | np.isinf(via))


@examples(60)
@given(polygons, points, clearances)
def test_a_point_in_the_air_reaches_what_a_site_there_reaches(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    here, *sites = ends
    whole = solve(obstacles, ends, clearance_m)
    distance_m, path_to = solve(obstacles, sites, clearance_m).from_point(np.array(here), escape_m=0.0)
    np.testing.assert_allclose(distance_m, whole.distance_m[0, 1:], rtol=0, atol=1e-9)
    for site in np.flatnonzero(np.isfinite(distance_m)):
        path = path_to(int(site))
        assert path_length(path) == pytest.approx(distance_m[site], abs=1e-9)
        np.testing.assert_array_equal(path[[0, -1]], [here, sites[site]])

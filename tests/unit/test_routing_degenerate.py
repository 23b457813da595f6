"""Maps that are hard on geometry: the kernels against the numpy twin, and answers known by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from dronesim.geometry import path_length, prepare_obstacles
from dronesim.routing import shortest_paths
from oracles.numpy_visibility import shortest_paths as numpy_paths

ELL = Polygon([(0, 0), (60, 0), (60, 10), (10, 10), (10, 60), (0, 60)])
SPIRAL = shapely.union_all(
    [box(0, 0, 100, 20), box(80, 0, 100, 100), box(20, 80, 100, 100), box(20, 40, 40, 100), box(20, 40, 60, 60)]
)
POCKET = Polygon([(0, 0), (40, 0), (40, 30), (30, 30), (30, 10), (10, 10), (10, 30), (0, 30)])
YARD = Polygon(box(0, 0, 100, 100).exterior, [box(20, 20, 80, 80).exterior])
COMB = shapely.union_all([box(0, 0, 200, 10), *(box(x, 0, x + 10, 80) for x in range(0, 200, 40))])

MAPS = {
    "nothing": [],
    "one square": [box(0, 0, 50, 50)],
    "touching squares": [box(x, 0, x + 20, 20) for x in range(0, 100, 20)],
    "overlapping": [box(0, 0, 50, 50), box(25, 25, 80, 80), box(25, 25, 80, 80)],
    "shared corners": [box(0, 0, 20, 20), box(20, 20, 40, 40), box(40, 0, 60, 20)],
    "corners touch after inflation": [box(0, 0, 20, 20), box(30.004, 30.004, 50, 50)],
    "a lattice of aligned squares": [box(x, y, x + 20, y + 20) for x in range(-90, 90, 40) for y in range(-90, 90, 40)],
    "collinear edges": [Polygon([(0, 0), (10, 0), (20, 0), (30, 0), (30, 5), (30, 10), (0, 10), (0, 5)])],
    "concave": [ELL, shapely.affinity.translate(shapely.affinity.rotate(ELL, 180), 90, 90)],
    "spiral": [SPIRAL],
    "comb": [COMB],
    "yard with a house": [YARD, box(45, 45, 55, 55)],
    "slivers": [Polygon([(0, 0), (100, 0.01), (100, -0.01)]), Polygon([(0, 30), (80, 30.001), (0, 30.002)])],
    "tiny beside huge": [box(-2000, 100, 2000, 900), box(0, 0, 0.01, 0.01), box(0.02, 0, 0.03, 0.01)],
    "an edge without length": [shapely.affinity.rotate(COMB, 1.0), shapely.affinity.rotate(POCKET, 1.0)],
    "a gap of a hair": [box(0, 0, 50, 50), box(60.0041, 0, 110, 50), box(0, 60.0041, 50, 110)],
}


def polygons_of(name: str) -> np.ndarray:
    return np.array(MAPS[name], dtype=object)


def hard_points(name: str, *, clearance_m: float) -> np.ndarray:
    """Random points, and some on corners, on edges, and on the lines along edges."""
    obstacles = prepare_obstacles(polygons_of(name), clearance_m=clearance_m)
    corner = obstacles.corner_xy[:8]
    edge = obstacles.following_xy[:8] - corner
    free = np.random.default_rng(7).uniform(-80, 180, (8, 2))
    return np.concatenate([free, corner, corner + 0.5 * edge, corner - 2.0 * edge])


@pytest.mark.parametrize("clearance_m", [0.0, 5.0])
@pytest.mark.parametrize("name", MAPS)
def test_the_numpy_twin_finds_the_same_lengths(name: str, clearance_m: float) -> None:
    obstacles = prepare_obstacles(polygons_of(name), clearance_m=clearance_m)
    points = hard_points(name, clearance_m=clearance_m)
    found, expected = shortest_paths(obstacles, points), numpy_paths(obstacles, points)
    np.testing.assert_array_equal(found.is_blocked, expected.is_blocked)
    np.testing.assert_allclose(found.distance_m, expected.distance_m, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("name", MAPS)
def test_routes_keep_clear_by_shapely(name: str) -> None:
    polygons, points = polygons_of(name), hard_points(name, clearance_m=5.0)
    found = shortest_paths(prepare_obstacles(polygons, clearance_m=5.0), points)
    for i, j in zip(*np.nonzero(np.triu(np.isfinite(found.distance_m), 1)), strict=True):
        route = found.waypoints(int(i), int(j))
        assert path_length(route) == pytest.approx(found.distance_m[i, j], rel=1e-12, abs=1e-9)
        if len(polygons):
            assert shapely.distance(shapely.linestrings(route), polygons).min() >= 5.0


def star(vertices: int, *, radius_m: float, seed: int) -> Polygon:
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = radius_m * rng.uniform(0.9, 1.0, vertices)
    return Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))


def circle(vertices: int, *, radius_m: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return Polygon(radius_m * np.column_stack([np.cos(angle), np.sin(angle)]))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [circle(10_000, radius_m=500.0), star(10_000, radius_m=500.0, seed=4)])
def test_ten_thousand_vertices_are_routed_in_seconds(shape: Polygon) -> None:
    points = np.array([(-800.0, 0.0), (800.0, 0.0), (0.0, 700.0)])
    began = time.process_time()
    found = shortest_paths(prepare_obstacles(np.array([shape]), clearance_m=5.0), points)
    assert time.process_time() - began < 20.0
    tangent_m, angle = np.sqrt(800**2 - 505**2), np.pi - 2 * np.arccos(505 / 800)
    around_m = 2 * tangent_m + 505 * angle
    assert 0.9 * around_m < found.distance_m[0, 1] < 1.01 * around_m
    if shape.area > 0.99 * np.pi * 500**2:
        assert found.distance_m[0, 1] == pytest.approx(around_m, abs=0.1)


@pytest.mark.slow
def test_a_dense_city_has_the_twins_lengths() -> None:
    rng = np.random.default_rng(12)
    middle, size = rng.uniform(-1000, 1000, (400, 2)), rng.uniform(3, 60, (400, 2))
    turned = [
        shapely.affinity.rotate(box(*(xy - half), *(xy + half)), angle)
        for xy, half, angle in zip(middle, size / 2, rng.uniform(0, 180, 400), strict=True)
    ]
    obstacles = prepare_obstacles(np.array(turned, dtype=object), clearance_m=5.0)
    points = rng.uniform(-1200, 1200, (30, 2))
    found, expected = shortest_paths(obstacles, points), numpy_paths(obstacles, points)
    np.testing.assert_allclose(found.distance_m, expected.distance_m, rtol=1e-12)

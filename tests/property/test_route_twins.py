"""Random maps: the kernels keep every leg that the numpy twin keeps, and find the same lengths."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from shapely.geometry import Polygon, box

from dronesim.geometry import Obstacles, prepare_obstacles
from dronesim.routing import shortest_paths
from dronesim.routing.wind import Air, directed_paths
from exploring import examples
from oracles import numpy_visibility as twin
from property.test_route_clearance import clearances, points, polygons


@examples(150)
@given(polygons, points, clearances)
def test_the_kernels_keep_the_legs_that_the_numpy_twin_keeps(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    prepared = prepare_obstacles(np.array(obstacles, dtype=object), clearance_m=clearance_m)
    assert_as_the_twin(prepared, np.array(ends))


def rows_of_houses(across: int) -> list[Polygon]:
    """Aligned squares, between which legs run along streets and touch many corners in a line."""
    return [box(40 * x, 40 * y, 40 * x + 20, 40 * y + 20) for x in range(across) for y in range(across)]


def turned_houses(count: int, *, seed: int) -> list[Polygon]:
    """Houses as dense as in a city, and one zone that is longer than a pane."""
    rng = np.random.default_rng(seed)
    houses = [box(-length / 2, -8, length / 2, 8) for length in (*rng.uniform(10, 40, count - 1), 400.0)]
    turned = [
        shapely.affinity.rotate(house, turn) for house, turn in zip(houses, rng.uniform(0, 180, count), strict=True)
    ]
    places = rng.uniform(0, 130 * np.sqrt(count), (count, 2))
    return [shapely.affinity.translate(house, *xy) for house, xy in zip(turned, places.tolist(), strict=True)]


@pytest.mark.parametrize(
    "houses", [rows_of_houses(8), *(turned_houses(150, seed=seed) for seed in range(3))], ids=["rows", "1", "2", "3"]
)
def test_the_kernels_keep_the_legs_of_a_whole_town(houses: list[Polygon]) -> None:
    prepared = prepare_obstacles(np.array(houses, dtype=object), clearance_m=5.0)
    assert_as_the_twin(prepared, np.random.default_rng(1).uniform(-50, 1500, (12, 2)))


def assert_as_the_twin(prepared: Obstacles, points_xy: np.ndarray) -> None:
    found, expected = shortest_paths(prepared, points_xy), twin.shortest_paths(prepared, points_xy)
    np.testing.assert_allclose(found.distance_m, expected.distance_m, rtol=1e-12, atol=1e-9)
    rows, columns = twin._free_legs(expected.nodes, expected.grid, is_blocked=expected.is_blocked)
    assert legs(found.graph.xy, found.graph.offsets, found.graph.targets) == {
        tuple(sorted(map(tuple, expected.nodes.xy[[row, column]].tolist())))
        for row, column in zip(rows, columns, strict=True)
    }


def legs(xy: np.ndarray, offsets: np.ndarray, targets: np.ndarray) -> set[tuple[tuple[float, ...], ...]]:
    starts = np.repeat(np.arange(len(xy)), np.diff(offsets))
    return {tuple(sorted(map(tuple, xy[[a, b]].tolist()))) for a, b in zip(starts, targets, strict=True)}


@examples(50)
@given(polygons, points, clearances)
def test_a_wind_never_makes_a_round_trip_shorter(
    obstacles: list[Polygon], ends: list[tuple[float, float]], clearance_m: float
) -> None:
    prepared = prepare_obstacles(np.array(obstacles, dtype=object), clearance_m=clearance_m)
    calm = shortest_paths(prepared, np.array(ends))
    windy = directed_paths(calm.graph, Air(wind=(6.0, -4.0), airspeed_mps=12.0), roots=1)
    round_trip_s = windy.time_s + windy.time_s.T
    assert (round_trip_s >= 2 * calm.distance_m / 12.0 - 1e-6).all()
    np.testing.assert_array_equal(np.isinf(windy.time_s), np.isinf(calm.distance_m))

"""Random small maps: the kernels keep every leg that the numpy twin keeps, and find the same lengths."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from shapely.geometry import Polygon

from dronesim.geometry import prepare_obstacles
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
    found, expected = shortest_paths(prepared, np.array(ends)), twin.shortest_paths(prepared, np.array(ends))
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

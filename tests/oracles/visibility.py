"""Slow readable twin of dronesim.routing: shapely predicates and networkx, every corner, no tangent test."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import networkx as nx
import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

Corner = tuple[float, float]

MILLIMETRE = 1e-3


def inflated(polygons: Sequence[Polygon], clearance_m: float) -> list[Polygon]:
    """Polygons grown with mitre joins, merged, without holes."""
    grown = [mitre(polygon, clearance_m + 2 * MILLIMETRE) for polygon in polygons]
    merged = without_holes(parts(shapely.union_all(grown)))
    return parts(shapely.union_all(merged))


def mitre(polygon: Polygon, distance_m: float) -> Polygon:
    return polygon.buffer(distance_m, join_style="mitre", mitre_limit=1.5)


def parts(shape: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def without_holes(polygons: Sequence[Polygon]) -> list[Polygon]:
    return [Polygon(polygon.exterior) for polygon in polygons]


def visibility_graph(polygons: Sequence[Polygon], points: Sequence[Corner], clearance_m: float) -> nx.Graph:
    """Every pair of points and corners that see each other, with their distance."""
    obstacles = inflated(polygons, clearance_m)
    blockers = [mitre(obstacle, -MILLIMETRE) for obstacle in obstacles]
    corners = [corner for obstacle in obstacles for corner in obstacle.exterior.coords[:-1]]
    graph = nx.Graph()
    nodes = [node for node in {*points, *corners} if not any(blocker.contains(Point(node)) for blocker in blockers)]
    graph.add_nodes_from(nodes)
    for a, b in itertools.combinations(nodes, 2):
        if not any(LineString([a, b]).intersects(blocker) for blocker in blockers):
            graph.add_edge(a, b, length_m=float(np.hypot(a[0] - b[0], a[1] - b[1])))
    return graph


def distances(polygons: Sequence[Polygon], points: Sequence[Corner], clearance_m: float) -> np.ndarray:
    """Lengths of the shortest paths between all points, shape (n, n); inf where there is none."""
    graph = visibility_graph(polygons, points, clearance_m)
    result = np.full((len(points), len(points)), np.inf)
    np.fill_diagonal(result, 0.0)
    for i, origin in enumerate(points):
        if origin in graph:
            reached = nx.single_source_dijkstra_path_length(graph, origin, weight="length_m")
            result[i] = [reached.get(point, np.inf) for point in points]
    np.fill_diagonal(result, 0.0)
    return result

"""The airway network of a map, as people edit and inspect it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import shapely

if TYPE_CHECKING:
    import networkx

JOINT_M = 1.0
"""Ends of airways that are nearer than this are one junction."""


def airway_network(airways: Sequence[shapely.LineString]) -> networkx.Graph[Any]:
    """Join airways where their corners meet, into a graph whose edges carry ``length_m``.

    Nodes are corners in local metres, rounded to ``JOINT_M``.
    """
    import networkx

    graph: networkx.Graph[Any] = networkx.Graph()
    for line in airways:
        corners = [(round(x / JOINT_M) * JOINT_M, round(y / JOINT_M) * JOINT_M) for x, y in line.coords]
        for start, end in pairwise(corners):
            graph.add_edge(start, end, length_m=shapely.Point(start).distance(shapely.Point(end)))
    return graph


def describe_airways(airways: Sequence[shapely.LineString]) -> dict[str, float | int]:
    """Count the edges of the airway network, its separate parts, and its length in metres."""
    import networkx

    graph = airway_network(airways)
    return {
        "edges": graph.number_of_edges(),
        "parts": networkx.number_connected_components(graph),
        "length_m": float(graph.size(weight="length_m")),
    }

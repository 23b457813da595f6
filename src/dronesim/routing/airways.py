"""The airway network of a map, as people edit and inspect it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry.distance import read_only
from dronesim.world import AirwayRules

if TYPE_CHECKING:
    import networkx

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

JOINT_M = 1.0
"""Corners of airways that are nearer than this are one junction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AirwayEdges:
    """Straight pieces of airways between two junctions, k of them, and what is allowed on each.

    ``junction_xy`` (j, 2) in metres; ``start`` and ``end`` (k,) number junctions, in the direction drawn;
    ``airway`` (k,) numbers the airways of the world. ``is_one_way`` (k,); ``capacity`` (k,): drones at a time on
    the piece, 0 for any number; ``headway_s`` (k,): least time between two drones that enter it.
    """

    junction_xy: Floats
    start: Ints
    end: Ints
    airway: Ints
    is_one_way: NDArray[np.bool_]
    capacity: NDArray[np.int64]
    headway_s: Floats

    def __len__(self) -> int:
        return len(self.start)

    def along(self, waypoints: Floats) -> Ints:
        """Numbers of the pieces that the legs of a route ``(m, 2)`` fly along, ``(m - 1,)``; -1 for none.

        None is the departure and the arrival segment of a site.
        """
        ends = {tuple(xy): number for number, xy in enumerate(self.junction_xy.tolist())}
        joined = list(zip(self.start.tolist(), self.end.tolist(), strict=True))
        pieces = {pair: piece for piece, ends_of in enumerate(joined) for pair in (ends_of, ends_of[::-1])}
        corners = [ends.get(tuple(xy), -1) for xy in waypoints.tolist()]
        return np.array([pieces.get(pair, -1) for pair in pairwise(corners)], dtype=np.intp)


def airway_edges(airways: Sequence[shapely.LineString], rules: Sequence[AirwayRules] = ()) -> AirwayEdges:
    """Cut airways at their corners into pieces, and join corners that are nearer than ``JOINT_M``.

    Airways that cross without a common corner do not meet: one passes the other. Of the same piece drawn twice,
    the first counts. ``rules`` are those of each airway, or none.
    """
    stated = tuple(rules) or (AirwayRules(),) * len(airways)
    corner_xy, airway = shapely.get_coordinates(np.array(airways, dtype=object), return_index=True)
    junction, junction_xy = _joined(corner_xy)
    is_piece = (airway[1:] == airway[:-1]) & (junction[1:] != junction[:-1])
    ends = np.column_stack([junction[:-1], junction[1:]])[is_piece]
    _, kept = np.unique(np.sort(ends, axis=1), axis=0, return_index=True)
    start, end = ends[np.sort(kept)].T
    owner = airway[:-1][is_piece][np.sort(kept)].astype(np.intp)
    return AirwayEdges(
        junction_xy=read_only(junction_xy),
        start=read_only(start),
        end=read_only(end),
        airway=read_only(owner),
        is_one_way=read_only(np.array([stated[number].is_one_way for number in owner], dtype=np.bool_)),
        capacity=read_only(np.array([stated[number].capacity for number in owner], dtype=np.int64)),
        headway_s=read_only(np.array([stated[number].headway_s for number in owner], dtype=np.float64)),
    )


def _joined(corner_xy: Floats) -> tuple[Ints, Floats]:
    """Junction of each corner ``(c,)``, and where the junctions lie ``(j, 2)``: at the first of their corners."""
    import networkx
    from scipy.spatial import cKDTree

    if not len(corner_xy):
        return np.zeros(0, dtype=np.intp), np.zeros((0, 2))
    near: networkx.Graph[int] = networkx.Graph()
    near.add_nodes_from(range(len(corner_xy)))
    near.add_edges_from(cKDTree(corner_xy).query_pairs(JOINT_M))
    first = np.zeros(len(corner_xy), dtype=np.intp)
    for group in networkx.connected_components(near):
        first[list(group)] = min(group)
    corners, junction = np.unique(first, return_inverse=True)
    return junction.astype(np.intp), corner_xy[corners]


def airway_network(airways: Sequence[shapely.LineString]) -> networkx.Graph[Any]:
    """Join airways where their corners meet, into a graph whose edges carry ``length_m``.

    Nodes are junctions by their place in local metres.
    """
    import networkx

    edges = airway_edges(airways)
    graph: networkx.Graph[Any] = networkx.Graph()
    for start, end in zip(edges.junction_xy[edges.start], edges.junction_xy[edges.end], strict=True):
        graph.add_edge(tuple(start.tolist()), tuple(end.tolist()), length_m=float(np.hypot(*(end - start))))
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

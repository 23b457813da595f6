"""The route table of a world: which obstacles reach which level, and the paths around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import STRUCTURE
from dronesim.geometry.distance import read_only
from dronesim.geometry.obstacles import prepare_obstacles
from dronesim.routing.airway_graph import AirwayGraph, build_airway_graph
from dronesim.routing.airways import AirwayEdges, airway_edges
from dronesim.routing.brief import RouteBrief, Structure, brief_of
from dronesim.routing.table import Paths, RouteTable
from dronesim.routing.visibility import shortest_paths
from dronesim.routing.wind import Air, directed_paths
from dronesim.world import World

Floats = NDArray[np.float64]

_METRES: Final = Air(wind=(0.0, 0.0), airspeed_mps=1.0)
"""In calm air at a metre a second, the quickest way is the shortest and its time is its length."""


def build_route_table(
    world: World,
    *,
    levels_m: Sequence[float],
    clearance_m: float,
    roof_margin_m: float,
    structure: Structure = STRUCTURE,
) -> RouteTable:
    """Find all routes that stay ``clearance_m`` away from the obstacles of their level.

    Obstacles of a level: buildings whose roof plus ``roof_margin_m`` is above it and zones whose heights
    include it. A zone with hours counts as closed all day. Levels with the same obstacles share their routes.

    ``structure``: "free", straight legs anywhere between obstacles; or "airways", along the world's airways only,
    with a fixed segment to the nearest junction at each site (see ``build_airway_graph``).
    """
    return find_routes(
        brief_of(world, levels_m=levels_m, clearance_m=clearance_m, roof_margin_m=roof_margin_m, structure=structure)
    )


def find_routes(brief: RouteBrief) -> RouteTable:
    """Find all routes of a brief, from which alone they can come."""
    by_level = _obstacles_by_level(brief)
    if brief.structure == "free":
        return table_of(_free_paths(brief, by_level), brief)
    edges = airway_edges(brief.lines().tolist(), brief.airway_rules)
    graphs = _airway_graphs(brief, by_level, edges)
    return table_of([directed_paths(graph, _METRES, roots=brief.roots) for graph in graphs], brief, airways=edges)


def unreachable_sites(world: World, table: RouteTable) -> tuple[str, ...]:
    """Name the sites that no drone can serve along the airways, at any level; none where routes are free.

    An airport needs a take-off point from which it is reached and which is reached from it; a take-off point needs
    such an airport.
    """
    if table.airways is None:
        return ()
    import networkx

    homes, sites = len(world.takeoff_points), len(world.sites)
    reached = np.zeros((homes, sites), dtype=np.bool_)
    returns = np.zeros((homes, sites), dtype=np.bool_)
    for graph in (paths.graph for paths in table.paths):
        if isinstance(graph, AirwayGraph):
            network = graph.network()
            for home in range(homes):
                reached[home, [site for site in networkx.descendants(network, home) if site < sites]] = True
                returns[home, [site for site in networkx.ancestors(network, home) if site < sites]] = True
    is_served = (reached & returns)[:, homes:]
    served = np.concatenate([is_served.any(axis=1), is_served.any(axis=0)])
    return tuple(site for site, is_fine in zip(world.sites, served, strict=True) if not is_fine)


def table_of(paths: Sequence[Paths], brief: RouteBrief, *, airways: AirwayEdges | None = None) -> RouteTable:
    """Make a table of the paths of each level."""
    return RouteTable(
        brief=(brief,),
        levels_m=brief.levels_m,
        is_blocked=read_only(np.array([found.is_blocked for found in paths], dtype=np.bool_)),
        clearance_m=brief.clearance_m,
        paths=tuple(paths),
        airways=airways,
    )


def blocked_sites(
    world: World, *, levels_m: Sequence[float], clearance_m: float, roof_margin_m: float
) -> NDArray[np.bool_]:
    """Tell which sites lie inside an inflated obstacle, shape (levels, n), without finding any routes."""
    brief = brief_of(world, levels_m=levels_m, clearance_m=clearance_m, roof_margin_m=roof_margin_m)
    rows = [
        prepare_obstacles(polygons, clearance_m=clearance_m, sites_xy=brief.xy).covers(brief.xy)
        for _, polygons in _obstacles_by_level(brief)
    ]
    return read_only(np.array(rows, dtype=np.bool_).reshape(-1, len(brief.sites)))


def _free_paths(brief: RouteBrief, by_level: Sequence[tuple[bytes, NDArray[Any]]]) -> list[Paths]:
    """Find the paths of each level, once for levels with the same obstacles."""
    found = {
        key: shortest_paths(
            prepare_obstacles(polygons, clearance_m=brief.clearance_m, sites_xy=brief.xy), brief.xy, roots=brief.roots
        )
        for key, polygons in dict(by_level).items()
    }
    return [found[key] for key, _ in by_level]


def _airway_graphs(
    brief: RouteBrief, by_level: Sequence[tuple[bytes, NDArray[Any]]], edges: AirwayEdges
) -> list[AirwayGraph]:
    """Open the airways of each level."""
    prepared = {
        key: prepare_obstacles(polygons, clearance_m=brief.clearance_m, sites_xy=brief.xy)
        for key, polygons in dict(by_level).items()
    }
    return [
        build_airway_graph(
            prepared[key], brief.xy, edges, rules=brief.airway_rules, levels_m=brief.levels_m, level=level
        )
        for level, (key, _) in enumerate(by_level)
    ]


def _obstacles_by_level(brief: RouteBrief) -> list[tuple[bytes, NDArray[Any]]]:
    """Polygons that reach each level, with a key that is equal for equal sets."""
    polygons = brief.polygons()
    reaches = [brief.reaches(level_m) for level_m in brief.levels_m]
    return [(chosen.tobytes(), polygons[chosen]) for chosen in reaches]

"""Shortest routes that keep clear of buildings and no-fly zones."""

from dronesim.routing.airways import AirwayEdges, airway_network, describe_airways
from dronesim.routing.build import blocked_sites, build_route_table, unreachable_sites
from dronesim.routing.cache import cached_route_table
from dronesim.routing.schedule import RouteSchedule, build_route_schedule, chosen_zones
from dronesim.routing.table import RouteTable
from dronesim.routing.visibility import ShortestPaths, shortest_paths

__all__ = [
    "AirwayEdges",
    "RouteSchedule",
    "RouteTable",
    "ShortestPaths",
    "airway_network",
    "blocked_sites",
    "build_route_schedule",
    "build_route_table",
    "cached_route_table",
    "chosen_zones",
    "describe_airways",
    "shortest_paths",
    "unreachable_sites",
]

"""Shortest routes that keep clear of buildings and no-fly zones."""

from dronesim.routing.table import RouteTable, blocked_sites, build_route_table
from dronesim.routing.visibility import ShortestPaths, shortest_paths

__all__ = ["RouteTable", "ShortestPaths", "blocked_sites", "build_route_table", "shortest_paths"]

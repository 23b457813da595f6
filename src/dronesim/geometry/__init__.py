"""Plane and map geometry as array kernels that know no world objects."""

from dronesim.geometry.distance import distances_along, pairwise_distance, path_length
from dronesim.geometry.neighbours import pairs_within
from dronesim.geometry.obstacles import Obstacles, prepare_obstacles
from dronesim.geometry.projection import LocalFrame

__all__ = [
    "LocalFrame",
    "Obstacles",
    "distances_along",
    "pairs_within",
    "pairwise_distance",
    "path_length",
    "prepare_obstacles",
]

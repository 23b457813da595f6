"""Plane and map geometry as array kernels that know no world objects."""

from dronesim.geometry.distance import pairwise_distance, path_length
from dronesim.geometry.obstacles import Obstacles, prepare_obstacles
from dronesim.geometry.projection import LocalFrame

__all__ = ["LocalFrame", "Obstacles", "pairwise_distance", "path_length", "prepare_obstacles"]

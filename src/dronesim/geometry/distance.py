"""Distances in the plane between points, paths, legs and edges."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Array = TypeVar("Array", bound=NDArray[Any])


def read_only(array: Array) -> Array:
    """Lock an array against writing and hand it on."""
    array.flags.writeable = False
    return array


def pairwise_distance(a: ArrayLike, b: ArrayLike) -> Floats:
    """Straight distances between points in metres, shapes ``(n, 2)`` and ``(m, 2)``; returns ``(n, m)``."""
    step = np.asarray(a, dtype=np.float64)[:, None, :] - np.asarray(b, dtype=np.float64)[None, :, :]
    return np.hypot(step[..., 0], step[..., 1])


def path_length(xy: ArrayLike) -> float:
    """Length in metres of the open path through points ``(m, 2)``; 0 for fewer than two points."""
    steps = np.diff(np.asarray(xy, dtype=np.float64).reshape(-1, 2), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def distances_along(xy: Floats) -> Floats:
    """Way in metres from the first point of a path ``(m, 2)`` to each of them, ``(m,)``."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])


def cross(u: Floats, v: Floats) -> Floats:
    """Cross product of plane vectors, shapes ``(..., 2)``: positive where ``v`` points left of ``u``."""
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def nearest_on_segments(point: Floats, start: Floats, end: Floats) -> Floats:
    """Give the point of each segment ``start`` to ``end``, ``(n, 2)``, nearest to ``point`` ``(2,)``."""
    along = end - start
    squared = np.sum(along**2, axis=1)
    dot = np.sum((point - start) * along, axis=1)
    share = np.divide(dot, squared, out=np.zeros_like(dot), where=squared > 0)
    nearest: Floats = start + np.clip(share, 0, 1)[:, None] * along
    return nearest

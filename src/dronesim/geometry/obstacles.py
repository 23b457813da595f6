"""Polygons to keep away from, merged into flat arrays of corners and blocking edges.

Obstacles are inflated with mitre joins: straight faces move out by the clearance and corners are
circumscribed (cut off square to their bisector beyond 1.5 clearances), so the inflated polygon holds
every point nearer than the clearance and routes have few corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry.distance import cross, nearest_on_segments, read_only

Floats = NDArray[np.float64]

SHRINK_M = 1e-3
"""Blockers are this much smaller than the polygons whose corners routes turn on."""

_POINTS = 64
"""So many points are held against all edges at once, to bound the memory that it takes."""

_MITRE_LIMIT = 1.5
_STRAIGHT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Obstacles:
    """Merged, inflated obstacles; rings are not closed by a repeat, and the obstacle lies to their left.

    There are no holes, but for one that holds all sites, whose ring runs clockwise.

    ``corner_xy`` (c, 2) in metres; ring k is ``corner_xy[ring_offsets[k]:ring_offsets[k + 1]]``;
    ``is_convex`` (c,) tells the corners that a shortest path can turn on. ``blocker_from_xy`` and
    ``blocker_to_xy`` (b, 2) are the edges that no path may meet: of the same polygons, 1 mm smaller, so that
    a path may run along an edge or past a corner without rounding deciding.
    """

    corner_xy: Floats
    ring_offsets: NDArray[np.intp]
    is_convex: NDArray[np.bool_]
    blocker_from_xy: Floats
    blocker_to_xy: Floats

    @property
    def previous_xy(self) -> Floats:
        """The corner before each corner on its ring, ``(c, 2)``."""
        return self.corner_xy[_ring_shift(self.ring_offsets, -1)]

    @property
    def following_xy(self) -> Floats:
        """The corner after each corner on its ring, ``(c, 2)``."""
        return self.corner_xy[_ring_shift(self.ring_offsets, 1)]

    def covers(self, xy: Floats) -> NDArray[np.bool_]:
        """Tell which points ``(n, 2)`` lie inside a blocker: an odd number of edges lies to their right."""
        inside = [self._covers(xy[first : first + _POINTS]) for first in range(0, len(xy), _POINTS)]
        return np.concatenate([np.zeros(0, dtype=np.bool_), *inside])

    def _covers(self, xy: Floats) -> NDArray[np.bool_]:
        x, y = xy.T
        point, edge = np.nonzero((self.blocker_from_xy[:, 1] > y[:, None]) != (self.blocker_to_xy[:, 1] > y[:, None]))
        a, b = self.blocker_from_xy[edge], self.blocker_to_xy[edge]
        crossing_x = a[:, 0] + (y[point] - a[:, 1]) * ((b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
        return np.asarray(np.bincount(point[crossing_x > x[point]], minlength=len(xy)) % 2 == 1)

    def nearest_edge_point(self, point: Floats) -> Floats:
        """Give the point on the edges of the inflated obstacles nearest to ``point``, both ``(2,)``."""
        candidates = nearest_on_segments(point, self.corner_xy, self.following_xy)
        nearest: Floats = candidates[np.argmin(np.hypot(*(candidates - point).T))]
        return nearest


def prepare_obstacles(polygons: NDArray[Any], *, clearance_m: float, sites_xy: Floats | None = None) -> Obstacles:
    """Inflate, merge and fill valid shapely polygons ``(n,)``; paths around the result keep ``clearance_m``.

    Holes are filled, those between merged obstacles too: nobody flies into a closed yard. The one that holds all of
    ``sites_xy`` ``(m, 2)`` stays, as of a zone around a whole district. Touching, overlapping and repeated polygons
    are fine. The clearance gets 2 mm more, to pay for the shrunk blockers.
    """
    sites = shapely.MultiPoint(np.empty((0, 2)) if sites_xy is None else sites_xy)
    merged = _filled(_offset(np.asarray(polygons, dtype=object), clearance_m + 2 * SHRINK_M), sites)
    corner_xy, ring_offsets = _rings(merged)
    blocker_xy, blocker_offsets = _rings(shapely.get_parts(_offset(merged, -SHRINK_M)))
    return Obstacles(
        corner_xy=read_only(corner_xy),
        ring_offsets=read_only(ring_offsets),
        is_convex=read_only(_is_convex(corner_xy, ring_offsets)),
        blocker_from_xy=read_only(blocker_xy),
        blocker_to_xy=read_only(blocker_xy[_ring_shift(blocker_offsets, 1)]),
    )


def _offset(polygons: NDArray[Any], distance_m: float) -> NDArray[Any]:
    grown = shapely.buffer(polygons, distance_m, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    return np.asarray(grown, dtype=object)


def _filled(polygons: NDArray[Any], sites: shapely.MultiPoint) -> NDArray[Any]:
    """Merge polygons and drop their holes, but one with all sites, until no part lies in another's hole."""
    parts = shapely.get_parts(shapely.disjoint_subset_union_all(polygons))
    has_holes = shapely.get_num_interior_rings(parts) > 0
    if not has_holes.any():
        return parts
    filled = parts.copy()
    filled[has_holes] = [_without_holes(part, sites) for part in parts[has_holes]]
    is_done = np.array_equal(shapely.get_num_interior_rings(filled), shapely.get_num_interior_rings(parts))
    return filled if is_done else _filled(filled, sites)


def _without_holes(part: shapely.Polygon, sites: shapely.MultiPoint) -> shapely.Polygon:
    """Fill the holes of a polygon but one with all sites; without sites every hole is filled."""
    holes = [] if sites.is_empty else [hole for hole in part.interiors if shapely.Polygon(hole).contains(sites)]
    return shapely.Polygon(part.exterior, holes)


def _rings(polygons: NDArray[Any]) -> tuple[Floats, NDArray[np.intp]]:
    """Rings of polygons, outer ones counterclockwise: corners ``(c, 2)`` and offsets ``(r + 1,)``."""
    polygons = polygons[shapely.get_num_coordinates(polygons) > 0]
    rings = shapely.get_rings(shapely.orient_polygons(polygons))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_last = np.diff(ring, append=-1) != 0
    counts = np.bincount(ring, minlength=len(rings)) - 1
    return xy[~is_last], np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


def _ring_shift(offsets: NDArray[np.intp], step: int) -> NDArray[np.intp]:
    """Index of the corner ``step`` places further on the same ring, for each corner."""
    counts = np.diff(offsets)
    start = np.repeat(offsets[:-1], counts)
    place = np.arange(offsets[-1]) - start
    shifted: NDArray[np.intp] = start + (place + step) % np.repeat(counts, counts)
    return shifted


def _is_convex(corner_xy: Floats, offsets: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which corners turn left by more than a rounding error."""
    into = corner_xy - corner_xy[_ring_shift(offsets, -1)]
    out = corner_xy[_ring_shift(offsets, 1)] - corner_xy
    lengths = np.hypot(*into.T) * np.hypot(*out.T)
    return np.asarray(cross(into, out) > _STRAIGHT * lengths)

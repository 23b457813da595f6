"""The sound of drones at places on the ground: how much of it arrives along straight pieces of flight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry.products import matrix_product

Floats = NDArray[np.float64]

NEAREST_M: Final = 5.0
RECEIVER_M: Final = 1.5
OVERFLIGHT_M: Final = 60.0

_BLOCK = 512
"""So many pieces at a time stay near the processor."""


def doses(begins_m: Floats, ends_m: Floats, lasts_s: Floats, places_m: Floats, *, nearest_m: float) -> Floats:
    """Integrate 1/r² over straight pieces of flight, seen from places, in s/m²; shape ``(n, k)``.

    ``begins_m``, ``ends_m`` (n, 3), ``lasts_s`` (n,), ``places_m`` (k, 3). On a line that passes at r0 with speed v,
    the integral from a to b along it is (atan(b/r0) - atan(a/r0)) / (r0 v): π/(r0 v) for a whole pass, T/r² for a
    hover. No line is taken to pass nearer than ``nearest_m``.
    """
    found = np.empty((len(begins_m), len(places_m)))
    for rows in _blocks(len(begins_m)):
        found[rows] = lasts_s[rows, None] * _mean_inverse_square(begins_m[rows], ends_m[rows], places_m, nearest_m)
    return found


def _mean_inverse_square(begins_m: Floats, ends_m: Floats, places_m: Floats, nearest_m: float) -> Floats:
    """Average 1/r² in time, ``(n, k)``: the angle that a piece sweeps, over its length and the distance of its line."""
    way_m = ends_m - begins_m
    long_m = np.sqrt((way_m**2).sum(axis=1))[:, None]
    along = np.divide(way_m, long_m, out=np.zeros_like(way_m), where=long_m > 0)
    before_m = (begins_m * along).sum(axis=1)[:, None] - matrix_product(along, places_m.T)
    square_m2 = np.maximum(_squares(begins_m, places_m) - before_m**2, nearest_m**2)
    swept_m2 = np.sqrt(square_m2) * long_m
    angle = np.arctan2(swept_m2, square_m2 + before_m * (before_m + long_m))
    # of a hover both are nothing, and their ratio is that of small angles
    return np.asarray(np.divide(angle, swept_m2, out=1 / square_m2, where=swept_m2 > 0))


def sound_exposure_dba(dose_s_m2: Floats, *, source_dba: float, source_at_m: float) -> Floats:
    """Turn doses into sound exposure levels, -inf for none: L(r) = source - 20 lg(r/at), summed as energy over 1 s."""
    with np.errstate(divide="ignore"):
        return np.asarray(source_dba + 10 * np.log10(dose_s_m2 * source_at_m**2))


def enters_s(
    begins_m: Floats, ends_m: Floats, times_s: tuple[Floats, Floats], places_m: Floats, *, reach_m: float
) -> Floats:
    """When straight pieces of flight come for the first time within a distance of places in the plane; NaN for never.

    Shapes as in `doses`, of ``times_s`` (n,): when each piece begins and ends; returns ``(n, k)``. The first root of
    |p + s d|² = r² within the piece, or its beginning where that is near already.
    """
    found = np.empty((len(begins_m), len(places_m)))
    for rows in _blocks(len(begins_m)):
        share = _first_share(begins_m[rows, :2], ends_m[rows, :2], places_m[:, :2], reach_m)
        from_s, to_s = (times[rows, None] for times in times_s)
        found[rows] = from_s + share * (to_s - from_s)
    return found


def _first_share(begins_m: Floats, ends_m: Floats, places_m: Floats, reach_m: float) -> Floats:
    way_m = ends_m - begins_m
    a = (way_m**2).sum(axis=1)[:, None]
    b = (begins_m * way_m).sum(axis=1)[:, None] - matrix_product(way_m, places_m.T)
    c = _squares(begins_m, places_m) - reach_m**2
    square = b * b - a * c
    share = np.full(c.shape, np.nan)
    # a root at 0 or later, and no later than 1
    near = np.flatnonzero((c > 0) & (square >= 0) & (b < 0) & (a > 0))
    row = near // c.shape[1]
    root = (-b.flat[near] - np.sqrt(square.flat[near])) / a[row, 0]
    share.flat[near] = np.where(root <= 1, root, np.nan)
    share[c <= 0] = 0.0
    return share


def _squares(points_m: Floats, places_m: Floats) -> Floats:
    """Square of the distance of each point to each place, ``(n, k)``."""
    own, other = (points_m**2).sum(axis=1)[:, None], (places_m**2).sum(axis=1)
    return np.asarray(own - 2 * matrix_product(points_m, places_m.T) + other)


def _blocks(count: int) -> Iterator[slice]:
    for first in range(0, count, _BLOCK):
        yield slice(first, first + _BLOCK)

"""Flight paths as straight pieces in time: marked in terminal areas, neighbours, closest approach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dronesim.record.tables import Columns
from dronesim.verify.intervals import Floats, Ints, Mask

_INSTANT_S = 1e-7
"""Times of tracks that are one millisecond may differ by this in floating point, after they are cut."""
_CELL_S = 30.0
_LEAST_CELL_M = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Straight pieces of flight: ``drone``, ``leg``, begin and end times of shape ``(n,)``.

    ``start_m`` and ``end_m`` have shape ``(n, 3)``: east, north, up. ``area`` (n,) numbers the terminal area that
    a piece lies in, if it is one of those that its leg uses, else -1.
    """

    drone: Ints
    leg: Ints
    area: Ints
    t0_s: Floats
    t1_s: Floats
    start_m: Floats
    end_m: Floats

    def part(self, rows: Ints, low: Floats, high: Floats) -> Pieces:
        """Give the parts of some rows between two shares of their length, each of shape ``(k,)``."""
        span_s, way_m = (self.t1_s - self.t0_s)[rows], (self.end_m - self.start_m)[rows]
        return Pieces(
            drone=self.drone[rows],
            leg=self.leg[rows],
            area=self.area[rows],
            t0_s=self.t0_s[rows] + low * span_s,
            t1_s=self.t0_s[rows] + high * span_s,
            start_m=self.start_m[rows] + low[:, None] * way_m,
            end_m=self.start_m[rows] + high[:, None] * way_m,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Approaches:
    """Closest approaches of pairs of pieces: rows of both, horizontal distance and time; shape ``(k,)``."""

    first: Ints
    second: Ints
    distance_m: Floats
    time_s: Floats


def pieces_of(table: Columns) -> Pieces:
    """Read a table of segments; segments that take no time, or lack numbers, are left out."""
    rows = np.flatnonzero((table["t1_s"] > table["t0_s"]) & is_finite(table))
    return Pieces(
        drone=table["drone"][rows],
        leg=table["leg"][rows],
        area=np.full(len(rows), -1, np.int64),
        t0_s=table["t0_s"][rows],
        t1_s=table["t1_s"][rows],
        start_m=np.stack([table[f"{axis}0_m"][rows] for axis in "xyz"], axis=1),
        end_m=np.stack([table[f"{axis}1_m"][rows] for axis in "xyz"], axis=1),
    )


def mark_between(pieces: Pieces, area: Ints, *, from_s: Floats, until_s: Floats) -> Pieces:
    """Cut pieces at two times and mark what lies between them as of an area; arrays of shape ``(n,)``, area -1: none.

    What is marked already stays as it is.
    """
    span_s = pieces.t1_s - pieces.t0_s
    low, high = (np.clip((time_s - pieces.t0_s) / span_s, 0.0, 1.0) for time_s in (from_s, until_s))
    is_free = (area < 0) | (pieces.area >= 0) | (low >= high)
    low, high = np.where(is_free, 1.0, low), np.where(is_free, 1.0, high)
    before, within, after = np.flatnonzero(low > 0), np.flatnonzero(low < high), np.flatnonzero(high < 1)
    cut = pieces.part(
        np.concatenate([before, within, after]),
        np.concatenate([np.zeros(len(before)), low[within], high[after]]),
        np.concatenate([low[before], high[within], np.ones(len(after))]),
    )
    cut.area[len(before) : len(before) + len(within)] = area[within]
    return cut


def chord(start_m: Floats, end_m: Floats, radius_m: float) -> tuple[Floats, Floats]:
    """Give the shares [low, high] of each segment, shape ``(n, 2)``, that lie within a circle around 0.

    A segment that misses the circle has low = high = 1.
    """
    d = end_m - start_m
    a, b = np.einsum("ij,ij->i", d, d), np.einsum("ij,ij->i", start_m, d)
    c = np.einsum("ij,ij->i", start_m, start_m) - radius_m**2
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(a > 0, (-b - root) / a, np.where(c < 0, 0.0, 1.0))
        high = np.where(a > 0, (-b + root) / a, 1.0)
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    misses = (b * b - a * c <= 0) & (a > 0) | (low >= high)
    return np.where(misses, 1.0, low), np.where(misses, 1.0, high)


def neighbours(pieces: Pieces, reach_m: float, *, is_within: bool = False) -> Iterator[tuple[Pieces, Ints, Ints]]:
    """Give blocks of pairs of short parts that may come within reach of each other.

    Drones are all different, and no pair lies in one terminal area that both use, or each (``is_within``).

    Parts are entered into cells of space and time; only parts that share a cell are paired.
    """
    cell_m = max(_LEAST_CELL_M, 4 * reach_m)
    parts = _split(pieces, cell_m)
    rows, cells = _cells(parts, cell_m=cell_m, margin_m=reach_m / 2)
    order = np.argsort(cells, kind="stable")
    rows, cells = rows[order], cells[order]
    for step in range(1, len(rows)):
        first = np.flatnonzero(cells[step:] == cells[:-step])
        if len(first) == 0:
            return
        one, other = rows[first], rows[first + step]
        is_shared = (parts.area[one] >= 0) & (parts.area[one] == parts.area[other])
        apart = (parts.drone[one] != parts.drone[other]) & (is_shared == is_within)
        yield parts, one[apart], other[apart]


def closest(parts: Pieces, one: Ints, other: Ints, *, vertical_m: float) -> Approaches:
    """Find the closest horizontal approach of each pair while less than ``vertical_m`` apart in height.

    Pairs that are never so are left out, or never in the air together, as one that takes off when the other lands.
    t* = clip(-r·w / w·w) in the window.
    """
    begin = np.maximum(parts.t0_s[one], parts.t0_s[other])
    until = np.minimum(parts.t1_s[one], parts.t1_s[other])
    meet = np.flatnonzero(until > begin + _INSTANT_S)
    one, other, begin, until = one[meet], other[meet], begin[meet], until[meet]
    # a part that a cut has left no time of in floating point stands still
    span_s = (parts.t1_s - parts.t0_s)[:, None]
    way_m = parts.end_m - parts.start_m
    velocity = np.divide(way_m, span_s, out=np.zeros_like(way_m), where=span_s > 0)
    w = velocity[one] - velocity[other]
    r = _place(parts, velocity, one, begin) - _place(parts, velocity, other, begin)
    low, high = _level_window(r[:, 2], w[:, 2], until - begin, vertical_m)
    ww, rw = np.einsum("ij,ij->i", w[:, :2], w[:, :2]), np.einsum("ij,ij->i", r[:, :2], w[:, :2])
    best = np.clip(np.divide(-rw, ww, out=low.copy(), where=ww > 0), low, np.maximum(low, high))
    distance = np.hypot(*(r[:, :2] + w[:, :2] * best[:, None]).T)
    near = np.flatnonzero(high > low)
    return Approaches(first=one[near], second=other[near], distance_m=distance[near], time_s=(begin + best)[near])


def _place(parts: Pieces, velocity: Floats, rows: Ints, time_s: Floats) -> Floats:
    return parts.start_m[rows] + velocity[rows] * (time_s - parts.t0_s[rows])[:, None]


def _level_window(z: Floats, wz: Floats, span_s: Floats, vertical_m: float) -> tuple[Floats, Floats]:
    """Give when |z + wz t| < V within [0, span]: two arrays, the second not above the first where never."""
    still = np.abs(wz) < 1e-12
    rate = np.where(still, 1.0, np.abs(wz))
    middle, half = -z * np.sign(np.where(still, 1.0, wz)) / rate, vertical_m / rate
    low = np.where(still, 0.0, np.clip(middle - half, 0.0, span_s))
    high = np.where(still, np.where(np.abs(z) < vertical_m, span_s, 0.0), np.clip(middle + half, 0.0, span_s))
    return low, high


def _split(pieces: Pieces, cell_m: float) -> Pieces:
    """Split pieces into equal parts no longer than a cell in space and time."""
    length_m = np.hypot(*(pieces.end_m - pieces.start_m)[:, :2].T)
    parts = np.ceil(np.maximum(length_m / cell_m, (pieces.t1_s - pieces.t0_s) / _CELL_S))
    counts = np.maximum(parts, 1).astype(np.int64)
    rows = np.repeat(np.arange(len(counts)), counts)
    number = _counters(counts)
    return pieces.part(rows, number / counts[rows], (number + 1) / counts[rows])


def _cells(parts: Pieces, *, cell_m: float, margin_m: float) -> tuple[Ints, Ints]:
    """Enter each part into every cell that its box touches; gives rows and cell numbers of equal shape."""
    ends = np.stack([parts.start_m[:, :2], parts.end_m[:, :2]])
    low = np.column_stack([(ends.min(axis=0) - margin_m) / cell_m, parts.t0_s / _CELL_S])
    high = np.column_stack([(ends.max(axis=0) + margin_m) / cell_m, parts.t1_s / _CELL_S])
    first = np.floor(low).astype(np.int64)
    spans = np.floor(high).astype(np.int64) - first + 1
    counts = spans.prod(axis=1)
    rows = np.repeat(np.arange(len(counts)), counts)
    number = _counters(counts)
    x = first[rows, 0] + number % spans[rows, 0]
    y = first[rows, 1] + number // spans[rows, 0] % spans[rows, 1]
    t = first[rows, 2] + number // (spans[rows, 0] * spans[rows, 1])
    return rows, _one_number(x, y, t)


def _counters(counts: Ints) -> Ints:
    """Count 0, 1, ... within each repetition."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _one_number(*axes: Ints) -> Ints:
    number = np.zeros(len(axes[0]), np.int64)
    for axis in axes:
        base = axis - axis.min(initial=0)
        number = number * (int(base.max(initial=0)) + 1) + base
    return number


def is_finite(table: Columns) -> Mask:
    """Say which segments have all their numbers."""
    numbers = np.stack([values for name, values in table.items() if name[-2:] in ("_s", "_m")])
    return np.asarray(np.isfinite(numbers).all(axis=0))

"""Finds when straight flights come closest and lose separation, pair by pair, on snapshots and over whole days.

With r the relative place and w the relative velocity, the plane distance is least at t* = -r.w / w.w; it is
below H between the roots of (w.w) t² + 2 (r.w) t + r.r - H². Segments are rows of eight numbers: begin and end
(s), start (m: east, north, up) and velocity (m/s).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vector = tuple[float, float, float]

_TOUCH_M = 1e-9  # nearer than a minimum by up to a nanometre is touching, which is allowed; rounding is smaller
_STILL_MPS = 1e-12


@kernel
def relative(one: Floats, i: int, other: Floats, j: int, at_s: float) -> tuple[Vector, Vector]:
    """Give place and velocity of one segment's flight relative to the other's at a time."""
    a, b = at_s - one[i, 0], at_s - other[j, 0]
    wx, wy, wz = one[i, 5] - other[j, 5], one[i, 6] - other[j, 6], one[i, 7] - other[j, 7]
    x = one[i, 2] - other[j, 2] + (one[i, 5] * a - other[j, 5] * b)
    y = one[i, 3] - other[j, 3] + (one[i, 6] * a - other[j, 6] * b)
    z = one[i, 4] - other[j, 4] + (one[i, 7] * a - other[j, 7] * b)
    return (x, y, z), (wx, wy, wz)


@kernel
def closest_within(r: Vector, w: Vector, low: float, high: float) -> tuple[float, float]:
    """Give time and plane distance of the closest approach between two times: t* = clip(-r.w / w.w)."""
    squared = w[0] * w[0] + w[1] * w[1]
    at = -(r[0] * w[0] + r[1] * w[1]) / squared if squared > _STILL_MPS * _STILL_MPS else low
    at = min(max(at, low), high)
    return at, np.hypot(r[0] + w[0] * at, r[1] + w[1] * at)


@kernel
def level_window(z: float, wz: float, span: float, vertical: float) -> tuple[float, float]:
    """Give when ``|z + wz t| < vertical`` within [0, span]; begin >= end if never."""
    if abs(wz) < _STILL_MPS:
        return (0.0, span) if abs(z) < vertical else (0.0, 0.0)
    one, other = (-vertical - z) / wz, (vertical - z) / wz
    return max(0.0, min(one, other)), min(span, max(one, other))


@kernel
def plane_window(r: Vector, w: Vector, separation: float) -> tuple[float, float]:
    """Give when ``|r + w t| < separation`` in the plane, around t*; begin > end if never."""
    squared = w[0] * w[0] + w[1] * w[1]
    if squared < _STILL_MPS * _STILL_MPS:
        return (-np.inf, np.inf) if np.hypot(r[0], r[1]) < separation else (np.inf, -np.inf)
    miss = abs(r[0] * w[1] - r[1] * w[0]) / np.sqrt(squared)
    if miss >= separation:
        return np.inf, -np.inf
    half = np.sqrt((separation - miss) * (separation + miss) / squared)
    middle = -(r[0] * w[0] + r[1] * w[1]) / squared
    return middle - half, middle + half


@kernel
def loss_within(r: Vector, w: Vector, span: float, minima: tuple[float, float]) -> tuple[float, float]:
    """Give when separation is lost within [0, span]: below both minima at once; begin >= end if never."""
    low, high = level_window(r[2], w[2], span, minima[1] - _TOUCH_M)
    if low >= high:
        return low, high
    begin, end = plane_window(r, w, minima[0] - _TOUCH_M)
    return max(low, begin), min(high, end)


@kernel
def detect_from(
    states: Floats,
    first: int,
    last: int,
    k: int,
    minima: tuple[float, float],
    look_ahead_s: float,
    found: Floats,
    count: int,
) -> int:
    """Test aircraft ``k`` of the sorted states, (n, 6), against ``first`` to ``last``; returns the conflicts so far."""
    x, y, z = states[k, 0], states[k, 1], states[k, 2]
    ux, uy, uz = states[k, 3], states[k, 4], states[k, 5]
    for j in range(first, last):
        rx, ry, rz = states[j, 0] - x, states[j, 1] - y, states[j, 2] - z
        wx, wy, wz = states[j, 3] - ux, states[j, 4] - uy, states[j, 5] - uz
        # closing speed times time must bridge the gap, and the line of flight must pass through the disc; all
        # is computed before the one branch, for most pairs fail one test or another, in no order to be guessed
        squared, closing, cross = wx * wx + wy * wy, rx * wx + ry * wy, rx * wy - ry * wx
        gap = rx * rx + ry * ry - minima[0] * minima[0]
        is_past = (closing >= 0.0) | (cross * cross > minima[0] * minima[0] * squared)
        if (abs(rz) - abs(wz) * look_ahead_s >= minima[1]) | ((gap > 0.0) & is_past):
            continue
        r, w = (rx, ry, rz), (wx, wy, wz)
        begin, end = loss_within(r, w, look_ahead_s, minima)
        if begin < end:
            if count < len(found):
                low, high = level_window(rz, wz, look_ahead_s, minima[1] - _TOUCH_M)
                at, distance = closest_within(r, w, low, high)
                found[count, 0], found[count, 1] = k, j
                found[count, 2], found[count, 3], found[count, 4] = begin, at, distance
            count += 1
    return count


@kernel
def detect(
    states: Floats, begins: Ints, columns: int, minima: tuple[float, float], look_ahead_s: float, found: Floats
) -> int:
    """Write all conflicts within the look-ahead of a snapshot, ``states`` (n, 6) of place and velocity.

    Aircraft come sorted by square cells, row by row of so many columns; cell c has those from ``begins[c]`` to
    ``begins[c + 1]``. Cells are so wide that conflicts lie in one or in adjoining cells; half of the eight
    neighbours are looked at. A row of ``found``: both aircraft, when separation is lost, when the two are
    closest while within V in height, and their distance then. Returns the number of conflicts, which may be
    more than there was room for.
    """
    count = 0
    for cell in range(len(begins) - 1):
        column = cell % columns
        above = cell - column + columns
        west, east = above + max(column - 1, 0), above + min(column + 2, columns)
        beside = cell + 2 if column + 1 < columns else cell + 1
        for k in range(begins[cell], begins[cell + 1]):
            count = detect_from(states, k + 1, begins[beside], k, minima, look_ahead_s, found, count)
            if above + 1 < len(begins):
                count = detect_from(states, begins[west], begins[east], k, minima, look_ahead_s, found, count)
    return count


@kernel
def closest_of_pairs(rows: Floats, pairs: Ints, vertical_m: float) -> Floats:
    """Give the least plane distance of each pair of segments, (k,), while it is less than ``vertical_m`` apart."""
    least = np.full(len(pairs), np.inf)
    for k in range(len(pairs)):
        i, j = pairs[k, 0], pairs[k, 1]
        begin, end = max(rows[i, 0], rows[j, 0]), min(rows[i, 1], rows[j, 1])
        r, w = relative(rows, i, rows, j, begin)
        low, high = level_window(r[2], w[2], end - begin, vertical_m - _TOUCH_M)
        if low < high:
            least[k] = closest_within(r, w, low, high)[1]
    return least


@kernel
def loss_in_slice(rows: Floats, k: int, j: int, slice_s: tuple[float, float], minima: tuple[float, float]) -> Vector:
    """Give the moment from which two segments share a slice of time, and when after it they lose separation."""
    begin = max(rows[k, 0], rows[j, 0], slice_s[0])
    span = min(rows[k, 1], rows[j, 1], slice_s[1]) - begin
    r, w = relative(rows, k, rows, j, begin)
    if abs(r[0]) - abs(w[0]) * span >= minima[0] or abs(r[1]) - abs(w[1]) * span >= minima[0] or span <= 0.0:
        return begin, 0.0, 0.0
    low, high = loss_within(r, w, span, minima)
    return begin, low, high


@kernel
def losses_beside(
    rows: Floats,
    owner: Ints,
    k: int,
    j: int,
    links: Ints,
    slice_s: tuple[float, float],
    minima: tuple[float, float],
    is_within: bool,
    pairs: Ints,
    intervals: Floats,
    count: int,
) -> int:
    """Test segment ``k`` against the list of a cell that begins with ``j``; returns the losses so far.

    Those within one terminal area (``is_within``), or all others.
    """
    while j >= 0:
        is_shared = owner[k, 1] >= 0 and owner[j, 1] == owner[k, 1]
        if owner[j, 0] != owner[k, 0] and is_shared == is_within:
            begin, low, high = loss_in_slice(rows, k, j, slice_s, minima)
            if low < high:
                if count < len(pairs):
                    pairs[count, 0], pairs[count, 1] = j, k
                    intervals[count, 0], intervals[count, 1] = begin + low, begin + high
                count += 1
        j = links[j]
    return count


@kernel
def cell_of(rows: Floats, k: int, at_s: float, origin_m: tuple[float, float], side_m: float) -> tuple[int, int]:
    """Give line and column of the cell in which a segment's flight is at a time."""
    x, y = rows[k, 2] + rows[k, 5] * (at_s - rows[k, 0]), rows[k, 3] + rows[k, 6] * (at_s - rows[k, 0])
    return int((y - origin_m[1]) / side_m), int((x - origin_m[0]) / side_m)


@kernel
def losses_in_slice(
    rows: Floats,
    owner: Ints,
    active: Ints,
    slice_s: tuple[float, float],
    origin_m: tuple[float, float],
    side_m: float,
    minima: tuple[float, float],
    heads: Ints,
    links: Ints,
    is_within: bool,
    pairs: Ints,
    intervals: Floats,
    count: int,
) -> int:
    """Test all segments of a slice of time that lie in adjoining cells, each pair once; returns the losses so far.

    Each looks into the nine cells around it for those entered before, then is entered itself. ``heads``, the
    cells' first segments, (lines, columns), are -1 before and after; a border of empty cells is part of them.
    """
    for k in active:
        line, column = cell_of(rows, k, max(rows[k, 0], slice_s[0]), origin_m, side_m)
        for beside in range(line - 1, line + 2):
            for above in range(column - 1, column + 2):
                j = heads[beside, above]
                count = losses_beside(rows, owner, k, j, links, slice_s, minima, is_within, pairs, intervals, count)
        links[k] = heads[line, column]
        heads[line, column] = k
    for k in active:
        line, column = cell_of(rows, k, max(rows[k, 0], slice_s[0]), origin_m, side_m)
        heads[line, column] = -1
    return count


@kernel
def sweep_losses(
    rows: Floats,
    owner: Ints,
    span_s: float,
    origin_m: tuple[float, float],
    side_m: float,
    heads: Ints,
    minima: tuple[float, float],
    is_within: bool,
    pairs: Ints,
    intervals: Floats,
) -> int:
    """Write the pairs of segments that lose separation, and when, slice of time by slice of time.

    ``rows`` in order of their beginnings; ``owner`` (n, 2): drone and terminal tag. With ``is_within`` they are those
    of one terminal area, else all others. Within a slice of ``span_s``, segments that lose separation begin in
    adjoining cells. ``pairs`` (k, 2), ``intervals`` (k, 2). Returns the number of losses, which may be more than there
    was room for.
    """
    active, links = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    count = airborne = upcoming = 0
    start_s = -np.inf
    while airborne > 0 or upcoming < len(rows):
        if airborne == 0:
            start_s = rows[upcoming, 0]
        end_s = start_s + span_s
        while upcoming < len(rows) and rows[upcoming, 0] < end_s:
            active[airborne] = upcoming
            airborne += 1
            upcoming += 1
        slice_s = (start_s, end_s)
        count = losses_in_slice(
            rows,
            owner,
            active[:airborne],
            slice_s,
            origin_m,
            side_m,
            minima,
            heads,
            links,
            is_within,
            pairs,
            intervals,
            count,
        )
        kept = 0
        for k in active[:airborne]:
            if rows[k, 1] > end_s:
                active[kept] = k
                kept += 1
        airborne, start_s = kept, end_s
    return count

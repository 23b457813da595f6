"""Finds the departure delays that straight flights forbid each other, in closed form.

A segment is a row of eight numbers: when it begins and ends (s), where it begins (m: east, north, up) and its
velocity (m/s). A path's rows count seconds from its departure, a reserved flight's rows are in clock time.

With a the path's own time, t the clock, u and v the velocities, the pairs (a, t) for which both are in their
windows, less than V apart in height and less than H in the plane form a convex set: a rectangle, cut by the
slab |z + uz a - vz t| < V, within the ellipse |r + u a - v t| < H (a strip where u and v are parallel). The
departures t - a that lose separation are its shadow, hence one open interval. Its ends lie on the boundary of
the polygon inside the ellipse, or at a tangent of the ellipse inside the polygon.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOUCH_M = 1e-9  # nearer than a minimum by up to a nanometre is touching, which is allowed; rounding is smaller
_SLIT_S = 1e-6  # a gap too narrow to depart in
_STILL_M = 1e-9  # an edge over which the distance does not change
_PARALLEL = 1e-9  # below this sine the ellipse is so long that the polygon cuts off its tangents
_SLACK_MS = 1e-6  # as in units.to_ms
_MS = 1000.0


@kernel
def disc_chord(x: float, y: float, dx: float, dy: float, radius: float) -> tuple[float, float]:
    """Give the shares s in [0, 1] for which ``|(x, y) + s (dx, dy)| < radius``; begin >= end where there are none.

    Written around the closest point, at the distance |r x d| / |d|, which keeps its accuracy where the
    discriminant of the quadratic loses it.
    """
    squared = dx * dx + dy * dy
    if squared < _STILL_M * _STILL_M:
        return (0.0, 1.0) if np.hypot(x, y) < radius else (1.0, 0.0)
    miss = abs(x * dy - y * dx) / np.sqrt(squared)
    if miss >= radius:
        return 1.0, 0.0
    middle = -(x * dx + y * dy) / squared
    half = np.sqrt((radius - miss) * (radius + miss) / squared)
    return max(0.0, middle - half), min(1.0, middle + half)


@kernel
def cut_polygon(polygon: Floats, count: int, height: tuple[float, float, float], limit: float, cut: Floats) -> int:
    """Keep the part of a convex polygon where ``height[0] + height[1] a + height[2] t <= limit``.

    Corners (a, t) are the first ``count`` rows of ``polygon``; writes ``cut`` and returns its corners
    (Sutherland and Hodgman 1974).
    """
    kept = 0
    for k in range(count):
        a, t = polygon[k, 0], polygon[k, 1]
        next_a, next_t = polygon[(k + 1) % count, 0], polygon[(k + 1) % count, 1]
        over = height[0] + height[1] * a + height[2] * t - limit
        next_over = height[0] + height[1] * next_a + height[2] * next_t - limit
        if over <= 0.0:
            cut[kept, 0], cut[kept, 1] = a, t
            kept += 1
        if (over < 0.0 < next_over) or (next_over < 0.0 < over):
            share = over / (over - next_over)
            cut[kept, 0], cut[kept, 1] = a + share * (next_a - a), t + share * (next_t - t)
            kept += 1
    return kept


@kernel
def level_polygon(z: float, uz: float, vz: float, spans: tuple[float, float], limit: float, corners: Floats) -> int:
    """Cut the windows' rectangle with the slab ``|z + uz a - vz t| < limit``.

    Writes the corners (a, t) into ``corners[0]`` and returns their number; ``corners`` is scratch, (2, 8, 2).
    """
    rise, fall = uz * spans[0], -vz * spans[1]
    low, high = z + min(0.0, rise) + min(0.0, fall), z + max(0.0, rise) + max(0.0, fall)
    if low >= limit or high <= -limit:
        return 0
    rectangle = corners[0]
    rectangle[0, 0], rectangle[0, 1] = 0.0, 0.0
    rectangle[1, 0], rectangle[1, 1] = spans[0], 0.0
    rectangle[2, 0], rectangle[2, 1] = spans[0], spans[1]
    rectangle[3, 0], rectangle[3, 1] = 0.0, spans[1]
    if low > -limit and high < limit:
        return 4
    count = cut_polygon(rectangle, 4, (z, uz, -vz), limit, corners[1])
    return cut_polygon(corners[1], count, (-z, -uz, vz), limit, rectangle)


@kernel
def is_out_of_reach(gap: float, along: float, against: float, limit: float) -> bool:
    """Say whether ``gap + a along - t against`` keeps at least ``limit`` from 0 for all shares a, t in [0, 1]."""
    low = gap + min(0.0, along) + min(0.0, -against)
    high = gap + max(0.0, along) + max(0.0, -against)
    return low >= limit or high <= -limit


@kernel
def forbidden_delays(
    path: Floats, i: int, reserved: Floats, j: int, minima: tuple[float, float], corners: Floats
) -> tuple[float, float]:
    """Give the open interval of departures for which segment ``i`` of the path meets reserved segment ``j``.

    ``minima`` are H and V in metres; ``corners`` is scratch of shape (2, 8, 2). The interval is (inf, -inf)
    if no departure loses separation.
    """
    separation, vertical = minima[0] - _TOUCH_M, minima[1] - _TOUCH_M
    spans = (path[i, 1] - path[i, 0], reserved[j, 1] - reserved[j, 0])
    x, y, z = path[i, 2] - reserved[j, 2], path[i, 3] - reserved[j, 3], path[i, 4] - reserved[j, 4]
    ux, uy, uz = path[i, 5], path[i, 6], path[i, 7]
    vx, vy, vz = reserved[j, 5], reserved[j, 6], reserved[j, 7]
    low, high = np.inf, -np.inf
    if is_out_of_reach(x, ux * spans[0], vx * spans[1], separation):
        return low, high
    if is_out_of_reach(y, uy * spans[0], vy * spans[1], separation):
        return low, high
    count = level_polygon(z, uz, vz, spans, vertical, corners)
    for k in range(count):
        a, t = corners[0, k, 0], corners[0, k, 1]
        da, dt = corners[0, (k + 1) % count, 0] - a, corners[0, (k + 1) % count, 1] - t
        begin, end = disc_chord(
            x + ux * a - vx * t, y + uy * a - vy * t, ux * da - vx * dt, uy * da - vy * dt, separation
        )
        if begin < end:
            first, last = t - a + begin * (dt - da), t - a + end * (dt - da)
            low, high = min(low, first, last), max(high, first, last)
    # Tangents: with w = u - v and c = u x v they touch at q - r, q = +-H (wy, -wx) / |w|, where the delay is
    # (q - r) x w / c. Taking c as w x v spares the digits that equal velocities cancel in u x v.
    wx, wy = ux - vx, uy - vy
    speed, area = np.hypot(wx, wy), wx * vy - wy * vx
    if count > 0 and abs(area) > _PARALLEL * np.hypot(ux, uy) * np.hypot(vx, vy):
        for side in (-separation, separation):
            qx, qy = side * wy / speed - x, -side * wx / speed - y
            a, t = (qx * vy - qy * vx) / area, (qx * uy - qy * ux) / area
            if 0.0 <= a <= spans[0] and 0.0 <= t <= spans[1] and abs(z + uz * a - vz * t) <= vertical:
                delay = (qx * wy - qy * wx) / area
                low, high = min(low, delay), max(high, delay)
    offset = reserved[j, 0] - path[i, 0]
    return low + offset, high + offset


@kernel
def sort_intervals(intervals: Floats) -> None:
    """Sort rows by their first number, in place (Shell 1959); numpy's sort would compile for seconds."""
    gap = len(intervals) // 2
    while gap > 0:
        for k in range(gap, len(intervals)):
            start, end = intervals[k, 0], intervals[k, 1]
            place = k
            while place >= gap and intervals[place - gap, 0] > start:
                intervals[place, 0], intervals[place, 1] = intervals[place - gap, 0], intervals[place - gap, 1]
                place -= gap
            intervals[place, 0], intervals[place, 1] = start, end
        gap //= 2


@kernel
def merge_intervals(intervals: Floats, out: Floats, filled: int) -> int:
    """Write the union of open intervals, (k, 2), behind the ``filled`` rows of ``out``; sorts them first.

    The union is in order; gaps too narrow to depart in are closed. Returns the rows filled then.
    """
    sort_intervals(intervals)
    begun = filled
    for k in range(len(intervals)):
        start, end = intervals[k, 0], intervals[k, 1]
        if filled > begun and start <= out[filled - 1, 1] + _SLIT_S:
            out[filled - 1, 1] = max(out[filled - 1, 1], end)
        else:
            out[filled, 0], out[filled, 1] = start, end
            filled += 1
    return filled


@kernel
def pair_delays(
    pairs: Ints,
    path: Floats,
    reserved: Floats,
    minima: tuple[float, float],
    widening_s: float,
    window_s: tuple[float, float],
    delays: Floats,
    kept: Ints,
) -> int:
    """Find the forbidden departures of pairs (i, j) of segments that reach into the open window of interest.

    Writes the widened intervals into ``delays``, the pairs' rows into ``kept``, both in the pairs' order, and
    returns how many there are.
    """
    count = 0
    corners = np.empty((2, 8, 2))
    for k in range(len(pairs)):
        low, high = forbidden_delays(path, pairs[k, 0], reserved, pairs[k, 1], minima, corners)
        if low < high and high + widening_s > window_s[0] and low - widening_s < window_s[1]:
            delays[count, 0], delays[count, 1] = low - widening_s, high + widening_s
            kept[count] = k
            count += 1
    return count


@kernel
def path_unions(
    pairs: Ints,
    bounds: Ints,
    path: Floats,
    reserved: Floats,
    minima: tuple[float, float],
    widening_s: float,
    window_s: tuple[float, float],
) -> tuple[Floats, Ints]:
    """Unite the forbidden departures of each of several paths, whose segments lie between ``bounds``.

    Returns the unions one behind the other, (k, 2), and where each begins and ends, (paths + 1,).
    """
    delays, kept = np.empty((len(pairs), 2)), np.empty(len(pairs), np.int64)
    count = pair_delays(pairs, path, reserved, minima, widening_s, window_s, delays, kept)
    unions, ends = np.empty((count, 2)), np.zeros(len(bounds), np.int64)
    first = filled = 0
    for number in range(1, len(bounds)):
        last = first
        while last < count and pairs[kept[last], 0] < bounds[number]:
            last += 1
        filled = merge_intervals(delays[first:last], unions, filled)
        ends[number], first = filled, last
    return unions[:filled], ends


@kernel
def whole_ms(unions: Floats) -> Ints:
    """List the whole milliseconds inside open intervals of seconds, (k, 2), as half-open intervals, some empty.

    Up to a nanosecond inside counts as outside, as wherever times become milliseconds (``units.to_ms``): an end that
    is a whole millisecond but for rounding is one, at any time of day.
    """
    closed = np.empty((len(unions), 2), np.int64)
    for k in range(len(unions)):
        closed[k, 0] = np.int64(np.floor(unions[k, 0] * _MS + _SLACK_MS)) + 1
        closed[k, 1] = np.int64(np.ceil(unions[k, 1] * _MS - _SLACK_MS))
    return closed


@kernel
def first_gap_ms(union: Floats, at_ms: int) -> int:
    """Find the first whole millisecond at or after ``at_ms`` outside a union of open intervals in seconds.

    Up to a nanosecond inside counts as outside, as wherever times become milliseconds (``units.to_ms``).
    """
    for k in range(len(union)):
        if union[k, 0] * _MS >= at_ms - _SLACK_MS:
            return at_ms
        if at_ms + _SLACK_MS < union[k, 1] * _MS:
            at_ms = int(np.ceil(union[k, 1] * _MS - _SLACK_MS))
    return at_ms

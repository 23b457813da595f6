"""Forbidden departures by numpy alone, for every pair of segments at once: exact, as somebody would write it first.

The departures at which a path's segment meets a reserved one are the shadow of a convex set in the plane of both clocks
(``dronesim.airspace.delay_kernels``). Its ends lie on one of six lines (four sides of the windows, two faces of the
slab of heights) within all other bounds, or at a tangent of the ellipse.
"""

from __future__ import annotations

import numpy as np

from oracles.clearance import SLIT_S, TOUCH_M


def forbidden(paths, reserved, *, separation_m, vertical_m, widening_s=0.0, earliest_s=-np.inf):
    """Find the departures that reserved segments forbid each of several paths, (k, 2) seconds, in order and apart.

    ``paths``: pairs of rows (n, 8) and tags (n,); ``reserved``: rows (m, 8) in clock time and tags (m,).
    """
    own = np.concatenate([np.full(len(tags), number) for number, (_, tags) in enumerate(paths)])
    rows, tags = (np.concatenate([path[part] for path in paths]) for part in (0, 1))
    i, j = near_pairs(rows, tags, *reserved, separation_m, vertical_m, earliest_s - widening_s)
    low, high = delays(rows[i], reserved[0][j], separation_m - TOUCH_M, vertical_m - TOUCH_M)
    kept = (low < high) & (high + widening_s > earliest_s)
    low, high, path_of = low[kept] - widening_s, high[kept] + widening_s, own[i[kept]]
    return [united(low[path_of == number], high[path_of == number]) for number in range(len(paths))]


def near_pairs(rows, tags, reserved, reserved_tags, separation_m, vertical_m, earliest_s):
    """Name the pairs of segments whose boxes in space come within the minima, and that can matter by then."""
    ends, reserved_ends = rows[:, 2:5] + rows[:, 5:] * spans(rows), reserved[:, 2:5] + reserved[:, 5:] * spans(reserved)
    near = (tags[:, None] < 0) | (tags[:, None] != reserved_tags)
    near &= reserved[:, 1] - rows[:, :1] > earliest_s
    for axis, reach_m in ((0, separation_m), (1, separation_m), (2, vertical_m)):
        low, high = np.minimum(rows[:, 2 + axis], ends[:, axis]), np.maximum(rows[:, 2 + axis], ends[:, axis])
        their_low = np.minimum(reserved[:, 2 + axis], reserved_ends[:, axis])
        their_high = np.maximum(reserved[:, 2 + axis], reserved_ends[:, axis])
        near &= (low[:, None] - reach_m < their_high) & (their_low < high[:, None] + reach_m)
    return np.nonzero(near)


def spans(rows):
    return (rows[:, 1] - rows[:, 0])[:, None]


def delays(p, q, separation_m, vertical_m):
    """Give the interval of departures of each pair of rows, (k, 8) both; inf, -inf for none."""
    long_a, long_t = p[:, 1] - p[:, 0], q[:, 1] - q[:, 0]
    (x, y, z), u, v = (p[:, 2:5] - q[:, 2:5]).T, p[:, 5:].T, q[:, 5:].T
    nought = np.zeros_like(x)
    low, high = np.full_like(x, np.inf), np.full_like(x, -np.inf)
    lines = [
        (nought, nought, 1.0, 0.0),
        (nought, long_t, 1.0, 0.0),
        (nought, nought, 0.0, 1.0),
        (long_a, nought, 0.0, 1.0),
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        for face_m in (-vertical_m, vertical_m):
            # z + uz a - vz t = face, from the point of it that is nearest to a = t = 0
            squared = u[2] ** 2 + v[2] ** 2
            foot = (face_m - z) / squared
            lines.append((foot * u[2], -foot * v[2], v[2] / np.sqrt(squared), u[2] / np.sqrt(squared)))
        for a, t, da, dt in lines:
            begin, end = on_line(a, t, da, dt, (x, y, z), u, v, (long_a, long_t), separation_m, vertical_m)
            found = begin < end
            for s in (begin, end):
                delay = t - a + s * (dt - da)
                low, high = np.where(found, np.fmin(low, delay), low), np.where(found, np.fmax(high, delay), high)
        for delay, found in tangents((x, y, z), u, v, (long_a, long_t), separation_m, vertical_m):
            low, high = np.where(found, np.minimum(low, delay), low), np.where(found, np.maximum(high, delay), high)
    return low + q[:, 0] - p[:, 0], high + q[:, 0] - p[:, 0]


def on_line(a, t, da, dt, r, u, v, longs, separation_m, vertical_m):
    """Between which s the point (a, t) + s (da, dt) is within windows, slab and disc."""
    begin, end = np.full_like(r[0], -np.inf), np.full_like(r[0], np.inf)
    height, climb = r[2] + u[2] * a - v[2] * t, u[2] * da - v[2] * dt
    bounds = [(a, da, 0.0, longs[0]), (t, dt, 0.0, longs[1]), (height, climb, -vertical_m, vertical_m)]
    for value, slope, least, most in bounds:
        one, other = (least - value) / slope, (most - value) / slope
        is_flat, is_in = np.abs(slope) < 1e-12, (value > least - 1e-9) & (value < most + 1e-9)
        begin = np.where(is_flat, np.where(is_in, begin, np.inf), np.maximum(begin, np.minimum(one, other)))
        end = np.where(is_flat, end, np.minimum(end, np.maximum(one, other)))
    gx, gy = r[0] + u[0] * a - v[0] * t, r[1] + u[1] * a - v[1] * t
    dx, dy = u[0] * da - v[0] * dt, u[1] * da - v[1] * dt
    squared = dx * dx + dy * dy
    miss_squared = np.where(squared > 1e-18, (gx * dy - gy * dx) ** 2 / squared, gx * gx + gy * gy)
    half = np.sqrt(np.maximum(separation_m**2 - miss_squared, 0.0) / squared)
    middle = -(gx * dx + gy * dy) / squared
    moves = squared > 1e-18
    begin = np.where(moves, np.maximum(begin, middle - half), begin)
    end = np.where(moves, np.minimum(end, middle + half), end)
    return np.where(miss_squared < separation_m**2, begin, np.inf), end


def tangents(r, u, v, longs, separation_m, vertical_m):
    """Delays at both tangents of each ellipse, and whether they lie within windows and slab."""
    wx, wy = u[0] - v[0], u[1] - v[1]
    speed, area = np.hypot(wx, wy), wx * v[1] - wy * v[0]
    is_ellipse = np.abs(area) > 1e-9 * np.hypot(u[0], u[1]) * np.hypot(v[0], v[1])
    for side in (-separation_m, separation_m):
        qx, qy = side * wy / speed - r[0], -side * wx / speed - r[1]
        a, t = (qx * v[1] - qy * v[0]) / area, (qx * u[1] - qy * u[0]) / area
        inside = (a >= 0) & (a <= longs[0]) & (t >= 0) & (t <= longs[1])
        inside &= np.abs(r[2] + u[2] * a - v[2] * t) <= vertical_m
        yield (qx * wy - qy * wx) / area, inside & is_ellipse


def united(low, high):
    """Unite open intervals, gaps under a microsecond closed, to (k, 2)."""
    if not len(low):
        return np.empty((0, 2))
    order = np.argsort(low)
    low, reached = low[order], np.maximum.accumulate(high[order])
    begins = np.append(True, low[1:] > reached[:-1] + SLIT_S)
    return np.column_stack([low[begins], reached[np.append(np.flatnonzero(begins)[1:] - 1, len(low) - 1)]])

"""Slow readable twin of dronesim.airspace's clearances: six lines and two tangents, every segment, no cells.

A segment is (begin, end, (x, y, z), (vx, vy, vz)). The forbidden departures of a pair are the shadow t - a of
the convex set of times (a, t) at which the two are too close. Its ends lie on one of six lines (the four sides
of the windows, the two faces of the slab) or at the two tangents of the ellipse.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Vector = tuple[float, float, float]
Interval = tuple[float, float]
Line = tuple[float, float, float, float]
"""A point (a, t) and a direction in the plane of both clocks."""

TOUCH_M = 1e-9
SLIT_S = 1e-6
NOWHERE = (math.inf, -math.inf)


class Segment(NamedTuple):
    begin_s: float
    end_s: float
    start_m: Vector
    velocity: Vector


class Reserved(NamedTuple):
    segment: Segment
    flight: int
    terminal: int


class Encounter(NamedTuple):
    """Relative place r + u a - v t, with both clocks from the beginning of their segments."""

    r: Vector
    u: Vector
    v: Vector
    last_a: float
    last_t: float
    separation_m: float
    vertical_m: float

    def gap(self, axis: int, a: float, t: float) -> float:
        return self.r[axis] + self.u[axis] * a - self.v[axis] * t

    def distance_m(self, a: float, t: float) -> float:
        return math.hypot(self.gap(0, a, t), self.gap(1, a, t))


def forbidden_delays(path: Segment, reserved: Segment, separation_m: float, vertical_m: float) -> Interval:
    """The open interval of departures that bring the two too close; (inf, -inf) if there are none."""
    meeting = Encounter(
        r=tuple(path.start_m[k] - reserved.start_m[k] for k in range(3)),
        u=path.velocity,
        v=reserved.velocity,
        last_a=path.end_s - path.begin_s,
        last_t=reserved.end_s - reserved.begin_s,
        separation_m=separation_m - TOUCH_M,
        vertical_m=vertical_m - TOUCH_M,
    )
    ends = [t - a for line in window_sides(meeting) for a, t in ends_on(line, meeting)]
    ends += [t - a for line in slab_faces(meeting) for a, t in ends_on(line, meeting, is_face=True)]
    ends += tangents(meeting)
    if not ends:
        return NOWHERE
    offset = reserved.begin_s - path.begin_s
    return offset + min(ends), offset + max(ends)


def window_sides(meeting: Encounter) -> list[Line]:
    return [
        (0.0, 0.0, 0.0, 1.0),
        (meeting.last_a, 0.0, 0.0, 1.0),
        (0.0, 0.0, 1.0, 0.0),
        (0.0, meeting.last_t, 1.0, 0.0),
    ]


def slab_faces(meeting: Encounter) -> list[Line]:
    """The lines z + uz a - vz t = V and = -V; there are none where the height between the two is constant."""
    z, uz, vz = meeting.r[2], meeting.u[2], meeting.v[2]
    faces = []
    for height in (meeting.vertical_m, -meeting.vertical_m):
        if abs(uz) >= abs(vz) and uz != 0:
            faces.append(((height - z) / uz, 0.0, vz / uz, 1.0))
        elif vz != 0:
            faces.append((0.0, (z - height) / vz, 1.0, uz / vz))
    return faces


def ends_on(line: Line, meeting: Encounter, *, is_face: bool = False) -> list[tuple[float, float]]:
    """Where the part of a line on which the two are too close begins and ends."""
    a, t, da, dt = line
    parts = [within(a, da, 0.0, meeting.last_a), within(t, dt, 0.0, meeting.last_t), in_disc(line, meeting)]
    if not is_face:
        rise = meeting.u[2] * da - meeting.v[2] * dt
        parts.append(below(meeting.gap(2, a, t), rise, meeting.vertical_m))
    low, high = max(part[0] for part in parts), min(part[1] for part in parts)
    return [(a + low * da, t + low * dt), (a + high * da, t + high * dt)] if low < high else []


def within(value: float, rate: float, low: float, high: float) -> Interval:
    """When a value that changes at a rate lies from low to high."""
    if rate == 0:
        return (-math.inf, math.inf) if low <= value <= high else NOWHERE
    one, other = (low - value) / rate, (high - value) / rate
    return min(one, other), max(one, other)


def below(value: float, rate: float, limit: float) -> Interval:
    """When a value that changes at a rate is less than the limit from 0."""
    if rate == 0:
        return (-math.inf, math.inf) if abs(value) < limit else NOWHERE
    return within(value, rate, -limit, limit)


def in_disc(line: Line, meeting: Encounter) -> Interval:
    """When the place on a line lies in the disc of the separation: a quadratic, around its lowest point."""
    a, t, da, dt = line
    x, y = meeting.gap(0, a, t), meeting.gap(1, a, t)
    dx, dy = (meeting.u[k] * da - meeting.v[k] * dt for k in (0, 1))
    speed = math.hypot(dx, dy)
    if speed < 1e-12:
        return (-math.inf, math.inf) if math.hypot(x, y) < meeting.separation_m else NOWHERE
    miss = abs(x * dy - y * dx) / speed
    if miss >= meeting.separation_m:
        return NOWHERE
    middle = -(x * dx + y * dy) / speed**2
    half = math.sqrt(meeting.separation_m**2 - miss**2) / speed
    return middle - half, middle + half


def tangents(meeting: Encounter) -> Iterator[float]:
    """Delays at the tangents t - a = constant of the ellipse, where they lie inside windows and slab.

    With M = [u, -v] and g = M^-T (-1, 1), they touch where the relative place is +-H g / |g|.
    """
    (ux, uy, _), (vx, vy, _) = meeting.u, meeting.v
    determinant = vx * uy - ux * vy
    if abs(determinant) <= 1e-9 * math.hypot(ux, uy) * math.hypot(vx, vy):
        return
    gx, gy = (vy - uy) / determinant, (ux - vx) / determinant
    length = math.hypot(gx, gy)
    for side in (meeting.separation_m, -meeting.separation_m):
        rx, ry = side * gx / length - meeting.r[0], side * gy / length - meeting.r[1]
        a, t = (vx * ry - vy * rx) / determinant, (ux * ry - uy * rx) / determinant
        is_inside = 0 <= a <= meeting.last_a and 0 <= t <= meeting.last_t
        if is_inside and abs(meeting.gap(2, a, t)) <= meeting.vertical_m:
            yield t - a


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Open intervals united, in order; gaps under a microsecond are closed."""
    united: list[Interval] = []
    for start, end in sorted(intervals):
        if united and start <= united[-1][1] + SLIT_S:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def forbidden(
    path: Sequence[tuple[Segment, int]],
    reserved: Sequence[Reserved],
    *,
    separation_m: float,
    vertical_m: float,
    buffer_s: float = 0.0,
    earliest_s: float = -math.inf,
    ignore: int = -1,
) -> list[Interval]:
    """All departures of a path, given as segments and terminal tags, that lose separation."""
    found = []
    for segment, terminal in path:
        for other in reserved:
            if other.flight == ignore or (terminal >= 0 and terminal == other.terminal):
                continue
            low, high = forbidden_delays(segment, other.segment, separation_m, vertical_m)
            if low < high and high + 2 * buffer_s > earliest_s:
                found.append((low - 2 * buffer_s, high + 2 * buffer_s))
    return union(found)


def first_gap(united: Iterable[Interval], at_s: float) -> float:
    for start, end in united:
        if start < at_s < end:
            return end
    return at_s


def place(segment: Segment, at_s: float) -> list[float]:
    return [segment.start_m[k] + segment.velocity[k] * (at_s - segment.begin_s) for k in range(3)]


def smallest_distance(path: Segment, reserved: Segment, departed_s: float, vertical_m: float) -> float:
    """Closest approach in the plane while the height between the two is less than the minimum; inf if never.

    Found by itself, for one departure: t* = clip(-r.w / w.w) in the common window.
    """
    begin = max(path.begin_s + departed_s, reserved.begin_s)
    end = min(path.end_s + departed_s, reserved.end_s)
    if begin >= end:
        return math.inf
    p, q = place(path, begin - departed_s), place(reserved, begin)
    r = [p[k] - q[k] for k in range(3)]
    w = [path.velocity[k] - reserved.velocity[k] for k in range(3)]
    low, high = below(r[2], w[2], vertical_m)
    low, high = max(low, 0.0), min(high, end - begin)
    if low >= high:
        return math.inf
    squared = w[0] ** 2 + w[1] ** 2
    best = -(r[0] * w[0] + r[1] * w[1]) / squared if squared > 0 else 0.0
    best = min(max(best, low), high)
    return math.hypot(r[0] + w[0] * best, r[1] + w[1] * best)

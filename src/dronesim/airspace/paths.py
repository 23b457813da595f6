"""Courses and paths in space and time: straight segments on a flight's own clock, cut at terminal areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft.motion import Motion
from dronesim.geometry.distance import distances_along, read_only
from dronesim.geometry.neighbours import pairs_within

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EN_ROUTE = -1

_COLUMNS = ("a0_s", "a1_s", "start_m", "end_m", "terminal", "rows")

_INSTANT_S = 1e-9  # what lies so near in time to a knot is the knot
_STILL_M = 1e-9
_ROUNDING = 1e-9  # a crossing where two segments meet belongs to both rather than to none


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The terminal area of a site: an upright cylinder around its centre in metres.

    ``site`` is the number that it goes by: that of the first of the sites which share it. Who strays from its path may
    be within it still at ``outer_m`` from its centre; that is ``radius_m`` where it is not stated.
    """

    site: int
    centre_m: tuple[float, float]
    radius_m: float
    outer_m: float = 0.0

    def covers(self, places_m: Floats) -> NDArray[np.bool_]:
        """Tell which places, ``(n, 2)``, lie within."""
        return np.asarray(np.hypot(*(places_m - self.centre_m).T) < self.radius_m)

    def may_cover(self, places_m: Floats) -> NDArray[np.bool_]:
        """Tell from which places, ``(n, 2)``, a drone may stray to be within."""
        return np.asarray(np.hypot(*(places_m - self.centre_m).T) < max(self.radius_m, self.outer_m))

    def reaches(self, other: Terminal) -> bool:
        """Tell whether a drone within another area may be within this one."""
        return math.dist(self.centre_m, other.centre_m) < max(self.radius_m, self.outer_m) + other.radius_m


def shared_areas(sites_xy: Floats, *, radius_m: float) -> NDArray[np.int64]:
    """Give the numbers that terminal areas of sites ``(n, 2)`` go by, ``(n,)``.

    Sites that lie in each other's area share one: who flies between them never leaves it.
    """
    area = np.arange(len(sites_xy))
    pairs, apart_m = pairs_within(sites_xy, radius_m)
    for one, other in pairs[apart_m < radius_m].tolist():
        first, second = sorted((area[one], area[other]))
        area[area == second] = first
    return area


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """Where a drone is at which time: ``at_s`` (n,) ascending, ``points_m`` (n, 3), straight in between; read-only."""

    at_s: Floats
    points_m: Floats

    def __post_init__(self) -> None:
        read_only(self.at_s)
        read_only(self.points_m)

    def later(self, by_s: float) -> Course:
        """Give the same course at a later time."""
        return Course(at_s=self.at_s + by_s, points_m=self.points_m)

    def until(self, end_s: float) -> Course:
        """Give the same course, whose end may be an ulp after a time, as one that ends by then."""
        return Course(at_s=np.minimum(self.at_s, end_s), points_m=self.points_m)

    def place(self, t_s: float) -> Floats:
        """Where the drone is at a time, ``(3,)``; at an end before and after."""
        return np.array([np.interp(t_s, self.at_s, self.points_m[:, axis]) for axis in range(3)])

    def with_points(self, added_s: Floats) -> Course:
        """Give the same course with points at more times, within its own."""
        at_s = np.union1d(self.at_s, added_s)
        at_s = at_s[_lasts(at_s)]
        points_m = np.column_stack([np.interp(at_s, self.at_s, self.points_m[:, axis]) for axis in range(3)])
        return Course(at_s=at_s, points_m=points_m)

    def part(self, from_s: float, to_s: float) -> Course:
        """Give the part between two times of the course, or up to its end."""
        first, last = max(from_s, float(self.at_s[0])), min(to_s, float(self.at_s[-1]))
        inner = (self.at_s > first + _INSTANT_S) & (self.at_s < last - _INSTANT_S)
        points_m = [self.place(first)[None], self.points_m[inner], self.place(last)[None]]
        if last <= first:
            return Course(at_s=np.array([first]), points_m=points_m[0])
        return Course(at_s=np.concatenate([[first], self.at_s[inner], [last]]), points_m=np.concatenate(points_m))

    def waiting(self, at_s: float, wait_s: float) -> Course:
        """Give the course with a wait at a time at which the drone is at rest."""
        if wait_s <= 0:
            return self
        before, after = self.part(-np.inf, at_s), self.part(at_s, np.inf)
        return joined([before, after.later(wait_s)])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path4D:
    """A flight as ``n`` straight segments at constant speed; seconds count from its departure.

    ``a0_s``, ``a1_s`` (n,): when each begins and ends, none empty. ``start_m``, ``end_m`` (n, 3): east, north, up.
    ``terminal`` (n,): the site in whose terminal area the segment lies, -1 en route. ``rows`` (n, 8): begin, end,
    start and velocity, as the kernels take them. Arrays are read-only.
    """

    a0_s: Floats
    a1_s: Floats
    start_m: Floats
    end_m: Floats
    terminal: Ints
    rows: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        velocity = (self.end_m - self.start_m) / (self.a1_s - self.a0_s)[:, None]
        rows = np.column_stack([self.a0_s, self.a1_s, self.start_m, velocity])
        object.__setattr__(self, "rows", np.ascontiguousarray(rows))
        for array in (self.a0_s, self.a1_s, self.start_m, self.end_m, self.terminal, self.rows):
            read_only(array)

    @classmethod
    def of_rows(cls, rows: Floats, end_m: Floats, terminal: Ints) -> Path4D:
        """Give the path that has some rows, all read-only already; they are kept once."""
        path = object.__new__(cls)
        columns = (rows[:, 0], rows[:, 1], rows[:, 2:5], end_m, terminal, rows)
        for name, column in zip(_COLUMNS, columns, strict=True):
            object.__setattr__(path, name, column)
        return path

    def __len__(self) -> int:
        return len(self.a0_s)

    @property
    def duration_s(self) -> float:
        """Seconds from departure to the end of the last segment."""
        return float(self.a1_s[-1]) if len(self) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternatives:
    """Several paths for one leg, such as one a level, one behind the other.

    ``rows`` (n, 8) and ``terminal`` (n,) as in ``Path4D``; path ``k`` has rows ``bounds[k]`` to ``bounds[k + 1]``.
    """

    paths: tuple[Path4D, ...]
    rows: Floats
    terminal: Ints
    bounds: Ints

    def part(self, first: int, last: int) -> Alternatives:
        """Give some of them, from one up to another."""
        begin, end = self.bounds[[first, last]].tolist()
        return Alternatives(
            paths=self.paths[first:last],
            rows=self.rows[begin:end],
            terminal=self.terminal[begin:end],
            bounds=self.bounds[first : last + 1] - begin,
        )


def alternatives(paths: Sequence[Path4D]) -> Alternatives:
    """Put several paths together; worth keeping, since they do not depend on the time of day."""
    return Alternatives(
        paths=tuple(paths),
        rows=read_only(np.concatenate([np.empty((0, 8)), *(path.rows for path in paths)])),
        terminal=read_only(np.concatenate([np.empty(0, dtype=np.int64), *(path.terminal for path in paths)])),
        bounds=read_only(np.cumsum([0, *(len(path) for path in paths)])),
    )


def joined(courses: Sequence[Course]) -> Course:
    """Join courses one behind the other; in between a drone waits, and what it does at one speed is one segment."""
    at_s = np.concatenate([course.at_s for course in courses])
    points_m = np.concatenate([course.points_m for course in courses])
    lasts = _lasts(at_s)
    at_s, points_m = at_s[lasts], points_m[lasts]
    stands = np.abs(np.diff(points_m, axis=0)).max(axis=1, initial=0.0) <= _STILL_M
    inner = np.zeros(len(at_s), dtype=np.bool_)
    inner[1:-1] = stands[:-1] & stands[1:]
    return Course(at_s=at_s[~inner], points_m=points_m[~inner])


def chained(paths: Sequence[Path4D]) -> Path4D:
    """Put paths one behind the other that are on one clock."""
    return Path4D(
        a0_s=np.concatenate([path.a0_s for path in paths]),
        a1_s=np.concatenate([path.a1_s for path in paths]),
        start_m=np.concatenate([path.start_m for path in paths]),
        end_m=np.concatenate([path.end_m for path in paths]),
        terminal=np.concatenate([path.terminal for path in paths]),
    )


def along(waypoints_m: Floats, motion: Motion, *, level_m: float, begins_s: float = 0.0) -> Course:
    """Put a motion along waypoints ``(m, 2)`` at a level into space and time; the corners are among the points.

    The motion may end before the last waypoint.
    """
    corners_m = np.asarray(waypoints_m, dtype=np.float64)
    places = distances_along(corners_m)
    at_s, place_m = motion.knots
    inner_m = places[1:-1][places[1:-1] < place_m[-1]]
    corners_s = np.interp(inner_m, place_m, at_s)
    times_s = np.union1d(at_s, corners_s)
    times_s = times_s[_lasts(times_s)]
    passed_m = np.interp(times_s, at_s, place_m)
    # a corner is passed exactly, not as near as rounding has it
    passed_m[np.searchsorted(times_s, corners_s - _INSTANT_S).clip(max=len(times_s) - 1)] = inner_m
    xy = [np.interp(passed_m, places, corners_m[:, axis]) for axis in (0, 1)]
    return Course(at_s=begins_s + times_s, points_m=np.column_stack([*xy, np.full(len(times_s), level_m)]))


def upright(xy_m: Floats, motion: Motion, *, begins_s: float = 0.0, from_m: float | None = None) -> Course:
    """Put a climb over a point ``(2,)`` into space and time, or a descent ``from_m``."""
    at_s, height_m = motion.knots
    heights_m = height_m if from_m is None else np.maximum(from_m - height_m, 0.0)
    points_m = np.column_stack([np.tile(np.asarray(xy_m, dtype=np.float64)[:2], (len(at_s), 1)), heights_m])
    return Course(at_s=begins_s + at_s, points_m=points_m)


def path_of(course: Course, *, origin: Terminal | None = None, destination: Terminal | None = None) -> Path4D:
    """Cut a course at the terminal areas of its sites, and mark what lies within.

    That of the origin counts until the course leaves it first, that of the destination from when it enters it last; the
    first of the two where both cover a segment, and neither where it is not sure which of them it is.
    """
    terminals = [terminal for terminal in (origin, destination) if terminal is not None]
    cuts_s = [crossings_s(course, terminal.centre_m, radius_m=terminal.radius_m) for terminal in terminals]
    if origin is not None and destination is not None and origin.reaches(destination):
        cuts_s.append(crossings_s(course, origin.centre_m, radius_m=max(origin.radius_m, origin.outer_m)))
    cut = course.with_points(np.concatenate([np.empty(0), *cuts_s]))
    start_m, end_m = cut.points_m[:-1], cut.points_m[1:]
    return Path4D(
        a0_s=cut.at_s[:-1],
        a1_s=cut.at_s[1:],
        start_m=start_m,
        end_m=end_m,
        terminal=_terminal_of((start_m + end_m)[:, :2] / 2, origin, destination),
    )


def _lasts(at_s: Floats) -> NDArray[np.bool_]:
    """Say which of ascending times are the last of their instant."""
    return np.append(np.diff(at_s) > _INSTANT_S, True)


def _terminal_of(middle_m: Floats, origin: Terminal | None, destination: Terminal | None) -> Ints:
    """Name the site in whose terminal area each point of a way, (n, 2), lies: until it leaves, or once it is there."""
    sites = np.full(len(middle_m), EN_ROUTE, dtype=np.int64)
    if destination is not None:
        sites[np.logical_and.accumulate(destination.covers(middle_m)[::-1])[::-1]] = destination.site
    if origin is not None:
        sites[np.logical_and.accumulate(origin.may_cover(middle_m))] = EN_ROUTE
        sites[np.logical_and.accumulate(origin.covers(middle_m))] = origin.site
    return sites


def crossings_s(course: Course, centre_m: Floats | tuple[float, float], *, radius_m: float) -> Floats:
    """Times at which a course crosses a circle, in no order: the roots of |p + s d|² = r² on each segment."""
    p, d = course.points_m[:-1, :2] - np.asarray(centre_m), np.diff(course.points_m[:, :2], axis=0)
    moves = np.einsum("ij,ij->i", d, d) > _STILL_M**2
    p, d, begins_s, lasts_s = p[moves], d[moves], course.at_s[:-1][moves], np.diff(course.at_s)[moves]
    a, b = np.einsum("ij,ij->i", d, d), np.einsum("ij,ij->i", p, d)
    rest = b * b - a * (np.einsum("ij,ij->i", p, p) - radius_m**2)
    root = np.sqrt(np.maximum(rest, 0.0))
    found = [
        (begins_s + share.clip(0.0, 1.0) * lasts_s)[(share > -_ROUNDING) & (share < 1 + _ROUNDING) & (rest > 0)]
        for share in ((-b - root) / a, (-b + root) / a)
    ]
    return np.concatenate(found)

"""Puts many legs into space and time in one call, to the last bit as ``paths`` does one by one.

A leg takes off, cruises along its corners and comes down; the rows of leg ``k`` lie between ``ends[k]`` and
``ends[k + 1]``. A course is an array of shape (4, n): times, then places to the east, to the north and up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.ascending import enter
from dronesim.airspace.cruise_kernels import Handling, between, knots_of
from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_INSTANT_S = 1e-9
_STILL_M = 1e-9
_ROUNDING = 1e-9
_STILL_SQUARED = _STILL_M**2
_EN_ROUTE = -1
_CUTS_A_PIECE = 6  # two through each of three circles


class Ways(NamedTuple):
    """Where legs lead and how they cruise: ``corners`` (2, m) and ``phases`` (p, 3), and where those of each end."""

    corners: Floats
    corner_ends: Ints
    phases: Floats
    phase_ends: Ints


class Uprights(NamedTuple):
    """Climbs and descents by number of the level: times in s and heights in m of their knots, (2, n)."""

    climbs: Floats
    climb_ends: Ints
    descents: Floats
    descent_ends: Ints


class Times(NamedTuple):
    """When legs fly off, sink and are down, in s from take-off, (n,), at which level: its number and its height."""

    cruise_s: Floats
    sink_s: Floats
    land_s: Floats
    level: Ints
    level_m: Floats


class Areas(NamedTuple):
    """Terminal areas at both ends of legs: ``sites`` (n, 2) with centres ``centre_m`` (n, 4).

    Who is nearer than ``inner_m`` is within, who is nearer than ``outer_m`` may be; ``squares`` are those of both.
    Where ``is_doubtful`` (n,) who may be within the first may be in the second.
    """

    sites: Ints
    centre_m: Floats
    is_doubtful: Bools
    inner_m: float
    outer_m: float
    squares: tuple[float, float]


@kernel
def lasts_of(at_s: Floats, count: int) -> int:
    """Keep of the first ``count`` ascending times the last of each instant; gives how many there are then."""
    kept = 0
    for k in range(count):
        if k == count - 1 or at_s[k + 1] - at_s[k] > _INSTANT_S:
            at_s[kept] = at_s[k]
            kept += 1
    return kept


@kernel
def reached_m(corners: Floats) -> Floats:
    """Way from the first corner to each, (m,)."""
    places = np.zeros(corners.shape[1])
    for k in range(1, len(places)):
        step = np.hypot(corners[0, k] - corners[0, k - 1], corners[1, k] - corners[1, k - 1])
        places[k] = places[k - 1] + step
    return places


@kernel
def cruise_course(corners: Floats, phases: Floats, by: Handling, level_m: float) -> Floats:
    """Put a cruise along corners, (2, m), into space and time from where it flies off: ``paths.along``."""
    knots_s, knots_m = knots_of(phases, by)
    places = reached_m(corners)
    at_s, count = np.empty(len(knots_s) + len(places)), len(knots_s)
    for k in range(count):
        at_s[k] = knots_s[k]
    inner_s, inner = np.empty(len(places)), 0
    for k in range(1, len(places) - 1):
        if places[k] < knots_m[-1]:
            inner_s[inner] = between(places[k], knots_m, knots_s)
            count = enter(at_s, count, inner_s[inner])
            inner += 1
    count = lasts_of(at_s, count)
    course, passed_m = np.empty((4, count)), np.empty(count)
    for k in range(count):
        passed_m[k] = between(at_s[k], knots_s, knots_m)
    for k in range(inner):
        place = 0
        while place < count - 1 and at_s[place] < inner_s[k] - _INSTANT_S:
            place += 1
        passed_m[place] = places[k + 1]
    for k in range(count):
        course[0, k], course[3, k] = at_s[k], level_m
        course[1, k] = between(passed_m[k], places, corners[0])
        course[2, k] = between(passed_m[k], places, corners[1])
    return course


@kernel
def put_knot(course: Floats, k: int, at_s: float, x_m: float, y_m: float, z_m: float) -> None:
    """Write a knot of a course."""
    course[0, k], course[1, k], course[2, k], course[3, k] = at_s, x_m, y_m, z_m


@kernel
def leg_course(
    corners: Floats, cruise: Floats, climb: Floats, descent: Floats, times: tuple[float, float, float]
) -> Floats:
    """Put a whole leg into space and time, with its knots of climb and descent, (2, n): ``LegMaker.course``.

    ``times``: when it flies off, sinks and is down. Knot by knot: parts of arrays compile for seconds.
    """
    up, way, down = climb.shape[1], cruise.shape[1], descent.shape[1]
    course = np.empty((4, up + way + down + 1))
    for k in range(up):
        put_knot(course, k, climb[0, k], corners[0, 0], corners[1, 0], climb[1, k])
    for k in range(way):
        put_knot(course, up + k, cruise[0, k] + times[0], cruise[1, k], cruise[2, k], cruise[3, k])
    for k in range(down):
        put_knot(course, up + way + k, times[1] + descent[0, k], corners[0, -1], corners[1, -1], descent[1, k])
    put_knot(course, up + way + down, times[2], corners[0, -1], corners[1, -1], 0.0)
    return joined_course(course)


@kernel
def joined_course(course: Floats) -> Floats:
    """Leave out all but the last place of each instant, and what lies within a wait: ``paths.joined``."""
    kept = 0
    for k in range(course.shape[1]):
        if k == course.shape[1] - 1 or course[0, k + 1] - course[0, k] > _INSTANT_S:
            for row in range(4):
                course[row, kept] = course[row, k]
            kept += 1
    stands = np.zeros(kept + 1, np.bool_)
    for k in range(1, kept):
        apart_m = 0.0
        for row in range(1, 4):
            apart_m = max(apart_m, abs(course[row, k] - course[row, k - 1]))
        stands[k] = apart_m <= _STILL_M
    count = 0
    for k in range(kept):
        if not (stands[k] and stands[k + 1]):
            for row in range(4):
                course[row, count] = course[row, k]
            count += 1
    return course[:, :count].copy()


@kernel
def cross_circle(course: Floats, x: float, y: float, squared_m2: float, found: Floats, count: int) -> int:
    """Write when a course crosses a circle behind ``count`` other times, in no order: ``paths.crossings_s``."""
    for k in range(course.shape[1] - 1):
        dx, dy = course[1, k + 1] - course[1, k], course[2, k + 1] - course[2, k]
        a = dx * dx + dy * dy
        if not a > _STILL_SQUARED:
            continue
        px, py = course[1, k] - x, course[2, k] - y
        b = px * dx + py * dy
        rest = b * b - a * ((px * px + py * py) - squared_m2)
        if not rest > 0.0:
            continue
        root, lasts_s = np.sqrt(rest), course[0, k + 1] - course[0, k]
        for share in ((-b - root) / a, (-b + root) / a):
            if -_ROUNDING < share < 1 + _ROUNDING:
                found[count] = course[0, k] + min(max(share, 0.0), 1.0) * lasts_s
                count += 1
    return count


@kernel
def cut_times(course: Floats, centre_m: Floats, areas: Areas, is_doubtful: bool) -> Floats:
    """Give the times of a course and those at which it crosses its terminal areas, in order, one an instant."""
    found, count = np.empty(_CUTS_A_PIECE * course.shape[1]), 0
    inner, outer = areas.squares
    count = cross_circle(course, centre_m[0], centre_m[1], inner, found, count)
    count = cross_circle(course, centre_m[2], centre_m[3], inner, found, count)
    if is_doubtful:
        count = cross_circle(course, centre_m[0], centre_m[1], outer, found, count)
    at_s, known = np.empty(course.shape[1] + count), course.shape[1]
    for k in range(known):
        at_s[k] = course[0, k]
    for k in range(count):
        known = enter(at_s, known, found[k])
    return at_s[: lasts_of(at_s, known)]


@kernel
def mark_areas(middle_m: Floats, sites: Ints, centre_m: Floats, areas: Areas, terminal: Ints) -> None:
    """Name the site in whose terminal area each piece of a way lies by its middle, (2, n): ``paths.path_of``."""
    terminal[:] = _EN_ROUTE
    k = len(terminal) - 1
    while k >= 0 and np.hypot(middle_m[0, k] - centre_m[2], middle_m[1, k] - centre_m[3]) < areas.inner_m:
        terminal[k] = sites[1]
        k -= 1
    is_within = True
    for k in range(len(terminal)):
        apart_m = np.hypot(middle_m[0, k] - centre_m[0], middle_m[1, k] - centre_m[1])
        if not apart_m < areas.outer_m:
            return
        is_within = is_within and apart_m < areas.inner_m
        terminal[k] = sites[0] if is_within else _EN_ROUTE


@kernel
def cut_leg(
    course: Floats,
    sites: Ints,
    centre_m: Floats,
    areas: Areas,
    is_doubtful: bool,
    rows: Floats,
    ends_m: Floats,
    terminal: Ints,
) -> int:
    """Write a course as a path: its rows as ``Path4D`` has them, where each ends, and its areas; gives how many.

    That is too many where there is no room for them, and nothing is written then.
    """
    at_s = cut_times(course, centre_m, areas, is_doubtful)
    pieces = len(at_s) - 1
    if pieces > len(rows):
        return pieces
    middle_m = np.empty((2, pieces))
    for k in range(pieces):
        rows[k, 0], rows[k, 1] = at_s[k], at_s[k + 1]
    for axis in range(3):
        before = between(at_s[0], course[0], course[axis + 1])
        for k in range(pieces):
            after = between(at_s[k + 1], course[0], course[axis + 1])
            rows[k, 2 + axis], ends_m[k, axis] = before, after
            rows[k, 5 + axis] = (after - before) / (at_s[k + 1] - at_s[k])
            if axis < 2:
                middle_m[axis, k] = (before + after) / 2
            before = after
    mark_areas(middle_m, sites, centre_m, areas, terminal[:pieces])
    return pieces


@kernel
def course_of(k: int, ways: Ways, uprights: Uprights, times: Times, by: Handling) -> Floats:
    """Put leg ``k`` into space and time, (4, n)."""
    corners = ways.corners[:, ways.corner_ends[k] : ways.corner_ends[k + 1]].copy()
    phases = ways.phases[ways.phase_ends[k] : ways.phase_ends[k + 1]]
    level = times.level[k]
    climb = uprights.climbs[:, uprights.climb_ends[level] : uprights.climb_ends[level + 1]]
    descent = uprights.descents[:, uprights.descent_ends[level] : uprights.descent_ends[level + 1]]
    at_s = (times.cruise_s[k], times.sink_s[k], times.land_s[k])
    return leg_course(corners, cruise_course(corners, phases, by, times.level_m[k]), climb, descent, at_s)


@kernel
def put_legs(ways: Ways, uprights: Uprights, times: Times, by: Handling, at_s: Floats, points_m: Floats) -> Ints:
    """Write the courses of all legs one behind the other: times, and places (n, 3); gives where each ends, (n + 1,).

    Where one does not fit, the last number is more than there is room for.
    """
    legs = len(times.level)
    ends = np.zeros(legs + 1, np.int64)
    for k in range(legs):
        course, begin = course_of(k, ways, uprights, times, by), ends[k]
        ends[k + 1] = begin + course.shape[1]
        if ends[k + 1] > len(at_s):
            ends[legs] = ends[k + 1]
            return ends
        for knot in range(course.shape[1]):
            at_s[begin + knot] = course[0, knot]
            for axis in range(3):
                points_m[begin + knot, axis] = course[axis + 1, knot]
    return ends


@kernel
def cut_legs(
    ways: Ways,
    uprights: Uprights,
    times: Times,
    areas: Areas,
    by: Handling,
    rows: Floats,
    ends_m: Floats,
    terminal: Ints,
) -> Ints:
    """Write the paths of all legs one behind the other, see ``cut_leg``; gives where each ends, (n + 1,).

    Where one does not fit, the last number is more than there is room for.
    """
    legs = len(times.level)
    ends = np.zeros(legs + 1, np.int64)
    for k in range(legs):
        begin = ends[k]
        count = cut_leg(
            course_of(k, ways, uprights, times, by),
            areas.sites[k],
            areas.centre_m[k],
            areas,
            areas.is_doubtful[k],
            rows[begin:],
            ends_m[begin:],
            terminal[begin:],
        )
        ends[k + 1] = begin + count
        if ends[k + 1] > len(rows):
            ends[legs] = ends[k + 1]
            return ends
    return ends


@kernel
def beyond_all(ways: Ways, by: Handling, lasts_s: Floats, radius_m: float, squared_m2: float) -> Floats:
    """Tell when each drone is for the first time so far from where it flies off, and for the last from its end, (n, 2).

    In seconds from where it flies off; its end where it never is so far, and its beginning.
    """
    found_s = np.empty((len(lasts_s), 2))
    for k in range(len(lasts_s)):
        corners = ways.corners[:, ways.corner_ends[k] : ways.corner_ends[k + 1]].copy()
        phases = ways.phases[ways.phase_ends[k] : ways.phase_ends[k + 1]]
        places = reached_m(corners)
        if places[1] >= radius_m and places[-1] - places[-2] >= radius_m:
            # straight off and straight in: the way is the distance
            at_s, place_m = knots_of(phases, by)
            found_s[k, 0] = between(radius_m, place_m, at_s)
            found_s[k, 1] = between(places[-1] - radius_m, place_m, at_s)
            continue
        course = cruise_course(corners, phases, by, 0.0)
        crossed_s = np.empty(_CUTS_A_PIECE * course.shape[1])
        count = cross_circle(course, corners[0, 0], corners[1, 0], squared_m2, crossed_s, 0)
        found_s[k, 0], found_s[k, 1] = lasts_s[k], 0.0
        for crossed in crossed_s[:count]:
            found_s[k, 0] = min(found_s[k, 0], crossed)
        count = cross_circle(course, corners[0, -1], corners[1, -1], squared_m2, crossed_s, 0)
        for crossed in crossed_s[:count]:
            found_s[k, 1] = max(found_s[k, 1], crossed)
    return found_s

"""Cleared and flown paths in space and time, as straight segments, from the logbook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft.navigation import lateral_offsets_m
from dronesim.airspace import EN_ROUTE, Course, Tracks, least_separation_m, losses_of_separation
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.plans import Planner
from dronesim.simulation.rules import AirspaceRules
from dronesim.streams import Streams
from dronesim.tables import LEG_OUTCOMES, SEGMENTS, empty
from dronesim.units import MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRETCH_M: Final = 400.0
"""A drone strays once on a straight stretch of up to this length, farthest in its middle."""

STRAIGHT_M: Final = 60.0
"""A piece shorter than this is flown as cleared: nobody drifts away and back within a few seconds."""

_STILL_M = 1e-6
_TURN = 1e-6
_INSTANT_S = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownLeg:
    """A leg that took off: its row in the logbook, and its course as cleared and as flown."""

    row: Any
    cleared: Course
    flown: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Leeway:
    """Where a course leaves room to stray: its points, with the ends and middles of straight stretches among them.

    ``stretch`` (n,): the stretch that each point lies on, of so many ``stretches``. ``sideways`` (n, 2): the unit
    vector to its left times how much it has of the stretch's error, from 0 at the ends to 1 in the middle.
    """

    course: Course
    stretch: Ints
    sideways: Floats
    stretches: int

    def strayed(self, offsets_m: Floats) -> Course:
        """Give the course that stands off by the offsets, positive to the left, one a stretch."""
        if not self.stretches:
            return self.course
        points_m = self.course.points_m.copy()
        points_m[:, :2] += self.sideways * offsets_m[self.stretch][:, None]
        return Course(at_s=self.course.at_s, points_m=points_m)


def fly(ledger: Ledger, planner: Planner, *, streams: Streams, tracking_error_m: float) -> list[FlownLeg]:
    """Draw how far each leg strays from its cleared path.

    Flown tracks stand off sideways by a bounded Gaussian error in the middle of each straight stretch, and not at all
    at its ends; one stream for the whole day in order of legs.
    """
    rng = streams.generator("tracking error")
    known = dict[int, Leeway]()
    legs = []
    for row in np.sort(ledger.legs.table(), order="leg").view(np.recarray):
        if LEG_OUTCOMES[row.outcome] == "open":
            continue
        begins_s = 0.0
        if row.leg in ledger.courses or row.hold_ms:
            room = leeway(_own_course(row, ledger, planner))
        else:
            plan, begins_s = int(row.plan), row.departed_ms / MS
            if plan not in known:
                known[plan] = leeway(planner.course(planner.plans[plan]))
            room = known[plan]
        flown = room.strayed(lateral_offsets_m(room.stretches, sigma_m=tracking_error_m, rng=rng))
        legs.append(FlownLeg(row=row, cleared=room.course.later(begins_s), flown=flown.later(begins_s)))
    return legs


def _own_course(row: Any, ledger: Ledger, planner: Planner) -> Course:
    """Give the course of a leg that left its plan, or that held, in the time of day."""
    course = ledger.courses.get(row.leg)
    if course is None:
        course = planner.course(planner.plans[row.plan]).later(row.departed_ms / MS)
    return course.waiting(row.cruise_to_ms / MS, row.hold_ms / MS) if row.landed_ms != -1 else course


def leeway(course: Course) -> Leeway:
    """Find the straight stretches of a course on which a drone strays."""
    steps_m = np.diff(course.points_m[:, :2], axis=0)
    lengths_m = np.hypot(*steps_m.T)
    moves = lengths_m > _STILL_M
    reached_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    direction = steps_m[moves] / lengths_m[moves][:, None]
    is_first = np.ones(len(direction), dtype=np.bool_)
    is_first[1:] = np.abs(np.diff(direction, axis=0)).max(axis=1, initial=0.0) > _TURN
    ends_m = np.append(reached_m[:-1][moves][is_first], reached_m[-1])
    marks_m, pieces = _stretches(ends_m)
    if not len(pieces):
        nothing = np.zeros((len(course.at_s), 2))
        return Leeway(course=course, stretch=np.zeros(len(nothing), np.int64), sideways=nothing, stretches=0)
    return _with_middles(course, reached_m, marks_m=marks_m, direction=direction[is_first][pieces])


def _stretches(ends_m: Floats) -> tuple[Floats, Ints]:
    """Cut straight pieces, ``(k + 1,)`` ends along the way, into stretches: their two ends ``(n, 2)``, their pieces."""
    marks, pieces = [np.empty((0, 2))], list[int]()
    for piece, (begin_m, end_m) in enumerate(pairwise(ends_m.tolist())):
        if end_m - begin_m >= STRAIGHT_M:
            parts = math.ceil((end_m - begin_m) / STRETCH_M)
            edges = np.linspace(begin_m, end_m, parts + 1)
            marks.append(np.column_stack([edges[:-1], edges[1:]]))
            pieces += [piece] * parts
    return np.concatenate(marks), np.array(pieces, dtype=np.int64)


def _with_middles(course: Course, reached_m: Floats, *, marks_m: Floats, direction: Floats) -> Leeway:
    """Add ends and middles of stretches to a course; ``direction`` (n, 2): unit vectors along the stretches."""
    added_m = np.unique(np.concatenate([marks_m.ravel(), marks_m.mean(axis=1)]))
    at_s = np.union1d(course.at_s, np.interp(added_m, reached_m, course.at_s))
    at_s = at_s[np.append(np.diff(at_s) > _INSTANT_S, True)]
    points_m = np.column_stack([np.interp(at_s, course.at_s, course.points_m[:, axis]) for axis in range(3)])
    place_m = np.interp(at_s, course.at_s, reached_m)
    stretch = np.clip(np.searchsorted(marks_m[:, 0], place_m, side="right") - 1, 0, len(marks_m) - 1)
    begin_m, end_m = marks_m[stretch].T
    share = np.clip(1.0 - np.abs(2.0 * (place_m - begin_m) / (end_m - begin_m) - 1.0), 0.0, 1.0)
    left = np.column_stack([-direction[:, 1], direction[:, 0]])[stretch]
    whole = Course(at_s=at_s, points_m=points_m)
    return Leeway(course=whole, stretch=stretch, sideways=left * share[:, None], stretches=len(marks_m))


def tracks(legs: Sequence[FlownLeg]) -> dict[str, dict[str, NDArray[Any]]]:
    """Write the tables ``cleared`` and ``flown``: a row a straight segment."""
    return {name: _table([(leg.row, getattr(leg, name)) for leg in legs]) for name in ("cleared", "flown")}


def measure_separation(
    legs: Sequence[FlownLeg], *, rules: AirspaceRules, sites_xy: NDArray[Any]
) -> dict[str, float | int | None]:
    """Count the pairs of legs that lost separation as flown, and how close any two came, None if never near.

    Counted exactly, from the moments at which straight segments come below both minima; two drones in a
    terminal area that both use are apart by its lanes and do not count.
    """
    flown = _tagged(legs, radius_m=rules.terminal_radius_m, sites_xy=sites_xy)
    minima = {"vertical_m": rules.vertical_m}
    lost = losses_of_separation(flown, separation_m=rules.separation_m, **minima)
    least_m = least_separation_m(flown, reach_m=2 * rules.separation_m, **minima)
    return {
        "losses_of_separation": len(np.unique(lost.flights, axis=0)),
        "min_separation_m": least_m if np.isfinite(least_m) else None,
    }


def _segments(courses: Sequence[Course]) -> tuple[Floats, Ints]:
    """Cut courses into segments (n, 8), time and place at both ends, and count those of each."""
    ends = [np.hstack([course.at_s[:, None], course.points_m]) for course in courses]
    parts = [np.hstack([of_leg[:-1], of_leg[1:]]) for of_leg in ends]
    return np.concatenate([np.empty((0, 8)), *parts]), np.array([len(part) for part in parts], dtype=np.int64)


def _tagged(legs: Sequence[FlownLeg], *, radius_m: float, sites_xy: NDArray[Any]) -> Tracks:
    """Put flown legs on the clock as straight segments, cut and tagged at the terminal areas of their two sites."""
    segments, count = _segments([leg.flown for leg in legs])
    numbers = np.array([(leg.row.leg, leg.row.origin, leg.row.destination) for leg in legs], dtype=np.int64)
    owner = np.repeat(numbers.reshape(-1, 3), count, axis=0)
    terminal = np.full(len(segments), EN_ROUTE, dtype=np.int64)
    for site in (1, 2):
        shares, rows, is_inside = _cut(segments, sites_xy[owner[:, site]], np.where(terminal < 0, radius_m, -1.0))
        whole, terminal, owner = segments[rows], terminal[rows], owner[rows]
        segments = np.hstack([whole[:, :4] + share[:, None] * (whole[:, 4:] - whole[:, :4]) for share in shares])
        terminal = np.where(is_inside, owner[:, site], terminal)
    lasts = segments[:, 4] > segments[:, 0]
    segments, terminal, owner = segments[lasts], terminal[lasts], owner[lasts]
    velocity = (segments[:, 5:] - segments[:, 1:4]) / (segments[:, 4] - segments[:, 0])[:, None]
    rows_of = np.hstack([segments[:, [0, 4]], segments[:, 1:4], velocity])
    return Tracks(flight=owner[:, 0], terminal=terminal, rows=np.ascontiguousarray(rows_of))


def _cut(
    segments: NDArray[Any], centre_m: NDArray[Any], radius_m: NDArray[Any]
) -> tuple[tuple[NDArray[Any], NDArray[Any]], NDArray[Any], NDArray[Any]]:
    """Cut segments, (n, 8) of time and place at both ends, at a circle for each; a radius below 0 cuts none.

    The roots of |p + s d|² = r² bound the part inside. Returns the shares at which parts begin and end, the
    segment of each part, and whether it lies inside.
    """
    p, d = segments[:, 1:3] - centre_m, segments[:, 5:7] - segments[:, 1:3]
    a, b, c = np.sum(d * d, axis=1), np.sum(p * d, axis=1), np.sum(p * p, axis=1) - radius_m * np.abs(radius_m)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    moves, still_inside = a > 0, (a == 0) & (c < 0)
    step = np.where(moves, a, 1.0)
    low = np.where(moves, np.clip((-b - root) / step, 0.0, 1.0), np.where(still_inside, 0.0, 1.0))
    high = np.where(moves, np.clip((-b + root) / step, 0.0, 1.0), 1.0)
    misses = (moves & (b * b - a * c <= 0)) | (low >= high) | (radius_m < 0)
    low, high = np.where(misses, 1.0, low), np.where(misses, 1.0, high)
    before, within, after = np.flatnonzero(low > 0), np.flatnonzero(low < high), np.flatnonzero(high < 1)
    begin = np.concatenate([np.zeros(len(before)), low[within], high[after]])
    end = np.concatenate([low[before], high[within], np.ones(len(after))])
    rows = np.concatenate([before, within, after])
    return (begin, end), rows, np.repeat([False, True, False], [len(before), len(within), len(after)])


def _table(flights: Sequence[tuple[Any, Course]]) -> dict[str, NDArray[Any]]:
    segments, count = _segments([course for _, course in flights])
    if not len(segments):
        return empty("cleared")
    owners = [np.array([row[name] for row, _ in flights], dtype=np.int64).repeat(count) for name in ("drone", "leg")]
    columns = [*owners, *segments[:, [0, 4, 1, 2, 3, 5, 6, 7]].T]
    return dict(zip(SEGMENTS, columns, strict=True))

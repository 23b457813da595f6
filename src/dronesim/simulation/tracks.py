"""Cleared and flown paths in space and time, as straight segments, from the ledger."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft.navigation import bounded_offsets_m
from dronesim.airspace import (
    EN_ROUTE,
    Course,
    Meetings,
    Tracks,
    least_separation_m,
    losses_of_separation,
    meetings_in_terminals,
    shared_areas,
)
from dronesim.record.facts import MeetingFacts
from dronesim.record.tables import SEGMENTS, empty
from dronesim.simulation.book import NEVER
from dronesim.simulation.excursions import Straying
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.planner import Planner
from dronesim.simulation.position import Drifting
from dronesim.simulation.rules import AirspaceRules
from dronesim.streams import Streams
from dronesim.units import MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRIFT_SLOPE: Final = 0.05
"""Metres to the side in a metre of way, at most: an assumption; a drone that crabs more has lost its way."""

_STILL_M = 1e-6
_TURN = 1e-6
_PART = 1 << 13
"""So many legs are cut into segments at a time: a long day's intermediate steps would fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How near flights came as flown: in all, and by site within terminal areas."""

    counted: Mapping[str, float | None]
    by_site: Mapping[str, MeetingFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A drone does something on its own, since it does not hear, from one time to another."""

    drone: int
    from_s: float
    to_s: float


NOT_COUNTED: Final = Separation(counted={}, by_site={})


@dataclass(frozen=True, kw_only=True)
class Leeway:
    """Where a course leaves room to stray: its points with marks among them, at which a drone stands off.

    ``place_m`` (n,): how far along the way each point is; ``left`` (n, 2): the unit vector to its left. ``marks_m``
    (k,): ends of straight pieces and places within them; ``strays`` (k,) tells at which of them it does stray.
    """

    course: Course
    place_m: Floats
    left: Floats
    marks_m: Floats
    strays: NDArray[np.bool_]

    @cached_property
    def marks_s(self) -> Floats:
        """When it passes the places at which it strays, on the clock of its course."""
        return np.interp(self.marks_m[self.strays], self.place_m, self.course.at_s)

    @cached_property
    def most_m(self) -> Floats:
        """How far off a drone may be at each place where it strays: it drifts slowly from one to the next."""
        apart_m = np.diff(self.marks_m)
        inner = np.flatnonzero(self.strays)
        return DRIFT_SLOPE * np.minimum(apart_m[inner - 1], apart_m[inner]) if len(inner) else np.empty(0)

    def aside_m(self, offsets_m: Floats) -> Floats:
        """Tell how far to the left of the course each of its points is flown, ``(n,)``, by the offsets at marks."""
        at_marks_m = np.zeros(len(self.marks_m))
        at_marks_m[self.strays] = offsets_m
        return np.interp(self.place_m, self.marks_m, at_marks_m)

    def strayed(self, offsets_m: Floats) -> Course:
        """Give the course that stands off by the offsets, positive to the left, drifting from each to the next."""
        if not len(self.marks_m):
            return self.course
        points_m = self.course.points_m.copy()
        points_m[:, :2] += self.left * self.aside_m(offsets_m)[:, None]
        return Course(at_s=self.course.at_s, points_m=points_m)


@dataclass(frozen=True, kw_only=True)
class FlownLeg:
    """A leg that has ended: its number, its row in the ledger, and its course as cleared and as flown.

    It strays by ``offsets_m`` at the marks of its ``room``, whose course begins at ``begins_s`` of the day: by its
    ``normal`` numbers within its bound, or as ``beyond_m`` says where it may go beyond. Offsets and courses are made
    when they are asked for: days that nobody measures need none.
    """

    leg: int
    row: Any
    room: Leeway
    rules: AirspaceRules
    normal: Floats
    beyond_m: Floats | None
    begins_s: float

    @property
    def offsets_m(self) -> Floats:
        """How far off its course it is at the places where it strays, positive to the left."""
        if self.beyond_m is not None:
            return self.beyond_m
        bound_m = np.minimum(self.room.most_m, self.rules.track_bound_m)
        return bounded_offsets_m(self.normal, sigma_m=self.rules.tracking_error_m, bound_m=bound_m)

    @property
    def aloft_s(self) -> tuple[float, float]:
        """From when until when in the time of day its course leads."""
        at_s = self.room.course.at_s
        return float(at_s[0]) + self.begins_s, min(float(at_s[-1]) + self.begins_s, self.row.ended_ms / MS)

    @cached_property
    def cleared(self) -> Course:
        """Its course as cleared, up to where it ended, in the time of day."""
        return self._in_time(self.room.course)

    @property
    def flown(self) -> Course:
        """Its course as flown."""
        return self._in_time(self.room.strayed(self.offsets_m))

    def _in_time(self, course: Course) -> Course:
        return course.later(self.begins_s).until(self.row.ended_ms / MS)


def fly(
    ledger: Ledger,
    planner: Planner,
    *,
    closed_ms: int,
    streams: Streams,
    rules: AirspaceRules,
    straying: Straying,
    drifting: Drifting,
) -> list[FlownLeg]:
    """Draw how far each leg that has ended strays from its cleared path.

    Flown tracks stand off sideways by bounded Gaussian errors along each straight piece, and not at all at its ends
    (``rules`` say how far, how often, and on which pieces); one stream for the whole day in order of legs. Where a
    drone strays further is noted in ``straying``, or in ``drifting`` where it has no position.
    """
    known, kind = dict[int, Leeway](), ("leeway", rules.straight_m, rules.drift_m)
    found = []
    table = ledger.legs.table()
    row_of = namedtuple("row_of", table.dtype.names or ())  # type: ignore[misc]
    rows = [row_of(*values) for values in table.tolist()]
    for number in np.argsort(ledger.numbers, kind="stable").tolist():
        row, leg = rows[number], int(ledger.numbers[number])
        if leg == NEVER or row.ended_ms > closed_ms:
            continue
        begins_s = 0.0
        if number in ledger.courses or row.over_ms:
            room = leeway(own_course(number, row, ledger, planner), rules)
        else:
            plan, begins_s = int(row.plan), row.departed_ms / MS
            if plan not in known:
                known[plan] = planner.kept(planner.flown[plan], kind, partial(leeway, rules=rules))
            room = known[plan]
        found.append((leg, row, room, begins_s))
    legs = []
    normals = _normals([room for _, _, room, _ in found], streams.generator("tracking error"))
    for (leg, row, room, begins_s), normal in zip(found, normals, strict=True):
        beyond_m = _beyond_m(row, room, normal, begins_s=begins_s, straying=straying, drifting=drifting)
        legs.append(
            FlownLeg(leg=leg, row=row, room=room, rules=rules, normal=normal, beyond_m=beyond_m, begins_s=begins_s)
        )
    return legs


def _normals(rooms: Sequence[Leeway], rng: np.random.Generator) -> list[Floats]:
    """Draw standard normal numbers for the marks of legs at which they stray, all at once and one after the other."""
    ends = np.cumsum([0, *(np.count_nonzero(room.strays) for room in rooms)])
    drawn = rng.standard_normal(int(ends[-1]))
    return [drawn[begin:end] for begin, end in pairwise(ends.tolist())]


def _beyond_m(
    row: Any, room: Leeway, normal: Floats, *, begins_s: float, straying: Straying, drifting: Drifting
) -> Floats | None:
    """Tell how far a leg that may go beyond its bound is off its course at marks, by standard normal numbers.

    What is beyond the bound is noted. None for a leg that may not.
    """
    departed_s, ended_s = row.departed_ms / MS, row.ended_ms / MS
    is_lost = drifting.is_on and drifting.loses(room.course.at_s[0] + begins_s, room.course.at_s[-1] + begins_s)
    strays = straying.is_on and straying.is_due(row.drone, ended_s - departed_s)
    if not is_lost and not strays:
        return None
    marks_s = room.marks_s + begins_s
    # who is cut short has no time to drift back after its end
    is_flown = marks_s < ended_s
    lost_s = np.where(is_flown, drifting.since_s(room.course.later(begins_s), marks_s), 0.0)
    sigma_m, bound_m = drifting.errors_m(lost_s, room.most_m)
    offsets_m = bounded_offsets_m(normal, sigma_m=sigma_m, bound_m=bound_m)
    if strays:
        most_m = np.where(is_flown, room.most_m, 0.0)
        lost_s[_go_astray(row, room, offsets_m, marks_s, most_m, begins_s=begins_s, straying=straying)] = 0.0
    lost = np.flatnonzero(lost_s > 0)
    if len(lost):
        drifting.note(row.drone, marks_s[lost], offsets_m[lost], room.course.at_s + begins_s, room.aside_m(offsets_m))
    return offsets_m


def _go_astray(
    row: Any,
    room: Leeway,
    offsets_m: Floats,
    marks_s: Floats,
    most_m: Floats,
    *,
    begins_s: float,
    straying: Straying,
) -> list[int]:
    """Put excursions of a leg into its offsets at marks, and note what was flown of them; gives those marks."""
    departed_s, ended_s = row.departed_ms / MS, row.ended_ms / MS
    beyond = straying.places(row.drone, ended_s - departed_s, marks_s - departed_s, most_m)
    for mark, offset_m in beyond:
        offsets_m[mark] = offset_m
    if beyond:
        marks = [(float(marks_s[mark]), offset_m) for mark, offset_m in beyond]
        straying.note(row.drone, marks, room.course.at_s + begins_s, room.aside_m(offsets_m))
    return [mark for mark, _ in beyond]


def own_course(number: int, row: Any, ledger: Ledger, planner: Planner) -> Course:
    """Give the course of a leg that left its plan, or that held, in the time of day."""
    course = ledger.courses.get(number)
    if course is None:
        course = planner.course(planner.flown[row.plan]).later(row.departed_ms / MS)
    return course.waiting(row.cruise_to_ms / MS, row.over_ms / MS) if row.landed_ms != NEVER else course


def leeway(course: Course, rules: AirspaceRules) -> Leeway:
    """Find the straight pieces of a course, and where on them a drone strays."""
    steps_m = np.diff(course.points_m[:, :2], axis=0)
    lengths_m = np.hypot(*steps_m.T)
    moves = lengths_m > _STILL_M
    reached_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    direction = steps_m[moves] / lengths_m[moves][:, None]
    is_first = np.ones(len(direction), dtype=np.bool_)
    is_first[1:] = np.abs(np.diff(direction, axis=0)).max(axis=1, initial=0.0) > _TURN
    begins_m = reached_m[:-1][moves][is_first]
    marks_m, strays = _marks(np.append(begins_m, reached_m[-1]), rules)
    if not len(marks_m):
        nothing = np.zeros((len(course.at_s), 2))
        return Leeway(course=course, place_m=reached_m, left=nothing, marks_m=marks_m, strays=strays)
    whole = course.with_points(np.interp(marks_m, reached_m, course.at_s))
    place_m = np.interp(whole.at_s, course.at_s, reached_m)
    piece = np.clip(np.searchsorted(begins_m, place_m, side="right") - 1, 0, len(begins_m) - 1)
    left = np.column_stack([-direction[is_first][:, 1], direction[is_first][:, 0]])[piece]
    return Leeway(course=whole, place_m=place_m, left=left, marks_m=marks_m, strays=strays)


def _marks(ends_m: Floats, rules: AirspaceRules) -> tuple[Floats, NDArray[np.bool_]]:
    """Mark the ends of straight pieces, ``(k + 1,)`` along the way, and places about ``drift_m`` apart within them.

    A piece shorter than ``straight_m`` has none: nobody drifts away and back within a few seconds.
    """
    marks, strays = list[float](), list[bool]()
    for begin_m, end_m in pairwise(ends_m.tolist()):
        if end_m - begin_m >= rules.straight_m:
            inner = max(round((end_m - begin_m) / rules.drift_m), 1)
            marks += np.linspace(begin_m, end_m, inner + 2).tolist()
            strays += [False, *[True] * inner, False]
    return np.array(marks), np.array(strays, dtype=np.bool_)


def tracks(legs: Sequence[FlownLeg]) -> dict[str, dict[str, NDArray[Any]]]:
    """Write the tables ``cleared`` and ``flown``: a row a straight segment."""
    return {name: _table([(leg, getattr(leg, name)) for leg in legs]) for name in ("cleared", "flown")}


def measure_separation(
    legs: Sequence[FlownLeg],
    *,
    rules: AirspaceRules,
    sites: Sequence[str],
    sites_xy: NDArray[Any],
    silent: Sequence[Silent] | None = None,
    astray: Sequence[Silent] | None = None,
) -> Separation:
    """Count the pairs of legs that lost separation as flown, and how close any two came, None if never near.

    Counted exactly, from the moments at which straight segments come below both minima; two drones in a
    terminal area that both use are left to its lanes, which have no geometry: their meetings are counted apart,
    by site. ``silent``: what drones did on their own, ``astray``: when they were beyond their track bound; losses that
    there are only while one was are counted apart, and not at all where these are None.
    """
    flown = _tagged(legs, radius_m=rules.terminal_radius_m, sites_xy=sites_xy)
    minima = {"vertical_m": rules.vertical_m}
    heard = flown if silent is None else _led(flown, silent)
    led = heard if astray is None else _led(heard, astray)
    least_m = least_separation_m(led, reach_m=2 * rules.separation_m, **minima)
    lost = _count_lost(led, rules) if least_m < rules.separation_m else 0
    met = meetings_in_terminals(flown, separation_m=rules.separation_m, **minima)
    counted = {
        "losses_of_separation": lost,
        "min_separation_m": least_m if np.isfinite(least_m) else None,
        "terminal_meetings": len(met),
        "least_terminal_m": float(met.least_m.min()) if len(met) else None,
    }
    found = [lost]
    for tracks_of, counted_before in ((heard, led), (flown, heard)):
        found.append(found[-1] if tracks_of is counted_before else _count_lost(tracks_of, rules))
    if astray is not None:
        counted["losses_in_excursions"] = found[1] - found[0]
    if silent is not None:
        counted["losses_in_silence"] = found[2] - found[1]
    return Separation(counted=counted, by_site=_by_site(met, sites))


def _count_lost(flown: Tracks, rules: AirspaceRules) -> int:
    """Count the pairs of flights that lost separation."""
    lost = losses_of_separation(flown, separation_m=rules.separation_m, vertical_m=rules.vertical_m)
    return len(np.unique(lost.flights, axis=0))


def _led(flown: Tracks, silent: Sequence[Silent]) -> Tracks:
    """Give tracks without what drones flew on their own: each segment is cut at the ends of that."""
    for act in silent:
        rows, begin_s, end_s = flown.rows, flown.rows[:, 0], flown.rows[:, 1]
        its = (flown.drone == act.drone) & (begin_s < act.to_s) & (end_s > act.from_s)
        before, after = its & (begin_s < act.from_s), its & (end_s > act.to_s)
        first, last = rows[before].copy(), rows[after].copy()
        first[:, 1] = act.from_s
        last[:, 2:5] += last[:, 5:] * (act.to_s - last[:, 0])[:, None]
        last[:, 0] = act.to_s
        kept = np.concatenate([np.flatnonzero(~its), np.flatnonzero(before), np.flatnonzero(after)])
        order = np.lexsort((np.concatenate([begin_s[~its], first[:, 0], last[:, 0]]), flown.flight[kept]))
        flown = Tracks(
            flight=flown.flight[kept][order],
            drone=flown.drone[kept][order],
            terminal=flown.terminal[kept][order],
            rows=np.ascontiguousarray(np.concatenate([rows[~its], first, last])[order]),
        )
    return flown


def _by_site(met: Meetings, sites: Sequence[str]) -> dict[str, MeetingFacts]:
    """Count the meetings in each terminal area, and tell the least distance; sites without one are left out."""
    return {
        sites[site]: MeetingFacts(
            meetings=int((met.site == site).sum()), least_m=float(met.least_m[met.site == site].min())
        )
        for site in np.unique(met.site).tolist()
    }


def _segments(courses: Sequence[Course]) -> tuple[Floats, Ints]:
    """Cut courses into segments (n, 8), time and place at both ends, and count those of each."""
    ends = [np.hstack([course.at_s[:, None], course.points_m]) for course in courses]
    parts = [np.hstack([of_leg[:-1], of_leg[1:]]) for of_leg in ends]
    return np.concatenate([np.empty((0, 8)), *parts]), np.array([len(part) for part in parts], dtype=np.int64)


def _tagged(legs: Sequence[FlownLeg], *, radius_m: float, sites_xy: NDArray[Any]) -> Tracks:
    """Put flown legs on the clock as straight segments, cut and tagged at the terminal areas that they use.

    A leg uses the area that it begins in until it first leaves that, and that of its destination once it is there for
    good; where both cover a segment it is that of the first. Sites in each other's area share one.
    """
    areas = shared_areas(sites_xy, radius_m=radius_m)
    parts = [
        _tagged_part(legs[begin : begin + _PART], areas, radius_m=radius_m, sites_xy=sites_xy)
        for begin in range(0, max(len(legs), 1), _PART)
    ]
    return Tracks(
        flight=np.concatenate([part.flight for part in parts]),
        drone=np.concatenate([part.drone for part in parts]),
        terminal=np.concatenate([part.terminal for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
    )


def _tagged_part(legs: Sequence[FlownLeg], areas: Ints, *, radius_m: float, sites_xy: NDArray[Any]) -> Tracks:
    segments, count = _segments([leg.flown for leg in legs])
    numbers = np.array([(leg.leg, leg.row.leaves, leg.row.destination, leg.row.drone) for leg in legs], dtype=np.int64)
    owner = np.repeat(numbers.reshape(-1, 4), count, axis=0)
    segments, owner = _cut_at(segments, owner, sites_xy, radius_m)
    middle_m = (segments[:, 1:3] + segments[:, 5:7]) / 2
    is_in = [(owner[:, end] >= 0) & _is_within(middle_m, sites_xy[owner[:, end]], radius_m) for end in (1, 2)]
    is_there = _leading(owner[::-1, 0], is_in[1][::-1])[::-1]
    terminal = np.where(is_there, areas[owner[:, 2]], EN_ROUTE)
    terminal = np.where(_leading(owner[:, 0], is_in[0]), areas[owner[:, 1]], terminal)
    velocity = (segments[:, 5:] - segments[:, 1:4]) / (segments[:, 4] - segments[:, 0])[:, None]
    rows_of = np.hstack([segments[:, [0, 4]], segments[:, 1:4], velocity])
    return Tracks(
        flight=owner[:, 0].copy(), drone=owner[:, 3].copy(), terminal=terminal, rows=np.ascontiguousarray(rows_of)
    )


def _cut_at(segments: Floats, owner: Ints, sites_xy: Floats, radius_m: float) -> tuple[Floats, Ints]:
    """Cut segments at the circles around both sites of their legs; gives them in order of legs and time."""
    for end in (1, 2):
        shares, rows = _cut(segments, sites_xy[owner[:, end]], np.where(owner[:, end] >= 0, radius_m, -1.0))
        whole, owner = segments[rows], owner[rows]
        segments = np.hstack([_at_share(whole, share[:, None]) for share in shares])
    lasts = segments[:, 4] > segments[:, 0]
    segments, owner = segments[lasts], owner[lasts]
    order = np.lexsort((segments[:, 0], owner[:, 0]))
    return segments[order], owner[order]


def _at_share(segments: Floats, share: Floats) -> Floats:
    """Give time and place at a share of each segment; the end itself at 1, where the sum may be an ulp beside it."""
    return np.where(share == 1.0, segments[:, 4:], segments[:, :4] + share * (segments[:, 4:] - segments[:, :4]))


def _is_within(places_m: Floats, centre_m: Floats, radius_m: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(*(places_m - centre_m).T) < radius_m)


def _leading(group: Ints, holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows come before the first of their group, whose rows are together, for which something fails."""
    begins = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    failed = np.append(0, np.cumsum(~holds))
    return np.asarray(failed[1:] == np.repeat(failed[begins], np.diff(np.append(begins, len(group)))))


def _cut(segments: Floats, centre_m: Floats, radius_m: Floats) -> tuple[tuple[Floats, Floats], Ints]:
    """Cut segments, (n, 8) of time and place at both ends, at a circle for each; a radius below 0 cuts none.

    The roots of |p + s d|² = r² bound the part inside. Returns the shares at which parts begin and end, and the
    segment of each part.
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
    return (begin, end), rows


def _table(flights: Sequence[tuple[FlownLeg, Course]]) -> dict[str, NDArray[Any]]:
    segments, count = _segments([course for _, course in flights])
    if not len(segments):
        return empty("cleared")
    drones, legs = [leg.row.drone for leg, _ in flights], [leg.leg for leg, _ in flights]
    owners = [np.array(numbers, dtype=np.int64).repeat(count) for numbers in (drones, legs)]
    columns = [*owners, *segments[:, [0, 4, 1, 2, 3, 5, 6, 7]].T]
    return dict(zip(SEGMENTS, columns, strict=True))

"""Who was below the flights of a day and what was heard of them, from the courses that were cleared.

A course that many legs fly is looked at once; one that lasts over the full hour is cut there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.aircraft.noise import doses, enters_s, sound_exposure_dba
from dronesim.airspace import Course
from dronesim.geometry.products import matrix_product
from dronesim.record.exposure import FlownFacts, HeardFacts, NoiseFacts, PeopleArea, RiskFacts
from dronesim.simulation.book import NEVER
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.leg import Leg
from dronesim.simulation.planner import Planner
from dronesim.simulation.tracks import own_course
from dronesim.units import HOUR, MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STILL_M = 1e-6
MOST_KEPT_PLACES: Final = 200
"""What is heard at so many places is kept for other days: 16 bytes a place and a leg that somebody flew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Straight segments of courses: ``ends`` (n, 8), time and place at both ends; ``first`` (m,): where each begins."""

    ends: Floats
    first: Ints

    @classmethod
    def of(cls, courses: Sequence[Course]) -> Segments:
        """Take courses apart, each of which has a segment."""
        knots = [np.hstack([course.at_s[:, None], course.points_m]) for course in courses]
        ends = np.concatenate([np.empty((0, 8)), *(np.hstack([of_one[:-1], of_one[1:]]) for of_one in knots)])
        return cls(ends=ends, first=np.cumsum([0, *(len(of_one) - 1 for of_one in knots)], dtype=np.int64)[:-1])

    def __len__(self) -> int:
        return len(self.first)

    @property
    def counts(self) -> Ints:
        """Segments of each course, ``(m,)``."""
        return np.diff(np.append(self.first, len(self.ends)))

    @property
    def lasts_s(self) -> Floats:
        """How long each segment lasts, ``(n,)``."""
        return np.asarray(self.ends[:, 4] - self.ends[:, 0])

    @property
    def ends_s(self) -> Floats:
        """When each course ends, ``(m,)``."""
        return np.asarray(self.ends[self.first + self.counts - 1, 4])

    def behind(self, count: int) -> Segments:
        """Give the courses behind the first ones."""
        from_row = int(self.first[count]) if count < len(self) else len(self.ends)
        return Segments(ends=self.ends[from_row:], first=self.first[count:] - from_row)

    def by_course(self, values: Floats, add: np.ufunc = np.add) -> Floats:
        """Add up values of segments, ``(n, ...)``, by course."""
        return np.asarray(add.reduceat(values, self.first)) if len(self) else values

    def flown(self, course: Ints, begins_s: Floats) -> Segments:
        """Repeat courses, each at its time; ``course``, ``begins_s`` (k,)."""
        counts = self.counts[course]
        first = np.cumsum(np.append(0, counts), dtype=np.int64)[:-1]
        rows = np.repeat(self.first[course] - first, counts) + np.arange(counts.sum())
        ends = self.ends[rows]
        ends[:, [0, 4]] += np.repeat(begins_s, counts)[:, None]
        return Segments(ends=ends, first=first)

    def cut_at_hours(self) -> tuple[Segments, Ints]:
        """Cut courses in the time of day at full hours; gives the parts, and the course of each."""
        hours = np.floor(self.ends[:, [0, 4]] / HOUR).astype(np.int64)
        pieces = hours[:, 1] - hours[:, 0] + 1
        row = np.repeat(np.arange(len(self.ends)), pieces)
        hour = hours[row, 0] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        whole = self.ends[row]
        times_s = [np.clip(edge * HOUR, whole[:, 0], whole[:, 4])[:, None] for edge in (hour, hour + 1)]
        steps = whole[:, 4:] - whole[:, :4]
        span_s = np.where(steps[:, :1] > 0, steps[:, :1], 1.0)
        ends = np.hstack([whole[:, :4] + (at_s - whole[:, :1]) / span_s * steps for at_s in times_s])
        course = np.repeat(np.arange(len(self)), self.counts)[row]
        lasts = ends[:, 4] > ends[:, 0]
        ends, course, hour = ends[lasts], course[lasts], hour[lasts]
        is_first = (np.diff(course, prepend=-1) != 0) | (np.diff(hour, prepend=-1) != 0)
        return Segments(ends=ends, first=np.flatnonzero(is_first)), course[is_first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """The parts of all legs that have ended, each within one hour; ``course``, ``leg``, ``begins_s`` (n,).

    A leg that keeps to its plan within an hour is a course from its beginning on, which others fly too: the first ones
    are those of ``plans``. The parts of the others are courses of their own, in the time of day.
    """

    planner: Planner
    plans: tuple[Leg, ...]
    segments: Segments
    course: Ints
    leg: Ints
    begins_s: Floats

    def by_course(self, kind: Hashable, make: Callable[[Segments], tuple[Floats, ...]]) -> tuple[Floats, ...]:
        """Give what is made of each course, ``(m, ...)`` each; of those of plans it is kept for other days.

        ``kind`` tells all else that it is made of.
        """

        def make_all(courses: Sequence[Course]) -> Iterator[tuple[Floats, ...]]:
            return zip(*make(Segments.of(courses)), strict=True)

        known = self.planner.all_kept(self.plans, kind, make_all)
        others = make(self.segments.behind(len(self.plans)))
        of_plans = [np.array(column) for column in zip(*known, strict=True)] if known else [its[:0] for its in others]
        return tuple(np.concatenate(both) for both in zip(of_plans, others, strict=True))


def flown_parts(ledger: Ledger, planner: Planner, *, closed_ms: int) -> Flown:
    """Take all legs that have ended by a time from the ledger, cut at full hours."""
    table = ledger.legs.table()
    ended = np.flatnonzero((ledger.numbers != NEVER) & (table["ended_ms"] <= closed_ms))
    is_own = (table["over_ms"][ended] != 0) | np.isin(ended, list(ledger.courses))
    kept, departed_s = ended[~is_own], table["departed_ms"][ended[~is_own]] / MS
    plans, plan = np.unique(table["plan"][kept], return_inverse=True)
    legs = tuple(planner.flown[number] for number in plans.tolist())
    planned = Segments.of([planner.course(leg) for leg in legs])
    crosses = departed_s // HOUR != (departed_s + planned.ends_s[plan]) // HOUR
    rows = table.view(np.recarray)
    own = Segments.of([own_course(number, rows[number], ledger, planner) for number in ended[is_own].tolist()])
    timed, of_one = _joined(planned.flown(plan[crosses], departed_s[crosses]), own).cut_at_hours()
    return Flown(
        planner=planner,
        plans=legs,
        segments=_joined(planned, timed),
        course=np.append(plan[~crosses], len(planned) + np.arange(len(timed))),
        leg=np.append(kept[~crosses], np.append(kept[crosses], ended[is_own])[of_one]),
        begins_s=np.append(departed_s[~crosses], np.zeros(len(timed))),
    )


def _joined(one: Segments, other: Segments) -> Segments:
    return Segments(
        ends=np.concatenate([one.ends, other.ends]), first=np.append(one.first, len(one.ends) + other.first)
    )


def flown_over(risk: RiskFacts, flown: Flown) -> RiskFacts:
    """Count the hours of flight, and those times the people a km² below.

    Where areas overlap the one with most people counts; where there is none, the density of the scenario.
    """
    segments, lasts_s = flown.segments, flown.segments.lasts_s
    extra = np.zeros(len(lasts_s))
    for area, people_per_km2 in _apart(risk.areas):
        extra += (people_per_km2 - risk.people_per_km2) * _share_within(area, segments)
    times = np.bincount(flown.course, minlength=len(segments))
    by_course = (segments.by_course(values) for values in (lasts_s, lasts_s * extra))
    flight_s, extra_s = (float(matrix_product(times, values)) for values in by_course)
    people_s = risk.people_per_km2 * flight_s + extra_s
    return replace(risk, flown=FlownFacts(flight_h=flight_s / HOUR, people_h_per_km2=people_s / HOUR))


def _apart(areas: Sequence[PeopleArea]) -> Iterator[tuple[Any, float]]:
    """Give areas that do not overlap, each less those with more people."""
    taken: Any = shapely.Polygon()
    for area in sorted(areas, key=lambda area: -area.people_per_km2):
        shape = shapely.Polygon(area.rings[0], area.rings[1:])
        yield shapely.difference(shape, taken), area.people_per_km2
        taken = shapely.union(taken, shape)


def _share_within(area: Any, segments: Segments) -> Floats:
    """Share of each segment that lies over an area, ``(n,)``; one that leads nowhere lies over it or not."""
    shapely.prepare(area)
    ends = np.stack([segments.ends[:, 1:3], segments.ends[:, 5:7]], axis=1)
    lines: Any = shapely.linestrings(ends)
    length_m = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    share = np.zeros(len(lines))
    is_still = length_m <= _STILL_M
    meets = shapely.intersects(area, shapely.points(ends[:, 0])) & is_still
    share[meets] = 1.0
    rows = np.flatnonzero(~is_still & shapely.intersects(area, lines))
    share[rows] = shapely.length(shapely.intersection(area, lines[rows])) / length_m[rows]
    return share


def heard_of(noise: NoiseFacts, flown: Flown, *, from_s: float, closed_s: float) -> NoiseFacts:
    """Add up what was heard at each home and place, by the hours of the day from opening to its close."""
    places_m = np.array([(it.x_m, it.y_m, noise.receiver_m) for it in noise.listeners])
    segments, (legs, leg) = flown.segments, np.unique(flown.leg, return_inverse=True)
    hear = partial(_heard_at, places_m=places_m, nearest_m=noise.nearest_m, reach_m=noise.overflight_m)
    kind = "heard", places_m.tobytes(), noise.nearest_m, noise.overflight_m
    is_kept = len(places_m) <= MOST_KEPT_PLACES
    dose, near_s = flown.by_course(kind, hear) if is_kept else hear(segments)
    at = ((flown.begins_s + segments.ends[segments.first, 0][flown.course]) // HOUR).astype(np.int64)
    first, last = (int(edge_s // HOUR) for edge_s in (from_s, closed_s - 1 / MS))
    hours = np.arange(min([first, *at.tolist()]), max([last, *at.tolist()]) + 1)
    times = np.zeros((len(hours), len(segments)))
    np.add.at(times, (at - hours[0], flown.course), 1.0)
    by_leg = np.zeros((len(legs), len(places_m)))
    np.add.at(by_leg, leg, dose[flown.course])
    part, place = np.nonzero(np.isfinite(near_s[flown.course]))
    passes_s = np.full(by_leg.shape, np.nan)
    np.fmin.at(passes_s, (leg[part], place), flown.begins_s[part] + near_s[flown.course[part], place])
    by_hour = matrix_product(times, dose) if len(segments) else np.zeros((len(hours), len(places_m)))
    return replace(noise, heard=_heard(noise, hours, by_hour, by_leg.max(axis=0, initial=0.0), passes_s))


def _heard_at(segments: Segments, *, places_m: Floats, nearest_m: float, reach_m: float) -> tuple[Floats, Floats]:
    """Give what each course leaves at places, ``(m, k)``: its dose, and when it comes near first, NaN for never."""
    ends_m, times_s = (segments.ends[:, 1:4], segments.ends[:, 5:]), (segments.ends[:, 0], segments.ends[:, 4])
    dose = segments.by_course(doses(*ends_m, segments.lasts_s, places_m, nearest_m=nearest_m))
    near_s = segments.by_course(enters_s(*ends_m, times_s, places_m, reach_m=reach_m), np.fmin)
    return dose, near_s


def _heard(noise: NoiseFacts, hours: Ints, by_hour: Floats, loudest: Floats, passes_s: Floats) -> dict[str, HeardFacts]:
    """Tell doses by hour, ``(h, k)``, the largest of a flight, ``(k,)``, and passes, ``(legs, k)``, by listener."""
    level = {"source_dba": noise.source_dba, "source_at_m": noise.source_at_m}
    exposure_dba, loudest_dba = sound_exposure_dba(by_hour, **level), sound_exposure_dba(loudest, **level)
    passes = np.zeros(by_hour.shape, np.int64)
    legs, rows = np.nonzero(np.isfinite(passes_s))
    np.add.at(passes, ((passes_s[legs, rows] // HOUR).astype(np.int64) - hours[0], rows), 1)
    names = [str(hour) for hour in hours.tolist()]
    return {
        it.id: HeardFacts(
            exposure_dba=dict(zip(names, map(_level, exposure_dba[:, row].tolist()), strict=True)),
            overflights=dict(zip(names, passes[:, row].tolist(), strict=True)),
            loudest_dba=_level(float(loudest_dba[row])),
            quiet_overflights=_within(passes_s[:, row], it.quiet_from_s, it.quiet_to_s),
        )
        for row, it in enumerate(noise.listeners)
    }


def _level(dba: float) -> float | None:
    return dba if np.isfinite(dba) else None


def _within(passes_s: Floats, from_s: float | None, to_s: float | None) -> int:
    if from_s is None or to_s is None:
        return 0
    return int(((passes_s >= from_s) & (passes_s < to_s)).sum())

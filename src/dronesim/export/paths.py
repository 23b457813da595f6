"""The path of every flight in space and time: as flown where tracks were kept, else by its route and its milestones.

Without tracks a flight climbs and sinks as the facts of its drone type say, and goes along its route at one speed
between take-off and arrival, so that departure, arrival and landing are those of the tables; where its route is not
known, as after a diversion, it goes straight. One that something ended on its way gets as far as its distance says,
at the drone type's cruise speed or faster, and stays there at its level until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry import distances_along
from dronesim.record.tables import Columns
from dronesim.units import MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Way = tuple[str, str, float]

FLOWN: Final = "flown"
ROUTE: Final = "route"
STRAIGHT: Final = "straight"
NOWHERE: Final = "none"
SOURCES: Final = (FLOWN, ROUTE, STRAIGHT, NOWHERE)
"""How the path of a flight is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Points that flights pass, one flight after the other.

    Flight i has the points from ``first[i]`` to ``first[i + 1]``, none or at least two; ``time_ms`` (whole
    milliseconds since local midnight, ascending within a flight) and ``place_m`` (east, north, height above ground)
    have shapes ``(n,)`` and ``(n, 3)``. ``source`` tells how each flight's path is known, as a number of `SOURCES`.
    """

    first: Ints
    time_ms: Ints
    place_m: Floats
    source: Ints

    @property
    def flight(self) -> Ints:
        """Number of the flight of each point, shape ``(n,)``."""
        return np.repeat(np.arange(len(self.source)), np.diff(self.first))


Piece = tuple[Ints, Floats, Floats]
"""Row of the leg, time in seconds and place in metres of some points."""


def paths_of(legs: Columns, facts: Mapping[str, Any], *, tracks: Columns | None, ended_s: Mapping[int, float]) -> Paths:
    """Find the path of every leg.

    ``tracks``: the flown segments, where they were kept; ``ended_s``: when legs ended that never arrived, by number.
    """
    flown = np.zeros(len(legs["leg"]), np.bool_) if tracks is None else np.isin(legs["leg"], tracks["leg"])
    source = np.full(len(flown), SOURCES.index(NOWHERE))
    source[flown] = SOURCES.index(FLOWN)
    pieces = [] if tracks is None else [_flown(legs, tracks)]
    turned = {} if tracks is None else _turned(legs, tracks)
    pieces += _Plain(legs, facts, ended_s, source).pieces(np.flatnonzero(~flown), turned)
    return _joined(pieces, source)


def end_times(legs: Columns, incidents: Columns) -> dict[int, float]:
    """Tell when legs ended that never arrived: when the next leg of the sortie began, or at their last incident."""
    found: dict[int, float] = {}
    for leg, time_s in zip(incidents["leg"].tolist(), incidents["time_s"].tolist(), strict=True):
        found[leg] = max(time_s, found.get(leg, time_s))
    begun_s: dict[int, float] = {}
    names = ("leg", "sortie", "departed_s", "arrived_s")
    for leg, sortie, departed_s, arrived_s in reversed(
        list(zip(*(legs[name].tolist() for name in names), strict=True))
    ):
        if np.isnan(arrived_s) and sortie in begun_s:
            found[leg] = begun_s[sortie]
        begun_s[sortie] = departed_s
    return found


def _turned(legs: Columns, tracks: Columns) -> dict[int, Floats]:
    """Tell where tracked flights that never arrived ended, by sortie, ``(2,)`` each."""
    row = np.searchsorted(legs["leg"], tracks["leg"])
    is_cut = np.isnan(legs["arrived_s"][row])
    latest = np.lexsort((tracks["t1_s"][is_cut], row[is_cut]))
    xy = np.column_stack([tracks["x1_m"][is_cut], tracks["y1_m"][is_cut]])[latest]
    return dict(zip(legs["sortie"][row[is_cut]][latest].tolist(), xy, strict=True))


def _flown(legs: Columns, tracks: Columns) -> Piece:
    """Take both ends of every flown segment; those that follow each other meet, and are one point afterwards."""
    row = np.searchsorted(legs["leg"], tracks["leg"])
    ends = [np.stack([tracks[f"{axis}{end}_m"] for axis in "xyz"], axis=1) for end in (0, 1)]
    rows, times_s = np.concatenate([row, row]), np.concatenate([tracks["t0_s"], tracks["t1_s"]])
    return rows, times_s, np.concatenate(ends)


def _joined(pieces: list[Piece], source: Ints) -> Paths:
    """Put points in the order of flights and times; of several in one millisecond the first is kept."""
    rows, seconds, places = (np.concatenate([piece[part] for piece in pieces] or [_NOTHING[part]]) for part in range(3))
    time_ms = np.rint(seconds * MS).astype(np.int64)
    order = np.lexsort((seconds, rows))
    rows, time_ms, places = rows[order], time_ms[order], places[order]
    is_new = np.ones(len(rows), np.bool_)
    is_new[1:] = (rows[1:] != rows[:-1]) | (time_ms[1:] > time_ms[:-1])
    many = np.bincount(rows[is_new], minlength=len(source))
    is_kept = is_new & (many[rows] > 1)
    source[many < 2] = SOURCES.index(NOWHERE)
    first = np.concatenate([[0], np.cumsum(np.where(many > 1, many, 0))])
    return Paths(first=first, time_ms=time_ms[is_kept], place_m=places[is_kept], source=source)


_NOTHING: Final = (np.empty(0, np.int64), np.empty(0), np.empty((0, 3)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """How a leg begins: seconds after its departure, and heights then; when it flies off, along which corners.

    ``source`` is how these are known.
    """

    climb: tuple[tuple[float, float], ...]
    climbs_s: float
    corners: Floats
    source: str


class _Plain:
    """Paths by routes and milestones."""

    def __init__(self, legs: Columns, facts: Mapping[str, Any], ended_s: Mapping[int, float], source: Ints) -> None:
        self._legs = legs
        self._facts = facts
        self._ended_s = ended_s
        self._source = source
        self._routes = _routes(facts)
        self._sites = {
            site["id"]: np.array([site["x_m"], site["y_m"]]) for group in facts["sites"].values() for site in group
        }

    def pieces(self, rows: Ints, turned: dict[int, Floats]) -> Iterator[Piece]:
        """Find the points of some legs: of whole ones way by way, of those that something cut short one by one.

        ``turned``: where flights of a sortie turned that were tracked, ``(2,)`` each.
        """
        legs = self._legs
        is_away = ~np.isnan(legs["departed_s"][rows])
        is_whole = is_away & self._is_down(rows) & (legs["kind"][rows] != "divert")
        yield from self._whole(rows[is_whole])
        for row in rows[is_away & ~is_whole].tolist():
            yield self._odd(row, turned)

    def _is_down(self, rows: Ints) -> NDArray[np.bool_]:
        return np.asarray(~np.isnan(self._legs["landed_s"][rows]) & ~np.isnan(self._legs["arrived_s"][rows]))

    def _whole(self, rows: Ints) -> Iterator[Piece]:
        """Find the points of legs that took off, arrived and landed; those alike in way and length at once."""
        legs = self._legs
        names, lengths_m = ("from", "to", "level_m"), np.round(legs["distance_m"][rows], 1)
        columns = (rows.tolist(), *(legs[name][rows].tolist() for name in names), lengths_m.tolist())
        alike: dict[tuple[Way, float], list[int]] = {}
        for row, start, end, level_m, length_m in zip(*columns, strict=True):
            alike.setdefault(((start, end, level_m), length_m), []).append(row)
        for (way, length_m), members in alike.items():
            yield self._along(np.array(members), self._from_the_ground(way, length_m), level_m=way[2])

    def _from_the_ground(self, way: Way, length_m: float, *, is_whole: bool = True) -> _Start:
        """Begin a leg on a pad, along the route that was flown or straight where none is told."""
        routes = self._routes.get(way)
        if routes is None:
            corners, source = np.stack([self._sites[way[0]], self._sites[way[1]]]), STRAIGHT
        else:
            corners, source = _flown_route(routes, length_m, is_whole=is_whole), ROUTE
        climb = self._climb(way[2])
        climbs_s = climb[-1][0] + self._facts["aircraft"]["transition_s"]
        return _Start(climb=climb, climbs_s=climbs_s, corners=corners, source=source)

    def _along(self, rows: Ints, start: _Start, *, level_m: float) -> Piece:
        """Lay the knots of climb, cruise and descent of legs that begin alike."""
        self._source[rows] = SOURCES.index(start.source)
        departed_s, arrived_s, landed_s = (self._legs[f"{name}_s"][rows] for name in ("departed", "arrived", "landed"))
        climbed_s = np.minimum(departed_s + start.climbs_s, arrived_s)
        cruise_s = climbed_s[:, None] + (arrived_s - climbed_s)[:, None] * _shares(start.corners)
        down = self._descent(level_m)
        sinks_s = [np.maximum(landed_s - seconds, arrived_s) for seconds, _ in down]
        rises_s = [np.minimum(departed_s + seconds, arrived_s) for seconds, _ in start.climb]
        times_s = np.column_stack([*rises_s, cruise_s, *sinks_s])
        corners, up_m, down_m = (
            start.corners,
            [height_m for _, height_m in start.climb],
            [height_m for _, height_m in down],
        )
        heights_m = np.array([*up_m, *[level_m] * len(corners), *down_m])
        xy = np.repeat(corners, [1 + len(up_m), *[1] * (len(corners) - 2), 1 + len(down_m)], axis=0)
        places = np.column_stack([xy, heights_m])
        return np.repeat(rows, times_s.shape[1]), times_s.ravel(), np.tile(places, (len(rows), 1))

    def _climb(self, level_m: float) -> tuple[tuple[float, float], ...]:
        """Give seconds after the departure, and heights then: where it begins to rise, rises faster, is up."""
        drone = self._facts["aircraft"]
        low_m = min(drone["low_climb_m"], level_m)
        low_s = low_m / drone["low_climb_mps"]
        return (0.0, 0.0), (low_s, low_m), (low_s + (level_m - low_m) / drone["climb_mps"], level_m)

    def _descent(self, level_m: float) -> list[tuple[float, float]]:
        """Give seconds before the landing, and heights then: where it sinks, hovers, touches down, and is down."""
        drone = self._facts["aircraft"]
        low_m = min(drone["final_hover_m"], level_m)
        touches_s = low_m / drone["touchdown_mps"]
        hovers_s = touches_s + drone["final_hover_s"]
        sinks_s = hovers_s + (level_m - low_m) / drone["descent_mps"]
        return [(sinks_s, level_m), (hovers_s, low_m), (touches_s, low_m), (0.0, 0.0)]

    def _odd(self, row: int, turned: dict[int, Floats]) -> Piece:
        """Find the points of a leg that began in the air, or never arrived."""
        legs = self._legs
        way = (str(legs["from"][row]), str(legs["to"][row]), float(legs["level_m"][row]))
        start = self._from_the_ground(way, float(legs["distance_m"][row]), is_whole=False)
        sortie = int(legs["sortie"][row])
        if legs["kind"][row] == "divert":
            corners = np.stack([turned.get(sortie, start.corners[0]), self._sites[way[1]]])
            start = _Start(climb=((0.0, way[2]),), climbs_s=0.0, corners=corners, source=STRAIGHT)
        if self._is_down(np.array([row]))[0]:
            return self._along(np.array([row]), start, level_m=way[2])
        piece = self._until(row, start)
        turned[sortie] = piece[2][-1, :2]
        return piece

    def _until(self, row: int, start: _Start) -> Piece:
        """Find the points of a leg that ended on its way, as far along it as its distance says."""
        self._source[row] = SOURCES.index(start.source)
        departed_s, corners = float(self._legs["departed_s"][row]), start.corners
        ended_s = self._ended_s.get(int(self._legs["leg"][row]), float(self._facts["horizon"]["closed_s"]))
        climbed_s = min(departed_s + start.climbs_s, ended_s)
        along_m = distances_along(corners)
        flown_m = min(float(np.nan_to_num(self._legs["distance_m"][row])), float(along_m[-1]))
        passed_m = np.concatenate([along_m[along_m < flown_m], [flown_m]])
        xy = np.column_stack([np.interp(passed_m, along_m, corners[:, axis]) for axis in (0, 1)])
        cruises_s = passed_m / self._facts["aircraft"]["cruise_mps"]
        hurry = min(1.0, (ended_s - climbed_s) / cruises_s[-1]) if flown_m > 0 else 0.0
        rises_s, up_m = (np.array(knots) for knots in zip(*start.climb, strict=True))
        times_s = np.array([*np.minimum(departed_s + rises_s, ended_s), *(climbed_s + hurry * cruises_s), ended_s])
        heights_m = np.interp(np.minimum(times_s - departed_s, rises_s[-1]), rises_s, up_m)
        places = np.concatenate([np.repeat(corners[:1], len(up_m), axis=0), xy, xy[-1:]])
        return np.full(len(times_s), row), times_s, np.column_stack([places, heights_m])


def _flown_route(routes: list[Floats], length_m: float, *, is_whole: bool) -> Floats:
    """Choose among the routes of a way, as winds and zones change them: the one that is as long as what was flown.

    Of a leg that was cut short it is the shortest one that is long enough.
    """
    lengths_m = np.array([distances_along(route)[-1] for route in routes])
    if not is_whole:
        lengths_m = np.where(lengths_m < length_m - 1.0, np.inf, lengths_m)
        length_m = 0.0
    return routes[int(np.abs(lengths_m - length_m).argmin())]


def _shares(corners: Floats) -> Floats:
    """Tell how far along a line each of its corners is, 0 to 1."""
    along_m = distances_along(corners)
    return along_m / along_m[-1] if along_m[-1] > 0 else np.linspace(0.0, 1.0, len(corners))


def _routes(facts: Mapping[str, Any]) -> dict[Way, list[Floats]]:
    found: dict[Way, list[Floats]] = {}
    for route in facts.get("routes", []):
        way = (str(route["from"]), str(route["to"]), float(route["level_m"]))
        found.setdefault(way, []).append(np.array(route["points_m"], dtype=np.float64))
    return found

"""All flights that are reserved, which say when one more may depart: by a table of pairs of legs, or by themselves."""

from __future__ import annotations

import math
from collections.abc import Hashable, MutableMapping
from typing import Final

import numpy as np

from dronesim.airspace import delay_kernels, pair_kernels
from dronesim.airspace.calendar_kernels import DEPART, LEAVE, Bools
from dronesim.airspace.choices import SortieChoices
from dronesim.airspace.pair_kernels import DEPARTS, FLIGHT, LEG, NO_LEG
from dronesim.airspace.pairs import NOTHING_CLOSED, Asked, LegPairs, Minima
from dronesim.airspace.paths import Alternatives, Ints, Path4D
from dronesim.airspace.reservations import Reservations, Segments
from dronesim.airspace.sortie_kernels import FULL
from dronesim.airspace.timetable import Timetable
from dronesim.airspace.way_kernels import NO_FLIGHT
from dronesim.units import MS

PairTables = MutableMapping[Hashable, LegPairs]
"""Tables of pairs of the legs of one wind, by minima."""

_FIRST_FLIGHTS: Final = 64
_LOOKS_AHEAD_MS: Final = 240_000.0
"""For so long after its earliest departure what is closed to a flight is sought at first."""


class Traffic:
    """Flights on legs of the wind of now are looked up in a table of pairs; reservations are all others.

    Those are paths that were bent, cut or begin in the air, and legs of an earlier wind. What is forbidden is the same
    wherever a flight is kept, to the millisecond; without a table all are reservations. Departures are whole
    milliseconds.
    """

    def __init__(
        self, minima: Minima, segments: Segments | None = None, *, looks_ahead_ms: float = _LOOKS_AHEAD_MS
    ) -> None:
        """Begin with none; ``segments``: what finds reservations, where it is not a table of their ways.

        ``looks_ahead_ms``: for how long what is closed to a sortie is sought before it is sought without an end, which
        changes nothing but the time that it takes.
        """
        self.minima = minima
        self._looks_ahead_ms = looks_ahead_ms
        self.reservations = Reservations(
            separation_m=minima.separation_m,
            vertical_m=minima.vertical_m,
            buffer_s=minima.buffer_s,
            segments=segments,
        )
        self._pairs: LegPairs | None = None
        self._room = np.zeros((4, _FIRST_FLIGHTS), np.int64)
        self._count = 0

    @property
    def _listed(self) -> tuple[Ints, int]:
        return self._room, self._count

    def look_up_in(self, tables: PairTables | None) -> None:
        """Look flights up in the tables of a wind from here on, or in none; those that are listed are reserved."""
        pairs = None if tables is None else tables.setdefault(self.minima, LegPairs(self.minima))
        if pairs is self._pairs:
            return
        for leg, departs_ms, flight, _ in self._room[:, : self._count].T.tolist():
            self.reservations.reserve(flight, self._path(leg), departs_ms / MS)
        self._pairs, self._count = pairs, 0

    def _path(self, leg: int) -> Path4D:
        if self._pairs is None:
            raise AssertionError("no flight is listed without a table")
        return self._pairs.paths[leg]

    def reserve(self, flight: int, path: Path4D, departs_ms: int) -> None:
        """Keep a path from a departure on; a flight (a number from 0) may have several, such as out and back."""
        leg = NO_LEG if self._pairs is None else self._pairs.number(path)
        if self._pairs is None or leg == NO_LEG:
            self.reservations.reserve(flight, path, departs_ms / MS)
            return
        self._make_room_for(1)
        self._room[:, self._count] = leg, departs_ms, flight, departs_ms + self._pairs.over_ms(path)
        self._count += 1

    def _make_room_for(self, flights: int) -> None:
        if self._count + flights > self._room.shape[1]:
            self._room = np.concatenate([self._room, np.zeros_like(self._room)], axis=1)

    def release_after(self, flight: int, at_ms: int) -> None:
        """Give up what a flight has reserved after a time, and end the segment that it is on then."""
        at_s = at_ms / MS
        for place in np.flatnonzero(self._room[FLIGHT, : self._count] == flight).tolist()[::-1]:
            leg, departs_ms = self._room[[LEG, DEPARTS], place].tolist()
            path = self._path(leg)
            if departs_ms / MS + path.duration_s > at_s:
                self._count -= 1
                self._room[:, place] = self._room[:, self._count]
                if departs_ms < at_ms:
                    self.reservations.reserve(flight, path, departs_ms / MS)
        if len(self.reservations):
            self.reservations.release_after(flight, at_s)

    def expire(self, before_ms: int) -> None:
        """Forget what can't matter to any departure at or after a time."""
        if len(self.reservations):
            self.reservations.expire(before_ms / MS)
        self._count = pair_kernels.forget(self._room, self._count, before_ms)

    def closed_ms(self, choices: Alternatives, *, earliest_ms: int) -> tuple[Ints, Ints]:
        """Find the departures from ``earliest_ms`` on at which each of several paths would lose separation.

        Returns half-open intervals, (k, 2), and where those of each path begin and end, (paths + 1,).
        """
        if self._pairs is None:
            return self.reservations.closed_ms(choices, earliest_ms=earliest_ms)
        asked = self._pairs.asked(choices)
        if asked is None:
            each = [self.forbidden_ms(path, earliest_ms=earliest_ms) for path in choices.paths]
            return np.concatenate([NOTHING_CLOSED, *each]), np.cumsum([0, *(len(closed) for closed in each)])
        more = self._closed_by_reservations(choices, asked, earliest_ms)
        return self._pairs.closed_ms(asked.numbers, self._listed, ignore=NO_FLIGHT, earliest_ms=earliest_ms, more=more)

    def _closed_by_reservations(self, choices: Alternatives, asked: Asked, earliest_ms: int) -> tuple[Ints, Ints]:
        return (
            self.reservations.closed_ms(choices, earliest_ms=earliest_ms) if len(self.reservations) else asked.nothing
        )

    def clear(
        self, timetable: Timetable, among: SortieChoices, allowed: Bools, *, at_ms: int, holder: int
    ) -> tuple[int, int, int, int, range]:
        """Book a sortie in a timetable on the way that ``Timetable.find_choice`` finds apart from all flights.

        Both flights are reserved.
        """
        asked = None if self._pairs is None else self._pairs.asked(among.ways)
        if self._pairs is None or asked is None:
            return self._clear_apart(timetable, among, allowed, at_ms=at_ms, holder=holder)
        self._make_room_for(2)
        packed, more = among.packed, self._closed_by_reservations(among.ways, asked, at_ms)
        while True:
            sortie = *timetable.calendars, packed, allowed, at_ms, timetable.past_ms, holder
            number, start_ms, left_ms, refused_by = self._pairs.clear(asked, self._listed, more, sortie)
            if number != FULL:
                self._count += 2
                return number, start_ms, left_ms, refused_by, timetable.entered(packed, number)
            timetable.make_room_for(packed)

    def _clear_apart(
        self, timetable: Timetable, among: SortieChoices, allowed: Bools, *, at_ms: int, holder: int
    ) -> tuple[int, int, int, int, range]:
        """Do the same a step after the other, for legs of which not all are known.

        Most depart soon: what other flights forbid is found for the next minutes first. Where a sortie would depart or
        leave behind them, it is found for longer.
        """
        packed, paths, outs = among.packed, among.ways.paths, among.outs
        departs_ms, leaves_ms = (at_ms + packed.outs[:, [DEPART, LEAVE]].min(axis=0)).tolist()
        for ahead_ms in (self._looks_ahead_ms, math.inf) if self._pairs is None else (math.inf,):
            closed = self._closed_to(among, (departs_ms, leaves_ms), ahead_ms)
            found = number, start_ms, left_ms = timetable.find_choice(packed, allowed, closed=closed, at_ms=at_ms)
            out, home = divmod(number, len(packed.homes))
            out_ms = start_ms + int(packed.outs[out, DEPART])
            if out_ms < departs_ms + ahead_ms and left_ms < leaves_ms + ahead_ms:
                break
        refused_by, bookings = timetable.book_choice(packed, found, closed=closed, at_ms=at_ms, holder=holder)
        self.reserve(holder, paths[out], out_ms)
        self.reserve(holder, paths[outs + home], left_ms)
        return number, start_ms, left_ms, refused_by, bookings

    def _closed_to(self, among: SortieChoices, earliest_ms: tuple[int, int], ahead_ms: float) -> tuple[Ints, Ints]:
        """Find what is closed to the ways out, and behind that to those home, as ``closed_ms``, from two times on."""
        if self._pairs is not None:
            return self.closed_ms(among.ways, earliest_ms=min(earliest_ms))
        parts = among.ways.part(0, among.outs), among.ways.part(among.outs, len(among.ways.paths))
        (out, ends), (home, home_ends) = (
            self.reservations.closed_ms(part, earliest_ms=from_ms, latest_ms=from_ms + ahead_ms)
            for part, from_ms in zip(parts, earliest_ms, strict=True)
        )
        return np.concatenate([out, home]), np.concatenate([ends, home_ends[1:] + len(out)])

    def forbidden_ms(self, path: Path4D, *, earliest_ms: int, ignore: int = NO_FLIGHT) -> Ints:
        """Find the same for one path, for which the reservations of a flight do not count."""
        earliest_s = earliest_ms / MS
        closed = NOTHING_CLOSED
        if len(self.reservations):
            closed = delay_kernels.whole_ms(self.reservations.forbidden(path, earliest_s=earliest_s, ignore=ignore))
        if self._pairs is None:
            return closed
        leg = self._pairs.number(path)
        if leg == NO_LEG:
            delays = self._pairs.delays(path, self._listed, ignore=ignore, window_s=(earliest_s, math.inf))
            return united(closed, delay_kernels.whole_ms(delays))
        more = closed, np.array([0, len(closed)])
        return self._pairs.closed_ms(np.array([leg]), self._listed, ignore=ignore, earliest_ms=earliest_ms, more=more)[
            0
        ]

    def is_near(self, path: Path4D, departs_ms: int, *, ignore: int = NO_FLIGHT) -> bool:
        """Tell whether a path that departs at a time would lose separation from another flight."""
        at_s = departs_ms / MS
        if len(self.reservations) and self.reservations.conflicting(path, at_s, ignore=ignore):
            return True
        if self._pairs is None:
            return False
        return len(self._pairs.delays(path, self._listed, ignore=ignore, window_s=(at_s, at_s))) > 0


def united(*closed: Ints) -> Ints:
    """Unite half-open intervals, each (k, 2), to some in order and apart; empty ones are left out."""
    every = np.concatenate(closed)
    every = every[every[:, 0] < every[:, 1]]
    return every[: pair_kernels.unite(every, 0, len(every))]

"""Strategic clearances: departures that keep every two flights apart in space and time, over all levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dronesim.airspace.clearance import Clearance, HeadwayClearance
from dronesim.airspace.paths import Alternatives, Floats, Path4D
from dronesim.airspace.reservations import Reservations
from dronesim.airspace.timetable import NEVER_CLOSED, Ints, SortieRequest, Timetable, Use
from dronesim.units import MS


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieChoice:
    """One way to fly a sortie: which of the ways out and home it takes, what it holds, and how long it takes.

    ``depart_ms`` and ``deliver_ms`` count from the start of loading, ``home_ms`` from leaving the airport.
    """

    out: int
    home: int
    request: SortieRequest
    depart_ms: int
    deliver_ms: int
    home_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieChoices:
    """All ways to fly between a take-off point and an airport and back: one a level, out and home."""

    ways_out: Alternatives
    ways_home: Alternatives
    choices: tuple[SortieChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChoice:
    """One way to fly a single leg: what it holds, as offsets from its departure, and its path."""

    uses: Ints
    path: Path4D


class StrategicClearance(HeadwayClearance):
    """Lanes and pads as with headways, and a table of reserved paths that no cleared flight comes near.

    The departures that are forbidden by reserved flights join those at which a pad, a lane or a crew is
    taken, and the earliest one that is left is cleared: for a sortie, over all pairs of a level out and a
    level home, the one that delivers first. Followers on one route need no headway of their own here.
    """

    def __init__(
        self, timetable: Timetable, sites: Sequence[str], *, lane_headway_ms: int, reservations: Reservations
    ) -> None:
        super().__init__(timetable, sites, lane_headway_ms=lane_headway_ms, route_headway_ms=0)
        self.reservations = reservations

    def clear_choice(
        self, among: SortieChoices, allowed: Iterable[int], *, at_ms: int, holder: int
    ) -> tuple[int, Clearance]:
        """Book the allowed way to fly a sortie that delivers first, and of those the one that is home first."""
        self.reservations.expire(at_ms / MS)
        numbers = list(allowed)
        first = among.choices[numbers[0]]
        closed = self._closed(among.ways_out, at_ms + first.depart_ms)
        closed_home = self._closed(among.ways_home, at_ms + min(among.choices[n].request.leave_ms for n in numbers))
        found = []
        for number in numbers:
            choice = among.choices[number]
            start_ms, left_ms = self._timetable.find_sortie(
                choice.request,
                at_ms,
                closed=closed[choice.out] - choice.depart_ms,
                closed_home=closed_home[choice.home],
            )
            found.append((start_ms + choice.deliver_ms, left_ms + choice.home_ms, number, start_ms, left_ms))
        _, _, number, start_ms, left_ms = min(found)
        choice = among.choices[number]
        self.reservations.reserve(holder, among.ways_out.paths[choice.out], (start_ms + choice.depart_ms) / MS)
        self.reservations.reserve(holder, among.ways_home.paths[choice.home], left_ms / MS)
        bookings = self._timetable.book_sortie(choice.request, start_ms=start_ms, left_ms=left_ms, holder=holder)
        return number, Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings])

    def clear_way_home(self, request: SortieRequest, way_home: Path4D | None, *, at_ms: int, holder: int) -> Clearance:
        """Book what a drone that is out still needs; only its way home is yet to be kept apart from others."""
        closed_home = NEVER_CLOSED
        if way_home is not None:
            union = self.reservations.forbidden(way_home, earliest_s=at_ms / MS, ignore=holder)
            closed_home = whole_ms(union)
        start_ms, left_ms = self._timetable.find_sortie(request, at_ms, closed_home=closed_home)
        if way_home is not None:
            self.reservations.reserve(holder, way_home, left_ms / MS)
        bookings = self._timetable.book_sortie(request, start_ms=start_ms, left_ms=left_ms, holder=holder)
        return Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings])

    def clear_leg_choice(self, among: Sequence[LegChoice], *, at_ms: int, holder: int) -> tuple[int, Clearance]:
        """Book the way to fly a single leg that departs first, the first of equals."""
        found = []
        for number, choice in enumerate(among):
            closed = whole_ms(self.reservations.forbidden(choice.path, earliest_s=at_ms / MS, ignore=holder))
            start_ms = self._timetable.first_common_start(choice.uses, at_ms, closed=closed)
            found.append((start_ms, number))
        start_ms, number = min(found)
        self.reservations.reserve(holder, among[number].path, start_ms / MS)
        bookings = self._timetable.book(among[number].uses, start_ms, holder=holder)
        return number, Clearance(start_ms=start_ms, leave_ms=start_ms, bookings=[bookings])

    def reserve_from(self, path: Path4D, *, begins_ms: int, holder: int) -> bool:
        """Reserve the path of a drone in the air; False where it would come near another."""
        if self.reservations.conflicting(path, begins_ms / MS, ignore=holder):
            return False
        self.reservations.reserve(holder, path, begins_ms / MS)
        return True

    def release_path(self, holder: int, *, after_ms: int) -> None:
        """Give back what a drone's path holds after a time."""
        self.reservations.release_after(holder, after_ms / MS)

    def route(self, origin: int, destination: int) -> tuple[Use, ...]:  # noqa: ARG002
        """Give nothing: followers on a route are kept apart by their paths."""
        return ()

    def _closed(self, paths: Alternatives, earliest_ms: int) -> list[Ints]:
        return [whole_ms(union) for union in self.reservations.forbidden_each(paths, earliest_s=earliest_ms / MS)]


def whole_ms(union: Floats) -> Ints:
    """List the whole milliseconds inside open intervals of seconds ``(k, 2)``, as half-open intervals ``(k, 2)``."""
    if len(union) == 0:
        return NEVER_CLOSED
    closed = np.column_stack([np.floor(union[:, 0] * MS) + 1, np.ceil(union[:, 1] * MS)]).astype(np.int64)
    return closed[closed[:, 0] < closed[:, 1]]

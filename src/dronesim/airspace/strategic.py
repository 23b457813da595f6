"""Strategic clearances: departures that keep every two flights apart in space and time, over all levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import delay_kernels
from dronesim.airspace.clearance import Clearance, HeadwayClearance
from dronesim.airspace.paths import Alternatives, Path4D, alternatives
from dronesim.airspace.reservations import Reservations
from dronesim.airspace.timetable import NEVER_CLOSED, Ints, PackedWays, SortieRequest, Timetable, Use
from dronesim.units import MS

_EXPIRE_EVERY_MS: Final = 30_000  # to go through the table at every clearance would cost more than to pass by a few


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
    """All ways to fly between a take-off point and an airport and back: one a pair of levels, out and home.

    The first ``outs`` of ``ways`` lead out, the others home.
    """

    ways: Alternatives
    outs: int
    choices: tuple[SortieChoice, ...]
    packed: PackedWays


def sortie_choices(
    ways_out: Sequence[Path4D], ways_home: Sequence[Path4D], choices: Sequence[SortieChoice]
) -> SortieChoices:
    """Put the ways to fly a sortie together; worth keeping, since they do not depend on the time of day."""
    uses, rows, begin = list[Ints](), list[tuple[int, ...]](), 0
    for choice in choices:
        request = choice.request
        middle = begin + len(request.there)
        end = middle + len(request.homeward)
        times = (choice.depart_ms, choice.deliver_ms, request.leave_ms, choice.home_ms)
        rows.append((choice.out, choice.home, begin, begin + request.stays, middle, end, *times))
        uses += [request.there, request.homeward]
        begin = end
    packed = PackedWays(uses=np.concatenate(uses), rows=np.array(rows, dtype=np.int64))
    ways = alternatives([*ways_out, *ways_home])
    return SortieChoices(ways=ways, outs=len(ways_out), choices=tuple(choices), packed=packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChoice:
    """One way to fly a single leg: what it holds, as offsets from a start, its path, and when after that it departs."""

    uses: Ints
    path: Path4D
    depart_ms: int


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
        self._expire_ms = 0

    def clear_choice(
        self, among: SortieChoices, allowed: NDArray[np.bool_], *, at_ms: int, holder: int
    ) -> tuple[int, Clearance]:
        """Book the allowed way to fly a sortie that delivers first, and of those the one that is home first.

        ``allowed`` (choices,) has at least one that is.
        """
        if at_ms >= self._expire_ms:
            self.reservations.expire(at_ms / MS)
            self._expire_ms = at_ms + _EXPIRE_EVERY_MS
        closed, ends = self.reservations.closed_ms(among.ways, earliest_ms=at_ms)
        number, start_ms, left_ms = self._timetable.find_choice(
            among.packed, allowed, closed=(closed, ends), closed_home=(closed, ends[among.outs :]), at_ms=at_ms
        )
        choice, paths = among.choices[number], among.ways.paths
        self.reservations.reserve(holder, paths[choice.out], (start_ms + choice.depart_ms) / MS)
        self.reservations.reserve(holder, paths[among.outs + choice.home], left_ms / MS)
        bookings = self._timetable.book_sortie(choice.request, start_ms=start_ms, left_ms=left_ms, holder=holder)
        return number, Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings])

    def clear_way_home(self, request: SortieRequest, way_home: Path4D | None, *, at_ms: int, holder: int) -> Clearance:
        """Book what a drone that is out still needs; only its way home is yet to be kept apart from others."""
        closed_home = NEVER_CLOSED
        if way_home is not None:
            union = self.reservations.forbidden(way_home, earliest_s=at_ms / MS, ignore=holder)
            closed_home = delay_kernels.whole_ms(union)
        start_ms, left_ms = self._timetable.find_sortie(request, at_ms, closed_home=closed_home)
        if way_home is not None:
            self.reservations.reserve(holder, way_home, left_ms / MS)
        bookings = self._timetable.book_sortie(request, start_ms=start_ms, left_ms=left_ms, holder=holder)
        return Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings])

    def clear_leg_choice(self, among: Sequence[LegChoice], *, at_ms: int, holder: int) -> tuple[int, Clearance]:
        """Book the way to fly a single leg that departs first, the first of equals."""
        found = []
        for number, choice in enumerate(among):
            earliest_s = (at_ms + choice.depart_ms) / MS
            union = self.reservations.forbidden(choice.path, earliest_s=earliest_s, ignore=holder)
            closed = delay_kernels.whole_ms(union) - choice.depart_ms
            start_ms = self._timetable.first_common_start(choice.uses, at_ms, closed=closed)
            found.append((start_ms, number))
        start_ms, number = min(found)
        self.reservations.reserve(holder, among[number].path, (start_ms + among[number].depart_ms) / MS)
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

"""Strategic clearances: departures that keep every two flights apart in space and time, over all levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.choices import LegChoice, SortieChoices
from dronesim.airspace.clearance import Clearance, HeadwayClearance
from dronesim.airspace.paths import Path4D
from dronesim.airspace.timetable import NEVER_CLOSED, SortieRequest, Timetable, Use
from dronesim.airspace.traffic import PairTables, Traffic

_EXPIRE_EVERY_MS: Final = 30_000  # to go through the table at every clearance would cost more than to pass by a few


class StrategicClearance(HeadwayClearance):
    """Lanes and pads as with headways, and the traffic that no cleared flight comes near.

    The departures that are forbidden by reserved flights join those at which a pad, a lane or a crew is
    taken, and the earliest one that is left is cleared: for a sortie, over all pairs of a level out and a
    level home, the one that delivers first. Followers on one route need no headway of their own here.
    """

    compares_ways = True

    def __init__(self, timetable: Timetable, sites: Sequence[str], *, lane_headway_ms: int, traffic: Traffic) -> None:
        super().__init__(timetable, sites, lane_headway_ms=lane_headway_ms, route_headway_ms=0)
        self.traffic = traffic
        self._expire_ms = 0

    def look_up_in(self, tables: PairTables | None) -> None:
        """Look legs up in the tables of their wind from here on, or in none."""
        self.traffic.look_up_in(tables)

    def clear_sortie(
        self, among: SortieChoices, allowed: NDArray[np.bool_], *, at_ms: int, holder: int
    ) -> tuple[int, Clearance]:
        """Book the allowed way to fly a sortie that delivers first, and of those the one that is home first.

        ``allowed`` (choices,) has at least one that is.
        """
        # the sortie may be asked for from later on than now
        past_ms = self._timetable.past_ms
        if past_ms >= self._expire_ms:
            self.traffic.expire(past_ms)
            self._expire_ms = past_ms + _EXPIRE_EVERY_MS
        number, start_ms, left_ms, refused_by, bookings = self.traffic.clear(
            self._timetable, among, allowed, at_ms=at_ms, holder=holder
        )
        return number, Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings], refused_by=refused_by)

    def clear_way_home(self, request: SortieRequest, way_home: Path4D | None, *, at_ms: int, holder: int) -> Clearance:
        """Book what a drone that is out still needs; only its way home is yet to be kept apart from others."""
        closed_home = NEVER_CLOSED
        if way_home is not None:
            closed_home = self.traffic.forbidden_ms(way_home, earliest_ms=at_ms, ignore=holder)
        start_ms, left_ms = self._timetable.find_sortie(request, at_ms, closed_home=closed_home)
        if way_home is not None:
            self.traffic.reserve(holder, way_home, left_ms)
        bookings = self._timetable.book_sortie(request, start_ms=start_ms, left_ms=left_ms, holder=holder)
        return Clearance(start_ms=start_ms, leave_ms=left_ms, bookings=[bookings])

    def clear_leg(self, among: Sequence[LegChoice], *, at_ms: int, holder: int) -> tuple[int, Clearance]:
        """Book the way to fly a single leg that departs first, the first of equals."""
        paths = [choice.path for choice in among if choice.path is not None]
        found = []
        for number, (choice, path) in enumerate(zip(among, paths, strict=True)):
            closed = self.traffic.forbidden_ms(path, earliest_ms=at_ms + choice.depart_ms, ignore=holder)
            closed = closed - choice.depart_ms
            found.append((self._timetable.first_common_start(choice.uses, at_ms, closed=closed), number))
        start_ms, number = min(found)
        self.traffic.reserve(holder, paths[number], start_ms + among[number].depart_ms)
        bookings = self._timetable.book(among[number].uses, start_ms, holder=holder)
        return number, Clearance(start_ms=start_ms, leave_ms=start_ms, bookings=[bookings])

    def reserve_from(self, path: Path4D, *, begins_ms: int, holder: int) -> bool:
        """Reserve the path of a drone in the air; False where it would come near another."""
        if self.traffic.is_near(path, begins_ms, ignore=holder):
            return False
        self.traffic.reserve(holder, path, begins_ms)
        return True

    def release_path(self, holder: int, *, after_ms: int) -> None:
        """Give back what a drone's path holds after a time."""
        self.traffic.release_after(holder, after_ms)

    def route(self, origin: int, destination: int) -> tuple[Use, ...]:  # noqa: ARG002
        """Give nothing: followers on a route are kept apart by their paths."""
        return ()

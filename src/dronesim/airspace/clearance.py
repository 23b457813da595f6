"""Clearances: the earliest time at which a flight finds pads, lanes and crews free from end to end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace.calendar_kernels import NOBODY
from dronesim.airspace.choices import LegChoice, SortieChoices
from dronesim.airspace.paths import Path4D
from dronesim.airspace.timetable import NOTHING_KEPT, Kept, SortieRequest, Timetable, Use
from dronesim.airspace.traffic import PairTables


class Clearance:
    """A granted request: when loading starts, when the airport is left, and what is booked for it.

    ``refused_by`` names what refused the last earlier start: a calendar, ``NO_DEPARTURE`` or ``NOBODY``.
    """

    __slots__ = ("bookings", "leave_ms", "refused_by", "start_ms")

    def __init__(self, *, start_ms: int, leave_ms: int, bookings: list[range], refused_by: int = NOBODY) -> None:
        self.start_ms = start_ms
        self.leave_ms = leave_ms
        self.bookings = bookings
        self.refused_by = refused_by


ROUTE = "route"
"""Resource of the calendars that keep followers on one route apart."""


class HeadwayClearance:
    """Separation by time: headways in the lanes of each terminal area and between followers on a route.

    Crossing routes are not kept apart. With ``is_strict`` off (mode ``none``) only pads and crews are booked.
    What ``compares_ways`` chooses among several and needs their paths; else the first one is taken.
    """

    compares_ways = False

    def __init__(
        self,
        timetable: Timetable,
        sites: Sequence[str],
        *,
        lane_headway_ms: int,
        route_headway_ms: int,
        is_strict: bool = True,
    ) -> None:
        self.is_strict = is_strict
        self.lane_headway_ms = lane_headway_ms
        self.route_headway_ms = route_headway_ms
        self._timetable = timetable
        self._routes: dict[tuple[int, int], int] = {}
        lanes = sites if is_strict else ()
        self._departure_lanes = [timetable.add(1, resource="departure_lane", site=site) for site in lanes]
        self._arrival_lanes = [timetable.add(1, resource="arrival_lane", site=site) for site in lanes]

    @property
    def numbers_routes(self) -> bool:
        """Whether followers on a route are kept apart by a calendar, which is numbered when it is asked for first."""
        return self.is_strict and self.route_headway_ms > self.lane_headway_ms

    def departure(self, site: int, *, offset_ms: int, for_ms: int) -> tuple[Use, ...]:
        """Give the departure lane of a site, from an offset on: for as long as the drone is in it, and the headway."""
        if not self.is_strict:
            return ()
        return ((self._departure_lanes[site], offset_ms, max(for_ms, self.lane_headway_ms)),)

    def arrival(self, site: int, *, offset_ms: int, for_ms: int) -> tuple[Use, ...]:
        """Give the arrival lane of a site, from an offset on: for as long as the drone is in it, and the headway."""
        if not self.is_strict:
            return ()
        return ((self._arrival_lanes[site], offset_ms, max(for_ms, self.lane_headway_ms)),)

    def route(self, origin: int, destination: int) -> tuple[Use, ...]:
        """Give what a departure at offset 0 holds on a route; the origin's lane may ask for more already."""
        if not self.numbers_routes:
            return ()
        if (origin, destination) not in self._routes:
            self._routes[origin, destination] = self._timetable.add(1, resource=ROUTE)
        return ((self._routes[origin, destination], 0, self.route_headway_ms),)

    def clear_sortie(
        self,
        among: SortieChoices,
        allowed: NDArray[np.bool_],  # noqa: ARG002
        *,
        at_ms: int,
        holder: int,
    ) -> tuple[int, Clearance]:
        """Book the first of the ways to fly a sortie, whose number is 0, at its earliest start at or after ``at_ms``.

        The way home is the earliest after unloading; where it is late, the drone waits on the airport's
        pad, and where that is promised to another by then, the whole sortie starts later.
        """
        return 0, self._clear(among.request(0), at_ms, holder)

    def _clear(self, request: SortieRequest, at_ms: int, holder: int) -> Clearance:
        start_ms, leave_ms, refused_by, bookings = self._timetable.clear_sortie(request, at_ms=at_ms, holder=holder)
        return Clearance(start_ms=start_ms, leave_ms=leave_ms, bookings=[bookings], refused_by=refused_by)

    def clear_leg(self, among: Sequence[LegChoice], *, at_ms: int, holder: int) -> tuple[int, Clearance]:
        """Book the first of the ways to fly a single leg, such as an empty one."""
        uses = among[0].uses
        start_ms = self._timetable.first_common_start(uses, at_ms)
        bookings = self._timetable.book(uses, start_ms, holder=holder)
        return 0, Clearance(start_ms=start_ms, leave_ms=start_ms, bookings=[bookings])

    def clear_way_home(
        self,
        request: SortieRequest,
        way_home: Path4D | None,  # noqa: ARG002
        *,
        at_ms: int,
        holder: int,
    ) -> Clearance:
        """Book what a drone that is out still needs, its way home among it."""
        return self._clear(request, at_ms, holder)

    def reserve_from(self, path: Path4D, *, begins_ms: int, holder: int) -> bool:  # noqa: ARG002
        """Let any path be flown: nothing keeps crossing routes apart."""
        return True

    def look_up_in(self, tables: PairTables | None) -> None:
        """Do nothing: no path is reserved."""

    def release_path(self, holder: int, *, after_ms: int) -> None:
        """Do nothing: no path is reserved."""

    def revoke(self, clearance: Clearance, *, now_ms: int, kept: Kept = NOTHING_KEPT) -> None:
        """Give back the units that the clearance still holds after now, but for what is kept; it holds none then."""
        for bookings in clearance.bookings:
            self._timetable.revoke(bookings, now_ms, kept=kept)
        clearance.bookings = []

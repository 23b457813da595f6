"""Clearances: the earliest time at which a flight finds pads, lanes and crews free from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dronesim.airspace.calendar import Booking, Calendar, Use, first_common_start


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieRequest:
    """Everything that both legs of a sortie hold, as offsets in milliseconds.

    ``outbound`` uses count from the start of loading, ``homeward`` uses from leaving the airport, which is
    ``leave_ms`` after the start at the earliest. ``stay`` uses also begin at an offset from the start, but
    last until so long after leaving: the airport's pad, the pilot. ``level_index`` names the cruise level.
    """

    outbound: tuple[Use, ...]
    stay: tuple[Use, ...]
    homeward: tuple[Use, ...]
    leave_ms: int
    level_index: int


class Clearance:
    """A granted request: when loading starts, when the airport is left, and what is booked for it."""

    __slots__ = ("bookings", "leave_ms", "level_index", "start_ms")

    def __init__(self, *, start_ms: int, leave_ms: int, level_index: int, bookings: list[Booking]) -> None:
        self.start_ms = start_ms
        self.leave_ms = leave_ms
        self.level_index = level_index
        self.bookings = bookings


class ClearanceService(Protocol):
    """What the dispatcher asks of route management; other modes of deconfliction answer the same questions."""

    def clear_sortie(self, request: SortieRequest, *, at_ms: int, holder: int) -> Clearance:
        """Book both legs of a sortie at the earliest start at or after ``at_ms``."""

    def clear_leg(self, uses: Sequence[Use], *, at_ms: int, holder: int) -> Clearance:
        """Book a single leg, such as a deadhead, a diversion or a way home."""

    def revoke(self, clearance: Clearance, *, now_ms: int) -> None:
        """Give back what the clearance still holds after now."""

    def departure(self, site: int) -> tuple[Use, ...]:
        """Give what a take-off at offset 0 holds in the terminal area of a site."""

    def arrival(self, site: int, *, offset_ms: int) -> tuple[Use, ...]:
        """Give what an arrival over a site at an offset holds in its terminal area."""

    def route(self, origin: int, destination: int) -> tuple[Use, ...]:
        """Give what a departure at offset 0 holds on a route."""


class HeadwayClearance:
    """Separation by time: headways in the lanes of each terminal area and between followers on a route.

    Crossing routes are not kept apart. With ``is_strict`` off (mode ``none``) only pads and crews are booked.
    """

    def __init__(
        self, sites: Sequence[str], *, lane_headway_ms: int, route_headway_ms: int, is_strict: bool = True
    ) -> None:
        self.is_strict = is_strict
        self.lane_headway_ms = lane_headway_ms
        self.route_headway_ms = route_headway_ms
        self.departure_lanes = [Calendar(1, resource="departure_lane", site=site) for site in sites]
        self.arrival_lanes = [Calendar(1, resource="arrival_lane", site=site) for site in sites]
        self._routes: dict[tuple[int, int], Calendar] = {}
        self.calendars = [*self.departure_lanes, *self.arrival_lanes]

    def departure(self, site: int) -> tuple[Use, ...]:
        """Give what a take-off at offset 0 holds in the terminal area of a site."""
        return ((self.departure_lanes[site], 0, self.lane_headway_ms),) if self.is_strict else ()

    def arrival(self, site: int, *, offset_ms: int) -> tuple[Use, ...]:
        """Give what an arrival over a site at an offset holds in its terminal area."""
        return ((self.arrival_lanes[site], offset_ms, self.lane_headway_ms),) if self.is_strict else ()

    def route(self, origin: int, destination: int) -> tuple[Use, ...]:
        """Give what a departure at offset 0 holds on a route; the origin's lane may ask for more already."""
        if not self.is_strict or self.route_headway_ms <= self.lane_headway_ms:
            return ()
        if (origin, destination) not in self._routes:
            self._routes[origin, destination] = Calendar(1, resource="route")
            self.calendars.append(self._routes[origin, destination])
        return ((self._routes[origin, destination], 0, self.route_headway_ms),)

    def clear_sortie(self, request: SortieRequest, *, at_ms: int, holder: int) -> Clearance:
        """Book both legs of a sortie at the earliest start at or after ``at_ms``.

        The way home is the earliest after unloading; where it is late, the drone waits on the airport's
        pad, and where that is promised to another by then, the whole sortie starts later.
        """
        start_ms, leave_ms = self._find(request, at_ms)
        late_ms = leave_ms - start_ms - request.leave_ms
        bookings = _book(request.outbound, start_ms, holder)
        bookings += [
            calendar.book(start_ms + offset_ms, start_ms + offset_ms + hold_ms + late_ms, holder)
            for calendar, offset_ms, hold_ms in request.stay
        ]
        bookings += _book(request.homeward, leave_ms, holder)
        return Clearance(start_ms=start_ms, leave_ms=leave_ms, level_index=request.level_index, bookings=bookings)

    def clear_leg(self, uses: Sequence[Use], *, at_ms: int, holder: int) -> Clearance:
        """Book a single leg, such as a deadhead, a diversion or a way home."""
        start_ms = first_common_start(uses, at_ms)
        bookings = _book(uses, start_ms, holder)
        return Clearance(start_ms=start_ms, leave_ms=start_ms, level_index=-1, bookings=bookings)

    def revoke(self, clearance: Clearance, *, now_ms: int) -> None:
        """Give back what the clearance still holds after now."""
        for calendar, entry in clearance.bookings:
            calendar.revoke(entry, now_ms)

    def _find(self, request: SortieRequest, at_ms: int) -> tuple[int, int]:
        there = (*request.outbound, *request.stay)
        while True:
            start_ms = first_common_start(there, at_ms)
            leave_ms = first_common_start(request.homeward, start_ms + request.leave_ms)
            late_ms = leave_ms - start_ms - request.leave_ms
            if late_ms == 0:
                return start_ms, leave_ms
            longer = [(calendar, offset_ms, hold_ms + late_ms) for calendar, offset_ms, hold_ms in request.stay]
            at_ms = first_common_start(longer, start_ms)
            if at_ms == start_ms:
                return start_ms, leave_ms


def _book(uses: Sequence[Use], start_ms: int, holder: int) -> list[Booking]:
    return [
        calendar.book(start_ms + offset_ms, start_ms + offset_ms + hold_ms, holder)
        for calendar, offset_ms, hold_ms in uses
    ]

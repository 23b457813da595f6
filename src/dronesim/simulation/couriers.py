"""Couriers: a finite pool a take-off point, first placed, first served."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dronesim.simulation.ledger import Ledger
from dronesim.simulation.presence import Presence


class Trip(NamedTuple):
    """A courier's way to a merchant and back: when it leaves, when the parcel is ready.

    The courier is idle from ``since_ms`` until ``until_ms``, when its next trip begins; None if it has none yet.
    """

    leave_ms: int
    ready_ms: int
    courier: int
    since_ms: int
    until_ms: int | None


class CourierPool:
    """The couriers of one take-off point; ``handling`` is the time at the merchant and the time to box.

    A courier leaves so as to be at the merchant when the kitchen is expected to end, or as soon as one is
    free. Trips are given out in order of placing and never taken back, so the next free courier and the
    times of the trip are known at once. A courier whose next trip begins much later, as that of a pre-order, is
    sent on whole trips before it. One who works in shifts, by ``presence``, leaves within one and finishes the trip.
    Trips that have not begun may all be taken back, to be given out anew: ``begin_anew``.
    """

    __slots__ = ("_away", "_free", "_handling", "_idle", "_ledger", "_presence", "site")

    def __init__(
        self, count: int, *, site: int, ledger: Ledger, handling: Sequence[int], presence: Presence | None = None
    ) -> None:
        self.site = site
        self._presence = presence
        self._free = [(0, courier) for courier in range(count)]
        self._idle: list[tuple[int, int, int]] = []
        self._away: list[tuple[int, int, int]] = []
        """When couriers stay away, and which."""
        self._handling = tuple(handling)
        self._ledger = ledger

    def find_trip(
        self, wanted_ms: int, *, prepared_ms: int, walk_ms: int, now_ms: int, boxing_ms: int | None = None
    ) -> Trip:
        """Find the trip that leaves first, not before ``wanted_ms``; nothing is given out yet.

        ``boxing_ms``: how long this parcel is boxed, where that is not the same for all.
        """
        ends = (prepared_ms, walk_ms, self._handling[1] if boxing_ms is None else boxing_ms)
        since_ms, courier = self._free[0] if self._presence is None else self._first_on_shift(wanted_ms)
        leave_ms = self._leave_ms(courier, max(wanted_ms, since_ms))
        found = Trip(leave_ms, self._ready_ms(leave_ms, *ends), courier, since_ms, None)
        if not self._idle:
            return found
        self._idle = [idle for idle in self._idle if self._is_long(now_ms, idle[1])]
        for since_ms, until_ms, courier in self._idle:
            leave_ms = self._leave_ms(courier, max(wanted_ms, since_ms))
            ready_ms = self._ready_ms(leave_ms, *ends)
            if leave_ms < found.leave_ms and ready_ms <= until_ms:
                found = Trip(leave_ms, ready_ms, courier, since_ms, until_ms)
        return found

    def _leave_ms(self, courier: int, at_ms: int) -> int:
        return at_ms if self._presence is None else self._presence.from_ms(courier, at_ms)

    def _first_on_shift(self, wanted_ms: int) -> tuple[int, int]:
        """Find who can leave first, and since when that courier has been free."""
        first = self._free[0]
        # nobody leaves before who is free first, if that courier is at work then
        if self._leave_ms(first[1], at_ms := max(wanted_ms, first[0])) == at_ms:
            return first
        return min(self._free, key=lambda free: (self._leave_ms(free[1], max(wanted_ms, free[0])), free))

    def send(self, order: int, *, trip: Trip, now_ms: int) -> int:
        """Send the courier of a trip just found; returns when the parcel is ready at the take-off point."""
        self.promise(trip, now_ms=now_ms)
        self._ledger.couriers.append(self.site, trip.courier, order, trip.leave_ms, trip.ready_ms)
        return trip.ready_ms

    def promise(self, trip: Trip, *, now_ms: int) -> None:
        """Give a trip just found out, without a note in the ledger."""
        leave_ms, ready_ms, courier, since_ms, until_ms = trip
        if until_ms is None:
            self._engage((since_ms, courier), ready_ms)
        else:
            self._idle.remove((since_ms, until_ms, courier))
            self._note_idle(ready_ms, until_ms, courier)
        self._note_idle(max(since_ms, now_ms), leave_ms, courier)

    def begin_anew(self, busy_until_ms: Mapping[int, int], *, now_ms: int) -> None:
        """Take back all that is given out but what couriers are busy with now, who are free when that is told."""
        free, self._idle = [], []
        for courier in sorted(courier for _, courier in self._free):
            at_ms = busy_until_ms.get(courier, 0)
            for from_ms, until_ms, _ in sorted(spell for spell in self._away if spell[2] == courier):
                if until_ms > at_ms:
                    self._note_idle(max(at_ms, now_ms), from_ms, courier)
                    at_ms = until_ms
            free.append((at_ms, courier))
        # a sorted list is a heap, too
        self._free = sorted(free)

    def miss(self, at_ms: int, for_ms: int) -> tuple[int, int]:
        """Do without the courier that is free first, from then on for so long; who is promised a trip makes it."""
        free = self._free[0] if self._presence is None else self._first_on_shift(at_ms)
        begin_ms = max(at_ms, free[0])
        self._engage(free, begin_ms + for_ms)
        self._away.append((begin_ms, begin_ms + for_ms, free[1]))
        return begin_ms, begin_ms + for_ms

    def _engage(self, free: tuple[int, int], ready_ms: int) -> None:
        """Let a courier be free again when a parcel is ready."""
        if self._presence is None:
            heapq.heapreplace(self._free, (ready_ms, free[1]))
        else:
            # sorted, so that who is free first stays in front
            self._free.remove(free)
            insort(self._free, (ready_ms, free[1]))

    def _ready_ms(self, leave_ms: int, prepared_ms: int, walk_ms: int, boxing_ms: int) -> int:
        return max(prepared_ms, leave_ms + walk_ms) + self._handling[0] + walk_ms + boxing_ms

    def _note_idle(self, since_ms: int, until_ms: int, courier: int) -> None:
        if self._is_long(since_ms, until_ms):
            self._idle.append((since_ms, until_ms, courier))

    def _is_long(self, since_ms: int, until_ms: int) -> bool:
        """Whether the shortest trip of all, to a merchant next door, would fit in."""
        return until_ms - since_ms > sum(self._handling)

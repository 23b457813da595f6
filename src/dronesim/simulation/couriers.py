"""Couriers: a finite pool a take-off point, first placed, first served."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from dronesim.simulation.ledger import Ledger


class CourierPool:
    """The couriers of one take-off point.

    A courier leaves so as to be at the merchant when the kitchen is expected to end, or as soon as one is
    free. Trips are given out in order of placing and never taken back, so the next free courier and the
    times of the trip are known at once.
    """

    __slots__ = ("_free", "_ledger", "site")

    def __init__(self, count: int, *, site: int, ledger: Ledger) -> None:
        self.site = site
        self._free = [(0, courier) for courier in range(count)]
        self._ledger = ledger

    def first_leave(self, wanted_ms: int) -> int:
        """Tell when the next courier could leave."""
        return max(wanted_ms, self._free[0][0])

    def send(self, order: int, *, leave_ms: int, prepared_ms: int, walk_ms: int, handling: Sequence[int]) -> int:
        """Send the next free courier; ``handling`` is the time at the merchant and the time to box.

        Returns when the parcel is ready at the take-off point.
        """
        _, courier = self._free[0]
        at_merchant_ms, boxing_ms = handling
        ready_ms = max(prepared_ms, leave_ms + walk_ms) + at_merchant_ms + walk_ms + boxing_ms
        heapq.heapreplace(self._free, (ready_ms, courier))
        self._ledger.couriers.append(self.site, courier, order, leave_ms, ready_ms)
        return ready_ms

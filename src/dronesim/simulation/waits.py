"""Notes of what keeps orders from being flown, taken while the day passes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.record.waits import REASON_NAMES
from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.rows import Rows

COURIER, DRONE, PACK, AIRPORT_CLOSED, CABINET, WIND, WEATHER, ZONE, DISPATCHER, POLICY, BATCH, REVOKED = (
    REASON_NAMES.index(name)
    for name in (
        *("courier", "drone", "pack", "airport_closed", "cabinet", "wind", "weather", "zone", "dispatcher"),
        *("policy", "batch", "revoked"),
    )
)
PAD, LOADER, AIRPORT_PAD, UNLOADER, PILOT, CLEARANCE, CHECK = (
    REASON_NAMES.index(name) for name in ("pad", "loader", "airport_pad", "unloader", "pilot", "clearance", "check")
)
RIDER: Final = REASON_NAMES.index("rider")
TAKEOFF_POINT_CLOSED: Final = REASON_NAMES.index("takeoff_point_closed")
QUEUED: Final = -1
"""Stands for the reason of an order in the queue: whatever was noted of its airport, its way, its pool or itself."""
NOTHING: Final = -1

Codes = NDArray[np.int8]
Cause: TypeAlias = tuple[int, int, int]
"""From when until when, and for which reason."""


class Closure(NamedTuple):
    """An airport, by number among airports, that takes no drone for a while, and why."""

    airport: int
    from_ms: int
    to_ms: int
    cause: str


class Waits:
    """What everyone notes: the boards of pools, boxes and airports, the dispatcher of single orders, and so on.

    Of a pool, whether a decision epoch has left none of its drones free (``none_free``, from then on), and when drones
    stand there ``packless``;
    of an airport, when its cabinet is ``full`` and when it is ``closed``; of all orders from a time on, what ``bars``
    their way, -1 for nothing; of an order in the queue, what is its ``own`` reason; and why its booking begins no
    sooner (``held_up``), but for what it waits for in some parts of that time (``parts``). An order whose booking is
    taken back has its ``past`` waits, and waits anew from ``since_ms``
    on; one that goes by road waits no longer from ``left_ms`` on. ``sent_on`` lists orders that got another airport:
    when, and which they had. ``rider`` tells which orders lack one, ``rests`` when the dispatcher decides
    nothing.
    """

    __slots__ = (
        "_book",
        "_has_free",
        "_own_now",
        "bars",
        "closed",
        "courier",
        "full",
        "held_up",
        "left_ms",
        "none_free",
        "own",
        "packless",
        "parts",
        "past",
        "rests",
        "rider",
        "sent_on",
        "since_ms",
    )

    def __init__(self, book: OrderBook, *, pools: int, start_ms: int) -> None:
        self._book = book
        self._own_now = array("b", [NOTHING]) * len(book)
        self.none_free = Rows(("key", "at_ms", "value"), "iii")
        self.packless = Rows(("key", "from_ms", "to_ms"), "iii")
        self.full = Rows(("key", "at_ms", "value"), "iii")
        self.closed: list[Closure] = []
        self.bars: list[tuple[int, Codes]] = []
        self.own = Rows(("key", "at_ms", "value"), "iii")
        self.past = Rows(("order", "from_ms", "to_ms", "reason"), "iiii")
        self.courier = Rows(("order", "from_ms", "to_ms"), "iii")
        self.sent_on: list[tuple[int, int, int]] = []
        self.rider = Rows(("key", "at_ms", "value"), "iii")
        self.rests: list[tuple[int, int]] = []
        self.since_ms: dict[int, int] = {}
        self.left_ms: dict[int, int] = {}
        self.held_up = array("b", [CLEARANCE]) * len(book)
        self.parts: dict[int, list[Cause]] = {}
        self._has_free = [True] * pools
        for pool in range(pools):
            self.decided(pool, has_free=False, at_ms=start_ms)

    def close(self, airport: int, from_ms: int, to_ms: int, *, cause: str) -> None:
        """Note that an airport takes no drone."""
        self.closed.append(Closure(airport, from_ms, to_ms, cause))

    def bar(self, at_ms: int, codes: Codes) -> None:
        """Note what bars the way of each order from a time on, ``(orders,)``."""
        if self.bars or (codes != NOTHING).any():
            self.bars.append((at_ms, codes))

    def decided(self, pool: int, *, has_free: bool, at_ms: int) -> None:
        """Note whether an epoch has left a drone of a pool free."""
        if has_free != self._has_free[pool]:
            self._has_free[pool] = has_free
            self.none_free.append(pool, at_ms, NOTHING if has_free else DRONE)

    def say(self, orders: Sequence[int], reasons: Sequence[int], at_ms: int) -> None:
        """Note why orders in the queue, whose pool has free drones, are not given to any."""
        now = self._own_now
        for order, reason in zip(orders, reasons, strict=True):
            if now[order] != reason:
                now[order] = reason
                self.own.append(order, at_ms, reason)

    def hold_up(self, order: int, parts: list[Cause], *, last: int) -> None:
        """Note why the booking of an order begins no sooner: when for which reason, and why at all other times."""
        self.held_up[order] = last
        self.parts.pop(order, None)
        if parts:
            self.parts[order] = parts

    def lacks_rider(self, order: int, at_ms: int, *, lacks: bool) -> None:
        """Note that an order waits for a rider, or does no more."""
        self.rider.append(order, at_ms, RIDER if lacks else NOTHING)

    def take_back(self, order: int, *, requested_ms: int, loading_ms: int, now_ms: int) -> None:
        """Note that an order is in the queue again: what it waited for, and was loaded for in vain.

        ``requested_ms`` is when its sortie was booked, ``loading_ms`` when its loading was to begin; both lie ahead
        where it was not booked yet.
        """
        ready_ms = self._book.ready_ms[order]
        if ready_ms == NEVER:
            return
        marks_ms = (self._book.assigned_ms[order], requested_ms, loading_ms, now_ms)
        reasons = (QUEUED, DRONE, self.held_up[order], REVOKED)
        self.held_up[order] = CLEARANCE
        from_ms = self.since_ms.get(order, ready_ms)
        cut = [*zip(marks_ms, reasons, strict=True)]
        last = reasons[2]
        for begun_ms, until_ms, reason in reversed(self.parts.pop(order, [])):
            cut[2:2] = [(min(begun_ms, loading_ms), last), (min(until_ms, loading_ms), reason)]
        for mark_ms, reason in cut:
            until_ms = min(mark_ms, now_ms)
            if until_ms > from_ms:
                self.past.append(order, from_ms, until_ms, reason)
                from_ms = until_ms
        self.since_ms[order] = now_ms

"""When parcels are ready: drones that are there before theirs wait for it."""

from __future__ import annotations

from simpy.events import Event

from dronesim.simulation.book import NEVER, OrderBook
from dronesim.simulation.clock import Clock


class Parcels:
    """Who waits for a parcel.

    Where couriers' trips stay as they are settled, that is over at a time that is known. Where they are settled anew
    when orders are refused (``may_move``), it is over when the parcel is told to be ready.
    """

    def __init__(self, clock: Clock, book: OrderBook, *, may_move: bool) -> None:
        self._clock = clock
        self._book = book
        self._may_move = may_move
        self._awaited: dict[int, Event] = {}

    def until_ready(self, order: int) -> Event:
        """Give an event that fires when an order's parcel is ready, at once if it is."""
        if not self._may_move:
            return self._clock.until(self._book.will_be_ready_ms[order])
        if self._book.ready_ms[order] != NEVER:
            return self._clock.until(self._clock.now_ms)
        return self._awaited.setdefault(order, self._clock.event())

    def tell_ready(self, order: int) -> None:
        """Note that an order's parcel is ready, and wake who waits for it."""
        if order in self._awaited:
            self._clock.ring_at(self._awaited.pop(order), self._clock.now_ms, None)

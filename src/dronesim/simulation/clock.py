"""The event clock: integer milliseconds, one helper to wait, and events that come last in their instant."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Any, Final, TypeAlias

import simpy
from simpy.events import NORMAL, Event, EventPriority

Action: TypeAlias = Callable[[Event], None]

_AFTER_ALL_ELSE = EventPriority(2)
_SPAN_MS: Final = 1 << 16
"""What happens within such a span of time is put in order when that begins."""

Entry: TypeAlias = tuple[int, EventPriority, int, Event]
"""An event in a queue: when it fires, and what fires before what in one instant."""


class Moment(Event):
    """An event that fires at a time, at once if that has passed, and may carry a value."""

    def __init__(self, clock: Clock, at_ms: int, value: Any = None, priority: EventPriority = NORMAL) -> None:
        self.env = clock
        self.callbacks = []
        self._ok = True
        self._value = value
        clock.enter((max(clock._now, at_ms), priority, next(clock._eid), self))


class Bell:
    """Something that rings at the end of an instant, however often; ``listeners`` are then called, in order."""

    __slots__ = ("listeners",)

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []

    def ring(self, _event: Event | None = None) -> None:
        """Call all who listen."""
        for listener in self.listeners:
            listener()


class Clock(simpy.Environment):
    """Time in milliseconds since midnight, and the only ways to wait for it.

    SimPy's queue holds what happens soon. All else lies in lists by spans of time, unsorted, until its turn comes: of a
    long day tens of thousands of events are ahead, and few of them in the span of now.
    """

    _now: int

    def __init__(self, start_ms: int) -> None:
        super().__init__(initial_time=start_ms)
        self._last: list[Bell] = []
        # all that fires now is in the queue, since SimPy puts its own events there
        self._sorted_to_ms = start_ms + 1
        self._later: dict[int, list[Entry]] = {}
        self._spans: list[int] = []
        self._is_held = False

    now_ms: int = property(attrgetter("_now"), doc="Time of the current instant.")  # type: ignore[assignment]

    def until(self, at_ms: int) -> Moment:
        """Give an event that fires at a time, at once if that has passed."""
        return Moment(self, at_ms)

    def ring_at(self, bell: Event, at_ms: int, value: Any) -> None:
        """Let an event that somebody waits for fire at a time."""
        bell._ok = True
        bell._value = value
        self.enter((max(self._now, at_ms), NORMAL, next(self._eid), bell))

    def enter(self, entry: Entry) -> None:
        """Put an event into the queue, as Environment.schedule does, or among what comes later."""
        at_ms = entry[0]
        if at_ms < self._sorted_to_ms:
            heappush(self._queue, entry)
            return
        span = at_ms // _SPAN_MS
        if span in self._later:
            self._later[span].append(entry)
        else:
            self._later[span] = [entry]
            heappush(self._spans, span)

    def _is_more_by(self, until_ms: int) -> bool:
        """Put the next span in order, if one begins by a time, while the queue is empty; tells whether it did."""
        if not self._spans or self._spans[0] * _SPAN_MS > until_ms:
            return False
        span = heappop(self._spans)
        # SimPy keeps the list that it has
        self._queue.extend(self._later.pop(span))
        heapify(self._queue)
        self._sorted_to_ms = (span + 1) * _SPAN_MS
        return True

    def ring_last(self, bell: Bell, at_ms: int) -> None:
        """Let a bell ring at a time, after all else that happens in that instant."""
        if at_ms <= self._now:
            self._last.append(bell)
        else:
            Moment(self, at_ms, priority=_AFTER_ALL_ELSE).callbacks.append(bell.ring)

    def call_at(self, at_ms: int, action: Action, value: Any = None) -> None:
        """Call ``action`` with an event that carries ``value`` at a time."""
        Moment(self, at_ms, value).callbacks.append(action)

    def hold(self) -> None:
        """Let nothing more happen, for now: ``pass_until`` ends, and goes on from here when it is called again."""
        self._is_held = True

    def pass_until(self, until_ms: int) -> bool:
        """Let the day pass until a time, which is included; False where it was held before that.

        Bells of the present instant hang beside the queue, which spares them the way through.
        """
        queue, last, step = self._queue, self._last, self.step
        while not self._is_held:
            if last and (not queue or queue[0][0] > self._now):
                last.pop(0).ring()
            elif queue and queue[0][0] <= until_ms:
                step()
            elif queue or not self._is_more_by(until_ms):
                self._now = max(self._now, until_ms)
                self._sorted_to_ms = max(self._sorted_to_ms, self._now + 1)
                return True
        self._is_held = False
        return False

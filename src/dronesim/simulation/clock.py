"""The event clock: integer milliseconds, one helper to wait, and events that come last in their instant."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from operator import attrgetter
from typing import Any, TypeAlias

import simpy
from simpy.events import NORMAL, Event, EventPriority

Action: TypeAlias = Callable[[Event], None]

_AFTER_ALL_ELSE = EventPriority(2)


class Moment(Event):
    """An event that fires at a time, at once if that has passed, and may carry a value."""

    def __init__(self, clock: Clock, at_ms: int, value: Any = None, priority: EventPriority = NORMAL) -> None:
        self.env = clock
        self.callbacks = []
        self._ok = True
        self._value = value
        now_ms = clock._now
        # as Environment.schedule does, less the detour over a delay
        heappush(clock._queue, (max(now_ms, at_ms), priority, next(clock._eid), self))


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
    """Time in milliseconds since midnight, and the only ways to wait for it."""

    def __init__(self, start_ms: int) -> None:
        super().__init__(initial_time=start_ms)
        self._last: list[Bell] = []
        self._is_held = False

    now_ms: int = property(attrgetter("_now"), doc="Time of the current instant.")  # type: ignore[assignment]

    def until(self, at_ms: int) -> Moment:
        """Give an event that fires at a time, at once if that has passed."""
        return Moment(self, at_ms)

    def ring_at(self, bell: Event, at_ms: int, value: Any) -> None:
        """Let an event that somebody waits for fire at a time."""
        bell._ok = True
        bell._value = value
        heappush(self._queue, (max(self._now, at_ms), NORMAL, next(self._eid), bell))

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
            else:
                self._now = max(self._now, until_ms)
                return True
        self._is_held = False
        return False

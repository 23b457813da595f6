"""Who answers what a view is asked about, for as long as its epoch lasts: nothing of the engine hangs on the view."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias
from weakref import WeakValueDictionary


class Question(NamedTuple):
    """What is asked about a pool, at the view of a number; its epoch before was at ``before_ms``, -1 for none."""

    what: str
    pool: int
    number: int
    before_ms: int


Answerer: TypeAlias = Callable[[Question], Any]
"""Answers in plain numbers."""


Epoch: TypeAlias = tuple[int, int]
"""A view's place: the number of its day in this process, and its own in that. By this it is answered."""


class Channel:
    """Answers for the view of a day that was given last, until the next one; ``answerer`` is set by who knows."""

    __slots__ = ("__weakref__", "_before_ms", "_pool", "answerer", "day", "number")

    def __init__(self) -> None:
        self.day = next(_DAYS)
        self.number = 0
        self._pool = -1
        self._before_ms: dict[int, int] = {}
        self.answerer: Answerer | None = None
        _CHANNELS[self.day] = self

    def open(self, pool: int) -> Epoch:
        """Begin to answer for a view of a pool."""
        self.number = number = self.number + 1
        self._pool = pool
        return self.day, number

    def close(self, now_ms: int) -> None:
        """Answer no more: decisions come into force."""
        self._before_ms[self._pool] = now_ms
        self._pool = -1

    def pass_by(self, pool: int, now_ms: int) -> None:
        """Count a view of a pool that nobody was given, since it would not have been answered."""
        self.number += 1
        self._before_ms[pool] = now_ms

    def answer(self, epoch: Epoch, what: str) -> Any:
        """Answer a question; ``NO_ANSWER`` to a view of another epoch."""
        if epoch[1] != self.number or self._pool < 0 or self.answerer is None:
            return NO_ANSWER
        return self.answerer(Question(what, self._pool, self.number, self._before_ms.get(self._pool, -1)))


NO_ANSWER: Final = object()
_DAYS: Final = count()
_CHANNELS: Final[WeakValueDictionary[int, Channel]] = WeakValueDictionary()


def ask(epoch: Epoch, what: str) -> Any:
    """Ask on behalf of a view; ``NO_ANSWER`` where its epoch is over."""
    channel = _CHANNELS.get(epoch[0])
    return NO_ANSWER if channel is None else channel.answer(epoch, what)

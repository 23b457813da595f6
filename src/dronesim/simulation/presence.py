"""Capacity over time: how many units are there when, and calendars in which those that are not are booked out.

A unit that is not there (its shift is over, it is out of order) is booked for nobody, so whoever looks for a free one
finds the others. ``Steps`` say it once for everyone: from when how many are there, and nobody before the first step.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from dronesim.airspace import Timetable, pack
from dronesim.units import to_ms

NOBODY: Final = -1
"""Holder of what is booked out."""
Steps: TypeAlias = tuple[tuple[float, int], ...]
"""From when (seconds since midnight, ascending) how many are there."""
Spell: TypeAlias = tuple[int, int]
"""A part of the day in milliseconds: begin and end."""


class Presence:
    """Tells which units are there: number ``unit`` is while more than so many are; all are again from ``over_ms`` on.

    ``over_ms`` is a time after which nothing matters any more.
    """

    def __init__(self, steps: Steps, *, over_ms: int) -> None:
        self._counts = [(0, 0), *((to_ms(from_s), count) for from_s, count in steps)]
        self._over_ms = over_ms

    def changes_ms(self) -> list[int]:
        """List when units come or go."""
        return [at_ms for at_ms, _ in self._counts[1:]]

    def from_ms(self, unit: int, at_ms: int) -> int:
        """Give the first moment at or after a time at which a unit is there."""
        return next((until_ms for from_ms, until_ms in self.absences(unit) if from_ms <= at_ms < until_ms), at_ms)

    def absences(self, unit: int) -> Iterator[Spell]:
        """List when a unit is not there, in order; spells that touch are one."""
        since_ms = None
        for at_ms, count in self._counts:
            if count <= unit and since_ms is None:
                since_ms = at_ms
            elif count > unit and since_ms is not None:
                if at_ms > since_ms:
                    yield since_ms, at_ms
                since_ms = None
        if since_ms is not None and since_ms < self._over_ms:
            yield since_ms, self._over_ms


class BookedOut:
    """Units of one calendar that are booked out for a part of the day, each with its spells.

    One that is away may be lent to a holder who needs it for longer, and is away again from when that is done.
    """

    def __init__(self, timetable: Timetable, calendar: int) -> None:
        self._timetable = timetable
        self._calendar = calendar
        self._units: list[list[tuple[Spell, range]]] = []
        self._lent: dict[int, list[Spell]] = {}

    def add(self, spells: list[Spell]) -> None:
        """Book one unit out."""
        self._units.append([(spell, self._book(spell)) for spell in spells])

    def _book(self, spell: Spell) -> range:
        uses = pack([(self._calendar, 0, spell[1] - spell[0])])
        return self._timetable.book_from(uses, spell[0], holder=NOBODY) or range(0)

    def lend(self, holder: int, now_ms: int) -> None:
        """Let a unit more be there from now on, for who needs it; nothing where none is away, or it has one."""
        if holder in self._lent or not self._units:
            return
        # of those that are away for longest from now on
        away_ms = [sum(max(spell[1] - max(spell[0], now_ms), 0) for spell, _ in unit) for unit in self._units]
        spells = self._units.pop(away_ms.index(max(away_ms)))
        for _, bookings in spells:
            self._timetable.revoke(bookings, now_ms)
        self._lent[holder] = [spell for spell, _ in spells]

    def return_from(self, holder: int, at_ms: int) -> None:
        """Book the unit that is lent to a holder out again from a time on."""
        lent = self._lent.pop(holder, None)
        if lent is not None:
            self.add([(max(from_ms, at_ms), until_ms) for from_ms, until_ms in lent if until_ms > at_ms])


def added_up(rows: list[tuple[float, float, int]]) -> Steps:
    """Turn rows of from, to and how many, which add up where they overlap, into steps."""
    edges = sorted({at_s for from_s, to_s, _ in rows for at_s in (from_s, to_s)})
    counts = [(at_s, sum(count for from_s, to_s, count in rows if from_s <= at_s < to_s)) for at_s in edges]
    return tuple(step for before, step in pairwise([(0.0, 0), *counts]) if step[1] != before[1])

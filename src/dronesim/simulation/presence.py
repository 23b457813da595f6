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
FOR_GOOD_MS: Final = 2**62
"""Later than any time of a day."""
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
        self._absences: dict[int, tuple[Spell, ...]] = {}

    def changes_ms(self) -> list[int]:
        """List when units come or go."""
        return [at_ms for at_ms, _ in self._counts[1:]]

    def from_ms(self, unit: int, at_ms: int) -> int:
        """Give the first moment at or after a time at which a unit is there."""
        for from_ms, until_ms in self.absences(unit):
            if from_ms <= at_ms < until_ms:
                return until_ms
        return at_ms

    def absences(self, unit: int) -> tuple[Spell, ...]:
        """List when a unit is not there, in order; spells that touch are one."""
        if unit not in self._absences:
            self._absences[unit] = tuple(self._absences_of(unit))
        return self._absences[unit]

    def _absences_of(self, unit: int) -> Iterator[Spell]:
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

    One that is to leave may be lent to a holder who needs it for longer, and is away from when that is done.
    """

    def __init__(self, timetable: Timetable, calendar: int) -> None:
        self._timetable = timetable
        self._calendar = calendar
        self._spells: list[list[Spell]] = []
        self._bookings: list[list[range]] = []
        self._lent: dict[int, tuple[int, int]] = {}
        """By holder: which unit it has, and until when."""

    def add(self, spells: list[Spell]) -> None:
        """Book one unit out."""
        self._spells.append(spells)
        self._bookings.append([self._book(spell) for spell in spells])

    def _book(self, spell: Spell) -> range:
        uses = pack([(self._calendar, 0, spell[1] - spell[0])])
        return self._timetable.book_from(uses, spell[0], holder=NOBODY) or range(0)

    def lend(self, holder: int, now_ms: int) -> None:
        """Let the unit that leaves first stay for who needs it; nothing where none does."""
        unit = self._unit_of(holder, now_ms)
        if unit is None:
            unit = self._first_to_leave(now_ms)
        if unit is not None:
            self._lent[holder] = unit, FOR_GOOD_MS
            self._revoke(unit, now_ms)

    def return_from(self, holder: int, at_ms: int, *, now_ms: int) -> None:
        """Book the unit that a holder was lent out again from a time on, which may be another than was told before."""
        unit = self._unit_of(holder, now_ms)
        if unit is not None:
            self._revoke(unit, now_ms)
            self._lent[holder] = unit, at_ms
            left = [(max(from_ms, at_ms), until_ms) for from_ms, until_ms in self._spells[unit] if until_ms > at_ms]
            self._bookings[unit] = [self._book(spell) for spell in left]

    def _unit_of(self, holder: int, now_ms: int) -> int | None:
        unit, until_ms = self._lent.get(holder, (None, now_ms))
        return unit if until_ms > now_ms else None

    def _first_to_leave(self, now_ms: int) -> int | None:
        """Choose, of the units that are there now and that nobody has, the one that leaves first."""
        taken = {unit for unit, until_ms in self._lent.values() if until_ms > now_ms}
        leaves_ms = {
            unit: min((from_ms for from_ms, _ in spells if from_ms > now_ms), default=FOR_GOOD_MS)
            for unit, spells in enumerate(self._spells)
            if unit not in taken and not any(from_ms <= now_ms < until_ms for from_ms, until_ms in spells)
        }
        return min(leaves_ms, key=leaves_ms.__getitem__) if leaves_ms else None

    def _revoke(self, unit: int, now_ms: int) -> None:
        # once: what is given back may not be given back again
        for bookings in self._bookings[unit]:
            self._timetable.revoke(bookings, now_ms)
        self._bookings[unit] = []


def added_up(rows: list[tuple[float, float, int]]) -> Steps:
    """Turn rows of from, to and how many, which add up where they overlap, into steps."""
    edges = sorted({at_s for from_s, to_s, _ in rows for at_s in (from_s, to_s)})
    counts = [(at_s, sum(count for from_s, to_s, count in rows if from_s <= at_s < to_s)) for at_s in edges]
    return tuple(step for before, step in pairwise([(0.0, 0), *counts]) if step[1] != before[1])

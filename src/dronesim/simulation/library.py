"""Legs worked out once for all days of a network: their times, their energy, their paths in space and time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from dronesim.airspace import Course, LegPairs, Path4D, SortieChoices
from dronesim.simulation.leg import Leg

LegKey = tuple[int, int, int]
"""Number of the level, and the two sites."""

WaysKey = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]
"""Take-off point, airport and where the way home leads, by site, and the levels of the ways out and home."""

MOST_SHELVES: Final = 64
"""So many are kept; a day has one for each change of its routes or its wind."""

MOST_PAIRS_BYTES: Final = 128 << 20
"""So much memory tables of pairs may take when a shelf is added; those of the oldest shelves are given up first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegShelf:
    """Legs of one brief, in whatever air; a leg that can't be flown is None.

    The air changes no leg's way nor its times: ``empty_wh`` has the energy without a parcel by the density of the air.
    ``made`` is what else comes from their courses, by kind. ``ways`` are those of sorties, by all else that tells what
    a sortie holds: calendars and durations. ``pairs`` are tables of which departures forbid which, by minima.
    """

    legs: dict[LegKey, Leg | None] = field(default_factory=dict)
    empty_wh: dict[float, dict[LegKey, float]] = field(default_factory=dict)
    courses: dict[LegKey, Course] = field(default_factory=dict)
    paths: dict[LegKey, Path4D] = field(default_factory=dict)
    made: dict[Hashable, dict[LegKey, Any]] = field(default_factory=dict)
    ways: dict[Hashable, dict[WaysKey, SortieChoices]] = field(default_factory=dict)
    pairs: dict[Hashable, LegPairs] = field(default_factory=dict)


class LegLibrary:
    """Shelves of legs by all that they are worked out from; days that share a library find the legs of each other.

    What is found there is what a day would have worked out itself, so results do not depend on it.
    """

    def __init__(self) -> None:
        self._shelves: OrderedDict[Hashable, LegShelf] = OrderedDict()

    def shelf(self, *brief: Hashable) -> LegShelf:
        """Give the shelf of a brief: all that legs, their courses and their paths are worked out from, by value."""
        if brief not in self._shelves:
            self._give_up_pairs()
            self._shelves[brief] = LegShelf()
        self._shelves.move_to_end(brief)
        while len(self._shelves) > MOST_SHELVES:
            self._shelves.popitem(last=False)
        return self._shelves[brief]

    def _give_up_pairs(self) -> None:
        """Give up tables of pairs, of the oldest shelves first, while all take more memory than they may."""
        left_bytes = sum(pairs.size_bytes for shelf in self._shelves.values() for pairs in shelf.pairs.values())
        for shelf in self._shelves.values():
            if left_bytes <= MOST_PAIRS_BYTES:
                break
            left_bytes -= sum(pairs.size_bytes for pairs in shelf.pairs.values())
            shelf.pairs.clear()

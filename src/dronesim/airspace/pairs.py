"""A table of pairs of legs: which departures of one forbid which of the other, worked out once for all days."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import pair_kernels
from dronesim.airspace.pair_kernels import NO_LEG, NO_ROOM, NOT_KNOWN, UNKNOWN, Floats, Ints, Known, Legs, Table
from dronesim.airspace.paths import Alternatives, Path4D
from dronesim.airspace.sortie_kernels import Sortie, clear_listed
from dronesim.units import MS

MOST_LEGS: Final = 3000
"""So many a table may know: it takes 5 bytes a pair, hence 45 MB."""

NOTHING_CLOSED: Final = np.empty((0, 2), np.int64)

_FIRST_LEGS, _FIRST_ROWS = 128, 1 << 12
_MOST_ASKED = 1 << 12
_STILL_M = 1e-9
_TURN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Minima:
    """What keeps two flights apart: metres in the plane and in height, and by how much either may be early or late."""

    separation_m: float
    vertical_m: float
    buffer_s: float = 0.0

    @property
    def widening_s(self) -> float:
        """By how much all that is forbidden grows at both ends: two flights are displaced by up to twice the buffer."""
        return 2.0 * self.buffer_s


class Asked(NamedTuple):
    """Legs that are asked about together.

    ``numbers`` (k,), and how long a flight on each matters after its departure, ``over_ms`` (k,). ``nothing``: what
    else is closed to each of them, where nothing is, as ``LegPairs.closed_ms`` takes it. ``ends`` (k + 1,) is scratch.
    """

    numbers: Ints
    over_ms: Ints
    nothing: tuple[Ints, Ints]
    ends: Ints


class LegPairs:
    """Legs by number, in one wind, and the differences of departures at which two of them lose separation.

    A pair is worked out when it is first asked for, exactly (``delay_kernels.forbidden_delays``), and found again by
    all days that share the table, so results do not depend on what it knows. Legs are told apart as objects. Threads
    may share it.
    """

    def __init__(self, minima: Minima, *, most_legs: int = MOST_LEGS) -> None:
        self.minima = minima
        self.paths: list[Path4D] = []
        self._numbers: dict[Path4D, int] = {}
        self._asked: dict[Alternatives, Asked] = {}
        self._most_legs = most_legs
        self._lock = threading.Lock()
        self._legs = Legs(
            rows=np.empty((0, 8)),
            terminal=np.empty(0, np.int64),
            bounds=np.empty((0, 4), np.int64),
            ways=np.empty((0, 6)),
            spans=np.empty((0, 2), np.int64),
        )
        self._known = Known(
            kinds=np.full((_FIRST_LEGS, _FIRST_LEGS), UNKNOWN, np.uint8),
            places=np.zeros((_FIRST_LEGS, _FIRST_LEGS), np.int32),
            pool=np.zeros((_FIRST_ROWS, 2), np.int32),
        )
        self._table = Table(
            used=np.array([1]),  # place 0 is that of pairs that are not known
            minima=(float(minima.separation_m), float(minima.vertical_m)),
            widening_s=minima.widening_s,
            delays=np.empty((0, 2)),
            corners=np.empty((2, 8, 2)),
        )
        self._closed = np.empty((256, 2), np.int64)

    @property
    def size_bytes(self) -> int:
        """How much memory the table takes."""
        return sum(array.nbytes for array in self._known)

    def number(self, path: Path4D) -> int:
        """Give a leg's number; ``NO_LEG`` where it is not known."""
        return self._numbers.get(path, NO_LEG)

    def learn(self, paths: Iterable[Path4D]) -> bool:
        """Number legs that have no number yet; False where that would be more than the table may know."""
        new = [path for path in paths if path not in self._numbers]
        if not new:
            return True
        with self._lock:
            if len(self.paths) + len(new) > self._most_legs:
                return False
            self._grow_to(len(self.paths) + len(new))
            for path in new:
                self._numbers[path] = len(self.paths)
                self.paths.append(path)
            self._add(new)
        return True

    def asked(self, choices: Alternatives) -> Asked | None:
        """Give several legs by number, which are numbered first; None where the table may not know them all."""
        found = self._asked.get(choices)
        if found is None and self.learn(choices.paths):
            found = Asked(
                np.array([self._numbers[path] for path in choices.paths], np.int64),
                np.array([self.over_ms(path) for path in choices.paths], np.int64),
                (NOTHING_CLOSED, np.zeros(len(choices.paths) + 1, np.int64)),
                np.empty(len(choices.paths) + 1, np.int64),
            )
            if len(self._asked) > _MOST_ASKED:
                self._asked.clear()
            self._asked[choices] = found
        return found

    def over_ms(self, path: Path4D) -> int:
        """Tell how long after its departure a flight on a path can matter to others."""
        return math.ceil(path.duration_s * MS) + math.ceil(self.minima.widening_s * MS)

    def closed_ms(
        self, asked: Ints, listed: tuple[Ints, int], *, ignore: int, earliest_ms: int, more: tuple[Ints, Ints]
    ) -> tuple[Ints, Ints]:
        """Find the departures that listed flights forbid each of some legs, by number, from ``earliest_ms`` on.

        ``listed`` and their number as in ``pair_kernels``; ``more`` (k, 2) is closed too, and where that of each leg
        begins and ends. Returns half-open intervals (m, 2), and where those of each leg begin and end.
        """
        ends = np.empty(len(asked) + 1, np.int64)
        with self._lock:
            while True:
                filled = pair_kernels.look_up(
                    self._known, asked, *listed, ignore, earliest_ms, *more, self._closed, ends
                )
                if filled >= 0:
                    return self._closed[:filled].copy(), ends
                self._provide(filled, asked, listed)

    def clear(
        self,
        asked: Asked,
        listed: tuple[Ints, int],
        more: tuple[Ints, Ints],
        sortie: Sortie,
    ) -> tuple[int, int, int, int]:
        """Book a sortie on legs that are known, and list its flights, for which there is room.

        See ``sortie_kernels.clear_listed``. The number is ``FULL``, and nothing is done, where calendars have to be
        given room first.
        """
        legs, over_ms, _, ends = asked
        flights, count = listed
        also, also_ends = more
        with self._lock:
            while True:
                found = clear_listed(
                    self._known, legs, over_ms, flights, count, also, also_ends, self._closed, ends, *sortie
                )
                if found[0] not in (NO_ROOM, NOT_KNOWN):
                    return found
                self._provide(found[0], legs, listed)

    def _provide(self, lack: int, asked: Ints, listed: tuple[Ints, int]) -> None:
        """Do what a look-up lacks: work pairs out, or double what was too short."""
        if lack == NO_ROOM:
            self._closed = np.empty((2 * len(self._closed), 2), np.int64)
            return
        while not pair_kernels.learn_listed(self._legs, asked, *listed, self._table, self._known):
            pool = self._known.pool
            self._known = self._known._replace(pool=np.concatenate([pool, np.zeros_like(pool)]))

    def delays(self, path: Path4D, listed: tuple[Ints, int], *, ignore: int, window_s: tuple[float, float]) -> Floats:
        """Find which departures of any path listed flights forbid, one interval a pair of segments, in no order.

        Only those that reach into the open window.
        """
        found = np.empty((64, 2))
        while True:
            count = pair_kernels.listed_delays(
                path.rows, path.terminal, self._legs, self._table, *listed, ignore, window_s, found
            )
            if count <= len(found):
                return found[:count]
            found = np.empty((count, 2))

    def _grow_to(self, legs: int) -> None:
        known, size = self._known, len(self._known.kinds)
        while size < legs:
            size *= 2
        size = min(size, max(self._most_legs, legs))
        if size > len(known.kinds):
            self._known = known._replace(kinds=_wider(known.kinds, size, UNKNOWN), places=_wider(known.places, size, 0))

    def _add(self, paths: list[Path4D]) -> None:
        """Enter rows and straight ways of new legs behind those that are known."""
        known = self._legs
        ways, spans, bounds = [known.ways], [known.spans], [known.bounds]
        row, way = len(known.rows), len(known.ways)
        for path in paths:
            ends_m, of_path = straight_ways(path)
            ways.append(ends_m)
            spans.append(of_path + row)
            bounds.append(np.array([[row, row + len(path), way, way + len(ends_m)]]))
            row, way = row + len(path), way + len(ends_m)
        self._legs = Legs(
            rows=np.concatenate([known.rows, *(path.rows for path in paths)]),
            terminal=np.concatenate([known.terminal, *(path.terminal for path in paths)]),
            bounds=np.concatenate(bounds),
            ways=np.concatenate(ways),
            spans=np.concatenate(spans),
        )
        most = max(len(path) for path in self.paths) ** 2
        self._table = self._table._replace(delays=np.empty((most, 2)))


def _wider(square: NDArray[Any], size: int, fill: int) -> NDArray[Any]:
    """Copy a square into a corner of a larger one that is filled with a number."""
    wide = np.full((size, size), fill, square.dtype)
    wide[: len(square), : len(square)] = square
    return wide


def straight_ways(path: Path4D) -> tuple[Floats, Ints]:
    """Give the ends in space of all straight ways of a path, (m, 6), and between which of its rows each lies, (m, 2).

    Where a drone stands, that belongs to the way before, or to the first one.
    """
    steps_m = path.end_m - path.start_m
    if not len(path):
        return np.empty((0, 6)), np.empty((0, 2), np.int64)
    lengths_m = np.sqrt((steps_m**2).sum(axis=1))
    moves = np.flatnonzero(lengths_m > _STILL_M)
    begins = np.zeros(1, np.int64)
    if len(moves):
        direction = steps_m[moves] / lengths_m[moves][:, None]
        turns = np.abs(np.diff(direction, axis=0)).max(axis=1, initial=0.0) > _TURN
        begins = np.append(begins, moves[1:][turns])
    over = np.append(begins[1:], len(path))
    return np.hstack([path.start_m[begins], path.end_m[over - 1]]), np.column_stack([begins, over])

"""The table of reserved flights in space and time, which says when one more may depart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from dronesim.airspace import delay_kernels
from dronesim.airspace.paths import Alternatives, Floats, Ints, Path4D
from dronesim.airspace.way_kernels import NO_FLIGHT
from dronesim.airspace.ways import WayTable
from dronesim.geometry.distance import read_only
from dronesim.units import MS


class Rows(Protocol):
    """Segments by slot: ``rows`` (slots, 8) and ``owner`` (slots, 2) with flight and terminal tag."""

    @property
    def rows(self) -> Floats:
        """Begin, end, start and velocity."""

    @property
    def owner(self) -> Ints:
        """Flight, ``NO_FLIGHT`` where a slot is free, and tag."""


class Segments(Protocol):
    """Whatever keeps reserved segments, and finds those that a path may come near: see ``WayTable``."""

    @property
    def table(self) -> Rows:
        """All of them."""

    def __len__(self) -> int: ...

    def enter(self, rows: Floats, terminal: Ints, *, flight: int, departed_s: float) -> None:
        """Enter a flight's segments."""

    def drop_ended(self, by_s: float) -> None:
        """Take out all that end by a time."""

    def cut(self, flight: int, at_s: float) -> None:
        """Take out a flight's from a time on."""

    def pairs(self, path: Floats, terminal: Ints, *, ignore: int, window_s: tuple[float, float]) -> Ints:
        """Find all pairs of path and reserved segments that may come near, by path; others may be among them."""


class Reservations:
    """Straight segments of reserved flights, found by the straight ways that they form.

    Two flights lose separation while they are less than ``separation_m`` apart in the plane and less than
    ``vertical_m`` in height; to touch the minima is allowed. Segments of one terminal area are not kept apart.
    With ``buffer_s``, separation holds even if each flight is early or late by as much at every instant:
    then two of them are displaced against each other by up to twice the buffer, so every forbidden
    interval grows by that at both ends, which covers the windows and the minima exactly.
    """

    __slots__ = ("_minima", "_segments", "widening_s")

    def __init__(
        self, *, separation_m: float, vertical_m: float, buffer_s: float = 0.0, segments: Segments | None = None
    ) -> None:
        self.widening_s = 2.0 * buffer_s
        self._minima = (float(separation_m), float(vertical_m))
        self._segments: Segments = (
            WayTable(separation_m=separation_m, vertical_m=vertical_m) if segments is None else segments
        )

    def __len__(self) -> int:
        """Count the segments in the table."""
        return len(self._segments)

    def __contains__(self, flight: int) -> bool:
        return bool((self._segments.table.owner[:, 0] == flight).any())

    def reserve(self, flight: int, path: Path4D, departed_s: float) -> None:
        """Enter a path that departs at a time; a flight (a number from 0) may have several, such as out and back."""
        self._segments.enter(path.rows, path.terminal, flight=flight, departed_s=float(departed_s))

    def release(self, flight: int) -> None:
        """Take out all that a flight has reserved; nothing happens where there is nothing (left)."""
        self._segments.cut(flight, -math.inf)

    def release_after(self, flight: int, now_s: float) -> None:
        """Take out what a flight has reserved after now, and end the segment that it is on."""
        self._segments.cut(flight, float(now_s))

    def expire(self, before_s: float) -> None:
        """Drop the segments that can't matter to any departure at or after a time."""
        self._segments.drop_ended(before_s - self.widening_s)

    def forbidden(
        self, path: Path4D, *, earliest_s: float, latest_s: float = math.inf, ignore: int = NO_FLIGHT
    ) -> Floats:
        """Find the departures at which a path loses separation from the reservations of other flights.

        Returns open intervals, (k, 2), in order and apart, that reach into the time from ``earliest_s`` to
        ``latest_s``. To touch is allowed, so both ends of each may be departed at.
        """
        unions, _ = self._unions(path.rows, path.terminal, _all_of(path), (earliest_s, latest_s), ignore)
        return read_only(unions)

    def closed_ms(self, choices: Alternatives, *, earliest_ms: int, latest_ms: float = math.inf) -> tuple[Ints, Ints]:
        """Find the same for each of several paths in whole milliseconds, one behind the other.

        Returns half-open intervals at which each may not depart, (k, 2), and where those of each path begin
        and end, (paths + 1,). What is closed only after ``latest_ms`` may be left out.
        """
        window_s = (earliest_ms / MS, latest_ms / MS)
        unions, ends = self._unions(choices.rows, choices.terminal, choices.bounds, window_s, NO_FLIGHT)
        return delay_kernels.whole_ms(unions), ends

    def conflicting(self, path: Path4D, departed_s: float, *, ignore: int = NO_FLIGHT) -> tuple[int, ...]:
        """Name the flights from which a path that departs at a time would lose separation, in order."""
        window_s = (departed_s, departed_s)
        pairs = self._pairs(path.rows, path.terminal, window_s, ignore)
        delays, kept = np.empty((len(pairs), 2)), np.empty(len(pairs), np.int64)
        table = self._segments.table
        count = delay_kernels.pair_delays(
            pairs, path.rows, table.rows, self._minima, self.widening_s, window_s, delays, kept
        )
        return tuple(np.unique(table.owner[pairs[kept[:count], 1], 0]).tolist())

    def segments(self) -> Iterator[tuple[int, int, Floats]]:
        """List flight, terminal tag and row (begin, end, start, velocity) of every segment, in no order."""
        table = self._segments.table
        for slot in np.flatnonzero(table.owner[:, 0] != NO_FLIGHT).tolist():
            flight, terminal = table.owner[slot].tolist()
            yield flight, terminal, read_only(table.rows[slot].copy())

    def _unions(
        self, rows: Floats, terminal: Ints, bounds: Ints, window_s: tuple[float, float], ignore: int
    ) -> tuple[Floats, Ints]:
        pairs = self._pairs(rows, terminal, window_s, ignore)
        reserved = self._segments.table.rows
        return delay_kernels.path_unions(pairs, bounds, rows, reserved, self._minima, self.widening_s, window_s)

    def _pairs(self, rows: Floats, terminal: Ints, window_s: tuple[float, float], ignore: int) -> Ints:
        # a window this much wider leaves out no pair whose widened interval reaches into the one asked for
        wider_s = (float(window_s[0]) - self.widening_s, float(window_s[1]) + self.widening_s)
        return self._segments.pairs(rows, terminal, ignore=ignore, window_s=wider_s)


def first_gap_ms(union: Floats, at_ms: int) -> int:
    """Find the first whole millisecond at or after one outside a union in seconds; the engine's clock is whole."""
    return delay_kernels.first_gap_ms(union, at_ms)


def _all_of(path: Path4D) -> Ints:
    return np.array([0, len(path)])

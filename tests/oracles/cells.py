"""Keeps reserved segments and the cells of space that they lie near, which grow with the traffic."""

from __future__ import annotations

import numpy as np

from oracles.cell_kernels import (
    EMPTY,
    NO_FLIGHT,
    Cells,
    Floats,
    Ints,
    Table,
    cut_flight,
    drop_ended,
    enter_path,
    find_pairs,
    move_cells,
)

_FIRST_SLOTS = 256
_ROUNDING_M = 0.01  # entered this much further, so that rounding at the border of a cell hides no one


class CellTable:
    """Segments by slot, and which of them lie within reach of which cells of space."""

    __slots__ = ("_cells", "_mark", "_marks", "_pairs", "_reach_m", "_vertical_m", "table")

    def __init__(self, *, separation_m: float, vertical_m: float) -> None:
        slots = _FIRST_SLOTS
        self.table = Table(
            rows=np.zeros((slots, 8)),
            owner=np.full((slots, 2), NO_FLIGHT),
            free=np.arange(slots)[::-1].copy(),
            left=np.array([slots]),
        )
        self._reach_m = separation_m + _ROUNDING_M
        self._vertical_m = vertical_m
        self._cells = Cells(
            keys=np.full(1 << 12, EMPTY),
            heads=np.full(1 << 12, -1, np.int32),
            segment=np.empty(0, np.int32),
            after=np.empty(0, np.int32),
            before=np.empty(0, np.int32),
            sibling=np.empty(0, np.int32),
            newest=np.full(slots, -1, np.int32),
            state=np.array([-1, 0, 0]),
        )
        self._marks = np.zeros(slots, np.int64)
        self._mark = 1
        self._pairs = np.empty((1 << 10, 2), np.int64)

    def __len__(self) -> int:
        """Count the segments."""
        return len(self.table.free) - int(self.table.left[0])

    def enter(self, rows: Floats, terminal: Ints, *, flight: int, departed_s: float) -> None:
        """Enter a flight's segments, ``rows`` (n, 8) that count from its departure and tags ``terminal`` (n,)."""
        entered = 0
        while True:
            entered = enter_path(self._cells, self.table, rows, terminal, entered, flight, departed_s, self._reach_m)
            if entered == len(rows):
                return
            if self.table.left[0]:
                self._grow_cells()
            else:
                self._grow_slots()

    def drop_ended(self, by_s: float) -> None:
        """Take out all segments that end at or before a time."""
        drop_ended(self._cells, self.table, by_s)

    def cut(self, flight: int, at_s: float) -> None:
        """Take out a flight's segments that begin at or after a time, and end those that go on then."""
        cut_flight(self._cells, self.table, flight, at_s)

    def pairs(self, path: Floats, terminal: Ints, *, ignore: int, window_s: tuple[float, float]) -> Ints:
        """Find the pairs of path and reserved segments that share a cell, (k, 2); scratch, valid until the next call.

        ``path`` are rows (n, 8), ``terminal`` (n,) tags.
        """
        while True:
            count = find_pairs(
                self._cells,
                path,
                terminal,
                self.table,
                self._marks,
                self._mark,
                ignore,
                self._vertical_m,
                window_s,
                self._pairs,
            )
            self._mark += len(path)
            if count <= len(self._pairs):
                return self._pairs[:count]
            self._pairs = np.empty((2 * count, 2), np.int64)

    def _grow_slots(self) -> None:
        """Double the room for segments."""
        table, slots = self.table, len(self._marks)
        self.table = Table(
            rows=np.concatenate([table.rows, np.zeros_like(table.rows)]),
            owner=np.concatenate([table.owner, np.full_like(table.owner, NO_FLIGHT)]),
            free=np.concatenate([np.arange(2 * slots - 1, slots - 1, -1), np.zeros(slots, np.int64)]),
            left=np.array([slots]),
        )
        self._marks = np.concatenate([self._marks, np.zeros(slots, np.int64)])
        newest = np.concatenate([self._cells.newest, np.full(slots, -1, np.int32)])
        self._cells = self._cells._replace(newest=newest)

    def _grow_cells(self) -> None:
        """Double the room for entries and for cells; empty cells are forgotten."""
        cells = self._cells
        held = len(cells.segment)
        added = max(held, 1 << 13)
        free = np.arange(held + 1, held + added + 1, dtype=np.int32)
        free[-1] = cells.state[0]
        room = np.empty(added, np.int32)
        keys, heads = np.full(2 * len(cells.keys), EMPTY), np.full(2 * len(cells.keys), -1, np.int32)
        self._cells = cells._replace(
            segment=np.concatenate([cells.segment, room]),
            after=np.concatenate([cells.after, free]),
            before=np.concatenate([cells.before, room]),
            sibling=np.concatenate([cells.sibling, room]),
        )
        move_cells(self._cells, keys, heads)
        self._cells = self._cells._replace(keys=keys, heads=heads)
        cells.state[0], cells.state[1] = held, cells.state[1] + added

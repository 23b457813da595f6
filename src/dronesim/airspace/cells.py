"""Keeps the cell hash of reserved segments, which grows with the traffic."""

from __future__ import annotations

import numpy as np

from dronesim.airspace.cell_kernels import (
    EMPTY,
    Cells,
    Floats,
    Ints,
    enter_segment,
    find_pairs,
    leave_cells,
    move_cells,
)

_ROUNDING_M = 0.01  # entered this much further, so that rounding at the border of a cell hides no one


class CellHash:
    """Which numbered segments lie within reach of which cells of space."""

    __slots__ = ("_cells", "_mark", "_marks", "_pairs", "_reach_m", "_vertical_m")

    def __init__(self, *, separation_m: float, vertical_m: float, slots: int) -> None:
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

    def enter(self, row: Floats, slot: int) -> None:
        """Enter a segment, ``row`` (8,), under a number below ``slots``."""
        while not enter_segment(self._cells, row, slot, self._reach_m):
            self._grow()

    def leave(self, slot: int) -> None:
        """Take a segment out."""
        leave_cells(self._cells, slot)

    def grow_slots(self, slots: int) -> None:
        """Make room for higher numbers."""
        added = slots - len(self._marks)
        self._marks = np.concatenate([self._marks, np.zeros(added, np.int64)])
        newest = np.concatenate([self._cells.newest, np.full(added, -1, np.int32)])
        self._cells = self._cells._replace(newest=newest)

    def pairs(
        self,
        path: Floats,
        terminal: Ints,
        reserved: Floats,
        owner: Ints,
        *,
        ignore: int,
        window_s: tuple[float, float],
    ) -> Ints:
        """Find the pairs of path and reserved segments that share a cell, (k, 2); scratch, valid until the next call.

        ``path`` and ``reserved`` are rows (n, 8), ``terminal`` (n,) tags, ``owner`` (m, 2) flights and tags.
        """
        while True:
            count = find_pairs(
                self._cells,
                path,
                terminal,
                reserved,
                owner,
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

    def _grow(self) -> None:
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

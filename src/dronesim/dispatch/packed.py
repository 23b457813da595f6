"""Rows of orders and drones as bytes, packed when a view asks for them, and the columns that it reads from these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from dronesim.dispatch.columns import Floats, Ints
from dronesim.dispatch.known import DroneRow, OrderRow

Row = TypeVar("Row", OrderRow, DroneRow)

_ORDER: Final = Struct("=qdqqqqqdqqqq")
_DRONE: Final = Struct("=qddqqq")
_FAR_MS: Final = 2**62
"""Later than any day, and what is free later than that is told as free then: more does not fit into eight bytes."""


class OrderColumns(NamedTuple):
    """Rows of orders by column, each of shape ``(orders,)`` and read-only; yes and no are 1 and 0.

    ``deliver_ms`` and ``home_ms`` are the times of the sortie, 0 where there is none (``has_sortie``).
    """

    order: Ints
    mass_kg: Floats
    due_ms: Ints
    takeoff_point: Ints
    airport: Ints
    expected_ready_ms: Ints
    is_ready: Ints
    need_wh: Floats
    deliver_ms: Ints
    home_ms: Ints
    has_sortie: Ints
    is_in_range: Ints

    def of(self, rows: Any) -> OrderColumns:
        """Choose rows."""
        return OrderColumns(*(column[rows] for column in self))


class DroneColumns(NamedTuple):
    """Rows of drones by column, each of shape ``(drones,)`` and read-only; yes and no are 1 and 0."""

    place: Ints
    charge: Floats
    full_wh: Floats
    free_ms: Ints
    rest_ms: Ints
    is_free: Ints

    def of(self, rows: Any) -> DroneColumns:
        """Choose rows."""
        return DroneColumns(*(column[rows] for column in self))


def pack_order(row: OrderRow) -> bytes:
    """Write what columns tell of an order."""
    deliver_ms, home_ms = (0, 0) if row.sortie is None else row.sortie[:2]
    return _ORDER.pack(*row[:8], deliver_ms, home_ms, row.sortie is not None, row.is_in_range)


def pack_drone(row: DroneRow) -> bytes:
    """Write what columns tell of a drone."""
    place, charge, full_wh, free_ms, rest_ms, is_free = row
    return _DRONE.pack(place, charge, full_wh, min(free_ms, _FAR_MS), min(rest_ms, _FAR_MS), is_free)


def pack_rows(
    numbers: Sequence[int],
    rows: Mapping[int, Row] | Sequence[Row],
    known: dict[int, bytes],
    pack: Callable[[Row], bytes],
) -> bytes:
    """Pack some rows; what is ``known`` is not packed again, and all is noted there."""
    for number in numbers:
        if number not in known:
            known[number] = pack(rows[number])
    return b"".join([known[number] for number in numbers])


def order_columns(packed: bytes) -> OrderColumns:
    """Turn packed orders into columns."""
    return OrderColumns(*_columns(packed, _ORDER))


def drone_columns(packed: bytes) -> DroneColumns:
    """Turn packed drones into columns."""
    return DroneColumns(*_columns(packed, _DRONE))


def _columns(packed: bytes, of: Struct) -> list[Any]:
    """Give what lies one row after another as columns over bytes; all fields are of eight."""
    fields = of.size // 8
    table = np.frombuffer(packed, dtype=np.int64).reshape(-1, fields)
    columns = np.frombuffer(table.T.tobytes(), dtype=np.int64).reshape(fields, -1)
    kinds = of.format.strip("=")
    return [column.view(np.float64) if kind == "d" else column for column, kind in zip(columns, kinds, strict=True)]

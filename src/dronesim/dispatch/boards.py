"""The dispatcher's boards: what is known of orders and drones by now, kept up event by event.

Python lists and packed arrays, indexed by order or drone number, which the engine writes and reads. A policy sees none
of it: its view has rows, written when something changes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field

from dronesim.dispatch.known import DroneRow
from dronesim.dispatch.packed import pack_drone, pack_rows


@dataclass(slots=True, kw_only=True)
class OrderBoard:
    """One entry an order; times in milliseconds since midnight.

    ``expected_ready_ms`` is the plan made at placing until the parcel is ready, the actual time from then; ``is_ready``
    is 1 then, and 0 before.
    """

    mass_kg: Sequence[float]
    due_ms: Sequence[int]
    takeoff_point: Sequence[int]
    airport: Sequence[int]
    expected_ready_ms: MutableSequence[int]
    is_ready: MutableSequence[int]
    need_wh: Sequence[float]


@dataclass(slots=True)
class DroneBoard:
    """One entry a drone: its row, and of that the place, the charge and whether it is free.

    Free drones of the same kind share one row, by ``kinds``.
    """

    rows: list[DroneRow] = field(default_factory=list)
    _packed: dict[int, bytes] = field(default_factory=dict)
    place: list[int] = field(default_factory=list)
    charge: list[float] = field(default_factory=list)
    is_free: list[bool] = field(default_factory=list)
    kinds: dict[DroneRow, DroneRow] = field(default_factory=dict)

    def add(self, row: DroneRow) -> None:
        """Begin an entry."""
        self.rows.append(row)
        self.place.append(row.place)
        self.charge.append(row.charge)
        self.is_free.append(row.is_free)

    def write(self, drone: int, row: DroneRow) -> None:
        """Write an entry anew."""
        self.rows[drone] = self.kinds.setdefault(row, row) if row.is_free else row
        self._packed.pop(drone, None)
        self.place[drone], self.charge[drone], self.is_free[drone] = row.place, row.charge, row.is_free

    def pack(self, drones: Sequence[int]) -> bytes:
        """Pack rows of some drones for the columns of a view, each once until it changes."""
        return pack_rows(drones, self.rows, self._packed, pack_drone)


class Pool:
    """Orders and drones that may be matched with each other: one take-off point, or all of them when shared.

    ``waiting`` holds every order that is placed and not assigned, ``ready`` those of them whose parcel may
    be picked up now; both oldest first. ``free`` holds the free drones, lowest number first.
    """

    __slots__ = ("drones", "free", "number", "ready", "waiting")

    def __init__(self, number: int) -> None:
        self.number = number
        self.waiting: list[int] = []
        self.ready: list[int] = []
        self.free: list[int] = []
        self.drones: list[int] = []

    def join(self, queue: list[int], member: int) -> None:
        """Put an order or a drone in its place in one of the sorted queues."""
        if not queue or queue[-1] < member:
            queue.append(member)
        else:
            insort(queue, member)

    def leave(self, queue: list[int], member: int) -> bool:
        """Take an order or a drone out of a sorted queue; False if it was not there."""
        position = bisect_left(queue, member)
        if position < len(queue) and queue[position] == member:
            del queue[position]
            return True
        return False

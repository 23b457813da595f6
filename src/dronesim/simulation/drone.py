"""A drone: the mutable state of one process of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dronesim.simulation.sortie import Sortie

if TYPE_CHECKING:
    from simpy.events import Event, Process


class Drone:
    """One drone; ``call`` is the event that it waits for, ``place`` its take-off point.

    ``budget_ms`` is the time aloft at which it fails, None if it never does; ``flown_ms`` its time aloft before its
    sortie, and ``sorties`` how many those were; ``order`` is the order it is committed to, -1 if none; ``charge`` that
    of its pack on the stand, and ``full_wh`` what that holds when it is full. ``is_turning``: its pack is swapped or
    charged, or is going to be in this instant, for an order that needs ``needed_wh`` if one has asked for it.
    ``hazards``: what is yet to meet it, and at which time aloft.
    ``base`` is the take-off point where its pack is swapped or charged: where it stands, or stood before its flight to
    the airport where it stays. ``rank`` is its number among the drones of its home; ``is_off``: it stands ready while
    its shift is over. ``lands_at`` is the take-off point at which it is to land after its order, -1 where it took off;
    ``is_told_away``: that it does not fly home after the close is told.
    """

    __slots__ = (
        "base",
        "budget_ms",
        "call",
        "charge",
        "flown_ms",
        "full_wh",
        "hazards",
        "home",
        "is_in_service",
        "is_loss",
        "is_off",
        "is_told_away",
        "is_turning",
        "lands_at",
        "needed_wh",
        "number",
        "order",
        "pack",
        "pack_since_ms",
        "place",
        "process",
        "rank",
        "sortie",
        "sorties",
    )

    call: Event
    process: Process

    def __init__(self, number: int, *, place: int, pack: int, full_wh: float, charge: float, now_ms: int) -> None:
        self.number = number
        self.home = place
        self.place = place
        self.base = place
        self.pack = pack
        self.pack_since_ms = now_ms
        self.charge = charge
        self.full_wh = full_wh
        self.needed_wh = 0.0
        self.flown_ms = 0
        self.sorties = 0
        self.budget_ms: int | None = None
        self.is_loss = False
        self.hazards: list[tuple[int, str]] = []
        self.is_in_service = True
        self.is_off = False
        self.is_told_away = False
        self.rank = 0
        self.is_turning = False
        self.order = -1
        self.lands_at = -1
        self.sortie: Sortie | None = None

    def is_waiting(self, now_ms: int) -> bool:
        """Tell whether it is committed to an order that it has not taken off with."""
        sortie = self.sortie
        return self.order != -1 and (sortie is None or sortie.order == -1 or now_ms < sortie.departed_ms)

    def aloft_ms(self, now_ms: int) -> int:
        """Time aloft up to now."""
        flights = () if self.sortie is None else self.sortie.flights
        return self.flown_ms + sum(max(min(flight.ended_ms, now_ms) - flight.departed_ms, 0) for flight in flights)

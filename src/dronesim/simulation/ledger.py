"""What happened, row by row, as the engine writes it down; times in milliseconds, sites by number."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Course
from dronesim.record.tables import LEG_KINDS, LEG_OUTCOMES
from dronesim.simulation.book import NEVER
from dronesim.simulation.flight import Flight
from dronesim.simulation.rows import Rows
from dronesim.simulation.sortie import Sortie

_LEG_NUMBERS: Final = (
    "kind",
    "outcome",
    "sortie",
    "drone",
    "pack",
    "order",
    "origin",
    "destination",
    "requested_ms",
    "departed_ms",
    "arrived_ms",
    "landed_ms",
    "ended_ms",
    "hold_ms",
    "over_ms",
    "cruise_to_ms",
    "leaves",
    "plan",
)
LEG_MEASURES: Final = ("level_m", "distance_m", "energy_wh", "charge_start", "charge_end")
DELIVERY_MILESTONES: Final = ("loading", "loaded", "departed", "arrived", "landed", "delivered")
"""What an order's flight tells of it."""
HELD: Final = ("site", "unit", "holder", "from_ms", "to_ms")
NETWORK: Final = -1
"""Stands for the whole network where a site is asked for."""
_SCAN: Final = ("time_ms", "site", "box", "order", "code_order", "verdict")


class Incident(NamedTuple):
    """What went wrong at a time, where and with whom, and what was done about it."""

    at_ms: int
    kind: str
    action: str
    site: str | None = None
    drone: int = NEVER
    order: int = NEVER
    flight: Flight | None = None


class Outage(NamedTuple):
    """What is not there for a while, at a site by number (or ``NETWORK``), and why: the kind of an incident."""

    what: str
    site: int
    from_ms: int
    to_ms: int
    cause: str


class Ledger:
    """Everything that is written down while the day passes and becomes a table at its end.

    ``courses`` are those of flights that left their plan, by row; ``homes`` the take-off points at which drones are to
    land after orders, where the policy named one, by order.
    """

    __slots__ = (
        "_sorties",
        "boxes",
        "chargers",
        "couriers",
        "courses",
        "deliveries",
        "homes",
        "incidents",
        "legs",
        "numbers",
        "outages",
        "packs",
        "riders",
        "scans",
        "sortie_numbers",
    )

    numbers: NDArray[np.int32]
    """Number of each flight, by row, once the day is closed; -1 for those that had not begun."""
    sortie_numbers: NDArray[np.int32]

    def __init__(self) -> None:
        self.legs = Rows((*_LEG_NUMBERS, *LEG_MEASURES), "i" * len(_LEG_NUMBERS) + "d" * len(LEG_MEASURES))
        self._sorties = 0
        self.deliveries = Rows(("order", *DELIVERY_MILESTONES), "i" * (1 + len(DELIVERY_MILESTONES)))
        self.courses: dict[int, Course] = {}
        self.homes: dict[int, int] = {}
        self.couriers = Rows(HELD, "iiiii")
        self.riders = Rows(HELD, "iiiii")
        self.chargers = Rows(HELD, "iiiii")
        self.packs = Rows(HELD, "iiiii")
        self.boxes = Rows(HELD, "iiiii")
        self.scans = Rows(_SCAN, "iiiiii")
        self.incidents: list[Incident] = []
        self.outages: list[Outage] = []

    def end_sortie(self, sortie: Sortie, *, drone: int, pack: int) -> None:
        """Write a sortie's flights down for good, and what they tell of its order."""
        for flight in sortie.flights:
            self._end_flight(flight, drone, pack)
        self._sorties += 1
        if sortie.stop is not None:
            self._tell_order(sortie)

    def _tell_order(self, sortie: Sortie) -> None:
        out = sortie.out
        delivered = (out.arrived_ms, out.landed_ms, sortie.unloaded_ms) if sortie.is_delivered else (NEVER,) * 3
        self.deliveries.append(sortie.order, sortie.loading_ms, sortie.loaded_ms, sortie.departed_ms, *delivered)

    def _end_flight(self, flight: Flight, drone: int, pack: int) -> None:
        leg = flight.leg
        flight.row = len(self.legs)
        if flight.course is not None:
            self.courses[flight.row] = flight.course
        self.legs.append(
            _KIND[flight.kind],
            _OUTCOME[flight.outcome],
            self._sorties,
            drone,
            pack,
            flight.order,
            leg.origin,
            leg.destination,
            flight.requested_ms,
            flight.departed_ms,
            flight.arrived_ms,
            flight.landed_ms,
            flight.ended_ms,
            flight.hold_ms,
            flight.over_ms,
            flight.cruise_to_ms,
            flight.leaves,
            leg.number,
            leg.level_m,
            flight.distance_m,
            flight.energy_wh,
            flight.charge_start,
            flight.charge_end,
        )

    def close(self, closed_ms: int) -> None:
        """Number flights and sorties that have taken off when the day closes, in that order; the others have none."""
        sortie, departed_ms = self.legs.column("sortie"), self.legs.column("departed_ms")
        order = np.lexsort((self.legs.column("drone"), departed_ms)).astype(np.int32)
        order = order[departed_ms[order] <= closed_ms]
        self.numbers = np.full(len(sortie), NEVER, dtype=np.int32)
        self.numbers[order] = np.arange(len(order), dtype=np.int32)
        first = np.unique(sortie[order], return_index=True)
        number = np.full(self._sorties, NEVER, dtype=np.int32)
        number[first[0][np.argsort(first[1])]] = np.arange(len(first[0]))
        self.sortie_numbers = number[sortie]

    def number(self, flight: Flight | None) -> int:
        """Give the number of a flight, -1 where it was not flown."""
        return NEVER if flight is None or flight.row == NEVER else int(self.numbers[flight.row])

    def ended(self, closed_ms: int) -> int:
        """Count the flights that have ended when the day closes, however they did."""
        return int(((self.numbers != NEVER) & (self.legs.column("ended_ms") <= closed_ms)).sum())

    def flown_plans(self) -> list[int]:
        """List the plans that were flown, by number."""
        plans = np.unique(self.legs.column("plan")[self.numbers != NEVER])
        return [int(plan) for plan in plans if plan >= 0]

    def latest_ms(self, until_ms: int) -> int:
        """Find the latest time up to ``until_ms`` of all flights, incidents and scans; 0 if there is none."""
        told = ((self.legs, "departed_ms"), (self.legs, "landed_ms"), (self.scans, "time_ms"))
        columns = (rows.column(name) for rows, name in (*told, (self.deliveries, "delivered")))
        past = [int(column[column <= until_ms].max(initial=0)) for column in columns]
        return max(*past, *(incident.at_ms for incident in self.incidents), 0)

    def outage(self, what: str, site: int, *, from_ms: int, to_ms: int, cause: str) -> None:
        """Write down what is not there for a while; see ``Outage``."""
        self.outages.append(Outage(what, site, from_ms, to_ms, cause))

    def incident(self, at_ms: int, kind: str, action: str, **whom: object) -> None:
        """Write down what went wrong and what was done about it; see ``Incident``."""
        self.incidents.append(Incident(at_ms, kind, action, **whom))  # type: ignore[arg-type]


_KIND: Final = {kind: number for number, kind in enumerate(LEG_KINDS)}
_OUTCOME: Final = {outcome: number for number, outcome in enumerate(LEG_OUTCOMES)}

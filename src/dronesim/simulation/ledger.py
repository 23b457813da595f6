"""What happened, row by row, as the engine writes it down; times in milliseconds, sites by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from dronesim.airspace import Course
from dronesim.record.tables import LEG_KINDS, LEG_OUTCOMES
from dronesim.simulation.rows import Rows

if TYPE_CHECKING:
    from dronesim.simulation.plans import LegPlan

_LEG_NUMBERS: Final = (
    "leg",
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
    "hold_ms",
    "cruise_to_ms",
    "plan",
)
_LEG_MEASURES: Final = ("level_m", "distance_m", "energy_wh", "charge_start", "charge_end")
_HELD: Final = ("site", "unit", "holder", "from_ms", "to_ms")
NETWORK: Final = -1
"""Stands for the whole network where a site is asked for."""
_SCAN: Final = ("time_ms", "site", "box", "order", "verdict")


class LegRow:
    """One flight; its times are planned until it has landed, when they become what was flown."""

    __slots__ = (*_LEG_NUMBERS, *_LEG_MEASURES, "course", "kind", "motion_from_ms", "onward", "outcome")

    arrived_ms: int
    charge_end: float
    charge_start: float
    cruise_to_ms: int
    departed_ms: int
    destination: int
    distance_m: float
    drone: int
    energy_wh: float
    hold_ms: int
    landed_ms: int
    leg: int
    level_m: float
    order: int
    origin: int
    pack: int
    plan: int
    requested_ms: int
    sortie: int

    def __init__(self, leg: int, kind: str) -> None:
        self.leg = leg
        self.kind = kind
        self.arrived_ms = self.landed_ms = self.plan = -1
        self.cruise_to_ms = 0
        """When the drone is to arrive over the end of the leg, a hold there not counted."""
        self.motion_from_ms = 0
        """When the motion begins, from rest, that the drone follows now: it flies off, or turns."""
        self.hold_ms = 0
        self.energy_wh = 0.0
        self.outcome = "open"
        self.course: Course | None = None
        """Course in the time of day, without a hold, where the leg was cut short, bent or began in the air."""
        self.onward: LegPlan | None = None
        """Plan that a bent or diverted leg follows from its turn on; else its own, by number."""


class Ledger:
    """Everything that is written down while the day passes and becomes a table at its end.

    ``open_legs`` are in the air, ``courses`` those of ended legs that left their plan.
    """

    __slots__ = ("boxes", "chargers", "couriers", "courses", "incidents", "legs", "open_legs", "packs", "scans")

    def __init__(self) -> None:
        self.legs = Rows(("kind", "outcome", *_LEG_NUMBERS, *_LEG_MEASURES), "ii" + "i" * 14 + "d" * 5)
        self.open_legs: dict[int, LegRow] = {}
        self.courses: dict[int, Course] = {}
        self.couriers = Rows(_HELD, "iiiii")
        self.chargers = Rows(_HELD, "iiiii")
        self.packs = Rows(_HELD, "iiiii")
        self.boxes = Rows(_HELD, "iiiii")
        self.scans = Rows(_SCAN, "iiiii")
        self.incidents: list[tuple[int, str, str | None, int, int, int, str]] = []

    def end_leg(self, row: LegRow) -> None:
        """Write a leg down for good."""
        self.open_legs.pop(row.leg, None)
        if row.course is not None:
            self.courses[row.leg] = row.course
        self.legs.append(
            LEG_KINDS.index(row.kind),
            LEG_OUTCOMES.index(row.outcome),
            row.leg,
            row.sortie,
            row.drone,
            row.pack,
            row.order,
            row.origin,
            row.destination,
            row.requested_ms,
            row.departed_ms,
            row.arrived_ms,
            row.landed_ms,
            row.hold_ms,
            row.cruise_to_ms,
            row.plan,
            row.level_m,
            row.distance_m,
            row.energy_wh,
            row.charge_start,
            row.charge_end,
        )

    def close(self) -> None:
        """Write down the legs that are still open when the day ends."""
        for row in list(self.open_legs.values()):
            self.end_leg(row)

    def leave_out_unbegun(self, closed_ms: int) -> dict[int, int]:
        """Drop the legs that were still to begin when the day closed, and number the others anew without a gap.

        Returns the new number of each leg that has another one, -1 for those dropped.
        """
        rows = self.legs.table()
        is_begun = rows["departed_ms"] <= closed_ms
        if is_begun.all():
            return {}
        kept = np.sort(rows[is_begun], order="leg")
        number = dict.fromkeys(rows["leg"][~is_begun].tolist(), -1)
        number |= {old: new for new, old in enumerate(kept["leg"].tolist()) if old != new}
        kept["leg"] = np.arange(len(kept))
        self.legs.replace(kept)
        self.courses = {number.get(leg, leg): course for leg, course in self.courses.items()}
        self.incidents = [(*row[:5], number.get(row[5], row[5]), row[6]) for row in self.incidents]
        return number

    def latest_ms(self, until_ms: int) -> int:
        """Find the latest time up to ``until_ms`` of all flights, incidents and scans; 0 if there is none."""
        legs, scans = self.legs.table(), self.scans.table()
        columns = (legs["departed_ms"], legs["landed_ms"], scans["time_ms"])
        past = [int(column[column <= until_ms].max(initial=0)) for column in columns]
        return max(*past, *(row[0] for row in self.incidents), 0)

    def flown_plans(self) -> list[int]:
        """List the plans that were flown, by number."""
        plans = np.unique(self.legs.table()["plan"])
        return [int(plan) for plan in plans if plan >= 0]

    def incident(
        self,
        at_ms: int,
        kind: str,
        *,
        site: str | None = None,
        drone: int = -1,
        order: int = -1,
        leg: int = -1,
        action: str,
    ) -> None:
        """Write down what went wrong and what was done about it."""
        self.incidents.append((at_ms, kind, site, drone, order, leg, action))

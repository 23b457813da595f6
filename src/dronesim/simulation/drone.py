"""A drone and the sortie it is on: the mutable state of one drone process."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from dronesim.airspace import Clearance
from dronesim.simulation.ledger import LegRow

if TYPE_CHECKING:
    from simpy.events import Event, Process

    from dronesim.simulation.plans import LegPlan, SortiePlan


class Stage(enum.IntEnum):
    """How far a sortie has come."""

    BOOKED = 0
    OUTBOUND = 1
    HOMEWARD = 2


class Sortie:
    """One booked sortie; all times are planned until they are past, and plans may change.

    ``site`` is the number of the site it is bound for, ``origin`` that of its take-off point; ``way_home`` is the
    leg between the two. A diverted parcel goes on by courier.
    """

    __slots__ = (
        "arrived_ms",
        "clearance",
        "departed_ms",
        "hold_ms",
        "home_arrived_ms",
        "home_hold_ms",
        "home_landed_ms",
        "home_wh",
        "is_diverted",
        "landed_ms",
        "leave_ms",
        "loading_ms",
        "number",
        "order",
        "origin",
        "out_leg",
        "out_wh",
        "plan",
        "requested_ms",
        "return_leg",
        "site",
        "stage",
        "unloaded_ms",
        "way_home",
    )

    out_leg: LegRow
    return_leg: LegRow

    def __init__(self, order: int, plan: SortiePlan, clearance: Clearance, *, requested_ms: int, out_wh: float) -> None:
        self.order = order
        self.plan = plan
        self.number = -1
        self.stage = Stage.BOOKED
        self.is_diverted = False
        self.origin = plan.out.origin
        self.site = plan.out.destination
        self.out_wh = out_wh
        self.way_home: LegPlan = plan.home
        self.home_wh = plan.home.empty_wh
        self.home_hold_ms = 0
        self.clearance = clearance
        self.requested_ms = requested_ms
        self.loading_ms = clearance.start_ms
        self.departed_ms = departed_ms = clearance.start_ms + plan.depart_ms
        self.arrived_ms = departed_ms + plan.out.arrive_ms
        self.landed_ms = departed_ms + plan.out.land_ms
        self.hold_ms = 0
        self.unloaded_ms = clearance.start_ms + plan.deliver_ms
        self.leave_ms = clearance.leave_ms
        self.home_arrived_ms = clearance.leave_ms + plan.home.arrive_ms
        self.home_landed_ms = clearance.leave_ms + plan.home.land_ms


class Drone:
    """One drone; ``call`` is the event that brings it its next task, ``place`` its take-off point.

    ``budget_ms`` is the time aloft at which it fails, None if it never does; ``order`` is the order it is
    committed to, -1 if none.
    """

    __slots__ = (
        "budget_ms",
        "call",
        "charge",
        "clearance",
        "flown_ms",
        "home",
        "is_in_service",
        "is_loss",
        "leg",
        "number",
        "order",
        "pack",
        "pack_since_ms",
        "place",
        "process",
        "sortie",
    )

    call: Event
    process: Process

    def __init__(self, number: int, *, place: int, pack: int, charge: float, now_ms: int) -> None:
        self.number = number
        self.home = place
        self.place = place
        self.pack = pack
        self.pack_since_ms = now_ms
        self.charge = charge
        self.flown_ms = 0
        self.budget_ms: int | None = None
        self.is_loss = False
        self.is_in_service = True
        self.order = -1
        self.sortie: Sortie | None = None
        self.clearance: Clearance | None = None
        self.leg: LegRow | None = None

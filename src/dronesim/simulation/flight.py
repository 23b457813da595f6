"""A flight: a leg that is booked or flown, with its times, its energy, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dronesim.airspace import Course, along, joined
from dronesim.geometry import path_length
from dronesim.simulation.book import NEVER
from dronesim.simulation.leg import Leg
from dronesim.simulation.planner import Planner
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where and when a drone can turn off its leg, at rest: ``course`` is what it flies of the leg until then.

    ``hold_ms``: how long of that it has waited over the end of the leg.
    """

    at_ms: int
    course: Course
    hold_ms: int = 0


class Flight:
    """One flight; what lies ahead of now is a plan that only an edit changes, by the methods here.

    ``kind`` is one of ``LEG_KINDS``, ``order`` the order whose parcel is on board, -1 for none. The drone takes off, or
    turns onto the leg, at ``departed_ms``; it arrives over the end at ``arrived_ms``, a hold of ``hold_ms`` included,
    and is down at ``landed_ms``, both ``NEVER`` where it is cut short; at ``ended_ms`` it is down or turns off.
    """

    __slots__ = (
        "_onward",
        "arrived_ms",
        "charge_end",
        "charge_start",
        "course",
        "cruise_to_ms",
        "departed_ms",
        "distance_m",
        "ended_ms",
        "energy_wh",
        "hold_ms",
        "kind",
        "landed_ms",
        "leg",
        "motion_from_ms",
        "order",
        "outcome",
        "payload_kg",
        "requested_ms",
        "row",
    )

    charge_start: float
    charge_end: float

    def __init__(
        self,
        kind: str,
        leg: Leg,
        *,
        requested_ms: int,
        departed_ms: int,
        energy_wh: float,
        order: int = -1,
        payload_kg: float = 0.0,
    ) -> None:
        self.kind = kind
        self.order = order
        self.payload_kg = payload_kg
        self.requested_ms = requested_ms
        self.outcome = "landed"
        self.row = NEVER
        """Its place in the ledger, once it is written down."""
        self.course: Course | None = None
        """Course in the time of day, without a hold, where the leg was cut short, bent or began in the air."""
        self.plan(leg, departed_ms=departed_ms, energy_wh=energy_wh)

    def plan(self, leg: Leg, *, departed_ms: int, energy_wh: float) -> None:
        """Let it be flown by a leg from a time on, as long as it has not departed."""
        self.leg = leg
        self._onward = leg
        self.distance_m = leg.distance_m
        self.departed_ms = departed_ms
        self.motion_from_ms = departed_ms + leg.cruise_ms
        """When the motion begins, from rest, that the drone follows: it flies off, or turns."""
        self.cruise_to_ms = self.arrived_ms = departed_ms + leg.arrive_ms
        """When the drone is to arrive over the end of the leg, a hold there not counted."""
        self.hold_ms = 0
        self.landed_ms = self.ended_ms = departed_ms + leg.land_ms
        self.energy_wh = energy_wh

    def wait(self, more_ms: int, *, energy_wh: float) -> None:
        """Let it hold over its end for longer."""
        self.hold_ms += more_ms
        self.arrived_ms += more_ms
        self.landed_ms += more_ms
        self.ended_ms = self.landed_ms
        self.energy_wh += energy_wh

    def bend(self, turn: Turn, onward: Leg, course: Course, *, hold_ms: int, energy_wh: float) -> None:
        """Let it go on from its turn by another leg, whose course in the time of day is ``course``."""
        self._onward = onward
        self.course = joined([turn.course, course])
        self.distance_m = path_length(self.course.points_m[:, :2])
        self.motion_from_ms = turn.at_ms + onward.cruise_ms
        self.cruise_to_ms = turn.at_ms + onward.arrive_ms
        self.hold_ms = hold_ms
        self.arrived_ms = self.cruise_to_ms + hold_ms
        self.landed_ms = self.ended_ms = self.arrived_ms + onward.down_ms
        self.energy_wh = energy_wh

    def cut(self, course: Course, *, hold_ms: int, energy_wh: float, outcome: str) -> None:
        """End it in the air; ``course`` is what is flown of it, ``hold_ms`` how long of that it waits over its end."""
        self.course = course
        self.distance_m = path_length(course.points_m[:, :2])
        self.ended_ms = to_ms(float(course.at_s[-1]))
        self.arrived_ms = self.landed_ms = NEVER
        self.hold_ms = hold_ms
        self.energy_wh = energy_wh
        self.outcome = outcome

    def begin_in_air(self, course: Course, *, hold_ms: int) -> None:
        """Let it begin at its departure by a course, in the time of day and without the hold over its end."""
        self.course = course
        self.hold_ms = hold_ms
        self.arrived_ms += hold_ms
        self.landed_ms += hold_ms
        self.ended_ms = self.landed_ms

    @property
    def flown_by(self) -> Leg:
        """The leg that it follows now: its own, or that of its last bend."""
        return self._onward

    def spent_wh(self, at_ms: int) -> float:
        """Energy up to a time, by the share of its own time that has passed; none before it begins."""
        return self.energy_wh * (max(at_ms - self.departed_ms, 0) / (self.landed_ms - self.departed_ms))

    # where it leads

    def whole_course(self, planner: Planner) -> Course:
        """Give its course in the time of day, with its wait over the end."""
        course = self.course
        if course is None:
            course = planner.course(self.leg).later(self.departed_ms / MS)
        return course.waiting(self.cruise_to_ms / MS, self.hold_ms / MS)

    def turn(self, planner: Planner, now_ms: int) -> Turn:
        """Find where it could turn off: it ends its climb, brakes where it cruises, or waits over the end already."""
        course = self.whole_course(planner)
        if now_ms < self.motion_from_ms:
            return Turn(at_ms=self.motion_from_ms, course=course.part(-np.inf, self.motion_from_ms / MS))
        if now_ms < self.cruise_to_ms:
            return self._braked(course, planner.acceleration_mps2, now_ms)
        arrived = course.part(-np.inf, self.cruise_to_ms / MS)
        waits = Course(at_s=np.array([now_ms / MS]), points_m=arrived.points_m[-1:].copy())
        return Turn(at_ms=now_ms, course=joined([arrived, waits]), hold_ms=now_ms - self.cruise_to_ms)

    def _braked(self, course: Course, braking_mps2: float, now_ms: int) -> Turn:
        """Let a drone that cruises brake at once, on its path."""
        leg, begins_s = self.flown_by, self.motion_from_ms / MS
        motion = leg.motion.braked_at(now_ms / MS - begins_s, braking_mps2=braking_mps2)
        at_ms = min(self.motion_from_ms + to_ms(motion.duration_s), self.cruise_to_ms)
        before = course.part(-np.inf, begins_s)
        braking = along(leg.corners, motion, level_m=leg.level_m, begins_s=begins_s)
        stands = Course(at_s=np.array([at_ms / MS]), points_m=braking.points_m[-1:].copy())
        return Turn(at_ms=at_ms, course=joined([before, braking, stands]))

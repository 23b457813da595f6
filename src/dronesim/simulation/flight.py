"""A flight: a leg that is booked or flown, with its times, its energy, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dronesim.airspace import Course, along, joined
from dronesim.geometry import path_length
from dronesim.simulation.book import NEVER
from dronesim.simulation.leg import Leg, LegMaker
from dronesim.simulation.planner import Planner
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where and when a drone can turn off its leg, at rest: ``course`` is what it flies of the flight until then.

    ``hold_ms``: how long of that it has waited in the air. ``may_wait``: it may wait there, for it is on its way.
    ``way_m``: how far along its leg, where it brakes.
    """

    at_ms: int
    course: Course
    hold_ms: int = 0
    may_wait: bool = False
    way_m: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a flight along one leg: from ``begins_ms`` on, at rest, and after a wait of ``wait_ms`` on the spot.

    Over the end of the leg it waits for ``over_ms``. It is left after ``way_m`` along the leg, or at its end.
    """

    leg: Leg
    begins_ms: int
    wait_ms: int = 0
    over_ms: int = 0
    way_m: float = math.inf

    @property
    def off_ms(self) -> int:
        """When it takes off by the leg, or flies off where that begins in the air."""
        return self.begins_ms + self.wait_ms

    @property
    def cruise_to_ms(self) -> int:
        """When it is to arrive over the end of the leg, a wait there not counted."""
        return self.off_ms + self.leg.arrive_ms

    def held_ms(self, at_ms: int) -> int:
        """How long it has waited until a time."""
        waited_ms = min(max(at_ms - self.begins_ms, 0), self.wait_ms)
        return waited_ms + min(max(at_ms - self.cruise_to_ms, 0), self.over_ms)

    def spent_wh(self, legs: LegMaker, at_ms: int, payload_kg: float) -> float:
        """Energy from its beginning up to a time, none before."""
        if at_ms < self.begins_ms:
            return 0.0
        held_ms = self.held_ms(at_ms)
        flown_ms = at_ms - self.begins_ms - held_ms
        flown_wh = legs.spent_wh(self.leg, flown_ms, payload_kg, way_m=self.way_m)
        return legs.hover_wh(held_ms, payload_kg, self.leg) + flown_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneUse:
    """A lane, by its calendar, of the terminal area of a site: who is in it has it until ``until_ms``.

    It is to be booked from ``from_ms`` on; before that it is the drone's already.
    """

    site: int
    lane: int
    from_ms: int
    until_ms: int


class Flight:
    """One flight; what lies ahead of now is a plan that only an edit changes, by the methods here.

    ``kind`` is one of ``LEG_KINDS``, ``order`` the order whose parcel is on board, -1 for none. The drone takes off, or
    turns onto the leg, at ``departed_ms``; it arrives over the end at ``arrived_ms``, all holds included, begins to
    sink at ``sinks_ms`` and is down at ``landed_ms``, these three ``NEVER`` where it is cut short; at ``ended_ms`` it
    is down or turns off. ``hold_ms`` is how long it waits in the air, ``over_ms`` how long of that over its end.
    ``leaves`` is the site in whose terminal area it begins, -1 for none.
    """

    __slots__ = (
        "_parts",
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
        "lanes_off",
        "leaves",
        "leg",
        "order",
        "outcome",
        "over_ms",
        "payload_kg",
        "requested_ms",
        "row",
        "sinks_ms",
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
        """Course in the time of day, without a hold over its end, where it was cut short, bent or began in the air."""
        self.plan(leg, departed_ms=departed_ms, energy_wh=energy_wh)

    def plan(self, leg: Leg, *, departed_ms: int, energy_wh: float) -> None:
        """Let it be flown by a leg from a time on, as long as it has not departed."""
        self.leg = leg
        self.leaves = leg.origin
        self.lanes_off: tuple[LaneUse, ...] = ()
        self.distance_m = leg.distance_m
        self.departed_ms = departed_ms
        self.energy_wh = energy_wh
        self._parts: list[Stretch] = []
        self.hold_ms = 0
        self._land(leg, departed_ms + leg.arrive_ms, over_ms=0)

    @property
    def _stretches(self) -> list[Stretch]:
        """Its stretches, the one by its leg where nothing befell it."""
        return self._parts or [Stretch(leg=self.leg, begins_ms=self.departed_ms)]

    def _go(self, stretches: list[Stretch]) -> None:
        """Let it end by the last of its stretches."""
        self._parts, last = stretches, stretches[-1]
        self._land(last.leg, last.cruise_to_ms, over_ms=last.over_ms)
        self.hold_ms = self.held_ms(self.landed_ms)

    def _land(self, leg: Leg, cruise_to_ms: int, *, over_ms: int) -> None:
        """Let it come to the end of a leg at a time, wait there and land."""
        self.cruise_to_ms, self.over_ms = cruise_to_ms, over_ms
        self.arrived_ms = cruise_to_ms + over_ms
        self.sinks_ms = self.arrived_ms + leg.sink_ms - leg.arrive_ms
        self.landed_ms = self.ended_ms = self.arrived_ms + leg.down_ms

    def wait(self, more_ms: int, *, energy_wh: float) -> None:
        """Let it hold over its end for longer."""
        last = self._stretches[-1]
        self._go([*self._stretches[:-1], replace(last, over_ms=last.over_ms + more_ms)])
        self.energy_wh += energy_wh

    def bend(self, turn: Turn, onward: Stretch, course: Course, *, energy_wh: float) -> None:
        """Let it go on from its turn by another leg, whose course in the time of day is ``course``.

        That is with the wait at the turn, and without one over the end.
        """
        last = self._stretches[-1]
        over_ms = max(turn.at_ms - last.cruise_to_ms, 0)
        self.course = joined([turn.course, course])
        self.distance_m = path_length(self.course.points_m[:, :2])
        self._go([*self._stretches[:-1], replace(last, over_ms=over_ms, way_m=turn.way_m), onward])
        self.energy_wh = energy_wh

    def cut(self, course: Course, *, hold_ms: int, energy_wh: float, outcome: str) -> None:
        """End it in the air; ``course`` is what is flown of it, ``hold_ms`` how long of that it waits."""
        self.course = course
        self.distance_m = path_length(course.points_m[:, :2])
        self.ended_ms = to_ms(float(course.at_s[-1]))
        self.arrived_ms = self.sinks_ms = self.landed_ms = NEVER
        self.hold_ms = hold_ms
        self.energy_wh = energy_wh
        self.outcome = outcome

    def begin_in_air(self, onward: Stretch, course: Course, *, leaves: int) -> None:
        """Let it begin at its departure by a course, in the time of day and without the hold over its end."""
        self.course = course
        self.leaves = leaves
        self._go([onward])

    def leave_by(self, lanes: tuple[LaneUse, ...]) -> None:
        """Note by which lanes it leaves terminal areas, where it does so otherwise than its leg was planned to."""
        self.lanes_off = lanes

    # where it is

    @property
    def flown_by(self) -> Leg:
        """The leg by which it ends: its own, or that of its last bend."""
        return self._stretches[-1].leg

    @property
    def motion_from_ms(self) -> int:
        """When the motion begins, from rest, that ends over its site: it flies off."""
        last = self._stretches[-1]
        return last.off_ms + last.leg.cruise_ms

    @property
    def enters_ms(self) -> int:
        """When it enters the terminal area of its site for the last time."""
        last = self._stretches[-1]
        return last.off_ms + last.leg.entry_ms

    def is_committed(self, now_ms: int) -> bool:
        """Tell whether it sinks already, or is down: who sinks ends its descent."""
        return NEVER != self.sinks_ms <= now_ms

    def is_flown(self, now_ms: int) -> bool:
        """Tell whether a drone is in the air with it now."""
        return self.departed_ms <= now_ms < self.ended_ms

    def held_ms(self, at_ms: int) -> int:
        """How long it has waited in the air up to a time."""
        return sum(stretch.held_ms(end_ms) for stretch, end_ms in self._until(at_ms))

    def spent_at(self, turn: Turn, legs: LegMaker) -> float:
        """Energy up to a turn."""
        last = replace(self._stretches[-1], way_m=turn.way_m)
        before_wh = self.spent_wh(legs, min(turn.at_ms, last.begins_ms - 1))
        return before_wh + last.spent_wh(legs, turn.at_ms, self.payload_kg)

    def spent_wh(self, legs: LegMaker, at_ms: int) -> float:
        """Energy up to a time: of the phases that are flown by then, its check before take-off among them."""
        return sum(stretch.spent_wh(legs, end_ms, self.payload_kg) for stretch, end_ms in self._until(at_ms))

    def _until(self, at_ms: int) -> Iterator[tuple[Stretch, int]]:
        """Give its stretches, each with when it ends: where the next one begins, or at a time before that."""
        begins_ms = [stretch.begins_ms for stretch in self._stretches[1:]]
        for stretch, end_ms in zip(self._stretches, [*begins_ms, at_ms], strict=True):
            yield stretch, min(end_ms, at_ms)

    # where it leads

    def whole_course(self, planner: Planner) -> Course:
        """Give its course in the time of day, with its wait over the end."""
        course = self.course
        if course is None:
            course = planner.course(self.leg).later(self.departed_ms / MS)
        return course if self.landed_ms == NEVER else course.waiting(self.cruise_to_ms / MS, self.over_ms / MS)

    def turn(self, planner: Planner, now_ms: int) -> Turn:
        """Find where it could turn off that is not committed to land.

        On its way to a turn it comes there first, in its climb it ends that, where it cruises it brakes, and where it
        waits it turns at once.
        """
        course, last = self.whole_course(planner), self._stretches[-1]
        if now_ms < last.begins_ms or (now_ms < self.motion_from_ms and not last.leg.is_from_the_air):
            at_ms = last.begins_ms if now_ms < last.begins_ms else self.motion_from_ms
            return self._turn_at(at_ms, course.part(-np.inf, at_ms / MS), may_wait=False)
        if self.motion_from_ms <= now_ms < self.cruise_to_ms:
            return self._braked(course, planner.acceleration_mps2, now_ms)
        rests_ms = min(max(now_ms, last.begins_ms), self.cruise_to_ms)
        before = course.part(-np.inf, rests_ms / MS)
        waits = Course(at_s=np.array([now_ms / MS]), points_m=before.points_m[-1:].copy())
        return self._turn_at(now_ms, joined([before, waits]))

    def _turn_at(self, at_ms: int, course: Course, *, may_wait: bool = True) -> Turn:
        """Give a turn; whoever turns away over its end has held there since it came, for an approach too."""
        approach_ms = max(at_ms - max(self.arrived_ms, self.cruise_to_ms), 0)
        return Turn(at_ms=at_ms, course=course, hold_ms=self.held_ms(at_ms) + approach_ms, may_wait=may_wait)

    def _braked(self, course: Course, braking_mps2: float, now_ms: int) -> Turn:
        """Let a drone that cruises brake at once, on its path."""
        leg, begins_s = self.flown_by, self.motion_from_ms / MS
        motion = leg.motion.braked_at(now_ms / MS - begins_s, braking_mps2=braking_mps2)
        at_ms = min(self.motion_from_ms + to_ms(motion.duration_s), self.cruise_to_ms)
        before = course.part(-np.inf, begins_s)
        braking = along(leg.corners, motion, level_m=leg.level_m, begins_s=begins_s)
        stands = Course(at_s=np.array([at_ms / MS]), points_m=braking.points_m[-1:].copy())
        return replace(self._turn_at(at_ms, joined([before, braking, stands])), way_m=motion.length_m)

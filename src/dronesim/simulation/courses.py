"""Where a drone in the air has been, is, and will be; and where it could turn off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dronesim.airspace import Course, along, joined
from dronesim.simulation.ledger import LegRow
from dronesim.simulation.plans import LegPlan, Planner
from dronesim.units import MS, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where and when a drone can turn off its leg, at rest: ``course`` is what it flies of the leg until then.

    ``hold_ms``: how long of that it has waited over the end of the leg.
    """

    at_ms: int
    course: Course
    hold_ms: int = 0


def plan_of(row: LegRow, planner: Planner) -> LegPlan:
    """Give the plan by which a leg is flown now: its own, or that of its last bend."""
    return planner.plans[row.plan] if row.onward is None else row.onward


def course_of(row: LegRow, planner: Planner, *, hold_ms: int = 0) -> Course:
    """Give a leg's course in the time of day, with a wait over its end."""
    course = row.course
    if course is None:
        course = planner.course(planner.plans[row.plan]).later(row.departed_ms / MS)
    return course.waiting(row.cruise_to_ms / MS, hold_ms / MS)


def share_flown(row: LegRow, *, at_ms: int, landed_ms: int) -> float:
    """Share of a leg's time that has passed, by which its energy is counted; none before it begins."""
    return max(at_ms - row.departed_ms, 0) / (landed_ms - row.departed_ms)


def turn_of(row: LegRow, planner: Planner, *, now_ms: int, hold_ms: int) -> Turn:
    """Find where a drone could turn off: it ends its climb, brakes where it cruises, or waits over the end already."""
    course = course_of(row, planner, hold_ms=hold_ms)
    if now_ms < row.motion_from_ms:
        return Turn(at_ms=row.motion_from_ms, course=course.part(-np.inf, row.motion_from_ms / MS))
    if now_ms < row.cruise_to_ms:
        return _braked(row, planner, course, now_ms=now_ms)
    arrived = course.part(-np.inf, row.cruise_to_ms / MS)
    waits = Course(at_s=np.array([now_ms / MS]), points_m=arrived.points_m[-1:].copy())
    return Turn(at_ms=now_ms, course=joined([arrived, waits]), hold_ms=now_ms - row.cruise_to_ms)


def _braked(row: LegRow, planner: Planner, course: Course, *, now_ms: int) -> Turn:
    """Let a drone that cruises brake at once, on its path."""
    plan, begins_s = plan_of(row, planner), row.motion_from_ms / MS
    motion = plan.motion.braked_at(now_ms / MS - begins_s, braking_mps2=planner.acceleration_mps2)
    at_ms = min(row.motion_from_ms + to_ms(motion.duration_s), row.cruise_to_ms)
    before = course.part(-np.inf, begins_s)
    braking = along(plan.corners, motion, level_m=plan.level_m, begins_s=begins_s)
    stands = Course(at_s=np.array([at_ms / MS]), points_m=braking.points_m[-1:].copy())
    return Turn(at_ms=at_ms, course=joined([before, braking, stands]))

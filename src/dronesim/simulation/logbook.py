"""The drones' logbook: one row a flight, with the energy it took from the pack."""

from __future__ import annotations

from dronesim.airspace import Course, joined
from dronesim.geometry import path_length
from dronesim.simulation.courses import Turn
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.ledger import Ledger, LegRow
from dronesim.simulation.plans import LegPlan
from dronesim.units import to_ms


class Logbook:
    """Writes legs as they begin and ends them as they end."""

    def __init__(self, ledger: Ledger, *, usable_wh: float) -> None:
        self._ledger = ledger
        self._legs = 0
        self._usable_wh = usable_wh
        self._sorties = 0

    def _new(
        self, drone: Drone, kind: str, plan: LegPlan, *, order: int, requested_ms: int, departed_ms: int
    ) -> LegRow:
        row = LegRow(self._legs, kind)
        self._legs += 1
        row.drone, row.pack, row.order = drone.number, drone.pack, order
        row.sortie = self._sorties - 1 if drone.sortie is None else drone.sortie.number
        row.origin, row.destination, row.requested_ms = plan.origin, plan.destination, requested_ms
        self.plan(row, plan, departed_ms=departed_ms)
        row.charge_start = row.charge_end = drone.charge
        self._ledger.open_legs[row.leg] = row
        drone.leg = row
        return row

    def plan(self, row: LegRow, plan: LegPlan, *, departed_ms: int) -> None:
        """Let a leg that has not departed yet be flown by a plan from a time on."""
        row.level_m, row.distance_m, row.plan = plan.level_m, plan.distance_m, plan.number
        row.departed_ms = departed_ms
        row.motion_from_ms = departed_ms + plan.cruise_ms
        row.cruise_to_ms = departed_ms + plan.arrive_ms

    def take_off(self, drone: Drone, sortie: Sortie) -> int:
        """Begin the outbound leg; returns its number."""
        sortie.number = self._sorties
        self._sorties += 1
        sortie.stage = Stage.OUTBOUND
        sortie.out_leg = self._new(
            drone,
            "outbound",
            sortie.plan.out,
            order=sortie.order,
            requested_ms=sortie.requested_ms,
            departed_ms=sortie.departed_ms,
        )
        return sortie.out_leg.leg

    def land(self, drone: Drone, sortie: Sortie) -> None:
        """End the outbound leg, or the diversion that it became."""
        row = sortie.out_leg
        row.arrived_ms, row.landed_ms, row.hold_ms = sortie.arrived_ms, sortie.landed_ms, sortie.hold_ms
        drone.flown_ms += row.landed_ms - row.departed_ms
        self.spend(drone, row, sortie.out_wh, "landed")

    def leave(self, drone: Drone, sortie: Sortie) -> None:
        """Begin the way home."""
        sortie.stage = Stage.HOMEWARD
        sortie.return_leg = self._new(
            drone, "return", sortie.way_home, order=-1, requested_ms=sortie.unloaded_ms, departed_ms=sortie.leave_ms
        )

    def come_home(self, drone: Drone, sortie: Sortie) -> None:
        """End the way home."""
        row = sortie.return_leg
        row.hold_ms = sortie.home_hold_ms
        row.arrived_ms, row.landed_ms = sortie.home_arrived_ms, sortie.home_landed_ms
        drone.flown_ms += row.landed_ms - row.departed_ms
        self.spend(drone, row, sortie.home_wh, "landed")

    def deadhead(self, drone: Drone, plan: LegPlan, *, requested_ms: int, departed_ms: int) -> LegRow:
        """Begin an empty leg; it is a sortie of its own."""
        self._sorties += 1
        return self._new(drone, "deadhead", plan, order=-1, requested_ms=requested_ms, departed_ms=departed_ms)

    def end_deadhead(self, drone: Drone, row: LegRow, plan: LegPlan) -> None:
        """End an empty leg."""
        row.arrived_ms = row.departed_ms + plan.arrive_ms
        row.landed_ms = row.departed_ms + plan.land_ms
        drone.flown_ms += plan.land_ms
        self.spend(drone, row, plan.empty_wh, "landed")

    def cut_short(
        self, drone: Drone, row: LegRow, *, spent_wh: float, course: Course, hold_ms: int, outcome: str
    ) -> None:
        """End a leg in the air; ``course``: what is flown of it, ``hold_ms``: how long of that it waited at its end."""
        drone.flown_ms += to_ms(float(course.at_s[-1])) - row.departed_ms
        row.course, row.hold_ms = course, hold_ms
        row.distance_m = path_length(course.points_m[:, :2])
        self.spend(drone, row, spent_wh, outcome)

    def bend(self, row: LegRow, turn: Turn, *, onward: Course, plan: LegPlan) -> None:
        """Let a leg go on from its turn by another plan, whose course is ``onward``."""
        row.course = joined([turn.course, onward])
        row.onward = plan
        row.motion_from_ms, row.cruise_to_ms = turn.at_ms + plan.cruise_ms, turn.at_ms + plan.arrive_ms
        row.distance_m = path_length(row.course.points_m[:, :2])

    def divert(self, drone: Drone, sortie: Sortie, *, now_ms: int, turn_ms: int, plan: LegPlan, course: Course) -> None:
        """Begin a diversion in the air, at the time at which the drone turns."""
        row = self._new(drone, "divert", plan, order=sortie.order, requested_ms=now_ms, departed_ms=turn_ms)
        row.course, row.onward = course, plan
        sortie.out_leg = row

    def spend(self, drone: Drone, row: LegRow, energy_wh: float, outcome: str) -> None:
        """Take a leg's energy from the pack and end its row."""
        drone.charge -= energy_wh / self._usable_wh
        row.energy_wh = energy_wh
        row.charge_end = drone.charge
        row.outcome = outcome
        self._ledger.end_leg(row)
        drone.leg = None

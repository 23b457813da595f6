"""The drones' logbook: one row a flight, with the energy it took from the pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry import path_length
from dronesim.simulation.drone import Drone, Sortie, Stage
from dronesim.simulation.ledger import Ledger, LegRow
from dronesim.simulation.plans import LegPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """What was flown of a leg that ends in the air.

    Corners ``(m, 2)`` and when they were passed ``(m,)``, when the cruise ended, and the wait since.
    """

    path: NDArray[Any]
    at_ms: NDArray[Any]
    cruise_to_ms: int
    hold_ms: int


class Logbook:
    """Writes legs as they begin and ends them as they end."""

    def __init__(self, ledger: Ledger, *, pack_wh: float) -> None:
        self._ledger = ledger
        self._legs = 0
        self._pack_wh = pack_wh
        self._sorties = 0

    def _new(
        self, drone: Drone, kind: str, plan: LegPlan, *, order: int, requested_ms: int, departed_ms: int
    ) -> LegRow:
        row = LegRow(self._legs, kind)
        self._legs += 1
        row.drone, row.pack, row.order = drone.number, drone.pack, order
        row.sortie = self._sorties - 1 if drone.sortie is None else drone.sortie.number
        row.origin, row.destination = plan.origin, plan.destination
        row.level_m, row.distance_m, row.plan = plan.level_m, plan.distance_m, plan.number
        row.requested_ms, row.departed_ms = requested_ms, departed_ms
        row.cruise_from_ms = departed_ms + plan.climb_ms
        row.charge_start = row.charge_end = drone.charge
        self._ledger.open_legs[row.leg] = row
        drone.leg = row
        return row

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
        row.cruise_to_ms = sortie.arrived_ms - sortie.hold_ms
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
        row.departed_ms = sortie.leave_ms
        row.cruise_from_ms = sortie.leave_ms + sortie.way_home.climb_ms
        row.cruise_to_ms = sortie.home_arrived_ms - sortie.home_hold_ms
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
        row.cruise_to_ms = row.arrived_ms = row.departed_ms + plan.arrive_ms
        row.landed_ms = row.departed_ms + plan.land_ms
        drone.flown_ms += plan.land_ms
        self.spend(drone, row, plan.empty_wh, "landed")

    def cut_short(self, drone: Drone, row: LegRow, *, spent_wh: float, flown: Flown, now_ms: int, outcome: str) -> None:
        """End a leg in the air, where it climbs at the end of the climb."""
        drone.flown_ms += now_ms - row.departed_ms
        row.path = path = flown.path
        row.at_ms = None if row.at_ms is None else flown.at_ms
        row.cruise_to_ms, row.hold_ms = flown.cruise_to_ms, flown.hold_ms
        row.distance_m = path_length(path)
        self.spend(drone, row, spent_wh, outcome)

    def bend(self, row: LegRow, flown: Flown, *, path: NDArray[Any], at_ms: NDArray[Any]) -> None:
        """Let a leg go on by another path, whose corners it passes at these times."""
        row.path = np.concatenate([flown.path, path[1:]])
        row.at_ms = np.concatenate([flown.at_ms, at_ms[1:]])
        row.distance_m = path_length(row.path)

    def divert(self, drone: Drone, sortie: Sortie, *, now_ms: int, turn_ms: int, plan: LegPlan) -> None:
        """Begin a diversion in the air, at the time at which the drone turns."""
        row = self._new(drone, "divert", plan, order=sortie.order, requested_ms=now_ms, departed_ms=turn_ms)
        row.path = plan.corners
        sortie.out_leg = row

    def spend(self, drone: Drone, row: LegRow, energy_wh: float, outcome: str) -> None:
        """Take a leg's energy from the pack and end its row."""
        drone.charge -= energy_wh / self._pack_wh
        row.energy_wh = energy_wh
        row.charge_end = drone.charge
        row.outcome = outcome
        self._ledger.end_leg(row)
        drone.leg = None

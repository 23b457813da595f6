"""Inspections of drones on their stands, and repairs: who is due, who is away, and from when until when."""

from __future__ import annotations

from dronesim.record.means_facts import CareFacts, StayFacts
from dronesim.simulation.drone import Drone
from dronesim.simulation.inputs import CareColumns, SimulationInputs
from dronesim.units import MS, to_ms
from dronesim.wear import CareLaw

INSPECTION, REPAIR = "inspection", "repair"


class Upkeep:
    """Keeps count of each drone's use since its last inspection, and writes down when it is out of service.

    A drone is inspected after the turnaround that follows on the sortie which makes it due. An inspection may end in a
    repair, at most one a drone and day; the workshop is at work in opening hours.
    """

    def __init__(self, inputs: SimulationInputs, law: CareLaw, care: CareColumns) -> None:
        horizon = inputs.rules.horizon
        self._law = law
        self._care = care
        self._opens_ms, self._closes_ms = to_ms(horizon.start_s), to_ms(horizon.end_s)
        self._inspection_ms = to_ms(law.inspection_s)
        self._due_ms = to_ms(law.after_flight_s) if law.after_flight_s < float("inf") else None
        # what a drone's own counts are taken off: they begin with the day
        self._sorties: list[float] = [-count for count in care.sorties.tolist()]
        self._flown_ms = [-to_ms(flown_s) for flown_s in care.flown_s.tolist()]
        self._clean: list[float] = care.clean.tolist()
        self._stays: list[StayFacts] = []

    def begins_ms(self, drone: Drone, now_ms: int) -> int | None:
        """Tell from when on a drone is in service that a day begins with, or is back from repair; None: not today."""
        days = float(self._care.in_repair_days[drone.number])
        return self._repair(drone, self._opens_ms, days) if days > 0 else now_ms

    def is_due(self, drone: Drone, *, more: int = 0, more_ms: int = 0) -> bool:
        """Tell whether a drone is to be inspected, or will be after so many sorties more and so long aloft."""
        sorties = drone.sorties + more - self._sorties[drone.number]
        flown_ms = drone.flown_ms + more_ms - self._flown_ms[drone.number]
        return sorties >= self._law.after_sorties or (self._due_ms is not None and flown_ms >= self._due_ms)

    def expected_ms(self, drone: Drone, at_ms: int) -> int:
        """Tell when a drone is expected back in service that is ready at a time, after its sortie if it has one."""
        flights = () if drone.sortie is None else drone.sortie.flights
        aloft_ms = sum(flight.ended_ms - flight.departed_ms for flight in flights)
        is_due = self.is_due(drone, more=int(drone.sortie is not None), more_ms=aloft_ms)
        return at_ms + self._inspection_ms if is_due else at_ms

    def inspect(self, drone: Drone, at_ms: int) -> int:
        """Inspect a drone from a time on; returns until when."""
        until_ms, number = at_ms + self._inspection_ms, drone.number
        self._sorties[number], self._flown_ms[number] = drone.sorties, drone.flown_ms
        self._stays.append(_stay(drone, INSPECTION, at_ms, until_ms))
        return until_ms

    def repair(self, drone: Drone, at_ms: int) -> int | None:
        """Tell until when a drone is repaired whose inspection is over, that long if nothing is; None: not today."""
        number = drone.number
        self._clean[number] -= 1
        if self._clean[number] != -1:
            return at_ms
        return self._repair(drone, at_ms, float(self._care.repair_days[number]))

    def _repair(self, drone: Drone, at_ms: int, days: float) -> int | None:
        back_ms = at_ms + to_ms(days * (self._closes_ms - self._opens_ms) / MS)
        until_ms = back_ms if back_ms <= self._closes_ms else None
        self._stays.append(_stay(drone, REPAIR, at_ms, until_ms))
        return until_ms

    def facts(self) -> CareFacts:
        """Tell the rules, what each drone had been through in the morning, and when which was out of service."""
        law, care = self._law, self._care
        return CareFacts(
            after_sorties=_finite(law.after_sorties),
            after_flight_s=_finite(law.after_flight_s),
            inspection_s=law.inspection_s,
            repair_share=law.repair_share,
            repair_median_days=law.repair_median_days,
            repair_p95_days=law.repair_p95_days,
            sorties_per_day=law.sorties_per_day,
            flight_s_per_day=law.flight_s_per_day,
            sorties=tuple(care.sorties.tolist()),
            flown_s=tuple(to_ms(flown_s) / MS for flown_s in care.flown_s.tolist()),
            in_repair_days=tuple(care.in_repair_days.tolist()),
            stays=tuple(sorted(self._stays, key=lambda stay: (stay.from_s, stay.drone))),
        )


def upkeep_of(inputs: SimulationInputs) -> Upkeep | None:
    """Give who looks after the drones of a day; None where nobody inspects."""
    law, care = inputs.rules.care, inputs.care
    return None if law is None or care is None else Upkeep(inputs, law, care)


def _stay(drone: Drone, kind: str, from_ms: int, to_ms: int | None) -> StayFacts:
    return StayFacts(drone=drone.number, kind=kind, from_s=from_ms / MS, to_s=None if to_ms is None else to_ms / MS)


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None

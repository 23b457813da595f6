"""A drone fails in the air: by a script, or because its flight-hours are used up."""

from __future__ import annotations

from typing import Final

from simpy.events import Event

from dronesim.record.incidents import DRONE_FAILS, FAILS_LATER, NOBODY_LOADED
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import DRONE, Trouble
from dronesim.simulation.trouble.remedies import Remedies


def drone_fails(remedies: Remedies, event: ScriptedEvent) -> None:
    """Lose the drone that is named, now or at its next take-off, or the first one in the air with a parcel."""
    carrying = [drone for drone, _ in remedies.carrying()]
    if event.drone != -1:
        _fail_when_aloft(remedies, remedies.fleet.drones[event.drone])
    elif carrying:
        _fail_when_aloft(remedies, carrying[0])
    else:
        remedies.scene.ledger.incident(remedies.now_ms, DRONE_FAILS.name, NOBODY_LOADED)


def _fail_when_aloft(remedies: Remedies, drone: Drone) -> None:
    now_ms, sortie = remedies.now_ms, drone.sortie
    drone.is_loss = True
    if sortie is not None and sortie.flown(now_ms) is not None:
        remedies.fail(drone)
        return
    drone.budget_ms = drone.aloft_ms(now_ms)
    remedies.scene.ledger.incident(now_ms, DRONE_FAILS.name, FAILS_LATER, drone=drone.number)
    FlightHours(remedies).watch(drone)


DRONE_FAILS_ALOFT: Final = Trouble(
    incident=DRONE_FAILS,
    meaning="a drone fails aloft",
    keys=(DRONE,),
    strike=drone_fails,
)


class FlightHours:
    """Watches over budgets of flight-hours: a drone comes down in the flight in which its own ends."""

    def __init__(self, remedies: Remedies) -> None:
        self._remedies = remedies

    def watch(self, drone: Drone) -> None:
        """Let a drone come down when its budget ends, if that is in one of the flights that it is to fly."""
        ends_ms = _ends_ms(drone)
        if ends_ms is not None:
            self._remedies.scene.clock.call_at(ends_ms, self._end, drone)

    def _end(self, event: Event) -> None:
        drone: Drone = event.value  # type: ignore[assignment]
        # its flights may have been edited since
        if _ends_ms(drone) == self._remedies.now_ms:
            self._remedies.fail(drone)


def _ends_ms(drone: Drone) -> int | None:
    return None if drone.budget_ms is None else when_flown(drone, drone.budget_ms)


def when_flown(drone: Drone, aloft_ms: int) -> int | None:
    """Tell when a drone has been aloft for so long, by its flights as they are planned; None if not in these."""
    if drone.sortie is None:
        return None
    left_ms = aloft_ms - drone.flown_ms
    for flight in drone.sortie.flights:
        length_ms = flight.ended_ms - flight.departed_ms
        if length_ms > left_ms:
            return flight.departed_ms + max(left_ms, 1)
        left_ms -= length_ms
    return None

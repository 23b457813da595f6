"""What meets drones in the air by chance, by the flight-hour: a return, a divert, a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simpy.events import Event

from dronesim.record.incidents import DIVERT, RETURN
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.divert import drone_diverts
from dronesim.simulation.trouble.drone_fails import when_flown
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.simulation.trouble.returns import turn_back
from dronesim.units import MS

LOSS: Final = "loss"


def _diverts(remedies: Remedies, drone: Drone) -> None:
    event = ScriptedEvent(kind=DIVERT.name, at_s=remedies.now_ms / MS, drone=drone.number)
    drone_diverts(remedies, event)


def _is_lost(remedies: Remedies, drone: Drone) -> None:
    drone.is_loss = True
    remedies.fail(drone)


_MEETS: Final[Mapping[str, Callable[[Remedies, Drone], None]]] = {
    RETURN.name: turn_back,
    DIVERT.name: _diverts,
    LOSS: _is_lost,
}


class Hazards:
    """Watches over flight-hours: whatever is to meet a drone does so in the flight in which they are reached."""

    def __init__(self, remedies: Remedies) -> None:
        self._remedies = remedies

    def watch(self, drone: Drone) -> None:
        """Let the next hazard meet a drone, if that is in one of the flights that it is to fly."""
        at_ms = when_flown(drone, drone.hazards[0][0]) if drone.hazards else None
        if at_ms is not None:
            self._remedies.scene.clock.call_at(at_ms, self._meet, drone)

    def _meet(self, event: Event) -> None:
        drone: Drone = event.value  # type: ignore[assignment]
        # its flights may have been edited since, or another call of this instant was first
        if drone.hazards and when_flown(drone, drone.hazards[0][0]) == self._remedies.now_ms:
            _, kind = drone.hazards.pop(0)
            _MEETS[kind](self._remedies, drone)
            self.watch(drone)

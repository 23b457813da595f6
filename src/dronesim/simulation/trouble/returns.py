"""A drone with a parcel turns back to its take-off point."""

from __future__ import annotations

from functools import partial
from typing import Final

from dronesim.record.incidents import COMES_HOME, LANDS, NOBODY_OUTBOUND, RETURN
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.kinds import DRONE, Trouble
from dronesim.simulation.trouble.remedies import Remedies


def drone_returns(remedies: Remedies, event: ScriptedEvent) -> None:
    """Let the drone that is named come home with its parcel, or the lowest-numbered one in the air with one."""
    carrying = [drone for drone, _ in remedies.carrying() if event.drone in {-1, drone.number}]
    if carrying:
        turn_back(remedies, carrying[0])
    else:
        remedies.scene.ledger.incident(remedies.now_ms, RETURN.name, NOBODY_OUTBOUND)


def turn_back(remedies: Remedies, drone: Drone) -> None:
    """Let a drone come home: with its parcel if it is on its way with one, else as it is booked."""
    sortie, now_ms = drone.sortie, remedies.now_ms
    if sortie is None or not sortie.is_carrying(now_ms) or sortie.site == sortie.origin:
        remedies.scene.ledger.incident(now_ms, RETURN.name, COMES_HOME, drone=drone.number)
    elif not sortie.is_bound(now_ms):
        remedies.scene.ledger.incident(now_ms, RETURN.name, LANDS, drone=drone.number)
    else:
        remedies.order(drone, sortie, partial(_turn_back, remedies, drone, sortie), cause=RETURN.name)


def _turn_back(remedies: Remedies, drone: Drone, sortie: Sortie) -> None:
    if not sortie.is_bound(remedies.now_ms) or sortie.site == sortie.origin:
        remedies.note(drone, sortie, RETURN.name, LANDS)
        return
    remedies.give_back(sortie)
    remedies.bring_home(drone, sortie, cause=RETURN.name)


DRONE_TURNS_BACK: Final = Trouble(
    incident=RETURN,
    meaning="a drone turns back with its parcel",
    keys=(DRONE,),
    strike=drone_returns,
)

"""The weather stops flying: nobody takes off, and drones in the air go on, return or land, as the scenario says."""

from __future__ import annotations

from functools import partial

from dronesim.record.incidents import STOPS, WEATHER
from dronesim.simulation.drone import Drone
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.weather import LAND, RETURN

KIND = WEATHER.name


def flying_stops(remedies: Remedies, *, why: str, aloft: str) -> None:
    """Let drones in the air do what the scenario says; what has not taken off is met like a change of wind."""
    remedies.scene.ledger.incident(remedies.now_ms, KIND, STOPS.format(why=why))
    if aloft == RETURN:
        _return_all(remedies)
    elif aloft == LAND:
        _land_all(remedies)


def _return_all(remedies: Remedies) -> None:
    """Lead drones with a parcel back to where they took off, who is nearest to its airport first; else they go on."""
    bound = [(drone, sortie) for drone, sortie in remedies.out() if sortie.is_bound(remedies.now_ms)]
    bound.sort(key=lambda drone_sortie: drone_sortie[1].out.arrived_ms)
    if bound:
        remedies.revoke_on_ground()
    for drone, sortie in bound:
        if drone.sortie is sortie and not sortie.is_diverted:
            remedies.when_heard(drone, sortie, partial(_return, remedies, drone, sortie))


def _return(remedies: Remedies, drone: Drone, sortie: Sortie) -> None:
    if sortie.is_bound(remedies.now_ms) and not sortie.is_diverted:
        remedies.give_back(sortie)
        remedies.bring_home(drone, sortie, cause=KIND)


def _land_all(remedies: Remedies) -> None:
    """Bring down where they are those in the air that do not sink to a pad already."""
    for drone, sortie in remedies.out():
        remedies.when_heard(drone, sortie, partial(_land, remedies, drone, sortie))


def _land(remedies: Remedies, drone: Drone, sortie: Sortie) -> None:
    flight = sortie.flown(remedies.now_ms)
    if flight is not None and not flight.is_committed(remedies.now_ms):
        remedies.land_safely(drone, cause=KIND)

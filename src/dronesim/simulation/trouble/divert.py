"""A drone with a parcel can't go to its airport: it lands elsewhere or returns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from dronesim.record.incidents import DIVERT, LANDS, NOBODY_OUTBOUND
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.kinds import AIRPORT, DRONE, Trouble
from dronesim.simulation.trouble.remedies import Remedies


def drone_diverts(remedies: Remedies, event: ScriptedEvent) -> None:
    """Divert the drone that is named, or the first one that is bound for the airport, or for any."""
    scene = remedies.scene
    site = None if event.airport == -1 else scene.network.airport_site(event.airport)
    outbound = [
        (drone, sortie)
        for drone, sortie in remedies.carrying()
        if event.drone in {-1, drone.number} and not sortie.is_diverted and (site is None or sortie.site == site)
    ]
    bound = [(drone, sortie) for drone, sortie in outbound if sortie.is_bound(remedies.now_ms)]
    if not bound:
        scene.ledger.incident(remedies.now_ms, DIVERT.name, LANDS if outbound else NOBODY_OUTBOUND)
        return
    drone, sortie = bound[0]
    remedies.order(drone, sortie, partial(_divert, remedies, drone, sortie), cause=DIVERT.name)


def _divert(remedies: Remedies, drone: Drone, sortie: Sortie) -> None:
    if not sortie.is_bound(remedies.now_ms):
        remedies.note(drone, sortie, DIVERT.name, LANDS)
        return
    remedies.give_back(sortie)
    remedies.redirect(drone, sortie, cause=DIVERT.name)


BOUND_FOR: Final = replace(
    AIRPORT, is_required=False, text="id of the airport it was bound for; absent: any", source="a choice"
)
DRONE_DIVERTS: Final = Trouble(
    incident=DIVERT,
    meaning="a drone leaves its way for the next airport",
    keys=(DRONE, BOUND_FOR),
    strike=drone_diverts,
)

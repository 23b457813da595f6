"""A drone with a parcel can't go to its airport: it lands elsewhere or returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import DIVERT, NOBODY_OUTBOUND
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import AIRPORT, DRONE, Trouble
from dronesim.simulation.trouble.remedies import Remedies


def drone_diverts(remedies: Remedies, event: ScriptedEvent) -> None:
    """Divert the drone that is named, or the first one that is bound for the airport, or for any."""
    scene = remedies.scene
    site = None if event.airport == -1 else scene.network.airport_site(event.airport)
    bound = [
        (drone, sortie)
        for drone, sortie in remedies.carrying(site)
        if event.drone in {-1, drone.number} and not sortie.is_diverted
    ]
    if not bound:
        scene.ledger.incident(remedies.now_ms, DIVERT.name, NOBODY_OUTBOUND)
        return
    drone, sortie = bound[0]
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

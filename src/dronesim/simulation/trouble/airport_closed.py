"""An airport closes for a while: what stands or sinks there stays, what is bound for it holds, diverts or returns."""

from __future__ import annotations

from functools import partial
from typing import Final

from dronesim.record.incidents import AIRPORT_CLOSED, CLOSED, STAYS
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.kinds import AIRPORT, MINUTES, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms


def airport_closes(remedies: Remedies, event: ScriptedEvent) -> None:
    """Close an airport from now on for ``duration_s``."""
    scene, now_ms = remedies.scene, remedies.now_ms
    site = scene.network.airport_site(event.airport)
    scene.ledger.incident(now_ms, AIRPORT_CLOSED.name, CLOSED, site=remedies.sites[site])
    scene.boards.close_airport(event.airport, now_ms + to_ms(event.duration_s), cause=AIRPORT_CLOSED.name)
    scene.boards.keep_at(event.airport, now_ms + to_ms(event.duration_s))
    until_ms = scene.boards.closed_until_ms[event.airport]
    remedies.revoke_bound_for(event.airport)
    to_come = remedies.bound_for(site)
    bound = [(drone, sortie) for drone, sortie in to_come if remedies.is_reached(sortie)]
    for _, sortie in bound:
        remedies.give_back(sortie)
    for drone, sortie in remedies.stopping_at(site):
        remedies.stay(drone, sortie, until_ms, cause=AIRPORT_CLOSED.name, action=STAYS)
    for drone, sortie in bound:
        # one that had to land anew for a drone that stays has come down, or is booked again
        if drone.sortie is sortie:
            remedies.give_back(sortie)
            remedies.redirect(drone, sortie, cause=AIRPORT_CLOSED.name, reopens_ms=until_ms)
    for drone, sortie in to_come:
        if (drone, sortie) not in bound and drone.sortie is sortie:
            remedies.order(
                drone, sortie, partial(_close_late, remedies, drone, sortie, event.airport), cause=AIRPORT_CLOSED.name
            )


def _close_late(remedies: Remedies, drone: Drone, sortie: Sortie, airport: int) -> None:
    """Keep a drone that was silent when its airport closed away from it, or on its pad, while it is still closed."""
    scene, now_ms = remedies.scene, remedies.now_ms
    site, until_ms = scene.network.airport_site(airport), scene.boards.closed_until_ms[airport]
    if until_ms <= now_ms or sortie.site != site:
        return
    if sortie.is_at_stop(now_ms):
        remedies.stay(drone, sortie, until_ms, cause=AIRPORT_CLOSED.name, action=STAYS)
    elif sortie.is_bound(now_ms):
        remedies.give_back(sortie)
        remedies.redirect(drone, sortie, cause=AIRPORT_CLOSED.name, reopens_ms=until_ms)


AIRPORT_CLOSES: Final = Trouble(
    incident=AIRPORT_CLOSED,
    meaning="an airport takes no drone for a while",
    keys=(MINUTES, AIRPORT),
    strike=airport_closes,
)

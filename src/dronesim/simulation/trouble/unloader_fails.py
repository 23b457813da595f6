"""An unloader fails: an airport has one less for a while, and drones bound for it land when there is one for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import UNIT_LESS, UNLOADER_FAILS
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import AIRPORT, MINUTES, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "unloader"


def unloader_fails(remedies: Remedies, event: ScriptedEvent) -> None:
    """Do without an unloader for ``duration_s``, from when one is free for so long.

    Who sinks to the airport already, or stands there, is unloaded first; who is on the way lands anew.
    """
    scene, now_ms, cause = remedies.scene, remedies.now_ms, UNLOADER_FAILS.name
    site = scene.network.airport_site(event.airport)
    scene.ledger.incident(now_ms, cause, UNIT_LESS, site=remedies.sites[site])
    remedies.revoke_bound_for(event.airport)
    # who does not hear keeps the unloader that it has been promised
    bound = [(drone, sortie) for drone, sortie in remedies.bound_for(site) if remedies.is_reached(sortie)]
    for _, sortie in bound:
        remedies.give_back(sortie)
    unloader, for_ms = scene.network.unloader(site), to_ms(event.duration_s)
    from_ms, until_ms = scene.network.lose_unit(unloader, now_ms, for_ms)
    scene.ledger.outage(WHAT, site, from_ms=from_ms, to_ms=until_ms, cause=cause)
    for drone, sortie in bound:
        # one that gave way to another meanwhile has come down, or is booked again
        if drone.sortie is sortie:
            remedies.give_back(sortie)
            remedies.land_anew(drone, sortie, cause=cause)


UNLOADER_BREAKS: Final = Trouble(
    incident=UNLOADER_FAILS,
    meaning="an airport has an unloader less for a while",
    keys=(replace(MINUTES, default=20.0), AIRPORT),
    strike=unloader_fails,
)

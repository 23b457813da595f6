"""A pickup cabinet jams: its boxes neither take nor give, as if it were full, and customers scan again after."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from dronesim.record.incidents import CABINET_JAMMED, JAMMED
from dronesim.simulation.drone import Drone
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.trouble.kinds import AIRPORT, MINUTES, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "cabinet"


def cabinet_jams(remedies: Remedies, event: ScriptedEvent) -> None:
    """Let a cabinet stand still for ``duration_s``.

    A drone that sinks to its airport, or stands there, is still unloaded; one on its way waits, or lands elsewhere.
    """
    scene, now_ms = remedies.scene, remedies.now_ms
    site, until_ms = scene.network.airport_site(event.airport), now_ms + to_ms(event.duration_s)
    scene.ledger.incident(now_ms, CABINET_JAMMED.name, JAMMED, site=remedies.sites[site])
    scene.ledger.outage(WHAT, site, from_ms=now_ms, to_ms=until_ms, cause=CABINET_JAMMED.name)
    remedies.cabinets.jam(event.airport, until_ms)
    remedies.revoke_bound_for(event.airport)
    to_come = remedies.bound_for(site)
    bound = [(drone, sortie) for drone, sortie in to_come if remedies.is_reached(sortie)]
    for _, sortie in bound:
        remedies.give_back(sortie)
    for drone, sortie in bound:
        # one that gave way to another meanwhile has come down, or is booked again
        if drone.sortie is sortie:
            _wait_or_divert(remedies, drone, sortie, event.airport)
    for drone, sortie in to_come:
        if (drone, sortie) not in bound and drone.sortie is sortie:
            remedies.order(
                drone,
                sortie,
                partial(_wait_or_divert, remedies, drone, sortie, event.airport),
                cause=CABINET_JAMMED.name,
            )


def _wait_or_divert(remedies: Remedies, drone: Drone, sortie: Sortie, airport: int) -> None:
    """Let a drone hold until the cabinet works again, or land elsewhere, if it is still on its way there then."""
    scene, now_ms = remedies.scene, remedies.now_ms
    reopens_ms = scene.boards.jammed_until_ms[airport]
    if reopens_ms > now_ms and sortie.is_bound(now_ms) and sortie.site == scene.network.airport_site(airport):
        remedies.give_back(sortie)
        remedies.redirect(drone, sortie, cause=CABINET_JAMMED.name, reopens_ms=reopens_ms)


CABINET_JAMS: Final = Trouble(
    incident=CABINET_JAMMED,
    meaning="a cabinet takes and gives nothing for a while",
    keys=(replace(MINUTES, default=15.0), AIRPORT),
    strike=cabinet_jams,
)

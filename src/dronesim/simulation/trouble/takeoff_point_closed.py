"""A take-off point is out for a while: nothing is loaded there and nobody departs; drones land there as ever."""

from __future__ import annotations

from typing import Final

from dronesim.record.incidents import CLOSED, TAKEOFF_POINT_CLOSED
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, TAKEOFF_POINT, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "takeoff_point"


def takeoff_point_closes(remedies: Remedies, event: ScriptedEvent) -> None:
    """Let nobody depart for ``duration_s``; who is loaded there, or is to be, books anew for when that is over."""
    scene, now_ms, site = remedies.scene, remedies.now_ms, event.takeoff_point
    until_ms = now_ms + to_ms(event.duration_s)
    scene.ledger.incident(now_ms, TAKEOFF_POINT_CLOSED.name, CLOSED, site=remedies.sites[site])
    scene.ledger.outage(WHAT, site, from_ms=now_ms, to_ms=until_ms, cause=TAKEOFF_POINT_CLOSED.name)
    scene.network.departs_from_ms[site] = max(until_ms, scene.network.departs_from_ms[site])
    remedies.revoke_from(site)


TAKEOFF_POINT_CLOSES: Final = Trouble(
    incident=TAKEOFF_POINT_CLOSED,
    meaning="nobody departs from a take-off point for a while",
    keys=(MINUTES, TAKEOFF_POINT),
    strike=takeoff_point_closes,
)

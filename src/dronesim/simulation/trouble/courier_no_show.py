"""A courier does not come to work: a take-off point has one less for a while, or all day."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import COURIER_NO_SHOW, UNIT_LESS
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, TAKEOFF_POINT, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import DAY, MINUTE, to_ms

WHAT: Final = "courier"


def courier_stays_away(remedies: Remedies, event: ScriptedEvent) -> None:
    """Do without the courier who is back first, from then on for ``duration_s``."""
    scene, now_ms, site = remedies.scene, remedies.now_ms, event.takeoff_point
    scene.ledger.incident(now_ms, COURIER_NO_SHOW.name, UNIT_LESS, site=remedies.sites[site])
    from_ms, until_ms = scene.couriers[site].miss(now_ms, to_ms(event.duration_s))
    scene.ledger.outage(WHAT, site, from_ms=from_ms, to_ms=until_ms, cause=COURIER_NO_SHOW.name)


COURIER_STAYS_AWAY: Final = Trouble(
    incident=COURIER_NO_SHOW,
    meaning="a take-off point has a courier less for a while",
    keys=(replace(MINUTES, default=DAY / MINUTE, text="how long, minutes; 1440: all day"), TAKEOFF_POINT),
    strike=courier_stays_away,
)

"""A charger fails: a take-off point has one less for a while; packs that are promised to it are charged first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import CHARGER_FAILS, UNIT_LESS
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, TAKEOFF_POINT, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "charger"


def charger_fails(remedies: Remedies, event: ScriptedEvent) -> None:
    """Do without the charger that is free first, from then on for ``duration_s``."""
    ledger, now_ms, site = remedies.scene.ledger, remedies.now_ms, event.takeoff_point
    ledger.incident(now_ms, CHARGER_FAILS.name, UNIT_LESS, site=remedies.sites[site])
    from_ms, until_ms = remedies.fleet.batteries.lose_charger(site, now_ms, to_ms(event.duration_s))
    ledger.outage(WHAT, site, from_ms=from_ms, to_ms=until_ms, cause=CHARGER_FAILS.name)


CHARGER_BREAKS: Final = Trouble(
    incident=CHARGER_FAILS,
    meaning="a take-off point has a charger less for a while",
    keys=(replace(MINUTES, default=240.0), TAKEOFF_POINT),
    strike=charger_fails,
)

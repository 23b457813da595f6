"""The position service is out for a while: drones drift off their paths, and miss their landings at airports."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import NO_POSITION, POSITION_OUTAGE
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, Trouble
from dronesim.simulation.trouble.link_loss import AREA
from dronesim.simulation.trouble.remedies import Remedies


def position_is_lost(remedies: Remedies, event: ScriptedEvent) -> None:
    """Write down that there is no position; who goes by that is known by the outages of the day."""
    tell_no_position(remedies, int(event.value("area")))


def tell_no_position(remedies: Remedies, area: int) -> None:
    """Write down that there is no position in an area."""
    action = NO_POSITION.format(name=remedies.position.name(area))
    remedies.scene.ledger.incident(remedies.now_ms, POSITION_OUTAGE.name, action)


POSITION_FAILS: Final = Trouble(
    incident=POSITION_OUTAGE,
    meaning="drones in an area, or everywhere, don't know where they are for a while",
    keys=(replace(MINUTES, default=10.0), AREA),
    strike=position_is_lost,
)

"""The cloud dispatcher is down for a while: drones in the air finish as booked, nobody departs, nothing is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import DISPATCHER_OUTAGE, DOWN_FOR_NOW
from dronesim.simulation.ledger import NETWORK
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "dispatcher"


def dispatcher_goes_down(remedies: Remedies, event: ScriptedEvent) -> None:
    """Decide nothing for ``duration_s``; orders whose drones have not departed join the queue again."""
    scene, now_ms = remedies.scene, remedies.now_ms
    until_ms = now_ms + to_ms(event.duration_s)
    scene.ledger.incident(now_ms, DISPATCHER_OUTAGE.name, DOWN_FOR_NOW)
    scene.ledger.outage(WHAT, NETWORK, from_ms=now_ms, to_ms=until_ms, cause=DISPATCHER_OUTAGE.name)
    scene.boards.rest(until_ms)
    remedies.revoke_on_ground()


DISPATCHER_GOES_DOWN: Final = Trouble(
    incident=DISPATCHER_OUTAGE,
    meaning="the cloud dispatcher decides nothing for a while",
    keys=(replace(MINUTES, default=5.0),),
    strike=dispatcher_goes_down,
)

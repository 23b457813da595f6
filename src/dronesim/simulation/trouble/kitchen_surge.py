"""Kitchens are overrun: orders placed meanwhile take longer than anybody expects of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dronesim.record.incidents import KITCHEN_SURGE, SLOWER
from dronesim.simulation.ledger import NETWORK
from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.kinds import MINUTES, Key, Trouble
from dronesim.simulation.trouble.remedies import Remedies
from dronesim.units import to_ms

WHAT: Final = "kitchen"


def kitchens_surge(remedies: Remedies, event: ScriptedEvent) -> None:
    """Write down that kitchens are overrun; what they take is settled when the scene is set, see ``set_scene``."""
    ledger, now_ms = remedies.scene.ledger, remedies.now_ms
    ledger.incident(now_ms, KITCHEN_SURGE.name, SLOWER)
    ledger.outage(WHAT, NETWORK, from_ms=now_ms, to_ms=now_ms + to_ms(event.duration_s), cause=KITCHEN_SURGE.name)


FACTOR: Final = Key(
    name="factor",
    text="preparation times are so many times what they would be",
    default=2.0,
    source="E, assumption",
    at_least=1.0,
    at_most=20.0,
    unit="factor",
)
MERCHANT: Final = Key(
    name="merchant",
    holds="merchant",
    text="id of the merchant; absent: all",
    source="a choice",
)
KITCHENS_SURGE: Final = Trouble(
    incident=KITCHEN_SURGE,
    meaning="kitchens take longer for orders placed meanwhile",
    keys=(replace(MINUTES, default=60.0), FACTOR, MERCHANT),
    strike=kitchens_surge,
)

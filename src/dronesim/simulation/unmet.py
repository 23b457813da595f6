"""Stated events that met nobody: no drone was where they look for one, or the day was over before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from dronesim.record.incidents import NOBODY
from dronesim.record.trouble_facts import UnmetFacts
from dronesim.simulation.book import NEVER
from dronesim.simulation.ledger import Ledger
from dronesim.simulation.rules import ScriptedEvent
from dronesim.units import to_ms

DAY_OVER: Final = "the day was over"


def unmet_events(events: Sequence[ScriptedEvent], ledger: Ledger, *, closed_ms: int) -> tuple[UnmetFacts, ...]:
    """List them in order of time, each with the words of its incident."""
    nobody: dict[tuple[int, str], Counter[str]] = {}
    told = {(incident.at_ms, incident.kind) for incident in ledger.incidents}
    for incident in ledger.incidents:
        if incident.drone == NEVER and incident.action.startswith(NOBODY):
            nobody.setdefault((incident.at_ms, incident.kind), Counter())[incident.action.removeprefix(NOBODY)] += 1
    found = list[UnmetFacts]()
    for event in sorted(events, key=lambda event: event.at_s):
        at_ms = to_ms(event.at_s)
        if at_ms >= closed_ms and (at_ms, event.kind) not in told:
            found.append(UnmetFacts(kind=event.kind, at_s=event.at_s, why=DAY_OVER))
            continue
        words = nobody.get((at_ms, event.kind), Counter())
        why = next(iter(words.elements()), None)
        if why is not None:
            words[why] -= 1
            found.append(UnmetFacts(kind=event.kind, at_s=event.at_s, why=why))
    return tuple(found)

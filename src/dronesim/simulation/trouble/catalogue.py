"""The troubles that a scenario may state, a row each: what they are called, and what strikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from dronesim.simulation.rules import ScriptedEvent
from dronesim.simulation.trouble.airport_closed import airport_closes
from dronesim.simulation.trouble.divert import drone_diverts
from dronesim.simulation.trouble.drone_fails import drone_fails
from dronesim.simulation.trouble.remedies import Remedies

Strike: TypeAlias = Callable[[Remedies, ScriptedEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A kind of trouble; ``strike`` is called when one comes, with the remedies and what the scenario says of it."""

    kind: str
    strike: Strike


TROUBLES: Final[dict[str, Trouble]] = {}


def register(trouble: Trouble) -> None:
    """Add a kind of trouble to those that a scenario may state."""
    TROUBLES[trouble.kind] = trouble


register(Trouble(kind="airport_closed", strike=airport_closes))
register(Trouble(kind="drone_fails", strike=drone_fails))
register(Trouble(kind="divert", strike=drone_diverts))

"""The troubles that a scenario may state, by what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dronesim.record import incidents
from dronesim.simulation.trouble.airport_closed import AIRPORT_CLOSES
from dronesim.simulation.trouble.divert import DRONE_DIVERTS
from dronesim.simulation.trouble.drone_fails import DRONE_FAILS_ALOFT
from dronesim.simulation.trouble.kinds import Trouble
from dronesim.simulation.trouble.link_loss import LINK_FAILS

_TROUBLES: Final[dict[str, Trouble]] = {}

TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(_TROUBLES)
"""Every trouble that is known, by kind; scenario, template, schema, messages and engine go by it."""


def register(trouble: Trouble) -> Trouble:
    """Make a trouble known, and its words with it.

    Raises
    ------
    ValueError
        There is another trouble, or another kind of incident, of that name.
    """
    incidents.register(trouble.incident)
    if _TROUBLES.setdefault(trouble.kind, trouble) != trouble:
        raise ValueError(f"trouble {trouble.kind} is there already, and is another")
    return trouble


register(AIRPORT_CLOSES)
register(DRONE_FAILS_ALOFT)
register(DRONE_DIVERTS)
register(LINK_FAILS)

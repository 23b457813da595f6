"""The troubles that a scenario may state, by what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dronesim.record import incidents
from dronesim.simulation.trouble.airport_closed import AIRPORT_CLOSES
from dronesim.simulation.trouble.cabinet_jammed import CABINET_JAMS
from dronesim.simulation.trouble.charger_fails import CHARGER_BREAKS
from dronesim.simulation.trouble.courier_no_show import COURIER_STAYS_AWAY
from dronesim.simulation.trouble.dispatcher_outage import DISPATCHER_GOES_DOWN
from dronesim.simulation.trouble.divert import DRONE_DIVERTS
from dronesim.simulation.trouble.drone_fails import DRONE_FAILS_ALOFT
from dronesim.simulation.trouble.kinds import Trouble
from dronesim.simulation.trouble.kitchen_surge import KITCHENS_SURGE
from dronesim.simulation.trouble.link_loss import LINK_FAILS
from dronesim.simulation.trouble.position_outage import POSITION_FAILS
from dronesim.simulation.trouble.returns import DRONE_TURNS_BACK
from dronesim.simulation.trouble.takeoff_point_closed import TAKEOFF_POINT_CLOSES
from dronesim.simulation.trouble.unloader_fails import UNLOADER_BREAKS

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
register(POSITION_FAILS)
register(DRONE_TURNS_BACK)
register(TAKEOFF_POINT_CLOSES)
register(CABINET_JAMS)
register(UNLOADER_BREAKS)
register(CHARGER_BREAKS)
register(COURIER_STAYS_AWAY)
register(KITCHENS_SURGE)
register(DISPATCHER_GOES_DOWN)

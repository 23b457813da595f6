"""What a day without position cost: drones that drifted beyond their bound, and landings that were missed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from dronesim.record.incidents import LANDS_ANEW, NO_POSITION, POSITION_OUTAGE
from dronesim.record.kpis import PositionKpis
from dronesim.record.tables import Columns


def position(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> PositionKpis | None:
    """Measure outages of the position service; None where it is never out.

    - ``outages`` and ``outage_s``: how many there were, and how long they lasted in all, up to the close;
    - ``strays``: how often drones without position were told to be beyond their track bound;
    - ``misses``: landings that were missed for want of it; ``go_arounds``: of these, that were made again by another
      pass.
    """
    told = facts.get("position")
    if told is None:
        return None
    incidents = tables["incidents"]
    actions = incidents["action"][incidents["kind"] == POSITION_OUTAGE.name].tolist()
    strays = sum(action.startswith(_STRAYS) for action in actions)
    begins = sum(action.startswith(_BEGINS) for action in actions)
    return PositionKpis(
        outages=len(told["outages"]),
        outage_s=math.fsum(outage["to_s"] - outage["from_s"] for outage in told["outages"]),
        strays=strays,
        misses=len(actions) - strays - begins,
        go_arounds=actions.count(LANDS_ANEW),
    )


_STRAYS: Final = "strays "
_BEGINS: Final = NO_POSITION.format(name="")

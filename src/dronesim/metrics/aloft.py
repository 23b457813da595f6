"""How long drones were aloft on each leg, however it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.statistics import Floats
from dronesim.record.columns import is_text
from dronesim.record.tables import Columns


def aloft_s(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> Floats:
    """Give the time aloft of each leg in seconds, ``(legs,)``, from departure on; 0 of one that never departed.

    It ends when the drone has landed; where it turned away, when its next leg begins; where it fell or came down
    somewhere, when the last thing that met it did so; and with the day for who is still in the air then.
    """
    legs = tables["legs"]
    end_s = np.where(is_text(legs, "outcome", "diverted"), _next_s(legs), legs["landed_s"])
    fell = is_text(legs, "outcome", "down", "lost")
    end_s = np.where(fell, _met_s(tables)[legs["leg"]], end_s) if fell.any() else end_s
    lasted_s: Floats = np.nan_to_num(end_s, nan=float(facts["horizon"]["closed_s"])) - legs["departed_s"]
    return np.maximum(np.nan_to_num(lasted_s, nan=0.0), 0.0)


def _next_s(legs: Columns) -> NDArray[Any]:
    """Tell when the drone of each leg departs on its next one; NaN for its last."""
    order = np.lexsort((legs["departed_s"], legs["drone"]))
    found = np.full(len(order), np.nan)
    is_same = legs["drone"][order][1:] == legs["drone"][order][:-1]
    found[order[:-1][is_same]] = legs["departed_s"][order[1:][is_same]]
    return found


def _met_s(tables: Mapping[str, Columns]) -> NDArray[Any]:
    """Tell when each leg met the last of its incidents, by its number; NaN for none."""
    incidents, found = tables["incidents"], np.full(len(tables["legs"]["leg"]), np.nan)
    known = incidents["leg"] >= 0
    np.fmax.at(found, incidents["leg"][known], incidents["time_s"][known])
    return found

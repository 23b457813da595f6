"""What lowers the ceiling beside kitchens, walks and flights: what no fleet could help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from dronesim.metrics.statistics import Flags, whole_ms
from dronesim.metrics.weather import waited_for_weather
from dronesim.record.columns import is_text
from dronesim.record.kpis import BARS
from dronesim.record.tables import Columns
from dronesim.units import MS

_OUTSTAYED: Final = ("weather", "wind", "zone")
"""What orders wait for that no fleet can shorten, and the ceiling counts."""


def barred(
    tables: Mapping[str, Columns], facts: Mapping[str, Any], *, column: str, limit_s: float
) -> dict[str, int] | None:
    """Count what barred the orders in range that are beyond the ceiling, each once; None where nothing did.

    Beyond the ceiling: without a time in its ``column``, or with one above ``limit_s``. An order counts as what it
    was refused or went by road for; else as weather, wind or zone, the first of these that it waited for. Closed
    airports lower the ceiling only where they lie in a no-fly zone, so only orders without a time count for them.
    """
    orders, top_s = tables["orders"], whole_ms(tables["orders"][column]) / MS
    left: Flags = orders["in_range"] & ~(top_s <= limit_s)
    if not left.any():
        return None
    found = dict[str, int]()
    ended = is_text(orders, "end_state", "refused", "ground")
    for bar, met in [(bar, ended & is_text(orders, "reason", bar)) for bar in BARS] + _waited(tables, facts):
        rows = left & met & (np.isnan(top_s) if bar == "airport_closed" else True)
        if rows.any():
            found[bar] = found.get(bar, 0) + int(rows.sum())
        left = left & ~rows
    return found or None


def _waited(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> list[tuple[str, Flags]]:
    """Tell which orders waited for each thing that no fleet can shorten, ``(orders,)``."""
    waits, found = tables["waits"], list[tuple[str, Flags]]()
    for bar in _OUTSTAYED:
        met = np.zeros(len(tables["orders"]["order"]), dtype=np.bool_)
        met[waits["order"][is_text(waits, "reason", bar)]] = True
        if bar == "weather":
            met[waited_for_weather(tables, facts)] = True
        found.append((bar, met))
    return found

"""What the weather took: how much of the opening hours drones might fly, and how many orders met its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dronesim.record.columns import is_text
from dronesim.record.kpis import WeatherKpis
from dronesim.record.tables import Columns


def weather(orders: Columns, waits: Columns, facts: Mapping[str, Any]) -> WeatherKpis | None:
    """Measure the no-go time of a day: None where more than the mean wind was not looked at.

    ``flyable_share``: of the opening hours, outside no-go times; ``stops``: no-go times that touch them;
    ``orders_waited``: orders with a wait for the weather; ``to_road``: those that went by road for it.
    """
    told = facts.get("weather")
    if told is None or not told["counts_all"]:
        return None
    opens_s, closes_s = float(facts["horizon"]["start_s"]), float(facts["horizon"]["end_s"])
    lasts_s = [
        max(min(_or(stop["to_s"], closes_s), closes_s) - max(_or(stop["from_s"], opens_s), opens_s), 0.0)
        for stop in told["stops"]
    ]
    waited = np.unique(waits["order"][is_text(waits, "reason", "weather")])
    by_road = is_text(orders, "end_state", "ground") & is_text(orders, "reason", "weather")
    no_go_s = float(sum(lasts_s))
    return WeatherKpis(
        flyable_share=1.0 - no_go_s / (closes_s - opens_s),
        no_go_s=no_go_s,
        stops=sum(length_s > 0 for length_s in lasts_s),
        orders_waited=len(waited),
        to_road=int(by_road.sum()),
    )


def _or(time_s: float | None, other_s: float) -> float:
    return other_s if time_s is None else float(time_s)

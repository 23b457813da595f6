"""What the weather took: how much of the opening hours drones might fly, and how many orders met its end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.statistics import Flags
from dronesim.record.columns import is_text
from dronesim.record.kpis import WeatherKpis
from dronesim.record.tables import Columns


def weather(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> WeatherKpis | None:
    """Measure the no-go time of a day: None where more than the mean wind was not looked at.

    ``flyable_share``: of the opening hours, outside no-go times; ``stops``: no-go times that touch them;
    ``orders_waited``: see `waited_for_weather`; ``to_road``: orders that went by road because no drone might fly, or
    with a rider who left in a no-go time.
    """
    told = facts.get("weather")
    if told is None or not told["counts_all"]:
        return None
    opens_s, closes_s = float(facts["horizon"]["start_s"]), float(facts["horizon"]["end_s"])
    lasts_s = [max(min(to_s, closes_s) - max(from_s, opens_s), 0.0) for from_s, to_s in _stops(facts)]
    no_go_s = float(sum(lasts_s))
    return WeatherKpis(
        flyable_share=1.0 - no_go_s / (closes_s - opens_s),
        no_go_s=no_go_s,
        stops=sum(length_s > 0 for length_s in lasts_s),
        orders_waited=len(waited_for_weather(tables, facts)),
        to_road=_to_road(tables, facts),
    )


def waited_for_weather(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> NDArray[Any]:
    """Number the orders that waited for the weather, or for a rider in a no-go time, as no drone might bring them.

    Parcels that are too heavy for any drone wait for riders in any weather, and are left out.
    """
    waits = tables["waits"]
    rows, order, stops = is_text(waits, "reason", "weather"), waits["order"], _stops(facts)
    if stops:
        by_rider = is_text(waits, "reason", "rider") & _is_light(tables["orders"], facts)[order]
        began_s, ended_s = waits["from_s"], waits["to_s"]
        for from_s, to_s in stops:
            rows = rows | (by_rider & (began_s < to_s) & (ended_s > from_s))
    found: NDArray[Any] = np.unique(order[rows])
    return found


def _to_road(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> int:
    orders, occupancy = tables["orders"], tables["occupancy"]
    rides = is_text(occupancy, "resource", "rider")
    holder, left_s, is_light = occupancy["holder"][rides], occupancy["from_s"][rides], _is_light(orders, facts)
    by_road = is_text(orders, "end_state", "ground") & is_text(orders, "reason", "weather")
    for from_s, to_s in _stops(facts):
        left = np.zeros(len(by_road), dtype=np.bool_)
        left[holder[(left_s >= from_s) & (left_s < to_s)]] = True
        by_road = by_road | (left & is_light)
    return int(by_road.sum())


def _is_light(orders: Columns, facts: Mapping[str, Any]) -> Flags:
    light: Flags = orders["mass_kg"] <= float(facts["aircraft"]["payload_kg"])
    return light


def _stops(facts: Mapping[str, Any]) -> list[tuple[float, float]]:
    """List the no-go times of all the weather; what began before the day, or ends after it, has no limit there."""
    told = facts.get("weather")
    if told is None or not told["counts_all"]:
        return []
    return [
        (-math.inf if stop["from_s"] is None else stop["from_s"], math.inf if stop["to_s"] is None else stop["to_s"])
        for stop in told["stops"]
    ]

"""What the day costs, in the currency of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.metrics.statistics import ratio
from dronesim.units import HOUR


def cost(facts: Mapping[str, Any], *, swaps: int, energy_wh: float, delivered: int) -> dict[str, Any]:
    """Add up the day's costs.

    ``items``: owned drones (spares too) x drone_per_day, sites (take-off points and airports) x site_per_day,
    couriers x opening hours x courier_per_hour, pilots x opening hours x pilot_per_hour, swaps x pack_cycle,
    kWh of all legs x energy_per_kwh. ``per_order`` = total / delivered orders, None if none was delivered.
    """
    prices, sites = facts["prices"], facts["sites"]
    open_h = (facts["horizon"]["end_s"] - facts["horizon"]["start_s"]) / HOUR
    couriers = sum(facts["couriers"]["count"].values())
    items = {
        "drones": facts["fleet"]["owned"] * prices["drone_per_day"],
        "sites": (len(sites["takeoff_points"]) + len(sites["airports"])) * prices["site_per_day"],
        "couriers": couriers * open_h * prices["courier_per_hour"],
        "pilots": facts["pilots"]["count"] * open_h * prices["pilot_per_hour"],
        "packs": swaps * prices["pack_cycle"],
        "energy": energy_wh / 1000.0 * prices["energy_per_kwh"],
    }
    total = float(sum(items.values()))
    return {
        "per_order": ratio(total, delivered),
        "total": total,
        "currency": str(prices["currency"]),
        "items": {name: float(amount) for name, amount in items.items()},
    }

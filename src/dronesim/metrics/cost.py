"""What the day costs, in the currency of the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dronesim.metrics.statistics import ratio
from dronesim.units import HOUR


def cost(facts: Mapping[str, Any], *, swaps: int, energy_wh: float, delivered: int) -> dict[str, Any]:
    """Add up the day's costs: what the network holds, and what its flights use up.

    ``items``: owned drones (spares too), chargers, pads, boxes and sites (take-off points and airports), each times
    its price a day; couriers, loaders, unloaders and pilots x opening hours x their price an hour; packs, those of
    drones and spares too, x pack_per_day, with swaps x pack_cycle; kWh of all legs x energy_per_kwh.
    ``per_order`` = total / delivered orders, None if none was delivered.
    """
    prices = facts["prices"]
    items = {
        **_things(facts),
        **_crews(facts),
        "packs": facts["batteries"]["packs"] * prices["pack_per_day"] + swaps * prices["pack_cycle"],
        "energy": energy_wh / 1000.0 * prices["energy_per_kwh"],
    }
    total = float(sum(items.values()))
    return {
        "per_order": ratio(total, delivered),
        "total": total,
        "currency": str(prices["currency"]),
        "items": {name: float(amount) for name, amount in items.items()},
    }


def _things(facts: Mapping[str, Any]) -> dict[str, float]:
    """Give what costs by the day."""
    prices = facts["prices"]
    homes, airports = ([site["id"] for site in facts["sites"][kind]] for kind in ("takeoff_points", "airports"))
    home_pads, airport_pads = _held(facts, "pad", homes), _held(facts, "pad", airports)
    return {
        "drones": facts["fleet"]["owned"] * prices["drone_per_day"],
        "sites": (len(homes) + len(airports)) * prices["site_per_day"],
        "pads": home_pads * prices["takeoff_pad_per_day"] + airport_pads * prices["airport_pad_per_day"],
        "boxes": _held(facts, "box") * prices["box_per_day"],
        "chargers": _held(facts, "charger") * prices["charger_per_day"],
    }


def _crews(facts: Mapping[str, Any]) -> dict[str, float]:
    """Give what costs by the opening hour."""
    prices = facts["prices"]
    open_h = (facts["horizon"]["end_s"] - facts["horizon"]["start_s"]) / HOUR
    crews = {
        "couriers": sum(facts["couriers"]["count"].values()) * prices["courier_per_hour"],
        "loaders": _held(facts, "loader") * prices["loader_per_hour"],
        "unloaders": _held(facts, "unloader") * prices["unloader_per_hour"],
        "pilots": facts["pilots"]["count"] * prices["pilot_per_hour"],
    }
    return {name: open_h * amount for name, amount in crews.items()}


def _held(facts: Mapping[str, Any], resource: str, sites: Iterable[str] | None = None) -> int:
    """Count the units of a resource at some sites; at all of them if none are named."""
    units = facts["capacity"][resource]
    return sum(units[site] for site in (units if sites is None else sites))

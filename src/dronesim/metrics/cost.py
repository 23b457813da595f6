"""What the day costs, in the currency of the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dronesim.metrics.staffing import shifts_at, staffed_s
from dronesim.metrics.statistics import ratio
from dronesim.record.kpis import CostKpis, EnergyKpis
from dronesim.record.resources import AIRPORT, ITEMS, NETWORK, RESOURCES, TAKEOFF_POINT, Resource
from dronesim.units import HOUR


def cost(facts: Mapping[str, Any], *, used: EnergyKpis, delivered: int, rides: int = 0) -> CostKpis:
    """Add up the day's costs: what the network holds, and what its flights use up.

    ``items``: owned drones (spares too), chargers, pads, boxes and sites (take-off points and airports), each times
    its price a day; couriers, loaders, unloaders and pilots x opening hours, or the hours of their shifts, x their
    price an hour; packs, those of drones and spares too, x pack_per_day, with equivalent full cycles x
    pack_cycle; kWh of all legs x energy_per_kwh;
    ``rides``, trips of riders, x rider_per_order.
    ``per_order`` = total / delivered orders, None if none was delivered.
    """
    prices = facts["prices"]
    items = dict.fromkeys(ITEMS, 0.0)
    for item, amount in _held(facts):
        items[item] += amount
    items["sites"] += len([*_ids(facts, TAKEOFF_POINT), *_ids(facts, AIRPORT)]) * prices["site_per_day"]
    items["packs"] += used.full_cycles * prices["pack_cycle"]
    items["riders"] += rides * prices["rider_per_order"]
    items["energy"] += used.total_wh / 1000.0 * prices["energy_per_kwh"]
    total = float(sum(items.values()))
    return CostKpis(
        per_order=ratio(total, delivered),
        total=total,
        currency=str(prices["currency"]),
        items={name: float(amount) for name, amount in items.items()},
    )


def _held(facts: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Give heading and cost of each resource: by the day, or by the opening hour."""
    open_h = (facts["horizon"]["end_s"] - facts["horizon"]["start_s"]) / HOUR
    for resource in RESOURCES:
        if resource.item is not None:
            price, counts = facts["prices"][resource.price], _counts(facts, resource)
            shifts = shifts_at(facts, resource.name) if resource.is_hourly else {}
            amount = sum(count for site, count in counts.items() if site not in shifts) * price
            yield resource.item, open_h * amount if resource.is_hourly else amount
            for steps in shifts.values():
                yield resource.item, staffed_s(steps) / HOUR * price


def _counts(facts: Mapping[str, Any], resource: Resource) -> Mapping[str, int]:
    """Count a resource by site, or in the network."""
    if resource.in_facts is None:
        units = facts["capacity"][resource.calendar]
        return {site: units[site] for site in _ids(facts, resource.site)}
    table, _, key = resource.in_facts.partition(".")
    found = facts[table][key]
    return found if isinstance(found, Mapping) else {NETWORK: int(found)}


def _ids(facts: Mapping[str, Any], site: str) -> Iterator[str]:
    """Name the sites of a kind."""
    return (place["id"] for place in facts["sites"][f"{site}s"])

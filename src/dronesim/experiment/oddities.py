"""What is legal and odd, a row a rule: a value, what is usual, and what to do; one line a rule, however many places.

To add one, add a row to ``USUAL`` (a key of the scenario) or to ``MEASURED`` (what comes out of map and day).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.experiment.compose import Setting
from dronesim.letters import counted
from dronesim.scenario import Scenario
from dronesim.scenario.fields import seconds_of_day
from dronesim.simulation import SimulationInputs
from dronesim.units import MINUTE
from dronesim.wall import offset_of

MOST_NAMED: Final = 3
"""So many places of a rule are named; the rest is counted."""
Place = tuple[str, float]
"""Where a value was found, and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """A key and the range in which its value lies as a rule, ends included; 0 is left alone where it means none."""

    key: str
    low: float
    high: float
    unit: str
    remedy: str
    zero_is_none: bool = False

    def places(self, setting: Setting, _inputs: SimulationInputs) -> Iterator[Place]:
        """Give the value, or each of a list or a table by site."""
        for name, value in _values(self.key, _stated(setting.scenario, self.key)):
            if not (self.zero_is_none and value == 0):
                yield name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What comes out of map, keys and day together, with its usual range; ``what`` says what a value is."""

    what: str
    find: Callable[[Setting, SimulationInputs], Iterable[Place]]
    low: float
    high: float
    unit: str
    remedy: str

    def places(self, setting: Setting, inputs: SimulationInputs) -> Iterator[Place]:
        """Give each value, named by where it is found."""
        yield from self.find(setting, inputs)


Rule = Usual | Measured


def odd(setting: Setting, inputs: SimulationInputs) -> list[str]:
    """Word what lies outside its usual range, a line a rule."""
    return [text for rule in (*USUAL, *MEASURED) for text in _told(rule, list(rule.places(setting, inputs)))]


def odd_values(tried: Mapping[str, Sequence[object]]) -> list[str]:
    """Word which values that are to be tried of a key lie outside its usual range, a line a key."""
    found = []
    for rule in USUAL:
        values = [value for value in tried.get(rule.key, ()) if isinstance(value, int | float)]
        places = [(rule.key, float(value)) for value in values if not (rule.zero_is_none and value == 0)]
        found += _told(rule, places)
    return found


def _told(rule: Rule, places: Sequence[Place]) -> list[str]:
    found = [(name, value) for name, value in places if not rule.low <= value <= rule.high]
    if not found:
        return []
    shown = ", ".join(f"{name}{_is(rule)}{_number(value)} {rule.unit}".rstrip() for name, value in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    what = f"{rule.what}: " if isinstance(rule, Measured) else ""
    return [f"{what}{shown}{more}; usual {_range(rule)}: {rule.remedy}"]


def _is(rule: Rule) -> str:
    return " = " if isinstance(rule, Usual) else " "


def _range(rule: Rule) -> str:
    low, high = _number(rule.low), _number(rule.high)
    if math.isinf(rule.high):
        return f"is at least {low} {rule.unit}".rstrip()
    if rule.low <= 0:
        return f"is at most {high} {rule.unit}".rstrip()
    return f"is {low} to {high} {rule.unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _stated(scenario: Scenario, key: str) -> Any:
    """Give what stands under a dotted key; None where a variant has no such key."""
    found: Any = scenario
    for part in key.split("."):
        found = getattr(found, part, None)
    return found


def _values(key: str, value: Any) -> Iterator[Place]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _values(f"{key}.{name}", each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _values(key, each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, float(value)


def _work(key: str, high: float) -> Usual:
    """Seconds of handling: below one of them a minute or an hour was meant, above ``high`` a millisecond or a slip."""
    remedy = "state seconds, not minutes; 0 leaves it out"
    return Usual(key=key, low=3.0, high=high, unit="s", remedy=remedy, zero_is_none=True)


USUAL: Final = (
    Usual(key="service.radius_m", low=300.0, high=50_000.0, unit="m", remedy="state metres, not kilometres"),
    Usual(key="service.limit_min", low=3.0, high=240.0, unit="min", remedy="state minutes, not seconds"),
    Usual(key="service.target", low=0.3, high=1.0, unit="", remedy="state a share, as 0.95"),
    Usual(
        key="couriers.walk_mps",
        low=0.5,
        high=3.0,
        unit="m/s",
        remedy="people walk at 1.1 to 1.5 m/s; state m/s, not km/h, or a bicycle's speed if that is meant",
    ),
    Usual(key="couriers.road_mps", low=1.0, high=20.0, unit="m/s", remedy="state m/s, not km/h"),
    Usual(key="riders.road_mps", low=1.0, high=20.0, unit="m/s", remedy="state m/s, not km/h"),
    Usual(key="couriers.detour", low=1.0, high=3.0, unit="", remedy="it is the way over the straight line"),
    Usual(key="couriers.road_detour", low=1.0, high=3.0, unit="", remedy="it is the way over the straight line"),
    _work("couriers.handling_s", 900.0),
    _work("couriers.boxing_s", 900.0),
    _work("takeoff_points.load_s", 900.0),
    _work("takeoff_points.clear_s", 900.0),
    _work("airports.unload_s", 900.0),
    _work("batteries.swap_s", 1800.0),
    Usual(key="airports.hold_limit_min", low=5.0, high=1440.0, unit="min", remedy="state minutes, not hours"),
    Usual(
        key="airspace.levels_m",
        low=20.0,
        high=120.0,
        unit="m",
        remedy="most rules let drones fly at most 120 m above the ground without a permit of its own; state metres",
    ),
    Usual(key="airspace.separation_m", low=5.0, high=500.0, unit="m", remedy="state metres", zero_is_none=True),
    Usual(key="drone.cruise_mps", low=3.0, high=45.0, unit="m/s", remedy="state m/s, not km/h"),
    Usual(key="drone.pack_wh", low=20.0, high=5000.0, unit="Wh", remedy="state watt-hours, not kilowatt- or ampere-"),
    Usual(key="drone.payload_kg", low=0.2, high=30.0, unit="kg", remedy="state kilograms, not grams"),
    Usual(key="demand.mass.median_kg", low=0.05, high=10.0, unit="kg", remedy="state kilograms, not grams"),
    Usual(
        key="kitchens.preparation.mean_min",
        low=0.5,
        high=90.0,
        unit="min",
        remedy="state minutes, not seconds",
        zero_is_none=True,
    ),
    Usual(key="customers.collection.median_min", low=0.1, high=240.0, unit="min", remedy="state minutes, not seconds"),
    Usual(key="customers.no_show_share", low=0.0, high=0.3, unit="", remedy="state a share, as 0.01"),
    Usual(key="customers.bad_scan_share", low=0.0, high=0.3, unit="", remedy="state a share, as 0.02"),
    Usual(key="batteries.charge_c", low=0.1, high=6.0, unit="1/h", remedy="it is the share of a pack charged an hour"),
)
"""Keys in the order in which they are told."""


def _coverage(_setting: Setting, inputs: SimulationInputs) -> list[Place]:
    orders = inputs.orders
    if not len(orders):
        return []
    share = float(np.mean(orders.distance_m <= inputs.rules.service.radius_m))
    return [(f"service.radius_m = {inputs.rules.service.radius_m:g} m gives", 100 * share)]


def _far_airports(setting: Setting, _inputs: SimulationInputs) -> list[Place]:
    world = setting.world
    gaps = world.airports.xy[:, None, :] - world.takeoff_points.xy[None, :, :]
    away_km = np.min(np.hypot(gaps[..., 0], gaps[..., 1]), axis=1, initial=math.inf) / 1000
    return list(zip(world.airports.ids, away_km.tolist(), strict=True))


def _far_merchants(setting: Setting, _inputs: SimulationInputs) -> list[Place]:
    world = setting.world
    gaps = world.merchants.xy - world.takeoff_points.xy[world.merchant_takeoff_point]
    return list(zip(world.merchants.ids, (np.hypot(gaps[:, 0], gaps[:, 1]) / 1000).tolist(), strict=True))


def _far_communities(setting: Setting, _inputs: SimulationInputs) -> list[Place]:
    world = setting.world
    gaps = world.communities.xy - world.airports.xy[world.community_airport]
    return list(zip(world.communities.ids, (np.hypot(gaps[:, 0], gaps[:, 1]) / 1000).tolist(), strict=True))


def _drones_an_order(_setting: Setting, inputs: SimulationInputs) -> list[Place]:
    drones, orders = sum(inputs.rules.fleet.drones), len(inputs.orders)
    return [(f"{counted(drones, 'drone')} for {counted(orders, 'order')},", drones / orders)] if orders else []


def _long_kitchens(_setting: Setting, inputs: SimulationInputs) -> list[Place]:
    orders = inputs.orders
    taken_min = orders.preparation_s / MINUTE
    longest = np.argsort(-taken_min, kind="stable")
    return [(orders.order_id[place] or f"order {place}", float(taken_min[place])) for place in longest.tolist()]


def _latitude(setting: Setting, _inputs: SimulationInputs) -> list[Place]:
    lon, lat = setting.world.origin_lonlat
    # in polar seas nobody orders; where both fit as a latitude, the two may have changed places
    return [("latitude", abs(lat))] if abs(lon) <= _POLAR else []


def _zone_hours(setting: Setting, _inputs: SimulationInputs) -> list[Place]:
    """Compare the clock's time zone with the sun's at the map: a map on the wrong side of the Earth is far off."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    horizon = setting.scenario.horizon
    if horizon.zone is None:
        return []
    opening = datetime.fromisoformat(horizon.date or "2026-01-01") + timedelta(seconds=seconds_of_day(horizon.start))
    offset = offset_of(opening, ZoneInfo(horizon.zone))
    gap_h = offset.total_seconds() / 3600 - setting.world.origin_lonlat[0] / 15
    return [(f"horizon.zone = {horizon.zone}", abs((gap_h + 12) % 24 - 12))]


_POLAR: Final = 72.0


MEASURED: Final = (
    Measured(
        what="coverage, the share of orders in range",
        find=_coverage,
        low=10.0,
        high=100.0,
        unit="%",
        remedy="widen service.radius_m, in metres, or see where airports lie",
    ),
    Measured(
        what="airports far from every take-off point",
        find=_far_airports,
        low=0.0,
        high=20.0,
        unit="km",
        remedy="see the coordinates, longitude first; a pack lasts for both ways of few such flights",
    ),
    Measured(
        what="merchants far from their take-off points",
        find=_far_merchants,
        low=0.0,
        high=2.0,
        unit="km",
        remedy="couriers walk there; see the coordinates, name another takeoff_point, or raise couriers.walk_mps",
    ),
    Measured(
        what="communities far from their airports",
        find=_far_communities,
        low=0.0,
        high=2.0,
        unit="km",
        remedy="people walk there; see the coordinates, or name another airport",
    ),
    Measured(
        what="more drones than orders",
        find=_drones_an_order,
        low=0.0,
        high=1.0,
        unit="an order",
        remedy="see fleet.drones and demand.orders",
    ),
    Measured(
        what="a long tail in kitchens",
        find=_long_kitchens,
        low=0.0,
        high=120.0,
        unit="min",
        remedy="orders for a later hour? see kitchens.preparation, or the trace's column preparation_min",
    ),
    Measured(
        what="the map lies near a pole",
        find=_latitude,
        low=0.0,
        high=_POLAR,
        unit="degrees",
        remedy="latitude and longitude may be swapped: longitude comes first",
    ),
    Measured(
        what="clock and sun disagree",
        find=_zone_hours,
        low=0.0,
        high=4.0,
        unit="h",
        remedy="is the map's longitude right, and horizon.zone that of the place?",
    ),
)
"""What is measured, in the order in which it is told."""

"""One more of each resource: how a scenario is varied to see what that brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dronesim.experiment.compose import Setting
from dronesim.experiment.factors import setting
from dronesim.scenario import Scenario
from dronesim.scenario.dump import toml_value
from dronesim.simulation.rules import Rules
from dronesim.units import HOUR

LOOSER: Final = 0.8
"""Looser separation and headways are so much of the scenario's."""
SOONER_MIN: Final = 0.5
"""Kitchens that are faster are so many minutes faster on average."""
MOST_LEVELS: Final = 20
HIGHEST_M: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """One variation: the ``units`` it adds in all, what one costs a day, and how it is set.

    ``stage``: where waiting for the resource would show; ``resource``: its name in the occupancy table;
    ``is_rule``: it is no thing to buy but a rule or a habit to change, and has no price (None).
    """

    name: str
    settings: tuple[str, ...]
    units: int = 1
    price_per_day: float | None = None
    stage: str | None = None
    resource: str | None = None
    is_rule: bool = False


def pinned(setting_up: Setting) -> tuple[str, ...]:
    """State what a scenario would let grow with its fleet, so that one more drone brings nothing else along."""
    rules, homes = setting_up.resolved.rules, setting_up.world.takeoff_points.ids
    return (
        _by_site("fleet.drones", homes, rules.fleet.drones, more=0),
        _by_site("batteries.packs", homes, rules.batteries.packs, more=0),
        _by_site("batteries.chargers", homes, rules.batteries.chargers, more=0),
        setting("pilots.count", rules.pilots.count),
    )


def variations(setting_up: Setting) -> list[OneMore]:
    """List one more of everything that a network has: at each of its sites where it belongs to sites."""
    return [*_at_takeoff_points(setting_up), *_at_airports(setting_up), *_of_the_network(setting_up)]


def prices_per_day(rules: Rules) -> dict[str, float]:
    """Give what one more of each resource costs a day of opening; a drone comes with the pack in it."""
    prices, open_h = rules.prices, (rules.horizon.end_s - rules.horizon.start_s) / HOUR
    return {
        "drone": prices.drone_per_day + prices.pack_per_day,
        "pack": prices.pack_per_day,
        "charger": prices.charger_per_day,
        "courier": prices.courier_per_hour * open_h,
        "loader": prices.loader_per_hour * open_h,
        "take-off pad": prices.takeoff_pad_per_day,
        "airport pad": prices.airport_pad_per_day,
        "unloader": prices.unloader_per_hour * open_h,
        "box": prices.box_per_day,
        "pilot": prices.pilot_per_hour * open_h,
    }


def _at_takeoff_points(setting_up: Setting) -> Iterator[OneMore]:
    rules, homes = setting_up.resolved.rules, setting_up.world.takeoff_points.ids
    batteries, points, prices = rules.batteries, rules.takeoff_points, prices_per_day(rules)
    table: list[tuple[str, str, Sequence[int], str | None, str | None]] = [
        ("drone", "fleet.drones", rules.fleet.drones, "dispatch", None),
        ("pack", "batteries.packs", batteries.packs, None, None),
        ("charger", "batteries.chargers", batteries.chargers, None, "charger"),
        ("courier", "couriers.per_takeoff_point", rules.couriers.count, None, "courier"),
        ("loader", "takeoff_points.loaders", points.loaders, None, "loader"),
        ("take-off pad", "takeoff_points.pads", points.pads, "pad_wait", "pad"),
    ]
    for name, key, counts, stage, resource in table:
        if name == "pack" and batteries.mode != "swap":
            continue
        yield OneMore(
            name=name,
            settings=(_by_site(key, homes, counts),),
            units=len(homes),
            price_per_day=prices[name],
            stage=stage,
            resource=resource,
        )


def _at_airports(setting_up: Setting) -> Iterator[OneMore]:
    rules, airports = setting_up.resolved.rules, setting_up.world.airports.ids
    prices = prices_per_day(rules)
    for name, key, counts, resource in (
        ("airport pad", "airports.pads", rules.airports.pads, "pad"),
        ("unloader", "airports.unloaders", rules.airports.unloaders, "unloader"),
        ("box", "airports.boxes", rules.airports.boxes, "box"),
    ):
        yield OneMore(
            name=name,
            settings=(_by_site(key, airports, counts),),
            units=len(airports),
            price_per_day=prices[name],
            resource=resource,
        )


def _of_the_network(setting_up: Setting) -> Iterator[OneMore]:
    rules, scenario = setting_up.resolved.rules, setting_up.scenario
    yield OneMore(
        name="pilot",
        settings=(setting("pilots.count", rules.pilots.count + 1),),
        price_per_day=prices_per_day(rules)["pilot"],
        resource="pilot",
    )
    levels_m = list(rules.airspace.levels_m)
    one_more_m = _one_more_level(levels_m)
    if one_more_m is not None:
        levels_m = sorted([*levels_m, one_more_m])
        yield OneMore(name="level", settings=(setting("airspace.levels_m", levels_m),), is_rule=True)
    yield from _looser(scenario)
    yield from _sooner(scenario)


def _one_more_level(levels_m: Sequence[float]) -> float | None:
    """Choose another level above the others."""
    step_m = levels_m[-1] - levels_m[-2] if len(levels_m) > 1 else 20.0
    level_m = levels_m[-1] + step_m
    return level_m if len(levels_m) < MOST_LEVELS and level_m <= HIGHEST_M else None


def _looser(scenario: Scenario) -> Iterator[OneMore]:
    air, less = scenario.airspace, f"-{1 - LOOSER:.0%}"
    if air.mode == "strategic":
        value = round(LOOSER * air.separation_m, 3)
        yield OneMore(
            name=f"separation {less}",
            settings=(setting("airspace.separation_m", value),),
            stage="clearance",
            is_rule=True,
        )
    if air.mode != "none":
        keys = {"lane_headway_s": air.lane_headway_s, "route_headway_s": air.route_headway_s}
        settings = tuple(setting(f"airspace.{key}", round(LOOSER * value, 3)) for key, value in keys.items())
        yield OneMore(name=f"headways {less}", settings=settings, stage="clearance", is_rule=True)


def _sooner(scenario: Scenario) -> Iterator[OneMore]:
    mean_min = getattr(scenario.kitchens.preparation, "mean_min", None)
    if mean_min is not None and mean_min > SOONER_MIN:
        name, value = f"kitchens -{60 * SOONER_MIN:.0f} s", round(mean_min - SOONER_MIN, 6)
        yield OneMore(name=name, settings=(setting("kitchens.preparation.mean_min", value),), is_rule=True)


def _by_site(key: str, sites: Sequence[str], counts: Sequence[int], *, more: int = 1) -> str:
    table: dict[str, Any] = {toml_value(site): count + more for site, count in zip(sites, counts, strict=True)}
    return setting(key, table)

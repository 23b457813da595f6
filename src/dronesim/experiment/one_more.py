"""One more of each resource: how a scenario is varied to see what that brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dronesim.experiment.compose import Setting
from dronesim.experiment.factors import setting
from dronesim.scenario import Scenario
from dronesim.scenario.dump import toml_value
from dronesim.units import HOUR

LOOSER: Final = 0.8
"""Looser separation and headways are so much of the scenario's."""
SOONER_MIN: Final = 0.5
"""Kitchens that are faster are so many minutes faster on average."""
MOST_LEVELS: Final = 20
HIGHEST_M: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMore:
    """One variation: the ``units`` it adds in all, what they cost a day (None: no price), and how it is set.

    ``stage``: where waiting for the resource would show; ``resource``: its name in the occupancy table;
    ``is_rule``: it is no thing to buy but a rule or a habit to change.
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


def _at_takeoff_points(setting_up: Setting) -> Iterator[OneMore]:
    rules, homes = setting_up.resolved.rules, setting_up.world.takeoff_points.ids
    open_h = (rules.horizon.end_s - rules.horizon.start_s) / HOUR
    drone, courier = rules.prices.drone_per_day, rules.prices.courier_per_hour * open_h
    batteries, points = rules.batteries, rules.takeoff_points
    table: list[tuple[str, str, Sequence[int], float | None, str | None, str | None]] = [
        ("drone", "fleet.drones", rules.fleet.drones, drone, "dispatch", None),
        ("pack", "batteries.packs", batteries.packs, None, None, None),
        ("charger", "batteries.chargers", batteries.chargers, None, None, "charger"),
        ("courier", "couriers.per_takeoff_point", rules.couriers.count, courier, None, "courier"),
        ("loader", "takeoff_points.loaders", points.loaders, None, None, "loader"),
        ("take-off pad", "takeoff_points.pads", points.pads, None, "pad_wait", "pad"),
    ]
    for name, key, counts, price, stage, resource in table:
        if name == "pack" and batteries.mode != "swap":
            continue
        yield OneMore(
            name=name,
            settings=(_by_site(key, homes, counts),),
            units=len(homes),
            price_per_day=price,
            stage=stage,
            resource=resource,
        )


def _at_airports(setting_up: Setting) -> Iterator[OneMore]:
    rules, airports = setting_up.resolved.rules.airports, setting_up.world.airports.ids
    for name, key, counts, resource in (
        ("airport pad", "airports.pads", rules.pads, "pad"),
        ("unloader", "airports.unloaders", rules.unloaders, "unloader"),
        ("box", "airports.boxes", rules.boxes, "box"),
    ):
        yield OneMore(name=name, settings=(_by_site(key, airports, counts),), units=len(airports), resource=resource)


def _of_the_network(setting_up: Setting) -> Iterator[OneMore]:
    rules, scenario = setting_up.resolved.rules, setting_up.scenario
    open_h = (rules.horizon.end_s - rules.horizon.start_s) / HOUR
    yield OneMore(
        name="pilot",
        settings=(setting("pilots.count", rules.pilots.count + 1),),
        price_per_day=rules.prices.pilot_per_hour * open_h,
        resource="pilot",
    )
    levels_m = list(rules.airspace.levels_m)
    step_m = levels_m[-1] - levels_m[-2] if len(levels_m) > 1 else 20.0
    if len(levels_m) < MOST_LEVELS and levels_m[-1] + step_m <= HIGHEST_M:
        yield OneMore(
            name="level", settings=(setting("airspace.levels_m", [*levels_m, levels_m[-1] + step_m]),), is_rule=True
        )
    yield from _looser(scenario)
    yield from _sooner(scenario)


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

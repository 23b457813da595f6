"""One more of each resource: how a scenario is varied to see what that brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dronesim.experiment.compose import Setting
from dronesim.experiment.factors import setting
from dronesim.record.resources import AIRPORT, NETWORK, RESOURCES, Resource, by_site, counted, price_per_day
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

    ``stage``: where waiting for the resource would show; ``calendar``: its name in the occupancy table; ``site``: the
    kind of site where it is;
    ``is_rule``: it is no thing to buy but a rule or a habit to change, and has no price (None).
    """

    name: str
    settings: tuple[str, ...]
    units: int = 1
    price_per_day: float | None = None
    stage: str | None = None
    calendar: str | None = None
    site: str | None = None
    is_rule: bool = False


def pinned(setting_up: Setting) -> tuple[str, ...]:
    """State what a scenario would let grow with its fleet, so that one more drone brings nothing else along."""
    return tuple(_number(setting_up, resource, more=0) for resource in RESOURCES if resource.grows)


def variations(setting_up: Setting) -> list[OneMore]:
    """List one more of everything that a network has: at each of its sites where it belongs to sites."""
    return [*_of_resources(setting_up), *_of_rules(setting_up)]


def prices_per_day(rules: Rules) -> dict[str, float | None]:
    """Give what one more of each resource costs a day of opening; a drone comes with its pack, rides are paid apart."""
    open_h = (rules.horizon.end_s - rules.horizon.start_s) / HOUR
    tried = (resource for resource in by_site() if resource.is_tried and resource.price is not None)
    return {resource.name: price_per_day(resource, rules.prices, open_h=open_h) for resource in tried}


def _of_resources(setting_up: Setting) -> Iterator[OneMore]:
    """List one more of each resource; of who works in shifts there is no one number to change."""
    rules = setting_up.resolved.rules
    prices = prices_per_day(rules)
    for resource in by_site():
        if resource.name == "rider" and not any(rules.riders.count):
            # the first one would be another network
            continue
        if not resource.is_tried or resource.mode not in (None, rules.batteries.mode) or resource.name in rules.shifts:
            continue
        yield OneMore(
            name=resource.name,
            settings=(_number(setting_up, resource, more=1),),
            units=len(counted(resource, rules)),
            price_per_day=prices.get(resource.name),
            stage=resource.stage,
            calendar=None if resource.is_aboard else resource.calendar,
            site=resource.site,
        )


def _of_rules(setting_up: Setting) -> Iterator[OneMore]:
    rules, scenario = setting_up.resolved.rules, setting_up.scenario
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
    value = round(LOOSER * air.separation_m, 3)
    if air.mode == "strategic" and air.track_bound_m <= value / 2:
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


def _number(setting_up: Setting, resource: Resource, *, more: int) -> str:
    """Set the number of a resource, at each of its sites where it belongs to sites, to so many more."""
    world, counts = setting_up.world, counted(resource, setting_up.resolved.rules)
    key = str(resource.key)
    if resource.site == NETWORK:
        return setting(key, counts[0] + more)
    sites = world.airports.ids if resource.site == AIRPORT else world.takeoff_points.ids
    table: dict[str, Any] = {toml_value(site): count + more for site, count in zip(sites, counts, strict=True)}
    return setting(key, table)

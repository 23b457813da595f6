"""What a scenario may not ask of its map: events, parcels and sites that can't be."""

from __future__ import annotations

import numpy as np

from dronesim.aircraft import DroneType
from dronesim.demand.specs import Constant, DemandSpec, Empirical, Trace, Uniform
from dronesim.errors import Problem
from dronesim.routing import RouteTable, blocked_sites
from dronesim.scenario.complaints import near_match
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.model import Scenario
from dronesim.simulation.rules import Rules
from dronesim.weather import Wind, is_flyable
from dronesim.world import World


def check_events(scenario: Scenario, world: World, rules: Rules) -> list[Problem]:
    """Find events at airports or with drones that are not there, or outside the day."""
    problems = []
    for index, event in enumerate(scenario.events):
        path = ("events", index)
        airport = getattr(event, "airport", None)
        if airport is not None and airport not in world.airports.ids:
            hint = near_match(airport, world.airports.ids)
            rule = "is not an airport on the map"
            problems.append(scenario.origins.problem((*path, "airport"), rule, value=airport, hint=hint))
        drone, drones = getattr(event, "drone", None), sum(rules.fleet.drones)
        if drone is not None and drone >= drones:
            rule = f"must be below the number of drones, {drones}; they are numbered from 0"
            problems.append(scenario.origins.problem((*path, "drone"), rule, value=drone))
        at_s = seconds_of_day(event.at)
        if not rules.horizon.start_s <= at_s <= rules.horizon.end_s + rules.horizon.drain_s:
            problems.append(scenario.origins.problem((*path, "at"), "lies outside the day", value=event.at))
    return problems


def check_demand(scenario: Scenario, demand: DemandSpec, *, trace: Trace | None, payload_kg: float) -> list[Problem]:
    """Find days without orders, and demand whose every parcel is too heavy."""
    if trace is not None and len(trace) == 0:
        return [scenario.origins.problem(("demand", "file"), "has no orders")]
    lightest_kg = _lightest_kg(demand, trace)
    if lightest_kg > payload_kg:
        rule = f"every parcel is heavier than the drone's payload, {payload_kg:g} kg; the lightest is"
        key = ("demand", "mass") if trace is None or np.isnan(trace.mass_kg).all() else ("demand", "file")
        return [scenario.origins.problem(key, rule, value=round(lightest_kg, 3))]
    return []


def _lightest_kg(demand: DemandSpec, trace: Trace | None) -> float:
    if trace is not None and not np.isnan(trace.mass_kg).any():
        return float(trace.mass_kg.min())
    match demand.mass:
        case Constant():
            return demand.mass.value
        case Uniform():
            return demand.mass.low
        case Empirical():
            return min(demand.mass.values)
        case _:
            # five standard deviations below the median: one parcel in three million is lighter
            return float(np.exp(demand.mass.mu - 5 * demand.mass.sigma))


def check_wind(scenario: Scenario, wind: Wind, kind: DroneType) -> list[Problem]:
    """Find a wind in which the drone type stays on the ground all day."""
    if is_flyable(wind, limit_mps=kind.wind_limit_mps):
        return []
    rule = f"no drone flies: at the highest level that is {wind.speed_mps:.1f} m/s, above the limit of {kind.name}, "
    return [
        scenario.origins.problem(
            ("weather", "wind_mps"), f"{rule}{kind.wind_limit_mps:g} m/s", value=scenario.weather.wind_mps
        )
    ]


def check_sites(scenario: Scenario, world: World) -> list[Problem]:
    """Find sites that lie in or too near an obstacle at every level."""
    airspace = scenario.airspace
    is_blocked = blocked_sites(
        world,
        levels_m=airspace.levels_m,
        clearance_m=airspace.obstacle_clearance_m,
        roof_margin_m=airspace.roof_margin_m,
    ).all(axis=0)
    rule = (
        f"lies inside or within {airspace.obstacle_clearance_m:g} m of a building or no-fly zone at every level; "
        "no drone can reach it"
    )
    return [
        Problem(file=scenario.map, key=site, rule=rule)
        for site, blocked in zip(world.sites, is_blocked.tolist(), strict=True)
        if blocked
    ]


def check_reach(scenario: Scenario, world: World, routes: RouteTable) -> list[Problem]:
    """Find airports that no take-off point can reach at any level."""
    homes = len(world.takeoff_points)
    best_m = routes.distance_m.min(axis=0)[:homes, homes:]
    rule = "can't be reached from any take-off point: no route leads there at any level"
    return [
        Problem(file=scenario.map, key=airport, rule=rule)
        for airport, is_reached in zip(world.airports.ids, np.isfinite(best_m).any(axis=0).tolist(), strict=True)
        if not is_reached
    ]

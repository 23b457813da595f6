"""What a scenario may not ask of its map: events, parcels and sites that can't be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from dronesim.aircraft import DroneType
from dronesim.demand.specs import DemandSpec, Trace
from dronesim.errors import Problem
from dronesim.routing import RouteTable, unreachable_sites
from dronesim.scenario.areas import unknown_areas
from dronesim.scenario.complaints import near_match
from dronesim.scenario.distributions import lightest, share_at_most
from dronesim.scenario.drones import drone_problem
from dronesim.scenario.events import stated_in
from dronesim.scenario.features import Flaw
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.map_text import read_map_text
from dronesim.scenario.model import Scenario
from dronesim.scenario.obstacles_near import nearest_obstacle
from dronesim.scenario.orders import MOST_ORDERS, EmpiricalDays
from dronesim.scenario.site_hours import at_time, barred_sites, is_under, parts_of_day
from dronesim.simulation.rules import Rules
from dronesim.simulation.trouble import Holds
from dronesim.units import clock
from dronesim.world import World

WALLED_IN: Final = "is walled in: no route leads there or away at any level"
NO_WAY_BACK: Final = "has no way there and back: drones that fly out along the airways don't come home"
MOST_LISTED: Final = 20
"""So many names are listed where one is not known."""
HARDLY_ANY: Final = 1e-3
"""A share of parcels light enough to fly below which a scenario is taken for a mistake."""


def check_events(scenario: Scenario, world: World, rules: Rules) -> list[Problem]:
    """Find events at sites or with drones that are not there, or outside the day."""
    problems, drones = [], sum(rules.fleet.drones)
    known: dict[Holds, tuple[str, tuple[str, ...]]] = {
        "airport": ("an airport", world.airports.ids),
        "takeoff_point": ("a take-off point", world.takeoff_points.ids),
        "merchant": ("a merchant", world.merchants.ids),
    }
    for index, event in enumerate(scenario.events):
        path = ("events", index)
        for holds, (name, ids) in known.items():
            for key, site in stated_in(event, holds):
                if site not in ids:
                    rule = f"is not {name} on the map, which has {listed(ids)}"
                    problems.append(
                        scenario.origins.problem((*path, key), rule, value=site, hint=near_match(site, ids))
                    )
        areas = [((*path, key), area) for key, area in stated_in(event, "area")]
        problems += unknown_areas(areas, world, scenario.origins)
        for key, drone in stated_in(event, "drone"):
            if drone >= drones:
                rule = f"must be below the number of drones, {drones}; they are numbered from 0"
                problems.append(scenario.origins.problem((*path, key), rule, value=drone))
        at_s = seconds_of_day(event.at)
        if not rules.horizon.start_s <= at_s <= rules.horizon.end_s + rules.horizon.drain_s:
            from_s, over_s = rules.horizon.start_s, rules.horizon.end_s + rules.horizon.drain_s
            rule = f"lies outside the day, {clock(from_s)[:5]} to {clock(over_s)[:5]} with its drain"
            problems.append(scenario.origins.problem((*path, "at"), rule, value=event.at))
    return problems


def listed(names: Sequence[str]) -> str:
    """Name what there is; of many the first ones, and how many more."""
    if not names:
        return "none"
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"{', '.join(names[:MOST_LISTED])}{more}"


def check_demand(scenario: Scenario, demand: DemandSpec, *, trace: Trace | None, kind: DroneType) -> list[Problem]:
    """Find days without orders, and days on which no parcel can fly."""
    if trace is None and not any(demand.hour_shares):
        rule = "has no orders in the opening hours"
        return [scenario.origins.problem(("demand", "profile"), rule, value=scenario.demand.profile)]
    light, key = share_at_most(demand.mass, kind.payload_kg), ("demand", "mass")
    if trace is not None:
        is_drawn = np.isnan(trace.mass_kg)
        light = float(np.where(is_drawn, light, trace.mass_kg <= kind.payload_kg).mean())
        key = key if is_drawn.all() else ("demand", "file")
    if light >= HARDLY_ANY:
        return []
    least = lightest(demand.mass)
    if trace is not None and not np.isnan(trace.mass_kg).any():
        least = f"the lightest parcel weighs {trace.mass_kg.min():g} kg"
    payload = f"the payload of {kind.name} is {kind.payload_kg:g} kg, {least}"
    way_out = "take lighter parcels, or a drone that carries more (fleet.drone_type, drone.payload_kg)"
    return [scenario.origins.problem(key, f"every parcel is too heavy for every drone: {payload}; {way_out}")]


def check_days(scenario: Scenario, *, trace: Trace | None) -> list[Problem]:
    """Find a law of days beside a trace, which is one day as it was, and days with more orders than can be drawn."""
    demand = scenario.demand
    if trace is not None and trace.busiest * demand.trace_factor > MOST_ORDERS:
        rule = f"makes a day of more than {MOST_ORDERS:,.0f} orders of the {trace.busiest:,} of the trace"
        return [scenario.origins.problem(("demand", "trace_factor"), rule, value=demand.trace_factor)]
    if demand.model == "trace" and demand.days.kind != "constant":
        rule = 'must be "constant" with model = "trace": the orders of a trace are days as they were'
        return [scenario.origins.problem(("demand", "days", "kind"), rule, value=demand.days.kind)]
    busiest = max(demand.days.factors) if isinstance(demand.days, EmpiricalDays) else 1.0
    if demand.orders is None or demand.orders * busiest <= MOST_ORDERS:
        return []
    rule = f"makes a day of more than {MOST_ORDERS:,.0f} orders: {demand.orders:,.0f} x {busiest:g}"
    return [scenario.origins.problem(("demand", "days", "factors"), rule, value=busiest)]


def check_fleet(scenario: Scenario, rules: Rules, kind: DroneType) -> list[Problem]:
    """Find a fleet without a drone, drones that cruise above their top speed, and last hovers that are none."""
    problems = []
    if sum(rules.fleet.drones) == 0:
        problems.append(scenario.origins.problem(("fleet", "drones"), "must be at least one drone in all"))
    if kind.cruise_mps > kind.max_mps:
        key = "cruise_mps" if scenario.drone.cruise_mps is not None else "max_mps"
        rule = f"cruise speed, {kind.cruise_mps:g} m/s, must not be above the top speed, {kind.max_mps:g} m/s"
        problems.append(drone_problem(scenario, key, rule, value=getattr(kind, key)))
    if kind.ground_s > kind.final_hover_s:
        rule = f"must not be above final_hover_s, {kind.final_hover_s:g} s, which it is taken off"
        problems.append(drone_problem(scenario, "ground_s", rule, value=kind.ground_s))
    if kind.final_hover_m > scenario.airspace.levels_m[0]:
        rule = f"must not be above the lowest level, {scenario.airspace.levels_m[0]:g} m"
        problems.append(drone_problem(scenario, "final_hover_m", rule, value=kind.final_hover_m))
    return problems


def check_sites(scenario: Scenario, world: World) -> list[Problem]:
    """Find sites where no drone can climb all day: near an obstacle at every level, or under one on the way up."""
    opens_s, closes_s = (seconds_of_day(at) for at in (scenario.horizon.start, scenario.horizon.end))
    parts = parts_of_day(world, from_s=opens_s, to_s=closes_s)
    is_barred = np.all([barred_sites(scenario, at_time(world, from_s)) for from_s, _ in parts], axis=0)
    under = is_under(world, scenario.airspace.levels_m[0])
    flaws = [
        (world.sites[place], _why_blocked(scenario, world, place, is_under=bool(under[place])))
        for place in np.flatnonzero(is_barred).tolist()
    ]
    return site_problems(Path(scenario.map), flaws)


def _why_blocked(scenario: Scenario, world: World, site: int, *, is_under: bool) -> str:
    """Say what keeps every drone from a site: it is under something, near something, or walled in."""
    airspace = scenario.airspace
    near = nearest_obstacle(world, site, level_m=airspace.levels_m[0], roof_margin_m=airspace.roof_margin_m)
    end = "" if near is None or (is_under and near.away_m > 0) else f"; the nearest is {near}"
    clearance = f"{airspace.obstacle_clearance_m:g} m"
    if is_under:
        lowest = f"the lowest level, {airspace.levels_m[0]:g} m"
        return f"lies inside a building or no-fly zone that begins below {lowest}{end}"
    if near is not None and near.away_m > airspace.obstacle_clearance_m:
        return f"{WALLED_IN}{end}"
    return f"lies inside or within {clearance} of a building or no-fly zone at every level; no drone can reach it{end}"


def check_track_bound(scenario: Scenario) -> list[Problem]:
    """Find drones that stray out of what they are cleared for, which reaches half the separation to each side."""
    air = scenario.airspace
    if air.track_bound_m <= air.separation_m / 2:
        return []
    rule = (
        f"lets a drone stray by {air.tracking_bound:g} x {air.tracking_error_m:g} m = {air.track_bound_m:g} m from its "
        f"cleared path, which must not be above half of separation_m, {air.separation_m / 2:g} m; lower it or "
        "tracking_bound, or raise separation_m"
    )
    return [scenario.origins.problem(("airspace", "tracking_error_m"), rule, value=air.tracking_error_m)]


def check_silence(scenario: Scenario) -> list[Problem]:
    """Find a time-out in silence that is over before drones hold; one that nothing follows may be left as it is."""
    link, key = scenario.link, "act_after_s"
    is_meant = key in link.model_fields_set or link.after in ("return", "land")
    if not is_meant or link.act_after_s >= link.hold_after_s:
        return []
    rule = f"must not be below hold_after_s, {link.hold_after_s:g} s: a silent drone holds before it returns or lands"
    return [scenario.origins.problem(("link", key), rule, value=link.act_after_s)]


def check_airways(scenario: Scenario, world: World) -> list[Problem]:
    """Find a scenario that flies along airways on a map that has none."""
    if scenario.airspace.structure == "free" or len(world.airways):
        return []
    rule = "needs a map with airways (features of kind airway); this one has none"
    return [scenario.origins.problem(("airspace", "structure"), rule, value=scenario.airspace.structure)]


def check_winds(scenario: Scenario) -> list[Problem]:
    """Find changes of the wind that are not in the order of time."""
    times = [seconds_of_day(change.at) for change in scenario.weather.changes]
    return [
        scenario.origins.problem(("weather", "changes", number, "at"), "must be later than the change before it")
        for number, (before_s, at_s) in enumerate(pairwise(times), start=1)
        if at_s <= before_s
    ]


def check_reach(scenario: Scenario, world: World, routes_of_day: Sequence[RouteTable]) -> list[Problem]:
    """Find airports that no take-off point reaches at any level, and take-off points that reach no airport, all day.

    Along airways, which may be one-way, sites count too that drones reach but don't come home from. ``routes_of_day``
    are those of the parts of the day between which zones change: who is cut off in some of them is closed then.
    """
    found = [_cut_off(scenario, world, routes) for routes in routes_of_day]
    flaws = [flaw for flaw in found[0] if all(flaw[0] in {site for site, _ in others} for others in found[1:])]
    return site_problems(Path(scenario.map), flaws)


def _cut_off(scenario: Scenario, world: World, routes: RouteTable) -> list[tuple[str, str]]:
    """Name the sites that are cut off by some routes, and why."""
    homes = len(world.takeoff_points)
    is_open = np.isfinite(routes.takeoff_distance_m.min(axis=0)[:, homes:])
    cut_off, stuck = homes + np.flatnonzero(~is_open.any(axis=0)), np.flatnonzero(~is_open.any(axis=1))
    rules = {"can't be reached from any take-off point": cut_off, "reaches no airport": stuck}
    flaws = [
        (world.sites[place], f"{rule}: {_why_cut_off(scenario, world, place)}")
        for rule, places in rules.items()
        for place in places.tolist()
    ]
    named = {site for site, _ in flaws}
    return flaws + [(site, NO_WAY_BACK) for site in unreachable_sites(world, routes) if site not in named]


def _why_cut_off(scenario: Scenario, world: World, site: int) -> str:
    airspace = scenario.airspace
    if airspace.structure == "airways":
        return "no chain of airways leads there at any level"
    near = nearest_obstacle(world, site, level_m=airspace.levels_m[0], roof_margin_m=airspace.roof_margin_m)
    return f"it {WALLED_IN}" + ("" if near is None else f"; the nearest obstacle is {near}")


def site_problems(map_path: Path, flaws: Sequence[tuple[str, str]]) -> list[Problem]:
    """Make problems of sites' ids and rules; each with the line of its feature where the map is still there."""
    if not flaws or not map_path.is_file():
        return [Problem(file=str(map_path), key=site, rule=rule) for site, rule in flaws]
    source = read_map_text(map_path)
    return source.problems(Flaw(index=source.index_of(site), id=site, rule=rule) for site, rule in flaws)

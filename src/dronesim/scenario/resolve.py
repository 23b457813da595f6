"""From what a planner wrote to rules in SI units: sites counted, fleet spread, demand and drone type settled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import DroneType
from dronesim.demand.expected import hourly_demand
from dronesim.demand.moves import expected_shares
from dronesim.demand.specs import DemandSpec, Trace
from dronesim.errors import InputError, Problem
from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.scenario.checks import (
    check_airways,
    check_days,
    check_demand,
    check_events,
    check_fleet,
    check_silence,
    check_sites,
    check_track_bound,
    check_winds,
)
from dronesim.scenario.distributions import choice_law, day_law, hour_shares, mass_law, preparation_law
from dronesim.scenario.drones import settled_drone_type
from dronesim.scenario.exposure import noise_facts, risk_facts
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.handling import check_handling, handling_means_s
from dronesim.scenario.model import Scenario
from dronesim.scenario.moving import check_moves, moves_of
from dronesim.scenario.navigating import check_navigation
from dronesim.scenario.outage_checks import check_link, check_position
from dronesim.scenario.rules import settle_rules
from dronesim.scenario.site_hours import site_closures
from dronesim.scenario.site_numbers import SiteNumbers
from dronesim.scenario.staffing import check_shifts, with_shifts
from dronesim.scenario.staying import check_ends
from dronesim.scenario.weather_source import WeatherPlan, check_weather, weather_plan
from dronesim.simulation.rules import Rules
from dronesim.simulation.zones import SiteClosure
from dronesim.units import MINUTE
from dronesim.weather.record import WeatherRecord
from dronesim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """All that a run needs beside world, routes and draws.

    ``weather``: the winds that are stated, or where each day's weather comes from; ``expected_demand``: share by
    take-off point, ``hourly_demand``: orders by take-off point and hour; ``closures``: when sites lie in zones with
    hours; ``risk`` and ``noise``: what these are counted from, or None.
    """

    rules: Rules
    drone_type: DroneType
    demand: DemandSpec
    weather: WeatherPlan
    expected_demand: tuple[float, ...]
    hourly_demand: NDArray[np.float64]
    closures: tuple[SiteClosure, ...] = ()
    risk: RiskFacts | None = None
    noise: NoiseFacts | None = None


def resolve(
    scenario: Scenario, world: World, trace: Trace | None = None, record: WeatherRecord | None = None
) -> Resolved:
    """Settle everything that needs the map: numbers by site, the spread of the fleet, named airports.

    A single number of drones or spares is the whole fleet: it is spread over take-off points by expected demand
    (see `expected_demand`) by largest remainder, and every take-off point with demand gets at least one drone
    where there are enough. In a table by site a take-off point that is left out has none.

    Raises
    ------
    InputError
        Unknown site ids, sites in obstacles, parcels that no drone can carry, events that can't happen.
    """
    demand, kind = _demand(scenario), settled_drone_type(scenario)
    numbers = SiteNumbers(scenario.origins)
    share = _shares(scenario, demand, world, trace)
    rules = with_shifts(scenario, world, settle_rules(scenario, world, numbers=numbers, demand=share))
    problems = [
        *numbers.problems,
        *check_events(scenario, world, rules),
        *check_fleet(scenario, rules, kind),
        *check_demand(scenario, demand, trace=trace, kind=kind),
        *check_days(scenario, trace=trace),
        *check_winds(scenario),
        *check_weather(scenario, record),
        *check_track_bound(scenario),
        *check_silence(scenario),
        *_check_laws(scenario, world, rules),
        *check_link(scenario.link, scenario.origins, world=world),
        *check_airways(scenario, world),
        *check_sites(scenario, world),
        *check_shifts(scenario, world, rules),
        *check_ends(scenario, world),
    ]
    if problems:
        raise InputError(problems)
    return Resolved(
        rules=rules,
        drone_type=kind,
        demand=demand,
        weather=weather_plan(scenario, record),
        expected_demand=tuple(share.tolist()),
        hourly_demand=hourly_demand(demand, world, (rules.horizon.start_s, rules.horizon.end_s), trace),
        closures=site_closures(scenario, world, rules.horizon),
        risk=risk_facts(scenario.risk, world, kind),
        noise=noise_facts(scenario.noise, world, kind),
    )


def _check_laws(scenario: Scenario, world: World, rules: Rules) -> list[Problem]:
    """Find laws of excursions, of the position service and of handling times that can't be."""
    origins, navigation = scenario.origins, scenario.navigation
    means_s, swaps = handling_means_s(scenario), scenario.batteries.mode == "swap"
    return [
        *check_navigation(navigation, origins, **_leeway(scenario)),
        *check_position(navigation.position, origins, world=world, is_used=rules.loses_position, **_leeway(scenario)),
        *check_handling(scenario.handling, origins, means_s=means_s, swaps=swaps),
    ]


def _leeway(scenario: Scenario) -> dict[str, float]:
    """Give what a drone strays by anyway, and how far it may stray at most, in metres."""
    air = scenario.airspace
    return {"bound_m": air.track_bound_m, "most_m": min(air.obstacle_clearance_m, air.separation_m / 2)}


def expected_demand(
    demand: DemandSpec, world: World, *, opening_s: tuple[float, float], trace: Trace | None = None
) -> NDArray[np.float64]:
    """Share of the orders by take-off point, shape ``(n,)``: counted in the trace, else as orders are drawn."""
    if trace is None:
        return expected_shares(demand, world, opening_s)
    orders = np.bincount(trace.takeoff_point, minlength=len(world.takeoff_points))
    return np.asarray(orders / orders.sum(), dtype=np.float64)


def _opening_s(scenario: Scenario) -> tuple[float, float]:
    return seconds_of_day(scenario.horizon.start), seconds_of_day(scenario.horizon.end)


def _shares(scenario: Scenario, demand: DemandSpec, world: World, trace: Trace | None) -> NDArray[np.float64]:
    """Give the expected shares by take-off point, once moves of demand are known to leave some."""
    opening_s = _opening_s(scenario)
    problems = check_moves(
        scenario.demand.moves, scenario.origins, world, has_trace=trace is not None, opening_s=opening_s
    )
    if problems:
        raise InputError(problems)
    return expected_demand(demand, world, opening_s=opening_s, trace=trace)


def _demand(scenario: Scenario) -> DemandSpec:
    stated, customers = scenario.demand, scenario.customers
    start_s, end_s = _opening_s(scenario)
    shares = hour_shares(stated.profile, start_s=start_s, end_s=end_s)
    return DemandSpec(
        model=stated.model,
        expected_orders=0.0 if stated.model == "trace" or stated.orders is None else stated.orders,
        trace_factor=stated.trace_factor if stated.model == "trace" else 1.0,
        trace_shift_s=stated.trace_shift_min * MINUTE,
        days=day_law(stated.days),
        choice=choice_law(stated.choice),
        hour_shares=tuple(shares.tolist()),
        mass=mass_law(stated.mass),
        preparation=preparation_law(scenario.kitchens.preparation),
        collection_median_s=customers.collection.median_min * MINUTE,
        collection_p95_s=customers.collection.p95_min * MINUTE,
        patience_mean_s=math.inf if customers.patience_min is None else customers.patience_min * MINUTE,
        no_show_share=customers.no_show_share,
        bad_scan_share=customers.bad_scan_share,
        walk_detour=scenario.couriers.detour,
        moves=moves_of(stated.moves),
    )

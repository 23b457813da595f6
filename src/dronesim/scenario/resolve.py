"""From what a planner wrote to rules in SI units: sites counted, fleet spread, demand and drone type settled."""

from __future__ import annotations

from dataclasses import dataclass

from dronesim.aircraft import DroneType
from dronesim.demand.specs import DemandSpec, Trace
from dronesim.errors import InputError
from dronesim.scenario.checks import check_demand, check_drones, check_events, check_sites
from dronesim.scenario.model import Scenario
from dronesim.scenario.site_numbers import SiteNumbers
from dronesim.simulation import rules as si
from dronesim.weather import Wind
from dronesim.world import World

BOXES = 28
AIRPORT_PADS = 2
TAKEOFF_PADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """All that a run needs beside world, routes and draws; ``expected_demand``: share by take-off point."""

    rules: si.Rules
    drone_type: DroneType
    demand: DemandSpec
    wind: Wind
    expected_demand: tuple[float, ...]


def resolve(scenario: Scenario, world: World, trace: Trace | None = None) -> Resolved:
    """Settle everything that needs the map: numbers by site, the spread of the fleet, named airports.

    A single number of drones or spares is the whole fleet: it is spread over take-off points by expected demand
    (the weights of their merchants, or the orders of the trace) by largest remainder, and every take-off point
    with demand gets at least one drone where there are enough.

    Raises
    ------
    InputError
        Unknown site ids, sites in obstacles, parcels that no drone can carry, events that can't happen.
    """
    demand = _demand(scenario)
    drone = _drone(scenario)
    numbers = SiteNumbers(origins=scenario.origins, world=world)
    share = expected_demand(world, trace)
    rules = _rules(scenario, numbers, share)
    problems = list(numbers.problems)
    problems += check_drones(scenario, rules) + check_events(scenario, world, rules)
    problems += check_demand(scenario, demand, trace=trace, payload_kg=drone.payload_kg)
    problems += check_sites(scenario, world)
    if problems:
        raise InputError(problems)
    return Resolved(
        rules=rules, drone_type=drone, demand=demand, wind=_wind(scenario), expected_demand=tuple(share.tolist())
    )

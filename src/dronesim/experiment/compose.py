"""The composition root: from a checked scenario to the inputs of one replication."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dronesim.aircraft import Handling, Multirotor
from dronesim.codes import Secret, day_key
from dronesim.demand import Trace, demand_facts, draw_orders
from dronesim.dispatch import DispatchPolicy
from dronesim.errors import InputError
from dronesim.experiment.own_policy import find_policy, guarded
from dronesim.faults import flight_hour_budgets
from dronesim.routing import RouteSchedule, build_route_schedule, cached_route_table
from dronesim.scenario import Resolved, Scenario, check_reach, load_map, load_trace, resolve
from dronesim.simulation import AirspaceRules, DroneColumns, LegLibrary, Places, SimulationInputs, TimedZone
from dronesim.streams import Streams
from dronesim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all replications of a scenario share: world, routes, rules, policy, legs once they are worked out."""

    scenario: Scenario
    world: World
    routes: RouteSchedule
    resolved: Resolved
    trace: Trace | None
    policy: DispatchPolicy
    library: LegLibrary = field(default_factory=LegLibrary, repr=False)


def set_up(scenario: Scenario, *, folder: Path | None = None, policy: DispatchPolicy | None = None) -> Setting:
    """Load the map, find the routes, settle the rules.

    ``folder`` is where a policy of the planner's own is looked for, ``policy`` one that is there already.

    Raises
    ------
    InputError
        Anything in the scenario, its map or its trace that can't be run.
    """
    policy = _policy(scenario, folder) if policy is None else policy
    world = _world(scenario)
    trace = load_trace(Path(scenario.demand.file or ""), world) if _has_trace(scenario) else None
    resolved = resolve(scenario, world, trace)
    airspace = resolved.rules.airspace
    routes = build_route_schedule(
        world,
        levels_m=airspace.levels_m,
        winds=_route_winds(resolved),
        airspeed_mps=resolved.drone_type.max_mps,
        cruise_mps=resolved.drone_type.cruise_mps,
        build=cached_route_table,
        clearance_m=airspace.obstacle_clearance_m,
        roof_margin_m=airspace.roof_margin_m,
        structure=airspace.structure,
    )
    problems = check_reach(scenario, world, routes.at(resolved.rules.horizon.start_s))
    if problems:
        raise InputError(problems)
    return Setting(scenario=scenario, world=world, routes=routes, resolved=resolved, trace=trace, policy=policy)


def _route_winds(resolved: Resolved) -> list[tuple[float, list[tuple[float, float]]]]:
    """Winds that routes are found in, by level; none where the air is calm all day."""
    if all(wind.speed_mps == 0 for _, winds in resolved.winds for wind in winds):
        return []
    return [(from_s, [wind.vector() for wind in winds]) for from_s, winds in resolved.winds]


def _timed_zones(world: World) -> tuple[TimedZone, ...]:
    """Zones that come into force at a time of the day."""
    zones = world.zones
    columns = zip(
        zones.ids, zones.polygons, zones.floor_m.tolist(), zones.ceiling_m.tolist(), zones.from_s.tolist(), strict=True
    )
    return tuple(
        TimedZone(name=name, polygon=polygon, floor_m=floor_m, ceiling_m=ceiling_m, from_s=from_s)
        for name, polygon, floor_m, ceiling_m, from_s in columns
        if np.isfinite(from_s)
    )


def _has_trace(scenario: Scenario) -> bool:
    return scenario.demand.model == "trace"


def _world(scenario: Scenario) -> World:
    return load_map(scenario.map, needs_customers=not _has_trace(scenario))


def _policy(scenario: Scenario, folder: Path | None) -> DispatchPolicy:
    """Find the policy; where there is none, tell the problems of the map in the same breath."""
    try:
        return find_policy(scenario, folder=folder)
    except InputError as error:
        problems = list(error.problems)
    try:
        _world(scenario)
    except InputError as error:
        problems += error.problems
    raise InputError(problems)


def prepare(
    setting: Setting, *, seed: int | None = None, replication: int = 0, secret: Secret | None = None
) -> SimulationInputs:
    """Draw all random columns of one replication; its pickup codes are signed with ``secret``, if there is one."""
    chosen = setting.scenario.seed if seed is None else seed
    streams = Streams(seed=chosen, replication=replication)
    world, rules = setting.world, setting.resolved.rules
    opening_s = (rules.horizon.start_s, rules.horizon.end_s)
    demand = setting.resolved.demand
    orders = draw_orders(demand, world, streams=streams, opening_s=opening_s, trace=setting.trace)
    return SimulationInputs(
        name=setting.scenario.name,
        places=Places(
            ids=world.sites,
            xy=np.concatenate([world.takeoff_points.xy, world.airports.xy]),
            takeoff_points=len(world.takeoff_points),
        ),
        routes=setting.routes,
        library=setting.library,
        rules=rules,
        orders=orders,
        demand=demand_facts(demand, day_factor=orders.day_factor),
        drones=_draw_drones(setting, streams),
        aircraft=Multirotor(
            setting.resolved.drone_type,
            handling=_handling(rules.airspace),
            air_density=setting.scenario.weather.air_density_kgm3,
        ),
        winds=setting.resolved.winds,
        zones=tuple(zone for zone in _timed_zones(world) if zone.from_s > rules.horizon.start_s),
        # a policy that remembers things begins each day anew, whichever days its worker has run before
        policy=guarded(copy.deepcopy(setting.policy), setting.scenario.dispatch.policy),
        policy_name=setting.scenario.dispatch.policy,
        key=day_key(secret, seed=chosen, replication=replication),
        seed=chosen,
        replication=replication,
    )


def _handling(airspace: AirspaceRules) -> Handling:
    return Handling(corner_cut_m=airspace.corner_cut_m, path_error_m=airspace.path_error_m)


def _draw_drones(setting: Setting, streams: Streams) -> DroneColumns:
    """Draw when each drone fails; with failures off nothing is drawn."""
    rules = setting.resolved.rules
    owned, rate = sum(rules.fleet.drones) + sum(rules.fleet.spares), rules.failures_per_flight_hour
    if rate == 0:
        return DroneColumns(budget_h=np.full(owned, np.inf), is_loss=np.zeros(owned, dtype=np.bool_))
    budget_h = flight_hour_budgets(rate, owned, lambda drone: streams.generator(f"failure of drone {drone}"))
    losses = [streams.generator(f"loss of drone {drone}").random() < rules.loss_share for drone in range(owned)]
    return DroneColumns(budget_h=budget_h, is_loss=np.array(losses, dtype=np.bool_))

"""The composition root: from a checked scenario to the inputs of one replication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Handling, Multirotor
from dronesim.codes import Secret, day_key
from dronesim.comms import EVERYWHERE, LinkArea, LinkDay, Outage, OutageLaw, draw_outages
from dronesim.demand import ExpectedDemand, Trace, demand_facts, with_error
from dronesim.dispatch import DispatchPolicy
from dronesim.errors import InputError
from dronesim.experiment.briefs import (
    GroundBrief,
    WaysBrief,
    WeatherBrief,
    day_brief,
    draw_day,
    find_ways,
    ground_brief,
    read_trace,
    read_weather,
    read_world,
    ways_brief,
    ways_in,
    weather_brief,
)
from dronesim.experiment.fault_draws import draw_drones, draw_ground
from dronesim.experiment.handling_draws import draw_handling
from dronesim.experiment.own_policy import find_policy, guarded, parametrised, read_policy, source_of_policy
from dronesim.experiment.policy_copies import copied
from dronesim.experiment.policy_source import PolicySource
from dronesim.experiment.stationary import draw_care, draw_packs
from dronesim.routing import RouteSchedule
from dronesim.scenario import Resolved, Scenario, check_reach, known_areas, parts_of_day, resolve, weather_day
from dronesim.simulation import AirspaceRules, LegLibrary, Places, Rules, SimulationInputs, TimedZone
from dronesim.streams import Streams
from dronesim.weather import WeatherDay, draw_forecast
from dronesim.weather.record import WeatherRecord
from dronesim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all replications of a scenario share: world, routes, rules, policy, legs once they are worked out.

    ``policy_source``: the file in which a policy that is not built in was found by its name, beside the scenario in
    ``folder`` or elsewhere; ``runs_policy``: whether that file may be run. ``world`` and ``trace``
    are those of ``ground``, ``routes`` of a calm day and the ``library`` of legs in all winds those of ``ways``,
    ``record`` is read from ``weather``.
    """

    scenario: Scenario
    ground: GroundBrief
    world: World
    ways: WaysBrief
    routes: RouteSchedule
    resolved: Resolved
    trace: Trace | None
    weather: WeatherBrief | None
    record: WeatherRecord | None
    policy: DispatchPolicy
    policy_source: PolicySource | None = None
    folder: Path | None = None
    runs_policy: bool = True
    library: LegLibrary = field(default_factory=LegLibrary, repr=False)


def set_up(
    scenario: Scenario,
    *,
    folder: Path | None = None,
    policy: DispatchPolicy | None = None,
    ready: Sequence[Setting] = (),
    runs_policy: bool = True,
) -> Setting:
    """Load the map, find the routes, settle the rules.

    ``folder`` is where a policy of the planner's own is looked for, ``policy`` one that is there already. What one of
    the settings that stand ``ready`` has made of an equal brief is shared. Without ``runs_policy`` the file of such a
    policy is read and not run: no day can be simulated then.

    Raises
    ------
    InputError
        Anything in the scenario, its map or its trace that can't be run.
    """
    source = None if policy is not None else source_of_policy(scenario, folder=folder)
    if policy is None:
        policy = _policy(scenario, folder, find_policy if runs_policy else read_policy)
    else:
        policy = parametrised(policy, scenario)
    ground = ground_brief(scenario)
    world, trace = _read(ground, ready)
    weather = weather_brief(scenario)
    record = _weather(weather, ready)
    resolved = resolve(scenario, world, trace, record)
    ways = ways_brief(ground, resolved)
    routes, library = _find(ways, world, ready)
    horizon = resolved.rules.horizon
    parts = parts_of_day(world, from_s=horizon.start_s, to_s=horizon.end_s)
    problems = check_reach(scenario, world, [routes.in_calm(from_s) for from_s, _ in parts])
    if problems:
        raise InputError(problems)
    return Setting(
        scenario=scenario,
        ground=ground,
        world=world,
        ways=ways,
        routes=routes,
        resolved=resolved,
        trace=trace,
        weather=weather,
        record=record,
        policy=policy,
        policy_source=source,
        folder=folder,
        runs_policy=runs_policy,
        library=library,
    )


def _read(ground: GroundBrief, ready: Sequence[Setting]) -> tuple[World, Trace | None]:
    """Read map and trace, unless a setting has."""
    for setting in ready:
        if setting.ground == ground:
            return setting.world, setting.trace
    world = read_world(ground)
    return world, read_trace(ground, world)


def _weather(brief: WeatherBrief | None, ready: Sequence[Setting]) -> WeatherRecord | None:
    """Read the file of weather, unless a setting has."""
    for setting in ready:
        if setting.weather == brief:
            return setting.record
    return read_weather(brief)


def _find(ways: WaysBrief, world: World, ready: Sequence[Setting]) -> tuple[RouteSchedule, LegLibrary]:
    """Find the routes, unless a setting has, and perhaps legs in them."""
    for setting in ready:
        if setting.ways == ways:
            return setting.routes, setting.library
    return find_ways(ways, world), LegLibrary()


def _timed_zones(world: World) -> tuple[TimedZone, ...]:
    """Zones that come into force at a time of the day."""
    zones = world.zones
    columns = zip(
        zones.ids,
        zones.polygons,
        *(column.tolist() for column in (zones.floor_m, zones.ceiling_m, zones.from_s, zones.to_s)),
        strict=True,
    )
    return tuple(
        TimedZone(name=name, polygon=polygon, floor_m=floor_m, ceiling_m=ceiling_m, from_s=from_s, to_s=to_s)
        for name, polygon, floor_m, ceiling_m, from_s, to_s in columns
        if np.isfinite(from_s)
    )


def _policy(scenario: Scenario, folder: Path | None, find: Callable[..., DispatchPolicy]) -> DispatchPolicy:
    """Find the policy; where there is none, tell the problems of the map in the same breath."""
    try:
        return find(scenario, folder=folder)
    except InputError as error:
        problems = list(error.problems)
    try:
        read_world(ground_brief(scenario))
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
    day = day_brief(setting.ground, setting.resolved, seed=chosen)
    orders = draw_day(day, world, setting.trace, replication=replication)
    weather = setting.resolved.weather.day(streams)
    winds = setting.resolved.weather.winds(weather)
    weather = weather or weather_day(setting.scenario)
    return SimulationInputs(
        name=setting.scenario.name,
        places=_places(world),
        routes=ways_in(setting.routes, winds),
        library=setting.library,
        rules=rules,
        orders=orders,
        demand=demand_facts(day.demand, day_factor=orders.day_factor, day=_day_of(setting.trace, replication)),
        drones=draw_drones(rules, streams),
        drawn=draw_ground(rules, world, streams),
        expected=_expected(setting, streams),
        packs=draw_packs(rules, streams),
        care=draw_care(rules, streams),
        aircraft=_aircraft(setting),
        winds=winds,
        weather=weather,
        forecast=_forecast(weather, rules, streams),
        closures=setting.resolved.closures,
        link=_draw_link(setting, streams),
        handling=draw_handling(rules, len(orders), streams),
        misses=_draw_misses(rules.navigation.miss_share, len(orders), streams),
        position=_draw_position(setting, streams),
        blind_misses=_draw_blind_misses(rules, len(orders), streams),
        risk=setting.resolved.risk,
        noise=setting.resolved.noise,
        zones=tuple(zone for zone in _timed_zones(world) if zone.from_s > rules.horizon.start_s),
        policy=guarded(_policy_of_day(setting), setting.scenario.dispatch.policy),
        policy_name=setting.scenario.dispatch.policy,
        key=day_key(secret, seed=chosen, replication=replication),
        seed=chosen,
        replication=replication,
    )


def _day_of(trace: Trace | None, replication: int) -> str | None:
    """Name the day of a trace that has several."""
    return None if trace is None or len(trace.days) == 1 else trace.days[replication % len(trace.days)]


def _policy_of_day(setting: Setting) -> DispatchPolicy:
    """Give the policy as it was before any day: what it remembers is of this day, whichever its worker has run before.

    One that was found by its name is imported anew, any other is copied.
    """
    if not setting.runs_policy:
        return setting.policy
    if setting.policy_source is None:
        return copied(setting.policy)
    return find_policy(setting.scenario, folder=setting.folder)


def _expected(setting: Setting, streams: Streams) -> ExpectedDemand:
    """Declare the demand that is expected, with the error of forecasts."""
    error = setting.scenario.dispatch.demand_error
    return with_error(setting.resolved.hourly_demand, error, streams.generator("demand forecast"))


def _places(world: World) -> Places:
    return Places(
        ids=world.sites,
        xy=np.concatenate([world.takeoff_points.xy, world.airports.xy]),
        takeoff_points=len(world.takeoff_points),
    )


def _aircraft(setting: Setting) -> Multirotor:
    return Multirotor(
        setting.resolved.drone_type,
        handling=_handling(setting.resolved.rules.airspace),
        air_density=setting.scenario.weather.air_density_kgm3,
    )


def _draw_misses(share: float, orders: int, streams: Streams) -> NDArray[np.int64]:
    """Draw how many landings of each order are missed, one after the other; with misses off nothing is drawn."""
    if share == 0:
        return np.empty(0, dtype=np.int64)
    return streams.generator("missed landings").geometric(1 - share, size=orders).astype(np.int64) - 1


def _draw_blind_misses(rules: Rules, orders: int, streams: Streams) -> NDArray[np.int64]:
    """Draw how many landings of each order would be missed without position; none where that is never lost."""
    stated = rules.navigation.position
    if not rules.loses_position or stated.miss_share == 0:
        return np.empty(0, dtype=np.int64)
    if stated.miss_share == 1:
        return np.full(orders, np.iinfo(np.int64).max)
    rng = streams.generator("missed landings without position")
    return rng.geometric(1 - stated.miss_share, size=orders).astype(np.int64) - 1


def _draw_link(setting: Setting, streams: Streams) -> LinkDay:
    """Draw the outages of the command link, of each area from its own stream."""
    areas, rules = known_areas(setting.world), setting.resolved.rules.link
    names = {EVERYWHERE: "link outages"}
    if rules.by == "area":
        hit = rules.areas or [area.name for area in areas if area.is_drawn]
        names = _streams_of(areas, hit, "link outages of")
    return _draw_outages(setting, rules.outages, areas, names, streams)


def _draw_position(setting: Setting, streams: Streams) -> LinkDay:
    """Draw the outages of the position service, of each area from its own stream."""
    areas, rules = known_areas(setting.world), setting.resolved.rules.navigation.position
    by_area = _streams_of(areas, rules.areas, "position outages of")
    return _draw_outages(setting, rules.outages, areas, by_area or {EVERYWHERE: "position outages"}, streams)


def _streams_of(areas: Sequence[LinkArea], hit: Sequence[str], name: str) -> dict[int, str]:
    """Name the stream of each area that is hit, by the number of the area."""
    return {number: f"{name} {area.name}" for number, area in enumerate(areas) if area.name in hit}


def _draw_outages(
    setting: Setting, law: OutageLaw | None, areas: tuple[LinkArea, ...], names: Mapping[int, str], streams: Streams
) -> LinkDay:
    """Draw the outages of a day in areas, by the name of the stream of each."""
    if law is None:
        return LinkDay(areas=areas)
    horizon = setting.resolved.rules.horizon
    hours = {"from_s": horizon.start_s, "to_s": horizon.end_s + horizon.drain_s}
    return LinkDay(
        areas=areas,
        outages=tuple(
            Outage(area=area, from_s=from_s, to_s=to_s)
            for area, name in names.items()
            for from_s, to_s in draw_outages(law, **hours, rng=streams.generator(name))
        ),
    )


def _forecast(weather: WeatherDay, rules: Rules, streams: Streams) -> WeatherDay:
    return () if rules.weather is None else draw_forecast(weather, rules.weather, streams.generator)


def _handling(airspace: AirspaceRules) -> Handling:
    return Handling(corner_cut_m=airspace.corner_cut_m, path_error_m=airspace.path_error_m)

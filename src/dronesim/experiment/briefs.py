"""What maps, routes and days are made from: frozen briefs, equal where what is made of them is.

Whoever makes one of these things takes its brief and nothing else of a scenario. So what is kept by a brief can't be
stale: a setting that matters is in the brief, or it would not matter.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from dronesim.demand import OrderColumns, Trace, draw_orders
from dronesim.demand.specs import DemandSpec
from dronesim.routing import RouteSchedule, build_route_schedule, cached_route_table
from dronesim.routing.brief import Structure
from dronesim.scenario import Resolved, Scenario, Winds, load_map, load_trace, read_record
from dronesim.simulation import ShadowRules, shadow_rules
from dronesim.streams import Streams
from dronesim.weather.record import WeatherRecord
from dronesim.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBrief:
    """A file by its place, which messages and names come from, and by its content."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundBrief:
    """What a world is read from, and a trace if there is one; without one the map needs customers."""

    map: FileBrief
    trace: FileBrief | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherBrief:
    """What a record of weather is read from: a file, its form where it is stated, the zone and the day of its times."""

    file: FileBrief
    form: str | None
    zone: str | None
    date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysBrief:
    """What routes are found from, whatever a day's hours and winds: obstacles, levels, rules and speeds."""

    ground: GroundBrief
    structure: Structure
    levels_m: tuple[float, ...]
    clearance_m: float
    roof_margin_m: float
    airspeed_mps: float
    cruise_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBrief:
    """What the orders of days are drawn from; the number of a replication makes it one day."""

    ground: GroundBrief
    demand: DemandSpec
    opening_s: tuple[float, float]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowBrief:
    """What the shadows of days come from: the days, and the rules that shadows know."""

    day: DayBrief
    rules: ShadowRules


def ground_brief(scenario: Scenario) -> GroundBrief:
    """Tell what the world and the trace of a scenario are read from."""
    demand = scenario.demand
    trace = _file_brief(demand.file or "") if demand.model == "trace" else None
    return GroundBrief(map=_file_brief(scenario.map), trace=trace)


def read_world(brief: GroundBrief) -> World:
    """Read the map.

    Raises
    ------
    InputError
        With every problem of it.
    """
    return load_map(brief.map.path, needs_customers=brief.trace is None)


def weather_brief(scenario: Scenario) -> WeatherBrief | None:
    """Tell what the weather of a scenario is read from; None where it is not read."""
    weather, horizon = scenario.weather, scenario.horizon
    if weather.file is None:
        return None
    return WeatherBrief(file=_file_brief(weather.file), form=weather.format, zone=horizon.zone, date=horizon.date)


def read_weather(brief: WeatherBrief | None) -> WeatherRecord | None:
    """Read the file of weather, where there is one.

    Raises
    ------
    InputError
        With every problem of it.
    """
    if brief is None:
        return None
    return read_record(brief.file.path, form=brief.form, zone=brief.zone, date=brief.date)


def read_trace(brief: GroundBrief, world: World) -> Trace | None:
    """Read the trace, where there is one.

    Raises
    ------
    InputError
        With every problem of it.
    """
    return None if brief.trace is None else load_trace(Path(brief.trace.path), world)


def ways_brief(ground: GroundBrief, resolved: Resolved) -> WaysBrief:
    """Tell what the routes of a scenario are found from."""
    airspace, kind = resolved.rules.airspace, resolved.drone_type
    return WaysBrief(
        ground=ground,
        structure="airways" if airspace.structure == "airways" else "free",
        levels_m=airspace.levels_m,
        clearance_m=airspace.obstacle_clearance_m,
        roof_margin_m=airspace.roof_margin_m,
        airspeed_mps=kind.max_mps,
        cruise_mps=kind.cruise_mps,
    )


def ways_in(ways: RouteSchedule, winds: Winds) -> RouteSchedule:
    """Give the routes of a day with these winds; those of a calm day where no wind blows."""
    if all(wind.speed_mps == 0 for _, by_level in winds for wind in by_level):
        return ways
    return ways.in_winds([(from_s, [wind.vector() for wind in by_level]) for from_s, by_level in winds])


def find_ways(brief: WaysBrief, world: World) -> RouteSchedule:
    """Find the routes of a calm day in the world of their brief; those of other days are found in its winds."""
    return build_route_schedule(
        world,
        levels_m=brief.levels_m,
        airspeed_mps=brief.airspeed_mps,
        cruise_mps=brief.cruise_mps,
        build=cached_route_table,
        clearance_m=brief.clearance_m,
        roof_margin_m=brief.roof_margin_m,
        structure=brief.structure,
    )


def day_brief(ground: GroundBrief, resolved: Resolved, *, seed: int) -> DayBrief:
    """Tell what the days of a scenario are drawn from."""
    horizon = resolved.rules.horizon
    return DayBrief(ground=ground, demand=resolved.demand, opening_s=(horizon.start_s, horizon.end_s), seed=seed)


def draw_day(brief: DayBrief, world: World, trace: Trace | None, *, replication: int) -> OrderColumns:
    """Draw the orders of one day, in the world and from the trace of its brief."""
    streams = Streams(seed=brief.seed, replication=replication)
    of_day = None if trace is None else trace.of_replication(replication)
    return draw_orders(brief.demand, world, streams=streams, opening_s=brief.opening_s, trace=of_day)


def shadow_brief(ground: GroundBrief, resolved: Resolved, *, seed: int) -> ShadowBrief:
    """Tell what the shadows of a scenario's days come from."""
    rules = shadow_rules(resolved.rules, resolved.drone_type)
    return ShadowBrief(day=day_brief(ground, resolved, seed=seed), rules=rules)


def _file_brief(path: str) -> FileBrief:
    """Tell a file by its content; one that can't be read is refused by whoever reads it."""
    try:
        digest = hash_of(Path(path))
    except OSError:
        digest = ""
    return FileBrief(path=path, digest=digest)


def hash_of(path: Path) -> str:
    """Hash a file; it is read once however many points share it, unless it changes meanwhile."""
    state = path.stat()
    return _hash_at(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=16)
def _hash_at(path: Path, _changed_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

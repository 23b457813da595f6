"""Drills: files that say what goes wrong on a day, laid over whatever scenario is drilled.

A drill is written as a scenario that extends another: what it states wins over the base, table by table, and its
``[[events]]`` come beside the base's. Its ``[drill]`` table says in words what it asks, which key figures answer, and
what can only be said relative to a base: factors, and winds that blow for a while.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import Field, Strict, ValidationError, ValidationInfo, field_validator

from dronesim.errors import InputError, Problem
from dronesim.record.resources import RESOURCES
from dronesim.scenario.complaints import near_match, one_of, problems_from
from dronesim.scenario.fields import Positive, Table, TimeOfDay, about, seconds_of_day
from dronesim.scenario.geojson import load_map
from dronesim.scenario.keys import stated_keys
from dronesim.scenario.load import checked_tree, in_file_order, stated_problems
from dronesim.scenario.model import Scenario
from dronesim.scenario.origins import KeyPath, Origin
from dronesim.scenario.staffing import are_replaced, no_effect, replaced_by_shifts
from dronesim.scenario.trace import load_trace
from dronesim.scenario.tree import Tree, read_single
from dronesim.scenario.weather_source import STATED_WEATHER, TOLD_WEATHER
from dronesim.simulation.trouble import TROUBLES

BUSIEST: Final = "busiest"
"""What a drill's event may state for an airport: the one with most orders, whatever the map."""
_SUFFIX: Final = ".toml"
_LONGEST_NAME: Final = 80
_ROWS: Final = ("events",)
"""Lists whose rows come beside those of the base."""


class DrillWind(Table):
    """A wind that blows for a while; before and after it is as in the base."""

    at: TimeOfDay = Field(description="when it begins, local time")
    until: TimeOfDay = Field(description="when the base's own wind is back, local time")
    wind_mps: Annotated[float, Field(ge=0.0, le=100.0)] = Field(
        description="mean wind at the height of the base's anemometer, metres per second"
    )
    wind_from_deg: Annotated[float, Field(ge=0.0, le=360.0)] = about(
        0.0, "where the wind comes from, degrees clockwise from north"
    )

    @field_validator("until")
    @classmethod
    def _after(cls, until: str, info: ValidationInfo) -> str:
        if "at" in info.data and seconds_of_day(until) <= seconds_of_day(info.data["at"]):
            raise ValueError(f"must be later than at, {info.data['at']}; after midnight hours count on, as 25:30")
        return until


class DrillTable(Table):
    """What a drill asks, by which key figures, and what it changes relative to the base."""

    asks: str = Field(description="what it asks, in words", min_length=1)
    watches: Annotated[tuple[str, ...], Strict(False), Field(min_length=1)] = Field(
        description="key figures that answer it, by their dotted names in kpis.json, the first one first"
    )
    multiplies: dict[str, Positive] = about({}, "numbers of the base by dotted key, each with its factor", "stated")
    winds: Annotated[tuple[DrillWind, ...], Strict(False)] = about((), "winds that blow for a while", "stated")


class DrillFile(Table):
    """The part of a drill's file that is no scenario."""

    drill: DrillTable = Field(description="what the drill asks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill as read: its name, what its table says, and the keys of its file that are a scenario's."""

    name: str
    table: DrillTable
    tree: Tree = field(repr=False)


@cache
def drill_names() -> tuple[str, ...]:
    """List the drills of the package."""
    return tuple(
        sorted(entry.name.removesuffix(_SUFFIX) for entry in _folder().iterdir() if entry.name.endswith(_SUFFIX))
    )


def _folder() -> Traversable:
    return resources.files("dronesim.scenario") / "drills"


def read_drill(name: str) -> Drill:
    """Read a drill of the package by its name, or a file of one's own that ends in .toml.

    Raises
    ------
    InputError
        There is none of that name, or with every problem of its ``[drill]`` table; then with those of the rest too.
    """
    if name.endswith(_SUFFIX):
        return _read(Path(name))
    if name not in drill_names():
        rule = f"{one_of(drill_names())}, or name a file of your own that ends in {_SUFFIX}"
        hint = near_match(name, drill_names())
        raise InputError([Problem(file="command line", key="drill", rule=rule, value=name, hint=hint)])
    with resources.as_file(_folder() / f"{name}{_SUFFIX}") as path:
        return _read(path)


def _read(path: Path) -> Drill:
    tree = read_single(path)
    unfit = [key for key in ("name", "extends") if key in tree.values]
    problems = [tree.origins.problem((key,), "is the base's to say, and has no place in a drill") for key in unfit]
    part = {"drill": tree.values.pop("drill")} if "drill" in tree.values else {}
    try:
        stated = DrillFile.model_validate(part)
    except ValidationError as error:
        problems += problems_from(error, tree=part, origins=tree.origins, model=DrillFile)
    if problems:
        raise InputError(in_file_order([*problems, *stated_problems(tree)]))
    return Drill(name=path.stem, table=stated.drill, tree=tree)


def drilled(base: Scenario, drill: Drill) -> Scenario:
    """Lay a drill over a scenario.

    Raises
    ------
    InputError
        With every problem of what comes of it, in the file that states it.
    """
    origins = base.origins
    values = base.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    tree = Tree(file=drill.tree.file, folder=origins.folder, values=values, places=dict(origins.places))
    stated = Tree(
        file=drill.tree.file,
        folder=drill.tree.folder,
        values=_plain_copy(drill.tree.values),
        places=dict(drill.tree.places),
    )
    problems = [*_multiply(tree, base, drill), *_name_the_busiest(stated, base), *_weather_twice(base, drill)]
    if problems:
        raise InputError(problems)
    _blow(tree, base, drill)
    _last_all_day(tree, stated)
    for name in _ROWS:
        _add_rows(tree, stated, name)
    tree.lay_over(stated)
    values["name"] = f"{base.name}, {drill.name}"[:_LONGEST_NAME]
    made = checked_tree(tree)
    problems = list(_replaced(made, drill))
    if problems:
        raise InputError(problems)
    return made


def _plain_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_copy(inner) for key, inner in value.items()}
    return [_plain_copy(inner) for inner in value] if isinstance(value, list) else value


# factors


def _multiply(tree: Tree, base: Scenario, drill: Drill) -> Iterator[Problem]:
    """Multiply numbers of the base, or of each site; what counts things stays whole, and stays at least one."""
    for key, factor in drill.table.multiplies.items():
        place: KeyPath = ("drill", "multiplies", key)
        path = tuple(_orders_key(base, key).split("."))
        value = _value_of(base, path)
        if value is None:
            rule = "is not a number that the base states or has by default"
            hint = near_match(key, [stated.path for stated in stated_keys(base)])
            yield drill.tree.origins.problem(place, rule, value=key, hint=None if hint == key else hint)
            continue
        holder = tree.values
        for part in path[:-1]:
            holder = holder.setdefault(part, {})
        holder[path[-1]] = _scaled(value, factor)
        tree.places[path] = drill.tree.origins.of(place)
        _multiply_shifts(tree, key, factor, drill.tree.origins.of(place))


def _multiply_shifts(tree: Tree, key: str, factor: float, origin: Origin) -> None:
    """Multiply the shifts of what a key counts, which are there in place of its number."""
    plurals = [row.plural for row in RESOURCES if row.has_shifts and row.key == key]
    for number, row in enumerate(tree.values.get("shifts", [])):
        if row["what"] in plurals:
            row["count"] = _scaled(row["count"], factor)
            tree.places[("shifts", number, "count")] = origin


def _replaced(made: Scenario, drill: Drill) -> Iterator[Problem]:
    """Find numbers of people that a drill states, or multiplies, and that shifts make nothing of."""
    homes = load_map(made.map, needs_customers=False).takeoff_points.ids if made.shifts else ()
    for resource in replaced_by_shifts() if made.shifts else ():
        key = resource.key or ""
        table, _, name = key.partition(".")
        stated = drill.tree.values.get(table, {}).get(name)
        sites = list(stated) if isinstance(stated, dict) else []
        is_multiplied = key in drill.table.multiplies and "shifts" in drill.tree.values
        if (stated is None and not is_multiplied) or not are_replaced(made, resource, sites, homes):
            continue
        path: KeyPath = ("drill", "multiplies", key) if stated is None else (table, name)
        way_out = "state shifts in the drill, or a factor alone (drill.multiplies), which multiplies shifts too"
        yield drill.tree.origins.problem(path, f"{no_effect(resource)}; {way_out}", value=stated)


def _orders_key(base: Scenario, key: str) -> str:
    """Take the orders of a trace by the factor that multiplies them."""
    return "demand.trace_factor" if key == "demand.orders" and base.demand.model == "trace" else key


def _value_of(base: Scenario, path: tuple[str, ...]) -> Any:
    """Give the number, or the numbers by site, under a key; None where there are none."""
    holder: Any = base
    for part in path:
        holder = getattr(holder, part, None) if isinstance(holder, Table) else None
    numbers = list(holder.values()) if isinstance(holder, dict) else [holder]
    is_amount = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
    return holder if numbers and is_amount else None


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {site: _scaled(number, factor) for site, number in value.items()}
    if isinstance(value, int):
        return max(math.floor(value * factor + 0.5), min(value, 1))
    return value * factor


# weather


def _weather_twice(base: Scenario, drill: Drill) -> Iterator[Problem]:
    """Refuse a drill that states weather over a scenario in which it comes from a file, or is drawn."""
    weather, stated = base.weather, drill.tree.values.get("weather")
    if weather.file is None and weather.process is None:
        return
    keys = [key for key in STATED_WEATHER if key in stated] if isinstance(stated, dict) else []
    where = "weather.file" if weather.file is not None else "[weather.process]"
    rule = f"states the weather, which comes from {where} in the scenario that is drilled; drill one that states it"
    for path in ([("drill", "winds")] if drill.table.winds else []) + [("weather", key) for key in keys]:
        yield drill.tree.origins.problem(path, rule)


def _last_all_day(tree: Tree, stated: Tree) -> None:
    """Let what a drill tells beside winds go on through the base's changes, which would otherwise not know it."""
    stated_there, own = stated.values.get("weather"), tree.values.get("weather", {})
    weather = stated_there if isinstance(stated_there, dict) else {}
    told = {key: weather[key] for key in TOLD_WEATHER if key in weather}
    if told and "changes" in own and "changes" not in weather:
        own["changes"] = [{**change, **told} for change in own["changes"]]


def _blow(tree: Tree, base: Scenario, drill: Drill) -> None:
    """Let each wind of the drill take the place of the base's for a while."""
    if not drill.table.winds:
        return
    weather = base.weather
    calm = {name: getattr(weather, name) for name in ("wind_mps", "wind_from_deg", *TOLD_WEATHER)}
    changes = [(seconds_of_day(change.at), change.model_dump(exclude_none=True)) for change in weather.changes]
    for wind in drill.table.winds:
        at_s, until_s = seconds_of_day(wind.at), seconds_of_day(wind.until)
        back = {**_in_force(calm, changes, until_s), "at": wind.until}
        blows = {**_in_force(calm, changes, at_s), "at": wind.at}
        blows |= {"wind_mps": wind.wind_mps, "wind_from_deg": wind.wind_from_deg}
        if "gust_mps" in blows:
            blows["gust_mps"] = max(blows["gust_mps"], wind.wind_mps)
        kept = [(from_s, change) for from_s, change in changes if not at_s <= from_s <= until_s]
        changes = sorted([*kept, (at_s, blows), (until_s, back)], key=lambda change: change[0])
    origin = drill.tree.origins.of(("drill", "winds"))
    for known in [known for known in tree.places if known[:2] == ("weather", "changes")]:
        del tree.places[known]
    tree.values.setdefault("weather", {})["changes"] = [change for _, change in changes]
    tree.places[("weather", "changes")] = origin


def _in_force(first: dict[str, Any], changes: list[tuple[float, dict[str, Any]]], at_s: float) -> dict[str, Any]:
    """Give what is known of the weather at a time."""
    before = [change for from_s, change in changes if from_s <= at_s]
    return {key: value for key, value in (before[-1] if before else first).items() if value is not None}


# events


def _add_rows(tree: Tree, stated: Tree, name: str) -> None:
    """Put the rows of a list behind those of the base, each with its place."""
    rows = stated.values.get(name)
    if not isinstance(rows, list):
        return
    own = tree.values.setdefault(name, [])
    places: dict[KeyPath, Origin] = {}
    for path, origin in stated.places.items():
        if path[:1] == (name,) and len(path) > 1 and isinstance(path[1], int):
            places[(name, path[1] + len(own), *path[2:])] = origin
    own.extend(rows)
    tree.places.update(places)
    del stated.values[name]


def _name_the_busiest(stated: Tree, base: Scenario) -> Iterator[Problem]:
    """Name the busiest airport where an event asks for it, in the map of the base."""
    rows = stated.values.get("events", [])
    wanted = [
        (row, key.name)
        for row in (rows if isinstance(rows, list) else ())
        for trouble in TROUBLES.values()
        for key in trouble.keys
        if isinstance(row, dict) and row.get("kind") == trouble.kind and key.holds == "airport"
        if row.get(key.name) == BUSIEST
    ]
    if not wanted:
        return
    try:
        name = busiest_airport(base)
    except InputError as error:
        yield from error.problems
        return
    for row, key in wanted:
        row[key] = name


def busiest_airport(scenario: Scenario) -> str:
    """Name the airport that most orders are expected at: by the weights of its communities, or counted in a trace.

    Raises
    ------
    InputError
        The map or the trace can't be read.
    """
    is_trace = scenario.demand.model == "trace" and scenario.demand.file is not None
    world = load_map(scenario.map, needs_customers=not is_trace)
    if is_trace:
        trace = load_trace(Path(scenario.demand.file or ""), world)
        orders = np.bincount(trace.airport, minlength=len(world.airports))
    else:
        orders = np.bincount(world.community_airport, world.community_weight, minlength=len(world.airports))
    return world.airports.ids[int(orders.argmax())]

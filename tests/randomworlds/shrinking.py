"""Shrinks a bad world: whatever can be left out while the same goes wrong is left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from randomworlds.judging import Verdict, judge
from randomworlds.world import Row, World

PLAIN: dict[str, Row] = {
    "couriers": {"per_takeoff_point": 20},
    "takeoff_points": {"pads": 6, "loaders": 4},
    "airports": {"pads": 4, "unloaders": 2, "boxes": 28},
    "batteries": {"mode": "swap", "packs": 8, "chargers": 6},
    "dispatch": {"policy": "nearest"},
    "fleet": {"spares": 0, "is_shared": False},
    "faults": {"failures_per_flight_hour": 0.0},
    "customers": {"no_show_share": 0.0, "bad_scan_share": 0.0, "patience_min": 600.0},
    "airspace": {"levels_m": [60.0], "tracking_error_m": 0.0, "buffer_s": 0.5, "route_headway_s": 0.0},
    "weather": {"wind_mps": 0.0},
    "link": {"outages": {"kind": "none"}, "after": "continue"},
    "pilots": {},
}
"""Roomy rules that a world is tried with, table by table and key by key."""


def shrunk(world: World, verdict: Verdict, *, most: int = 300) -> World:
    """Leave out all that can be left out while the same check fails, in at most so many runs."""
    left, kind = most, _kind(verdict)

    def is_still_bad(smaller: World) -> bool:
        nonlocal left
        left -= 1
        return _kind(judge(smaller)) == kind

    is_settled = False
    while left > 0 and not is_settled:
        is_settled = True
        for smaller in _smaller(world):
            if left <= 0:
                break
            if is_still_bad(smaller):
                world, is_settled = smaller, False
                break
    return world


def _kind(verdict: Verdict) -> str:
    """What goes wrong, without numbers and names."""
    words = verdict.words[0] if verdict.words else ""
    return f"{verdict.kind}: {re.sub(r'[A-Z]?[0-9][0-9.:]*', '#', words)[:60]}"


def _smaller(world: World) -> Iterator[World]:
    """List worlds with something left out, much first."""
    yield from _without(world.events, world.having_events)
    yield from _without(world.winds, lambda winds: world.having("weather", changes=winds))
    if world.orders is not None:
        yield from _without(list(world.orders), lambda rows: replace(world, orders=tuple(rows)), least=1)
    yield from _without_features(world)
    yield from _without_tables(world)
    if world.policy is not None:
        yield replace(world, policy=None)
    for table, plain in PLAIN.items():
        yield from _plainer(world, table, plain)
    yield from _without_keys(world)


def _without(parts: list[Row], made: Callable[[list[Row]], World], *, least: int = 0) -> Iterator[World]:
    """Leave out halves, quarters and so on, and at last single parts."""
    size = len(parts)
    while size >= 1:
        for first in range(0, len(parts), size):
            kept = parts[:first] + parts[first + size :]
            if least <= len(kept) < len(parts):
                yield made(kept)
        size //= 2


def _without_features(world: World) -> Iterator[World]:
    """Leave out what nobody needs to fly: buildings, zones, areas, places."""
    for kind in ("building", "no_fly", "link_area", "people", "place"):
        rows = [feature for feature in world.features if feature["kind"] == kind]
        others = tuple(feature for feature in world.features if feature["kind"] != kind)
        yield from _without(rows, lambda kept, others=others: replace(world, features=(*others, *kept)))  # type: ignore[misc]


def _without_tables(world: World) -> Iterator[World]:
    """Leave out whole tables of the scenario that have no roomy rules, and rows of lists of tables."""
    for name, table in world.scenario.items():
        if name == "events" or name in PLAIN:
            continue
        if isinstance(table, dict):
            yield replace(world, scenario={key: value for key, value in world.scenario.items() if key != name})
        elif isinstance(table, list):
            yield from _without(table, lambda rows, name=name: replace(world, scenario={**world.scenario, name: rows}))  # type: ignore[misc]


def _without_keys(world: World) -> Iterator[World]:
    """Leave out single keys of tables, tables in tables among them, so that the defaults hold."""
    for name, table in world.scenario.items():
        keys = [key for key in table if key not in PLAIN.get(name, {})] if isinstance(table, dict) else []
        for key in keys:
            rest = {other: value for other, value in table.items() if other != key}
            yield replace(world, scenario={**world.scenario, name: rest})


def _plainer(world: World, table: str, plain: Row) -> Iterator[World]:
    stated = world.scenario.get(table, {})
    if any(stated.get(key) != value for key, value in plain.items()):
        yield world.having(table, **plain)
    for key, value in plain.items():
        if stated.get(key) != value:
            yield world.having(table, **{key: value})

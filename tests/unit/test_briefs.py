"""What is kept by a brief is never stale: a key changes the brief, or what is made of it is the same without it.

Walked are all keys of a scenario, each from the day and to the value by which `test_every_key` shows that it matters
to something. Briefs are compared as caches compare them; routes, days and legs are made anew on both sides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.experiment import briefs, compose
from dronesim.experiment.bench import shadow_of, shadows_brief
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.routing import build_route_table
from dronesim.scenario import Resolved, Scenario
from dronesim.simulation import LegLibrary, sortie_times
from dronesim.simulation.library import LegShelf
from dronesim.world import World
from unit.test_every_key import CHANGES, _in_folder, _place, folder, scenario_of  # noqa: F401  (fixtures)


@pytest.fixture(autouse=True)
def nothing_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefs, "cached_route_table", build_route_table)


def settings_of(key: tuple[str, str]) -> tuple[Setting, Setting]:
    """Set the day of a key up, and the same day with the key changed."""
    (path, variant), change = key, CHANGES[key]
    return set_up(scenario_of(change.on)), set_up(scenario_of(change.on, {_place(path, variant, change.on): change.to}))


def same(one: Any, other: Any) -> bool:
    """Compare by content, arrays, columns and records among it."""
    if dataclasses.is_dataclass(one):
        fields = [field.name for field in dataclasses.fields(one) if field.compare]
        return type(one) is type(other) and all(same(getattr(one, name), getattr(other, name)) for name in fields)
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def routes_of(setting: Setting) -> list[Any]:
    """List all lengths and ways of a day in its winds, at its beginning and after each change."""
    at_s, found = 0.0, []
    routes: Any = prepare(setting).routes
    while at_s < np.inf:
        table = routes.at(at_s)
        sites = range(len(setting.world.sites))
        ways = [table.waypoints(0, origin, destination) for origin in sites for destination in sites]
        found.append((at_s, table.levels_m, table.distance_m, table.is_blocked, ways))
        at_s = routes.next_change_s(at_s)
    return found


def legs_of(setting: Setting) -> Mapping[Hashable, Mapping[Any, Any]]:
    """Work legs out and tell them by the brief of their shelf and by where they lead, their energy by density too."""
    library = LegLibrary()
    sortie_times(dataclasses.replace(prepare(setting), library=library))
    return {brief: dict(_legs_on(shelf)) for brief, shelf in library._shelves.items()}


def _legs_on(shelf: LegShelf) -> Iterator[tuple[Any, Any]]:
    """Give legs but for the air that they were first asked for in, and energies by density."""
    for place, leg in shelf.legs.items():
        known = {field.name: getattr(leg, field.name) for field in dataclasses.fields(leg)} if leg is not None else {}
        yield place, {name: value for name, value in known.items() if name not in ("air", "empty_wh")}
    for density, energies in shelf.empty_wh.items():
        for place, empty_wh in energies.items():
            yield (density, place), empty_wh


def check_briefs(key: tuple[str, str]) -> frozenset[str]:
    """Tell which briefs a key changes; where it changes none, what is made of them must be the same."""
    before, after = settings_of(key)
    changed = set()
    if before.ground != after.ground:
        changed.add("ground")
    else:
        assert same(_arrays(before.world), _arrays(after.world)), "another map"
        assert same(before.trace, after.trace), "another trace"
    if before.weather != after.weather:
        changed.add("weather")
    else:
        assert (before.record is None) == (after.record is None), "another record of the weather"
    if (before.ways, prepare(before).winds) != (after.ways, prepare(after).winds):
        changed.add("ways")
    else:
        assert same(routes_of(before), routes_of(after)), "other routes"
    if shadows_brief(before) != shadows_brief(after):
        changed.add("days")
    else:
        for replication in (0, 1):
            days = [prepare(setting, replication=replication).orders for setting in (before, after)]
            assert same(*days), "another day"
            assert same(*(shadow_of(setting, replication) for setting in (before, after))), "another shadow"
    one, other = legs_of(before), legs_of(after)
    if one.keys() != other.keys():
        changed.add("legs")
    for brief in one.keys() & other.keys():
        # in a no-go time nobody asks for legs
        for place in one[brief].keys() & other[brief].keys():
            assert same(one[brief][place], other[brief][place]), "other legs"
    return frozenset(changed)


def _arrays(world: World) -> dict[str, Any]:
    return {field.name: getattr(world, field.name) for field in dataclasses.fields(world)}


@pytest.mark.parametrize("key", CHANGES, ids=lambda key: "-".join(filter(None, key)))
def test_a_key_changes_a_brief_or_nothing_that_is_made_of_it(key: tuple[str, str]) -> None:
    check_briefs(key)


SHARED: dict[str, set[str]] = {
    "fleet.drones": set(),
    "fleet.spares": set(),
    "batteries.reserve": set(),
    "airports.boxes": set(),
    "airspace.separation_m": set(),
    "takeoff_points.load_s": set(),
    "couriers.walk_mps": {"days"},
    "demand.orders": {"days"},
    "kitchens.preparation.mean_min": {"days"},
    "service.limit_min": {"days"},
    "drone.payload_kg": {"days", "legs"},
    "drone.approach_s": {"legs"},
    "drone.cruise_mps": {"ways", "legs"},
    "airspace.obstacle_clearance_m": {"ways", "legs"},
    "weather.wind_mps": {"ways", "legs"},
    "demand.file": {"ground", "ways", "days"},
    "map": {"ground", "ways", "days"},
}
"""What some keys change, so that an experiment shares the rest: a brief of everything would prove nothing."""


@pytest.mark.parametrize("path", SHARED)
def test_an_experiment_shares_what_a_key_leaves_as_it_is(path: str) -> None:
    key = next(key for key in CHANGES if key[0] == path)
    assert check_briefs(key) == SHARED[path]


def test_a_file_is_told_by_what_is_in_it(folder: Path) -> None:  # noqa: F811
    first = briefs.ground_brief(scenario_of({"map": "zone.geojson"}))
    again = folder / "zone.geojson"
    again.write_bytes(again.read_bytes())
    assert briefs.ground_brief(scenario_of({"map": "zone.geojson"})) == first
    again.write_bytes(again.read_bytes() + b"\n")
    assert briefs.ground_brief(scenario_of({"map": "zone.geojson"})) != first


def test_settings_share_what_equal_briefs_make() -> None:
    first = set_up(scenario_of())
    other_fleet = set_up(scenario_of({"fleet.drones": 8}), ready=[first])
    other_wind = set_up(scenario_of({"weather.wind_mps": 3.0}), ready=[first])
    assert other_fleet.world is other_wind.world is first.world
    assert other_fleet.routes is first.routes
    assert other_fleet.library is first.library
    assert other_wind.routes is first.routes
    assert other_wind.library is first.library
    at_s = first.resolved.rules.horizon.start_s
    assert prepare(other_wind).routes.at(at_s).brief != prepare(first).routes.at(at_s).brief


# planted


def test_who_looks_past_a_brief_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a hand-kept list: routes come from a setting that what tells them apart does not name."""
    seen: list[Resolved] = []
    resolve, ways_brief, find_ways = compose.resolve, compose.ways_brief, compose.find_ways

    def noted(scenario: Scenario, *known: Any) -> Resolved:
        seen.append(resolve(scenario, *known))
        return seen[-1]

    def forgetful(*known: Any) -> briefs.WaysBrief:
        return dataclasses.replace(ways_brief(*known), clearance_m=0.0)

    def looking_past(brief: briefs.WaysBrief, world: World) -> Any:
        clearance_m = seen[-1].rules.airspace.obstacle_clearance_m
        return find_ways(dataclasses.replace(brief, clearance_m=clearance_m), world)

    for name, planted in {"resolve": noted, "ways_brief": forgetful, "find_ways": looking_past}.items():
        monkeypatch.setattr(compose, name, planted)
    with pytest.raises(AssertionError, match="other routes"):
        check_briefs(("airspace.obstacle_clearance_m", ""))


def test_legs_that_are_told_by_routes_alone_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = LegLibrary.shelf
    monkeypatch.setattr(LegLibrary, "shelf", lambda library, *brief: shelf(library, *brief[:1]))
    with pytest.raises(AssertionError, match="other legs"):
        check_briefs(("drone.approach_s", ""))

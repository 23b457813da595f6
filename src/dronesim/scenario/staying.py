"""What a scenario may not ask for where drones do not end at the take-off point that they left."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dronesim.errors import Problem
from dronesim.record.facts import ANYWHERE, WHERE_IT_IS
from dronesim.scenario.air import FaultsTable
from dronesim.scenario.model import Scenario
from dronesim.scenario.origins import KeyPath
from dronesim.world import World


def check_ends(scenario: Scenario, world: World) -> list[Problem]:
    """Find what drones that stay where they are can't meet: trouble, weather that changes, air kept apart in space.

    All of that is remedied by ways home that are booked with the way out, and those drones have none. Who lands at
    any take-off point has one, and must be shared alone.
    """
    origins, fleet = scenario.origins, scenario.fleet
    if fleet.ends == ANYWHERE and not fleet.is_shared:
        rule = f'must be true with fleet.ends = "{ANYWHERE}"'
        return [origins.problem(("fleet", "is_shared"), rule, value=fleet.is_shared)]
    if fleet.ends != WHERE_IT_IS:
        return []
    return [
        origins.problem(path, f'must be {needed} with fleet.ends = "{WHERE_IT_IS}"', value=value)
        for path, is_met, needed, value in (*_ground(scenario), *_trouble(scenario, world))
        if not is_met
    ]


_Need = tuple[KeyPath, bool, str, object]


def _ground(scenario: Scenario) -> Iterator[_Need]:
    fleet, batteries, care = scenario.fleet, scenario.batteries, scenario.maintenance
    mode, below, full = scenario.airspace.mode, batteries.turnaround_below, batteries.charge_to
    yield ("fleet", "is_shared"), fleet.is_shared, "true", fleet.is_shared
    yield ("airspace", "mode"), mode != "strategic", '"headway" or "none"', mode
    is_kept = below < full
    yield ("batteries", "turnaround_below"), is_kept, f"below batteries.charge_to, {full:g}, or nobody stays,", below
    for key in ("inspect_after_sorties", "inspect_after_flight_h"):
        stated = getattr(care, key)
        yield ("maintenance", key), stated is None, "left out", stated


def _trouble(scenario: Scenario, world: World) -> Iterator[_Need]:
    weather, link, navigation = scenario.weather, scenario.link, scenario.navigation
    yield ("events",), not scenario.events, "left out", len(scenario.events)
    timed = int((np.isfinite(world.zones.from_s) | np.isfinite(world.zones.to_s)).sum())
    yield ("map",), not timed, "without no-fly zones that have hours", timed
    yield ("link", "outages", "kind"), link.outages.kind == "none", '"none"', link.outages.kind
    yield ("navigation", "misses", "kind"), navigation.misses.kind == "none", '"none"', navigation.misses.kind
    unload = scenario.handling.unload.kind
    yield ("handling", "unload", "kind"), unload == "constant", '"constant"', unload
    position = navigation.position.outages.kind
    yield ("navigation", "position", "outages", "kind"), position == "none", '"none"', position
    per_h = navigation.excursions_per_h
    yield ("navigation", "excursions_per_h"), not per_h, "0", per_h
    for key in ("go_rule", "file", "process", "gust_mps", "rain_mmh", "temperature_c", "visibility_m"):
        stated = getattr(weather, key)
        yield ("weather", key), stated in (None, "wind"), "left out", stated
    yield ("weather", "changes"), not weather.changes, "left out", len(weather.changes)
    yield from _by_chance(scenario.faults)


def _by_chance(faults: FaultsTable) -> Iterator[_Need]:
    for key, stated in faults:
        if key.endswith("_per_flight_hour"):
            yield ("faults", key), not stated, "0", stated
        elif hasattr(stated, "every_h"):
            yield ("faults", key, "every_h"), not stated.every_h, "0", stated.every_h

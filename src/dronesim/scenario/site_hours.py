"""When sites lie in a no-fly zone with hours: parts of the day, between which zones do not change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.routing import blocked_sites, chosen_zones
from dronesim.scenario.model import Scenario
from dronesim.simulation.rules import Horizon
from dronesim.simulation.zones import SiteClosure
from dronesim.world import World


def parts_of_day(world: World, *, from_s: float, to_s: float) -> list[tuple[float, float]]:
    """Cut a day where zones begin or end; both ends in seconds since midnight."""
    edges_s = np.unique(np.concatenate([world.zones.from_s, world.zones.to_s]))
    inner = edges_s[(edges_s > from_s) & (edges_s < to_s)].tolist()
    return list(pairwise([from_s, *inner, to_s]))


def at_time(world: World, t_s: float) -> World:
    """Give the world with the zones that are in force at a time."""
    return replace(world, zones=chosen_zones(world.zones, world.zones.in_force(t_s)))


def barred_sites(scenario: Scenario, world: World) -> NDArray[np.bool_]:
    """Tell at which sites no drone can climb: near an obstacle at every level, or under one on the way up, ``(n,)``."""
    airspace = scenario.airspace
    is_blocked = blocked_sites(
        world,
        levels_m=airspace.levels_m,
        clearance_m=airspace.obstacle_clearance_m,
        roof_margin_m=airspace.roof_margin_m,
    ).all(axis=0)
    return np.asarray(is_blocked | is_under(world, airspace.levels_m[0]))


def is_under(world: World, lowest_m: float) -> NDArray[np.bool_]:
    """Whether each site lies inside a building taller than a level or a zone that begins below it, ``(n,)``."""
    xy = np.concatenate([world.takeoff_points.xy, world.airports.xy])
    tall = world.buildings.polygons[world.buildings.height_m > lowest_m]
    low = world.zones.polygons[world.zones.floor_m < lowest_m]
    tree = shapely.STRtree(np.concatenate([tall, low]))
    found = np.zeros(len(xy), dtype=np.bool_)
    found[tree.query(shapely.points(xy), predicate="covered_by")[0]] = True
    return found


def site_closures(scenario: Scenario, world: World, horizon: Horizon) -> tuple[SiteClosure, ...]:
    """Tell when each site lies in a zone, by site and time, from the opening until the drain is over."""
    over_s = horizon.end_s + horizon.drain_s
    parts = parts_of_day(world, from_s=horizon.start_s, to_s=over_s)
    if len(parts) < 2 or over_s <= horizon.start_s:
        return ()
    barred = np.array([barred_sites(scenario, at_time(world, from_s)) for from_s, _ in parts])
    return tuple(
        SiteClosure(site=site, from_s=parts[first][0], to_s=parts[last][1])
        for site in range(len(world.sites))
        for first, last in _runs(barred[:, site])
    )


def _runs(is_on: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """List the first and last place of each run of trues."""
    steps = np.diff(np.concatenate([[0], is_on.astype(np.int64), [0]]))
    yield from zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True)

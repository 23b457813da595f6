"""Shortest routes of a city: compiled kernels against the numpy twin and against extremitypathfinder.

    python benchmarks/routing.py --repeat 3
    python benchmarks/routing.py --json

Four comparisons, each in turns in one process (A B A B ...), medians shown:

- city: 6 x 6 km, 2,000 turned rectangular buildings and 12 zones, all of them obstacles; 40 take-off points and
  120 airports. ``dronesim`` goes from polygons to the lengths and the corners of all 4,800 routes, the numpy twin
  (``tests/oracles/numpy_visibility.py``) from polygons to their lengths.
- small: a town of 60 buildings, 5 x 20 routes, against the package extremitypathfinder, which is given the same
  inflated corners and whose preparation and queries are both counted. Left out where it is not installed.
- growth: 2,000 and then 4,000 buildings on the same 6 x 6 km.
- wind: the city's routes under a new wind, both directions, against the first build.

Before any figure is printed, lengths are compared: 1e-9 relative. Times are the processor's; compiling is done
before and shown apart: with a cold cache it takes seconds, then numba loads the kernels from disk.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.geometry import prepare_obstacles
from dronesim.routing import RouteTable, build_route_table
from dronesim.world import Buildings, Sites, World, Zones
from lifecycle import machine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
numpy_twin: Any = importlib.import_module("oracles.numpy_visibility")

Floats = NDArray[np.float64]
Run = Callable[[World], Floats]

LEVEL_M, CLEARANCE_M, MARGIN_M = 60.0, 5.0, 10.0
WIND, AIRSPEED_MPS = (5.0, -3.0), 14.0
TARGETS: Final = {
    "city": "at least 10 times as fast as the numpy twin, lengths equal to 1e-9 relative",
    "small": "at least 100 times as fast as extremitypathfinder, equal lengths",
    "growth": "double the buildings: at most 4.5 times the time",
    "wind": "a new wind: at most 0.5 of the first build",
}


def city(*, buildings: int, zones: int, takeoff_points: int, airports: int, side_m: float, seed: int) -> World:
    """Draw a world whose buildings are all above the level; sites keep clear of them."""
    rng = np.random.default_rng(seed)
    footprints = _rectangles(rng, buildings, side_m=side_m, half_m=(5.0, 18.0))
    areas = _rectangles(rng, zones, side_m=side_m, half_m=(60.0, 200.0))
    xy = _free_points(rng, np.concatenate([footprints, areas]), takeoff_points + airports, side_m=side_m)
    nobody, none = Sites(ids=(), xy=np.zeros((0, 2))), np.zeros(0, dtype=np.int64)
    return World(
        name="city",
        origin_lonlat=(114.0, 22.5),
        takeoff_points=Sites(ids=tuple(f"t{i}" for i in range(takeoff_points)), xy=xy[:takeoff_points]),
        airports=Sites(ids=tuple(f"a{i}" for i in range(airports)), xy=xy[takeoff_points:]),
        merchants=nobody,
        merchant_weight=none,
        merchant_takeoff_point=none,
        communities=nobody,
        community_weight=none,
        community_airport=none,
        buildings=Buildings(polygons=footprints, height_m=np.full(buildings, LEVEL_M)),
        zones=Zones(
            ids=tuple(f"z{i}" for i in range(zones)),
            polygons=areas,
            floor_m=np.zeros(zones),
            ceiling_m=np.full(zones, np.inf),
            from_s=np.full(zones, -np.inf),
            to_s=np.full(zones, np.inf),
        ),
        airways=(),
        pads={},
        boxes={},
    )


def _rectangles(rng: np.random.Generator, count: int, *, side_m: float, half_m: tuple[float, float]) -> NDArray[Any]:
    middle, half = rng.uniform(-side_m / 2, side_m / 2, (count, 2)), rng.uniform(*half_m, (count, 2))
    turn = rng.uniform(0, np.pi, count)[:, None, None]
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half[:, None]
    x, y = corners[..., :1], corners[..., 1:]
    turned = np.concatenate([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=2)
    return np.asarray(shapely.polygons(turned + middle[:, None]), dtype=object)


def _free_points(rng: np.random.Generator, polygons: NDArray[Any], count: int, *, side_m: float) -> Floats:
    tried = rng.uniform(-side_m / 2, side_m / 2, (8 * count, 2))
    tree = shapely.STRtree(polygons)
    near = tree.query(shapely.points(tried), predicate="dwithin", distance=2 * CLEARANCE_M)[0]
    free: Floats = np.delete(tried, np.unique(near), axis=0)[:count]
    return free


def site_xy(world: World) -> Floats:
    """Take-off points, then airports, ``(n, 2)``."""
    return np.concatenate([world.takeoff_points.xy, world.airports.xy])


def obstacles_of(world: World) -> NDArray[Any]:
    """Every building and every zone."""
    return np.concatenate([world.buildings.polygons, world.zones.polygons])


def build(world: World) -> RouteTable:
    """Find all routes of the city's level."""
    return build_route_table(world, levels_m=(LEVEL_M,), clearance_m=CLEARANCE_M, roof_margin_m=MARGIN_M)


def run_kernels(world: World) -> Floats:
    """Lengths ``(takeoff points, airports)`` by the kernels; the corners of each route are made too."""
    table, homes = build(world), len(world.takeoff_points)
    for origin in range(homes):
        for airport in range(homes, homes + len(world.airports)):
            table.waypoints(0, origin, airport)
    length_m: Floats = table.takeoff_distance_m[0][:, homes:]
    return length_m


def run_numpy(world: World) -> Floats:
    """Lengths by the numpy twin."""
    homes = len(world.takeoff_points)
    obstacles = prepare_obstacles(obstacles_of(world), clearance_m=CLEARANCE_M)
    length_m: Floats = numpy_twin.root_distances(obstacles, site_xy(world), roots=homes)[:, homes:]
    return length_m


def run_extremities(world: World) -> Floats:
    """Lengths by extremitypathfinder, on the same corners."""
    from extremitypathfinder import PolygonEnvironment

    obstacles = prepare_obstacles(obstacles_of(world), clearance_m=CLEARANCE_M)
    rings = np.split(obstacles.corner_xy, obstacles.ring_offsets[1:-1])
    far = 2 * np.abs(obstacles.corner_xy).max()
    around = [(-far, -far), (far, -far), (far, far), (-far, far)]
    environment = PolygonEnvironment()
    environment.store(around, [ring[::-1].tolist() for ring in rings], validate=False)
    homes, airports = world.takeoff_points.xy.tolist(), world.airports.xy.tolist()
    lengths = [[environment.find_shortest_path(tuple(a), tuple(b))[1] for b in airports] for a in homes]
    return np.array([[np.inf if length is None else float(length) for length in row] for row in lengths])


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time in seconds of one run, from a heap without garbage, and its result."""
    gc.collect()
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


def compare(world: World, runs: dict[str, Run], *, repeat: int) -> dict[str, float]:
    """Run contestants in turns and compare their lengths with the first's; medians, and the first's advantage."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        lengths = {}
        for name, run in runs.items():
            spent, lengths[name] = timed(partial(run, world))
            times[name].append(spent)
            _note(f"{name}: {spent:.2f} s")
        check_lengths(lengths)
    first, other = runs
    medians = {f"{name}_s": statistics.median(spent) for name, spent in times.items()}
    return {**medians, "ratio": statistics.median(b / a for a, b in zip(times[first], times[other], strict=True))}


def check_lengths(lengths: dict[str, Floats]) -> None:
    """Stop if one route is longer or shorter than another contestant's by 1e-9 of it."""
    (name, expected), *others = lengths.items()
    for other, found in others:
        is_close = np.isclose(found, expected, rtol=1e-9, atol=0) | (np.isinf(found) & np.isinf(expected))
        if not is_close.all():
            raise SystemExit(f"{(~is_close).sum()} routes of {other} have other lengths than those of {name}")


def measure_growth(world: World, larger: World, *, repeat: int) -> dict[str, float]:
    """Time of a city with twice the buildings over the time of the city."""
    pairs = [(timed(partial(build, world))[0], timed(partial(build, larger))[0]) for _ in range(repeat)]
    once_s, twice_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"once_s": once_s, "twice_s": twice_s, "ratio": statistics.median(b / a for a, b in pairs)}


def measure_wind(world: World, *, repeat: int) -> dict[str, float]:
    """Time of all routes under a new wind over the time of the first build."""
    pairs = []
    for _ in range(repeat):
        built_s, table = timed(partial(build, world))
        pairs.append((built_s, timed(partial(table.under_wind, WIND, airspeed_mps=AIRSPEED_MPS))[0]))
    build_s, wind_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"build_s": build_s, "wind_s": wind_s, "ratio": statistics.median(b / a for a, b in pairs)}


def compile_kernels() -> dict[str, float]:
    """Wall time of the first routes in this process, and whether a kernel had to be compiled."""
    from dronesim.routing.jit import announced_compiling

    town = city(buildings=5, zones=1, takeoff_points=1, airports=1, side_m=300.0, seed=0)
    compiled: list[str] = []
    began = time.perf_counter()
    with announced_compiling(lambda: compiled.append("yes")):
        build(town).under_wind(WIND, airspeed_mps=AIRSPEED_MPS).length_m(0, 0, 1)
    return {"wall_s": time.perf_counter() - began, "is_from_cache": float(not compiled)}


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Take all figures."""
    figures: dict[str, Any] = {"machine": machine(), "targets": TARGETS, "compile": compile_kernels()}
    sizes = {"takeoff_points": 40, "airports": 120, "side_m": 6000.0, "seed": chosen.seed}
    world = city(buildings=chosen.buildings, zones=12, **sizes)
    contestants: dict[str, Run] = {"kernels": run_kernels, "numpy": run_numpy}
    figures["city"] = compare(world, contestants, repeat=chosen.repeat)
    if importlib.util.find_spec("extremitypathfinder") is None:
        _note("extremitypathfinder is not installed; that comparison is left out")
    else:
        town = city(buildings=60, zones=2, takeoff_points=5, airports=20, side_m=1000.0, seed=chosen.seed)
        # Its own kernels are compiled on a smaller town first.
        run_extremities(replace(town, buildings=Buildings(polygons=town.buildings.polygons[:3], height_m=np.ones(3))))
        figures["small"] = compare(town, {"kernels": run_kernels, "extremities": run_extremities}, repeat=chosen.repeat)
    larger = city(buildings=2 * chosen.buildings, zones=12, **sizes)
    figures["growth"] = measure_growth(world, larger, repeat=chosen.repeat)
    figures["wind"] = measure_wind(world, repeat=chosen.repeat)
    return figures


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def show(figures: dict[str, Any]) -> None:
    """Print the figures for people."""
    print(figures["machine"])
    source = "from numba's cache" if figures["compile"]["is_from_cache"] else "compiled"
    print(f"kernels {source} in {figures['compile']['wall_s']:.2f} s (wall), not counted below")
    for name, target in figures["targets"].items():
        if name in figures:
            row = "".join(f"{key:>16} {value:9.4f}" for key, value in figures[name].items())
            print(f"{name:<8}{row}   target: {target}")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--buildings", type=int, default=2000, help="buildings in the city")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each contestant; medians are shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    figures = measure(chosen)
    if chosen.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)


if __name__ == "__main__":
    main()

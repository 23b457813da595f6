"""Shortest routes of a city: compiled kernels against the numpy twin and against extremitypathfinder.

    python benchmarks/routing.py --repeat 3
    python benchmarks/routing.py --grown 1000 2000 5000 20000 --before ../dronesim-before

Four comparisons, each in turns (A B A B ...), medians shown:

- city: 6 x 6 km, 2,000 turned rectangular buildings and 12 zones, all of them obstacles; 40 take-off points and
  120 airports. ``dronesim`` goes from polygons to the lengths and the corners of all 4,800 routes, the numpy twin
  (``tests/oracles/numpy_visibility.py``) from polygons to their lengths.
- small: a town of 60 buildings, 5 x 20 routes, against the package extremitypathfinder, which is given the same
  inflated corners and whose preparation and queries are both counted. Left out where it is not installed.
- grown: cities of the same density, from polygons to all lengths, each in a process of its own; with the power of
  the number of buildings that the time grows with, from the least to the largest. ``--before`` names a working tree of
  an earlier commit (``git worktree add ../dronesim-before COMMIT``), which routes the same cities in turns.
- wind: the city's routes under a new wind, both directions, against the first build.

Before any figure is printed, lengths are compared: 1e-9 relative, or to the last bit with an earlier commit. Times are
the processor's; compiling is done before and shown apart: with a cold cache it takes seconds, then numba loads the
kernels from disk.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib
import importlib.util
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from against import environment_of
from cities import CLEARANCE_M, LEVEL_M, MARGIN_M, city, even_city
from dronesim.geometry import prepare_obstacles
from dronesim.routing import RouteTable, build_route_table
from dronesim.world import Buildings, World
from lifecycle import machine

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
numpy_twin: Any = importlib.import_module("oracles.numpy_visibility")

Floats = NDArray[np.float64]
Run = Callable[[World], Floats]

WIND, AIRSPEED_MPS = (5.0, -3.0), 14.0
TARGETS: Final = {
    "city": "at least 10 times as fast as the numpy twin, lengths equal to 1e-9 relative",
    "small": "at least 100 times as fast as extremitypathfinder, equal lengths",
    "grown": "20,000 buildings under 10 s, 2,000 in 0.5 s, time at most as buildings to the power of 1.2",
    "wind": "a new wind: at most 0.5 of the first build",
}


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


def measure_grown(chosen: argparse.Namespace) -> dict[str, Any]:
    """Seconds of each city of the same density and, with an earlier commit, how many times as long that one takes."""
    sizes, figures = sorted(chosen.grown), dict[str, float]()
    for buildings in sizes:
        pairs = [_routed_apart(buildings, chosen) for _ in range(chosen.repeat)]
        figures[f"{buildings}_s"] = statistics.median(now for now, _ in pairs)
        if chosen.before is not None:
            figures[f"{buildings}_ratio"] = statistics.median(before / now for now, before in pairs)
    if len(sizes) > 1:
        times = figures[f"{sizes[-1]}_s"] / figures[f"{sizes[0]}_s"]
        figures["power"] = math.log(times) / math.log(sizes[-1] / sizes[0])
    return figures


def _routed_apart(buildings: int, chosen: argparse.Namespace) -> tuple[float, float]:
    """Seconds of this tree and of the one before, which must find the same lengths; NaN without one."""
    now_s, lengths = _in_a_process(buildings, chosen, ROOT)
    if chosen.before is None:
        return now_s, math.nan
    before_s, expected = _in_a_process(buildings, chosen, chosen.before)
    if lengths != expected:
        raise SystemExit(f"routes of {buildings} buildings have other lengths than before")
    return now_s, before_s


def _in_a_process(buildings: int, chosen: argparse.Namespace, tree: Path) -> tuple[float, str]:
    """Seconds to route a city by the sources of a working tree, and a digest of the lengths."""
    command = [sys.executable, __file__, "--alone", str(buildings), "--seed", str(chosen.seed)]
    environment = environment_of(tree.resolve() / "src")
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    spent, lengths = done.stdout.split()
    _note(f"{buildings} buildings by {tree}: {float(spent):.2f} s")
    return float(spent), lengths


def route_alone(buildings: int, seed: int) -> None:
    """Print the seconds to route a city, and a digest of the lengths."""
    compile_kernels()
    spent, table = timed(partial(build, even_city(buildings, seed=seed)))
    print(spent, hashlib.sha256(np.ascontiguousarray(table.takeoff_distance_m).tobytes()).hexdigest())


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
    figures["grown"] = measure_grown(chosen)
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
    parser.add_argument(
        "--grown", type=int, nargs="*", default=[1000, 2000, 5000], help="buildings of the grown cities"
    )
    parser.add_argument("--before", type=Path, help="working tree of an earlier commit to route the grown cities too")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each contestant; medians are shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.alone is not None:
        route_alone(chosen.alone, chosen.seed)
    elif chosen.json:
        print(json.dumps(measure(chosen), indent=2))
    else:
        show(measure(chosen))


if __name__ == "__main__":
    main()

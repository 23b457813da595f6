"""One day of a whole city: seconds and memory, beside an earlier commit.

    python benchmarks/city.py
    python benchmarks/city.py --orders 20000 --before ../dronesim-before

50 take-off points and 400 airports on 12 x 12 km, straight ways of at most 4 km at 12 levels, 180,000 orders in ten
hours, flights kept apart in space and time; crews, pads and drones are plenty, so that about 2,000 drones are in the
air at any time. The legs are far too many for a table of their pairs, so flights are kept apart by the boxes
of their straight ways.

The day is lived once, in a process of its own, with all its legs planned in it. Figures are the processor's seconds of
``simulate`` (drawing and writing not counted; kernels are compiled before, by a small city) and the most memory that
the process held. ``--before`` names a working tree of an earlier commit (``git worktree add ../dronesim-before
COMMIT``), which lives the same day after it; the tables and facts of both must be the same, to the byte. Fewer
``--orders`` are that many of a shorter time at the same rate: as many in the air, for not so long.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from against import digest, environment_of
from district import StraightRoutes, build_inputs
from dronesim.simulation import DroneColumns, Places, SimulationInputs, SteadyRoutes, simulate
from dronesim.simulation.rules import Rules
from dronesim.units import HOUR
from dronesim.weather import CALM
from lifecycle import machine

ROOT = Path(__file__).resolve().parent.parent
REACH_M, SIDE_M = 4000.0, 12_000.0
ORDERS_AN_HOUR: Final = 18_000
FIRST_LEVEL_M, LEVEL_STEP_M = 60.0, 12.0
DRONES, COURIERS, LOADERS, PADS = 110, 80, 12, 24
"""At each take-off point."""

AIM: Final = "half of 142 s and of 0.76 GB, which 4 levels took at c4d5189"


def city_day(orders: int, *, takeoff_points: int, airports: int, levels: int, seed: int) -> SimulationInputs:
    """Draw the city, and its orders from each take-off point to the airports within reach."""
    like, rng = build_inputs(orders, mode="strategic", seed=seed), np.random.default_rng(seed)
    side_m = SIDE_M * float(np.sqrt(takeoff_points / 50))
    xy = rng.uniform(0, side_m, (takeoff_points + airports, 2))
    apart_m = np.hypot(*(xy[:takeoff_points, None] - xy[None, takeoff_points:]).transpose(2, 0, 1))
    homes, aways = np.nonzero((apart_m > 300.0) & (apart_m < REACH_M))
    chosen = rng.integers(len(homes), size=orders)
    open_s = like.rules.horizon.start_s
    last_s = orders / ORDERS_AN_HOUR * HOUR * 50 / takeoff_points
    levels_m = tuple(FIRST_LEVEL_M + LEVEL_STEP_M * level for level in range(levels))
    ids = (*(f"T{number}" for number in range(takeoff_points)), *(f"A{number}" for number in range(airports)))
    return replace(
        like,
        name="city",
        places=Places(ids=ids, xy=xy, takeoff_points=takeoff_points),
        routes=SteadyRoutes(StraightRoutes(xy, levels_m)),
        rules=_rules(like.rules, takeoff_points, airports, levels_m, last_s),
        orders=replace(
            like.orders,
            takeoff_point=homes[chosen],
            airport=aways[chosen],
            distance_m=apart_m[homes[chosen], aways[chosen]],
            placed_s=np.sort(rng.uniform(open_s, open_s + last_s, orders)),
        ),
        drones=DroneColumns(
            budget_h=np.full(DRONES * takeoff_points, np.inf), is_loss=np.zeros(DRONES * takeoff_points, dtype=np.bool_)
        ),
        winds=((0.0, (CALM,) * levels),),
    )


def _rules(like: Rules, takeoff_points: int, airports: int, levels_m: tuple[float, ...], last_s: float) -> Rules:
    """Give every site so much of everything that drones seldom wait."""
    per_point, per_airport = (1,) * takeoff_points, (1,) * airports

    def at_points(count: int) -> tuple[int, ...]:
        return tuple(count * one for one in per_point)

    return replace(
        like,
        horizon=replace(like.horizon, end_s=like.horizon.start_s + max(last_s, HOUR)),
        couriers=replace(like.couriers, count=at_points(COURIERS)),
        takeoff_points=replace(like.takeoff_points, pads=at_points(PADS), loaders=at_points(LOADERS)),
        airports=replace(
            like.airports,
            pads=tuple(6 * one for one in per_airport),
            unloaders=tuple(4 * one for one in per_airport),
            boxes=tuple(40 * one for one in per_airport),
        ),
        fleet=replace(like.fleet, drones=at_points(DRONES), spares=at_points(0)),
        batteries=replace(like.batteries, packs=at_points(2 * DRONES), chargers=at_points(2 * DRONES)),
        pilots=replace(like.pilots, count=DRONES * takeoff_points // 10),
        airspace=replace(like.airspace, levels_m=levels_m, lane_headway_s=4.0),
    )


def live(chosen: argparse.Namespace) -> dict[str, Any]:
    """Live the day in this process, after a small one."""
    sizes = {"takeoff_points": chosen.takeoff_points, "airports": chosen.airports, "levels": chosen.levels}
    simulate(city_day(200, takeoff_points=2, airports=8, levels=2, seed=chosen.seed))
    inputs = city_day(chosen.orders, **sizes, seed=chosen.seed)
    gc.collect()
    begun_s = time.process_time()
    outcome = simulate(inputs)
    cpu_s = time.process_time() - begun_s
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    legs, orders = outcome.tables["legs"], outcome.tables["orders"]
    return {
        "cpu_s": cpu_s,
        "peak_gb": peak_gb,
        "airborne": airborne(legs["departed_s"], legs["landed_s"], orders["placed_s"]),
        "delivered": int(np.isfinite(orders["delivered_s"]).sum()),
        "pairs": len({*zip(inputs.orders.takeoff_point.tolist(), inputs.orders.airport.tolist(), strict=True)}),
        "digest": digest(outcome),
    }


def airborne(departed_s: NDArray[np.float64], landed_s: NDArray[np.float64], placed_s: NDArray[np.float64]) -> float:
    """Count the drones in the air, in the mean over the second half of the time in which orders come."""
    from_s, to_s = float(np.median(placed_s)), float(placed_s.max())
    shared_s = np.minimum(landed_s, to_s) - np.maximum(departed_s, from_s)
    return float(np.nansum(np.maximum(shared_s, 0.0)) / (to_s - from_s))


def in_a_process(tree: Path, arguments: list[str]) -> dict[str, Any]:
    """Live the day by the sources of a working tree."""
    command = [sys.executable, __file__, "--alone", *arguments]
    environment = environment_of(tree.resolve() / "src")
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=180_000)
    parser.add_argument("--takeoff-points", type=int, default=50)
    parser.add_argument("--airports", type=int, default=400)
    parser.add_argument("--levels", type=int, default=12)
    parser.add_argument("--before", type=Path, help="working tree of an earlier commit to live the same day by")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.alone:
        print(json.dumps(live(chosen)))
        return
    names = ("orders", "takeoff_points", "airports", "levels", "seed")
    passed = [part for name in names for part in (f"--{name.replace('_', '-')}", str(getattr(chosen, name)))]
    sides = {"this tree": in_a_process(ROOT, passed)}
    if chosen.before is not None:
        sides[str(chosen.before)] = in_a_process(chosen.before, passed)
    if len({side["digest"] for side in sides.values()}) > 1:
        raise SystemExit("both trees leave other tables or facts")
    if chosen.json:
        print(json.dumps({"machine": machine(), "orders": chosen.orders, "aim": AIM, "sides": sides}, indent=2))
        return
    show(chosen, sides)


def show(chosen: argparse.Namespace, sides: dict[str, dict[str, Any]]) -> None:
    """Print the figures for people."""
    this, *others = sides.values()
    print(machine())
    print(
        f"{chosen.orders:,} orders of {this['pairs']:,} pairs of sites, {chosen.levels} levels: "
        f"{this['airborne']:,.0f} airborne, {this['delivered']:,} delivered"
    )
    for name, side in sides.items():
        each_us = side["cpu_s"] / chosen.orders * 1e6
        print(f"{name}: {side['cpu_s']:.1f} s of the processor, {each_us:.0f} us an order, {side['peak_gb']:.2f} GB")
    for other in others:
        times, memory = other["cpu_s"] / this["cpu_s"], other["peak_gb"] / this["peak_gb"]
        print(f"{times:.2f} times as fast, with {memory:.2f} times less memory, the same tables and facts")
    print(f"aim: {AIM}")


if __name__ == "__main__":
    main()

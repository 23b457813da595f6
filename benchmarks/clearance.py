"""Clearances and conflict detection: latency, growth with traffic, and honest peers beside them.

    python benchmarks/clearance.py
    python benchmarks/clearance.py --airborne 190 1000 --repeat 5 --json

A city of 6 x 6 km, four levels 20 m apart, minima of 30 and 9 m, a buffer of 1 s a flight. 300 ways of 1 to 5 km with
one bend, there and back, are drawn from a seed, which is 2,400 legs; they are asked for at a steady rate; each is
cleared on all four levels in one call, reserved on the best, and what has ended is forgotten. After two flight times
the measurement begins. The traffic is as dense as its name says: the mean number of flights in the air is printed.

- latency: one clearance (four levels, one call) and one reservation, per number airborne, looked up in the table of
  pairs of legs and, in turns with that, found by cells of space, as it was before there was a table (they are kept in
  tests/oracles). p50 and p99 are medians over the runs, each with a seed of its own; each clearance is asked for
  three times, of which the first is counted and, in a row of its own, the least: what other programs and interrupts
  add to one in a hundred is as much on both sides, which hides the faster one. The exponent is the slope
  of log p50 over log airborne. All pairs of legs are known, as they are after the first days of a process; what it
  takes to work them all out is printed, too.
- order: what an order pays for, ``clear_sortie``: a way out and a way home on all 16 pairs of levels, calendars of
  pads and lanes, what refused it, booking and reserving; also in turns.
- peers: the same plans by numpy at once (tests/oracles/clearance_numpy.py), exact too, which is the yardstick; and by
  the readable twin in pure Python, which is none. Before a figure is printed, what all of them forbid is compared.
- detection: a snapshot of 2,000 aircraft, 20 s ahead, against 15 lines of scipy's cKDTree and numpy, which an expert
  would write; the pairs must be equal. Half of them fly level, the others climb or descend at up to 3 m/s.
- compile: the first plan and the first detection of a process, with an empty cache of machine code and with a full
  one, on the wall clock.

All other times are those of the processor: on a machine with other work, the 99th percentile of the wall clock
shows the 4 ms for which the system gives a core to others.

``--json`` prints the figures as JSON instead of tables.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from clearance_flow import (
    BUFFER_S,
    CRUISE_MPS,
    LEVELS_M,
    MINIMA,
    SEPARATION_M,
    SIDE_M,
    VERTICAL_M,
    Flow,
    Orders,
    clear,
    draw_legs,
    timed,
)
from dronesim.airspace import Alternatives, LegPairs, Traffic, alternatives, detect_conflicts
from dronesim.units import MS
from lifecycle import machine, show

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
clearance_twin: Any = importlib.import_module("oracles.clearance")
numpy_twin: Any = importlib.import_module("oracles.clearance_numpy")

LOOK_AHEAD_S = 20.0
TARGETS: Final = {
    "p99 at 1,000 airborne": "a quarter of what cells take",
    "at 1,000 airborne": "a tenth of what numpy takes",
    "detection at 2,000 aircraft": "faster than cKDTree and numpy, equal conflicts",
}

Floats = NDArray[np.float64]


def measure_latency(
    airborne: int, *, pool: list[Alternatives], pairs: LegPairs, plans: int, repeat: int, seed: int
) -> dict[str, float]:
    """Give medians over runs of the percentiles of one clearance, in milliseconds, and of the ratios of both ways."""
    runs = list[dict[str, float]]()
    for run in range(repeat):
        flow = Flow(airborne, pool=pool, pairs=pairs, seed=seed + run)
        gc.collect()
        before = flow.airborne()
        first, least, reserved = flow.clear(plans, times=3)
        table_ms, cells_ms = (statistics.median(each) * 1e3 for each in reserved)
        runs.append(
            {
                "airborne": (before + flow.airborne()) / 2,
                "segments": float(len(flow.reserved())),
                **latencies(*first),
                **{f"least_{name}": value for name, value in latencies(*least).items()},
                "reserve_p50_ms": table_ms,
                "cells_reserve_p50_ms": cells_ms,
            }
        )
    _note(f"{airborne} airborne: p99 {runs[-1]['p99_ms']:.3f} ms, in cells {runs[-1]['cells_p99_ms']:.3f} ms")
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def learn_all(pool: list[Alternatives], pairs: LegPairs) -> dict[str, float]:
    """Have all pairs of legs worked out; gives how many there are and the processor seconds."""
    traffic, spent_s = Traffic(MINIMA), list[float]()
    traffic.look_up_in({MINIMA: pairs})
    every = alternatives([path for choices in pool for path in choices.paths])
    traffic.closed_ms(alternatives(every.paths[:1]), earliest_ms=0)
    pairs.learn(every.paths)
    for flight, path in enumerate(every.paths):
        traffic.reserve(flight, path, 0)
    timed(lambda: traffic.closed_ms(every, earliest_ms=0), spent_s)
    return {"pairs": len(every.paths) ** 2, "cpu_s": spent_s[0], "megabytes": pairs.size_bytes / 1e6}


def measure_orders(
    airborne: int, *, legs: list[tuple[Alternatives, Alternatives]], pairs: LegPairs, plans: int, seed: int
) -> dict[str, float]:
    """Give the percentiles of what an order pays, in milliseconds, in a table and in cells, and their ratios."""
    both, rng = (Orders(legs, pairs), Orders(legs, None)), np.random.default_rng(seed)
    mean_s = 2 * statistics.fmean(out.paths[0].duration_s for out, _ in legs)
    paid = [list[float](), list[float]()]
    for holder in range(2 * airborne + plans):
        now_ms, number = int(holder * mean_s / airborne * MS), int(rng.integers(len(legs)))
        found = [orders.pay(number, now_ms, holder, paid[which]) for which, orders in enumerate(both)]
        if found[0] != found[1]:
            raise SystemExit(f"the table clears {found[0]}, cells clear {found[1]}")
    return latencies(*(each[-plans:] for each in paid))


def latencies(table_s: Sequence[float], cells_s: Sequence[float]) -> dict[str, float]:
    """Give the percentiles of times in a table and in cells, in milliseconds, and their ratios."""
    (p50, p99), (cells_p50, cells_p99) = (np.percentile(each, [50, 99]) * 1e3 for each in (table_s, cells_s))
    return {
        "p50_ms": p50,
        "p99_ms": p99,
        "cells_p50_ms": cells_p50,
        "cells_p99_ms": cells_p99,
        "p50_ratio": cells_p50 / p50,
        "p99_ratio": cells_p99 / p99,
    }


def growth_exponent(latency: dict[str, dict[str, float]]) -> float:
    """Give the slope of log p50 over log airborne."""
    airborne, p50_ms = (np.log([row[name] for row in latency.values()]) for name in ("airborne", "p50_ms"))
    return float(np.polyfit(airborne, p50_ms, 1)[0]) if len(latency) > 1 else math.nan


def compare_with_peers(
    airborne: int, *, pool: list[Alternatives], pairs: LegPairs, plans: int, seed: int
) -> dict[str, float]:
    """Plan the same flights by the table, numpy and pure Python; stops if one end of one forbidden interval differs."""
    flow = Flow(airborne, pool=pool, pairs=pairs, seed=seed)
    entered = list(flow.reserved().segments())
    reserved = [clearance_twin.Reserved(_segment(row), flight, tag) for flight, tag, row in entered]
    columns = np.array([row for _, _, row in entered]), np.array([tag for _, tag, _ in entered])
    fast_s, numpy_s, slow_s, worst_s = list[float](), list[float](), list[float](), 0.0
    for _ in range(plans):
        choices = flow.draw()
        for _ in range(10):
            timed(lambda: clear(flow.both[0], choices, flow.now_s), fast_s)  # noqa: B023
        fast = tuple(flow.reserved().forbidden(path, earliest_s=flow.now_s) for path in choices.paths)
        at_once = timed(lambda: _numpy_unions(choices, columns, flow.now_s), numpy_s)  # noqa: B023
        slow = timed(lambda: _twin_unions(choices, reserved, flow.now_s), slow_s)  # noqa: B023
        worst_s = max(worst_s, _largest_difference(fast, slow), _largest_difference(fast, at_once))
    _note(f"twin at {airborne} airborne: {statistics.median(slow_s):.2f} s a plan")
    fast_ms, numpy_ms, slow_ms = (statistics.median(each) * 1e3 for each in (fast_s, numpy_s, slow_s))
    return {
        "airborne": float(flow.airborne()),
        "segments": float(len(reserved)),
        "table_ms": fast_ms,
        "numpy_ms": numpy_ms,
        "ratio": numpy_ms / fast_ms,
        "python_ms": slow_ms,
        "largest_difference_s": worst_s,
    }


def _numpy_unions(choices: Alternatives, reserved: tuple[Floats, Floats], earliest_s: float) -> Any:
    return numpy_twin.forbidden(
        [(path.rows, path.terminal) for path in choices.paths],
        reserved,
        separation_m=SEPARATION_M,
        vertical_m=VERTICAL_M,
        widening_s=MINIMA.widening_s,
        earliest_s=earliest_s,
    )


def _segment(row: Floats) -> Any:
    begin, end, x, y, z, ux, uy, uz = row.tolist()
    return clearance_twin.Segment(begin, end, (x, y, z), (ux, uy, uz))


def _twin_unions(choices: Alternatives, reserved: list[Any], earliest_s: float) -> list[list[tuple[float, float]]]:
    return [
        clearance_twin.forbidden(
            [(_segment(row), int(tag)) for row, tag in zip(path.rows, path.terminal, strict=True)],
            reserved,
            separation_m=SEPARATION_M,
            vertical_m=VERTICAL_M,
            buffer_s=BUFFER_S,
            earliest_s=earliest_s,
        )
        for path in choices.paths
    ]


def _largest_difference(fast: tuple[Floats, ...], slow: Any) -> float:
    worst_s = 0.0
    for found, expected in zip(fast, slow, strict=True):
        if len(found) != len(expected):
            raise SystemExit(f"{len(found)} forbidden intervals, the twin has {len(expected)}")
        worst_s = max(worst_s, float(np.abs(found - np.array(expected).reshape(-1, 2)).max(initial=0.0)))
    if worst_s > 1e-8:
        raise SystemExit(f"forbidden departures differ from the twin's by {worst_s:.3g} s")
    return worst_s


def measure_detection(aircraft: int, *, repeat: int, seed: int) -> dict[str, float]:
    """Detect the conflicts of one snapshot by kernel and by a tree of places; stops if one pair differs."""
    rng = np.random.default_rng(seed)
    heading = rng.uniform(0, 2 * math.pi, aircraft)
    climb_mps = np.where(rng.random(aircraft) < 0.5, 0.0, rng.uniform(-3, 3, aircraft))
    places_m = np.column_stack([rng.uniform(0, SIDE_M, (aircraft, 2)), rng.choice(LEVELS_M, aircraft)])
    velocities = np.column_stack([CRUISE_MPS * np.cos(heading), CRUISE_MPS * np.sin(heading), climb_mps])
    minima = {"look_ahead_s": LOOK_AHEAD_S, "separation_m": SEPARATION_M, "vertical_m": VERTICAL_M}
    fast_s, slow_s = list[float](), list[float]()
    detect_conflicts(places_m, velocities, **minima)
    for _ in range(repeat):
        for _ in range(10):
            found = timed(lambda: detect_conflicts(places_m, velocities, **minima), fast_s)
        pairs = timed(lambda: conflicts_by_tree(places_m, velocities), slow_s)
    if not np.array_equal(found.pairs, pairs):
        raise SystemExit(f"{len(found)} conflicts detected, the twin has {len(pairs)}, or other pairs")
    fast_ms, slow_ms = statistics.median(fast_s) * 1e3, statistics.median(slow_s) * 1e3
    return {"conflicts": float(len(found)), "kernel_ms": fast_ms, "tree_ms": slow_ms, "ratio": slow_ms / fast_ms}


def conflicts_by_tree(places_m: Floats, velocities: Floats) -> NDArray[np.int64]:
    """Find the same pairs with a tree of places: those in reach of each other, then exactly, all at once."""
    fastest_mps = np.hypot(*velocities[:, :2].T).max()
    tree = cKDTree(places_m[:, :2])
    pairs = tree.query_pairs(SEPARATION_M + 2 * fastest_mps * LOOK_AHEAD_S, output_type="ndarray")
    r, w = (values[pairs[:, 1]] - values[pairs[:, 0]] for values in (places_m, velocities))
    level = np.abs(r[:, 2]) - np.abs(w[:, 2]) * LOOK_AHEAD_S < VERTICAL_M
    pairs, r, w = pairs[level], r[level], w[level]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort(np.stack([(-VERTICAL_M - r[:, 2]) / w[:, 2], (VERTICAL_M - r[:, 2]) / w[:, 2]]), axis=0)
        ends[:, w[:, 2] == 0] = [[-np.inf], [np.inf]]
        squared, along = (w[:, :2] ** 2).sum(axis=1), (r[:, :2] * w[:, :2]).sum(axis=1)
        miss = (r[:, :2] ** 2).sum(axis=1) - along**2 / squared
        half = np.sqrt(np.maximum(SEPARATION_M**2 - miss, 0.0) / squared)
    begin, end = np.maximum(ends[0], -along / squared - half).clip(0.0), np.minimum(ends[1], -along / squared + half)
    lost = pairs[(miss < SEPARATION_M**2) & (begin < np.minimum(end, LOOK_AHEAD_S))]
    order: NDArray[np.int64] = np.lexsort(lost.T[::-1])
    return np.asarray(lost[order])


def measure_compiling() -> dict[str, float]:
    """Time the first plan of a process without machine code in the cache, then with it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--first-plan"]
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        cold_s, warm_s = (
            float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
            for _ in range(2)
        )
    return {"empty_cache_s": cold_s, "full_cache_s": warm_s}


def first_plan() -> float:
    """Clear two flights, reserve them, and detect conflicts once; gives the wall seconds."""
    choices = draw_legs(0, np.random.default_rng(0))[0]
    began = time.perf_counter()
    for has_table in (False, True):
        traffic = Traffic(MINIMA)
        traffic.look_up_in({MINIMA: LegPairs(MINIMA)} if has_table else None)
        for flight in range(2):
            index, departs_ms = clear(traffic, choices, 0.0)
            traffic.reserve(flight, choices.paths[index], departs_ms)
        traffic.expire(10**9)
    places_m = np.zeros((2, 3))
    detect_conflicts(places_m, places_m, look_ahead_s=1.0, separation_m=SEPARATION_M, vertical_m=VERTICAL_M)
    return time.perf_counter() - began


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--airborne", type=int, nargs="+", default=[190, 500, 1000, 2000], help="sizes of traffic")
    parser.add_argument("--twin-airborne", type=int, nargs="+", default=[500, 1000], help="sizes of the twin's traffic")
    parser.add_argument("--aircraft", type=int, default=2000, help="size of the snapshot of which conflicts are told")
    parser.add_argument("--ways", type=int, default=300, help="ways there and back that flights are of")
    parser.add_argument("--plans", type=int, default=1000, help="clearances timed a run")
    parser.add_argument("--twin-plans", type=int, default=5, help="plans that the twin repeats; 0 leaves it out")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size; medians are shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--first-plan", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.first_plan:
        print(first_plan())
        return
    figures: dict[str, Any] = {"machine": machine(), "targets": TARGETS, "compile": measure_compiling()}
    rng = np.random.default_rng(chosen.seed)
    legs, pairs = [draw_legs(number, rng) for number in range(chosen.ways)], LegPairs(MINIMA)
    pool = [leg for ways in legs for leg in ways]
    figures["learning"] = learn_all(pool, pairs)
    how = {"pool": pool, "pairs": pairs, "seed": chosen.seed}
    figures["latency"] = {
        str(airborne): measure_latency(airborne, plans=chosen.plans, repeat=chosen.repeat, **how)
        for airborne in chosen.airborne
    }
    figures["growth_exponent"] = growth_exponent(figures["latency"])
    figures["orders"] = {
        str(airborne): measure_orders(airborne, legs=legs, pairs=pairs, plans=chosen.plans, seed=chosen.seed)
        for airborne in chosen.airborne
    }
    if chosen.twin_plans:
        figures["peers"] = {
            str(airborne): compare_with_peers(airborne, plans=chosen.twin_plans, **how)
            for airborne in chosen.twin_airborne
        }
    figures["detection"] = {
        str(chosen.aircraft): measure_detection(chosen.aircraft, repeat=chosen.repeat, seed=chosen.seed)
    }
    print_figures(figures, is_json=chosen.json)


def print_figures(figures: dict[str, Any], *, is_json: bool) -> None:
    """Print what was measured, as JSON or for people."""
    if is_json:
        print(json.dumps(figures, indent=2))
        return
    print(figures["machine"])
    compiling = figures["compile"]
    print(
        f"first plan of a process: {compiling['empty_cache_s']:.2f} s to compile, "
        f"{compiling['full_cache_s']:.2f} s from numba's cache"
    )
    learning = figures["learning"]
    pairs, spent = f"{learning['pairs']:,.0f}", f"{learning['cpu_s']:.2f}"
    print(f"{pairs} pairs of legs: {spent} s to work all out, {learning['megabytes']:.0f} MB")
    times = {"p50_ms": ".3f", "p99_ms": ".3f", "cells_p50_ms": ".3f", "cells_p99_ms": ".3f"}
    times |= {"p50_ratio": ".1f", "p99_ratio": ".1f"}
    counts = {"airborne": ",.0f", "segments": ",.0f"}
    show(figures["latency"], {f"least_{name}": form for name, form in times.items()}, first="least of 3")
    show(figures["latency"], counts | times | {"reserve_p50_ms": ".3f", "cells_reserve_p50_ms": ".3f"}, first="traffic")
    print(f"p50 grows with the {figures['growth_exponent']:.2f}th power of the number airborne")
    show(figures["orders"], times, first="orders at")
    if "peers" in figures:
        columns = {"table_ms": ".3f", "numpy_ms": ".3f", "ratio": ",.1f", "python_ms": ",.0f"}
        show(figures["peers"], counts | columns | {"largest_difference_s": ".1e"}, first="traffic")
    show(
        figures["detection"],
        {"conflicts": ",.0f", "kernel_ms": ".2f", "tree_ms": ".2f", "ratio": ",.1f"},
        first="aircraft",
    )
    for name, target in figures["targets"].items():
        print(f"target, {name}: {target}")


if __name__ == "__main__":
    main()

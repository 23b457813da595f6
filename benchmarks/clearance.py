"""Clearances and conflict detection: latency, growth with traffic, and the readable twins beside them.

    python benchmarks/clearance.py
    python benchmarks/clearance.py --airborne 190 1000 --repeat 5 --json

A city of 6 x 6 km, four levels 20 m apart, minima of 30 and 9 m, a buffer of 1 s a flight. Legs of 1 to 5 km
with one bend are drawn from a seeded pool and asked for at a steady rate; each is cleared on all four levels in
one call, reserved on the best, and the table forgets what has ended. After two flight times the measurement
begins. The traffic is as dense as its name says: the mean number of flights in the air is printed.

- latency: one clearance (four levels, one call) and one reservation, per number airborne. p50 and p99 are medians
  over the runs, each with a seed of its own. The exponent is the slope of log p50 over log airborne.
- twin: the same plans by tests/oracles/clearance.py, pure Python over every reserved segment. Before a figure is
  printed, all unions of forbidden departures are compared: 1e-9 s is allowed.
- detection: a snapshot of 2,000 aircraft, 20 s ahead, against plain numpy on N x N matrices; the pairs must be
  equal. Half of them fly level, the others climb or descend at up to 3 m/s.
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
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import Alternatives, Path4D, Reservations, Terminal, alternatives, detect_conflicts
from dronesim.units import MS, to_ms
from lifecycle import machine, show
from steady_paths import steady_path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
clearance_twin: Any = importlib.import_module("oracles.clearance")
detection_twin: Any = importlib.import_module("oracles.detection")

SIDE_M, LEVELS_M = 6000.0, (60.0, 80.0, 100.0, 120.0)
CRUISE_MPS, CLIMB_MPS, DESCENT_MPS, TERMINAL_M = 15.0, 3.0, 2.0, 60.0
SEPARATION_M, VERTICAL_M, BUFFER_S = 30.0, 9.0, 1.0
AIRCRAFT, LOOK_AHEAD_S = 2000, 20.0
TARGETS: Final = {
    "clearance at 500 and 1,000 airborne": "at least 50 times the pure Python twin, equal to 1e-9 s",
    "p99 at 1,000 airborne": "below 2 ms",
    "detection at 2,000 aircraft": "at least 30 times the plain numpy N x N, equal conflicts",
}
_POOL, _TWIN_SIZES = 600, (500, 1000)

Floats = NDArray[np.float64]


def draw_leg(number: int, rng: np.random.Generator) -> Alternatives:
    """Draw one leg with a bend in its middle; a path a level."""
    while True:
        start, heading, length = rng.uniform(0, SIDE_M, 2), rng.uniform(0, 2 * math.pi), rng.uniform(1000, 5000)
        end = start + length * np.array([math.cos(heading), math.sin(heading)])
        if ((end > 0) & (end < SIDE_M)).all():
            break
    corners = np.array([start, (start + end) / 2 + rng.normal(0, 100, 2), end])
    return alternatives([_at_level(corners, level_m, number) for level_m in LEVELS_M])


def _at_level(corners: Floats, level_m: float, number: int) -> Path4D:
    return steady_path(
        corners,
        level_m=level_m,
        climb_s=level_m / CLIMB_MPS,
        cruise_s=float(np.hypot(*np.diff(corners, axis=0).T).sum()) / CRUISE_MPS,
        descent_s=level_m / DESCENT_MPS,
        origin=_terminal(2 * number, corners[0]),
        destination=_terminal(2 * number + 1, corners[-1]),
    )


def _terminal(site: int, centre: Floats) -> Terminal:
    return Terminal(site=site, centre_m=(float(centre[0]), float(centre[1])), radius_m=TERMINAL_M)


def clear(table: Reservations, choices: Alternatives, now_s: float) -> tuple[int, float]:
    """Find which of several paths may depart first, and when, in whole milliseconds as the engine does."""
    now_ms = to_ms(now_s)
    closed_ms, ends = table.closed_ms(choices, earliest_ms=now_ms)
    gaps_ms = [_gap_ms(closed_ms[first:last], now_ms) for first, last in pairwise(ends.tolist())]
    index = min(range(len(gaps_ms)), key=gaps_ms.__getitem__)
    return index, gaps_ms[index] / MS


def _gap_ms(closed_ms: NDArray[np.int64], at_ms: int) -> int:
    """Find the first millisecond from a time on outside half-open intervals in order, (k, 2)."""
    for begin_ms, end_ms in closed_ms.tolist():
        if begin_ms > at_ms:
            break
        at_ms = max(at_ms, end_ms)
    return at_ms


class Traffic:
    """Cleared flights at a steady rate, so that about as many as wanted are in the air."""

    def __init__(self, airborne: int, *, pool: list[Alternatives], seed: int) -> None:
        self.table = Reservations(separation_m=SEPARATION_M, vertical_m=VERTICAL_M, buffer_s=BUFFER_S)
        self.now_s = 0.0
        self._pool, self._rng = pool, np.random.default_rng(seed)
        self._flights: list[tuple[float, float]] = []
        mean_s = statistics.fmean(choices.paths[0].duration_s for choices in pool)
        self._step_s = mean_s / airborne
        self.clear(2 * airborne)

    def clear(self, flights: int) -> tuple[list[float], list[float]]:
        """Clear and reserve flights one after another; gives the processor seconds of both steps."""
        asked, reserved = list[float](), list[float]()
        for _ in range(flights):
            self.now_s += self._step_s
            self.table.expire(self.now_s)
            choices = self.draw()
            began = time.process_time()
            index, departed_s = clear(self.table, choices, self.now_s)
            cleared = time.process_time()
            self.table.reserve(len(self._flights), choices.paths[index], departed_s)
            reserved.append(time.process_time() - cleared)
            asked.append(cleared - began)
            self._flights.append((departed_s, departed_s + choices.paths[index].duration_s))
        return asked, reserved

    def draw(self) -> Alternatives:
        """Draw the next leg from the pool."""
        return self._pool[self._rng.integers(len(self._pool))]

    def airborne(self) -> int:
        """Count the flights in the air now."""
        return sum(departed_s <= self.now_s < landed_s for departed_s, landed_s in self._flights)


def measure_latency(airborne: int, *, pool: list[Alternatives], plans: int, repeat: int, seed: int) -> dict[str, float]:
    """Give medians over runs of the percentiles of one clearance, in milliseconds."""
    runs = list[dict[str, float]]()
    for run in range(repeat):
        traffic = Traffic(airborne, pool=pool, seed=seed + run)
        gc.collect()
        before = traffic.airborne()
        asked, reserved = traffic.clear(plans)
        p50, p99 = (np.percentile(asked, [50, 99]) * 1e3).tolist()
        runs.append(
            {
                "airborne": (before + traffic.airborne()) / 2,
                "segments": float(len(traffic.table)),
                "p50_ms": p50,
                "p99_ms": p99,
                "reserve_p50_ms": statistics.median(reserved) * 1e3,
            }
        )
    _note(f"{airborne} airborne: p99 {runs[-1]['p99_ms']:.2f} ms")
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def growth_exponent(latency: dict[str, dict[str, float]]) -> float:
    """Give the slope of log p50 over log airborne."""
    airborne, p50_ms = (np.log([row[name] for row in latency.values()]) for name in ("airborne", "p50_ms"))
    return float(np.polyfit(airborne, p50_ms, 1)[0]) if len(latency) > 1 else math.nan


def compare_with_twin(airborne: int, *, pool: list[Alternatives], plans: int, seed: int) -> dict[str, float]:
    """Plan the same flights by table and twin; stops if one end of one forbidden interval differs."""
    traffic = Traffic(airborne, pool=pool, seed=seed)
    reserved = [clearance_twin.Reserved(_segment(row), flight, tag) for flight, tag, row in traffic.table.segments()]
    fast_s, slow_s, worst_s = list[float](), list[float](), 0.0
    for _ in range(plans):
        choices = traffic.draw()
        _timed(lambda: clear(traffic.table, choices, traffic.now_s), fast_s)  # noqa: B023
        fast = tuple(traffic.table.forbidden(path, earliest_s=traffic.now_s) for path in choices.paths)
        slow = _timed(lambda: _twin_unions(choices, reserved, traffic.now_s), slow_s)  # noqa: B023
        worst_s = max(worst_s, _largest_difference(fast, slow))
    _note(f"twin at {airborne} airborne: {statistics.median(slow_s):.2f} s a plan")
    fast_ms, slow_ms = statistics.median(fast_s) * 1e3, statistics.median(slow_s) * 1e3
    return {
        "airborne": float(traffic.airborne()),
        "segments": float(len(reserved)),
        "kernel_ms": fast_ms,
        "twin_ms": slow_ms,
        "ratio": slow_ms / fast_ms,
        "largest_difference_s": worst_s,
    }


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


def _largest_difference(fast: tuple[Floats, ...], slow: list[list[tuple[float, float]]]) -> float:
    worst_s = 0.0
    for found, expected in zip(fast, slow, strict=True):
        if len(found) != len(expected):
            raise SystemExit(f"{len(found)} forbidden intervals, the twin has {len(expected)}")
        worst_s = max(worst_s, float(np.abs(found - np.array(expected).reshape(-1, 2)).max(initial=0.0)))
    if worst_s > 1e-9:
        raise SystemExit(f"forbidden departures differ from the twin's by {worst_s:.3g} s")
    return worst_s


def measure_detection(*, repeat: int, seed: int) -> dict[str, float]:
    """Detect the conflicts of one snapshot by kernel and by full matrices; stops if one pair differs."""
    rng = np.random.default_rng(seed)
    heading = rng.uniform(0, 2 * math.pi, AIRCRAFT)
    climb_mps = np.where(rng.random(AIRCRAFT) < 0.5, 0.0, rng.uniform(-3, 3, AIRCRAFT))
    places_m = np.column_stack([rng.uniform(0, SIDE_M, (AIRCRAFT, 2)), rng.choice(LEVELS_M, AIRCRAFT)])
    velocities = np.column_stack([CRUISE_MPS * np.cos(heading), CRUISE_MPS * np.sin(heading), climb_mps])
    minima = {"look_ahead_s": LOOK_AHEAD_S, "separation_m": SEPARATION_M, "vertical_m": VERTICAL_M}
    fast_s, slow_s = list[float](), list[float]()
    detect_conflicts(places_m, velocities, **minima)
    for _ in range(repeat):
        for _ in range(10):
            found = _timed(lambda: detect_conflicts(places_m, velocities, **minima), fast_s)
        pairs = _timed(lambda: detection_twin.detect_conflicts(places_m, velocities, **minima)[0], slow_s)
    if not np.array_equal(found.pairs, pairs):
        raise SystemExit(f"{len(found)} conflicts detected, the twin has {len(pairs)}, or other pairs")
    fast_ms, slow_ms = statistics.median(fast_s) * 1e3, statistics.median(slow_s) * 1e3
    return {"conflicts": float(len(found)), "kernel_ms": fast_ms, "numpy_ms": slow_ms, "ratio": slow_ms / fast_ms}


def _timed(run: Callable[[], Any], durations_s: list[float]) -> Any:
    began = time.process_time()
    result = run()
    durations_s.append(time.process_time() - began)
    return result


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
    """Clear one flight, reserve it, and detect conflicts once; gives the wall seconds."""
    choices = draw_leg(0, np.random.default_rng(0))
    began = time.perf_counter()
    table = Reservations(separation_m=SEPARATION_M, vertical_m=VERTICAL_M)
    index, departed_s = clear(table, choices, 0.0)
    table.reserve(0, choices.paths[index], departed_s)
    table.expire(1e6)
    places_m = np.zeros((2, 3))
    detect_conflicts(places_m, places_m, look_ahead_s=1.0, separation_m=SEPARATION_M, vertical_m=VERTICAL_M)
    return time.perf_counter() - began


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--airborne", type=int, nargs="+", default=[190, 500, 1000, 2000], help="sizes of traffic")
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
    pool = [draw_leg(number, rng) for number in range(_POOL)]
    figures["latency"] = {
        str(airborne): measure_latency(airborne, pool=pool, plans=chosen.plans, repeat=chosen.repeat, seed=chosen.seed)
        for airborne in chosen.airborne
    }
    figures["growth_exponent"] = growth_exponent(figures["latency"])
    if chosen.twin_plans:
        figures["twin"] = {
            str(airborne): compare_with_twin(airborne, pool=pool, plans=chosen.twin_plans, seed=chosen.seed)
            for airborne in _TWIN_SIZES
        }
    figures["detection"] = {str(AIRCRAFT): measure_detection(repeat=chosen.repeat, seed=chosen.seed)}
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
    columns = {"airborne": ",.0f", "segments": ",.0f", "p50_ms": ".3f", "p99_ms": ".3f", "reserve_p50_ms": ".3f"}
    show(figures["latency"], columns, first="traffic")
    print(f"p50 grows with the {figures['growth_exponent']:.2f}th power of the number airborne")
    if "twin" in figures:
        columns = {"airborne": ",.0f", "kernel_ms": ".3f", "twin_ms": ",.0f", "ratio": ",.0f"}
        show(figures["twin"], columns | {"largest_difference_s": ".1e"}, first="traffic")
    columns = {"conflicts": ",.0f", "kernel_ms": ".2f", "numpy_ms": ",.0f", "ratio": ",.0f"}
    show(figures["detection"], columns, first="aircraft")
    for name, target in figures["targets"].items():
        print(f"target, {name}: {target}")


if __name__ == "__main__":
    main()

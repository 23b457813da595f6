"""Orders per second through the whole lifecycle: the engine against the naive twin.

    python benchmarks/lifecycle.py --orders 100000 --repeat 3
    python benchmarks/lifecycle.py --scale

The first form measures four contestants on the same day in one process, in turns (A B C D A B ...), and
prints medians: the engine with the policy ``nearest``, all its tables written to Parquet; the readable twin of
``naive_twin.py``, a SimPy program with one process an order that writes nothing; the engine with the policy
``matching`` every 10 s, its tables written too; and, to see what clearance costs an order, the engine with
``nearest`` and strategic clearance over four levels in place of headways at one. Times are those of the
processor; the wall clock is shown beside them. Before any figure is printed, the delivery times of engine and
twin are compared order by order, to the millisecond. Drawing the day is not measured, for every contestant
takes the same draws.

The day is a synthetic district of 5 take-off points and 12 airports with 2,500 orders in ten hours, repeated
side by side, so that the load on every crew stays the same (see ``district.py``).

``--scale`` runs the engine at 10,000 and at 1,000,000 orders, each in a process of its own, and prints how the
time an order and the peak memory grow. ``--json`` prints the figures as JSON instead of a table.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from district import build_inputs
from dronesim.record.arrow import write_tables
from dronesim.simulation import SimulationInputs, simulate
from naive_twin import run_twin

NEAREST, TWIN, MATCHING, STRATEGIC = "nearest", "naive twin", "matching", "strategic"
TARGETS: Final = {
    "nearest at 100,000 orders": "at least 3 times the twin's orders per second",
    "matching every 10 s": "at least the twin's orders per second",
    "1,000,000 orders": "at most twice the time an order at 10,000; under 2 GB",
}
_SCALES = (10_000, 1_000_000)
_MS = 1000


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor and wall time of one run in seconds, and when each order was delivered (ms, -1 never)."""

    cpu_s: float
    wall_s: float
    delivered_ms: NDArray[np.int64]


def run_engine(inputs: SimulationInputs) -> NDArray[np.int64]:
    """Live the day and write every table; returns delivery times in ms."""
    outcome = simulate(inputs)
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), outcome.tables)
    delivered_s = outcome.tables["orders"]["delivered_s"]
    return np.where(np.isnan(delivered_s), -1, np.rint(delivered_s * _MS)).astype(np.int64)


def run_naive(inputs: SimulationInputs) -> NDArray[np.int64]:
    """Live the day in the twin; returns delivery times in ms."""
    delivered = [-1 if record.delivered is None else record.delivered for record in run_twin(inputs)]
    return np.array(delivered, dtype=np.int64)


def timed(run: Callable[[SimulationInputs], NDArray[np.int64]], inputs: SimulationInputs) -> Timing:
    """Run once, from a heap without garbage."""
    gc.collect()
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    delivered_ms = run(inputs)
    return Timing(time.process_time() - cpu_s, time.perf_counter() - wall_s, delivered_ms)


def compare(orders: int, *, repeat: int, seed: int) -> dict[str, list[Timing]]:
    """Run all contestants in turns on the same day."""
    nearest = build_inputs(orders, policy="nearest", seed=seed)
    matching = build_inputs(orders, policy="matching", interval_s=10.0, seed=seed)
    strategic = build_inputs(orders, policy="nearest", mode="strategic", seed=seed)
    contestants = {
        NEAREST: (run_engine, nearest),
        TWIN: (run_naive, nearest),
        MATCHING: (run_engine, matching),
        STRATEGIC: (run_engine, strategic),
    }
    timings: dict[str, list[Timing]] = {name: [] for name in contestants}
    for _ in range(repeat):
        for name, (run, inputs) in contestants.items():
            timings[name].append(timed(run, inputs))
            _note(f"{name}: {timings[name][-1].cpu_s:.1f} s")
        check_agreement(timings[NEAREST][-1], timings[TWIN][-1])
    return timings


def check_agreement(engine: Timing, twin: Timing) -> None:
    """Stop if one order was delivered at another millisecond."""
    different = np.flatnonzero(engine.delivered_ms != twin.delivered_ms)
    if len(different):
        order = different[0]
        raise SystemExit(
            f"{len(different)} delivery times differ; first order {order}: engine "
            f"{engine.delivered_ms[order]} ms, twin {twin.delivered_ms[order]} ms"
        )


def summarise(timings: dict[str, list[Timing]], orders: int) -> dict[str, dict[str, float]]:
    """Give medians, and each contestant's orders per second over the twin's."""
    cpu_s = {name: statistics.median(timing.cpu_s for timing in runs) for name, runs in timings.items()}
    return {
        name: {
            "cpu_s": cpu_s[name],
            "wall_s": statistics.median(timing.wall_s for timing in runs),
            "us_per_order": cpu_s[name] / orders * 1e6,
            "orders_per_s": orders / cpu_s[name],
            "ratio_to_twin": cpu_s[TWIN] / cpu_s[name],
            "delivered": float((runs[0].delivered_ms >= 0).sum()),
        }
        for name, runs in timings.items()
    }


def measure_scale(*, seed: int) -> dict[str, dict[str, float]]:
    """Run the engine at each size in a process of its own."""
    sizes: dict[str, dict[str, float]] = {}
    for orders in _SCALES:
        command = [sys.executable, __file__, "--alone", "--orders", str(orders), "--seed", str(seed)]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        sizes[str(orders)] = json.loads(ended.stdout)
        _note(f"{orders} orders: {sizes[str(orders)]['cpu_s']:.1f} s")
    first = sizes[str(_SCALES[0])]["us_per_order"]
    for size in sizes.values():
        size["time_per_order_ratio"] = size["us_per_order"] / first
    return sizes


def run_alone(orders: int, *, seed: int) -> dict[str, float]:
    """Run the engine once in this process, after a small day that warms it up."""
    run_engine(build_inputs(1000, seed=seed))
    timing = timed(run_engine, build_inputs(orders, seed=seed))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "cpu_s": timing.cpu_s,
        "wall_s": timing.wall_s,
        "us_per_order": timing.cpu_s / orders * 1e6,
        "orders_per_s": orders / timing.cpu_s,
        "peak_mb": peak_mb,
    }


def show(rows: dict[str, dict[str, float]], columns: dict[str, str], *, first: str) -> None:
    """Print a table; ``columns`` maps the name of a figure to its format."""
    print(f"{first:<12}" + "".join(f"{name:>22}" for name in columns))
    for name, row in rows.items():
        print(f"{name:<12}" + "".join(f"{format(row[column], form):>22}" for column, form in columns.items()))


def machine() -> str:
    """Name the machine and the interpreter."""
    return f"{_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=100_000, help="orders in the day")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each contestant; medians are shown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", action="store_true", help="10,000 against 1,000,000 orders, engine only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.alone:
        print(json.dumps(run_alone(chosen.orders, seed=chosen.seed)))
        return
    figures: dict[str, Any] = {"machine": machine(), "targets": TARGETS}
    if chosen.scale:
        figures["scale"] = measure_scale(seed=chosen.seed)
    else:
        figures["orders"] = chosen.orders
        timings = compare(chosen.orders, repeat=chosen.repeat, seed=chosen.seed)
        figures["lifecycle"] = summarise(timings, chosen.orders)
    print_figures(figures, is_json=chosen.json)


def print_figures(figures: dict[str, Any], *, is_json: bool) -> None:
    """Print what was measured, as JSON or for people."""
    if is_json:
        print(json.dumps(figures, indent=2))
        return
    print(figures["machine"])
    if "scale" in figures:
        columns = {"orders_per_s": ",.0f", "us_per_order": ".1f", "time_per_order_ratio": ".2f", "peak_mb": ",.0f"}
        show(figures["scale"], columns, first="orders")
    else:
        columns = {"orders_per_s": ",.0f", "us_per_order": ".1f", "ratio_to_twin": ".2f", "wall_s": ".1f"}
        print(f"{figures['orders']:,} orders; engine and twin deliver each at the same millisecond")
        show(figures["lifecycle"], columns, first="program")
    for name, target in figures["targets"].items():
        print(f"target, {name}: {target}")


if __name__ == "__main__":
    main()

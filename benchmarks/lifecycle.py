"""Orders per second through the whole lifecycle: the engine against the naive twin.

    python benchmarks/lifecycle.py
    python benchmarks/lifecycle.py --orders 100000 --beside matching strategic
    python benchmarks/lifecycle.py --scale

The first form measures two contestants at 2,500, 20,000 and 100,000 orders in one process, in turns (A B A B ...), and
prints medians of the processor's time, and the median, the least and the largest of the turns' ratios. They are

- the engine with the policy ``nearest``, as it ships, all its tables written to Parquet;
- the twin of ``naive_twin.py``, a SimPy program with one process an order as somebody who knows SimPy writes it, with
  the garbage collector off from start to end; it writes the same tables of orders and scans to Parquet by the same
  function. (The engine also writes legs, occupancy and incidents, which the twin does not record.)

Both get the same draws, made anew for each run, so that no run finds anything that another has worked out: each leg of
the day is planned again by either side. Both are warmed up by a small day. Drawing is not measured. Before any figure
is printed, the delivery times of both are compared order by order, to the millisecond, in every turn.

The aim: the engine is at least 5 times as fast as this twin at 20,000 and at 100,000 orders.

``--beside`` takes more contestants into the turns: ``matching`` every 10 s, and, to see what clearance costs an order,
``strategic``: ``nearest`` with strategic clearance over four levels in place of headways at one.

The day is a synthetic district of 5 take-off points and 12 airports with 2,500 orders in ten hours, repeated
side by side, so that the load on every crew stays the same (see ``district.py``).

``--scale`` runs the engine at 10,000 and at 1,000,000 orders, each in a process of its own, and prints how the
time an order and the peak memory grow. ``--json`` prints the figures as JSON instead of tables.
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from district import build_inputs
from dronesim.record.arrow import write_tables
from dronesim.record.tables import Columns
from dronesim.simulation import SimulationInputs, simulate
from dronesim.units import MS
from naive_twin import NaiveTwin
from twin_tables import twin_tables

NEAREST, TWIN, MATCHING, STRATEGIC = "nearest", "naive twin", "matching", "strategic"
SIZES: Final = (2_500, 20_000, 100_000)
AIM: Final = 5.0
AIM_AT: Final = (20_000, 100_000)
TARGETS: Final = {
    "nearest at 20,000 and 100,000 orders": f"at least {AIM:g} times the twin's orders per second",
    "matching every 10 s": "at least the twin's orders per second",
    "1,000,000 orders": "at most twice the time an order at 10,000; under 2 GB",
}
_SCALES = (10_000, 1_000_000)
_WARM_UP = 1000


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor and wall time of one run in seconds, and when each order was delivered (ms, -1 never)."""

    cpu_s: float
    wall_s: float
    delivered_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """How a day is lived, and what the district is built with."""

    live: Callable[[SimulationInputs], Columns]
    district: dict[str, Any]

    def timed(self, orders: int, *, seed: int) -> Timing:
        """Run once on a day of its own, from a heap without garbage."""
        inputs = build_inputs(orders, seed=seed, **self.district)
        gc.collect()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        delivered_s = self.live(inputs)["delivered_s"]
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        return Timing(cpu_s, wall_s, np.where(np.isnan(delivered_s), -1, np.rint(delivered_s * MS)).astype(np.int64))


def run_engine(inputs: SimulationInputs) -> Columns:
    """Live the day and write every table; returns that of the orders."""
    return _written(simulate(inputs).tables)


def run_naive(inputs: SimulationInputs) -> Columns:
    """Live the day in the twin and write its tables, without a search for garbage; returns that of the orders."""
    gc.disable()
    try:
        twin = NaiveTwin(inputs)
        twin.run()
        return _written(twin_tables(twin))
    finally:
        gc.enable()


def _written(tables: Mapping[str, Columns]) -> Columns:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder), tables)
    return tables["orders"]


CONTESTANTS: Final = {
    NEAREST: Contestant(live=run_engine, district={"policy": "nearest"}),
    TWIN: Contestant(live=run_naive, district={"policy": "nearest"}),
    MATCHING: Contestant(live=run_engine, district={"policy": "matching", "interval_s": 10.0}),
    STRATEGIC: Contestant(live=run_engine, district={"policy": "nearest", "mode": "strategic"}),
}


def compare(orders: int, *, names: Sequence[str], repeat: int, seed: int) -> dict[str, list[Timing]]:
    """Run the contestants in turns on the same day."""
    timings: dict[str, list[Timing]] = {name: [] for name in names}
    for _ in range(repeat):
        for name in names:
            timings[name].append(CONTESTANTS[name].timed(orders, seed=seed))
            _note(f"{orders} orders, {name}: {timings[name][-1].cpu_s:.2f} s")
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
    """Give medians, and the spread of each contestant's orders per second over the twin's of the same turn."""
    return {name: _summary(runs, timings[TWIN], orders) for name, runs in timings.items()}


def _summary(runs: list[Timing], twins: list[Timing], orders: int) -> dict[str, float]:
    cpu_s = statistics.median(timing.cpu_s for timing in runs)
    ratios = [twin.cpu_s / timing.cpu_s for timing, twin in zip(runs, twins, strict=True)]
    return {
        "cpu_s": cpu_s,
        "wall_s": statistics.median(timing.wall_s for timing in runs),
        "us_per_order": cpu_s / orders * 1e6,
        "orders_per_s": orders / cpu_s,
        "ratio_to_twin": statistics.median(ratios),
        "least_ratio": min(ratios),
        "largest_ratio": max(ratios),
        "delivered": float((runs[0].delivered_ms >= 0).sum()),
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
    CONTESTANTS[NEAREST].timed(_WARM_UP, seed=seed)
    timing = CONTESTANTS[NEAREST].timed(orders, seed=seed)
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
    parser.add_argument("--orders", type=int, nargs="+", default=SIZES, help="orders in the day, one or more sizes")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each contestant; medians are shown")
    parser.add_argument(
        "--beside", nargs="+", choices=(MATCHING, STRATEGIC), default=(), help="more contestants beside engine and twin"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", action="store_true", help="10,000 against 1,000,000 orders, engine only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.alone:
        print(json.dumps(run_alone(chosen.orders[0], seed=chosen.seed)))
        return
    figures: dict[str, Any] = {"machine": machine(), "targets": TARGETS}
    if chosen.scale:
        figures["scale"] = measure_scale(seed=chosen.seed)
    else:
        figures["lifecycle"] = measure_sizes(chosen)
    print_figures(figures, is_json=chosen.json)


def measure_sizes(chosen: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """Warm every contestant up, then compare them at each size."""
    names = [NEAREST, TWIN, *chosen.beside]
    for name in names:
        CONTESTANTS[name].timed(_WARM_UP, seed=chosen.seed)
    return {
        str(orders): summarise(compare(orders, names=names, repeat=chosen.repeat, seed=chosen.seed), orders)
        for orders in chosen.orders
    }


def print_figures(figures: dict[str, Any], *, is_json: bool) -> None:
    """Print what was measured, as JSON or for people."""
    if is_json:
        print(json.dumps(figures, indent=2))
        return
    print(figures["machine"])
    if "scale" in figures:
        columns = {"orders_per_s": ",.0f", "us_per_order": ".1f", "time_per_order_ratio": ".2f", "peak_mb": ",.0f"}
        show(figures["scale"], columns, first="orders")
    for orders, rows in figures.get("lifecycle", {}).items():
        print_size(int(orders), rows)
    for name, target in figures["targets"].items():
        print(f"target, {name}: {target}")


def print_size(orders: int, rows: dict[str, dict[str, float]]) -> None:
    """Print one size, and whether the aim is met where it applies."""
    spread = {"ratio_to_twin": ".2f", "least_ratio": ".2f", "largest_ratio": ".2f"}
    print(f"{orders:,} orders; engine and twin deliver each at the same millisecond")
    show(rows, {"orders_per_s": ",.0f", "us_per_order": ".1f", **spread, "wall_s": ".1f"}, first="program")
    if orders in AIM_AT:
        ratio = rows[NEAREST]["ratio_to_twin"]
        print(f"aim of {AIM:g} times the twin: {'reached' if ratio >= AIM else 'missed'} ({ratio:.2f})")


if __name__ == "__main__":
    main()

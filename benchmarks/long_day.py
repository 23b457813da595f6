"""A day of very many orders by this tree and by another commit: processor time an order, and the memory it takes.

    python benchmarks/long_day.py --orders 1000000
    python benchmarks/long_day.py --orders 200000 --against c4d5189

The district of ``district.py`` is repeated side by side until it sees so many orders, at the same load for every crew
(policy ``nearest``, headways at one level). The day is simulated, measured (key figures), and all its tables are
written to Parquet, in a process of its own that a small day has warmed up. With ``--against`` both sides take turns
(A B A B ...), the other commit from `git archive`, and the medians of the turns' ratios are printed, and whether both
leave the same tables and key figures, value by value. Drawing is not counted; memory is the peak of the whole process,
and that above its peak before the day began.

The aim at 1,000,000 orders: 60 s, 1.2 GB, and three times as fast as the commit before.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from against import ROOT, environment_of, unpack

_WARM_UP: Final = 1000
_PHASES: Final = ("simulate_s", "measure_s", "write_s")


def live(orders: int) -> dict[str, Any]:
    """Live a day, measure it and write its tables; tells the time and the memory of each."""
    from district import build_inputs
    from dronesim.metrics import kpis
    from dronesim.record.arrow import write_tables
    from dronesim.simulation import simulate

    def lived(count: int) -> dict[str, Any]:
        inputs = build_inputs(count, seed=1)
        gc.collect()
        before_mb, times_s = peak_mb(), [time.process_time()]
        outcome = simulate(inputs)
        times_s.append(time.process_time())
        measured = kpis(outcome.tables, outcome.facts)
        times_s.append(time.process_time())
        with tempfile.TemporaryDirectory() as folder:
            write_tables(Path(folder), outcome.tables)
        times_s.append(time.process_time())
        spent_s = [later - earlier for earlier, later in pairwise(times_s)]
        found: dict[str, Any] = dict(zip(_PHASES, spent_s, strict=True))
        found |= {"cpu_s": sum(spent_s), "peak_mb": peak_mb(), "before_mb": before_mb}
        return found | {"digest": digest(outcome.tables, measured)}

    lived(_WARM_UP)
    return lived(orders)


def peak_mb() -> float:
    """Give the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def digest(tables: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    """Give a hash of all values, whatever number of bytes a whole number is kept in."""
    text = hashlib.sha256(json.dumps(measured, sort_keys=True).encode())
    for name in sorted(tables):
        for column in sorted(tables[name]):
            values = tables[name][column]
            text.update(f"{name}.{column}".encode())
            is_text, is_whole = values.dtype == object, values.dtype.kind == "i"
            text.update("\0".join(map(str, values)).encode() if is_text else b"")
            text.update(b"" if is_text else (values.astype("int64") if is_whole else values).tobytes())
    return text.hexdigest()


def timed(source: Path, orders: int) -> dict[str, Any]:
    """Live a day by the program in a folder, in a process of its own; what it compiles is kept beside its sources."""
    environment = environment_of(source)
    command = [sys.executable, __file__, "--live", "--orders", str(orders)]
    ended = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def measure(orders: int, *, against: str | None, turns: int) -> dict[str, Any]:
    """Let the sides take turns; gives medians and, where there are two, the medians of their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        sides = {"this": ROOT / "src"}
        if against is not None:
            sides["other"] = unpack(against, Path(folder) / "other") / "src"
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
        for _ in range(turns):
            for name, source in sides.items():
                runs[name].append(timed(source, orders))
    figures: dict[str, Any] = {name: medians(found) for name, found in runs.items()}
    if against is not None:
        pairs = [*zip(runs["this"], runs["other"], strict=True)]
        figures["times_as_fast"] = statistics.median(other["cpu_s"] / this["cpu_s"] for this, other in pairs)
        figures["share_of_memory"] = statistics.median(this["peak_mb"] / other["peak_mb"] for this, other in pairs)
        figures["same"] = all(this["digest"] == other["digest"] for this, other in pairs)
    return figures


def medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Give the median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0] if name != "digest"}


def show(figures: dict[str, Any], orders: int, against: str | None) -> None:
    """Print the sides for people."""
    print(f"a day of {orders:,} orders, processor time")
    for name, words in (("this", "this tree"), ("other", against or "")):
        if name in figures:
            row = figures[name]
            parts = ", ".join(f"{phase.removesuffix('_s')} {row[phase]:.1f}" for phase in _PHASES)
            each = f"{row['cpu_s'] / orders * 1e6:.0f} us an order"
            memory = f"peak {row['peak_mb']:,.0f} MB, {row['peak_mb'] - row['before_mb']:,.0f} of it for the day"
            print(f"{words:<10} {row['cpu_s']:.1f} s ({parts}), {each}; {memory}")
    if against is not None:
        same = "the same values" if figures["same"] else "OTHER values"
        print(f"{figures['times_as_fast']:.2f} times as fast, {figures['share_of_memory']:.2f} of the memory; {same}")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=100_000, help="orders in the day")
    parser.add_argument("--against", help="commit to live the same day by; this tree alone if not given")
    parser.add_argument("--turns", type=int, default=1, help="runs of each side; medians are shown")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--live", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    chosen = parse(arguments)
    if chosen.live:
        print(json.dumps(live(chosen.orders)))
        return
    figures = measure(chosen.orders, against=chosen.against, turns=chosen.turns)
    if chosen.json:
        print(json.dumps({"orders": chosen.orders, "against": chosen.against, **figures}, indent=2))
    else:
        show(figures, chosen.orders, chosen.against)


if __name__ == "__main__":
    main()

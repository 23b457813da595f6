"""What a day costs on a Dask cluster of this machine beside the day itself, and that it leaves the same bytes.

    python benchmarks/cluster.py --days 200
    python benchmarks/cluster.py --days 200 --before ../dronesim-before

A scheduler and its workers on loopback run days that are nothing but the text of a record: CPU seconds of all
processes, a day, are the overhead. Then a few days of the scenario are simulated there and in worker processes, and the
records in both folders are compared by the byte. ``--before`` names a working tree of an earlier commit whose overhead
is measured, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from against import environment_of
from dronesim.experiment.points import Point, Task
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study
from experiments import QUICKSTART, Timed, cluster, timed

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("demand.orders=300",)


def idle_day(task: Task) -> str:
    """Give a record of the size of a small day's without simulating it."""
    return json.dumps({"replication": task.replication, "text": "x" * 3000})


def overhead(point: Point, days: int, address: str) -> Timed:
    """Time days that are nothing but a record, on a warm cluster."""
    with mock.patch("dronesim.experiment.runner.run_task", idle_day), open_runner(dask=address) as runner:
        runner.all_records([Task(point=point, replication=1_000_000 + number) for number in range(20)])
        with timed() as found:
            runner.all_records([Task(point=point, replication=number) for number in range(days)])
    return found[0]


def records(point: Point, days: int, address: str | None, workers: int) -> dict[str, bytes]:
    """Simulate days on the cluster or in processes: the files that are kept."""
    with tempfile.TemporaryDirectory() as folder:
        with open_runner(folder=Path(folder), workers=workers, dask=address) as runner:
            runner.all_records([Task(point=point, replication=number) for number in range(days)])
        return {path.name: path.read_bytes() for path in Path(folder).rglob("*.json")}


def measure(chosen: argparse.Namespace) -> None:
    """Print the figures of the tree whose sources are imported."""
    point = Study(path=QUICKSTART, settings=SETTINGS).point()
    with cluster(chosen.workers) as address:
        found = [overhead(point, chosen.days, address) for _ in range(chosen.repeat)]
        cpu_ms, wall_ms = (
            1000 * statistics.median(getattr(one, name) for one in found) / chosen.days for name in ("cpu_s", "wall_s")
        )
        print(
            f"{chosen.workers} workers, {chosen.days} days: {cpu_ms:.2f} ms of CPU a day, {wall_ms:.2f} ms of wall time"
        )
        if chosen.simulated:
            there = records(point, chosen.simulated, address, chosen.workers)
            here = records(point, chosen.simulated, None, chosen.workers)
            if there != here:
                raise SystemExit("the cluster left other records than worker processes")
            print(f"{len(here)} simulated days: the same bytes on the cluster and in worker processes")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=int, default=200, help="days that are not simulated")
    parser.add_argument("--simulated", type=int, default=12, help="days that are, to compare bytes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3, help="turns, of which the median is shown")
    parser.add_argument("--before", type=Path, help="working tree of an earlier commit")
    return parser.parse_args()


def main() -> None:
    """Measure this tree and, if asked to, the one before."""
    chosen = parse()
    measure(chosen)
    if chosen.before is not None:
        print(f"{chosen.before}:", flush=True)
        options = ["--days", str(chosen.days), "--repeat", str(chosen.repeat), "--simulated", "0"]
        environment = environment_of(chosen.before.resolve() / "src")
        subprocess.run([sys.executable, __file__, *options], env=environment, check=True)


if __name__ == "__main__":
    main()

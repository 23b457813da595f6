"""Experiments timed: overhead a replication, how busy the cores are, days a second on processes and on Dask, sizing."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dronesim.experiment.bench import run_task
from dronesim.experiment.points import Task
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study

QUICKSTART = Path(__file__).parents[1] / "scenarios" / "quickstart.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Wall and CPU seconds (this process and its ended children) of a stretch of work."""

    wall_s: float
    cpu_s: float


def cpu_s() -> float:
    """Seconds of CPU used so far; those of children count once they have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def tasks(days: int) -> list[Task]:
    """Days of quickstart with two fleets."""
    study = Study(path=QUICKSTART)
    points = [study.point(f"fleet.drones={drones}") for drones in (59, 60)]
    return [Task(point=point, replication=number) for point in points for number in range(days // 2)]


def alone(work: list[Task]) -> float:
    """CPU seconds of a replication with nothing around it."""
    run_task(work[0])
    begun = time.process_time()
    for task in work[:8]:
        run_task(task)
    return (time.process_time() - begun) / 8


def on_processes(work: list[Task], workers: int) -> float:
    """Wall seconds of all days on worker processes that stand ready, results kept on disk."""
    with tempfile.TemporaryDirectory() as folder, open_runner(folder=Path(folder), workers=workers) as runner:
        runner.all_records([Task(point=work[0].point, replication=10_000 + number) for number in range(3 * workers)])
        begun = time.perf_counter()
        runner.all_records(work)
        return time.perf_counter() - begun


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a Dask scheduler and its workers on loopback; gives the address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as running:
        yield running.scheduler_address


def on_dask(work: list[Task], workers: int) -> float | None:
    """Wall seconds of all days on a Dask cluster; None where Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        return None
    warm = [Task(point=work[0].point, replication=10_000 + number) for number in range(3 * workers)]
    with (
        cluster(workers) as address,
        tempfile.TemporaryDirectory() as folder,
        open_runner(folder=Path(folder), dask=address) as runner,
    ):
        runner.all_records(warm)
        begun = time.perf_counter()
        runner.all_records(work)
        return time.perf_counter() - begun


def command(*words: str) -> Timed:
    """Time a command of dronesim, with the CPU seconds of all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        begun, used = time.perf_counter(), cpu_s()
        subprocess.run([sys.executable, "-m", "dronesim", *words, "--out", folder, "--quiet"], check=True)
        return Timed(wall_s=time.perf_counter() - begun, cpu_s=cpu_s() - used)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--without-size", action="store_true")
    chosen = parser.parse_args()
    work = tasks(chosen.days)
    day_s = alone(work)
    print(f"a replication alone: {day_s:.3f} s of CPU")
    wall_s = on_processes(work, chosen.workers)
    share = wall_s * chosen.workers / len(work) / day_s - 1
    print(
        f"processes: {len(work) / wall_s:.2f} days/s, {share:+.0%} over {chosen.workers} cores' worth of replications"
    )
    dask_s = on_dask(work, chosen.workers)
    print("dask: not installed" if dask_s is None else f"dask: {len(work) / dask_s:.2f} days/s on loopback")
    swept = command("sweep", str(QUICKSTART), "--vary", "fleet.drones=58,59,60,61", "--replications", str(chosen.days))
    busy = swept.cpu_s / swept.wall_s / chosen.workers
    print(f"sweep of {4 * chosen.days} days: {swept.wall_s:.1f} s, cores {busy:.0%} busy with it from start to end")
    if not chosen.without_size:
        sized = command("size", str(QUICKSTART))
        print(f"size on quickstart: {sized.wall_s:.1f} s ({sized.cpu_s:.1f} s of CPU)")


if __name__ == "__main__":
    main()

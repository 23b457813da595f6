"""Experiments timed: overhead a replication, how busy the cores are, days a second on processes and on Dask, sizing."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
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
    """Wall and CPU seconds of a command, all its processes together."""

    wall_s: float
    cpu_s: float


class SessionClock(threading.Thread):
    """Adds up the CPU seconds of all processes of a session, however they are related (Linux: from /proc).

    What getrusage tells leaves out workers that a server process has started.
    """

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session, self._done = session, threading.Event()
        self._used_s: dict[int, float] = {}

    def run(self) -> None:
        """Look five times a second; the last fifth of a second of a process may be missed."""
        while not self._done.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process)

    def _look(self, process: Path) -> None:
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return
        if int(fields[3]) == self._session:
            ticks = int(fields[11]) + int(fields[12])
            self._used_s[int(process.name)] = ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """End, and give the seconds."""
        self._done.set()
        self.join()
        return sum(self._used_s.values())


def tasks(days: int, settings: Sequence[str] = ()) -> list[Task]:
    """Days of quickstart with two fleets."""
    study = Study(path=QUICKSTART, settings=tuple(settings))
    points = [study.point(f"fleet.drones={drones}") for drones in (61, 62)]
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
        begun = time.perf_counter()
        running = subprocess.Popen(
            [sys.executable, "-m", "dronesim", *words, "--out", folder, "--quiet"], start_new_session=True
        )
        clock = SessionClock(running.pid)
        clock.start()
        if running.wait():
            raise SystemExit(f"{words} ended with {running.returncode}")
        return Timed(wall_s=time.perf_counter() - begun, cpu_s=clock.stop())


def overhead(work: list[Task], workers: int, *, name: str) -> None:
    """Print what a replication costs alone, and what it costs through the executor with its result kept."""
    day_s = alone(work)
    wall_s = on_processes(work, workers)
    share = wall_s * workers / len(work) / day_s - 1
    print(
        f"{name}: alone {day_s:.3f} s of CPU; {workers} processes {len(work) / wall_s:.2f} days/s, {share:+.0%} a day"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--without-size", action="store_true")
    chosen = parser.parse_args()
    work = tasks(chosen.days)
    overhead(work, chosen.workers, name="quickstart")
    short = tasks(2 * chosen.days, ["demand.orders=900"])
    overhead(short, chosen.workers, name="900 orders a day")
    processes_s, dask_s = on_processes(short, chosen.workers), on_dask(short, chosen.workers)
    beside = "dask: not installed" if dask_s is None else f"Dask on loopback {len(short) / dask_s:.2f} days/s"
    print(f"900 orders a day, side by side: processes {len(short) / processes_s:.2f} days/s, {beside}")
    swept = command("sweep", str(QUICKSTART), "--vary", "fleet.drones=58:66:2", "--replications", str(chosen.days))
    busy = swept.cpu_s / swept.wall_s / chosen.workers
    print(f"sweep of {5 * chosen.days} days: {swept.wall_s:.1f} s, cores {busy:.0%} busy with it from start to end")
    if not chosen.without_size:
        sized = command("size", str(QUICKSTART))
        print(f"size on quickstart: {sized.wall_s:.1f} s ({sized.cpu_s:.1f} s of CPU)")


if __name__ == "__main__":
    main()

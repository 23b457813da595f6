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


class FamilyClock(threading.Thread):
    """Adds up the CPU seconds of a process and all that descend from it, from its start on (Linux: from /proc).

    What getrusage tells leaves out workers that a server process has started.
    """

    def __init__(self, eldest: int) -> None:
        super().__init__(daemon=True)
        self._eldest, self._done = eldest, threading.Event()
        self._before = self._family()
        self._used = dict(self._before)

    def run(self) -> None:
        """Look five times a second; the last fifth of a second of a process may be missed."""
        while not self._done.wait(0.2):
            self._used |= self._family()

    def _family(self) -> dict[str, int]:
        """Ticks of the processor by process."""
        stats = {process.name: _stat(process) for process in Path("/proc").glob("[0-9]*")}
        family, found = [str(self._eldest)], dict[str, int]()
        while family:
            process = family.pop()
            fields = stats.get(process, [])
            if fields and process not in found:
                found[process] = int(fields[11]) + int(fields[12])
                family += [name for name, other in stats.items() if other and other[1] == process]
        return found

    def stop(self) -> float:
        """End, and give the seconds."""
        self._done.set()
        self.join()
        self._used |= self._family()
        ticks = sum(self._used.values()) - sum(self._before.values())
        return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> list[str]:
    """State, parent and so on of a process; nothing of one that has ended."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@contextmanager
def timed() -> Iterator[list[Timed]]:
    """Time a block with all processes of this one's family; the list has one item once it is left."""
    clock, found = FamilyClock(os.getpid()), list[Timed]()
    clock.start()
    begun = time.perf_counter()
    yield found
    found.append(Timed(wall_s=time.perf_counter() - begun, cpu_s=clock.stop()))


def tasks(scenario: Path, days: int, settings: Sequence[str] = ()) -> list[Task]:
    """Days of a scenario with two fleets."""
    study = Study(path=scenario, settings=tuple(settings))
    points = [study.point(f"fleet.drones={drones}") for drones in (61, 62)]
    return [Task(point=point, replication=number) for point in points for number in range(days // 2)]


def alone(work: list[Task]) -> float:
    """CPU seconds of a replication with nothing around it."""
    run_task(work[0])
    begun = time.process_time()
    for task in work[:8]:
        run_task(task)
    return (time.process_time() - begun) / 8


def on_processes(work: list[Task], workers: int) -> Timed:
    """Time all days on worker processes that stand ready, results kept on disk."""
    with tempfile.TemporaryDirectory() as folder, open_runner(folder=Path(folder), workers=workers) as runner:
        runner.all_records([Task(point=work[0].point, replication=10_000 + number) for number in range(3 * workers)])
        with timed() as found:
            runner.all_records(work)
    return found[0]


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a Dask scheduler and its workers on loopback; gives the address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as running:
        yield running.scheduler_address


def on_dask(work: list[Task], workers: int) -> Timed | None:
    """Time all days on a Dask cluster; None where Dask is not installed."""
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
        with timed() as found:
            runner.all_records(work)
    return found[0]


def command(*words: str) -> Timed:
    """Time a command of dronesim, with the CPU seconds of all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        running = subprocess.Popen(
            [sys.executable, "-m", "dronesim", *words, "--out", folder, "--quiet"], start_new_session=True
        )
        clock = FamilyClock(running.pid)
        clock.start()
        if running.wait():
            raise SystemExit(f"{words} ended with {running.returncode}")
        return Timed(wall_s=time.perf_counter() - begun, cpu_s=clock.stop())


def overhead(work: list[Task], workers: int, *, name: str) -> None:
    """Print what a replication costs alone, and what it costs through the executor with its result kept."""
    day_s = alone(work)
    spread = on_processes(work, workers)
    share = spread.cpu_s / len(work) / day_s - 1
    print(
        f"{name}: alone {day_s:.3f} s of CPU; {workers} processes {len(work) / spread.wall_s:.2f} days/s, "
        f"{share:+.0%} CPU a day"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenario", type=Path, default=QUICKSTART)
    parser.add_argument("--without-size", action="store_true")
    chosen = parser.parse_args()
    scenario, name = chosen.scenario, chosen.scenario.stem
    work = tasks(scenario, chosen.days)
    overhead(work, chosen.workers, name=name)
    short = tasks(scenario, 2 * chosen.days, ["demand.orders=900"])
    overhead(short, chosen.workers, name="900 orders a day")
    here, dask = on_processes(short, chosen.workers), on_dask(short, chosen.workers)
    beside = "dask: not installed" if dask is None else f"Dask on loopback {len(short) / dask.wall_s:.2f} days/s"
    print(f"900 orders a day, side by side: processes {len(short) / here.wall_s:.2f} days/s, {beside}")
    swept = command("sweep", str(scenario), "--vary", "fleet.drones=58:66:2", "--replications", str(chosen.days))
    busy = swept.cpu_s / swept.wall_s / chosen.workers
    print(f"sweep of {5 * chosen.days} days: {swept.wall_s:.1f} s, cores {busy:.0%} busy with it from start to end")
    if not chosen.without_size:
        sized = command("size", str(scenario))
        print(f"size on {name}: {sized.wall_s:.1f} s ({sized.cpu_s:.1f} s of CPU)")


if __name__ == "__main__":
    main()

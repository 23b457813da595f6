"""A sweep on a real Dask cluster, a scheduler and two workers on loopback: one is killed, the bytes stay the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import TINY, call, environment

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dronesim[dask]'")

LONG_S = 60.0


class Cluster:
    """A scheduler and its worker processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_until(self._is_up)
        self.address = json.loads(self.file.read_text())["address"]
        for name in ("one", "two"):
            self._start("dask_worker", "--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def _start(self, program: str, *options: str) -> None:
        words = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.{program}"]
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        self.processes.append(
            subprocess.Popen(
                [*words, *options, "--scheduler-file", str(self.file)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(),
            )
        )

    def _is_up(self) -> bool:
        try:
            return bool(json.loads(self.file.read_text())["address"])
        except (OSError, ValueError):
            return False

    def kill_worker(self) -> None:
        self.processes[1].send_signal(signal.SIGKILL)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(timeout=LONG_S)


def wait_until(is_true: Callable[[], bool], *, most_s: float = LONG_S) -> None:
    until_s = time.monotonic() + most_s
    while time.monotonic() < until_s:
        if is_true():
            return
        time.sleep(0.05)
    raise AssertionError("it took too long")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    running = Cluster(folder)
    try:
        wait_until(lambda: workers_of(running.address) == 2)
        yield running
    finally:
        running.end()


def workers_of(address: str) -> int:
    from distributed import Client

    with Client(address, timeout=LONG_S) as client:
        return len(client.scheduler_info()["workers"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_sweep_on_a_cluster_survives_the_loss_of_a_worker_with_the_same_bytes(
    cluster: Cluster, tmp_path: Path
) -> None:
    sweep = (
        "sweep",
        TINY,
        "--vary",
        "fleet.drones=3,4,5",
        "--set",
        "demand.orders=600",
        "--replications",
        8,
        "--quiet",
    )
    killed = threading.Event()

    def kill_in_the_middle() -> None:
        wait_until(lambda: len(list((tmp_path / "dask" / "replications").glob("*.json"))) >= 5, most_s=3 * LONG_S)
        cluster.kill_worker()
        killed.set()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    answer = call(*sweep, "--out", tmp_path / "dask", "--dask", cluster.address)
    killer.join(timeout=LONG_S)
    assert answer.code == 0, answer.err
    assert killed.is_set()
    assert workers_of(cluster.address) == 1
    assert call(*sweep, "--out", tmp_path / "here", "--workers", 2).code == 0
    assert files(tmp_path / "dask") == files(tmp_path / "here")
    assert len(files(tmp_path / "dask")) >= 24


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

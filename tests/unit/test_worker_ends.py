"""Workers that end at any moment, by their own death or because the work is stopped, leave nobody waiting."""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from command import TINY
from dronesim.experiment import executors
from dronesim.experiment.executors import Processes, WorkerError, local_executor
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study

pytestmark = pytest.mark.timeout(60)

MUCH = 3_000_000


def send_half(connection: Connection, message: bytes) -> None:
    os.write(connection.fileno(), struct.pack("!i", len(message)) + bytes(message)[:1])
    os._exit(1)


def end_while_sending() -> int:
    setattr(Connection, "_send_bytes", send_half)  # noqa: B010
    return 0


def workers() -> set[int | None]:
    return {child.pid for child in multiprocessing.active_children()}


def test_a_worker_that_ends_while_it_sends_breaks_the_pool() -> None:
    before = workers()
    with local_executor(2) as pool, pytest.raises(BrokenExecutor):
        pool.submit(end_while_sending).result()
    assert workers() <= before


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.005, 0.01])
def test_who_stops_while_workers_send_much_does_not_wait_for_the_rest(after_s: float) -> None:
    def work() -> None:
        with local_executor(2) as pool:
            answers = [pool.submit(bytes, MUCH) for _ in range(8)]
            answers[0].result()
            time.sleep(after_s)
            raise ZeroDivisionError

    before = workers()
    with pytest.raises(ZeroDivisionError):
        work()
    assert workers() <= before


def test_who_stops_while_workers_start_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that had been told to start, and not yet how, would look for what its parent has taken away."""

    class Interrupted(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            answer = super().submit(fn, *args, **kwargs)
            os.kill(os.getpid(), signal.SIGINT)
            return answer

    def work() -> None:
        with local_executor(2) as pool:
            monkeypatch.setattr(executors, "ThreadPoolExecutor", Interrupted)
            pool.submit(int)
            raise AssertionError("the work has begun")

    before = workers()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert workers() <= before


def test_workers_start_when_there_is_work() -> None:
    before = workers()
    with local_executor(2) as pool:
        assert workers() == before
        assert pool.submit(abs, -1).result() == 1
        assert len(workers() - before) == 2
    assert workers() <= before


def test_the_end_of_one_pool_is_not_the_end_of_another_nor_of_what_else_was_started() -> None:
    own = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    with local_executor(2) as first, local_executor(2) as second:
        answers = [pool.submit(int) for pool in (first, second)]
        assert [answer.result() for answer in answers] == [0, 0]
        own.start()
        with pytest.raises(BrokenExecutor):
            first.submit(os._exit, 3).result()
        assert isinstance(first, Processes)
        first.revive()
        assert [pool.submit(abs, -2).result() for pool in (first, second)] == [2, 2]
        first.end(at_once=True)
        assert second.submit(abs, -3).result() == 3
    assert own.is_alive()
    own.kill()
    own.join()


def test_where_no_worker_can_be_started_this_process_does_the_work(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("multiprocessing.forkserver.connect_to_new_process", full)
    with local_executor(2) as pool:
        assert [pool.submit(os.getpid).result() for _ in range(2)] == [os.getpid()] * 2
    assert "can't be started ([Errno 24] Too many open files" in capfd.readouterr().err


def ask_hearing() -> bool:
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_what_else_the_server_of_workers_starts_hears_ctrl_c() -> None:
    with local_executor(2) as pool:
        assert pool.submit(ask_hearing).result()
    with multiprocessing.get_context("forkserver").Pool(1) as own:
        assert own.apply(ask_hearing)


def test_an_idle_worker_that_is_killed_is_told(tmp_path: Path) -> None:
    point = Study(path=TINY, settings=("demand.orders=10",)).point()
    with open_runner(folder=tmp_path, workers=2) as runner:
        runner.records(point, [0, 1])
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        with pytest.raises(WorkerError, match="a worker process ended on its own"):
            runner.records(point, [2, 3])

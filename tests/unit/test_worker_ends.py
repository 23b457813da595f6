"""Workers that end at any moment, by their own death or because the work is stopped, leave nobody waiting."""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import pytest

from dronesim.experiment import executors
from dronesim.experiment.executors import Processes, local_executor

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


@pytest.mark.parametrize("there", [0, 1])
def test_who_stops_while_workers_start_leaves_none(there: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that had been told to start, and not yet how, would look for what its parent has taken away."""

    class Interrupted(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            answer = super().submit(fn, *args, **kwargs)
            os.kill(os.getpid(), signal.SIGINT)
            return answer

    def work() -> None:
        with local_executor(2) as pool:
            for _ in range(there):
                pool.submit(time.sleep, 30.0)
            monkeypatch.setattr(executors, "ThreadPoolExecutor", Interrupted)
            pool.submit(int)
            raise AssertionError("the work has begun")

    before = workers()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert workers() <= before


def test_as_many_workers_start_as_there_is_work_for() -> None:
    before = workers()
    with local_executor(8) as pool:
        assert workers() == before
        for answer in [pool.submit(time.sleep, 0.3) for _ in range(2)]:
            answer.result()
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

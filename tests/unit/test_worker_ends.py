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
from dronesim.experiment.executors import local_executor

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

    before = workers()
    monkeypatch.setattr(executors, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt), local_executor(2):
        raise AssertionError("the work has begun")
    assert workers() <= before

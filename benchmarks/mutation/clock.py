"""A pytest plugin: writes how each test ended and how long it took; ends the process if one takes too long."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

LOG: Final = "MUTANTS_LOG"
LIMIT: Final = "MUTANTS_LIMIT_S"
TIMED_OUT: Final = 70
"""The exit status of a process that was ended."""

_MOST_BYTES: Final = 12 << 30
_TICK_S: Final = 0.5


def pytest_configure() -> None:
    """Keep a mutant from taking all memory, and let tests interrupt what they start.

    A shell that starts a program in the background lets it ignore interrupts, and all that it starts would.
    """
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, most))
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """End the process if this test goes on for ever."""
    is_over = threading.Event()
    threading.Thread(target=_watch, args=(item.nodeid, is_over), daemon=True).start()
    try:
        return (yield)
    finally:
        is_over.set()


def _watch(test: str, is_over: threading.Event) -> None:
    """Count the seconds of a test; those for which the whole process was stopped count as a tick."""
    seen_s, spent_s = time.monotonic(), 0.0
    while not is_over.wait(_TICK_S):
        last_s, seen_s = seen_s, time.monotonic()
        spent_s += min(seen_s - last_s, 2 * _TICK_S)
        if spent_s > float(os.environ[LIMIT]):
            _give_up(test)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write a line a phase of a test."""
    _write(report.outcome, report.duration, report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Write a line for what can't be collected, as a module that fails while it is imported."""
    if report.failed:
        _write("failed", 0.0, report.nodeid)


def _give_up(test: str) -> None:
    _write("timeout", float(os.environ[LIMIT]), test)
    os._exit(TIMED_OUT)


def _write(outcome: str, duration_s: float, test: str) -> None:
    with Path(os.environ[LOG]).open("a", encoding="utf-8") as log:
        log.write(f"{outcome}\t{duration_s:.3f}\t{test}\n")

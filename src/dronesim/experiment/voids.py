"""Days that a policy spoils: by an illegal decision, an error, no end to its deciding, or the end of its process.

Where policies are compared such a day is void: it is counted and told, and all others stand. A run stops at it.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from dronesim.dispatch import Decisions, DispatchPolicy, DispatchView
from dronesim.errors import PolicyError
from dronesim.experiment.bench import run_task
from dronesim.experiment.own_policy import limiting
from dronesim.experiment.points import Task
from dronesim.experiment.store import Record

DECIDING_S: Final = 60.0
"""So much CPU time a policy may decide on one day; of wall time ten times as much."""

_WALL: Final = 10
ENDED: Final = "the policy ended its process, or the machine did (out of memory?)"


class _TooLongError(BaseException):
    """The time for decisions is used up; nothing that a policy catches by a broad name."""


class _Clock:
    """What is left of the time for decisions; a decision that takes longer is broken off."""

    def __init__(self, most_s: float, where: str) -> None:
        self._rule = f"has decided for more than {most_s:g} s of CPU time {where}"
        self._left_s = {signal.ITIMER_PROF: most_s, signal.ITIMER_REAL: most_s * _WALL}
        self._clocks = {signal.ITIMER_PROF: time.process_time, signal.ITIMER_REAL: time.monotonic}

    def limited(self, policy: DispatchPolicy) -> DispatchPolicy:
        """Give a policy that is asked only as long as time is left."""

        def ask(view: DispatchView) -> Decisions:
            # an alarm may come at any instant until the timers are off, and the policy may have caught it
            begun_s = {timer: clock() for timer, clock in self._clocks.items()}
            try:
                try:
                    for timer, left_s in self._left_s.items():
                        signal.setitimer(timer, max(left_s, 1e-6), 1.0)
                    decided = policy(view)
                finally:
                    self._stop()
            except _TooLongError as error:
                self._stop()
                raise PolicyError(self._rule) from error
            for timer, clock in self._clocks.items():
                self._left_s[timer] -= clock() - begun_s[timer]
            if min(self._left_s.values()) <= 0.0:
                raise PolicyError(self._rule)
            return decided

        return ask

    def _stop(self) -> None:
        for timer in self._left_s:
            signal.setitimer(timer, 0.0)


@contextmanager
def heeding(most_s: float, where: str) -> Iterator[None]:
    """Limit the CPU time for decisions while the block lasts, where this process can be alarmed at all.

    ``where`` the limit holds is told: on this day.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = [(number, signal.signal(number, _break_off)) for number in (signal.SIGPROF, signal.SIGALRM)]
    try:
        with limiting(_Clock(most_s, where).limited):
            yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _break_off(_number: int, _frame: Any) -> None:
    raise _TooLongError


def run_or_void(task: Task) -> str:
    """Run one replication; a day that its policy spoils gives a record that says how."""
    try:
        with heeding(DECIDING_S, "on this day"):
            return run_task(task)
    except PolicyError as error:
        return json.dumps(void_record(task, str(error)), ensure_ascii=False)


def void_record(task: Task, reason: str) -> Record:
    """Give what is told of a void day."""
    return {"seed": task.point.seed, "replication": task.replication, "day_factor": None, "void": reason}

"""Real days that run behind the page, one after the other, each kept as ``size`` and ``sweep`` keep theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dronesim.errors import DronesimError
from dronesim.experiment.points import Point
from dronesim.experiment.runner import Runner, Tally, open_runner
from dronesim.experiment.store import Record
from dronesim.serving.planner import Ask

Heard = Callable[[Ask, int, Record], None]
"""Called with each day that is there, run or read."""
Failed = Callable[[Ask, str], None]
"""Called where a day can't be run."""


class _OverError(Exception):
    """The server ends."""


class Behind:
    """A thread that has worker processes run the days of what was asked last.

    Whoever asks anew takes back the days that have not begun; those that run are finished, kept, and heard of.
    """

    def __init__(
        self,
        *,
        first: Point,
        folder: Path,
        workers: int,
        days: int,
        heard: Heard,
        failed: Failed,
        warn: Callable[[str], None],
        is_apart: bool = True,
    ) -> None:
        self._opened = partial(
            open_runner, folder=folder, workers=workers, first=first, is_apart=is_apart, progress=self._look, warn=warn
        )
        self._step = workers
        self._days = days
        self._heard = heard
        self._failed = failed
        self._changed = threading.Condition()
        self._asked: Ask | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="days behind the page", daemon=True)

    def begin(self) -> None:
        """Start working."""
        self._thread.start()

    def run(self, ask: Ask) -> None:
        """Run the days of this from now on, instead of those asked for before."""
        with self._changed:
            self._asked = ask
            self._changed.notify_all()

    def end(self) -> None:
        """Stop now: days that run are given up, those that were finished are kept."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            with self._opened() as runner:
                while (ask := self._next()) is not None:
                    self._run(ask, runner)
        except _OverError:
            return
        except (DronesimError, OSError) as error:
            self._fail(str(error))
        except BaseException:
            self._fail("a defect of dronesim, which the terminal shows")
            raise

    def _fail(self, why: str) -> None:
        """Tell whoever asked last that nothing is run any more."""
        with self._changed:
            ask, self._is_over = self._asked, True
        if ask is not None:
            self._failed(ask, f"no more days are run: {why}")

    def _look(self, _tally: Tally) -> None:
        """Leave the work as it is when all is over."""
        if self._is_over:
            raise _OverError

    def _next(self) -> Ask | None:
        """Wait for something to do; None when all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._asked is not None)
            return None if self._is_over else self._asked

    def _run(self, ask: Ask, runner: Runner) -> None:
        for first in range(0, self._days, self._step):
            numbers = range(first, min(first + self._step, self._days))
            for number, record in zip(numbers, runner.records(ask.point, numbers), strict=True):
                self._heard(ask, number, record)
            with self._changed:
                if self._is_over or self._asked is not ask:
                    return
        with self._changed:
            if self._asked is ask:
                self._asked = None

"""Progress of a day or of many: a bar on a terminal, a line every ten seconds elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dronesim.cli.output import tell, warn
from dronesim.telling import harmless

if TYPE_CHECKING:
    from dronesim.experiment.runner import Tally

LINE_EVERY_S: Final = 10.0
BAR_WIDTH: Final = 16
"""So narrow, the text beside it has room for the time left."""


class DayProgress:
    """Shows how much of the simulated day has passed; a context manager."""

    def __init__(self, name: str, *, is_quiet: bool) -> None:
        self._name = name
        self._is_quiet = is_quiet
        self._bar: Any = None
        self._task: Any = None
        self._said_s = time.monotonic()

    def __enter__(self) -> DayProgress:
        if not self._is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.markup import escape
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(escape(harmless(self._name)), total=1.0)
            self._bar.start()
        return self

    def update(self, share: float) -> None:
        """Show the share of the day that has passed."""
        if self._bar is not None:
            self._bar.update(self._task, completed=share)
        elif not self._is_quiet and time.monotonic() - self._said_s > LINE_EVERY_S:
            self._said_s = time.monotonic()
            tell(f"{self._name}: {share:.0%} of the day")

    def warn(self, text: str) -> None:
        """Print a warning, above the bar where there is one."""
        if self._bar is None:
            warn(text)
        else:
            self._bar.console.print(f"warning: {harmless(text)}", markup=False, highlight=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


Telling: TypeAlias = "Callable[[Tally], str]"
"""Words how far some replications are."""


class ReplicationProgress:
    """Shows how far some replications are, in the words of ``telling``; a context manager.

    ``has_end``: their number is known beforehand, so that a bar can fill.
    """

    def __init__(self, telling: Telling, *, is_quiet: bool, has_end: bool) -> None:
        self._telling = telling
        self._is_quiet = is_quiet
        self._has_end = has_end
        self._bar: Any = None
        self._task: Any = None
        self._said_s = time.monotonic()

    def __enter__(self) -> ReplicationProgress:
        if not self._is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn
            from rich.table import Column

            text = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=False))
            self._bar = Progress(BarColumn(BAR_WIDTH), text, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("starting", total=None)
            self._bar.start()
        return self

    def update(self, tally: Tally) -> None:
        """Show how far it is, and the time left where it can be known."""
        if self._bar is not None:
            total = tally.total if self._has_end else None
            self._bar.update(
                self._task, completed=tally.done, total=total, description=harmless(_told(tally, self._telling))
            )
        elif not self._is_quiet and time.monotonic() - self._said_s > LINE_EVERY_S:
            self._said_s = time.monotonic()
            tell(_told(tally, self._telling))

    def warn(self, text: str) -> None:
        """Print a warning, above the bar where there is one."""
        if self._bar is None:
            warn(text)
        else:
            self._bar.console.print(f"warning: {harmless(text)}", markup=False, highlight=False)

    def __exit__(self, *_reason: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _told(tally: Tally, telling: Telling) -> str:
    """Word what comes before the first replication, and leave the rest to ``telling``."""
    if tally.drawing is not None:
        drawn, parts = tally.drawing
        return f"{tally.beside}: {drawn} of {parts} parts"
    if not tally.done:
        return "starting; the first time on a machine this compiles kernels, which takes half a minute"
    return telling(tally)


def tell_all(tally: Tally) -> str:
    """Word how far a known number of replications is, with the time left."""
    left_s = tally.left_s()
    left = "" if left_s is None else f", about {_duration(left_s)} left"
    return f"{tally.done} of {tally.total} replications{left}"


def tell_search(resource: str, most: int) -> Telling:
    """Word how far a search is which takes at most so many days a value, and nobody knows how many values."""

    def telling(tally: Tally) -> str:
        from dronesim.experiment.study import stated_value

        if tally.point is None:
            return f"{tally.done} days in all"
        rate = tally.per_second()
        pace = "" if rate is None else f", {rate:.2g} a second"
        left = "" if rate is None else f"; at most {_duration((most - tally.here) / rate)} for this value"
        value = stated_value(tally.point.scenario, resource, option="--resource")
        return f"looking at {resource} = {value}: {tally.here} of at most {most} days, {tally.done} in all{pace}{left}"

    return telling


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

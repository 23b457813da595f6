"""Progress of a day: a bar on a terminal, a line every ten seconds elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Final

from dronesim.cli.output import tell, warn

LINE_EVERY_S: Final = 10.0


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
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._name, total=1.0)
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
            self._bar.console.print(f"warning: {text}", markup=False, highlight=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

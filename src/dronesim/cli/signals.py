"""Ctrl-C and a request to end unwind the program, so that nothing half made is left behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

INTERRUPTED: Final = 130
TERMINATED: Final = 143


class Stopped(BaseException):
    """A signal asked the program to end; ``exit_code`` says which."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__()


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise `Stopped` inside; a signal that the caller has set to be ignored stays so."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(INTERRUPTED if number == signal.SIGINT else TERMINATED)

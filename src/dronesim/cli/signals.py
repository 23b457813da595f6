"""Ctrl-C and a request to end unwind the program, so that nothing half made is left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

INTERRUPTED: Final = 130
TERMINATED: Final = 143
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_AGAIN_S: Final = 0.01


class Stopped(BaseException):
    """A signal asked the program to end; ``exit_code`` says which.

    The code is the only argument: the event loop makes exceptions again from their ``args``.
    """

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(exit_code)


def leave_at_once() -> None:
    """Let both signals end the process in silence while there is nothing to clean up: before a verb and after it."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


@contextmanager
def leaving_soon() -> Iterator[None]:
    """Once a signal has stopped the verb inside and all is cleaned up, end the process without more ado.

    The interpreter takes most of a second to take everything apart that a simulation has imported.
    """
    try:
        yield
    except SystemExit as end:
        if end.code not in (INTERRUPTED, TERMINATED):
            raise
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(int(end.code))


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT and SIGTERM raise `Stopped` inside; a signal that the caller has set to be ignored stays so.

    Python swallows what is raised in some of its own callbacks, such as those of weak references: then the signal
    is sent again.
    """
    hook = sys.unraisablehook

    def send_again(swallowed: sys.UnraisableHookArgs) -> None:
        if isinstance(swallowed.exc_value, Stopped):
            number = signal.SIGINT if swallowed.exc_value.exit_code == INTERRUPTED else signal.SIGTERM
            threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number)).start()
        else:
            hook(swallowed)

    sys.unraisablehook = send_again
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _code(number: int) -> int:
    return INTERRUPTED if number == signal.SIGINT else TERMINATED


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(_code(number))


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(_code(number))

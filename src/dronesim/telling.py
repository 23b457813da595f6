"""What is told on standard error whoever asks, from the command line or from Python, and however quiet it shall be."""

from __future__ import annotations

import sys
from contextlib import suppress

from dronesim.letters import short_lines


def tell_planner(text: str) -> None:
    """Write a line to standard error, without signs that steer a terminal.

    Where its reader has gone, or there is none, it is dropped.
    """
    with suppress(BrokenPipeError, ValueError, AttributeError, OSError):
        sys.stderr.write(f"{short_lines(text)}\n")
        sys.stderr.flush()

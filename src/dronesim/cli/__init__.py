"""The command line; each verb imports what it needs when it is called."""

from __future__ import annotations

import gc
from typing import Final

ALLOCATIONS: Final = (50_000, 20, 20)
"""So often unused circles of objects are looked for: a start makes half a million objects, and hardly any circle."""


def main() -> None:
    """Be the ``dronesim`` command: Ctrl-C ends it without a traceback from the first import to the last moment."""
    gc.set_threshold(*ALLOCATIONS)
    try:
        from dronesim.cli.signals import leave_at_once, leaving_soon

        leave_at_once()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    from dronesim.cli.app import run_command

    with leaving_soon():
        run_command()

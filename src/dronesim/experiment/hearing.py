"""Has processes hear Ctrl-C that come of one which does not; only the server that starts workers imports it."""

from __future__ import annotations

import os
import signal


def _hear() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


os.register_at_fork(after_in_child=_hear)

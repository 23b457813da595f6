"""What tests of the live planner share: a server of the small scenario, in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from command import TINY
from dronesim.experiment.study import Study


@contextmanager
def planner_served(folder: Path) -> Iterator[str]:
    """Serve the planner with two days behind each answer, kept in a folder; gives the address of its page."""
    from dronesim.serving.server import open_server

    study = Study(path=TINY)
    with open_server(
        study, root=folder.parent, folder=folder, port=0, days=2, workers=1, warn=print, is_apart=False
    ) as serving:
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield serving.url
        serving.end()
        thread.join(timeout=20)
        assert not thread.is_alive()

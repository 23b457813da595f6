"""The replay of a saved run, as a page in its folder or in a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dronesim.record.folder import write_file
from dronesim.record.saved import open_saved

PAGE: Final = "replay.html"


def replay_of(folder: Path, *, key_file: Path | None = None) -> bytes:
    """Give the page that replays a saved run, and leave its folder as it is.

    Raises
    ------
    InputError
        A file of the run is missing, or not as it was written; or another key signed its codes than the one stated.
    """
    from dronesim.replay.content import read_content
    from dronesim.replay.page import page_html

    return page_html(read_content(open_saved(folder), key_file=key_file)).encode("utf-8", errors="replace")


def write_replay(folder: Path, place: Path | None = None, *, key_file: Path | None = None) -> Path:
    """Write the page that replays a saved run: into its folder, or to a place of its own. Gives where it lies."""
    target = folder / PAGE if place is None else place
    write_file(target, replay_of(folder, key_file=key_file))
    return target

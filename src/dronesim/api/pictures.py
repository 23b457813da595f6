"""Pictures and replays as objects: a notebook shows them, and they can be kept."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from dronesim.record.folder import write_file
from dronesim.record.targets import check_writable


def _kept(content: bytes, place: Path, *, key: str) -> Path:
    check_writable(place, key=key)
    write_file(place, content)
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as PNG.

    Attributes
    ----------
    png
        The bytes of its file.
    """

    png: bytes = field(repr=False)

    def save(self, path: str | Path) -> Path:
        """Write it to a file, whole or not at all; gives where it lies.

        Raises
        ------
        InputError
            Nothing can be written there.
        """
        return _kept(self.png, Path(path), key="picture")

    def _repr_png_(self) -> bytes:
        return self.png


_HIGH_PX: Final = 720
_TAGS: Final = {
    ".png": '<img alt="{name}" src="data:image/png;base64,{data}">',
    ".gif": '<img alt="{name}" src="data:image/gif;base64,{data}">',
    ".mp4": '<video controls aria-label="{name}" src="data:video/mp4;base64,{data}"></video>',
}
"""How forms other than the page are shown."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay, a still or a film of a day.

    Attributes
    ----------
    path
        Where it lies; None where it is in memory alone.
    content
        The bytes of its file.
    ending
        Its form: ``.html``, ``.png``, ``.gif`` or ``.mp4``.
    """

    path: Path | None
    content: bytes = field(repr=False)
    ending: str

    def save(self, path: str | Path) -> Path:
        """Write it to a file, whole or not at all; gives where it lies.

        Raises
        ------
        InputError
            Nothing can be written there.
        """
        return _kept(self.content, Path(path), key="replay")

    def _repr_html_(self) -> str:
        name = f"replay of the day, {self.ending[1:]}"
        if self.ending in _TAGS:
            return _TAGS[self.ending].format(name=name, data=base64.b64encode(self.content).decode("ascii"))
        page = escape(self.content.decode("utf-8"))
        style = f"width: 100%; height: {_HIGH_PX}px; border: 0"
        return f'<iframe title="{name}" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'

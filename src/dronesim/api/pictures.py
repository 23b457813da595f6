"""Pictures as objects: a notebook shows them, and they can be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dronesim.record.folder import write_file
from dronesim.record.targets import check_writable


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
        place = Path(path)
        check_writable(place, key="picture")
        write_file(place, self.png)
        return place

    def _repr_png_(self) -> bytes:
        return self.png

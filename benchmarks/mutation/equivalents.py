"""Changes that a person has looked at and found to make no difference."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SEPARATOR: Final = " || "


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a change takes out of a module and puts in; the line numbers are left out, so that it keeps."""

    module: str
    before: str
    after: str

    def __str__(self) -> str:
        return SEPARATOR.join((self.module, self.before, self.after))


def edit_of(module: str, source: str, mutated: str) -> Edit:
    """Name the lines that differ, with single spaces."""
    lines = list(difflib.ndiff(source.splitlines(), mutated.splitlines()))
    before, after = (" ".join(" ".join(line[2:] for line in lines if line[0] == sign).split()) for sign in "-+")
    return Edit(module=module, before=before, after=after)


def read_equivalents(path: Path) -> dict[Edit, str]:
    """Read the list: an edit and why it makes no difference, a line each; lines with # are for people.

    Raises
    ------
    ValueError
        A line has not four parts.
    """
    found = dict[Edit, str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(SEPARATOR)]
        if len(parts) != 4 or not all(parts[index] for index in (0, 1, 3)):
            raise ValueError(f"{path}:{number}: module || before || after || why, not {line!r}")
        found[Edit(module=parts[0], before=parts[1], after=parts[2])] = parts[3]
    return found

"""Where each key of a scenario was stated: file and line, or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from dronesim.errors import Problem

KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One place; ``label`` is shown to people, ``folder`` is what relative paths there are relative to."""

    label: str
    line: int | None
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The places of all keys; any two compare equal, so that scenarios compare by what they say."""

    file: str = field(default="scenario", compare=False)
    folder: Path = field(default=Path(), compare=False)
    places: Mapping[KeyPath, Origin] = field(default_factory=dict, compare=False)

    def of(self, path: KeyPath) -> Origin:
        """Find the place of a key, else of the nearest table around it, else of the file as a whole."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Origin(label=self.file, line=None, folder=self.folder)

    def problem(self, path: KeyPath, rule: str, *, value: object = None, hint: str | None = None) -> Problem:
        """Make a problem that names the key and its place."""
        place = self.of(path)
        return Problem(file=place.label, line=place.line, key=dotted(path), rule=rule, value=value, hint=hint)


def dotted(path: KeyPath) -> str:
    """Show a key path as people write it: ``fleet.drones``, ``events[0].at``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")

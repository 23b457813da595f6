"""Finished replications on disk: one file each, whole or not there, noticed when damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dronesim.record.folder import sweep, write_whole
from dronesim.record.plain import missing
from dronesim.record.targets import try_writing

_SUFFIX: Final = ".json"
_DAMAGED: Final = ".damaged"
_OTHERS: Final = "is not what is kept of this day"

Record = dict[str, Any]
"""What is kept of a replication: ``kpis``, counts ``by`` group, ``late`` orders, seed, replication, ``settings``."""


def is_void(record: Record) -> bool:
    """Whether a day is void: its policy has spoilt it, and there are no figures of it."""
    return "void" in record


def _silent(_text: str) -> None:
    """Say nothing."""


def _is_any(_record: Record) -> bool:
    """Take every record."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A folder of finished replications; any number of experiments may share it, at the same time too.

    A file is the SHA-256 of its name and a record and, on the next line, the record: one that is copied to the name of
    another is noticed. ``warn`` is told of damaged ones.
    """

    folder: Path
    warn: Callable[[str], None] = field(default=_silent)

    def open(self) -> Store:
        """Make the folder, see that it can be written, and remove what killed processes left half written.

        Raises
        ------
        OSError
            The folder can't be made or written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try_writing(self.folder)
        sweep(self.folder)
        return self

    def read(self, name: str, fits: Callable[[Record], bool] = _is_any) -> Record | None:
        """Read a record; None where there is none, or none that is whole and ``fits``: that one is set aside."""
        path = self._path(name)
        why = missing(path)
        if why is not None:
            if why != "is missing":
                self._set_aside(path, None, why)
            return None
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        record, why = _whole(name, content)
        if record is not None and not fits(record):
            record, why = None, _OTHERS
        if record is None:
            self._set_aside(path, content, why)
        return record

    def peek(self, name: str) -> Record | None:
        """Read a record and leave the folder as it is; None where there is none, or none that is whole."""
        path = self._path(name)
        try:
            return None if missing(path) is not None else _whole(name, path.read_bytes())[0]
        except FileNotFoundError:
            return None

    def _set_aside(self, path: Path, content: bytes | None, why: str) -> None:
        """Move a damaged file out of the way, unless another experiment has done so or put a whole one there."""
        aside = path.with_suffix(_DAMAGED)
        try:
            if content is not None and path.read_bytes() != content:
                return
            path.replace(aside)
        except FileNotFoundError:
            return
        self.warn(f"{path}: {why}; set aside as {aside.name} and run again")

    def write(self, name: str, text: str) -> None:
        """Keep a record; a reader sees all of it or nothing.

        Raises
        ------
        OSError
            The disk is full or the folder can't be written; nothing half written stays.
        """
        path = self._path(name)
        content = text.encode()
        try:
            write_whole(path, _digest(name, content).encode() + b"\n" + content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.folder)) from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"


def _digest(name: str, content: bytes) -> str:
    return hashlib.sha256(f"{name}\n".encode() + content).hexdigest()


def _whole(name: str, content: bytes) -> tuple[Record | None, str]:
    """Read what a file holds under a name; None, and why, where it is damaged or somebody has written it by hand."""
    digest, _, text = content.partition(b"\n")
    if _digest(name, text).encode() != digest:
        return None, "is damaged (it does not match its hash)"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None, _OTHERS
    return (found, "") if isinstance(found, dict) else (None, _OTHERS)

"""Finished replications on disk: one file each, whole or not there, noticed when damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dronesim.record.folder import sweep, write_whole
from dronesim.record.targets import try_writing

_SUFFIX: Final = ".json"
_DAMAGED: Final = ".damaged"

Record = dict[str, Any]
"""What is kept of a replication: ``kpis``, counts ``by`` group, ``late`` orders, seed and replication."""


def is_void(record: Record) -> bool:
    """Whether a day is void: its policy has spoilt it, and there are no figures of it."""
    return "void" in record


def _silent(_text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A folder of finished replications; any number of experiments may share it, at the same time too.

    A file is the SHA-256 of a record and, on the next line, the record. ``warn`` is told of damaged ones.
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

    def read(self, name: str) -> Record | None:
        """Read a record; None where there is none, or none that is whole: that one is set aside."""
        path = self._path(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        record = _whole(content)
        if record is None:
            self._set_aside(path, content)
        return record

    def peek(self, name: str) -> Record | None:
        """Read a record and leave the folder as it is; None where there is none, or none that is whole."""
        try:
            return _whole(self._path(name).read_bytes())
        except FileNotFoundError:
            return None

    def _set_aside(self, path: Path, content: bytes) -> None:
        """Move a damaged file out of the way, unless another experiment has done so or put a whole one there."""
        aside = path.with_suffix(_DAMAGED)
        try:
            if path.read_bytes() != content:
                return
            path.replace(aside)
        except FileNotFoundError:
            return
        self.warn(f"{path}: is damaged (it does not match its hash); set aside as {aside.name} and run again")

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
            write_whole(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.folder)) from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_SUFFIX}"


def _whole(content: bytes) -> Record | None:
    """Read the content of a file; None where it is not as its hash says."""
    digest, _, text = content.partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        return None
    record: Record = json.loads(text)
    return record

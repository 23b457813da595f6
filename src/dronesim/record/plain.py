"""Files that may have been in anybody's hands: read where they are plain ones, and fit in memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem

SMALL_BYTES: Final = 64_000_000
"""No manifest comes near it."""
BIG_BYTES: Final = 1_000_000_000
"""Nor facts near this."""
_CELL_BYTES: Final = 8


def missing(path: Path) -> str | None:
    """Say why there is no plain file at a path; None where there is one.

    Only such a file ends: a pipe waits for ever, and a device gives for ever.
    """
    if path.is_file():
        return None
    if path.is_dir():
        return "is a folder, not a file"
    if path.is_symlink():
        return "is a link that leads to no file"
    return "is not a plain file" if path.exists() else "is missing"


def check_plain(path: Path) -> None:
    """Refuse what is no plain file.

    Raises
    ------
    InputError
        Says what is there instead.
    """
    why = missing(path)
    if why is not None:
        raise unusable(path, why)


def read_plain(path: Path, *, limit_bytes: int | None = None) -> bytes:
    """Read a plain file of at most so many bytes.

    Raises
    ------
    InputError
        Says what is there instead.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if limit_bytes is not None and size > limit_bytes:
            raise unusable(path, f"is too big, {size:,} bytes; at most {limit_bytes:,} are read")
        return file.read()


def hash_of_plain(path: Path) -> str:
    """Give the SHA-256 of a plain file, however big, in hexadecimal.

    Raises
    ------
    InputError
        Says what is there instead.
    """
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a plain file; whatever then goes wrong with reading it is told by its name."""
    check_plain(path)
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise unusable(path, f"can't be read: {error.strerror}") from error


def read_object(path: Path, *, limit_bytes: int = BIG_BYTES) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises
    ------
    InputError
        Names the file, and what it is instead.
    """
    return object_in(path, read_plain(path, limit_bytes=limit_bytes))


def object_in(path: Path, content: bytes) -> dict[str, Any]:
    """Make the object of a file's content that has been read before."""
    try:
        found = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise unusable(path, "is nested too deeply") from error
    except ValueError as error:
        raise unusable(path, f"is not readable JSON: {error}") from error
    if not isinstance(found, dict):
        raise unusable(path, "must hold one JSON object")
    return found


def check_rows(path: Path, *, rows: int, columns: int) -> None:
    """Refuse a table that would not fit in memory, by its head: a few bytes may stand for a billion equal rows.

    Raises
    ------
    InputError
        Names both sizes.
    """
    needed, there = rows * columns * _CELL_BYTES, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        sizes = f"{needed / 1e9:,.0f} GB in memory, and this machine has {there / 1e9:,.0f} GB"
        raise unusable(path, f"has {rows:,} rows, which take {sizes}")


def unusable(path: Path, rule: str) -> InputError:
    """Give the error of a file in a run folder."""
    return InputError([Problem(file=str(path), key="run folder", rule=rule)])

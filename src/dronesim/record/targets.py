"""Places that a planner names to write to: checked before work begins, and named in every error of writing."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, OutputError, Problem

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def writing_to(place: str | Path) -> Iterator[None]:
    """Tell every error of the operating system inside as one of writing to ``place``, with a way out.

    Raises
    ------
    OutputError
        Names the place that the planner gave, not the temporary file aside or the source that was copied.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{place}: can't be written: {_cause(error)}") from error


@contextmanager
def writing_below(folder: Path) -> Iterator[None]:
    """Tell errors of the operating system about ``folder`` or what lies in it like `writing_to`, and no others.

    Raises
    ------
    OutputError
        Names the folder, with a way out.
    """
    try:
        yield
    except OSError as error:
        if not _is_below(error.filename, folder):
            raise
        raise OutputError(f"{folder}: can't be written: {_cause(error)}") from error


def _is_below(name: object, folder: Path) -> bool:
    return isinstance(name, str) and Path(os.path.realpath(name)).is_relative_to(os.path.realpath(folder))


@contextmanager
def checking(place: str | Path, *, key: str) -> Iterator[None]:
    """Tell every error of the operating system inside as a reason to refuse ``place``, which ``key`` named."""
    try:
        yield
    except OSError as error:
        rule = f"can't be written: {_cause(error)}"
        raise InputError([Problem(file=str(place), key=key, rule=rule)]) from error


def check_writable(place: str | Path, *, key: str) -> None:
    """Refuse a place that can't be written to: something is written where it would lie and removed again.

    Folders above it that are not there yet are judged by the first one that is.

    Raises
    ------
    InputError
        Names the place, the cause and a way out; ``key`` is what named the place.
    """
    with checking(place, key=key):
        target = Path(os.path.realpath(place))
        _check_text(target)
        parent = next(parent for parent in target.parents if parent.exists())
        try_writing(parent)


def _check_text(target: Path) -> None:
    """Refuse a path that is no text: files state their paths, and are UTF-8."""
    try:
        str(target).encode("utf-8")
    except UnicodeEncodeError as error:
        raise OSError("the path is no text in UTF-8") from error


def try_writing(folder: Path) -> None:
    """Write something in a folder and remove it again.

    Raises
    ------
    OSError
        The folder can't be written.
    """
    with tempfile.TemporaryFile(dir=folder):
        pass


def _cause(error: OSError) -> str:
    cause = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        return f"{cause}; free some space, or name a place on another disk"
    if error.errno in _CLOSED:
        return f"{cause}; name a place that you may write to"
    return f"{cause}; name another place"

"""Files and folders that are there whole or not at all: written aside, renamed at the end, swept up where left."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.record.plain import SMALL_BYTES, read_object
from dronesim.record.targets import check_writable, checking, writing_to

MANIFEST: Final = "manifest.json"

_KEY: Final = "--out"
_NEW: Final = "new"
_OLD: Final = "old"
_LEFT: Final = re.compile(r"\.(?P<name>.+)\.partial-(?P<mark>new|old)-(?P<node>.*)-(?P<process>\d+)(\.\d+)?")
_LONGEST: Final = 80
"""Bytes of a name of a folder; file systems take 255, with what is put before and behind it."""
_TURNS: Final = itertools.count()
_OURS: Final[set[Path]] = set()
"""What this process is writing at this moment."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a name to write a file or a folder under; it takes its place when the block ends well, else it vanishes.

    A file replaces what stands there; a folder replaces an empty one or a run, and nothing else.
    """
    aside = _aside(path, _NEW)
    _OURS.add(aside)
    try:
        yield aside
        _take_place(aside, path)
    finally:
        _remove(aside)
        _OURS.discard(aside)


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Give a folder to write a run in; it takes its place when the block ends well and vanishes when it does not.

    A run folder that stands there already is replaced; anything else that is not empty is refused. What killed
    runs left aside in the same folder, whatever their names, is removed.
    """
    check_place(place)
    target = Path(os.path.realpath(place))
    with writing_to(place):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        with written_whole(target) as aside:
            aside.mkdir()
            yield aside


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody sees half of it; text as UTF-8 with plain line ends."""
    with written_whole(path) as aside:
        if isinstance(content, str):
            aside.write_text(content, encoding="utf-8", newline="\n")
        else:
            aside.write_bytes(content)


def folder_name(name: str) -> str:
    """Make a name of a folder of what somebody called a day: letters of any script, so short that more can follow."""
    plain = re.sub(r"[^\w.-]+", "-", name).encode("utf-8", errors="replace")[:_LONGEST].decode("utf-8", errors="ignore")
    return plain.strip(".-") or "run"


def write_file(place: Path, content: str | bytes) -> None:
    """Write a file where a planner wants it, whole or not at all; folders above it that are not there are made.

    Raises
    ------
    OutputError
        It can't be written; names the place, with a way out.
    """
    with writing_to(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, content)


def check_place(place: Path) -> None:
    """Refuse a place for a run where something else lies, or that can't be written to."""
    with checking(place, key=_KEY):
        target = Path(os.path.realpath(place))
        is_free = not target.exists() or (target.is_dir() and (not any(target.iterdir()) or is_run(target)))
    if not is_free:
        rule = "is there already and is not a run folder; name another place"
        raise InputError([Problem(file=str(place), key=_KEY, rule=rule)])
    check_writable(place, key=_KEY)


def is_run(folder: Path) -> bool:
    """Tell a run by a manifest of ours: other programs have a manifest.json too."""
    try:
        manifest = read_object(folder / MANIFEST, limit_bytes=SMALL_BYTES)
    except InputError:
        return False
    return {"dronesim", "files"} <= manifest.keys()


def sweep(folder: Path, *, stale_s: float | None = None) -> None:
    """Remove what killed processes of this machine left aside; an older run that was on its way out comes back.

    With ``stale_s`` what other machines left goes too, once it is so old.
    """
    for left in folder.iterdir():
        found = _LEFT.fullmatch(left.name)
        if found is None or left in _OURS or not (_is_left(found) or _is_stale(left, stale_s)):
            continue
        if found["mark"] == _OLD and not (folder / found["name"]).exists():
            left.rename(folder / found["name"])
        else:
            _remove(left)


def _is_left(found: re.Match[str]) -> bool:
    return found["node"] == platform.node() and not _is_running(found["process"])


def _is_stale(left: Path, stale_s: float | None) -> bool:
    """Tell by its age what nobody writes any longer; what has gone meanwhile is nothing to remove."""
    if stale_s is None:
        return False
    try:
        return left.stat().st_mtime < time.time() - stale_s
    except FileNotFoundError:
        return False


def _is_running(process: str) -> bool:
    """Tell whether another process has this number; what carries our own number is a namesake's."""
    if process == str(os.getpid()):
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _aside(path: Path, mark: str) -> Path:
    """Name what is written, or on its way out, beside its place: once more in this process it has another name."""
    return path.with_name(f".{path.name}.partial-{mark}-{platform.node()}-{os.getpid()}.{next(_TURNS)}")


def _take_place(aside: Path, path: Path) -> None:
    if aside.is_dir() and is_run(path):
        old = _aside(path, _OLD)
        path.rename(old)
        aside.rename(path)
        _remove(old)
    else:
        aside.replace(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def json_text(content: Any) -> str:
    """Show content as JSON that people can read; NaN is refused, for no JSON has it."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Write JSON into a folder that is written whole."""
    path.write_text(json_text(content), encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes_of(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file below a folder, by path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}

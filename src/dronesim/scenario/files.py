"""Text from files that planners name: there, not too big, UTF-8, or a problem that says what is wrong."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, Problem

_HEAD: Final = 64
"""So far a file is looked at for its encoding."""
MEGABYTE: Final = 1_000_000
MAP_LIMIT_BYTES: Final = 200 * MEGABYTE
TRACE_LIMIT_BYTES: Final = 1000 * MEGABYTE


def read_text(path: Path, *, label: str, limit_bytes: int) -> str:
    """Read a UTF-8 file of at most ``limit_bytes``; ``label`` names it in the InputError."""
    try:
        check_file(path, label=label, limit_bytes=limit_bytes)
        raw = path.read_bytes()
    except OSError as error:
        raise _refuse(label, f"can't be read: {error.strerror}") from error
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or is_wide(raw):
        raise _refuse(label, "must be UTF-8 text, and is UTF-16: save it again with the encoding UTF-8", line=1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        rule = "must be UTF-8 text: save it again with the encoding UTF-8"
        raise _refuse(label, rule, line=line, value=raw[error.start : error.start + 1]) from error


def is_wide(raw: bytes) -> bool:
    """Tell UTF-16 without a mark by its zeros, which plain text has in every second byte."""
    head = raw[:_HEAD]
    return any(part and 2 * part.count(0) > len(part) for part in (head[::2], head[1::2]))


def check_file(path: Path, *, label: str, limit_bytes: int) -> None:
    """Raise an InputError where ``path`` is missing, not a file, empty or too big."""
    rule = _broken_rule(path, limit_bytes)
    if rule is not None:
        raise _refuse(label, rule)


def _broken_rule(path: Path, limit_bytes: int) -> str | None:
    if path.is_dir():
        return "is a folder, not a file"
    if not path.exists():
        return "there is no such file"
    if not path.is_file():
        return "is not a regular file"
    size = path.stat().st_size
    if size > limit_bytes:
        return f"is too big: {size / MEGABYTE:.1f} MB, at most {limit_bytes / MEGABYTE:g} MB can be read"
    return None if size else "is empty"


def _refuse(label: str, rule: str, *, line: int | None = None, value: object = None) -> InputError:
    return InputError([Problem(file=label, line=line, key="file", rule=rule, value=value)])

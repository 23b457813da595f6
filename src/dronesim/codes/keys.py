"""Keys that sign pickup codes: from a file or the environment, else derived from the seed.

No key shapes a result, for a scan is judged the same way under each; so none stands in a scenario or a run folder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dronesim.errors import InputError, Problem

KEY_FILE_OPTION: Final = "--key-file"
KEY_FILE_VARIABLE: Final = "DRONESIM_KEY_FILE"
KEY_VARIABLE: Final = "DRONESIM_KEY"
LEAST_BYTES: Final = 16
"""128 bits, as many as the signature has."""
MOST_BYTES: Final = 4096
_FINGERPRINT_BYTES: Final = 4
_OF_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A planner's own key, and in words where it was stated; it is never shown."""

    value: bytes = field(repr=False)
    origin: str


def stated_secret(key_file: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Secret | None:
    """Read a key of the planner's own: of ``key_file``, else of DRONESIM_KEY_FILE, else DRONESIM_KEY itself.

    Blanks and line ends around it do not belong to it. None where nobody states one.

    Raises
    ------
    InputError
        The file can't be read, others than its owner may read or change it, or the key is shorter than 16 bytes.
    """
    stated = os.environ if environment is None else environment
    if key_file is not None:
        return _from_file(key_file, key=KEY_FILE_OPTION)
    if stated.get(KEY_FILE_VARIABLE):
        return _from_file(Path(stated[KEY_FILE_VARIABLE]), key=KEY_FILE_VARIABLE)
    if stated.get(KEY_VARIABLE):
        value = os.fsencode(stated[KEY_VARIABLE])
        return _checked(value, file="environment", key=KEY_VARIABLE, origin=f"the key in {KEY_VARIABLE}")
    return None


def day_key(secret: Secret | None, *, seed: int, replication: int) -> bytes:
    """Give the key of one day: of the planner's secret and the day, or of the day alone.

    So a code of one day opens nothing on another. Without a secret whoever knows the seed can make every code.
    """
    day = f"pickup codes of seed {seed}, replication {replication}".encode()
    return hashlib.sha256(day).digest() if secret is None else hmac.digest(secret.value, day, "sha256")


def fingerprint(key: bytes) -> str:
    """Give 32 bits by which two keys can be told apart; it signs nothing and leads back to no key."""
    return hmac.digest(key, b"fingerprint", "sha256")[:_FINGERPRINT_BYTES].hex()


def _from_file(path: Path, *, key: str) -> Secret:
    """Read the file through one handle, so that what was checked is what is read."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            rule = _unsafe(os.fstat(file.fileno()), path)
            value = file.read(MOST_BYTES + 1) if rule is None else b""
    except OSError as error:
        raise _refuse(str(path), key, f"can't be read: {error.strerror}") from error
    if rule is not None:
        raise _refuse(str(path), key, rule)
    return _checked(value, file=str(path), key=key, origin=f"the key in {path}")


def _at_once(path: str, flags: int) -> int:
    """Open a file without waiting for a writer, should it be a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _unsafe(state: os.stat_result, path: Path) -> str | None:
    """Say why the file of a key is none to rely on; None where it is."""
    if not stat.S_ISREG(state.st_mode):
        return "must be a file that holds the key"
    mode = stat.S_IMODE(state.st_mode)
    if mode & _OF_OTHERS:
        return f"holds a key, and others than its owner may read or change it (mode {mode:o}); chmod 600 {path}"
    return None


def _checked(value: bytes, *, file: str, key: str, origin: str) -> Secret:
    kept = value.strip()
    if len(value) > MOST_BYTES:
        raise _refuse(file, key, f"must hold a key of at most {MOST_BYTES:,} bytes")
    if len(kept) < LEAST_BYTES:
        rule = (
            f"must hold a key of at least {LEAST_BYTES} bytes, as `openssl rand -hex 32` makes one; it has {len(kept)}"
        )
        raise _refuse(file, key, rule)
    return Secret(value=kept, origin=origin)


def _refuse(file: str, key: str, rule: str) -> InputError:
    return InputError([Problem(file=file, key=key, rule=rule)])

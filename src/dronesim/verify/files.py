"""Checks that the files of a run are whole: hashes as in the manifest, columns as in the schema."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.record.plain import missing
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, listed, settle

_STEERING = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of signs that no name of a file of ours has: of control, halves of letters, separators of lines."""
_COUNTED = {".parquet", ".json", ".toml", ".py"}


def files_whole(run: Run) -> Check:
    """Every file that the manifest lists is there with its hash, and no table, fact or code is unlisted."""
    hashes = listed_files(run.manifest, run.folder)
    return settle(
        "files are whole",
        len(hashes),
        [listed(_changed(run.folder, hashes)), listed(_unlisted(run.folder, hashes))],
    )


def schemas(run: Run) -> Check:
    """Every table has exactly the columns of its schema, each of its type."""
    return settle(
        "tables follow their schemas",
        len(run.misfits),
        [listed(text for misfits in run.misfits.values() for text in misfits)],
    )


def listed_files(manifest: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Give the manifest's file names and their SHA-256; only plain names inside the folder are accepted."""
    files = manifest.get("files")
    if not isinstance(files, Mapping) or not all(isinstance(value, str) for value in files.values()):
        rule = "must give the SHA-256 of every other file by name"
        raise InputError([Problem(file=str(folder / "manifest.json"), key="files", rule=rule, value=files)])
    escaping = [name for name in files if not is_inside(name)]
    if escaping:
        rule = "must name files inside the run folder"
        raise InputError(
            [Problem(file=str(folder / "manifest.json"), key="files", rule=rule, value=name) for name in escaping]
        )
    return {str(name): str(value) for name, value in files.items()}


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changed(folder: Path, hashes: Mapping[str, str]) -> Iterator[str]:
    for name, expected in hashes.items():
        if (why := missing(folder / name)) is not None:
            there = "not in the folder" if why == "is missing" else f"{why.removeprefix('is ')} in the folder"
            yield f"{name} is in the manifest but {there}"
        elif (found := sha256(folder / name)) != expected.removeprefix("sha256:"):
            yield f"{name} has SHA-256 {found[:12]}..., the manifest says {expected[:12]}..."


def _unlisted(folder: Path, hashes: Mapping[str, str]) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix in _COUNTED and name != "manifest.json" and name not in hashes:
            yield f"{name} is in the folder but not in the manifest"


def is_inside(name: str) -> bool:
    """Tell whether a name is a plain one, of a file inside the folder that it is looked for in."""
    path = PurePosixPath(name)
    steers = any(unicodedata.category(sign) in _STEERING for sign in name)
    return not steers and not path.is_absolute() and ".." not in path.parts

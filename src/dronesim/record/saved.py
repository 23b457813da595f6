"""A saved run, opened: its manifest is checked, and every file that is read against the hash in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.record.arrow import read_arrow, to_columns
from dronesim.record.folder import MANIFEST
from dronesim.record.tables import SCHEMAS, Columns

_ENDING: Final = ".parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A run folder whose manifest, facts and KPIs are read; tables are read when they are asked for.

    Every file is compared with its hash in the manifest when it is read.
    """

    folder: Path
    manifest: Mapping[str, Any]
    facts: Mapping[str, Any]
    kpis: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Name the tables that the run left: all, or all but ``cleared`` and ``flown``."""
        return tuple(name for name in SCHEMAS if f"{name}{_ENDING}" in self.manifest["files"])

    def table(self, name: str) -> Any:
        """Read a table as an Arrow table.

        Raises
        ------
        InputError
            The run has no such table, or its file is missing or not as it was written.
        """
        if name not in self.names:
            rule = f"{name!r} is no table of this run; choose from {', '.join(self.names)}"
            raise InputError([Problem(file=str(self.folder), key="table", rule=rule)])
        file = f"{name}{_ENDING}"
        return read_arrow(self.folder / file, name, content=_checked(self.folder, self.manifest, file))

    def columns(self, name: str) -> Columns:
        """Read a table as arrays, in the form that measures take: NaN, -1, None where the file has nothing."""
        return to_columns(name, self.table(name))

    def text(self, file: str) -> str:
        """Read another file of the run, as ``scenario.toml`` or ``inputs/map.geojson``."""
        return _checked(self.folder, self.manifest, file).decode("utf-8")


def open_saved(folder: Path) -> Saved:
    """Open the folder of a run that is complete.

    Raises
    ------
    InputError
        Names what is missing, not readable, of another program, or not as it was written.
    """
    manifest = _read_manifest(folder)
    facts, kpis = (_object(folder / name, _checked(folder, manifest, name)) for name in ("facts.json", "kpis.json"))
    return Saved(folder=folder, manifest=manifest, facts=facts, kpis=kpis)


def read_object(path: Path) -> dict[str, Any]:
    """Read a file of a run that holds one JSON object.

    Raises
    ------
    InputError
        Names the file.
    """
    try:
        return _object(path, path.read_bytes())
    except OSError as error:
        raise _unusable(path, f"is not readable JSON: {error}") from error


def _object(path: Path, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unusable(path, f"is not readable JSON: {error}") from error
    if not isinstance(found, dict):
        raise _unusable(path, "must hold one JSON object")
    return found


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise _unusable(folder, f"is not a run folder: {MANIFEST} is missing")
    manifest = read_object(path)
    files = manifest.get("files")
    if "dronesim" not in manifest or not isinstance(files, dict):
        raise _unusable(path, "is not the manifest of a run: it names no version of dronesim, or no files")
    return manifest


def _checked(folder: Path, manifest: Mapping[str, Any], file: str) -> bytes:
    """Read a file that the manifest names, as it was written."""
    path = folder / file
    if file not in manifest["files"]:
        raise _unusable(path, "is not in the manifest of the run")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"can't be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != manifest["files"][file]:
        raise _unusable(path, "is not as it was written: its hash differs from that in the manifest")
    return content


def _unusable(path: Path, rule: str) -> InputError:
    return InputError([Problem(file=str(path), key="run folder", rule=rule)])

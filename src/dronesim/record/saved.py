"""A saved run, opened: its manifest is checked, and every file that is read against the hash in it."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.letters import is_steering
from dronesim.record.arrow import read_arrow, to_columns
from dronesim.record.facts import read_facts
from dronesim.record.folder import MANIFEST
from dronesim.record.kpis import read_kpis
from dronesim.record.plain import SMALL_BYTES, hash_of_plain, object_in, read_object, read_plain, unusable
from dronesim.record.tables import SCHEMAS, Columns
from dronesim.record.what_is_there import why_no_run

DRAWN: Final = (".png", ".html", ".svg")
"""Ends of the names of what is drawn of a run."""
_ENDING: Final = ".parquet"
_NOT_LISTED: Final = "is not in the manifest of the run"


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
    facts, kpis = (object_in(folder / name, _checked(folder, manifest, name)) for name in ("facts.json", "kpis.json"))
    if manifest["dronesim"] == importlib.metadata.version("dronesim"):
        # another version may have other keys, and be read as far as it goes
        read_facts(facts, file=str(folder / "facts.json"))
        read_kpis(kpis, file=str(folder / "kpis.json"))
    return Saved(folder=folder, manifest=manifest, facts=facts, kpis=kpis)


def check_whole(folder: Path) -> Mapping[str, Any]:
    """See that every file of a run is as it was written, and no table was added; gives the manifest.

    Pictures and pages are left out: they are drawn again at any time, and say nothing that the tables don't.

    Raises
    ------
    InputError
        Names every file that is missing, another, or not in the manifest.
    """
    manifest, problems = _read_manifest(folder), list[Problem]()
    for name in manifest["files"]:
        if not name.endswith(DRAWN):
            try:
                _compare(folder / name, hash_of_plain(folder / name), manifest["files"][name])
            except InputError as error:
                problems += error.problems
    strange = [path for path in sorted(folder.glob(f"*{_ENDING}")) if path.name not in manifest["files"]]
    problems += [problem for path in strange for problem in unusable(path, _NOT_LISTED).problems]
    if problems:
        raise InputError(problems)
    return manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    why = why_no_run(folder)
    if why is not None:
        raise unusable(folder, why)
    manifest = read_object(path, limit_bytes=SMALL_BYTES)
    files = manifest.get("files")
    if "dronesim" not in manifest or not isinstance(files, dict):
        raise unusable(path, "is not the manifest of a run: it names no version of dronesim, or no files")
    if not all(isinstance(digest, str) and _is_inside(name) for name, digest in files.items()):
        raise unusable(path, "must give the SHA-256 of every other file by its name inside the run folder")
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not is_steering(name) and not path.is_absolute() and ".." not in path.parts


def _checked(folder: Path, manifest: Mapping[str, Any], file: str) -> bytes:
    """Read a file that the manifest names, as it was written."""
    path = folder / file
    if file not in manifest["files"]:
        raise unusable(path, _NOT_LISTED)
    content = read_plain(path)
    _compare(path, hashlib.sha256(content).hexdigest(), manifest["files"][file])
    return content


def _compare(path: Path, digest: str, stated: str) -> None:
    if digest != stated:
        raise unusable(path, "is not as it was written: its hash differs from that in the manifest")

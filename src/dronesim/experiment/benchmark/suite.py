"""The suite: named scenarios in a folder, which a version freezes by their hashes."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.scenario import load_scenario

FILE: Final = "suite.toml"
SETS: Final = ("main", "shifted", "latency")
"""``main`` makes the score; ``shifted`` holds what no tuning day has, ``latency`` a city: both are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One scenario of the suite: its name, the set it belongs to, its file, and the hash that the version froze."""

    name: str
    set: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """All scenarios of a version."""

    version: str
    folder: Path
    contests: tuple[Contest, ...]

    def of(self, *sets: str) -> tuple[Contest, ...]:
        """Give the scenarios of some sets."""
        return tuple(contest for contest in self.contests if contest.set in sets)

    def named(self, name: str) -> Contest:
        """Give the scenario of a name."""
        return next(contest for contest in self.contests if contest.name == name)


def open_suite(folder: Path) -> Suite:
    """Read a suite and see that its scenarios are those that its version froze.

    Raises
    ------
    InputError
        There is no suite, or scenarios or maps are not what they were.
    """
    path = folder / FILE
    raw = _read(path)
    found = [
        Contest(name=name, set=kind, path=folder / row["file"], sha256=row["sha256"])
        for kind in SETS
        for name, row in raw.get(kind, {}).items()
    ]
    problems = [Problem(file=str(path), key=contest.name, rule=rule) for contest in found for rule in _changed(contest)]
    if problems:
        raise InputError(problems)
    return Suite(version=str(raw["version"]), folder=folder, contests=tuple(found))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        rule = "is not there: a suite is a folder with this file, as benchmarks/dispatch of the repository (--suite)"
        raise InputError([Problem(file=str(path), key="suite", rule=rule)]) from error
    except ValueError as error:
        raise InputError([Problem(file=str(path), key="suite", rule=f"is not readable TOML: {error}")]) from error
    rows = [row for kind in SETS for row in (raw.get(kind) or {"": None}).values() if row is not None]
    if (
        "version" not in raw
        or not rows
        or not all(isinstance(row, dict) and {"file", "sha256"} <= set(row) for row in rows)
    ):
        rule = f"must have a version, and a file and its sha256 by scenario in {', '.join(SETS)}"
        raise InputError([Problem(file=str(path), key="suite", rule=rule)])
    return raw


def _changed(contest: Contest) -> Iterator[str]:
    """Say that a scenario is not the frozen one."""
    found = hash_of_scenario(contest.path)
    if found != contest.sha256:
        yield f"is not the scenario that this version froze: SHA-256 {found}, and not {contest.sha256}"


def hash_of_scenario(path: Path) -> str:
    """Hash a scenario's file with those that it builds on, and its map.

    Raises
    ------
    InputError
        The scenario is not usable.
    """
    digest = hashlib.sha256(Path(load_scenario(path).map).read_bytes())
    for file in _chain(path):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _chain(path: Path) -> Iterator[Path]:
    """List a scenario's file and those that it extends."""
    yield path
    base = tomllib.loads(path.read_text(encoding="utf-8")).get("extends")
    if base is not None:
        yield from _chain(path.parent / base)

"""Points of an experiment: variants of a scenario, each named by everything that shapes its days."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dronesim.dispatch import POLICIES
from dronesim.experiment.manifest import PACKAGES, policy_file
from dronesim.experiment.own_policy import find_policy
from dronesim.scenario import Scenario, dump_scenario

RECORD_VERSION: Final = 1
"""To be raised when what is kept of a replication takes another form."""

_SHAPELESS: Final = ("cli", "report", "exchange", "verify")
"""Parts of the package that the model does not import, so that no day depends on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One variant of a scenario; ``folder`` is where a policy of the planner's own is looked for."""

    scenario: Scenario
    folder: Path | None
    content_hash: str

    @property
    def seed(self) -> int:
        """The seed whose replications are run."""
        return self.scenario.seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One replication of one point."""

    point: Point
    replication: int

    @property
    def name(self) -> str:
        """Content hash of everything that shapes the replication."""
        text = f"{self.point.content_hash} {self.point.seed} {self.replication}"
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def make_point(scenario: Scenario, *, folder: Path | None = None) -> Point:
    """Make a point of a scenario; its hash covers the scenario, its files, its policy, the program and its packages.

    Raises
    ------
    InputError
        The dispatch policy can't be found.
    """
    parts = {
        "version": RECORD_VERSION,
        "scenario": dump_scenario(scenario.model_copy(update={"description": ""}), map_path="map"),
        "map": _hash_of(Path(scenario.map)),
        "trace": _hash_of(Path(scenario.demand.file)) if scenario.demand.file is not None else None,
        "policy": _policy_hash(scenario, folder),
        "program": program_hash(),
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Point(scenario=scenario, folder=folder, content_hash=digest)


@functools.cache
def program_hash() -> str:
    """Hash the package's own source, the versions of the packages that it uses, and Python's."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in PACKAGES:
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    for path in _sources(Path(__file__).parents[1]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] not in _SHAPELESS:
            yield path


def _policy_hash(scenario: Scenario, folder: Path | None) -> str | None:
    """Hash the file of a planner's own policy with the modules beside it, which it may import."""
    if scenario.dispatch.policy in POLICIES:
        return None
    source = policy_file(find_policy(scenario, folder=folder))
    if source is None:
        return None
    beside = sorted({source, *source.parent.glob("*.py")})
    return hashlib.sha256(b"".join(path.read_bytes() for path in beside)).hexdigest()


def _hash_of(path: Path) -> str:
    """Hash a file; it is read once however many points share it, unless it changes meanwhile."""
    state = path.stat()
    return _hash_at(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=16)
def _hash_at(path: Path, _changed_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

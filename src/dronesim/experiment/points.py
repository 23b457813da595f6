"""Points of an experiment: variants of a scenario, each named by everything that shapes its days."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dronesim.dispatch import POLICIES, mark_of
from dronesim.errors import DronesimError, InputError, Problem
from dronesim.experiment.briefs import hash_of
from dronesim.experiment.manifest import PACKAGES, policy_file
from dronesim.experiment.own_policy import find_policy, source_of_policy
from dronesim.experiment.policy_files import files_of_policy
from dronesim.scenario import Scenario, dump_scenario, is_own_type
from dronesim.scenario.keys import shown, stated_keys

RECORD_VERSION: Final = 3
"""To be raised when what is kept of a replication takes another form."""

_PLACES: Final = frozenset({"description", "map", "demand.file", "weather.file"})
"""Keys that are words, or say where something lies on this machine."""

MOST_DAYS: Final = 1_000_000
"""No experiment has more days, all its points together."""
_SHAPELESS: Final = ("cli", "api", "report", "replay", "exchange", "export", "verify", "serving")
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
    """One replication of one point; ``counts_losses``: the losses of separation of its flown paths too."""

    point: Point
    replication: int
    counts_losses: bool = False

    @property
    def name(self) -> str:
        """Content hash of everything that shapes the replication."""
        text = f"{self.point.content_hash} {self.point.seed} {self.replication}"
        text += " with losses" if self.counts_losses else ""
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def tasks_of(points: Sequence[Point], *, replications: int, counts_losses: bool = False) -> list[Task]:
    """List so many replications of each point, one point after the other.

    Raises
    ------
    InputError
        They are more than anybody can run.
    """
    if len(points) * replications > MOST_DAYS:
        of = "" if len(points) == 1 else f" of {len(points):,} points"
        rule = f"makes {len(points) * replications:,} days to run{of}, at most {MOST_DAYS:,} can be"
        raise InputError([Problem(file="experiment", key="replications", rule=rule, value=replications)])
    numbers = range(replications)
    return [Task(point=point, replication=day, counts_losses=counts_losses) for point in points for day in numbers]


def make_point(scenario: Scenario, *, folder: Path | None = None) -> Point:
    """Make a point of a scenario; its hash covers the scenario, its files, its policy, the program and its packages.

    Raises
    ------
    InputError
        The dispatch policy can't be found.
    """
    own_type = scenario.fleet.drone_type if is_own_type(scenario.fleet.drone_type) else None
    nameless = scenario.model_copy(update={"description": ""})
    parts = {
        "version": RECORD_VERSION,
        "scenario": dump_scenario(nameless, map_path="map", drone_type_path=None if own_type is None else "own type"),
        "map": hash_of(Path(scenario.map)),
        "trace": hash_of(Path(scenario.demand.file)) if scenario.demand.file is not None else None,
        "weather": hash_of(Path(scenario.weather.file)) if scenario.weather.file is not None else None,
        "drone_type": None if own_type is None else hash_of(Path(own_type)),
        "policy": hash_of_policy(scenario, folder),
        "program": program_hash(),
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Point(scenario=scenario, folder=folder, content_hash=digest)


def settings_of(scenario: Scenario) -> dict[str, str]:
    """Give the keys of a scenario that are not as by default, each with its value as TOML has it."""
    left_out = _PLACES | ({"fleet.drone_type"} if is_own_type(scenario.fleet.drone_type) else set())
    return {
        each.path: shown(each.value)
        for each in stated_keys(scenario)
        if not each.is_default and each.path not in left_out
    }


class StaleError(DronesimError):
    """A point would be run with other files, or another program, than it was made from."""


def check_unchanged(point: Point) -> None:
    """See that a point's files and the program are here as they were where it was made.

    Raises
    ------
    StaleError
        They are not: a file was changed meanwhile, or a worker on another machine has others.
    """
    if make_point(point.scenario, folder=point.folder).content_hash != point.content_hash:
        raise StaleError(
            f"{point.scenario.name}: the map, the trace, the weather, the drone type, the policy or dronesim itself is "
            "not what it was when the experiment began; run the command again (workers on other machines need the same "
            "files and versions)"
        )


@functools.cache
def program_hash() -> str:
    """Hash the package's own source and data, the versions of the packages that it uses, and Python's."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in PACKAGES:
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    for path in _sources(Path(__file__).parents[1]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(package: Path) -> Iterator[Path]:
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.toml")]):
        if path.relative_to(package).parts[0] not in _SHAPELESS:
            yield path


def hash_of_policy(scenario: Scenario, folder: Path | None) -> str | None:
    """Hash the file of a planner's own policy with all modules beside and below it, and the files that these name.

    One that is given as an object, and that no file tells all about, has a mark of its own.
    """
    if scenario.dispatch.policy in POLICIES:
        return None
    mark = mark_of(scenario.dispatch.policy)
    if mark is not None:
        return mark
    policy, named = find_policy(scenario, folder=folder), source_of_policy(scenario, folder=folder)
    source = policy_file(policy) if named is None else named.file
    if source is None:
        return None
    source = source.resolve()
    is_own = folder is not None and source.is_relative_to(folder.resolve())
    home = folder.resolve() if folder is not None and is_own else source.parent
    digest = hashlib.sha256()
    modules = {source, *_modules_below(home)}
    taken = [files_of_policy(module, home) for module in modules] if is_own else []
    for path in sorted(modules.union(*taken)):
        digest.update(f"{path.relative_to(home)} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _modules_below(folder: Path) -> Iterator[Path]:
    """List the modules in a folder and its packages, down to any depth."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.is_file():
            yield path
        elif path.is_dir() and (path / "__init__.py").is_file():
            yield from _modules_below(path)

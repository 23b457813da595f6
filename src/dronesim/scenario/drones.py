"""The drone type that a scenario flies: one of the package, or a planner's own file, with the overrides on top."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError

from dronesim.aircraft import DRONE_TYPES, DroneType, drone_type, make_drone_type
from dronesim.aircraft.power import POWER_MODELS
from dronesim.defaults import DRONE_TYPE
from dronesim.errors import InputError, Problem
from dronesim.scenario.air import DroneTable
from dronesim.scenario.complaints import near_match, one_of, problems_from
from dronesim.scenario.fields import about
from dronesim.scenario.files import MEGABYTE
from dronesim.scenario.model import Scenario
from dronesim.scenario.names import is_own_type
from dronesim.scenario.origins import Origins
from dronesim.scenario.tree import Tree, read_single

LIMIT_BYTES: Final = MEGABYTE
HAVE_DEFAULTS: Final = frozenset(
    field.name for field in dataclasses.fields(DroneType) if field.default is not dataclasses.MISSING
)
"""Numbers that a file may leave out."""


class DroneFile(DroneTable):
    """A drone type of a planner's own, as its file states it."""

    name: str = Field(description="name of the drone type, as reports show it", min_length=1, max_length=80)
    based_on: str | None = about(
        None, "built-in drone type that gives every number which is not stated here; absent: all are stated", "stated"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnType:
    """A drone type of a planner's own, and where its file states each number."""

    kind: DroneType
    origins: Origins


def settled_drone_type(scenario: Scenario) -> DroneType:
    """Give the drone type of a scenario with its overrides.

    Raises
    ------
    InputError
        It is a file, and that can't be used.
    """
    name = scenario.fleet.drone_type
    kind = read_own_type(name).kind if is_own_type(name) else drone_type(name)
    return dataclasses.replace(kind, **scenario.drone.model_dump(exclude_none=True))


def read_own_type(path: str | Path) -> OwnType:
    """Read a drone type from a TOML file.

    Its keys are those of a scenario's ``[drone]`` table, with a ``name`` and, where the rest is to come from a type
    of the package, ``based_on``.

    Raises
    ------
    InputError
        With every problem of the file: unknown, missing and impossible values.
    """
    tree = read_single(Path(path))
    problems = [*_names_not_known(tree), *_keys_not_there(tree)]
    try:
        stated = DroneFile.model_validate(tree.values)
    except ValidationError as error:
        problems += problems_from(error, tree=tree.values, origins=tree.origins, model=DroneFile)
    if problems:
        raise InputError(problems)
    return OwnType(kind=make_drone_type(stated.model_dump(exclude_none=True)), origins=tree.origins)


def own_type_problems(path: str | Path) -> tuple[Problem, ...]:
    """Find what is wrong with the file of a drone type."""
    try:
        read_own_type(path)
    except InputError as error:
        return error.problems
    return ()


def drone_problem(scenario: Scenario, key: str, rule: str, *, value: object) -> Problem:
    """Make a problem of a number of the drone, in the place that states it: an override, else its own file."""
    is_override = getattr(scenario.drone, key) is not None
    if is_override or not is_own_type(scenario.fleet.drone_type):
        return scenario.origins.problem(("drone", key), rule, value=value)
    return read_own_type(scenario.fleet.drone_type).origins.problem((key,), rule, value=value)


def _names_not_known(tree: Tree) -> list[Problem]:
    """Find names that are in no registry, and a name that is taken."""
    known: Mapping[str, Iterable[str]] = {"based_on": DRONE_TYPES, "power_model": POWER_MODELS}
    stated: dict[str, Any] = {key: tree.values.get(key) for key in (*known, "name")}
    found = [
        tree.origins.problem((key,), one_of(choices), value=stated[key], hint=near_match(stated[key], choices))
        for key, choices in known.items()
        if isinstance(stated[key], str) and stated[key] not in choices
    ]
    if isinstance(stated["name"], str) and stated["name"] in DRONE_TYPES:
        rule = "is the name of a built-in drone type; give your own another"
        found.append(tree.origins.problem(("name",), rule, value=stated["name"]))
    return found


def _keys_not_there(tree: Tree) -> list[Problem]:
    """List all missing numbers in one problem, unless another type gives them."""
    missing = [key for key in DroneTable.model_fields if key not in tree.values and key not in HAVE_DEFAULTS]
    if not missing or "based_on" in tree.values:
        return []
    way_out = f'state them, or take the rest from a built-in type: based_on = "{DRONE_TYPE}"'
    return [Problem(file=tree.file, key="drone type", rule=f"lacks {', '.join(missing)}; {way_out}")]

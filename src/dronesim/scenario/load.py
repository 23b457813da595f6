"""Read a scenario file into a checked model, with every problem found at once."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dronesim.aircraft import DRONE_TYPES
from dronesim.errors import InputError, Problem
from dronesim.letters import is_steering
from dronesim.scenario.complaints import near_match, problems_from
from dronesim.scenario.drones import LIMIT_BYTES as DRONE_LIMIT_BYTES
from dronesim.scenario.drones import own_type_problems
from dronesim.scenario.files import MAP_LIMIT_BYTES, TRACE_LIMIT_BYTES, check_file
from dronesim.scenario.model import Scenario
from dronesim.scenario.names import check_names, is_own_type
from dronesim.scenario.old_names import move_old_names
from dronesim.scenario.origins import KeyPath
from dronesim.scenario.overrides import apply_overrides
from dronesim.scenario.tree import Tree, read_tree
from dronesim.scenario.weather_source import WEATHER_LIMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was read so far: the model where it is sound, the map's path where there is such a file."""

    scenario: Scenario | None
    map_path: Path | None
    problems: list[Problem] = field(default_factory=list)


def load_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read, extend, override and check a scenario; relative paths in it become absolute.

    Parameters
    ----------
    path : str or Path
        TOML file.
    overrides : sequence of str
        Settings such as ``"fleet.drones=40"`` that win over the file; paths in them are relative to
        the working folder.

    Raises
    ------
    InputError
        With all problems of the scenario and, where it has any, those of its map too. A map is otherwise only
        looked for here, and read with `load_map`.
    """
    return _sound(read_draft(path, overrides))


def changed_scenario(scenario: Scenario, overrides: Sequence[str]) -> Scenario:
    """Lay settings over a scenario that is there already; what it left to the defaults may still take another form.

    Raises
    ------
    InputError
        With all problems of the settings and of what they make of the scenario.
    """
    origins = scenario.origins
    values = scenario.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    tree = Tree(file=origins.file, folder=origins.folder, values=values, places=dict(origins.places))
    return _sound(_draft(tree, overrides))


def checked_tree(tree: Tree) -> Scenario:
    """Make a scenario of a tree of keys.

    Raises
    ------
    InputError
        With all problems of it.
    """
    return _sound(_draft(tree, ()))


def stated_problems(tree: Tree) -> list[Problem]:
    """Find what is wrong with what a tree states, where that is a part of a scenario: what it lacks is no mistake."""
    return [problem for problem in _draft(tree, ()).problems if problem.line is not None]


def _sound(draft: Draft) -> Scenario:
    if draft.scenario is None or draft.problems:
        raise InputError([*draft.problems, *_map_problems(draft)])
    return draft.scenario


def _map_problems(draft: Draft) -> tuple[Problem, ...]:
    from dronesim.scenario.geojson import load_map

    if draft.map_path is None:
        return ()
    try:
        load_map(draft.map_path, needs_customers=False)
    except InputError as error:
        return error.problems
    return ()


def read_draft(path: str | Path, overrides: Sequence[str] = ()) -> Draft:
    """Read a scenario as far as it goes and collect its problems; raises only where the file can't be read."""
    return _draft(read_tree(path), overrides)


def _draft(tree: Tree, overrides: Sequence[str]) -> Draft:
    """Lay overrides over a tree of keys, settle its paths and check it."""
    problems = apply_overrides(tree, overrides)
    move_old_names(tree)
    map_problem = _settle_path(tree, ("map",), MAP_LIMIT_BYTES)
    file_problem = _settle_path(tree, ("demand", "file"), TRACE_LIMIT_BYTES)
    weather_problem = _settle_path(tree, ("weather", "file"), WEATHER_LIMIT_BYTES)
    problems += [problem for problem in (map_problem, file_problem, weather_problem) if problem is not None]
    problems += _drone_type_problems(tree)
    problems += check_names(tree.values, tree.origins)
    scenario, found = _check(tree)
    stated = tree.values.get("map")
    map_path = Path(stated) if isinstance(stated, str) and map_problem is None else None
    return Draft(scenario=scenario, map_path=map_path, problems=in_file_order(problems + found))


def in_file_order(problems: Sequence[Problem]) -> list[Problem]:
    """Sort problems by line within each file, files in order of appearance, those without a line last; each once."""
    files = list(dict.fromkeys(problem.file for problem in problems))
    unique = {str(problem): problem for problem in problems}.values()
    return sorted(unique, key=lambda problem: (files.index(problem.file), problem.line or math.inf))


def _check(tree: Tree) -> tuple[Scenario | None, list[Problem]]:
    try:
        return Scenario.model_validate(tree.values).located(tree.origins), []
    except ValidationError as error:
        return None, problems_from(error, tree=tree.values, origins=tree.origins)


def _drone_type_problems(tree: Tree) -> Sequence[Problem]:
    """Settle the path of a drone type of the planner's own, and find what is wrong with its file."""
    path = ("fleet", "drone_type")
    fleet = tree.values.get(path[0])
    stated = fleet.get(path[1]) if isinstance(fleet, dict) else None
    if not isinstance(fleet, dict) or not isinstance(stated, str) or not is_own_type(stated):
        return ()
    problem = _settle_path(tree, path, DRONE_LIMIT_BYTES)
    if problem is None:
        return own_type_problems(fleet[path[1]])
    return (replace(problem, hint=near_match(Path(stated).stem, DRONE_TYPES)),)


def _settle_path(tree: Tree, path: KeyPath, limit_bytes: int) -> Problem | None:
    """Make a stated path absolute, by the folder of the file that states it; a problem if nothing is there."""
    holder: Any = tree.values if len(path) == 1 else tree.values.get(str(path[0]))
    stated = holder.get(path[-1]) if isinstance(holder, dict) else None
    if not isinstance(stated, str):
        return None
    if not stated:
        return tree.origins.problem(path, "must not be empty", value=stated) if path == ("weather", "file") else None
    if is_steering(stated):
        rule = "holds a sign that no path has, as a tab: a backslash begins one in TOML; write / instead, or '...'"
        return tree.origins.problem(path, rule, value=stated)
    try:
        settled = Path(os.path.realpath(tree.origins.of(path).folder / stated))
        str(settled).encode("utf-8")
        holder[path[-1]] = str(settled)
        check_file(settled, label=stated, limit_bytes=limit_bytes)
    except UnicodeEncodeError:
        return tree.origins.problem(path, "lies in a folder whose name is no UTF-8; give it another name", value=stated)
    except (InputError, OSError, ValueError) as error:
        rule = error.problems[0].rule if isinstance(error, InputError) else "is not a usable path"
        hint = stated.replace("\\", "/") if "\\" in stated else None
        return tree.origins.problem(path, rule, value=stated, hint=hint)
    return None

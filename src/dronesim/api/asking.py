"""What may be asked from Python, in the words of the program: scenarios, settings, policies."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dronesim.dispatch import POLICIES, DispatchPolicy, Lent
from dronesim.dispatch.registry import name_of_file
from dronesim.errors import InputError, Problem
from dronesim.experiment.factors import Factor, parse_factor, setting
from dronesim.experiment.own_policy import as_lent
from dronesim.experiment.study import Study
from dronesim.scenario import Scenario
from dronesim.scenario.dump import toml_value

ScenarioSource: TypeAlias = str | Path | Scenario
"""A scenario file, or a scenario that was loaded from one."""
Settings: TypeAlias = Mapping[str, Any] | Sequence[str]
"""Values by dotted key, as ``{"fleet.drones": 40}``, or as text for ``--set``, as ``["fleet.drones=40"]``."""
Policy: TypeAlias = str | DispatchPolicy
"""A policy by its name in scenarios, or itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A study, and the policies that were given as objects."""

    study: Study
    lent: tuple[Lent, ...] = ()


def asked(
    scenario: ScenarioSource, stated: Settings, *, seed: int | None, policy: Policy | None, others: Iterable[Lent] = ()
) -> Asked:
    """Put a scenario, its settings, its seed and its policy together; ``others`` are policies beside it.

    Raises
    ------
    InputError
        The policy can't be one.
    """
    named, own = named_policies([] if policy is None else [policy])
    settings = (
        *settings_of(stated),
        *(() if seed is None else (_stated("seed", seed),)),
        *(setting("dispatch.policy", name) for name in named),
    )
    if isinstance(scenario, Scenario):
        return Asked(study=Study(given=scenario, settings=settings), lent=(*own, *others))
    return Asked(study=Study(path=Path(scenario), settings=settings), lent=(*own, *others))


def settings_of(stated: Settings) -> tuple[str, ...]:
    """Give settings as ``--set`` takes them.

    Raises
    ------
    InputError
        One text was given where several belong.
    """
    if isinstance(stated, str):
        rule = 'must be a mapping, as {"fleet.drones": 40}, or a list of texts, as ["fleet.drones=40"]'
        raise InputError([Problem(file="Python", key="set", rule=rule, value=stated)])
    if isinstance(stated, Mapping):
        return tuple(_stated(key, value) for key, value in stated.items())
    return tuple(stated)


def named_policies(given: Iterable[Policy]) -> tuple[list[str], tuple[Lent, ...]]:
    """Give the names of policies, and those that are objects with their names; no two of them share one.

    Raises
    ------
    InputError
        One of them can't be a policy.
    """
    names: list[str] = []
    own: list[Lent] = []
    taken = collections.Counter[str]()
    for each in given:
        if isinstance(each, str):
            names.append(each)
            continue
        found = as_lent(each)
        if found.name in POLICIES:
            names.append(found.name)
            continue
        taken[found.name] += 1
        if found.mark is not None and taken[found.name] > 1:
            found = replace(found, name=f"{found.name}_{taken[found.name]}")
        names.append(found.name)
        own.append(found)
    return names, tuple(own)


def place_of(name: str) -> tuple[str, Path | None]:
    """Give a policy's name in scenarios, of ``path.py:function`` too, and the folder where it is looked for."""
    if name in POLICIES:
        return name, None
    by_module = name_of_file(name)
    if by_module is None:
        return name, Path.cwd()
    return by_module, Path(name.rpartition(":")[0]).resolve().parent


def factors_of(vary: Mapping[str, Sequence[Any] | str] | Sequence[str]) -> tuple[list[Factor], tuple[Lent, ...]]:
    """Give the factors of a sweep, and the policies that are among their values as objects.

    Raises
    ------
    InputError
        A text is none that ``--vary`` takes, a key has no value, or a policy can't be one.
    """
    if isinstance(vary, str):
        rule = 'must be a mapping, as {"fleet.drones": [40, 50]}, or a list of texts, as ["fleet.drones=40:80:10"]'
        raise InputError([Problem(file="Python", key="vary", rule=rule, value=vary)])
    if not isinstance(vary, Mapping):
        return [parse_factor(text) for text in vary], ()
    found: list[Factor] = []
    lent: list[Lent] = []
    for key, values in vary.items():
        if isinstance(values, str):
            found.append(parse_factor(f"{key}={values}"))
            continue
        plain = [_plain(value) for value in values]
        if key == "dispatch.policy":
            plain, own = named_policies(plain)
            lent += own
        for value in plain:
            _stated(key, value)
        if not plain:
            raise InputError([Problem(file="Python", key=f"vary {key}", rule="has no value")])
        found.append(Factor(key=key, values=tuple(plain)))
    return found, tuple(lent)


def _stated(key: str, value: Any) -> str:
    try:
        return setting(key, _plain(value))
    except TypeError as error:
        rule = f"can't be stated in a scenario: it is of {type(value).__name__}"
        raise InputError([Problem(file="Python", key=key, rule=rule, value=value)]) from error


def _plain(value: Any) -> Any:
    """Give a value as TOML has it: NumPy's numbers as Python's, paths, dates and times as text, keys in quotes."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {toml_value(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(inner) for inner in value]
    return value

"""The dispatch policies by name, and how a scenario names one of its own."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from dronesim.dispatch.decisions import Decisions
from dronesim.dispatch.own_modules import forget, importable
from dronesim.dispatch.policies.first_finish import first_finish
from dronesim.dispatch.policies.first_job_first import first_job_first
from dronesim.dispatch.policies.greedy import greedy
from dronesim.dispatch.policies.index import index
from dronesim.dispatch.policies.linear import linear
from dronesim.dispatch.policies.matching import Matching
from dronesim.dispatch.policies.matching_hold import matching_hold
from dronesim.dispatch.policies.random_feasible import random_feasible
from dronesim.dispatch.policies.reposition import reposition
from dronesim.dispatch.policies.rollout import rollout
from dronesim.dispatch.view import DispatchView
from dronesim.errors import InputError, Problem

DispatchPolicy: TypeAlias = Callable[[DispatchView], Decisions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A policy that is given as an object; ``mark`` tells it from all others, where no import finds it."""

    name: str
    policy: DispatchPolicy
    mark: str | None = None


ALIASES: Final[Mapping[str, str]] = {"nearest": "first-job-first"}
"""Other names of policies, which scenarios and runs of before have."""


class _Named(dict[str, DispatchPolicy]):
    """Policies by name: all of them are listed once, and found by their aliases too."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(ALIASES.get(name, name) if isinstance(name, str) else name)

    def __missing__(self, name: str) -> DispatchPolicy:
        if name not in ALIASES:
            raise KeyError(name)
        return self[ALIASES[name]]


POLICIES: Final[Mapping[str, DispatchPolicy]] = _Named(
    {
        "first-job-first": first_job_first,
        "random-feasible": random_feasible,
        "greedy": greedy,
        "matching": Matching(),
        "matching-hold": matching_hold,
        "first-finish": first_finish,
        "linear": linear,
        "index": index,
        "reposition": reposition,
        "rollout": rollout,
    }
)


_LENT: Final[dict[str, Lent]] = {}
"""Policies that are given as objects for the time being, by the name that scenarios have for them."""


@contextmanager
def lent(policies: Iterable[Lent]) -> Iterator[None]:
    """Let policies be found by name in this process while the block lasts, whether or not an import finds them."""
    before = dict(_LENT)
    _LENT.update({each.name: each for each in policies})
    try:
        yield
    finally:
        _LENT.clear()
        _LENT.update(before)


def is_lent(name: str) -> bool:
    """Tell whether a policy was given as an object, so that nothing is imported for it."""
    return name in _LENT


def mark_of(name: str) -> str | None:
    """Give what tells a policy that only this process has from all others; None for one that is found by its file."""
    return _LENT[name].mark if name in _LENT else None


def load_policy(name: str, *, folder: Path | None = None) -> DispatchPolicy:
    """Find a policy: a built-in name, or ``package.module:function``, looked for beside the scenario too.

    Its module is imported anew each time, and so is what that imports from beside it: nothing that was noted in them
    on a day before is left.

    Raises
    ------
    InputError
        No such policy, or the module has no such callable.
    """
    if name in POLICIES:
        return POLICIES[name]
    if name in _LENT:
        return _LENT[name].policy
    if ":" not in name:
        raise _unknown(name)
    module_name, _, attribute = name.partition(":")
    policy = getattr(_import(module_name, name, folder), attribute, None)
    if not callable(policy):
        raise _problem(name, f"module {module_name} has no callable named {attribute}")
    return policy  # type: ignore[no-any-return]


def _import(module_name: str, name: str, folder: Path | None) -> object:
    home = None if folder is None else folder.resolve()
    forget(module_name)
    try:
        with nullcontext() if home is None else importable(module_name, home):
            return importlib.import_module(module_name)
    except ImportError as error:
        raise _problem(name, f"module {module_name} can't be imported: {error}", name_of_file(name)) from error


def name_of_file(name: str) -> str | None:
    """Give the name by its module of a policy that is named by its file, as ``path.py:function``; None of others."""
    file, _, function = name.rpartition(":")
    return f"{Path(file).stem}:{function}" if file.endswith(".py") else None


def _unknown(name: str) -> InputError:
    near = difflib.get_close_matches(name, [*POLICIES, *ALIASES], n=1)
    rule = f"is not known; choose from {', '.join(POLICIES)}, or name your own as package.module:function"
    return _problem(name, rule, near[0] if near else None)


def _problem(name: str, rule: str, hint: str | None = None) -> InputError:
    return InputError([Problem(file="scenario", key="dispatch.policy", rule=rule, value=name, hint=hint)])

"""The dispatch policies by name, and how a scenario names one of its own."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from dronesim.dispatch.decisions import Decisions
from dronesim.dispatch.greedy import greedy
from dronesim.dispatch.matching import Matching
from dronesim.dispatch.nearest import nearest
from dronesim.dispatch.view import DispatchView
from dronesim.errors import InputError, Problem

DispatchPolicy: TypeAlias = Callable[[DispatchView], Decisions]

POLICIES: Final[Mapping[str, DispatchPolicy]] = {
    "nearest": nearest,
    "greedy": greedy,
    "matching": Matching(),
}


def load_policy(name: str, *, folder: Path | None = None) -> DispatchPolicy:
    """Find a policy: a built-in name, or ``package.module:function``, looked for beside the scenario too.

    Raises
    ------
    InputError
        No such policy, or the module has no such callable.
    """
    if name in POLICIES:
        return POLICIES[name]
    if ":" not in name:
        raise _unknown(name)
    module_name, _, attribute = name.partition(":")
    policy = getattr(_import(module_name, name, folder), attribute, None)
    if not callable(policy):
        raise _problem(name, f"module {module_name} has no callable named {attribute}")
    return policy  # type: ignore[no-any-return]


def _import(module_name: str, name: str, folder: Path | None) -> object:
    added = [] if folder is None else [str(folder.resolve())]
    sys.path[:0] = added
    try:
        return importlib.import_module(module_name)
    except ImportError as error:
        raise _problem(name, f"module {module_name} can't be imported: {error}") from error
    finally:
        for path in added:
            sys.path.remove(path)


def _unknown(name: str) -> InputError:
    near = difflib.get_close_matches(name, POLICIES, n=1)
    rule = f"is not known; choose from {', '.join(POLICIES)}, or name your own as package.module:function"
    return _problem(name, rule, near[0] if near else None)


def _problem(name: str, rule: str, hint: str | None = None) -> InputError:
    return InputError([Problem(file="scenario", key="dispatch.policy", rule=rule, value=name, hint=hint)])

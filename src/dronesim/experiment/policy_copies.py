"""A policy as it was given, for one day: what it notes in variables of its own is forgotten with the day."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import cloudpickle

from dronesim.dispatch import POLICIES, DispatchPolicy

_OTHERS = "site-packages"


def copied(policy: DispatchPolicy) -> DispatchPolicy:
    """Copy a policy with its attributes, the variables of its module that it uses, and those that it closes over.

    Built-in policies remember nothing. What can't be copied, as an open file, is shared with the one that was given.
    """
    if any(policy is known for known in POLICIES.values()):
        return policy
    try:
        with _by_value(_home(policy)):
            text = cloudpickle.dumps(policy)
        found: DispatchPolicy = pickle.loads(text)  # noqa: S301 (it was written a line above)
    except Exception:  # noqa: BLE001 (whatever a planner's object raises, it may still be asked as it is)
        return _deep(policy)
    return found


def _deep(policy: DispatchPolicy) -> DispatchPolicy:
    try:
        return copy.deepcopy(policy)
    except Exception:  # noqa: BLE001 (as above)
        return policy


def _home(policy: DispatchPolicy) -> ModuleType | None:
    """Give the planner's module that a function, or the class of an object, is of; None for those of packages."""
    name = str(getattr(policy, "__module__", None) or type(policy).__module__)
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    is_others = file is None or _OTHERS in file or name.partition(".")[0] in {"dronesim", *sys.stdlib_module_names}
    return None if is_others else module


@contextmanager
def _by_value(module: ModuleType | None) -> Iterator[None]:
    """Let functions and classes of a module be copied, and not found again, while the block lasts."""
    if module is None or module.__name__ == "__main__":
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)

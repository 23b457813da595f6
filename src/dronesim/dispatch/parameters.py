"""Parameters of a policy: numbers and words that it declares with defaults, and that a scenario may state."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Value: TypeAlias = bool | int | float | str
Parameters: TypeAlias = Mapping[str, Value]
"""Values by name."""

HOW: Final = "a policy declares them as keyword-only arguments with defaults, or as the fields of a dataclass"
_KINDS: Final[Mapping[type, tuple[tuple[type, ...], str]]] = {
    bool: ((bool,), "must be true or false, as its default"),
    int: ((int,), "must be a whole number, as its default"),
    float: ((float, int), "must be a number, as its default"),
    str: ((str,), "must be text in quotes, as its default"),
}


class Misfit(NamedTuple):
    """A parameter that is stated and that a policy can't take: the rule, and a name that is near."""

    name: str
    rule: str
    hint: str | None = None


def parameters_of(policy: Any) -> dict[str, Any]:
    """List the parameters that a policy declares, with their defaults; of a dataclass, with what this one has.

    A function declares them by keyword-only arguments: ``def mine(view, *, margin_s=60.0)``.
    """
    if dataclasses.is_dataclass(policy) and not isinstance(policy, type):
        return {each.name: getattr(policy, each.name) for each in dataclasses.fields(policy) if each.init}
    try:
        found = inspect.signature(policy).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {each.name: each.default for each in found if each.kind is each.KEYWORD_ONLY}


def misfits(policy: Callable[..., Any], stated: Parameters, *, name: str) -> list[Misfit]:
    """Find what is wrong with parameters that are stated for a policy, by its name in scenarios."""
    declared = parameters_of(policy)
    return [*unknown(declared, stated, name=name), *_of_other_kinds(declared, stated)]


def unknown(declared: Mapping[str, Any], stated: Parameters, *, name: str) -> list[Misfit]:
    """Find names that a policy does not declare."""
    known = f"has {', '.join(declared)}" if declared else "has none"
    rule = f"is not a parameter of the policy {name}, which {known}; {HOW}"
    return [Misfit(each, rule, _near(each, declared)) for each in stated if each not in declared]


def _near(name: str, declared: Mapping[str, Any]) -> str | None:
    near = difflib.get_close_matches(name, declared, n=1)
    return near[0] if near else None


def _of_other_kinds(declared: Mapping[str, Any], stated: Parameters) -> list[Misfit]:
    """Find values that are not of the kind of the default."""
    found = []
    for name, value in stated.items():
        kinds, rule = _KINDS.get(type(declared.get(name)), ((object,), ""))
        is_other = not isinstance(value, kinds) or (isinstance(value, bool) and bool not in (*kinds, object))
        if rule and is_other:
            found.append(Misfit(name, rule))
    return found


def with_parameters(policy: Any, stated: Parameters) -> Any:
    """Give a policy that has the parameters that are stated, all of which fit it.

    Raises
    ------
    ValueError
        A dataclass refuses one.
    """
    if not stated:
        return policy
    declared = parameters_of(policy)
    values = {name: float(value) if type(declared[name]) is float else value for name, value in stated.items()}
    if dataclasses.is_dataclass(policy) and not isinstance(policy, type):
        return dataclasses.replace(policy, **values)

    @functools.wraps(policy)
    def stated_so(view: Any) -> Any:
        return policy(view, **values)

    return stated_so

"""Names in a scenario that must be in a registry: drone type, power model, dispatch policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dronesim.errors import Problem
from dronesim.scenario.complaints import near_match, one_of
from dronesim.scenario.origins import Origins

OWN_POLICY: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_OWN: Final[Mapping[tuple[str, str], str]] = {
    ("dispatch", "policy"): ", or name your own as package.module:function",
    ("fleet", "drone_type"): ", or name a file of your own that ends in .toml",
}


def is_own_type(name: str) -> bool:
    """Tell whether the name of a drone type is the path of a planner's own file."""
    return name.endswith(".toml")


def check_names(values: Mapping[str, Any], origins: Origins) -> list[Problem]:
    """Look up every name in ``values``; those of a wrong type are left to the checker, files to their readers."""
    from dronesim.aircraft import DRONE_TYPES
    from dronesim.aircraft.power import POWER_MODELS
    from dronesim.dispatch import POLICIES
    from dronesim.dispatch.registry import ALIASES

    registries: dict[tuple[str, str], Iterable[str]] = {
        ("fleet", "drone_type"): DRONE_TYPES,
        ("drone", "power_model"): POWER_MODELS,
        ("dispatch", "policy"): POLICIES,
    }
    others = {("dispatch", "policy"): tuple(ALIASES)}
    found = [_check(values, path, known, others.get(path, ()), origins) for path, known in registries.items()]
    return [problem for problem in found if problem is not None]


def _check(
    values: Mapping[str, Any], path: tuple[str, str], known: Iterable[str], others: Sequence[str], origins: Origins
) -> Problem | None:
    table = values.get(path[0])
    name = table.get(path[1]) if isinstance(table, dict) else None
    if not isinstance(name, str) or name in known:
        return None
    if path == ("dispatch", "policy") and OWN_POLICY.fullmatch(name):
        return None
    if path == ("fleet", "drone_type") and is_own_type(name):
        return None
    return origins.problem(
        path, one_of(known) + _OWN.get(path, ""), value=name, hint=near_match(name, [*known, *others])
    )

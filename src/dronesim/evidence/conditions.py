"""Conditions on the keys of a resolved scenario: where a capability is used, and where its checks speak for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def value_at(scenario: Mapping[str, Any], key: str) -> Any:
    """Look up a dotted key; None where the scenario has no such value."""
    found: Any = scenario
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


@dataclass(frozen=True, slots=True)
class Where:
    """Holds where ``key`` has one of ``values``; without ``values`` where it says anything but zero or nothing."""

    key: str
    values: tuple[object, ...] = ()

    def holds(self, scenario: Mapping[str, Any]) -> bool:
        """Tell whether it holds in a scenario, given as nested tables."""
        found = value_at(scenario, self.key)
        return found in self.values if self.values else bool(found)


@dataclass(frozen=True, slots=True)
class Unset:
    """Holds where a table of overrides is empty, or a key is absent."""

    key: str

    def holds(self, scenario: Mapping[str, Any]) -> bool:
        """Tell whether it holds in a scenario, given as nested tables."""
        return not value_at(scenario, self.key)

"""A scenario file and its settings as the starting point of an experiment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.experiment.points import Point, make_point
from dronesim.scenario import Scenario, load_scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A scenario file with ``settings`` such as ``"fleet.drones=40"`` laid over it."""

    path: Path
    settings: tuple[str, ...] = ()

    def scenario(self, *more: str) -> Scenario:
        """Give the scenario with further settings.

        Raises
        ------
        InputError
            The scenario or a setting is not usable.
        """
        return load_scenario(self.path, [*self.settings, *more])

    def point(self, *more: str) -> Point:
        """Give the scenario with further settings as a point of an experiment."""
        return make_point(self.scenario(*more), folder=self.path.parent)


def stated_value(scenario: Scenario, key: str, *, option: str) -> Any:
    """Give what a scenario holds under a dotted key, defaults included; ``option`` is named in errors.

    Raises
    ------
    InputError
        There is no such key.
    """
    holder: Any = scenario
    for part in key.split("."):
        fields = type(holder).model_fields if hasattr(type(holder), "model_fields") else {}
        if isinstance(holder, dict):
            holder = holder.get(part)
        elif part in fields:
            holder = getattr(holder, part)
        else:
            choices = ", ".join(fields)
            rule = f"is not a key of a scenario; {part!r} is not among {choices}" if fields else "is not a key"
            raise InputError([Problem(file="command line", key=option, rule=rule, value=key)])
    return holder


def whole_number(scenario: Scenario, key: str, *, option: str) -> int | None:
    """Give the whole number under a key; None where the scenario leaves it open.

    Raises
    ------
    InputError
        The key holds something else, such as a table by site.
    """
    value = stated_value(scenario, key, option=option)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    fields = type(value).model_fields if hasattr(type(value), "model_fields") else {}
    held = f"{key} is a table with {', '.join(fields)}" if fields else f"{key} holds {value!r}"
    rule = f"must be a key with one whole number; {held}"
    raise InputError([Problem(file="command line", key=option, rule=rule)])

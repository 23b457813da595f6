"""A scenario and its settings as the starting point of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.experiment.points import Point, make_point
from dronesim.scenario import Scenario, changed_scenario, load_scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A scenario with ``settings`` such as ``"fleet.drones=40"`` laid over it: of the file ``path``, or ``given``."""

    path: Path | None = None
    settings: tuple[str, ...] = ()
    given: Scenario | None = None

    @property
    def folder(self) -> Path | None:
        """The folder in which a policy of the planner's own is looked for."""
        if self.given is not None:
            return self.given.origins.folder
        return None if self.path is None else self.path.parent

    def scenario(self, *more: str) -> Scenario:
        """Give the scenario with further settings.

        Raises
        ------
        InputError
            The scenario or a setting is not usable.
        """
        settings = [*self.settings, *more]
        if self.given is not None:
            return changed_scenario(self.given, settings)
        return load_scenario(self.path or "", settings)

    def point(self, *more: str) -> Point:
        """Give the scenario with further settings as a point of an experiment."""
        return make_point(self.scenario(*more), folder=self.folder)


def check_all(studies: Sequence[Study]) -> None:
    """See that the scenarios of all studies are usable.

    Raises
    ------
    InputError
        With the problems of all of them, each once.
    """
    problems: dict[str, Problem] = {}
    for study in studies:
        try:
            study.scenario()
        except InputError as error:
            problems |= {str(problem): problem for problem in error.problems}
    if problems:
        raise InputError(list(problems.values()))


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

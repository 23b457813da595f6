"""The errors a user can cause, each with the place, the value and the rule that it breaks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dronesim.letters import LONGEST, printable, short

_LONGEST_FILE: Final = 1000
_LONGEST_KEY: Final = 160


class DronesimError(Exception):
    """Base of every error that a user can cause; the command line shows it without a traceback."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken rule in one place of an input file.

    ``key`` is the dotted key of a scenario, the id of a map feature or the column of a trace;
    ``value`` is what was found there; ``hint`` is a "did you mean" where one is near; ``excerpt`` shows the lines.
    """

    file: str
    key: str
    rule: str
    value: object = None
    line: int | None = None
    hint: str | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        file, key, rule = _plain(self.file, _LONGEST_FILE), _plain(self.key, _LONGEST_KEY), _plain(self.rule)
        place = f"{file}:{self.line}" if self.line is not None else file
        found = "" if self.value is None else f" (found {_shorten(self.value)})"
        hint = "" if self.hint is None else f"; did you mean {_plain(self.hint, _LONGEST_KEY)}?"
        excerpt = "" if self.excerpt is None else f"\n{self.excerpt}"
        return f"{place}: {key}: {rule}{found}{hint}{excerpt}"


class InputError(DronesimError):
    """A scenario, map, trace or command-line value is not usable; carries every problem found."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Let the problems go with the error from one process to another."""
        return type(self), (self.problems,)


class OutputError(DronesimError):
    """What a command made can't be written where the planner wanted it."""


class PolicyError(DronesimError):
    """A dispatch policy took a decision that the rules forbid."""


class ConservationError(DronesimError):
    """The simulation lost count of something; a defect of the program, never of the scenario."""


def _plain(text: str, most: int = LONGEST) -> str:
    """Show a text of somebody's own, whatever is in it."""
    return short(printable(text), most)


def _shorten(value: object, limit: int = 80) -> str:
    """Show a value; a table and a list of tables only as what they are, for their text would hide the rest."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        return f"a list of {len(value)}"
    text = value.isoformat() if isinstance(value, datetime.date | datetime.time) else repr(value)
    return printable(text) if len(text) <= limit else printable(text[: limit - 3]) + "..."

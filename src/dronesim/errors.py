"""The errors a user can cause, each with the place, the value and the rule that it breaks."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from dronesim.letters import LONGEST, printable, short

_LONGEST_FILE: Final = 1000
_LONGEST_KEY: Final = 160
MOST_ALIKE: Final = 3
"""So many problems that are alike are told, each with its place; the rest of them is counted."""
_ROW: Final = re.compile(r"\[\d+\]|\brow \d+, ")
_DIGITS: Final = re.compile(r"\d+")


class DronesimError(Exception):
    """Base of every error that a user can cause; the command line shows it without a traceback."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken rule in one place of an input file.

    ``key`` is the dotted key of a scenario, the id of a map feature or the column of a trace;
    ``value`` is what was found there; ``hint`` is a "did you mean" where one is near; ``excerpt`` shows the lines;
    ``alike`` counts further problems that break the same rule elsewhere in the file. ``is_place``: the key is the id of
    one of many, as of a building, so that the same rule broken by another is the same problem.
    """

    file: str
    key: str
    rule: str
    value: object = None
    line: int | None = None
    hint: str | None = None
    excerpt: str | None = None
    alike: int = 0
    is_place: bool = False

    def __str__(self) -> str:
        file, key, rule = _plain(self.file, _LONGEST_FILE), _plain(self.key, _LONGEST_KEY), _plain(self.rule)
        place = f"{file}:{self.line}" if self.line is not None else file
        found = "" if self.value is None else f" (found {_shorten(self.value)})"
        hint = "" if self.hint is None else f"; did you mean {_plain(self.hint, _LONGEST_KEY)}?"
        excerpt = "" if self.excerpt is None else f"\n{self.excerpt}"
        more = f"; and {self.alike:,} more like it" if self.alike else ""
        return f"{place}: {key}: {rule}{found}{hint}{more}{excerpt}"

    def kind(self) -> tuple[str, str, str]:
        """Give what problems that are alike have in common: the file, and key and rule but for their numbers."""
        return self.file, "" if self.is_place else _ROW.sub("", self.key), _DIGITS.sub("", self.rule)


@dataclass(slots=True)
class Problems:
    """Problems as they are found, however many: of those alike the first few, the last of which counts the others."""

    found: int = 0
    _kinds: dict[tuple[str, str, str], list[Problem]] = field(default_factory=dict)
    _more: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def note(self, problem: Problem) -> None:
        """Keep one, or count it; what it counts itself is added."""
        kind = problem.kind()
        known = self._kinds.setdefault(kind, [])
        self.found += 1 + problem.alike
        if len(known) < MOST_ALIKE:
            known.append(problem)
        self._more[kind] = self._more.get(kind, 0) + problem.alike + (known[-1] is not problem)

    def listed(self) -> list[Problem]:
        """Give those that are told: kinds in the order in which they were met first, lines of one file in theirs."""
        return _by_line(
            replace(problem, alike=self._more[kind] if problem is known[-1] else 0)
            for kind, known in self._kinds.items()
            for problem in known
        )

    def check(self) -> None:
        """Raise an InputError where there is any."""
        if self.found:
            raise InputError(self.listed())


def _by_line(problems: Iterable[Problem]) -> list[Problem]:
    """Put the problems of each file that have lines into the order of these, in the places that they have together."""
    found = list(problems)
    for file in {problem.file for problem in found}:
        places = [place for place, each in enumerate(found) if each.file == file and each.line is not None]
        ordered = sorted((found[place] for place in places), key=lambda problem: problem.line or 0)
        for place, problem in zip(places, ordered, strict=True):
            found[place] = problem
    return found


def gathered(problems: Iterable[Problem]) -> list[Problem]:
    """List problems so that those alike are few."""
    found = Problems()
    for problem in problems:
        found.note(problem)
    return found.listed()


class InputError(DronesimError):
    """A scenario, map, trace or command-line value is not usable; carries every problem found."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(gathered(problems))
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
    if isinstance(value, bool):
        return str(value).lower()
    text = value.isoformat() if isinstance(value, datetime.date | datetime.time) else repr(value)
    return printable(text) if len(text) <= limit else printable(text[: limit - 3]) + "..."

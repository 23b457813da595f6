"""Numbers as a page shows them, each with the place in a JSON file beside the page that it is read from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from dronesim.report import words
from dronesim.units import HOUR, MINUTE

Ends = tuple[float, float]
SHARE: Final[Ends] = (0.0, 1.0)
AMOUNT: Final[Ends] = (0.0, math.inf)
"""What shares, and what amounts of something, lie between."""


class Shown(str):
    """A number in words: a text everywhere, which on a page carries where it is from.

    ``source`` is the name of a file and a JSON pointer (RFC 6901) in it; ``one`` what one of the unit shown is there.
    ``within`` are the ends beyond which it is not shown: an interval of a share may reach below 0 in the file.
    """

    source: str
    one: float
    within: Ends | None

    def __new__(cls, text: str, *, source: str, one: float = 1.0, within: Ends | None = None) -> Shown:
        """Make the text with its source."""
        made = super().__new__(cls, text)
        made.source, made.one, made.within = source, one, within
        return made

    def __html__(self) -> str:
        """Give it for a page, escaped."""
        unit = Markup("") if self.one == 1.0 else Markup(' data-one="{}"').format(repr(self.one))
        ends = Markup("") if self.within is None else Markup(' data-within="{:g} {:g}"').format(*self.within)
        return Markup('<span data-key="{}"{}{}>{}</span>').format(self.source, unit, ends, str(self))


class Joined(str):
    """Several numbers in one text, as ``"{} of {}"``, each with where it is from."""

    markup: Markup

    def __new__(cls, template: str, *parts: str) -> Joined:
        """Put the parts into the template."""
        made = super().__new__(cls, template.format(*parts))
        made.markup = Markup("{}").format(template).format(*parts)
        return made

    def __html__(self) -> str:
        """Give it for a page, escaped."""
        return self.markup


@dataclass(frozen=True, slots=True)
class Numbers:
    """A part of a JSON file beside the page; ``source`` is where it stands, as in `Shown`."""

    content: Any
    source: str

    def at(self, *path: str | int) -> Any:
        """Look up what stands at a path."""
        found = self.content
        for step in path:
            found = found[step]
        return found

    def part(self, *path: str | int) -> Numbers:
        """Give what stands at a path as a part of its own."""
        return Numbers(self.at(*path), self._pointer(path))

    def count(self, *path: str | int) -> str:
        """Show a whole number."""
        return self._shown(f"{self.at(*path):,}", path)

    def number(self, *path: str | int, decimals: int = 0, unit: str = "") -> str:
        """Show a number with its unit."""
        return self._shown(words.number(self.at(*path), decimals, unit), path)

    def percent(self, *path: str | int, decimals: int = 1) -> str:
        """Show a share in per cent."""
        return self._shown(words.percent(self.at(*path), decimals), path, one=0.01)

    def minutes(self, *path: str | int) -> str:
        """Show a duration in minutes."""
        return self._shown(words.minutes(self.at(*path)), path, one=MINUTE)

    def hours(self, *path: str | int) -> str:
        """Show a duration in hours."""
        found = self.at(*path)
        return self._shown(words.number(None if found is None else found / HOUR, 1, "h"), path, one=HOUR)

    def scaled(
        self,
        *path: str | int,
        one: float,
        decimals: int = 1,
        unit: str = "",
        is_signed: bool = False,
        within: Ends | None = None,
    ) -> str:
        """Show a number in a unit of which ``one`` is so much there; signed where it is a difference."""
        found = self.at(*path)
        if found is None:
            return words.NOTHING
        least, most = within or (-math.inf, math.inf)
        value = round(min(max(found, least), most) / one, decimals) + 0.0
        text = f"{value:+,.{decimals}f}" if is_signed else f"{value:,.{decimals}f}"
        return self._shown(f"{text} {unit}".rstrip(), path, one=one, within=within)

    def told(self, text: str, *path: str | int) -> str:
        """Give a number that is in words already."""
        return self._shown(text, path)

    def _shown(self, text: str, path: Sequence[str | int], *, one: float = 1.0, within: Ends | None = None) -> str:
        if text == words.NOTHING:
            return text
        return Shown(text, source=self._pointer(path), one=one, within=within)

    def _pointer(self, path: Sequence[str | int]) -> str:
        return self.source + "".join(f"/{escaped(step)}" for step in path)


def escaped(step: str | int) -> str:
    """Write a step of a JSON pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def kpi_numbers(kpis: Mapping[str, Any]) -> Numbers:
    """Give the key figures of a run as numbers of ``kpis.json``."""
    return Numbers(kpis, "kpis.json#")

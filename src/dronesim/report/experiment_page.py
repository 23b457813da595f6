"""The page of an experiment: its answer, its pictures, its tables, each number with its place in the JSON beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dronesim.report import words
from dronesim.report.guard import Drawn
from dronesim.report.rows import Row
from dronesim.report.shown import SHARE, Ends, Joined, Numbers
from dronesim.report.template import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the page; the first ``texts`` columns are words, the others numbers."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    texts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an experiment has to say.

    ``kind`` names it, ``answer`` is its answer in a sentence, ``notes`` are sentences below, ``lines`` the same as a
    terminal has it, ``file`` the JSON beside the page.
    """

    name: str
    kind: str
    answer: str
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    lines: Sequence[str] = ()
    file: str = ""
    is_met: bool | None = field(default=None)


def experiment_html(found: Answer, pictures: Sequence[Drawn] = (), pairs: Sequence[tuple[str, Drawn]] = ()) -> str:
    """Fill the page of an experiment; ``pairs`` are pictures that stand beside one another, each below its name."""
    return fill("experiment.html.j2", found=found, pictures=pictures, pairs=pairs)


def level(numbers: Numbers, *path: str | int) -> str:
    """Show a share with its interval in per cent."""
    if numbers.at(*path, "mean") is None:
        return words.NOTHING
    return ranged(numbers, *path, one=0.01, unit="%", within=SHARE)


def points(numbers: Numbers, *path: str | int) -> str:
    """Show a difference of shares with its interval, in points."""
    return ranged(numbers, *path, one=0.01, decimals=2, is_signed=True)


def ranged(
    numbers: Numbers,
    *path: str | int,
    one: float = 1.0,
    decimals: int = 1,
    unit: str = "",
    is_signed: bool = False,
    within: Ends | None = None,
) -> str:
    """Show a mean with its interval, where it has one, as far as it lies ``within`` what can be."""

    def show(end: str, of: str = "") -> str:
        clipped = None if end == "mean" else within
        return numbers.scaled(*path, end, one=one, decimals=decimals, unit=of, is_signed=is_signed, within=clipped)

    if numbers.at(*path, "mean") is None:
        return words.NOTHING
    if numbers.at(*path).get("low") is None or numbers.at(*path, "high") is None:
        return show("mean", unit)
    return Joined("{} ({} to {})", show("mean", unit), show("low"), show("high"))

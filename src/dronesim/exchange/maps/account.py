"""What an import of a map read, guessed, repaired and left out, so that nothing happens in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from dronesim.errors import InputError, Problem
from dronesim.letters import printable, short

LONGEST: Final = 400
"""Letters of a note; what is longer has a name in it that is."""

MOST_NAMED: Final = 3
"""Reasons for leaving out that a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is written down while sources are read; it fills up as an import goes on.

    ``sources`` and ``notes`` are sentences, ``dropped`` and ``repaired`` count by reason, ``heights`` counts
    buildings by where their height came from. ``near`` has a place of the rest of the map in degrees, longitude first,
    once one is known: positions that are exchanged are told by it.
    """

    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    heights: Counter[str] = field(default_factory=Counter)
    near: list[tuple[float, float]] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Write down a guess or a rule that was used, once."""
        shown = short(printable(sentence), LONGEST)
        if shown not in self.notes:
            self.notes.append(shown)


def refuse(
    file: object, rule: str, *, key: str = "source", value: object = None, line: int | None = None
) -> InputError:
    """Give the error of a source that can't be used."""
    return InputError([Problem(file=str(file), key=key, rule=rule, value=value, line=line)])


def what_was_left(account: Account) -> str:
    """Word the most frequent reasons for which things were left out, for a refusal."""
    most = (+account.dropped).most_common(MOST_NAMED)
    return f" (left out: {'; '.join(f'{what}: {count:,}' for what, count in most)})" if most else ""

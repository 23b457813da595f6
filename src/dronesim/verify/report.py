"""What a verification found: checks with the rows they examined, and every breach in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.units import clock

KEPT = 20
"""How many breaches of one check are kept in words; the others are only counted."""


NO_TRACKS = "the run has no tracks; dronesim run --tracks writes them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Breaches of one rule: how many, and the first ``KEPT`` in words."""

    count: int = 0
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One claim about a run: how many rows were examined, what contradicts it, what a reader should know.

    ``violations`` holds the first ``KEPT`` breaches in words, ``count`` is their full number. A check that the
    run gives nothing to examine for is skipped, and ``note`` says why.
    """

    name: str
    examined: int
    violations: tuple[str, ...] = ()
    count: int = 0
    note: str = ""
    is_skipped: bool = False

    @property
    def verdict(self) -> str:
        """Give the outcome in words."""
        if self.is_skipped:
            return "skipped"
        return "ok" if self.is_clean else _in_words(self.count)

    @property
    def is_clean(self) -> bool:
        """Say whether nothing contradicts the claim."""
        return self.count == 0

    def lines(self) -> Iterator[str]:
        """Give the check for people: a heading, then each breach."""
        examined = "" if self.is_skipped else f", {self.examined} examined"
        note = f" ({self.note})" if self.note else ""
        yield f"{self.name}: {self.verdict}{examined}{note}"
        yield from (f"  - {text}" for text in self.violations)
        if self.count > len(self.violations):
            yield f"  - and {self.count - len(self.violations)} more"

    def content(self) -> dict[str, Any]:
        """Give the check for programs."""
        return {
            "name": self.name,
            "verdict": "skipped" if self.is_skipped else "ok" if self.is_clean else "violated",
            "examined": self.examined,
            "count": self.count,
            "violations": list(self.violations),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All checks of one run folder."""

    folder: Path
    checks: tuple[Check, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether every check is clean."""
        return all(check.is_clean for check in self.checks)

    def lines(self) -> tuple[str, ...]:
        """Give the report for people, one line a check and one a violation, the verdict last."""
        listed = [line for check in self.checks for line in check.lines()]
        return (*listed, f"{self.folder}: {self._verdict()}")

    def content(self) -> dict[str, Any]:
        """Give the report for programs."""
        return {
            "folder": str(self.folder),
            "clean": self.is_clean,
            "violations": sum(check.count for check in self.checks),
            "checks": [check.content() for check in self.checks],
        }

    def _verdict(self) -> str:
        found, total = sum(check.count for check in self.checks), len(self.checks)
        skipped = sum(check.is_skipped for check in self.checks)
        verdict = "clean" if self.is_clean else _in_words(found)
        return (
            f"{verdict} in {total - skipped} of {total} checks, {skipped} skipped"
            if skipped
            else (f"{verdict} in {total} checks")
        )


def _in_words(count: int) -> str:
    return f"{count} violation{'' if count == 1 else 's'}"


def where(is_broken: NDArray[np.bool_], describe: Callable[[int], str]) -> Faults:
    """Turn a mask over rows, shape ``(n,)``, into faults; ``describe`` words the row with a given index."""
    rows = np.flatnonzero(is_broken)
    return Faults(count=len(rows), texts=tuple(describe(int(row)) for row in rows[:KEPT]))


def listed(texts: Iterable[str]) -> Faults:
    """Turn breaches already in words into faults."""
    found = tuple(texts)
    return Faults(count=len(found), texts=found[:KEPT])


def skipped(name: str, why: str) -> Check:
    """Give a check that the run has nothing for; ``why`` says what is missing."""
    return Check(name=name, examined=0, note=why, is_skipped=True)


def settle(name: str, examined: int, faults: Iterable[Faults], note: str = "") -> Check:
    """Sum up faults as one check."""
    found = tuple(faults)
    texts = tuple(text for fault in found for text in fault.texts)[:KEPT]
    return Check(name=name, examined=examined, violations=texts, count=sum(fault.count for fault in found), note=note)


def at(time_s: Any) -> str:
    """Word a time of day: clock and exact seconds."""
    seconds = float(time_s)
    return f"{clock(seconds)} ({seconds:.3f} s)" if math.isfinite(seconds) else "no time"

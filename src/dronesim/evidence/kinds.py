"""What a check can be, how it can end, and which status its end buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Kind(StrEnum):
    """What a check compares the model with."""

    OUTSIDE = "outside data"
    THEORY = "theory"
    PROGRAM = "independent program"
    CALIBRATION = "calibration"
    SELF = "self-check"


class Result(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Status(IntEnum):
    """How far a capability may be trusted, from least to most."""

    ASSUMED = 0
    VERIFIED = 1
    VALIDATED = 2


_BUYS: Final = {Kind.OUTSIDE: Status.VALIDATED, Kind.THEORY: Status.VERIFIED, Kind.PROGRAM: Status.VERIFIED}
"""What a passing check buys; calibration and self-checks buy nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One check as it was run.

    ``mark`` says when it passes, ``figure`` what it found, ``source`` where the figure it is held against comes
    from, ``held_back`` which part of that source had no say in any number of the model.
    """

    name: str
    kind: Kind
    title: str
    source: str
    held_back: str
    mark: str
    result: Result
    figure: str

    @property
    def buys(self) -> Status:
        """Status that this check alone would give; outside data of which nothing was held back is calibration."""
        if self.result != Result.PASSED or (self.kind == Kind.OUTSIDE and not self.held_back):
            return Status.ASSUMED
        return _BUYS.get(self.kind, Status.ASSUMED)


def status_of(outcomes: Sequence[Outcome]) -> Status:
    """Give the status that a capability's checks decide: the best that one of them buys, if every one has passed."""
    if any(outcome.result != Result.PASSED for outcome in outcomes):
        return Status.ASSUMED
    return max((outcome.buys for outcome in outcomes), default=Status.ASSUMED)

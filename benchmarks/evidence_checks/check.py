"""What a check is: what it is held against, when it passes, and the code that finds out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from dronesim.evidence import Kind, Outcome, Result

STANDARD_ERRORS: Final = 4.0
"""A sound program misses a mean by more once in 16,000 times, with 12 replications about once in 300."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found: ``passed`` is None where it could not run, and ``figure`` says why."""

    passed: bool | None
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison; see `Outcome` for what the texts mean.

    The gate runs those that are dear (more than four seconds of a processor) by turns, the others always.
    """

    name: str
    kind: Kind
    title: str
    source: str
    mark: str
    run: Callable[[], Found]
    held_back: str = ""
    is_dear: bool = False

    def outcome(self) -> Outcome:
        """Run it."""
        found = self.run()
        ended = {True: Result.PASSED, False: Result.FAILED, None: Result.SKIPPED}[found.passed]
        return Outcome(
            name=self.name,
            kind=self.kind,
            title=self.title,
            source=self.source,
            held_back=self.held_back,
            mark=self.mark,
            result=ended,
            figure=found.figure,
        )


def largest_gap(found: ArrayLike, expected: ArrayLike) -> float:
    """Find the largest relative difference of two arrays of one shape."""
    one, other = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return float(np.max(np.abs(one / other - 1.0)))


def under(worst: float) -> str:
    """Say how small a difference is in a way that no processor's last digit changes."""
    return next((f"under {bound:g}" for bound in (1e-12, 1e-9, 1e-6, 1e-3) if worst < bound), f"{worst:.3g}")


def near(values: Sequence[float], expected: float, *, precision: float) -> tuple[bool, str]:
    """Hold the mean of at least 10 replications against a value, and tell how near it came.

    It agrees within 4 standard errors; with a standard error above ``precision`` of the value it proves nothing.
    """
    mean = float(np.mean(values))
    return mean_near(mean, float(np.std(values, ddof=1) / np.sqrt(len(values))), expected, precision=precision)


def mean_near(mean: float, error: float, expected: float, *, precision: float) -> tuple[bool, str]:
    """As `near`, for a mean with its standard error."""
    is_sharp = error < precision * abs(expected)
    is_near = abs(mean - expected) < STANDARD_ERRORS * error
    return bool(is_sharp and is_near), f"{mean:.4g} ± {error:.1g} (expected {expected:.4g})"

"""Means over replications and their differences, each with an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.defaults import CONFIDENCE

Floats = NDArray[np.float64]

ROUNDING: Final = 1e-9
"""Numbers that differ by less than so much of themselves differ by the rounding of their sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over replications with its interval, in the unit of what was measured; NaN where unknown.

    Attributes
    ----------
    mean
        The mean; days without data do not count.
    low, high
        Ends of the interval, 95 % unless something else is said.
    sd
        Standard deviation of one replication.
    count
        Replications that count.
    """

    mean: float
    low: float
    high: float
    sd: float
    count: int

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    def content(self) -> dict[str, float | int | None]:
        """Give it for JSON, None where there is no number."""
        numbers = {"mean": self.mean, "low": self.low, "high": self.high, "sd": self.sd}
        return {**{name: finite(number) for name, number in numbers.items()}, "count": self.count}


def finite(number: float) -> float | None:
    """Give a number, None for NaN and infinities, which JSON has not."""
    return float(number) if math.isfinite(number) else None


def estimate(values: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a mean with Student's t interval; absent (NaN) values, as of days without orders, do not count.

    Equal values have an interval of no width, a single value has none (NaN).
    """
    sample = np.asarray(values, dtype=np.float64)
    sample = sample[~np.isnan(sample)]
    if len(sample) < 2:
        mean = float(sample[0]) if len(sample) else math.nan
        return Estimate(mean=mean, low=math.nan, high=math.nan, sd=math.nan, count=len(sample))
    mean, sd = float(sample.mean()), float(sample.std(ddof=1))
    if np.ptp(sample) == 0:
        return Estimate(mean=mean, low=mean, high=mean, sd=0.0, count=len(sample))
    from scipy.stats import t

    low, high = t.interval(confidence, len(sample) - 1, loc=mean, scale=sd / math.sqrt(len(sample)))
    return Estimate(mean=mean, low=float(low), high=float(high), sd=sd, count=len(sample))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A mean estimated by regression on controls whose means are 0: ``mean`` with ``sd`` about the plane.

    The mean's standard error is ``sd / sqrt(information)``; ``slopes`` (controls,) are those of the plane, ``freedom``
    the degrees of freedom that are left for ``sd``. Without a control these are the plain mean, with ``information``
    days.
    """

    mean: float
    sd: float
    information: float
    freedom: int
    slopes: Floats


def fit(values: Floats, controls: Floats | None = None) -> Fit:
    """Estimate the mean of ``values`` (n,), at least 2, where controls (n, controls) with means 0 are 0.

    A control that tells nothing beyond those before it has no part in it, and with fewer than two days more than are
    estimated none has.

    Lavenberg, S. S. and Welch, P. D. (1981), A perspective on the use of control variables to increase the
    efficiency of Monte Carlo simulations, Management Science 27, 322-335.
    """
    count, width = len(values), 0 if controls is None else controls.shape[1]
    shares, parts = _apart(controls) if controls is not None and count >= width + 3 else (np.zeros((0, width)), [])
    if not parts:
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        return Fit(mean=mean, sd=sd, information=count, freedom=count - 1, slopes=np.zeros(width))
    mean, rest, spread, slopes = float(values.mean()), values - values.mean(), 1.0 / count, np.zeros(width)
    for share, (centre, part) in zip(shares, parts, strict=True):
        squares = float((part**2).sum())
        slope = float((part * values).sum()) / squares
        mean, rest = mean - slope * centre, rest - slope * part
        spread, slopes = spread + centre**2 / squares, slopes + slope * share
    freedom = count - 1 - len(parts)
    sd = math.sqrt(float((rest**2).sum()) / freedom)
    return Fit(mean=mean, sd=sd, information=1.0 / spread, freedom=freedom, slopes=slopes)


def _apart(controls: Floats) -> tuple[Floats, list[tuple[float, Floats]]]:
    """Take from each control what those before it tell already (Gram and Schmidt).

    Gives how much each of what is left has of each control, (kept, controls), and its mean with its deviations (n,).
    """
    kept, parts = list[Floats](), list[tuple[float, Floats]]()
    for number, column in enumerate(controls.T):
        share, centre, part = np.eye(controls.shape[1])[number], float(column.mean()), column - column.mean()
        whole = float((part**2).sum())
        for before, (its_centre, its_part) in zip(kept, parts, strict=True):
            slope = float((its_part * part).sum() / (its_part**2).sum())
            share, centre, part = share - slope * before, centre - slope * its_centre, part - slope * its_part
        if np.ptp(column) > 0 and float((part**2).sum()) > ROUNDING * whole:
            kept.append(share)
            parts.append((centre, part))
    return np.array(kept).reshape(-1, controls.shape[1]), parts


def paired(values: ArrayLike, others: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean of ``values`` less ``others`` of the same replications; both have shape ``(n,)``."""
    difference = np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64)
    return estimate(difference, confidence=confidence)


def paired_p(values: ArrayLike, others: ArrayLike) -> float:
    """Give the two-sided p value of Student's paired test; NaN below two pairs."""
    difference = np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64)
    difference = difference[~np.isnan(difference)]
    if len(difference) < 2:
        return math.nan
    if np.ptp(difference) <= ROUNDING * np.abs(difference).max():
        return 1.0 if difference[0] == 0 else 0.0
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(difference, 0.0).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for their number; NaN stays NaN and does not count (scipy has no such correction).

    Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 65-70.
    """
    values = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(len(values), np.nan)
    order = [index for index in np.argsort(values, kind="stable").tolist() if not np.isnan(values[index])]
    reached = 0.0
    for rank, index in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * float(values[index])))
        adjusted[index] = reached
    return [float(value) for value in adjusted]


def number_or_nan(value: Any) -> float:
    """Take a measure that may be None for "no data"."""
    return math.nan if value is None else float(value)

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
    """A mean estimated by regression on a control whose mean is 0: ``mean`` with ``sd`` about the line.

    The mean's standard error is ``sd / sqrt(information)``; ``slope`` is that of the line, ``freedom`` the degrees of
    freedom that are left for ``sd``. Without a control these are the plain mean, with ``information`` days.
    """

    mean: float
    sd: float
    information: float
    freedom: int
    slope: float


def fit(values: Floats, controls: Floats | None = None) -> Fit:
    """Estimate the mean of ``values`` (n,), at least 2, where a control (n,) with mean 0 is 0.

    Lavenberg, S. S. and Welch, P. D. (1981), A perspective on the use of control variables to increase the
    efficiency of Monte Carlo simulations, Management Science 27, 322-335.
    """
    count = len(values)
    if controls is None or count < 4 or np.ptp(controls) == 0:
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        return Fit(mean=mean, sd=sd, information=count, freedom=count - 1, slope=0.0)
    centre, squares = float(controls.mean()), float(((controls - controls.mean()) ** 2).sum())
    slope = float(((controls - centre) * values).sum()) / squares
    mean = float(values.mean()) - slope * centre
    rest = values - mean - slope * controls
    return Fit(
        mean=mean,
        sd=math.sqrt(float((rest**2).sum()) / (count - 2)),
        information=1.0 / (1.0 / count + centre**2 / squares),
        freedom=count - 2,
        slope=slope,
    )


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

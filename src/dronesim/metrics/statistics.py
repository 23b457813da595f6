"""Durations in whole milliseconds and the statistics of samples, with None where there is no data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.record.kpis import DurationKpis, WaitKpis
from dronesim.units import MS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def whole_ms(times_s: NDArray[Any]) -> Floats:
    """Give times in seconds as the nearest whole milliseconds, NaN where absent; any shape."""
    rounded: Floats = np.rint(np.asarray(times_s, dtype=np.float64) * MS)
    return rounded


def elapsed_s(*, since_s: NDArray[Any], until_s: NDArray[Any]) -> Floats:
    """Seconds between two columns of times, exact to the millisecond; NaN where either is absent."""
    passed: Floats = (whole_ms(until_s) - whole_ms(since_s)) / MS
    return passed


def present(values: Floats) -> Floats:
    """Drop the absent (NaN) values."""
    return values[~np.isnan(values)]


def mean(values: Floats) -> float | None:
    """Arithmetic mean, None for no values."""
    return float(np.mean(values)) if values.size else None


def quantile(values: Floats, share: float) -> float | None:
    """Quantile by linear interpolation between order statistics (numpy's default), None for no values."""
    return float(np.quantile(values, share)) if values.size else None


def describe(values: Floats) -> DurationKpis:
    """Mean, quantiles and maximum of the values present."""
    sample = present(values)
    quantiles = {f"p{percent}": quantile(sample, percent / 100) for percent in (50, 90, 95, 99)}
    return DurationKpis(mean=mean(sample), **quantiles, max=float(sample.max()) if sample.size else None)


def mean_and_p95(values: Floats) -> WaitKpis:
    """Mean and 95th percentile of the values present."""
    sample = present(values)
    return WaitKpis(mean=mean(sample), p95=quantile(sample, 0.95))


def ratio(part: float, whole: float) -> float | None:
    """Give part / whole, None when the whole is nothing."""
    return float(part) / float(whole) if whole > 0 else None

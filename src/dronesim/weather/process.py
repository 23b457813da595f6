"""Weather drawn from a stated stochastic process, hour by hour: wind, gusts, rain and temperature."""

from __future__ import annotations

import calendar
import datetime
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.streams import Streams
from dronesim.units import DAY, HOUR
from dronesim.weather.record import Floats

HOURS_DRAWN: Final = 72
"""A day may go on until the next midnight, and drain for another day."""
_NORMAL_P95: Final = 1.6448536269514722
_TERMS: Final = 60
_NODES: Final = 120
"""Of the series by which correlations of speeds follow from those of normal numbers; more change no digit."""
_HIGHEST: Final = 0.9999


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherProcess:
    """The laws of the weather of a place.

    The mean wind of an hour is a Weibull value whose rank follows a normal number that is correlated from hour to hour,
    so that speeds an hour apart have the correlation ``wind_correlation_1h``. Directions stray from ``from_deg`` as
    another such number times ``from_sd_deg``. A gust is the mean wind times a lognormal factor of at least 1. Hours
    are wet or dry in spells (a wet one follows a wet one with ``wet_after_wet``), so that a month has ``rain_mm``
    on average, in wet hours of an exponential amount. Temperature is the month's mean, a swing over the day, and a
    normal deviation of the whole day. ``rain_mm`` and ``temperature_c`` have 12 values, January first.
    """

    wind_shape: float
    wind_scale_mps: float
    wind_correlation_1h: float
    from_deg: float
    from_sd_deg: float
    from_correlation_1h: float
    gust_factor_median: float
    gust_factor_p95: float
    rain_mm: tuple[float, ...]
    wet_hour_mm: float
    wet_after_wet: float
    temperature_c: tuple[float, ...]
    temperature_swing_c: float
    warmest_hour: float
    temperature_sd_c: float


def draw_hours(process: WeatherProcess, date: datetime.date, streams: Streams) -> Mapping[str, Floats]:
    """Draw the columns of weather for a day and what follows after its midnight, ``(HOURS_DRAWN,)`` each.

    Of gusts it is the factor on the mean wind, whichever that is.

    Every column has a stream of its own, so leaving one out shifts no other, and none shifts what else is drawn.
    """
    from scipy.special import log_ndtr

    ranks = _chain(
        streams.generator("weather wind"), _normal_correlation(process.wind_shape, process.wind_correlation_1h)
    )
    # ranks of the upper tail keep their digits as logarithms
    wind_mps = process.wind_scale_mps * (-log_ndtr(-ranks)) ** (1 / process.wind_shape)
    strays = _chain(streams.generator("weather direction"), process.from_correlation_1h)
    return {
        "wind_mps": wind_mps,
        "wind_from_deg": (process.from_deg + process.from_sd_deg * strays) % 360.0,
        "gust_factor": _gust_factors(process, streams.generator("weather gusts")),
        "rain_mmh": _rain(process, date, streams.generator("weather rain")),
        "temperature_c": _temperature(process, date, streams.generator("weather temperature")),
    }


def _chain(rng: np.random.Generator, correlation: float) -> Floats:
    """Draw standard normal numbers, hour by hour, each correlated with the one before it."""
    steps = rng.standard_normal(HOURS_DRAWN)
    steps[1:] *= math.sqrt(1 - correlation**2)
    for hour in range(1, HOURS_DRAWN):
        steps[hour] += correlation * steps[hour - 1]
    return steps


def _gust_factors(process: WeatherProcess, rng: np.random.Generator) -> Floats:
    sigma = math.log(process.gust_factor_p95 / process.gust_factor_median) / _NORMAL_P95
    factors = process.gust_factor_median * np.exp(sigma * rng.standard_normal(HOURS_DRAWN))
    return np.maximum(factors, 1.0)


def wet_share(process: WeatherProcess, date: datetime.date) -> float:
    """Share of wet hours in the month of a date: as many as bring its rain."""
    hours = calendar.monthrange(date.year, date.month)[1] * DAY / HOUR
    return process.rain_mm[date.month - 1] / (process.wet_hour_mm * hours)


def _rain(process: WeatherProcess, date: datetime.date, rng: np.random.Generator) -> Floats:
    """Draw wet and dry spells and what falls in wet hours; the first hour is wet as often as any."""
    share = wet_share(process, date)
    after_dry = (1 - process.wet_after_wet) * share / (1 - share)
    chances, amounts = rng.random(HOURS_DRAWN), rng.standard_exponential(HOURS_DRAWN) * process.wet_hour_mm
    is_wet = np.empty(HOURS_DRAWN, dtype=np.bool_)
    is_wet[0] = chances[0] < share
    for hour in range(1, HOURS_DRAWN):
        is_wet[hour] = chances[hour] < (process.wet_after_wet if is_wet[hour - 1] else after_dry)
    return np.where(is_wet, amounts, 0.0)


def _temperature(process: WeatherProcess, date: datetime.date, rng: np.random.Generator) -> Floats:
    """Give the month's mean with the swing of the day, and the same deviation all day."""
    turns = (np.arange(HOURS_DRAWN) - process.warmest_hour) * HOUR / DAY
    swing_c = process.temperature_swing_c * np.cos(2 * np.pi * turns)
    mean_c = process.temperature_c[date.month - 1] + process.temperature_sd_c * rng.standard_normal()
    return np.asarray(mean_c + swing_c)


@functools.lru_cache(maxsize=64)
def _normal_correlation(shape: float, wanted: float) -> float:
    """Find how normal numbers must be correlated so that the Weibull speeds of their ranks are as ``wanted``.

    Mehler: the covariance of f(X) and f(Y) is the sum of a_n² ρ^n, where a_n are the coefficients of f in normalised
    Hermite polynomials.
    """
    if wanted <= 0:
        return 0.0
    from scipy.optimize import brentq
    from scipy.special import log_ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    speeds = (-log_ndtr(-nodes)) ** (1 / shape)
    before, here = np.zeros(_NODES), np.ones(_NODES)
    powers = []
    for term in range(1, _TERMS):
        before, here = here, (nodes * here - math.sqrt(term - 1) * before) / math.sqrt(term)
        powers.append(float((weights * speeds * here).sum() / math.sqrt(2 * math.pi)) ** 2)
    shares, orders = np.array(powers) / sum(powers), np.arange(1, _TERMS)

    def over(correlation: float) -> float:
        return float((shares * correlation**orders).sum()) - wanted

    return float(brentq(over, 0.0, _HIGHEST))

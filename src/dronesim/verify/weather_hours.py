"""Draws the hours of stochastic weather again: wind, gusts, rain and temperature, each from a stream of its own."""

from __future__ import annotations

import calendar
import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.drawn_again import NORMAL_P95, generator
from dronesim.verify.facts import WeatherRow
from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run
from dronesim.verify.report import at
from dronesim.verify.weather_files import HOUR_S

_HOURS: Final = 72
_NEAR: Final = 1e-4
"""The correlation of normal numbers is found by other quadrature than the model's."""


def hours_otherwise(
    run: Run,
    by_hour: list[tuple[float, WeatherRow]],
    process: Mapping[str, Any],
    date: datetime.date,
    *,
    correlate: Callable[[float, float], float],
) -> Iterator[str]:
    """Find hours whose weather is not what is drawn for them; ``correlate`` tells how the ranks of winds follow."""
    draws = process["draws"]
    wind_mps = _winds(run, process, correlate)
    gusts = _gust_factors(run, process)
    rain_mmh, temperature_c = _rain(run, process, date), _temperatures(run, process, date)
    for hour, row in by_hour:
        number = min(int(hour), _HOURS - 1)
        for quantity, name, told, meant in (
            ("wind", "wind_mps", row.wind_mps, float(wind_mps[number])),
            ("gust", "gust_mps", row.gust_mps, row.wind_mps * float(gusts[number])),
            ("rain", "rain_mmh", row.rain_mmh, float(rain_mmh[number])),
            ("temperature", "temperature_c", row.temperature_c, float(temperature_c[number])),
        ):
            if quantity in draws and told is not None and not abs(told - meant) <= _NEAR * max(abs(meant), 1.0):
                yield f"weather {at(hour * HOUR_S)}: {name} is {told:g}, {meant:g} is drawn"


def directions_otherwise(run: Run, process: Mapping[str, Any], step_deg: float) -> Iterator[str]:
    """Find winds from elsewhere than is drawn for the hour in which they begin, but for the class they are put in."""
    strays = _chain(run, "weather direction", float(process["from_correlation_1h"]))
    from_deg = float(process["from_deg"]) + float(process["from_sd_deg"]) * strays
    for wind in run.facts.winds:
        meant_deg = float(from_deg[min(int(wind.from_s // HOUR_S), _HOURS - 1)])
        for east_mps, north_mps in wind.levels.values():
            told_deg = math.degrees(math.atan2(-east_mps, -north_mps))
            off_deg = abs((told_deg - meant_deg + 180.0) % 360.0 - 180.0)
            if math.hypot(east_mps, north_mps) > 0 and off_deg > step_deg / 2 + _NEAR:
                yield f"the wind {at(wind.from_s)} is {off_deg:.1f} degrees from where it is drawn to come from"


def _winds(run: Run, process: Mapping[str, Any], correlate: Callable[[float, float], float]) -> Floats:
    """Draw mean winds: Weibull values of the ranks of normal numbers, each correlated with the one before."""
    from scipy.special import log_ndtr

    shape = float(process["wind_shape"])
    normal = _chain(run, "weather wind", correlate(shape, float(process["wind_correlation_1h"])))
    return np.asarray(float(process["wind_scale_mps"]) * (-log_ndtr(-normal)) ** (1 / shape))


def _chain(run: Run, stream: str, phi: float) -> Floats:
    """Draw normal numbers, hour by hour, each correlated with the one before."""
    normal = list[float]()
    for number, step in enumerate(generator(run, stream).standard_normal(_HOURS).tolist()):
        normal.append(phi * normal[-1] + math.sqrt(1 - phi**2) * step if number else step)
    return np.array(normal)


def _gust_factors(run: Run, process: Mapping[str, Any]) -> Floats:
    median = float(process["gust_factor_median"])
    sigma = math.log(float(process["gust_factor_p95"]) / median) / NORMAL_P95
    return np.maximum(median * np.exp(sigma * generator(run, "weather gusts").standard_normal(_HOURS)), 1.0)


def _rain(run: Run, process: Mapping[str, Any], date: datetime.date) -> Floats:
    """Draw wet and dry hours, by what the hour before was, and how much falls in the wet ones."""
    wet_mm, stays = float(process["wet_hour_mm"]), float(process["wet_after_wet_share"])
    share = float(process["rain_mm"][date.month - 1]) / (wet_mm * 24 * calendar.monthrange(date.year, date.month)[1])
    begins, rng = (1 - stays) * share / (1 - share), generator(run, "weather rain")
    chances, fell_mm = rng.random(_HOURS).tolist(), wet_mm * rng.standard_exponential(_HOURS)
    is_wet = list[bool]()
    for number, chance in enumerate(chances):
        is_wet.append(chance < ((stays if is_wet[-1] else begins) if number else share))
    return np.where(is_wet, fell_mm, 0.0)


def _temperatures(run: Run, process: Mapping[str, Any], date: datetime.date) -> Floats:
    """Give the month's mean, what the day is off it, and the swing over the day."""
    off_c = float(process["temperature_sd_c"]) * float(generator(run, "weather temperature").standard_normal())
    phase = 2 * np.pi * (np.arange(_HOURS) - float(process["warmest_hour"])) / 24
    mean_c = float(process["temperature_c"][date.month - 1])
    return np.asarray(mean_c + off_c + float(process["temperature_swing_c"]) * np.cos(phase))

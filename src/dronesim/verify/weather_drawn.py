"""Checks that weather that is drawn comes of the stated process and the seed, and the forecast of the stated errors.

Beside what is drawn again, laws are asked: a bound is passed by an honest day once in some thousand million.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from dronesim.verify.drawn_again import NORMAL_P95
from dronesim.verify.facts import Weather, WeatherRow
from dronesim.verify.intervals import Floats
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.stated import MINUTE_S, has_scenario, seconds, stated, value_at
from dronesim.verify.weather_files import HOUR_S
from dronesim.verify.weather_hours import directions_otherwise, hours_otherwise

_NAME: Final = "weather as it is drawn"
_NEAR: Final = 1e-6
_FAR: Final = 7.0
"""Standard deviations that a normal number is never from its mean: once in 4e11."""
_SELDOM: Final = 1e-10
_NODES: Final = 64
_QUANTITIES: Final = {
    "wind": "wind_mps",
    "gust": "gust_mps",
    "rain": "rain_mmh",
    "temperature": "temperature_c",
    "visibility": "visibility_m",
}


def weather_drawn(run: Run) -> Check:
    """Each quantity that is drawn is there and within its law, hour after hour; the forecast is within its errors."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    told, scenario = run.facts.weather, stated(run)
    process = value_at(scenario, "weather.process")
    if told is None:
        if process is None:
            return skipped(_NAME, "nothing of the weather is drawn")
        return settle(_NAME, 0, [listed(["the scenario draws weather, and facts tell nothing but winds"])])
    texts: list[str] = []
    if process is not None and value_at(scenario, "weather.file") is None:
        texts += [*_present(told, process["draws"]), *_laws(run, told, scenario)]
    texts += _forecast(told, scenario["weather"])
    if process is None and not told.forecast_rows and not texts:
        return skipped(_NAME, "nothing of the weather is drawn")
    return settle(_NAME, len(told.rows) + len(told.forecast_rows), [listed(texts)])


def _present(told: Weather, draws: Sequence[str]) -> Iterator[str]:
    """Find quantities that are told though nobody draws them, or not told, and rows that begin within an hour."""
    for quantity, name in _QUANTITIES.items():
        values = [getattr(row, name) for row in told.rows]
        is_due = quantity in draws and quantity != "visibility"
        for row, value in zip(told.rows, values, strict=True):
            if (value is not None) != is_due:
                yield f"weather {at(row.from_s)}: {name} is {value}, and the process draws {', '.join(draws)}"
    for row in told.rows[1:]:
        if row.from_s % HOUR_S > _NEAR:
            yield f"weather begins {at(row.from_s)}, and the process draws by the hour"


def _gusts(told: Weather, process: Mapping[str, Any]) -> Iterator[str]:
    """Find gusts below the wind, or as many times the wind as none is."""
    median, p95 = float(process["gust_factor_median"]), float(process["gust_factor_p95"])
    most = max(median * math.exp(_FAR * math.log(p95 / median) / NORMAL_P95), 1.0)
    for row in told.rows:
        gust_mps = row.gust_mps
        if gust_mps is not None and not row.wind_mps * (1 - _NEAR) <= gust_mps <= row.wind_mps * most * (1 + _NEAR):
            yield f"weather {at(row.from_s)}: a gust of {gust_mps:g} m/s in a wind of {row.wind_mps:g} m/s"


def _laws(run: Run, told: Weather, scenario: Mapping[str, Any]) -> Iterator[str]:
    process, date = scenario["weather"]["process"], datetime.date.fromisoformat(str(scenario["horizon"]["date"]))
    draws, by_hour = process["draws"], _by_hour(scenario["horizon"], told)
    if "gust" in draws:
        yield from _gusts(told, process)
    if "wind" in draws:
        yield from _winds(by_hour, process)
        yield from _directions(run, process, float(scenario["weather"].get("direction_step_deg", 0.0)))
    if "rain" in draws:
        yield from _rain(by_hour, process, date)
    if "temperature" in draws:
        yield from _warmth(by_hour, process, date)
    yield from hours_otherwise(run, by_hour, process, date, correlate=_normal_correlation)
    if "wind" in draws:
        yield from directions_otherwise(run, process, float(scenario["weather"].get("direction_step_deg", 0.0)))


def _by_hour(horizon: Mapping[str, Any], told: Weather) -> list[tuple[float, WeatherRow]]:
    """Give the rows by the hours that the day needs weather for: one that is as the one before is told once."""
    opens_s = seconds(horizon["start"])
    ends_s = max(seconds(horizon["end"]) + MINUTE_S * float(horizon["drain_max_min"]), opens_s + 1.0)
    hours = np.arange(math.floor(opens_s / HOUR_S), math.ceil(ends_s / HOUR_S))
    begins_s = [row.from_s - _NEAR for row in told.rows]
    row_of = np.searchsorted(begins_s, hours * HOUR_S, side="right") - 1
    return [(float(hour), told.rows[max(row, 0)]) for hour, row in zip(hours, row_of.tolist(), strict=True)]


def _winds(by_hour: list[tuple[float, WeatherRow]], process: Mapping[str, Any]) -> Iterator[str]:
    """Hold the winds against normal numbers that are correlated from hour to hour, whose ranks they have."""
    from scipy.special import ndtri

    shape, scale_mps = float(process["wind_shape"]), float(process["wind_scale_mps"])
    steps = np.array([(max(row.wind_mps, 0.0) / scale_mps) ** shape for _, row in by_hour])
    # the upper tail keeps its digits as what is left of one
    normal = -ndtri(np.exp(-steps))
    phi = _normal_correlation(shape, float(process["wind_correlation_1h"]))
    yield from _chain(normal, phi, by_hour, "the wind")


def _chain(normal: Floats, phi: float, by_hour: list[tuple[float, WeatherRow]], what: str) -> Iterator[str]:
    """Find hours that are too far from the one before, and days whose hours are too far or too near in all."""
    fresh = np.concatenate([normal[:1], (normal[1:] - phi * normal[:-1]) / math.sqrt(1 - phi**2)])
    for (hour, _), step in zip(by_hour, fresh.tolist(), strict=True):
        if not abs(step) <= _FAR:
            yield f"{what} {at(hour * HOUR_S)} is {step:.1f} standard deviations from what is to be expected"
    if len(fresh) and not _is_likely(float((fresh**2).sum()) / 2, len(fresh) / 2):
        yield f"{what}: the hours of the day are not as far from each other as the process has them"


def _is_likely(value: float, shape: float) -> bool:
    """Tell whether a gamma number of a shape is ever as small or as large as this."""
    from scipy.special import gammainc, gammaincc

    return bool(min(gammainc(shape, value), gammaincc(shape, value)) >= _SELDOM)


@lru_cache(maxsize=64)
def _normal_correlation(shape: float, wanted: float) -> float:
    """Find how normal numbers correlate whose Weibull values do so as is stated, by halving; all by quadrature."""
    from scipy.special import log_ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()

    def value(normal: Floats) -> Floats:
        return np.asarray((-log_ndtr(-normal)) ** (1 / shape))

    mean, square = float(weights @ value(nodes)), float(weights @ value(nodes) ** 2)

    def correlation(phi: float) -> float:
        after = phi * nodes[:, None] + math.sqrt(1 - phi**2) * nodes[None, :]
        together = float((weights * value(nodes)) @ (value(after) @ weights))
        return (together - mean**2) / (square - mean**2)

    low, high = 0.0, 0.9999
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if correlation(middle) < wanted else (low, middle)
    return (low + high) / 2 if wanted > 0 else 0.0


def _directions(run: Run, process: Mapping[str, Any], step_deg: float) -> Iterator[str]:
    """Find winds from where none comes, where the law leaves anything out: it may turn all around."""
    from_deg, sd_deg = float(process["from_deg"]), float(process["from_sd_deg"])
    for wind in run.facts.winds:
        for east_mps, north_mps in wind.levels.values():
            off_deg = (math.degrees(math.atan2(-east_mps, -north_mps)) - from_deg + 180.0) % 360.0 - 180.0
            if math.hypot(east_mps, north_mps) > 0 and abs(off_deg) > _FAR * sd_deg + step_deg / 2 + _NEAR:
                yield f"the wind {at(wind.from_s)} is {off_deg:.1f} degrees from where it comes from"


def _rain(by_hour: list[tuple[float, WeatherRow]], process: Mapping[str, Any], date: datetime.date) -> Iterator[str]:
    """Find rain of a dry month, spells that can't be, and more or less rain than falls in so many wet hours."""
    wet_mm, stays = float(process["wet_hour_mm"]), float(process["wet_after_wet_share"])
    month_mm = float(process["rain_mm"][date.month - 1])
    fell_mm = np.array([row.rain_mmh or 0.0 for _, row in by_hour])
    is_wet = fell_mm > 0
    for hour, mm in zip((hour for hour, _ in by_hour), fell_mm.tolist(), strict=True):
        if mm < 0 or (mm > 0 and not month_mm):
            yield f"rain {at(hour * HOUR_S)}: {mm:g} mm/h in a month that has {month_mm:g} mm"
    if (stays == 1.0 and (is_wet[:-1] & ~is_wet[1:]).any()) or (stays == 0.0 and (is_wet[:-1] & is_wet[1:]).any()):
        yield f"rain: wet and dry hours follow on each other as they can't where {stays:g} of wet ones precede one"
    hours = int(is_wet.sum())
    if hours and not _is_likely(float(fell_mm.sum()) / wet_mm, hours):
        yield f"rain: {fell_mm.sum():g} mm in {hours} wet hours that bring {wet_mm:g} mm each"
    yield from _too_wet(is_wet, month_mm / wet_mm, stays, date)


def _too_wet(is_wet: Any, hours_a_month: float, stays: float, date: datetime.date) -> Iterator[str]:
    """Find days of which so many hours, or so few, are hardly ever wet; from the law of their number."""
    days = (
        date.replace(year=date.year + date.month // 12, month=date.month % 12 + 1, day=1) - date.replace(day=1)
    ).days
    share = hours_a_month / (24 * days)
    comes = (1 - stays) * share / (1 - share)
    # the chance of each number of wet hours so far, by whether the last one was wet
    chances = np.zeros((2, len(is_wet) + 1))
    chances[0, 0], chances[1, 1] = 1 - share, share
    for _ in range(len(is_wet) - 1):
        dry, wet = chances
        chances = np.array(
            [dry * (1 - comes) + wet * (1 - stays), np.concatenate([[0.0], (dry * comes + wet * stays)[:-1]])]
        )
    by_number, number = chances.sum(axis=0), int(is_wet.sum())
    if min(by_number[number:].sum(), by_number[: number + 1].sum()) < _SELDOM:
        yield f"rain: {number} of {len(is_wet)} hours are wet, where {share:.3f} of all are"


def _warmth(by_hour: list[tuple[float, WeatherRow]], process: Mapping[str, Any], date: datetime.date) -> Iterator[str]:
    """Find hours that are warmer or colder than the swing of the day makes them, and days out of their month."""
    swing_c, warmest = float(process["temperature_swing_c"]), float(process["warmest_hour"])
    mean_c, sd_c = float(process["temperature_c"][date.month - 1]), float(process["temperature_sd_c"])
    beside = [
        (hour, row.temperature_c - swing_c * math.cos(2 * math.pi * (hour - warmest) / 24) - mean_c)
        for hour, row in by_hour
        if row.temperature_c is not None
    ]
    for hour, off_c in beside:
        if abs(off_c - beside[0][1]) > 1e-5:
            yield f"temperature {at(hour * HOUR_S)}: {off_c:.3f} °C off the day, {beside[0][1]:.3f} before"
        if abs(off_c) > _FAR * sd_c + 1e-5:
            yield f"temperature {at(hour * HOUR_S)}: {off_c:.3f} °C off its month, whose days differ by {sd_c:g}"


# the forecast


def _forecast(told: Weather, table: Mapping[str, Any]) -> Iterator[str]:
    """Hold the rows of a forecast against those of the day: of the same times, with errors by their law."""
    if table["forecast"] == "persistence":
        if told.forecast_rows:
            yield f"facts have {len(told.forecast_rows)} forecast rows, and the forecast is that all stays as it is"
        return
    if [row.from_s for row in told.forecast_rows] != [row.from_s for row in told.rows]:
        yield "the forecast's rows don't begin when those of the weather do"
        return
    errors = [error for pair in zip(told.rows, told.forecast_rows, strict=True) for error in _errors(*pair, table)]
    known = np.array([size for _, size in errors if size is not None], np.float64)
    yield from (words for words, size in errors if size is None or not abs(size) <= _FAR)
    if len(known) and not _is_likely(float((known**2).sum()) / 2, len(known) / 2):
        yield "the forecast errs by more or less than is stated"


def _errors(row: WeatherRow, other: WeatherRow, table: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Give each error of a forecast row in standard deviations; None for one that can't be."""
    spread, spread_c = float(table["forecast_error"]), float(table["forecast_error_c"])
    factors = {name: _log_ratio(getattr(row, name), getattr(other, name)) for name in _QUANTITIES.values()}
    factors.pop("temperature_c")
    words = f"forecast {at(row.from_s)}"
    for name, factor in factors.items():
        if factor is None or (not spread and abs(factor) > _NEAR):
            yield f"{words}: {name} is {getattr(other, name)}, and comes as {getattr(row, name)}", None
    wind, gust = factors["wind_mps"], factors["gust_mps"]
    if row.wind_mps and row.gust_mps and wind is not None and gust is not None and abs(wind - gust) > _NEAR:
        yield f"{words}: wind and gust err otherwise", None
    if spread:
        for name in ("wind_mps", "rain_mmh", "visibility_m"):
            if getattr(row, name) and (factor := factors[name]) is not None:
                yield (
                    f"{words}: {name} is {getattr(other, name):g}, and comes as {getattr(row, name):g}",
                    factor / spread,
                )
    if row.temperature_c is None or other.temperature_c is None:
        if row.temperature_c != other.temperature_c:
            yield f"{words}: temperature_c is {other.temperature_c}, and comes as {row.temperature_c}", None
        return
    off_c = other.temperature_c - row.temperature_c
    if spread_c or abs(off_c) > _NEAR:
        yield f"{words}: {off_c:.2f} °C warmer than it comes", off_c / spread_c if spread_c else None


def _log_ratio(value: float | None, other: float | None) -> float | None:
    """Give the logarithm of a forecast value over the true one, 0 where both are none or zero; None for neither."""
    if value is None or other is None or value <= 0 or other <= 0:
        return 0.0 if value == other else None
    return math.log(other / value)

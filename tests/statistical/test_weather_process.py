"""Weather that is drawn has the laws that are stated: 4 standard errors over many replications.

A day's hours depend on each other, so standard errors are those of the means of days, which are independent.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
import pytest

from dronesim.scenario.weather_tables import ProcessTable
from dronesim.streams import Streams
from dronesim.weather.process import HOURS_DRAWN, WeatherProcess, draw_hours, wet_share
from dronesim.weather.record import Floats
from dronesim.weather.source import WeatherSource, weather_of_day

DAYS: Final = 1500
JUNE: Final = datetime.date(2026, 6, 10)
WITHIN: Final = 4.0


def process(**changes: object) -> WeatherProcess:
    values = ProcessTable().model_dump()
    values.pop("draws")
    values["wet_after_wet"] = values.pop("wet_after_wet_share")
    return replace(WeatherProcess(**values), **changes)  # type: ignore[arg-type]


@cache
def drawn(law: WeatherProcess) -> dict[str, Floats]:
    """Draw many days, ``(DAYS, HOURS_DRAWN)`` by column."""
    days = [draw_hours(law, JUNE, Streams(seed=3, replication=number)) for number in range(DAYS)]
    return {name: np.array([day[name] for day in days]) for name in days[0]}


def check_mean(by_day: Floats, expected: float, *, least_precise: float) -> None:
    """Hold the mean of days against what it must be; what is too loose to prove anything fails too."""
    error = by_day.std(ddof=1) / math.sqrt(len(by_day))
    assert error < least_precise
    assert abs(by_day.mean() - expected) < WITHIN * error


def test_speeds_are_weibull() -> None:
    law = process()
    speeds = drawn(law)["wind_mps"]
    check_mean(speeds.mean(axis=1), law.wind_scale_mps * math.gamma(1 + 1 / law.wind_shape), least_precise=0.05)
    for level in (1.0, 3.0, 6.0):
        expected = 1 - math.exp(-((level / law.wind_scale_mps) ** law.wind_shape))
        check_mean((speeds < level).mean(axis=1), expected, least_precise=0.01)


@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.85, 0.97])
@pytest.mark.parametrize("shape", [1.54, 3.0])
def test_speeds_an_hour_apart_correlate_as_stated(wanted: float, shape: float) -> None:
    law = process(wind_correlation_1h=wanted, wind_shape=shape)
    scaled = drawn(law)["wind_mps"] / law.wind_scale_mps
    mean = math.gamma(1 + 1 / shape)
    variance = math.gamma(1 + 2 / shape) - mean**2
    products = (scaled[:, 1:] - mean) * (scaled[:, :-1] - mean) / variance
    check_mean(products.mean(axis=1), wanted, least_precise=0.06)


def test_directions_stray_around_the_prevailing_one() -> None:
    law = process(from_deg=350.0, from_sd_deg=40.0)
    angle = np.radians(drawn(law)["wind_from_deg"] - law.from_deg)
    check_mean(np.cos(angle).mean(axis=1), math.exp(-(math.radians(40.0) ** 2) / 2), least_precise=0.02)
    check_mean(np.sin(angle).mean(axis=1), 0.0, least_precise=0.02)
    degrees = drawn(law)["wind_from_deg"]
    assert degrees.min() >= 0.0
    assert degrees.max() < 360.0


def test_gust_factors_have_the_stated_median_and_tail_and_are_never_below_one() -> None:
    factors = drawn(process())["gust_factor"]
    check_mean((factors < 1.45).mean(axis=1), 0.5, least_precise=0.01)
    check_mean((factors < 2.0).mean(axis=1), 0.95, least_precise=0.01)
    assert factors.min() >= 1.0


def test_a_month_has_its_rain_and_its_spells() -> None:
    law = process()
    rain = drawn(law)["rain_mmh"]
    is_wet = rain > 0
    share = wet_share(law, JUNE)
    assert share == pytest.approx(347 / (3 * 720))
    check_mean(is_wet.mean(axis=1), share, least_precise=0.01)
    check_mean(is_wet[:, 0].astype(np.float64), share, least_precise=0.02)
    check_mean(rain.sum(axis=1) / HOURS_DRAWN * 720, 347.0, least_precise=20.0)
    wet_pairs, dry_pairs = is_wet[:, 1:][is_wet[:, :-1]], is_wet[:, 1:][~is_wet[:, :-1]]
    after_dry = 0.3 * share / (1 - share)
    assert after_dry == pytest.approx(0.057, abs=5e-4)
    for found, expected in ((wet_pairs, 0.7), (dry_pairs, after_dry)):
        error = math.sqrt(expected * (1 - expected) / len(found))
        assert error < 0.01
        assert abs(found.mean() - expected) < WITHIN * error
    amounts = rain[is_wet]
    assert abs(amounts.mean() - 3.0) < WITHIN * 3.0 / math.sqrt(len(amounts))


def test_temperature_is_that_of_the_month_warmest_when_stated() -> None:
    law = process()
    degrees = drawn(law)["temperature_c"]
    check_mean(degrees.mean(axis=1), 27.9, least_precise=0.1)
    assert degrees.mean(axis=1).std(ddof=1) == pytest.approx(2.4, rel=WITHIN / math.sqrt(2 * DAYS))
    assert set(degrees.argmax(axis=1) % 24) == {14}
    assert (degrees.max(axis=1) - degrees.mean(axis=1)).tolist() == pytest.approx([2.4] * DAYS)


def test_a_wrong_law_is_found() -> None:
    """The tests must be able to fail."""
    law = process(wind_correlation_1h=0.85)
    ranks = process(wind_correlation_1h=0.6)
    mean, variance = math.gamma(1 + 1 / 1.54), math.gamma(1 + 2 / 1.54) - math.gamma(1 + 1 / 1.54) ** 2
    scaled = drawn(ranks)["wind_mps"] / law.wind_scale_mps
    products = (scaled[:, 1:] - mean) * (scaled[:, :-1] - mean) / variance
    with pytest.raises(AssertionError):
        check_mean(products.mean(axis=1), 0.85, least_precise=0.06)


# streams


def source(**changes: object) -> WeatherSource:
    return replace(
        WeatherSource(
            window_s=(36000.0, 79200.0), process=process(), draws=("wind", "gust", "rain", "temperature"), date=JUNE
        ),
        **changes,  # type: ignore[arg-type]
    )


def test_each_replication_has_weather_of_its_own_and_the_same_one_again() -> None:
    days = [weather_of_day(source(), 0, Streams(seed=1, replication=number)) for number in (0, 1, 0)]
    assert days[0] == days[2]
    assert days[0] != days[1]


@pytest.mark.parametrize("left_out", ["gust", "rain", "temperature"])
def test_what_is_left_out_shifts_nothing_else(left_out: str) -> None:
    names: dict[str, Callable[..., object]] = {
        "wind": lambda row: row.wind,
        "gust": lambda row: row.gust_mps,
        "rain": lambda row: row.rain_mmh,
        "temperature": lambda row: row.temperature_c,
    }
    every, fewer = source(), source(draws=tuple(name for name in names if name != left_out))
    at_s = [hour * 3600.0 for hour in range(10, 22)]
    one, other = (weather_of_day(kind, 0, Streams(seed=1)) for kind in (every, fewer))
    for name, value in names.items():
        rows = [[value([row for row in day if row.from_s <= t_s][-1]) for t_s in at_s] for day in (one, other)]
        if name == left_out:
            assert rows[1] == [None] * len(at_s)
        else:
            assert rows[0] == rows[1]

"""When flying stops and resumes, and what temperatures do: rules with answers that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dronesim.streams import Streams
from dronesim.weather import (
    CALM,
    Limits,
    WeatherRow,
    Wind,
    air_density,
    draw_forecast,
    no_go,
    pack_share,
    payload_limit_kg,
)
from skies import FAIR, RULES, rows

LIMITS = Limits(wind_mps=10.8, gust_mps=14.04, rain_mmh=2.5, visibility_m=1000.0, low_c=-20.0, high_c=50.0)
BARE = WeatherRow(from_s=0.0, wind=CALM)


def stops(*told: tuple[float, float]) -> list[tuple[float, float, str]]:
    """No-go times of rain, in minutes, with ten minutes below nine tenths of 2.5 mm/h to fly again."""
    day = tuple(replace(BARE, from_s=60.0 * minute, rain_mmh=rain) for minute, rain in told)
    found = no_go(day, LIMITS, lift=1.0, again_share=0.9, again_s=600.0)
    return [(stop.from_s / 60, stop.to_s / 60, stop.why) for stop in found]


def test_what_is_not_known_is_not_counted() -> None:
    assert LIMITS.broken(BARE, lift=1.0) is None
    assert no_go((), LIMITS, lift=1.0, again_share=0.9, again_s=600.0) == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"wind": Wind(speed_mps=7.0, from_deg=0.0)}, "wind"),
        ({"gust_mps": 9.0}, "gust"),
        ({"rain_mmh": 2.6}, "rain"),
        ({"visibility_m": 999.0}, "visibility"),
        ({"temperature_c": -20.1}, "cold"),
        ({"temperature_c": 50.1}, "heat"),
        ({"wind": Wind(speed_mps=6.8, from_deg=0.0), "gust_mps": 8.8, "rain_mmh": 2.5, "visibility_m": 1000.0}, None),
    ],
)
def test_each_limit_stops_flying_by_its_name(values: dict[str, object], why: str | None) -> None:
    """At 60 m it blows 1.565 times what it does at 10 m."""
    assert LIMITS.broken(replace(BARE, **values), lift=RULES.lift(60.0)) == why  # type: ignore[arg-type]


def test_flying_resumes_after_ten_minutes_below_nine_tenths() -> None:
    assert stops((0, 0.0), (60, 3.0), (90, 1.0)) == [(60, 100, "rain")]


def test_weather_between_the_two_thresholds_starts_the_ten_minutes_again() -> None:
    assert stops((0, 0.0), (60, 3.0), (90, 1.0), (95, 2.4), (120, 1.0)) == [(60, 130, "rain")]


def test_a_second_shower_within_the_ten_minutes_belongs_to_the_first() -> None:
    assert stops((0, 0.0), (60, 3.0), (90, 1.0), (100, 3.0), (120, 0.0)) == [(60, 130, "rain")]
    assert stops((0, 0.0), (60, 3.0), (90, 1.0), (101, 3.0), (120, 0.0)) == [(60, 100, "rain"), (101, 130, "rain")]


def test_the_first_row_holds_before_its_time_and_the_last_one_for_good() -> None:
    assert stops((600, 9.0)) == [(-np.inf, np.inf, "rain")]


def test_density_is_that_of_dry_air() -> None:
    assert air_density(35.0, pressure_pa=101_325.0) == pytest.approx(1.1456, abs=1e-3)
    assert air_density(40.0, pressure_pa=101_325.0) == pytest.approx(1.127, abs=1e-3)


@pytest.mark.parametrize(
    ("temperature_c", "share"), [(30, 1), (20, 1), (10, 0.95), (0, 0.9), (-10, 0.825), (-40, 0.75)]
)
def test_a_pack_gives_less_in_the_cold_along_straight_lines(temperature_c: float, share: float) -> None:
    assert pack_share(temperature_c, share_0c=0.9, share_minus_20c=0.75) == pytest.approx(share)


def test_thin_air_lifts_less_and_thick_air_no_more() -> None:
    limit = {"payload_kg": 2.5, "bare_kg": 7.0, "rated_density": 1.093}
    assert payload_limit_kg(density=1.2, **limit) == 2.5
    assert payload_limit_kg(density=1.093 * 8.5 / 9.5, **limit) == pytest.approx(1.5)
    assert payload_limit_kg(density=0.5, **limit) == 0.0


def test_persistence_forecasts_no_rows_and_a_series_those_that_come_with_an_error() -> None:
    day, streams = rows((10, {"rain_mmh": 2.0}), (20, {"temperature_c": None})), Streams(seed=3)
    assert draw_forecast(day, RULES, streams.generator) == ()
    exact = replace(RULES, forecast="series", forecast_error=0.0, forecast_error_c=0.0)
    assert draw_forecast(day, exact, streams.generator) == day
    missed = draw_forecast(day, replace(RULES, forecast="series"), streams.generator)
    assert missed[1].rain_mmh != 2.0
    assert missed[1].gust_mps != FAIR.gust_mps
    assert missed[2].temperature_c is None
    assert missed == draw_forecast(day, replace(RULES, forecast="series"), Streams(seed=3).generator)


def test_errors_of_a_forecast_have_their_stated_spread() -> None:
    """Four standard errors over 4,000 rows: 0.2 times 4/sqrt(8000)."""
    day = (replace(FAIR, rain_mmh=1.0),) * 4000
    drawn = draw_forecast(day, replace(RULES, forecast="series"), Streams(seed=1).generator)
    logs, terms = np.log([row.rain_mmh for row in drawn]), np.array([row.temperature_c for row in drawn]) - 25.0
    assert logs.std() == pytest.approx(0.2, abs=0.009)
    assert abs(logs.mean()) < 0.013
    assert terms.std() == pytest.approx(2.0, abs=0.09)

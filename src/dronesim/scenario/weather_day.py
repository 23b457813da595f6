"""A day's weather and what is done about it, from the scenario tables: planners' units become SI."""

from __future__ import annotations

from dronesim.scenario.air import WeatherTable, WindChange
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.model import Scenario
from dronesim.units import MINUTE
from dronesim.weather import ALL, WeatherDay, WeatherRow, WeatherRules, Wind, is_known


def weather_rules(scenario: Scenario) -> WeatherRules:
    """Settle what is done about the weather."""
    stated = scenario.weather
    return WeatherRules(
        go_rule=stated.go_rule,
        again_share=stated.again_share,
        again_s=stated.again_min * MINUTE,
        look_ahead_s=stated.look_ahead_min * MINUTE,
        forecast=stated.forecast,
        forecast_error=stated.forecast_error,
        forecast_error_c=stated.forecast_error_c,
        aloft=stated.aloft,
        acts_on_packs=stated.acts_on_packs,
        pack_share_0c=stated.pack_share_0c,
        pack_share_minus_20c=stated.pack_share_minus_20c,
        acts_on_air=stated.acts_on_air,
        pressure_pa=stated.pressure_pa,
        rated_density_kgm3=stated.rated_density_kgm3,
        anemometer_m=stated.anemometer_m,
        height_exponent=stated.height_exponent,
    )


def weather_day(scenario: Scenario) -> WeatherDay:
    """Give the weather of a day as it is stated, row by row; none where nothing but winds is, and they alone count."""
    weather = scenario.weather
    told_from_s: list[tuple[float, WeatherTable | WindChange]] = [(0.0, weather)]
    told_from_s += [(seconds_of_day(change.at), change) for change in weather.changes]
    rows = tuple(
        WeatherRow(
            from_s=from_s,
            wind=Wind(speed_mps=told.wind_mps, from_deg=told.wind_from_deg),
            gust_mps=told.gust_mps,
            rain_mmh=told.rain_mmh,
            temperature_c=told.temperature_c,
            visibility_m=told.visibility_m,
        )
        for from_s, told in told_from_s
    )
    return rows if is_known(rows) or weather.go_rule == ALL else ()

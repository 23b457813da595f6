"""How a network goes by the weather of a day, in SI units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dronesim.weather.series import WeatherDay, WeatherRow

PERSISTENCE, SERIES = "persistence", "series"
GO_ON, RETURN, LAND = "go_on", "return", "land"
WIND_ONLY, ALL = "wind", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherRules:
    """What is done about the weather.

    ``go_rule``: ``"wind"`` goes by the mean wind alone, level by level; ``"all"`` by every limit, with hysteresis and
    a look ahead; None: by all where the day tells more than the wind. Flying resumes when all is below
    ``again_share`` of the limits for ``again_s``. A sortie is booked only if it is home ``look_ahead_s`` before the
    ``forecast`` forbids flying. ``aloft``: what drones in the air do when flying stops. The temperature acts on packs
    and on the air where it ``acts_on_packs`` and ``acts_on_air``. Winds and gusts are told at ``anemometer_m``.
    """

    go_rule: str | None
    again_share: float
    again_s: float
    look_ahead_s: float
    forecast: str
    forecast_error: float
    forecast_error_c: float
    aloft: str
    acts_on_packs: bool
    pack_share_0c: float
    pack_share_minus_20c: float
    acts_on_air: bool
    pressure_pa: float
    rated_density_kgm3: float
    anemometer_m: float
    height_exponent: float

    def lift(self, height_m: float) -> float:
        """Tell how many times the wind at the anemometer blows at a height."""
        return float((height_m / self.anemometer_m) ** self.height_exponent)


def draw_forecast(day: WeatherDay, rules: WeatherRules, generator: Callable[[str], np.random.Generator]) -> WeatherDay:
    """Give what is forecast of a day: nothing for persistence, else its rows, each with an error of its own.

    Winds and gusts share an error; those of winds, rain and visibility are factors, that of the temperature a term.
    """
    if rules.forecast != SERIES:
        return ()
    errors = generator("weather forecast").standard_normal((len(day), 4)).tolist()
    return tuple(_missed(row, rules, error) for row, error in zip(day, errors, strict=True))


def _missed(row: WeatherRow, rules: WeatherRules, error: list[float]) -> WeatherRow:
    wind, rain, sight = np.exp(rules.forecast_error * np.array(error[:3])).tolist()

    def times(value: float | None, factor: float) -> float | None:
        return None if value is None else value * factor

    return replace(
        row,
        wind=replace(row.wind, speed_mps=row.wind.speed_mps * wind),
        gust_mps=times(row.gust_mps, wind),
        rain_mmh=times(row.rain_mmh, rain),
        visibility_m=times(row.visibility_m, sight),
        temperature_c=None if row.temperature_c is None else row.temperature_c + rules.forecast_error_c * error[3],
    )

"""The weather of one day, row by row: what stations and forecasts tell, by the hour or finer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dronesim.weather.wind import Wind


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherRow:
    """The weather from ``from_s`` on, until the next row begins; None for what is not known, and not counted.

    ``from_s`` in seconds since midnight of the day. ``wind`` is the mean wind at the height of the anemometer, where
    ``gust_mps`` is the gust; rain in mm/h, temperature in °C, visibility in m.
    """

    from_s: float
    wind: Wind
    gust_mps: float | None = None
    rain_mmh: float | None = None
    temperature_c: float | None = None
    visibility_m: float | None = None


WeatherDay: TypeAlias = tuple[WeatherRow, ...]
"""The rows of a day by ascending ``from_s``; the first one holds before its time too."""

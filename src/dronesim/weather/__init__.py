"""Weather: the wind, its growth with height, what a day brings hour by hour, and in which of it drones fly."""

from dronesim.weather.air import air_density, pack_share, payload_limit_kg
from dronesim.weather.limits import Limits, NoGo, is_known, no_go, spans
from dronesim.weather.rules import ALL, GO_ON, LAND, RETURN, WeatherRules, draw_forecast
from dronesim.weather.series import WeatherDay, WeatherRow
from dronesim.weather.wind import CALM, Wind, is_flyable, wind_at_height

__all__ = [
    "ALL",
    "CALM",
    "GO_ON",
    "LAND",
    "RETURN",
    "Limits",
    "NoGo",
    "WeatherDay",
    "WeatherRow",
    "WeatherRules",
    "Wind",
    "air_density",
    "draw_forecast",
    "is_flyable",
    "is_known",
    "no_go",
    "pack_share",
    "payload_limit_kg",
    "spans",
    "wind_at_height",
]

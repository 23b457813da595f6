"""Weather: the wind, its growth with height, and what a day brings hour by hour."""

from dronesim.weather.series import WeatherDay, WeatherRow
from dronesim.weather.wind import CALM, Wind, is_flyable, wind_at_height

__all__ = ["CALM", "WeatherDay", "WeatherRow", "Wind", "is_flyable", "wind_at_height"]

"""Days with weather for tests: rules of the weather, rows, and small days beneath them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dronesim.aircraft import Multirotor, drone_type
from dronesim.simulation import SimulationInputs
from dronesim.weather import CALM, WeatherDay, WeatherRow, WeatherRules
from lab import OPEN_S, lab_inputs

RULES = WeatherRules(
    go_rule=None,
    again_share=0.9,
    again_s=600.0,
    look_ahead_s=600.0,
    forecast="persistence",
    forecast_error=0.2,
    forecast_error_c=2.0,
    aloft="go_on",
    acts_on_packs=True,
    pack_share_0c=0.9,
    pack_share_minus_20c=0.75,
    acts_on_air=True,
    pressure_pa=101_325.0,
    rated_density_kgm3=1.093,
    anemometer_m=10.0,
    height_exponent=0.25,
)
FAIR = WeatherRow(from_s=0.0, wind=CALM, gust_mps=2.0, rain_mmh=0.0, temperature_c=25.0, visibility_m=20_000.0)


def rows(*told: tuple[float, dict[str, Any]]) -> WeatherDay:
    """Fair weather, and from minutes after opening on what is told to be other."""
    return (FAIR, *(replace(FAIR, from_s=OPEN_S + 60.0 * minute, **values) for minute, values in told))


def under(
    weather: WeatherDay,
    inputs: SimulationInputs | None = None,
    *,
    forecast: WeatherDay = (),
    kind: str = "hexa-2.5kg",
    **rules: Any,
) -> SimulationInputs:
    """Sixty orders in an hour, or a day of one's own, beneath a sky."""
    day = busy() if inputs is None else inputs
    return replace(
        day,
        aircraft=Multirotor(drone_type(kind)),
        rules=replace(day.rules, weather=replace(RULES, **rules)),
        weather=weather,
        forecast=forecast,
    )


def busy(**rules: Any) -> SimulationInputs:
    return lab_inputs(
        OPEN_S + np.arange(60) * 60.0,
        airports_xy=((1800.0, 0.0), (0.0, 1200.0)),
        orders={"airport": np.arange(60) % 2},
        rules={"takeoff_points": {"pads": (4,)}, "airports": {"pads": (2, 2)}, "fleet": {"drones": (8,)}, **rules},
    )

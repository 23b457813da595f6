"""What facts tell of the weather of a day."""

from __future__ import annotations

import math
from dataclasses import asdict, fields

from dronesim.record.trouble_facts import LimitFacts, StopFacts, WeatherFacts, WeatherRowFacts
from dronesim.simulation.inputs import SimulationInputs
from dronesim.weather import WeatherRow

_AS_RULES = (
    *("again_share", "again_s", "look_ahead_s", "forecast", "aloft", "acts_on_packs", "pack_share_0c"),
    *("pack_share_minus_20c", "acts_on_air", "pressure_pa", "rated_density_kgm3"),
)


def weather_facts(inputs: SimulationInputs) -> WeatherFacts | None:
    """Tell the weather with its rules; None where there is nothing but winds."""
    rules, sky = inputs.rules.weather, inputs.sky()
    if rules is None or not inputs.weather:
        return None
    return WeatherFacts(
        rows=tuple(map(_row, inputs.weather)),
        forecast_rows=tuple(map(_row, inputs.forecast)),
        limits=LimitFacts(**asdict(sky.limits)),
        lifts=tuple((level_m, rules.lift(level_m)) for level_m in inputs.rules.airspace.levels_m),
        counts_all=sky.counts_all,
        stops=tuple(StopFacts(from_s=_told(stop.from_s), to_s=_told(stop.to_s), why=stop.why) for stop in sky.no_go),
        **{name: getattr(rules, name) for name in _AS_RULES},
    )


def _told(time_s: float) -> float | None:
    return time_s if math.isfinite(time_s) else None


def _row(row: WeatherRow) -> WeatherRowFacts:
    values = {field.name: getattr(row, field.name) for field in fields(WeatherRowFacts) if field.name != "wind_mps"}
    return WeatherRowFacts(wind_mps=row.wind.speed_mps, **values)

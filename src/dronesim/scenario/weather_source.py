"""From what a planner wrote of the weather to where each day's weather comes from, and to winds at levels."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from dronesim.errors import Problem
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.files import MEGABYTE, read_text
from dronesim.scenario.model import Scenario
from dronesim.streams import Streams
from dronesim.units import MINUTE
from dronesim.weather import WeatherDay, Wind, wind_at_height
from dronesim.weather.findings import About
from dronesim.weather.formats import read_weather
from dronesim.weather.process import WeatherProcess
from dronesim.weather.record import WeatherRecord
from dronesim.weather.source import WeatherSource, days_in, in_class, weather_of_day

TOLD_WEATHER: Final = ("gust_mps", "rain_mmh", "temperature_c", "visibility_m")
"""Keys of what may be told of the weather beside its winds."""
STATED_WEATHER: Final = ("wind_mps", *TOLD_WEATHER, "changes")
"""Keys of weather that is stated, and not read or drawn."""
WEATHER_LIMIT_BYTES = 100 * MEGABYTE

Winds = tuple[tuple[float, tuple[Wind, ...]], ...]
"""From when, and the wind at each cruise level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindLaw:
    """How a measured wind becomes that at cruise levels: put in a class, then carried up by the power law."""

    levels_m: tuple[float, ...]
    anemometer_m: float
    exponent: float
    speed_step_mps: float
    direction_step_deg: float

    def at_levels(self, wind: Wind) -> tuple[Wind, ...]:
        """Give the wind at each level."""
        known = in_class(wind, speed_step_mps=self.speed_step_mps, direction_step_deg=self.direction_step_deg)
        return tuple(
            wind_at_height(known, level_m, reference_m=self.anemometer_m, exponent=self.exponent)
            for level_m in self.levels_m
        )

    def of_day(self, day: WeatherDay) -> Winds:
        """Give the winds of a day's weather; what is one wind to drones stands there once."""
        rows = [(row.from_s, self.at_levels(row.wind)) for row in day]
        return tuple(next(alike) for _, alike in groupby(rows, key=lambda row: row[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherPlan:
    """The weather of a scenario's replications: stated winds for all of them, or a source of days."""

    law: WindLaw
    stated: Winds
    source: WeatherSource | None = None

    def day(self, streams: Streams) -> WeatherDay:
        """Give the weather of a replication; nothing where only winds are stated."""
        source = self.source
        return () if source is None else weather_of_day(source, source.day_of(streams.replication), streams)

    def winds(self, day: WeatherDay) -> Winds:
        """Give the winds of a replication that has this weather."""
        return self.law.of_day(day) if self.source is not None else self.stated


def read_record(path: str, *, form: str | None, zone: str | None, date: str | None) -> WeatherRecord:
    """Read a file of weather.

    Raises
    ------
    InputError
        With the first problems by line, and the count of the others.
    """
    place = Path(path)
    text = read_text(place, label=path, limit_bytes=WEATHER_LIMIT_BYTES)
    near = None if date is None else datetime.date.fromisoformat(date)
    about = About(label=path, zone=zone, near=near)
    return read_weather(text, about, suffix=place.suffix.lower(), form=form)


def weather_plan(scenario: Scenario, record: WeatherRecord | None) -> WeatherPlan:
    """Settle where the weather of days comes from."""
    weather = scenario.weather
    law = WindLaw(
        levels_m=scenario.airspace.levels_m,
        anemometer_m=weather.anemometer_m,
        exponent=weather.height_exponent,
        speed_step_mps=weather.speed_step_mps,
        direction_step_deg=weather.direction_step_deg,
    )
    first = (0.0, weather.wind_mps, weather.wind_from_deg)
    changes = [(seconds_of_day(change.at), change.wind_mps, change.wind_from_deg) for change in weather.changes]
    stated = tuple(
        (from_s, law.at_levels(Wind(speed_mps=speed_mps, from_deg=from_deg)))
        for from_s, speed_mps, from_deg in [first, *changes]
    )
    is_stated = record is None and weather.process is None
    source = None if is_stated else _source_of(scenario, record)
    return WeatherPlan(law=law, stated=stated, source=source)


def _source_of(scenario: Scenario, record: WeatherRecord | None) -> WeatherSource:
    horizon, table = scenario.horizon, scenario.weather.process
    date = None if horizon.date is None else datetime.date.fromisoformat(horizon.date)
    day = scenario.weather.day
    if day is None and record is not None and date is not None:
        day = record.day_of(date)
    opens_s, closes_s = seconds_of_day(horizon.start), seconds_of_day(horizon.end)
    return WeatherSource(
        window_s=(opens_s, closes_s + horizon.drain_max_min * MINUTE),
        record=record,
        process=None if table is None else _process(scenario),
        draws=() if table is None else table.draws,
        date=date,
        zone=horizon.zone,
        day=day,
    )


def _process(scenario: Scenario) -> WeatherProcess:
    table = scenario.weather.process
    values = {} if table is None else table.model_dump()
    values.pop("draws")
    values["wet_after_wet"] = values.pop("wet_after_wet_share")
    return WeatherProcess(**values)


def check_weather(scenario: Scenario, record: WeatherRecord | None) -> list[Problem]:
    """Find weather that is stated twice, days that a file does not have, and laws that lack a date."""
    return [
        scenario.origins.problem(path, rule, value=value) for path, rule, value in _weather_problems(scenario, record)
    ]


def _weather_problems(
    scenario: Scenario, record: WeatherRecord | None
) -> Iterator[tuple[tuple[str, ...], str, object]]:
    weather, date = scenario.weather, scenario.horizon.date
    from_where = "weather.file" if weather.file is not None else "[weather.process]"
    if weather.file is None and weather.process is None:
        for key in ("day", "format"):
            if getattr(weather, key) is not None:
                yield ("weather", key), "is of a weather file, and there is none (weather.file)", getattr(weather, key)
        return
    for key in STATED_WEATHER:
        if getattr(weather, key) not in (None, ()) and (key != "wind_mps" or weather.wind_mps):
            rule = f"states the weather, which comes from {from_where}; leave one of them out"
            yield ("weather", key), rule, None if key == "changes" else getattr(weather, key)
    draws = () if weather.process is None else weather.process.draws
    if "wind" not in draws and (record is None or not record.has("wind")):
        rule = "tells no wind; let [weather.process] draw it (draws)"
        yield ("weather", "file" if record is not None else "process"), rule, None
    if draws and date is None and (record is None or record.kind == "day"):
        rule = "is needed for [weather.process], whose rain and temperature go by the month"
        yield ("horizon", "date"), rule, None
    elif record is not None and scenario.weather.day is None and not days_in(_source_of(scenario, record)):
        rule = "has no day on which the wind is known all through the opening hours and the drain"
        yield ("weather", "file"), rule, None
    if record is not None:
        yield from _day_problems(scenario, record)


def _day_problems(scenario: Scenario, record: WeatherRecord) -> Iterator[tuple[tuple[str, ...], str, object]]:
    day, date = scenario.weather.day, scenario.horizon.date
    if day is not None and day >= record.days:
        yield ("weather", "day"), f"must be below the number of days of the file, {record.days}", day
    if day is not None and date is not None and record.kind != "day":
        yield (
            ("weather", "day"),
            "can't stand beside horizon.date, which chooses the day of the file; leave one out",
            day,
        )
    elif date is not None and record.day_of(datetime.date.fromisoformat(date)) is None:
        ends = record.date_of(record.days - 1)
        form = "%d %B" if record.kind == "year" else "%Y-%m-%d"
        span = f"{record.first.strftime(form)} to {ends.strftime(form)}"
        why = "; a typical year has no 29 February" if record.kind == "year" and date.endswith("02-29") else ""
        yield ("horizon", "date"), f"is not a day of the weather file, which has {span}{why}", date

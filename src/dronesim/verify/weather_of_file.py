"""Checks that the weather of the facts is that which the run's own weather file has for its day."""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from dronesim.record.plain import read_plain
from dronesim.verify.facts import Weather
from dronesim.verify.files import is_inside
from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.local_times import day_zero
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.stated import MINUTE_S, has_scenario, seconds, stated, value_at
from dronesim.verify.stated_weather import BESIDE_THE_WIND, is_near, vector_at
from dronesim.verify.weather_files import (
    COLUMNS,
    DAY_S,
    HOUR_S,
    FileWeather,
    form_of,
    read_epw,
    read_table,
)
from dronesim.verify.weather_reports import read_isd_csv, read_isd_lite, read_metars

_NAME: Final = "weather as its file has it"
_NEAR_S: Final = 1e-6
_LARGEST_BYTES: Final = 200_000_000
_A_LEAP_YEAR: Final = 2000
"""The year in which days of a typical leap year are told."""
_QUANTITY_OF: Final = {
    "gust_mps": "gust",
    "rain_mmh": "rain",
    "temperature_c": "temperature",
    "visibility_m": "visibility",
}


def weather_of_file(run: Run) -> Check:
    """Rows and winds of the facts are those of the file that the run has kept, on the day that it was run with."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    name = value_at(scenario, "weather.file")
    if name is None:
        return skipped(_NAME, "the scenario names no weather file")
    if not is_inside(str(name)) or not (run.folder / str(name)).is_file():
        return skipped(_NAME, f"the run has not kept its weather file, {name}")
    if run.facts.weather is None:
        return settle(_NAME, 0, [listed(["the scenario has a weather file, and facts tell nothing but winds"])])
    path = run.folder / str(name)
    text = read_plain(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig")
    horizon = scenario["horizon"]
    found = read_any(
        text,
        suffix=path.suffix.lower(),
        form=value_at(scenario, "weather.format"),
        zone=horizon.get("zone"),
        near=_date(horizon.get("date")),
    )
    day = _day(run, scenario, found)
    note = f"day {day.number} of {found.days}"
    note += ", reports with unknown groups were not held" if day.doubtful.any() else ""
    return settle(_NAME, len(day.at_s), [listed(_compared(run, run.facts.weather, day))], note=note)


def read_any(text: str, *, suffix: str, form: str | None, zone: str | None, near: datetime.date | None) -> FileWeather:
    """Read a weather file of any form, which is found out where it is not told."""
    known = form_of(text, suffix) if form is None else form
    try:
        return _read(known, text, zone, near)
    except csv.Error as error:
        raise ValueError(f"the file is no table: {error}") from error


def _read(known: str, text: str, zone: str | None, near: datetime.date | None) -> FileWeather:
    if known == "epw":
        return read_epw(text)
    if known == "metar":
        return read_metars(text, zone, near)
    return {"csv": read_table, "isd-lite": read_isd_lite, "isd-csv": read_isd_csv}[known](text, zone)


def _date(text: Any) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(str(text))


# the day of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """What a file tells of a day: at which times anything may change, and what holds then, NaN for what it lacks.

    ``drawn`` are the quantities that a process draws where the file has none; ``table`` that of the scenario.
    """

    number: int
    at_s: Floats
    columns: Mapping[str, Floats]
    doubtful: Mask
    drawn: tuple[str, ...]
    table: Mapping[str, Any]


def _day(run: Run, scenario: Mapping[str, Any], found: FileWeather) -> _Day:
    horizon, table = scenario["horizon"], scenario["weather"]
    opens_s = seconds(horizon["start"])
    ends_s = seconds(horizon["end"]) + MINUTE_S * float(horizon["drain_max_min"])
    drawn = tuple(value_at(scenario, "weather.process.draws") or ())
    number = _number(found, scenario, (opens_s, ends_s), replication=run.facts.replication, is_drawn="wind" in drawn)
    begins_s = _zero_s(found, scenario, number, opens_s)
    own_s = _around(found, found.at_s) - begins_s
    times_s = np.concatenate([np.arange(0.0, ends_s, HOUR_S), own_s, [opens_s]])
    at_s = np.unique(times_s[(times_s >= opens_s) & (times_s < max(ends_s, opens_s + 1.0))])
    return _Day(
        number=number,
        at_s=at_s,
        columns={name: _held(found, name, begins_s + at_s) for name in COLUMNS},
        doubtful=_is_doubtful(found, begins_s + at_s),
        drawn=drawn,
        table=table,
    )


def _number(
    found: FileWeather,
    scenario: Mapping[str, Any],
    window_s: tuple[float, float],
    *,
    replication: int,
    is_drawn: bool,
) -> int:
    """Tell which day of the file the run has, counted from 0."""
    day, date = value_at(scenario, "weather.day"), _date(value_at(scenario, "horizon.date"))
    if day is not None:
        return int(day)
    if found.kind == "day":
        return 0
    if date is not None:
        first = found.first
        return (date.replace(year=first.year) - first).days if found.kind == "year" else (date - first).days
    zeros_s = [_zero_s(found, scenario, each, window_s[0]) for each in range(found.days)]
    whole = list(range(found.days)) if is_drawn else _whole_days(found, zeros_s, window_s)
    return whole[replication % len(whole)]


def _whole_days(found: FileWeather, zeros_s: list[float], window_s: tuple[float, float]) -> list[int]:
    """List the days on which the wind is known all through a window."""
    known_s = np.sort(_around(found, found.at_s[~np.isnan(found.columns["wind_mps"])]))
    lapses_s = np.concatenate([[-np.inf], known_s + found.held_s])
    next_s = np.concatenate([known_s, [np.inf]])
    holes = [(lapse_s, again_s) for lapse_s, again_s in zip(lapses_s, next_s, strict=True) if again_s > lapse_s]
    return [
        day
        for day, zero_s in enumerate(zeros_s)
        if not any(lapse_s < zero_s + window_s[1] and again_s > zero_s + window_s[0] for lapse_s, again_s in holes)
    ]


def _around(found: FileWeather, at_s: Floats) -> Floats:
    """Give times of a typical year before and after it too, for it goes round."""
    year_s = found.days * DAY_S
    return np.concatenate([at_s - year_s, at_s, at_s + year_s]) if found.goes_round else at_s


def _zero_s(found: FileWeather, scenario: Mapping[str, Any], number: int, opens_s: float) -> float:
    """Tell when, by the times of the file, the seconds of a day count from."""
    zone, date = value_at(scenario, "horizon.zone"), _date(value_at(scenario, "horizon.date"))
    zero_s = found.zero_s(number, opens_s)
    if found.offset_s is None or zone is None:
        return zero_s
    if date is None:
        own = found.first + datetime.timedelta(days=number)
        date = own.replace(year=2024 if found.first.year == _A_LEAP_YEAR else 2025)
    midnight = datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.UTC)
    ahead = midnight - day_zero(date, opens_s, ZoneInfo(str(zone)))
    return zero_s - (ahead.total_seconds() - found.offset_s)


def _held(found: FileWeather, name: str, at_s: Floats) -> Floats:
    """Give what a column has at times: its last known value, NaN where that has lapsed."""
    values, is_known = found.columns[name], ~np.isnan(found.columns[name])
    known_s, known = _around(found, found.at_s[is_known]), values[is_known]
    known = np.tile(known, 3) if found.goes_round else known
    row = np.searchsorted(known_s, at_s, side="right") - 1
    if not len(known):
        return np.full(len(at_s), np.nan)
    # a wind without a direction keeps the one before it, and a day that stands for any has no end
    held_s = math.inf if name == "wind_from_deg" or found.kind == "day" else found.held_s
    is_fresh = (row >= 0) & (at_s - known_s[row] < held_s)
    return np.asarray(np.where(is_fresh, known[row], np.nan))


def _is_doubtful(found: FileWeather, at_s: Floats) -> Mask:
    """Tell at which times a report may count that this reader does not understand."""
    since_s = at_s[:, None] - found.at_s[found.is_doubtful][None, :]
    return np.asarray(((since_s >= 0) & (since_s <= found.held_s + HOUR_S)).any(axis=1))


# what the facts have


def _compared(run: Run, told: Weather, day: _Day) -> Iterator[str]:
    yield from _other_times(run, told, day)
    row_of = np.searchsorted([row.from_s - _NEAR_S for row in told.rows], day.at_s, side="right") - 1
    for number, row in enumerate(np.maximum(row_of, 0).tolist()):
        has = {name: getattr(told.rows[row], name) for name in ("wind_mps", *BESIDE_THE_WIND)}
        yield from (f"weather {at(day.at_s[number])}: {words}" for words in _differences(day, number, has))
    yield from _other_winds(run, day)


def _other_times(run: Run, told: Weather, day: _Day) -> Iterator[str]:
    """Find rows and winds that begin when nothing changes by the file."""
    begins = [("weather", row.from_s) for row in told.rows[1:]] + [
        ("wind", wind.from_s) for wind in run.facts.winds[1:]
    ]
    for what, from_s in begins:
        if not (np.abs(day.at_s - from_s) <= _NEAR_S).any():
            yield f"facts: {what} begins {at(from_s)}, when the file has no row"


def _differences(day: _Day, number: int, has: Mapping[str, float | None]) -> Iterator[str]:
    for name, value in has.items():
        meant = float(day.columns[name][number])
        if math.isfinite(meant):
            is_held = name == "wind_mps" or not day.doubtful[number]
            if is_held and (value is None or not is_near((value,), (meant,))):
                yield f"facts have {name} {value}, the file {meant:g}"
        elif day.doubtful[number]:
            continue
        elif _QUANTITY_OF.get(name, "wind") in day.drawn:
            if value is None:
                yield f"facts have no {name}, which is drawn where the file has none"
            elif name == "gust_mps" and value < (has["wind_mps"] or 0.0):
                yield f"facts have a gust of {value:g} m/s, drawn in a wind of {has['wind_mps']:g} m/s"
        elif value is not None:
            yield f"facts have {name} {value:g}, of which the file tells nothing"


def _other_winds(run: Run, day: _Day) -> Iterator[str]:
    """Compare winds at each level with the speed and direction of the file, put in a class and lifted."""
    begins_s = [wind.from_s - _NEAR_S for wind in run.facts.winds]
    wind_of = np.maximum(np.searchsorted(begins_s, day.at_s, side="right") - 1, 0)
    directions = np.nan_to_num(day.columns["wind_from_deg"], nan=0.0)
    for number in np.flatnonzero(~np.isnan(day.columns["wind_mps"])).tolist():
        speed_mps, from_deg = float(day.columns["wind_mps"][number]), float(directions[number])
        for level_m, vector in run.facts.winds[int(wind_of[number])].levels.items():
            meant = vector_at(day.table, speed_mps, from_deg, level_m)
            if not is_near(vector, meant):
                yield (
                    f"wind {at(day.at_s[number])} at {level_m:g} m: facts have {vector[0]:g}, {vector[1]:g} m/s to the "
                    f"east and north, the file {meant[0]:g}, {meant[1]:g}"
                )

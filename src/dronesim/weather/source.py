"""The weather of one day, from a file, from the stochastic process, or what one lacks from the other."""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.streams import Streams
from dronesim.units import DAY, HOUR
from dronesim.wall import offset_of
from dronesim.weather.process import HOURS_DRAWN, WeatherProcess, draw_hours
from dronesim.weather.record import COLUMNS, HELD_S, QUANTITIES, Floats, WeatherRecord, hours_in_words
from dronesim.weather.series import WeatherDay, WeatherRow
from dronesim.weather.wind import CALM, Wind

DAYS_OF_A_YEAR: Final = 365
"""So many days has a year of drawn ones."""
_CLOCKS_OF_A_YEAR: Final = 2025
_CLOCKS_OF_A_LEAP_YEAR: Final = 2024
"""A typical year in the clock of its own file has the clock changes of this year where no date states another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherSource:
    """Where the weather of days comes from: a record, a process, or both.

    ``draws``: the quantities that the process draws where the record has none. ``window_s``: the part of a day for
    which weather is needed, seconds since midnight. ``date``: that of the day, where it is stated; ``zone``: of its
    clock. ``day``: which day of the record all replications have; None where each has the next one.
    """

    window_s: tuple[float, float]
    record: WeatherRecord | None = None
    process: WeatherProcess | None = None
    draws: tuple[str, ...] = ()
    date: datetime.date | None = None
    zone: str | None = None
    day: int | None = None

    def day_of(self, replication: int) -> int:
        """Give the number of the day that a replication has: of those that are whole, and after the last the first."""
        if self.day is not None:
            return self.day
        if self.record is None:
            return 0
        days = whole_days(self)
        return days[replication % len(days)]

    @property
    def has_dated_days(self) -> bool:
        """Whether it has a file whose days are known by date, or by month and day."""
        return self.record is not None and self.record.kind != "day"

    def date_of(self, day_number: int) -> datetime.date:
        """Give the date of a day."""
        if self.record is not None and self.record.kind != "day":
            return self.record.date_of(day_number)
        if self.date is None:
            raise ValueError("a day that is drawn, or stands for any, has no date of its own")
        return self.date + datetime.timedelta(days=day_number)

    def not_counted(self) -> tuple[str, ...]:
        """List the quantities of which nothing is known, and which therefore don't count."""
        return tuple(name for name in QUANTITIES if not self._has(name) and not self._draws(name))

    def drawn(self) -> tuple[str, ...]:
        """List the quantities that the process draws, for days or for hours of which nothing is known."""
        return tuple(name for name in QUANTITIES if self._draws(name))

    def _has(self, quantity: str) -> bool:
        return self.record is not None and self.record.has(quantity)

    def _draws(self, quantity: str) -> bool:
        return self.process is not None and quantity in self.draws


def days_in(source: WeatherSource) -> int:
    """Count the days that a source can give one after another: whole ones of its file, or a year of drawn ones."""
    return DAYS_OF_A_YEAR if source.record is None else len(whole_days(source))


@functools.lru_cache(maxsize=16)
def whole_days(source: WeatherSource) -> tuple[int, ...]:
    """List the days of a source's file whose wind is known all through the window, or drawn where it is not."""
    record = source.record
    if record is None:
        return ()
    if record.kind == "day" or (source.process is not None and "wind" in source.draws):
        return tuple(range(record.days))
    known_s = record.at_s[~np.isnan(record.columns["wind_mps"])]
    if record.is_whole_year:
        known_s = np.concatenate([known_s - record.days * DAY, known_s, known_s + record.days * DAY])
    ends_s = np.concatenate([[-np.inf], known_s + max(HELD_S, record.step_s)])
    next_s = np.concatenate([known_s, [np.inf]])
    is_hole = next_s > ends_s
    begins_s = np.array([_begins_s(source, record, day) for day in range(record.days)]) + source.window_s[0]
    over_s = begins_s + (source.window_s[1] - source.window_s[0])
    meets = (ends_s[is_hole] < over_s[:, None]) & (next_s[is_hole] > begins_s[:, None])
    return tuple(np.flatnonzero(~meets.any(axis=1)).tolist())


def weather_of_day(source: WeatherSource, day_number: int, streams: Streams) -> WeatherDay:
    """Give the weather of a day, counted from the first of the file, or from the date of a source that is drawn.

    Each value counts until the next one, yet no longer than three hours where the next is missing. What is missing
    is drawn from ``streams`` where the process draws it, and else None. Only the part of the day in the source's
    window is told; rows alike are one.

    Raises
    ------
    InputError
        The file has no such day, or no wind for some part of the window.
    """
    window_s = source.window_s
    at_s = np.arange(HOURS_DRAWN, dtype=np.float64) * HOUR
    recorded = {name: np.full(HOURS_DRAWN, np.nan) for name in COLUMNS}
    if source.record is not None:
        _check_day(source.record, day_number)
        begins_s = _begins_s(source, source.record, day_number)
        own_s = _times_within(source.record, begins_s)
        at_s = np.unique(np.concatenate([at_s, own_s, [window_s[0]]])).astype(np.float64)
        recorded = _held(source.record, begins_s + at_s, is_endless=source.record.kind == "day")
    columns = _filled(source, day_number, streams, at_s, recorded)
    last = max(int(np.searchsorted(at_s, window_s[0], side="right")) - 1, 0)
    is_in = (np.arange(len(at_s)) >= last) & (at_s < max(window_s[1], window_s[0] + 1.0))
    _check_wind(source, day_number, at_s, columns["wind_mps"], is_in)
    return tuple(_rows(at_s[is_in], {name: values[is_in] for name, values in columns.items()}))


def _check_day(record: WeatherRecord, day_number: int) -> None:
    if not 0 <= day_number < record.days:
        rule = f"has {record.days} days, counted from 0"
        raise InputError([Problem(file=record.label, key="weather.day", rule=rule, value=day_number)])


def _begins_s(source: WeatherSource, record: WeatherRecord, day_number: int) -> float:
    """Give when the clock of a day shows 00:00, by the times of its file."""
    opens_s = source.window_s[0]
    begins_s = record.begins_s(day_number, opens_s=opens_s)
    if record.offset_s is None or source.zone is None:
        return begins_s
    date = source.date or _with_clocks(record.date_of(day_number), is_leap=calendar.isleap(record.first.year))
    opening = datetime.datetime.combine(date, datetime.time()) + datetime.timedelta(seconds=opens_s)
    return begins_s - (offset_of(opening, ZoneInfo(source.zone)).total_seconds() - record.offset_s)


def _with_clocks(date: datetime.date, *, is_leap: bool) -> datetime.date:
    """Put a day of a typical year into one in which clocks change as they do today."""
    return date.replace(year=_CLOCKS_OF_A_LEAP_YEAR if is_leap else _CLOCKS_OF_A_YEAR)


def _times_within(record: WeatherRecord, begins_s: float) -> Floats:
    """List the times of a record's rows in a day and the next one, seconds since the day's midnight."""
    own_s = record.at_s
    if record.is_whole_year:
        own_s = np.concatenate([own_s - record.days * DAY, own_s, own_s + record.days * DAY])
    since_s = own_s - begins_s
    return np.asarray(since_s[(since_s >= 0) & (since_s < HOURS_DRAWN * HOUR)])


def _held(record: WeatherRecord, at_s: Floats, *, is_endless: bool) -> dict[str, Floats]:
    """Give each column at times by the file's clock: its last known value, NaN where that is too long ago."""
    is_round, year_s = record.is_whole_year, record.days * DAY
    if is_round:
        at_s = at_s % year_s
    held_s = np.inf if is_endless else max(HELD_S, record.step_s)
    found = {}
    for name, values in record.columns.items():
        known = np.flatnonzero(~np.isnan(values))
        row = np.searchsorted(record.at_s[known], at_s, side="right") - 1
        found[name] = np.full(len(at_s), np.nan)
        # before the first of a typical year that is known comes its last, which row -1 is
        has_row = (row >= 0) | (is_round and len(known) > 0)
        chosen = known[row[has_row]]
        since_s = at_s[has_row] - record.at_s[chosen]
        since_s = np.where(since_s < 0, since_s + year_s, since_s)
        # a wind without a direction keeps the one that it had, for light winds come from anywhere
        is_fresh = since_s < (np.inf if name == "wind_from_deg" else held_s)
        found[name][has_row] = np.where(is_fresh, values[chosen], np.nan)
    return found


def _filled(
    source: WeatherSource, day_number: int, streams: Streams, at_s: Floats, columns: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Fill in what the process draws; a wind without any direction comes from the north."""
    filled = dict(columns)
    if source.process is not None and source.draws:
        drawn = draw_hours(source.process, source.date_of(day_number), streams)
        hour = np.minimum((at_s // HOUR).astype(np.int64), HOURS_DRAWN - 1)
        for quantity in source.drawn():
            is_missing = np.isnan(filled[QUANTITIES[quantity][0]])
            for name in QUANTITIES[quantity]:
                # a gust is drawn as a factor on the wind that blows, which is filled in before it
                value = filled["wind_mps"] * drawn["gust_factor"][hour] if name == "gust_mps" else drawn[name][hour]
                filled[name] = np.where(is_missing, value, filled[name])
    filled["wind_from_deg"] = np.nan_to_num(filled["wind_from_deg"], nan=0.0)
    return filled


def _check_wind(
    source: WeatherSource, day_number: int, at_s: Floats, wind_mps: Floats, is_in: NDArray[np.bool_]
) -> None:
    """Refuse a day whose wind is not known all through the window."""
    record, lacks = source.record, is_in & np.isnan(wind_mps)
    if record is None or not lacks.any():
        return
    first = int(np.flatnonzero(lacks)[0])
    later = np.flatnonzero(~lacks[first:])
    to_s = float(at_s[first + later[0]]) if len(later) else source.window_s[1]
    part = hours_in_words(max(float(at_s[first]), source.window_s[0]), to_s)
    day = f"day {day_number}" if record.kind == "day" else f"{record.date_of(day_number):%d %B} (day {day_number})"
    rule = f"tells no wind on {day} from {part}; choose another day, or let [weather.process] draw it"
    raise InputError([Problem(file=record.label, key="weather.file", rule=rule)])


def _rows(at_s: Floats, columns: Mapping[str, Floats]) -> Iterator[WeatherRow]:
    """Make rows, none like the one before it."""
    before: tuple[float | None, ...] | None = None
    for row, from_s in enumerate(at_s.tolist()):
        known = {name: float(values[row]) for name, values in columns.items()}
        speed_mps, from_deg = known.pop("wind_mps"), known.pop("wind_from_deg")
        others = {name: None if np.isnan(value) else value for name, value in known.items()}
        what = (speed_mps, from_deg if speed_mps else 0.0, *others.values())
        if what != before:
            yield WeatherRow(from_s=from_s, wind=Wind(speed_mps=speed_mps, from_deg=from_deg), **others)
        before = what


def in_class(wind: Wind, *, speed_step_mps: float, direction_step_deg: float) -> Wind:
    """Give the middle of the class that a wind is in; a step of 0 leaves its number as it is.

    Winds of one class are one wind to routes and legs, so that those are found once for all of them.
    """
    speed_mps = round(wind.speed_mps / speed_step_mps) * speed_step_mps if speed_step_mps else wind.speed_mps
    if speed_mps == 0.0:
        return CALM
    from_deg = wind.from_deg % 360.0
    if direction_step_deg:
        from_deg = round(from_deg / direction_step_deg) * direction_step_deg % 360.0
    return Wind(speed_mps=speed_mps, from_deg=from_deg)

"""Weather as a file tells it: its times, its columns in one unit each, and what was done to read them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dronesim.letters import counted
from dronesim.units import DAY, HOUR, clock_minutes
from dronesim.wall import day_begins
from dronesim.weather.findings import Findings

COLUMNS: Final = ("wind_mps", "wind_from_deg", "gust_mps", "rain_mmh", "temperature_c", "visibility_m")
QUANTITIES: Final = {
    "wind": ("wind_mps", "wind_from_deg"),
    "gust": ("gust_mps",),
    "rain": ("rain_mmh",),
    "temperature": ("temperature_c",),
    "visibility": ("visibility_m",),
}
"""What weather is made of, and the columns of each."""
HELD_S: Final = 3 * HOUR
"""So long a value counts at most where the next one is missing; a file with longer steps holds each for one step."""
A_COMMON_YEAR: Final = datetime.date(2001, 1, 1)
A_LEAP_YEAR: Final = datetime.date(2000, 1, 1)
"""Calendars of years that are none: days of a typical year are told by month and day."""
_A_DAY: Final = 2
"""A file of hours with no more days than this is one day, with what follows after midnight."""

Floats: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["dates", "year", "day"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeatherRecord:
    """The weather of some days, hourly or finer or coarser.

    ``at_s`` (n,): when each row begins, ascending seconds since the midnight at the beginning of day ``first``.
    ``columns`` (n,) by name as in ``COLUMNS``, NaN where nothing is known. ``kind``: days with dates; a typical year,
    known by month and day, that begins again where it ends; or one day that stands for any. ``zone``: that of the
    dates, whose days have 23 or 25 hours where clocks change; None where all have 24. ``offset_s`` is that of the
    file's clock from UTC, None where the clock is that of the place. ``notes`` tell what was converted or left out.
    """

    label: str
    kind: Kind
    first: datetime.date
    at_s: Floats
    columns: Mapping[str, Floats]
    zone: str | None = None
    offset_s: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """Number of days of which there is a row."""
        if self.zone is None:
            return 1 if self.kind == "day" else int(self.at_s[-1] // DAY) + 1
        place = ZoneInfo(self.zone)
        last = day_begins(self.first, 0.0, place) + datetime.timedelta(seconds=float(self.at_s[-1]))
        return (last.astimezone(place).date() - self.first).days + 1

    def begins_s(self, day: int, *, opens_s: float) -> float:
        """Give when, by ``at_s``, the clock of a simulated day shows 00:00 that opens ``opens_s`` later."""
        if self.zone is None:
            return day * DAY
        place = ZoneInfo(self.zone)
        return (day_begins(self.date_of(day), opens_s, place) - day_begins(self.first, 0.0, place)).total_seconds()

    @property
    def is_whole_year(self) -> bool:
        """Whether its last hour is followed by its first."""
        return self.kind == "year" and self.days in (365, 366)

    @property
    def step_s(self) -> float:
        """Time from row to row, as most of them have it."""
        steps = np.diff(self.at_s)
        return float(np.median(steps)) if len(steps) else HOUR

    def has(self, quantity: str) -> bool:
        """Tell whether anything is known of a quantity."""
        return all(not np.isnan(self.columns[name]).all() for name in QUANTITIES[quantity][:1])

    def quantities(self) -> tuple[str, ...]:
        """List the quantities of which something is known."""
        return tuple(name for name in QUANTITIES if self.has(name))

    def date_of(self, day: int) -> datetime.date:
        """Give the date of a day, counted from the first; of a typical year in a year that is none."""
        return self.first + datetime.timedelta(days=day)

    def day_of(self, date: datetime.date) -> int | None:
        """Find the number of a date; None where the file does not have it."""
        if self.kind == "day":
            return 0
        if self.kind == "year":
            moved = _in_year(date, self.first.year)
            date = moved if moved is not None else A_COMMON_YEAR
            if moved is None:
                return None
        number = (date - self.first).days
        return number if 0 <= number < self.days else None


def _in_year(date: datetime.date, year: int) -> datetime.date | None:
    try:
        return date.replace(year=year)
    except ValueError:
        return None


def check_steps(
    findings: Findings,
    lines: Sequence[int],
    at_s: Floats,
    *,
    key: str,
    shown: Sequence[str],
    wall_s: Floats | None = None,
    way_out: str = "",
) -> None:
    """Find rows that are doubled, go back in time, or leave a gap; ``shown`` is each time as the file has it.

    ``wall_s``: by the clock on the wall, where that is another; of an hour that comes twice many write but one.
    ``way_out`` ends the words.
    """
    steps = np.diff(at_s)
    gaps = steps if wall_s is None else np.minimum(steps, np.diff(wall_s))
    usual_s = float(np.median(steps)) if len(steps) else HOUR
    for row in np.flatnonzero((steps <= 0) | (gaps > max(usual_s, 1.0) + HOUR / 2)).tolist():
        line, value, before = lines[row + 1], shown[row + 1], shown[row]
        if steps[row] == 0:
            rule = "comes twice; each time must be there once"
        elif steps[row] < 0:
            rule = f"must be later than the row before it, {before}"
        else:
            rule = f"leaves a gap of {gaps[row] / HOUR:g} h after {before}; rows are {usual_s / HOUR:g} h apart"
            rule += ": write the rows, with empty cells where nothing is known"
        findings.note(line, key, f"{rule}{way_out}", value=value)


def of_hours(
    label: str,
    first: datetime.date,
    at_s: Floats,
    columns: Mapping[str, Floats],
    *,
    offset_s: float | None = None,
    notes: Sequence[str] = (),
) -> WeatherRecord:
    """Make a record of the hours of a typical year, or of a single day."""
    is_day = bool(at_s[-1] < _A_DAY * DAY)
    return WeatherRecord(
        label=label,
        kind="day" if is_day else "year",
        first=first,
        at_s=at_s,
        columns=columns,
        offset_s=offset_s,
        notes=tuple(notes),
    )


def of_times(
    label: str,
    times: Sequence[datetime.datetime],
    columns: Mapping[str, Floats],
    *,
    zone: str | None,
    notes: Sequence[str] = (),
) -> WeatherRecord:
    """Make a record of rows with ascending times: instants, and the zone of their place; or of a clock without one."""
    place = None if zone is None else ZoneInfo(zone)
    first = (times[0] if place is None else times[0].astimezone(place)).date()
    begins = datetime.datetime.combine(first, datetime.time()) if place is None else day_begins(first, 0.0, place)
    at_s = np.array([(time - begins).total_seconds() for time in times], dtype=np.float64)
    return WeatherRecord(
        label=label, kind="dates", first=first, at_s=at_s, columns=columns, zone=zone, notes=tuple(notes)
    )


def sorted_rows(
    times: Sequence[datetime.datetime], columns: Mapping[str, Floats]
) -> tuple[list[datetime.datetime], dict[str, Floats]]:
    """Put reports in the order of time; of two of one time the later one in the file corrects the other."""
    last = {time: row for row, time in enumerate(times)}
    rows = [last[time] for time in sorted(last)]
    return [times[row] for row in rows], {name: values[rows] for name, values in columns.items()}


def replaced_note(times: Sequence[datetime.datetime], ordered: Sequence[datetime.datetime]) -> list[str]:
    """Say how many reports another of the same time has replaced; nothing where none was."""
    count = len(times) - len(ordered)
    return [f"{counted(count, 'report')} replaced by a later one in the file of the same time"] if count else []


def needed_zone(zone: str | None, findings: Findings, *, what: str) -> str:
    """Give the zone of a place; ``what`` tells why it is needed."""
    if zone is None:
        findings.note(None, "horizon.zone", f'is needed, for {what}; such as horizon.zone = "Asia/Shanghai"')
        findings.check()
    return str(zone)


def all_columns(known: Mapping[str, Sequence[float]], count: int) -> dict[str, Floats]:
    """Give all columns as arrays ``(count,)``, NaN where a file has none."""
    return {
        name: np.array(known[name], dtype=np.float64) if name in known else np.full(count, np.nan) for name in COLUMNS
    }


def hours_in_words(from_s: float, to_s: float) -> str:
    """Show a part of a day."""
    return f"{clock_minutes(from_s)} to {clock_minutes(to_s)}"

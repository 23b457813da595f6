"""Reads weather tables, CSV and EPW, into times and columns: readers apart from those of the model."""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from dronesim.verify.intervals import Floats, Mask
from dronesim.verify.local_times import day_zero, one_after_another

HOUR_S: Final = 3600.0
DAY_S: Final = 86400.0
COLUMNS: Final = ("wind_mps", "wind_from_deg", "gust_mps", "rain_mmh", "temperature_c", "visibility_m")
"""What is known of weather, each in one unit."""
_COMMON, _LEAP = datetime.date(2001, 1, 1), datetime.date(2000, 1, 1)
_SPEEDS: Final = {"mps": 1.0, "kt": 0.514444444444444, "kmh": 1 / 3.6, "mph": 0.44704, "fps": 0.3048}
_LENGTHS: Final = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "nmi": 1852.0}
_INCH_MM: Final = 25.4
_HOURS: Final = ("hour", "hour_of_year", "hour_of_day")
_EPW_HEAD: Final = 8

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWeather:
    """What a file tells.

    ``kind``: "dates"; "year", a typical one by month and day; "day", one that stands for any. ``at_s`` (n,): when each
    row begins, seconds since the midnight before the first, whose date is ``first``; ``columns`` (n,) by name, NaN for
    what is not known; ``is_doubtful`` (n,): rows of which this reader does not understand all. ``place``: whose dates
    they are, None where no clock is changed. ``offset_s``: of the file's clock from UTC, None where it is the clock of
    the place.
    """

    kind: str
    first: datetime.date
    at_s: Floats
    columns: Mapping[str, Floats]
    is_doubtful: Mask
    place: ZoneInfo | None = None
    offset_s: float | None = None

    @property
    def days(self) -> int:
        """Number of days."""
        if self.place is None:
            return 1 if self.kind == "day" else int(self.at_s[-1] // DAY_S) + 1
        over = day_zero(self.first, 0.0, self.place) + datetime.timedelta(seconds=float(self.at_s[-1]))
        return 1 + (over.astimezone(self.place).date() - self.first).days

    def zero_s(self, number: int, opens_s: float) -> float:
        """Tell from when the seconds of a day count that opens at ``opens_s``, by ``at_s``."""
        if self.place is None:
            return number * DAY_S
        date = self.first + datetime.timedelta(days=number)
        since = day_zero(date, opens_s, self.place) - day_zero(self.first, 0.0, self.place)
        return since.total_seconds()

    @property
    def goes_round(self) -> bool:
        """Tell whether its last hour comes before its first: that of a whole typical year."""
        return self.kind == "year" and self.days in (365, 366)

    @property
    def held_s(self) -> float:
        """Tell for how long a value counts where the next is missing: three hours, or a longer step of the file."""
        steps_s = np.diff(self.at_s)
        return max(3 * HOUR_S, float(np.median(steps_s)) if len(steps_s) else HOUR_S)


def form_of(text: str, suffix: str) -> str:
    """Tell the form of a file by its lines, then by the end of its name."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    cells = {cell.strip().strip('"') for cell in lines[0].split(",")}
    if lines[0].upper().startswith("LOCATION,"):
        return "epw"
    if re.fullmatch(r"\d{4}( +\d\d){3}( +-?\d+){8}", lines[0]):
        return "isd-lite"
    if {"DATE", "WND"} <= cells:
        return "isd-csv"
    if any(re.search(r"\b[A-Z][A-Z0-9]{3} +\d{6}Z\b", line) for line in lines):
        return "metar"
    return suffix.lstrip(".") if suffix == ".epw" else "csv"


def read_table(text: str, zone: str | None) -> FileWeather:
    """Read a CSV file with its units in the names of its columns; hours, or times."""
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    head, body = [name.strip() for name in rows[0]], rows[1:]
    if head[0].lower() in _HOURS and _is_number(body[0][0]):
        at_s = np.array([float(row[0]) * HOUR_S for row in body])
        times: list[datetime.datetime] = []
    else:
        times = [datetime.datetime.fromisoformat(row[0].strip()) for row in body]
        if times[0].tzinfo is None and zone is not None:
            times = one_after_another(times, ZoneInfo(zone))
        at_s = np.array([(time - times[0]).total_seconds() for time in times])
    step_h = float(np.median(np.diff(at_s))) / HOUR_S if len(at_s) > 1 else 1.0
    found: list[dict[str, float]] = [{} for _ in body]
    for place, name in enumerate(head[1:], start=1):
        for row, cells in zip(found, body, strict=True):
            if (known := _in_own_unit(name, cells[place], step_h)) is not None:
                row[known[0]] = known[1]
    if times:
        return of_times(times, found, zone)
    kind = "day" if at_s[-1] < 2 * DAY_S else "year"
    return FileWeather(
        kind=kind, first=_COMMON, at_s=at_s, columns=_columns(found), is_doubtful=np.zeros(len(at_s), np.bool_)
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _in_own_unit(name: str, text: str, step_h: float) -> tuple[str, float] | None:
    """Turn a cell into the unit that its column is kept in; None where the column is no weather."""
    quantity, _, unit = name.rpartition("_")
    value = float(text) if text.strip() else math.nan
    if quantity in ("wind", "gust") and unit in _SPEEDS:
        return f"{quantity}_mps", value * _SPEEDS[unit]
    if name == "wind_from_deg":
        return name, value
    if quantity == "rain" and unit in ("mmh", "inh", "mm", "in"):
        mm = value * (_INCH_MM if unit.startswith("in") else 1.0)
        return "rain_mmh", mm if unit.endswith("h") else mm / step_h
    if quantity == "temperature" and unit in ("c", "f", "k"):
        return "temperature_c", {"c": value, "f": (value - 32.0) / 1.8, "k": value - 273.15}[unit]
    if quantity == "visibility" and unit in _LENGTHS:
        return "visibility_m", value * _LENGTHS[unit]
    return None


def read_epw(text: str) -> FileWeather:
    """Read an EPW file: each row counts for the hour that ends with its number."""
    rows = list(csv.reader(io.StringIO(text)))
    offset_s = float(rows[0][8]) * HOUR_S
    body = [row for row in rows[_EPW_HEAD:] if row]
    is_leap = any((int(row[1]), int(row[2])) == (2, 29) for row in body)
    year = (_LEAP if is_leap else _COMMON).year
    moments = [datetime.datetime(year, int(row[1]), int(row[2]), int(row[3]) - 1) for row in body]
    at_s, turns = list[float](), 0
    for before, moment in zip([moments[0], *moments], moments, strict=False):
        turns += (moment - before).days < -180
        since = moment - datetime.datetime.combine(moments[0].date(), datetime.time())
        at_s.append(since.total_seconds() + turns * (366 if is_leap else 365) * DAY_S)
    return FileWeather(
        kind="day" if at_s[-1] < 2 * DAY_S else "year",
        first=moments[0].date(),
        at_s=np.array(at_s),
        columns=_columns([dict(_epw_cells(row)) for row in body]),
        is_doubtful=np.zeros(len(body), np.bool_),
        offset_s=offset_s,
    )


_EPW: Final = (
    *(("temperature_c", 6, 99.9), ("wind_from_deg", 20, 999.0), ("wind_mps", 21, 999.0)),
    *(("visibility_m", 24, 9999.0), ("rain_mmh", 33, 999.0)),
)
"""Columns with their places, and from which value on nothing is known; visibility is in kilometres."""


def _epw_cells(row: Sequence[str]) -> Iterator[tuple[str, float]]:
    for name, place, missing in _EPW:
        if place < len(row) and row[place].strip() and float(row[place]) < missing:
            yield name, float(row[place]) * (1000.0 if name == "visibility_m" else 1.0)


def of_times(
    times: Sequence[datetime.datetime], rows: Sequence[Row], zone: str | None, doubtful: Iterable[int] = ()
) -> FileWeather:
    """Make weather of rows with times: instants, or times of a clock that is never changed."""
    place = None if times[0].tzinfo is None else ZoneInfo(zone or "UTC")
    first = times[0].date() if place is None else times[0].astimezone(place).date()
    zero = datetime.datetime(first.year, first.month, first.day) if place is None else day_zero(first, 0.0, place)
    at_s = np.array([(time - zero).total_seconds() for time in times])
    is_doubtful = np.zeros(len(at_s), np.bool_)
    is_doubtful[list(doubtful)] = True
    return FileWeather(
        kind="dates", first=first, at_s=at_s, columns=_columns(rows), is_doubtful=is_doubtful, place=place
    )


def _columns(rows: Sequence[Row]) -> dict[str, Floats]:
    return {name: np.array([row.get(name, math.nan) for row in rows], np.float64) for name in COLUMNS}

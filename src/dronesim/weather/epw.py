"""Weather from an EnergyPlus weather file (EPW): the hours of a typical year in local standard time."""

from __future__ import annotations

import calendar
import csv
import datetime
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.units import DAY, HOUR
from dronesim.weather.findings import About, Findings
from dronesim.weather.record import A_COMMON_YEAR, A_LEAP_YEAR, WeatherRecord, all_columns, check_steps, of_hours

HEADER_LINES: Final = 8
_OFFSET_FIELD: Final = 8
_YEAR, _MONTH, _DAY, _HOUR = range(4)
_LAST_HOUR: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where a column stands, from 0, from which value on it says that nothing is known, and what makes its unit."""

    place: int
    missing: float
    factor: float = 1.0


_COLUMNS: Final[Mapping[str, Column]] = {
    "temperature_c": Column(place=6, missing=99.9),
    "wind_from_deg": Column(place=20, missing=999.0),
    "wind_mps": Column(place=21, missing=999.0),
    "visibility_m": Column(place=24, missing=9999.0, factor=1000.0),
    "rain_mmh": Column(place=33, missing=999.0),
}
_LEAST_CELLS: Final = 22
"""As far as the speed of the wind."""


def read_epw(text: str, about: About) -> WeatherRecord:
    """Read an EPW file; its hour 1 begins at midnight, and each hour counts for the 60 minutes that end with it.

    Raises
    ------
    InputError
        With the first problems by line, and the count of the others.
    """
    findings = Findings(label=about.label)
    rows = list(csv.reader(io.StringIO(text)))
    offset_s = _offset_s(findings, rows)
    numbered = [(line, row) for line, row in enumerate(rows, start=1) if line > HEADER_LINES and row]
    if not numbered:
        findings.note(HEADER_LINES, "weather", f"has no hours below its {HEADER_LINES} lines of header")
    findings.check()
    lines, body = [line for line, _ in numbered], [row for _, row in numbered]
    is_leap = any(row[_MONTH : _DAY + 1] == ["2", "29"] for row in body)
    first_day = A_LEAP_YEAR if is_leap else A_COMMON_YEAR
    moments = [_moment(findings, line, row, year=first_day.year) for line, row in zip(lines, body, strict=True)]
    findings.check()
    start = min(moment.date() for moment in moments[:1])
    midnight = datetime.datetime.combine(start, datetime.time())
    at_s = np.array([(moment - midnight).total_seconds() for moment in moments], dtype=np.float64)
    year_s = (366 if is_leap else 365) * DAY
    # a year that begins in summer goes on in January
    at_s += year_s * np.cumsum(np.concatenate([[False], np.diff(at_s) < -year_s / 2]))
    check_steps(findings, lines, at_s, key="hour", shown=[_shown(row) for row in body])
    known = {name: _values(findings, name, column, lines, body) for name, column in _COLUMNS.items()}
    findings.check()
    notes = ["EPW has no gusts", "its clock is local standard time, in summer too"]
    return of_hours(about.label, start, at_s, all_columns(known, len(body)), offset_s=offset_s, notes=notes)


def _offset_s(findings: Findings, rows: Sequence[Sequence[str]]) -> float | None:
    """Read the offset from UTC in the first line."""
    first = rows[0] if rows else []
    if not first or first[0].strip().upper() != "LOCATION" or len(first) <= _OFFSET_FIELD:
        findings.note(1, "LOCATION", "must begin an EPW file, with latitude, longitude, offset from UTC and elevation")
        return None
    hours = findings.number(1, "LOCATION", first[_OFFSET_FIELD])
    return None if math.isnan(hours) else hours * HOUR


def _moment(findings: Findings, line: int, row: Sequence[str], *, year: int) -> datetime.datetime:
    """Give when an hour begins, in a year that is none."""
    if len(row) < _LEAST_CELLS:
        findings.note(line, "weather", f"must have at least {_LEAST_CELLS} cells", value=len(row))
        return datetime.datetime(year, 1, 1)
    try:
        stated_year, month, day, hour = (int(row[place]) for place in (_YEAR, _MONTH, _DAY, _HOUR))
        if not 1 <= hour <= _LAST_HOUR:
            raise ValueError(f"hour must be 1 to {_LAST_HOUR}, the end of each hour")
        if (month, day) == (2, 29) and not calendar.isleap(stated_year):
            raise ValueError(f"{stated_year} has no 29 February")
        return datetime.datetime(year, month, day, hour - 1)
    except ValueError as error:
        findings.note(line, "hour", f"must be a year, month, day and hour: {error}", value=_shown(row))
        return datetime.datetime(year, 1, 1)


def _shown(row: Sequence[str]) -> str:
    return "-".join(row[_YEAR : _DAY + 1]) + f" hour {row[_HOUR] if len(row) > _HOUR else '?'}"


def _values(
    findings: Findings, name: str, column: Column, lines: Sequence[int], rows: Sequence[Sequence[str]]
) -> list[float]:
    found = []
    for line, row in zip(lines, rows, strict=True):
        stated = findings.number(line, name, row[column.place]) if column.place < len(row) else math.nan
        value = math.nan if stated >= column.missing else stated * column.factor
        found.append(findings.plausible(line, name, name, value))
    return found

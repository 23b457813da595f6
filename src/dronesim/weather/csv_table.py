"""Weather from a CSV file: a time in the first column, and a unit in the name of every other."""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import math
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.slips import plain_date
from dronesim.units import HOUR
from dronesim.wall import in_order, never_comes
from dronesim.weather.findings import About, Findings
from dronesim.weather.record import (
    A_COMMON_YEAR,
    Floats,
    WeatherRecord,
    all_columns,
    check_steps,
    needed_zone,
    of_hours,
    of_times,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How a column is turned into the one that it stands for: (value + ``shift``) x ``factor``.

    ``is_sum``: what fell in one step of the file, and not a rate.
    """

    column: str
    factor: float = 1.0
    shift: float = 0.0
    is_sum: bool = False


_SPEEDS: Final = {"mps": 1.0, "kt": 1852 / 3600, "kmh": 1 / 3.6, "mph": 0.44704, "fps": 0.3048}
_LENGTHS: Final = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "nmi": 1852.0}
UNITS: Final[Mapping[str, Unit]] = {
    **{f"wind_{unit}": Unit(column="wind_mps", factor=factor) for unit, factor in _SPEEDS.items()},
    **{f"gust_{unit}": Unit(column="gust_mps", factor=factor) for unit, factor in _SPEEDS.items()},
    "wind_from_deg": Unit(column="wind_from_deg"),
    "rain_mmh": Unit(column="rain_mmh"),
    "rain_inh": Unit(column="rain_mmh", factor=25.4),
    "rain_mm": Unit(column="rain_mmh", is_sum=True),
    "rain_in": Unit(column="rain_mmh", factor=25.4, is_sum=True),
    "temperature_c": Unit(column="temperature_c"),
    "temperature_f": Unit(column="temperature_c", factor=5 / 9, shift=-32.0),
    "temperature_k": Unit(column="temperature_c", shift=-273.15),
    **{f"visibility_{unit}": Unit(column="visibility_m", factor=factor) for unit, factor in _LENGTHS.items()},
}
"""The columns that are known, by the unit in their names."""
HOURS: Final = ("hour", "hour_of_year", "hour_of_day")
TIMES: Final = ("time", "datetime", "timestamp", "date", "valid", "time_utc")
_OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
_HOURS_A_YEAR: Final = 8760
_ALIKE: Final = 0.75
_WORDS: Final = ("wind", "gust", "rain", "precipitation", "temperature", "visibility")
_NO_ZONE: Final = "; where clocks were put forward or back, horizon.zone says so"
_WAY_OUT: Final = "a typical year has 365 days; for real ones write times, as 2024-02-29T00:00"


def read_table(text: str, about: About) -> WeatherRecord:
    """Read a CSV file; its times are hours from 1 January (or midnight) on, or ISO times.

    Raises
    ------
    InputError
        With the first problems by line, and the count of the others.
    """
    findings = Findings(label=about.label)
    lines, rows = _numbered_rows(text)
    if not rows:
        findings.note(1, "weather", "is empty")
        findings.check()
    header = [name.strip() for name in rows[0]] if rows else []
    chosen = _columns(findings, header)
    if len(rows) < 2:
        findings.note(1, "weather", "has no rows below its header")
    for line, row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(header):
            findings.note(line, "weather", f"must have as many cells as the header, {len(header)}", value=len(row))
    findings.check()
    lines, rows = lines[1:], rows[1:]
    is_by_hour = header[0].lower() in HOURS and _is_number(rows[0][0])
    key, zone = header[0], about.zone
    times = [] if is_by_hour else _times(findings, key, lines, rows)
    findings.check()
    if times and times[0].tzinfo is not None:
        zone = needed_zone(zone, findings, what="the times of the file have offsets from UTC")
    at_s = wall_s = _hours(findings, key, lines, rows) if is_by_hour else _since_first(times)
    if times and times[0].tzinfo is None and zone is not None:
        times = _instants(findings, key, lines, times, zone)
        at_s = _since_first(times)
    findings.check()
    way_out = _NO_ZONE if times and zone is None else ""
    check_steps(findings, lines, at_s, key=key, shown=[row[0] for row in rows], wall_s=wall_s, way_out=way_out)
    step_h = float(np.median(np.diff(at_s))) / HOUR if len(at_s) > 1 else 1.0
    known = {
        unit.column: _values(findings, header[place], place, lines, rows, unit=unit, step_h=step_h)
        for place, unit in chosen.items()
    }
    findings.check()
    columns, notes = all_columns(known, len(rows)), _notes(header, chosen, step_h)
    if is_by_hour:
        return of_hours(about.label, A_COMMON_YEAR, at_s, columns, notes=notes)
    return of_times(about.label, times, columns, zone=zone, notes=notes)


def _numbered_rows(text: str) -> tuple[list[int], list[list[str]]]:
    """Read the rows that hold anything, each with its line."""
    reader = csv.reader(io.StringIO(text))
    found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    return [line for line, _ in found], [row for _, row in found]


def _columns(findings: Findings, header: Sequence[str]) -> dict[int, Unit]:
    """Find out what each column holds, by its place; those that hold no weather are left out."""
    if header[0].lower() not in HOURS + TIMES:
        other = next((name for sign, name in _OTHER_SEPARATORS.items() if len(header) == 1 and sign in header[0]), None)
        rule = f"the first column must be the time: {', '.join(HOURS + TIMES)}"
        if other is not None:
            findings.note(1, "weather", f"has {other} between its cells; write commas there, and decimal points")
            findings.check()
        findings.note(1, header[0], rule)
    chosen: dict[int, Unit] = {}
    for place, name in enumerate(header[1:], start=1):
        unit = UNITS.get(name)
        if unit is None:
            _refuse_unknown(findings, name)
        elif unit.column in {other.column for other in chosen.values()}:
            findings.note(1, name, f"is there twice: another column is {unit.column} too")
        else:
            chosen[place] = unit
    if not chosen and not findings.problems.found:
        findings.note(1, "weather", f"has no column of weather; known are {', '.join(UNITS)}")
    return chosen


def _refuse_unknown(findings: Findings, name: str) -> None:
    """Refuse what is weather without a known unit, or nearly a known name; other columns are nobody's business."""
    word = next((word for word in _WORDS if name.lower().startswith(word)), None)
    near = difflib.get_close_matches(name.lower(), UNITS, n=1, cutoff=_ALIKE)
    if word is not None:
        units = [known for known in UNITS if known.startswith(word.replace("precipitation", "rain"))]
        rule = f"has no unit that is known; a column names its unit: {', '.join(units)}"
        findings.note(1, name or "weather", rule, hint=near[0] if near else None)
    elif near or not name:
        findings.note(1, name or "weather", "is not a known column", hint=near[0] if near else None)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _hours(findings: Findings, key: str, lines: Sequence[int], rows: Sequence[Sequence[str]]) -> Floats:
    """Read hours from 1 January, 0 o'clock on."""
    hours = []
    for line, row in zip(lines, rows, strict=True):
        hour = findings.number(line, key, row[0])
        if math.isnan(hour) and not row[0].strip():
            findings.note(line, key, "is required")
        if not math.isnan(hour) and not 0 <= hour < _HOURS_A_YEAR:
            rule = f"must be an hour of a year of 365 days, 0 to {_HOURS_A_YEAR - 1}: {_WAY_OUT}"
            findings.note(line, key, rule, value=row[0])
        hours.append(hour)
    return np.array(hours, dtype=np.float64) * HOUR


def _times(
    findings: Findings, key: str, lines: Sequence[int], rows: Sequence[Sequence[str]]
) -> list[datetime.datetime]:
    """Read ISO times, all with an offset from UTC or all without."""
    times: list[datetime.datetime] = []
    for line, row in zip(lines, rows, strict=True):
        try:
            time = datetime.datetime.fromisoformat(row[0].strip())
        except ValueError as error:
            why = f": {error}" if "range" in str(error) else ""
            rule = f"must be an hour of the year, or a time as 2024-06-01T13:00{why}"
            findings.note(line, key, rule, value=row[0], hint=plain_date(row[0]))
            continue
        if times and (time.tzinfo is None) != (times[0].tzinfo is None):
            findings.note(line, key, "must have an offset from UTC where the other times have one", value=row[0])
            continue
        times.append(time)
    return times


def _since_first(times: Sequence[datetime.datetime]) -> Floats:
    return np.array([(time - times[0]).total_seconds() for time in times], dtype=np.float64)


def _instants(
    findings: Findings, key: str, lines: Sequence[int], times: Sequence[datetime.datetime], zone: str
) -> list[datetime.datetime]:
    """Give the instants of times without an offset, which the clock of a place has shown one after another."""
    place = zoneinfo.ZoneInfo(zone)
    found = in_order(times, place)
    for line, time, instant in zip(lines, times, found, strict=True):
        if instant is None:
            rule = f"{never_comes(place)}; of a clock that is not, write times with its offset from UTC"
            findings.note(line, key, rule, value=time.isoformat(timespec="minutes"))
    findings.check()
    return [instant for instant in found if instant is not None]


def _values(
    findings: Findings,
    key: str,
    place: int,
    lines: Sequence[int],
    rows: Sequence[Sequence[str]],
    *,
    unit: Unit,
    step_h: float,
) -> list[float]:
    """Read one column, turned into the unit that it is kept in."""
    factor = unit.factor / step_h if unit.is_sum else unit.factor
    found = []
    for line, row in zip(lines, rows, strict=True):
        stated = findings.number(line, key, row[place])
        value = (stated + unit.shift) * factor
        found.append(findings.plausible(line, key, unit.column, value, stated=row[place]))
    return found


def _notes(header: Sequence[str], chosen: Mapping[int, Unit], step_h: float) -> list[str]:
    """Say what was converted, and which columns are not weather."""
    notes = []
    for place, unit in chosen.items():
        factor = unit.factor / step_h if unit.is_sum else unit.factor
        if header[place] != unit.column:
            shift = f"({header[place]} {'+' if unit.shift > 0 else '-'} {abs(unit.shift):g})" if unit.shift else ""
            notes.append(f"{header[place]} is read as {unit.column}: {shift or header[place]} x {factor:.6g}")
    others = [name for place, name in enumerate(header[1:], start=1) if place not in chosen]
    return [*notes, *([f"not weather, and not read: {', '.join(others)}"] if others else [])]

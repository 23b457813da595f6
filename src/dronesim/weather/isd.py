"""Weather from the Integrated Surface Database: ISD-lite text, and the CSV files of NCEI; both in UTC."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dronesim.weather.findings import About, Findings, Stations
from dronesim.weather.record import (
    COLUMNS,
    WeatherRecord,
    all_columns,
    needed_zone,
    of_times,
    replaced_note,
    sorted_rows,
)

_TENTHS: Final = 10.0
_MISSING: Final = -9999
_TRACE: Final = -1
_LITE_CELLS: Final = 12
_LITE: Final = {"temperature_c": 4, "wind_from_deg": 7, "wind_mps": 8, "rain_mmh": 10}
"""Places of the columns after year, month, day and hour; all but the direction in tenths."""
_WRONG: Final = frozenset("37")
"""Marks of quality that say: this value is wrong."""
_WHY: Final = "the times of ISD are UTC"

Row = Mapping[str, float]


def read_isd_lite(text: str, about: About) -> WeatherRecord:
    """Read ISD-lite: twelve numbers a line, UTC.

    Raises
    ------
    InputError
        With the first problems by line; or the zone is missing.
    """
    findings = Findings(label=about.label)
    times, rows = [], []
    for line, cells in enumerate((raw.split() for raw in text.splitlines()), start=1):
        if not cells:
            continue
        if len(cells) != _LITE_CELLS:
            findings.note(line, "weather", f"must have {_LITE_CELLS} numbers", value=len(cells))
            continue
        try:
            numbers = [int(cell) for cell in cells]
            time = datetime.datetime(*numbers[:4], tzinfo=datetime.UTC)  # type: ignore[misc, arg-type]
        except ValueError as error:
            findings.note(line, "weather", f"must be year, month, day, hour and eight numbers: {error}")
            continue
        times.append(time)
        rows.append({name: _lite_value(findings, line, name, numbers[place]) for name, place in _LITE.items()})
    return _record(findings, times, rows, zone=about.zone, notes=["ISD-lite has no gusts and no visibility"])


def _lite_value(findings: Findings, line: int, name: str, stated: int) -> float:
    if stated == _MISSING:
        return math.nan
    if name == "rain_mmh" and stated == _TRACE:
        return 0.0
    value = float(stated) if name == "wind_from_deg" else stated / _TENTHS
    return findings.plausible(line, name, name, value, stated=stated)


def read_isd_csv(text: str, about: About) -> WeatherRecord:
    """Read a CSV file of NCEI's global hourly data: DATE (UTC) and WND, and TMP, VIS, OC1, AA1 where they are there.

    Raises
    ------
    InputError
        With the first problems by line; or the zone is missing.
    """
    findings = Findings(label=about.label)
    reader = csv.DictReader(io.StringIO(text))
    for name in ("DATE", "WND"):
        if name not in (reader.fieldnames or ()):
            findings.note(1, name, "is a required column of NCEI's files")
    findings.check()
    times, rows, stations = [], [], Stations()
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            findings.note(line, "weather", f"must have as many cells as the header, {len(reader.fieldnames or ())}")
            continue
        stations.meet(findings, line, "STATION", row.get("STATION") or None)
        try:
            time = datetime.datetime.fromisoformat(row["DATE"]).replace(tzinfo=datetime.UTC)
        except ValueError:
            findings.note(line, "DATE", "must be a time as 2024-06-01T13:00:00", value=row["DATE"])
            continue
        times.append(time)
        rows.append(_csv_row(findings, line, row))
    notes = ["values that ISD marks as wrong are left out"]
    return _record(findings, times, rows, zone=about.zone, notes=notes)


def _csv_row(findings: Findings, line: int, row: Mapping[str, str | None]) -> Row:
    """Read the groups of a row, each a few numbers with commas between."""
    found: dict[str, float] = {}
    for key, read in _GROUPS.items():
        cells = (row.get(key) or "").split(",")
        if cells == [""]:
            continue
        try:
            values = read(cells)
        except (ValueError, IndexError):
            findings.note(line, key, "is not a group of ISD", value=row.get(key))
            continue
        found |= {name: findings.plausible(line, key, name, value) for name, value in values.items()}
    return found


def _known(cell: str, missing: str, *, scale: float = 1.0, quality: str = "1") -> float:
    """Read a number; NaN where it is all nines, or marked as wrong."""
    return math.nan if cell.lstrip("+") == missing or quality in _WRONG else int(cell) / scale


def _wind(cells: Sequence[str]) -> Row:
    from_deg = _known(cells[0], "999", quality=cells[1])
    return {"wind_from_deg": from_deg, "wind_mps": _known(cells[3], "9999", scale=_TENTHS, quality=cells[4])}


def _temperature(cells: Sequence[str]) -> Row:
    return {"temperature_c": _known(cells[0], "9999", scale=_TENTHS, quality=cells[1])}


def _visibility(cells: Sequence[str]) -> Row:
    return {"visibility_m": _known(cells[0], "999999", quality=cells[1])}


def _gust(cells: Sequence[str]) -> Row:
    return {"gust_mps": _known(cells[0], "9999", scale=_TENTHS, quality=cells[1])}


def _rain(cells: Sequence[str]) -> Row:
    hours = _known(cells[0], "99")
    fell_mm = _known(cells[1], "9999", scale=_TENTHS, quality=cells[3])
    return {"rain_mmh": fell_mm / hours if hours > 0 else math.nan}


_GROUPS: Final[Mapping[str, Callable[[Sequence[str]], Row]]] = {
    "WND": _wind,
    "TMP": _temperature,
    "VIS": _visibility,
    "OC1": _gust,
    "AA1": _rain,
}


def _record(
    findings: Findings,
    times: Sequence[datetime.datetime],
    rows: Sequence[Row],
    *,
    zone: str | None,
    notes: Sequence[str],
) -> WeatherRecord:
    if not rows and not findings.problems.found:
        findings.note(1, "weather", "has no rows")
    findings.check()
    known = {name: [row.get(name, math.nan) for row in rows] for name in COLUMNS}
    ordered, columns = sorted_rows(times, all_columns(known, len(rows)))
    told = [*notes, *replaced_note(times, ordered)]
    return of_times(findings.label, ordered, columns, zone=needed_zone(zone, findings, what=_WHY), notes=told)

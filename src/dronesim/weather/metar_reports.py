"""Weather from METARs, the reports of airports: one a line, in UTC, each with a date before it or not."""

from __future__ import annotations

import datetime
import math
import re
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final

from dronesim.letters import counted
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

RAIN_MMH: Final = {"light": 1.0, "moderate": 5.0, "heavy": 15.0}
"""What the words of a report stand for, where it measures nothing (an assumption)."""
_FALLS: Final = ("rain", "drizzle", "snow", "hail", "ice", "precipitation")
_MM_A_CM: Final = 10.0
_REPORT: Final = re.compile(
    r"\b(?:(?:METAR|SPECI)\s+(?:COR\s+)?)?(?P<station>[A-Z][A-Z0-9]{3})\s+(?P<day>\d{2})\d{4}Z\b"
)
_NIL: Final = re.compile(r"^\s*(?:AUTO\s+|COR\s+)?NIL\b")
"""A report that was not made."""
_NO_WIND: Final = re.compile(r"\s/{5}(?:KT|MPS|KMH)?\s")
"""A wind that was not measured."""
_NO_SIGHT: Final = re.compile(r"\s/{4}\s")
"""A visibility that was not measured, which the reader of METARs takes for ten kilometres."""
_STAMP: Final = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})")
_MISSING: Final = "reading METARs takes the package metar; install dronesim[weather], or metar itself"


def read_metars(text: str, about: About) -> WeatherRecord:
    """Read METARs in any order; without dates of their own they are of the month around the day that ``about`` has.

    Raises
    ------
    InputError
        With the first problems by line; or the zone, or the month, is missing.
    """
    findings = Findings(label=about.label)
    if find_spec("metar") is None:
        findings.note(None, "weather.format", _MISSING)
        findings.check()
    times, rows, unread, nil, stations = [], [], 0, 0, Stations()
    for line, raw, found in _reports(text):
        stations.meet(findings, line, "METAR", found["station"])
        if _NIL.search(raw[found.end() :]):
            nil += 1
            continue
        day = _date(findings, line, raw, found, about.near)
        report = None if day is None else _parsed(raw[found.start() :], day)
        if day is not None and report is None:
            findings.note(line, "METAR", "can't be read as a report", value=raw.strip())
        if day is None or report is None:
            continue
        unread += not report.decode_completed
        times.append(datetime.datetime.combine(day, report.time.time(), tzinfo=datetime.UTC))
        rows.append(_values(findings, line, report))
    if not rows and not findings.problems.found:
        findings.note(1, "weather", "has no METAR that tells anything" if nil else "has no METAR")
    findings.check()
    ordered, columns = sorted_rows(
        times, all_columns({name: [row[name] for row in rows] for name in COLUMNS}, len(rows))
    )
    words = ", ".join(f"{word} {rate:g}" for word, rate in RAIN_MMH.items())
    notes = [f"rain by the words of the reports where none is measured: {words} mm/h (an assumption)"]
    passed_over = _without_report(text)
    notes += [f"lines without a report, which are passed over: {passed_over}"] if passed_over else []
    notes += [f"{counted(nil, 'report')} without content (NIL), which tell nothing"] if nil else []
    windless = sum(math.isnan(row["wind_mps"]) for row in rows)
    notes += [f"the wind is not known in {counted(windless, 'report')}"] if windless else []
    notes += replaced_note(times, ordered)
    notes += [f"{unread} reports have groups that were not read"] if unread else []
    zone = needed_zone(about.zone, findings, what="the times of METARs are UTC")
    return of_times(about.label, ordered, columns, zone=zone, notes=notes)


def _reports(text: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    """List lines with a report; lines without one, as headers and comments, are passed over."""
    for line, raw in enumerate(text.splitlines(), start=1):
        found = _REPORT.search(raw)
        if found is not None:
            yield line, raw, found


def _without_report(text: str) -> int:
    """Count the lines that hold something, no comment, and no report."""
    lines = [line.strip() for line in text.splitlines()]
    return sum(not line.startswith("#") and _REPORT.search(line) is None for line in lines if line)


def _date(
    findings: Findings, line: int, raw: str, found: re.Match[str], near: datetime.date | None
) -> datetime.date | None:
    """Give the date of a report: that before it in its line, else the one of its day of the month nearest ``near``."""
    day = int(found["day"])
    stamp = _STAMP.search(raw[: found.start()])
    anchor = near
    if stamp is not None:
        try:
            anchor = datetime.date(*(int(part) for part in stamp.groups()))
        except ValueError as error:
            findings.note(line, "METAR", f"has a date that is none: {error}", value=stamp[0])
            return None
    if anchor is None:
        way_out = "write the date before each report, or state horizon.date"
        findings.note(line, "METAR", f"tells the day of the month and no month; {way_out}", value=found[0])
        return None
    spans = (anchor + datetime.timedelta(days=shift) for shift in range(-_HALF_MONTH, _HALF_MONTH + 1))
    fitting = [date for date in spans if date.day == day]
    if not fitting:
        findings.note(line, "METAR", f"has no day {day} near {anchor}", value=found[0])
        return None
    return min(fitting, key=lambda date: abs((date - anchor).days))


_HALF_MONTH: Final = 16


def _parsed(code: str, day: datetime.date) -> Any:
    """Parse a report; None where it can't be."""
    from metar.Metar import Metar, ParserError

    try:
        with warnings.catch_warnings():
            # of groups that it does not know the reader of METARs warns; they are counted and told instead
            warnings.simplefilter("ignore", RuntimeWarning)
            report = Metar(code.strip().strip('"=, '), month=day.month, year=day.year, strict=False)
    except ParserError:
        return None
    is_told = report.wind_speed is not None or _NO_WIND.search(code) is not None
    return report if is_told and report.time is not None else None


def _values(findings: Findings, line: int, report: Any) -> dict[str, float]:
    read = {
        "wind_mps": _in(report.wind_speed, "MPS"),
        "wind_from_deg": math.nan if report.wind_dir is None else float(report.wind_dir.value()),
        "gust_mps": _in(report.wind_gust, "MPS"),
        "rain_mmh": _rain_mmh(report),
        "temperature_c": _in(report.temp, "C"),
        "visibility_m": math.nan if _NO_SIGHT.search(report.code) else _in(report.vis, "M"),
    }
    return {name: findings.plausible(line, f"METAR, {name}", name, value) for name, value in read.items()}


def _in(quantity: Any, unit: str) -> float:
    return math.nan if quantity is None else float(quantity.value(unit))


def _rain_mmh(report: Any) -> float:
    """Give the rain that was measured in the hour, else what the words stand for; without such words it is dry."""
    if report.precip_1hr is not None:
        return float(report.precip_1hr.value("CM")) * _MM_A_CM
    falling = [words for words in report.present_weather().split("; ") if any(kind in words for kind in _FALLS)]
    rates = [
        next((rate for word, rate in RAIN_MMH.items() if word in words), RAIN_MMH["moderate"]) for words in falling
    ]
    return max(rates, default=0.0)

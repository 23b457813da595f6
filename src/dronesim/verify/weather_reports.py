"""Reads reports of weather, METAR and ISD, into times and columns: readers apart from those of the model."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator, Mapping
from typing import Final

from dronesim.verify.weather_files import FileWeather, of_times

_KT: Final = 0.514444444444444
_MILE_M: Final = 1609.344
_INCH_MM: Final = 25.4
_RATES_MMH: Final = {"-": 1.0, "": 5.0, "+": 15.0}
"""Light, moderate and heavy rain where none is measured (an assumption that docs/model.md states)."""

_HEAD: Final = re.compile(r"\b(?:(?:METAR|SPECI)\s+(?:COR\s+)?)?([A-Z][A-Z0-9]{3})\s+(\d\d)(\d\d)(\d\d)Z\b")
_STAMP: Final = re.compile(r"(\d{4})[-/]?(\d\d)[-/]?(\d\d)")
_WIND: Final = re.compile(
    r"(?P<from>\d{3}|VRB|///)P?(?P<speed>\d{2,3}|//)(?:GP?(?P<gust>\d{2,3}))?(?P<unit>KT|MPS|KMH)"
)
_SIGHT: Final = re.compile(r"(\d{4})(?:NDV|N|NE|E|SE|S|SW|W|NW)?")
_MILES: Final = re.compile(r"[MP]?(?:(\d+) )?(\d+)(?:/(\d+))?SM")
_WARM: Final = re.compile(r"(M?)(\d\d)/(?:M?\d\d|//)?")
_TENTHS: Final = re.compile(r"\bT([01])(\d{3})[01]\d{3}\b")
_FELL: Final = re.compile(r"\bP(\d{4})\b")
_FALLS: Final = re.compile(
    r"([-+]|VC|)(?:MI|PR|BC|DR|BL|SH|TS|FZ)?((?:DZ|RA|SN|SG|IC|PL|GR|GS|UP)+)"
    r"|(?:[-+]|VC|)(?:(?:MI|PR|BC|DR|BL|FZ)?(?:BR|FG|FU|VA|DU|SA|HZ|PY|PO|SQ|FC|SS|DS)|SH|TS)"
)
_OTHERS: Final = re.compile(
    r"COR|AUTO|NOSIG|CAVOK|\d{3}V\d{3}|(?:FEW|SCT|BKN|OVC|VV)(?:\d{3}|///)(?:CB|TCU)?|NSC|NCD|SKC|CLR|Q\d{4}|A\d{4}|//|/{4,6}"
)
"""Groups that are known to tell nothing of what counts."""
_SPEEDS: Final = {"KT": _KT, "MPS": 1.0, "KMH": 1 / 3.6}
_TRENDS: Final = re.compile(r"\s(?:RMK|TEMPO|BECMG|NOSIG)\b.*")


def read_metars(text: str, zone: str | None, near: datetime.date | None) -> FileWeather:
    """Read METARs; a report of which not all groups are known is doubtful in all but its wind."""
    found: dict[datetime.datetime, tuple[dict[str, float], bool]] = {}
    for line in text.splitlines():
        head = _HEAD.search(line)
        if head is None or re.match(r"\s*(?:AUTO\s+|COR\s+)?NIL\b", line[head.end() :]):
            continue
        day = _day(int(head[2]), line[: head.start()], near)
        moment = datetime.datetime.combine(day, datetime.time(int(head[3]), int(head[4])), tzinfo=datetime.UTC)
        found[moment] = _report(line[head.end() :].rstrip().rstrip('=," '))
    times = sorted(found)
    doubtful = [number for number, time in enumerate(times) if found[time][1]]
    return of_times(times, [found[time][0] for time in times], zone, doubtful)


def _day(number: int, before: str, when: datetime.date | None) -> datetime.date:
    """Find the date of a day of the month, nearest to the date before the report, or to that of the day."""
    stamp = _STAMP.search(before)
    anchor = datetime.date(int(stamp[1]), int(stamp[2]), int(stamp[3])) if stamp is not None else when
    if anchor is None:
        raise ValueError("a METAR without a month")
    near = [anchor + datetime.timedelta(days=shift) for shift in sorted(range(-16, 17), key=abs)]
    fitting = [day for day in near if day.day == number]
    return fitting[0]


def _report(body: str) -> tuple[dict[str, float], bool]:
    """Read the groups of a report; tells too whether any is unknown."""
    main = _TRENDS.sub("", f" {body}")
    remarks = re.search(r"\sRMK\b(.*)", body)
    groups = re.sub(r"(?<=\s)(\d) (?=\d/\d+SM)", r"\1_", main).split()
    row: dict[str, float] = {"rain_mmh": 0.0}
    is_doubtful = False
    for group in groups:
        values = _group(group.replace("_", " "))
        is_doubtful |= values is None
        for name, value in (values or {}).items():
            if name == "rain_mmh":
                row[name] = max(row[name], value)
            else:
                row.setdefault(name, value)
    row |= dict(_remarked("" if remarks is None else remarks[1]))
    return row, is_doubtful


def _group(group: str) -> dict[str, float] | None:
    """Give what a group tells; None for one that is not known."""
    if (found := _WIND.fullmatch(group)) is not None:
        return dict(_wind(found))
    if group == "CAVOK":
        return {"visibility_m": 10_000.0}
    if (found := _SIGHT.fullmatch(group)) is not None:
        return {"visibility_m": 10_000.0 if found[1] == "9999" else float(found[1])}
    if (found := _MILES.fullmatch(group)) is not None:
        return {"visibility_m": (float(found[1] or 0) + float(found[2]) / float(found[3] or 1)) * _MILE_M}
    if (found := _WARM.fullmatch(group)) is not None:
        return {"temperature_c": float(found[2]) * (-1 if found[1] else 1)}
    if (found := _FALLS.fullmatch(group)) is not None:
        return {"rain_mmh": _RATES_MMH.get(found[1], 5.0)} if found[2] else {}
    return {} if _OTHERS.fullmatch(group) else None


def _wind(found: re.Match[str]) -> Iterator[tuple[str, float]]:
    for name, group in (("wind_mps", "speed"), ("gust_mps", "gust")):
        if found[group] and found[group] != "//":
            yield name, float(found[group]) * _SPEEDS[found["unit"]]
    if found["from"].isdigit():
        yield "wind_from_deg", float(found["from"])


def _remarked(remarks: str) -> Iterator[tuple[str, float]]:
    """Give what remarks tell better: tenths of degrees, and the rain of the last hour in hundredths of an inch."""
    if (found := _TENTHS.search(remarks)) is not None:
        yield "temperature_c", float(found[2]) / 10 * (-1 if found[1] == "1" else 1)
    if (found := _FELL.search(remarks)) is not None:
        yield "rain_mmh", float(found[1]) / 100 * _INCH_MM


def read_isd_lite(text: str, zone: str | None) -> FileWeather:
    """Read ISD-lite: year, month, day, hour UTC, and eight numbers, the most in tenths."""
    found: dict[datetime.datetime, dict[str, float]] = {}
    for cells in (line.split() for line in text.splitlines() if line.strip()):
        numbers = [int(cell) for cell in cells]
        moment = datetime.datetime(numbers[0], numbers[1], numbers[2], numbers[3], tzinfo=datetime.UTC)
        told = {"temperature_c": numbers[4] / 10, "wind_from_deg": float(numbers[7]), "wind_mps": numbers[8] / 10}
        told["rain_mmh"] = max(numbers[10], 0) / 10
        places = {"temperature_c": 4, "wind_from_deg": 7, "wind_mps": 8, "rain_mmh": 10}
        found[moment] = {name: value for name, value in told.items() if numbers[places[name]] != -9999}
    times = sorted(found)
    return of_times(times, [found[time] for time in times], zone)


def read_isd_csv(text: str, zone: str | None) -> FileWeather:
    """Read NCEI's CSV of ISD: groups of numbers with commas, each with marks of quality."""
    found: dict[datetime.datetime, dict[str, float]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        moment = datetime.datetime.fromisoformat(row["DATE"]).replace(tzinfo=datetime.UTC)
        found[moment] = dict(_isd_groups(row))
    times = sorted(found)
    return of_times(times, [found[time] for time in times], zone)


_ISD: Final = (
    *(("wind_from_deg", "WND", 0, "999", 1), ("wind_mps", "WND", 3, "9999", 10)),
    *(("temperature_c", "TMP", 0, "9999", 10), ("visibility_m", "VIS", 0, "999999", 1)),
    ("gust_mps", "OC1", 0, "9999", 10),
)
"""Column, group, place in the group before its mark, what stands for nothing, and how many make one."""


def _isd_groups(row: Mapping[str, str | None]) -> Iterator[tuple[str, float]]:
    for name, key, place, missing, parts in _ISD:
        cells = (row.get(key) or "").split(",")
        if cells != [""] and not _is_out(cells[place], cells[place + 1], missing):
            yield name, int(cells[place]) / parts
    cells = (row.get("AA1") or "").split(",")
    if cells != [""] and cells[0] not in ("99", "00") and not _is_out(cells[1], cells[3], "9999"):
        yield "rain_mmh", int(cells[1]) / 10 / int(cells[0])


def _is_out(cell: str, mark: str, missing: str) -> bool:
    return cell.lstrip("+") == missing or mark in ("3", "7")

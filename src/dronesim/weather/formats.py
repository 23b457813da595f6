"""The forms in which people have weather, and which one a file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dronesim.errors import InputError, Problem
from dronesim.weather.csv_table import read_table
from dronesim.weather.epw import read_epw
from dronesim.weather.findings import About
from dronesim.weather.isd import read_isd_csv, read_isd_lite
from dronesim.weather.metar_reports import read_metars
from dronesim.weather.record import WeatherRecord

FORMATS: Final[Mapping[str, Callable[[str, About], WeatherRecord]]] = {
    "csv": read_table,
    "epw": read_epw,
    "metar": read_metars,
    "isd-lite": read_isd_lite,
    "isd-csv": read_isd_csv,
}
_ISD_LITE: Final = re.compile(r"\s*\d{4}\s+\d{2}\s+\d{2}\s+\d{2}(\s+-?\d+){8}\s*")
_METAR: Final = re.compile(r"\b[A-Z][A-Z0-9]{3}\s+\d{6}Z\b")


def format_of(text: str, *, suffix: str, label: str) -> str:
    """Guess the form of a file by its first lines, then by the end of its name.

    Raises
    ------
    InputError
        It looks like none.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    if first.upper().startswith("LOCATION,"):
        return "epw"
    if _ISD_LITE.fullmatch(first):
        return "isd-lite"
    if {"DATE", "WND"} <= {name.strip().strip('"') for name in first.split(",")}:
        return "isd-csv"
    if any(_METAR.search(line) for line in lines):
        return "metar"
    if "," in first or suffix in (".csv", ".txt"):
        return "csv"
    if suffix.lstrip(".") in FORMATS:
        return suffix.lstrip(".")
    rule = f"is weather of no known form; say which with weather.format: {', '.join(FORMATS)}"
    raise InputError([Problem(file=label, line=1, key="weather", rule=rule)])


def read_weather(text: str, about: About, *, suffix: str, form: str | None) -> WeatherRecord:
    """Read weather of any form; ``form`` is guessed where it is None.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    known = format_of(text, suffix=suffix, label=about.label) if form is None else form
    return FORMATS[known](text, about)

"""What is wrong with a file of weather, line by line: of problems that are alike the first, the others counted."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field
from typing import Final

from dronesim.errors import Problem, Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a value may be at most and at least, with the word for it and its unit."""

    low: float
    high: float
    unit: str

    def rule(self) -> str:
        """Word the rule."""
        return f"must be from {self.low:g} to {self.high:g} {self.unit}"


PLAUSIBLE: Final = {
    "wind_mps": Limits(low=0.0, high=75.0, unit="m/s"),
    "wind_from_deg": Limits(low=0.0, high=360.0, unit="degrees"),
    "gust_mps": Limits(low=0.0, high=115.0, unit="m/s"),
    "rain_mmh": Limits(low=0.0, high=400.0, unit="mm/h"),
    "temperature_c": Limits(low=-90.0, high=60.0, unit="°C"),
    "visibility_m": Limits(low=0.0, high=1_000_000.0, unit="m"),
}
"""What was ever measured on earth, rounded away from it; beyond stand slips of the pen and codes for missing values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file of weather may not tell itself: its name, the time zone of its place, and a day near its days."""

    label: str
    zone: str | None = None
    near: datetime.date | None = None


@dataclass(slots=True, kw_only=True)
class Findings:
    """The problems of one file."""

    label: str
    problems: Problems = field(default_factory=Problems)

    def note(self, line: int | None, key: str, rule: str, *, value: object = None, hint: str | None = None) -> None:
        """Keep a problem of a line."""
        self.problems.note(Problem(file=self.label, line=line, key=key, rule=rule, value=value, hint=hint))

    def number(self, line: int, key: str, text: str) -> float:
        """Read a number; NaN where there is none, and where it is wrong (and noted)."""
        if not text.strip():
            return math.nan
        try:
            found = float(text)
        except ValueError:
            found = math.inf
        if not math.isfinite(found):
            self.note(line, key, "must be a number; leave it empty where it is not known", value=text)
            return math.nan
        return found

    def plausible(self, line: int, key: str, column: str, value: float, *, stated: object = None) -> float:
        """Check a value in the unit of its column; NaN where it can't be (and is noted)."""
        limits = PLAUSIBLE[column]
        if math.isnan(value) or limits.low <= value <= limits.high:
            return value
        rule = f"{limits.rule()}; leave it empty where it is not known"
        self.note(line, key, rule, value=value if stated is None else stated)
        return math.nan

    def check(self) -> None:
        """Raise an InputError where anything was found."""
        self.problems.check()


@dataclass(slots=True)
class Stations:
    """Sees to it that all reports of a file are of one station: weathers of two places are not one weather."""

    first: str | None = None

    def meet(self, findings: Findings, line: int, key: str, station: str | None) -> None:
        """Note a report of another station than that of the first report; None where nobody tells."""
        self.first = self.first or station
        if station is not None and station != self.first:
            rule = f"is of another station than the first report, {self.first}; keep one station in a file"
            findings.note(line, key, rule, value=station)

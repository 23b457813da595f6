"""What a zone of any format says: its kind, its heights above ground or sea, and when it holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from dronesim.exchange.maps.lengths import FOOT_M

WEEKDAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
EVENTS: Final = {
    "BMCT": "dawn",
    "SR": "sunrise",
    "SUNRISE": "sunrise",
    "SS": "sunset",
    "SUNSET": "sunset",
    "EMCT": "dusk",
    "ESCT": "dusk",
    "BSCT": "dawn",
    "MCT": "dawn",
    "ECT": "dusk",
}
"""Events of the sun in ED-318 and other texts, by the name that astral has."""
UNITS_M: Final = {"M": 1.0, "FT": FOOT_M}


@dataclass(frozen=True, slots=True, kw_only=True)
class Height:
    """A height in metres, above the sea or above the ground."""

    metres: float
    is_above_sea: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of some days: minutes after midnight or events of the sun; None for the whole day on that side.

    ``is_once``: of the scenario's day alone, as the hours of a map of ours are; else of every day.
    """

    days: frozenset[str] = frozenset()
    begins: int | str | None = None
    ends: int | str | None = None
    is_utc: bool = False
    is_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Dates between which a zone holds, open where None, and its windows of hours, none for always."""

    first: dt.datetime | None = None
    last: dt.datetime | None = None
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone as its source states it; ``lower`` None is the ground, ``upper`` None all heights."""

    name: str
    restriction: str
    lower: Height | None = None
    upper: Height | None = None
    periods: tuple[Period, ...] = ()

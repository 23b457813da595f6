"""The kinds of value a scenario table may hold: numbers by site, shares, times of day, and how each is described."""

from __future__ import annotations

import datetime
import difflib
import re
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
)

from dronesim.letters import is_steering
from dronesim.units import DAY, MINUTE, seconds_at

ASSUMPTION: Final = "E, assumption"
TIME_RULE: Final = (
    'must be a time of day such as "10:30", from 00:00 to 48:00: hours after midnight count on, as "25:30"'
)
DATE_RULE: Final = "must be a date such as 2026-06-01"
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
_TIME: Final = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?")
_SHORT_HOUR: Final = re.compile(r"\d:")

MOST: Final = 100_000
"""No count of anything in a scenario goes beyond this."""
LONGEST_S: Final = DAY
LATEST_S: Final = 2 * DAY
"""A day may go on until the midnight after its own."""
LONGEST_MIN: Final = DAY / MINUTE
HUGE: Final = 1e9


class Table(BaseModel):
    """A table of a scenario: unknown keys, wrong types, NaN and infinities are refused; it never changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=True)


def about(default: object, text: str, source: str = ASSUMPTION, **limits: Any) -> Any:
    """Declare a field: its default, what it means with its unit, where the default comes from, its limits."""
    return Field(default, description=text, json_schema_extra={"source": source}, **limits)


def table(kind: type[Table], text: str) -> Any:
    """Declare a field that holds a table and may be left out."""
    return Field(default_factory=kind, description=text)


def seconds_of_day(text: str) -> float:
    """Turn ``HH:MM`` or ``HH:MM:SS`` into seconds since midnight; a ValueError says what it must look like.

    Hours after the day's midnight count on: half past one of the next day is ``25:30``.
    """
    found = _TIME.fullmatch(_padded(text))
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    total = seconds_at(hours, minutes, seconds)
    if minutes > 59 or seconds > 59 or total > LATEST_S:
        raise ValueError(TIME_RULE)
    return total


def _padded(text: str) -> str:
    """Write a time of day with two digits of the hour."""
    return f"0{text}" if _SHORT_HOUR.match(text) else text


def _plain_time(value: object) -> object:
    """TOML has local times of its own, and people write 8:00; take them as the same text."""
    if isinstance(value, str):
        return _padded(value)
    if isinstance(value, int | float | datetime.datetime) and not isinstance(value, bool):
        raise ValueError(TIME_RULE)
    return value.strftime("%H:%M:%S") if isinstance(value, datetime.time) else value


def _checked_time(text: str) -> str:
    seconds_of_day(text)
    return text


def _plain_date(value: object) -> object:
    """TOML has dates of its own; take them as the same text."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise ValueError(DATE_RULE)
    return value


def _checked_date(text: str) -> str:
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError as error:
        why = "" if "format" in str(error) or "isoformat" in str(error) else f": {error}"
        raise ValueError(f"{DATE_RULE}{why}") from error
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError(f"{DATE_RULE}, from {FIRST_YEAR} to {LAST_YEAR}")
    return date.isoformat()


def _checked_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = difflib.get_close_matches(text, available_timezones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f'must be the name of a time zone such as "Asia/Shanghai"{hint}') from error
    return text


def _checked_name(text: str) -> str:
    if is_steering(text):
        raise ValueError("must not hold control characters")
    return text


def _site_or_number(value: object) -> str:
    return "by_site" if isinstance(value, dict) else "number"


TimeOfDay: TypeAlias = Annotated[
    str,
    BeforeValidator(_plain_time),
    AfterValidator(_checked_time),
    Field(json_schema_extra={"pattern": f"^{_TIME.pattern}$"}),
]
Date: TypeAlias = Annotated[
    str,
    BeforeValidator(_plain_date),
    AfterValidator(_checked_date),
    Field(json_schema_extra={"format": "date"}),
]
Zone: TypeAlias = Annotated[str, AfterValidator(_checked_zone)]
"""Name of a time zone, as the IANA has it."""
Name: TypeAlias = Annotated[str, AfterValidator(_checked_name)]
"""A name, as people see it in tables and pictures."""
Share: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
NonNegative: TypeAlias = Annotated[float, Field(ge=0.0, le=HUGE)]
Positive: TypeAlias = Annotated[float, Field(gt=0.0, le=HUGE)]
Metres: TypeAlias = Annotated[float, Field(ge=0.0, le=10_000.0)]
Apart: TypeAlias = Annotated[float, Field(ge=0.1, le=10_000.0)]
"""Metres that two must be apart in height; with less, rounding would say which of those at one level are."""
Speed: TypeAlias = Annotated[float, Field(ge=0.01, le=1000.0)]
"""Metres per second; a standstill would take forever."""
Seconds: TypeAlias = Annotated[float, Field(ge=0.0, le=LONGEST_S)]
Minutes: TypeAlias = Annotated[float, Field(ge=0.0, le=LONGEST_MIN)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]
Some: TypeAlias = Annotated[int, Field(ge=1, le=MOST)]
Values: TypeAlias = Annotated[tuple[NonNegative, ...], Strict(False), Field(min_length=1)]

CountBySite: TypeAlias = Annotated[
    Annotated[Count, Tag("number")] | Annotated[dict[str, Count], Tag("by_site")],
    Discriminator(_site_or_number),
]
"""A whole number for every site, or a table by site id."""
SomeBySite: TypeAlias = Annotated[
    Annotated[Some, Tag("number")] | Annotated[dict[str, Some], Tag("by_site")],
    Discriminator(_site_or_number),
]
"""As ``CountBySite``, at least 1."""
FleetBySite: TypeAlias = Annotated[
    Annotated[Some, Tag("number")] | Annotated[dict[str, Count], Tag("by_site")],
    Discriminator(_site_or_number),
]
"""A whole fleet of at least 1, or a table by take-off point, where single ones may have none."""

"""Times of day in the cells of a trace, one rule for every format, and other times by the look of their column."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from dronesim.scenario.fields import LATEST_S
from dronesim.slips import DATE
from dronesim.units import MS, seconds_at

PLACED_RULE: Final = "must be a time of day as HH:MM:SS, or seconds since midnight"
WAY_OUT: Final = "write times of day as HH:MM:SS, or let `dronesim import orders` read the file"
EPOCH: Final = datetime.date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial numbers."""
SERIALS: Final = (25_569.0, 73_051.0)
"""Serial numbers of 1970 and of 2100."""
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:[.,][0-9]{1,9})?))?")
_LEAP_YEAR: Final = 366.0


def time_of_day(value: object) -> float | None:
    """Read a time of day in seconds, to the millisecond, which is what the clock has; None where it is none."""
    if isinstance(value, datetime.time):
        value = value.isoformat()
    found = _clock_s(value.strip()) if isinstance(value, str) and ":" in value else as_float(value)
    return round(found, 3) if found is not None and 0.0 <= found <= LATEST_S else None


def as_float(value: object) -> float | None:
    """Read a finite number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def time_rule(value: object) -> str:
    """Say what a cell must be that holds no time of day, and the way out where it holds a date."""
    is_date = isinstance(value, datetime.date) or (isinstance(value, str) and DATE.match(value.strip()))
    number = as_float(value)
    if is_date:
        return f"{PLACED_RULE}, not a date; `dronesim import orders` reads dates"
    if number is not None and number > LATEST_S:
        return f"{PLACED_RULE}, not since 1970; `dronesim import orders` reads such times"
    return PLACED_RULE


def other_times(cells: Sequence[object]) -> str | None:
    """Tell what a column of numbers is that can't be seconds since midnight: serials or fractions of a day.

    A spreadsheet's serials of a year lie within 366 of each other, and those of a time are no whole milliseconds;
    seconds of a day that did either would be a burst of orders, seconds of a day that did both are not met.
    """
    numbers = [found for found in map(as_float, cells) if found is not None]
    if len(numbers) < len(cells) or not numbers or all(number.is_integer() for number in numbers):
        return None
    low, high = min(numbers), max(numbers)
    is_odd = any(abs(number * MS - round(number * MS)) > 1e-6 for number in numbers)
    is_burst = len(numbers) > 2 and high - low < 1.0
    if not (is_odd or is_burst):
        return None
    if SERIALS[0] <= low and high < SERIALS[1] and high - low <= _LEAP_YEAR:
        day = EPOCH + datetime.timedelta(days=int(low))
        return f"holds a spreadsheet's serial numbers of date and time ({low:g} is a time on {day}); {WAY_OUT}"
    if high <= 1.0:
        return f"holds a spreadsheet's fractions of a day ({numbers[0]:g} is {numbers[0] * 24:.2f} h); {WAY_OUT}"
    return None


def _clock_s(text: str) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), float((found[3] or "0").replace(",", "."))
    return seconds_at(hours, minutes, 0) + seconds if minutes <= 59 and seconds < 60.0 else None

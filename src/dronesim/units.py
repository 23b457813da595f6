"""Units at the edge of the model: SI seconds and metres inside, an exact clock of integer milliseconds."""

from __future__ import annotations

import math

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
MS = 1000
LAST_MS = 2**31 - 1
"""The latest time that four bytes hold, in milliseconds since midnight: no day lasts until then."""

_ULP_SLACK_MS = 1e-6


def to_ms(seconds: float) -> int:
    """Round a time or duration in seconds up to whole milliseconds.

    A value within a nanosecond above a whole millisecond counts as that millisecond,
    so that 0.1 + 0.2 s is 300 ms and not 301.
    """
    return math.ceil(seconds * MS - _ULP_SLACK_MS)


def to_s(milliseconds: int) -> float:
    """Convert the event clock's milliseconds to seconds."""
    return milliseconds / MS


def clock(seconds: float) -> str:
    """Show seconds since local midnight as ``HH:MM:SS``."""
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def clock_minutes(seconds: float) -> str:
    """Show seconds since local midnight as ``HH:MM``, to the nearest minute."""
    whole = round(seconds / MINUTE)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def seconds_at(hours: int, minutes: int, seconds: int) -> float:
    """Give a time of day in seconds since midnight."""
    return hours * HOUR + minutes * MINUTE + seconds


def in_minutes(seconds: float | None, *, absent: str = "-") -> str:
    """Show a duration in minutes with one decimal; what is None or NaN shows as ``absent``."""
    return absent if seconds is None or math.isnan(seconds) else f"{seconds / MINUTE:.1f} min"

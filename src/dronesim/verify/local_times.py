"""Finds which instants a local time stands for, by trying the offsets that its zone has around it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

_AROUND = datetime.timedelta(hours=16)
"""Farther from UTC than any clock is: a time less this, read as UTC, is before it, and plus this after it."""


def moments(shown: datetime.datetime, place: ZoneInfo) -> list[datetime.datetime]:
    """List the instants at which clocks of a place show a time: one, two, or none."""
    as_utc = shown.replace(tzinfo=datetime.UTC)
    tried = {as_utc - _ahead(as_utc + way * _AROUND, place) for way in (-1, 1)}
    return sorted(moment for moment in tried if moment.astimezone(place).replace(tzinfo=None) == shown)


def _ahead(moment: datetime.datetime, place: ZoneInfo) -> datetime.timedelta:
    local = moment.astimezone(place).replace(tzinfo=datetime.UTC)
    return local - moment


def first_moment(shown: datetime.datetime, place: ZoneInfo) -> datetime.datetime:
    """Give the first instant at which a time is shown; if it never is, that of a clock that was not put forward."""
    as_utc = shown.replace(tzinfo=datetime.UTC)
    return next(iter(moments(shown, place)), as_utc - _ahead(as_utc - _AROUND, place))


def day_zero(date: datetime.date, opens_s: float, place: ZoneInfo) -> datetime.datetime:
    """Give the instant from which a day's seconds count: so long before its opening as its opening is after 00:00."""
    opens = datetime.timedelta(seconds=opens_s)
    return first_moment(datetime.datetime(date.year, date.month, date.day) + opens, place) - opens


def one_after_another(shown: Sequence[datetime.datetime], place: ZoneInfo) -> list[datetime.datetime]:
    """Give the instants of times in their order; of two of one time the second is the one when clocks were put back."""
    found = list[datetime.datetime]()
    for time in shown:
        both = moments(time, place)
        if not both:
            raise ValueError(f"clocks of {place.key} never show {time.isoformat()}")
        later = [moment for moment in both if not found or moment > found[-1]]
        found.append(later[0] if later else both[-1])
    return found

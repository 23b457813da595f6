"""Finds which instants a local time stands for, by trying the offsets that its zone has around it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

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
    """Give the instants of times in their order; of two of one time the second is the one when clocks were put back.

    Times that go back by anything but what clocks do, less a step, are in no order: a ValueError.
    """
    found = list[datetime.datetime]()
    for time in shown:
        both = moments(time, place)
        if not both:
            raise ValueError(f"clocks of {place.key} never show {time.isoformat()}")
        later = [moment for moment in both if not found or moment > found[-1]]
        found.append(later[0] if later else both[-1])
    _hold_seams(shown, found)
    return found


def _hold_seams(shown: Sequence[datetime.datetime], found: Sequence[datetime.datetime]) -> None:
    """Look at each place where the wall goes back: a row before and a row after clocks are put back, or a wrong row."""
    if len(found) < 2:
        return
    wall_s = np.array([(time - shown[0]).total_seconds() for time in shown])
    since_s = np.array([(moment - found[0]).total_seconds() for moment in found])
    steps_s, passed_s = np.diff(wall_s), np.diff(since_s)
    ahead_s = steps_s[steps_s > 0]
    longest_s = 1.25 * float(np.median(ahead_s)) if len(ahead_s) else np.inf
    for row in np.flatnonzero(steps_s <= 0).tolist():
        back_s = passed_s[row] - steps_s[row]
        around_s = np.delete(wall_s, [row, row + 1])
        is_between = row > 0 and row + 2 < len(wall_s) and around_s[row - 1] < wall_s[row + 1] < wall_s[row]
        is_swap = is_between and wall_s[row] < around_s[row]
        if not 0 < passed_s[row] <= max(longest_s, back_s / 2) or is_swap:
            raise ValueError(f"{shown[row + 1].isoformat()} is doubled, or not in its order")

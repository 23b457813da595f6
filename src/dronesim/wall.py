"""Instants of the times that clocks on the wall show, also where a zone puts them forward or back."""

from __future__ import annotations

import datetime
import itertools
import statistics
from collections.abc import Sequence
from zoneinfo import ZoneInfo

_MIDNIGHT = datetime.time()
_LONGEST_STEPS = 1.25
"""From the last row before clocks are put back to the first after it are so many usual steps at most."""


def offset_of(wall: datetime.datetime, zone: ZoneInfo, *, is_second: bool = False) -> datetime.timedelta:
    """Give how far a clock is ahead of UTC as it shows a time; of one that comes twice the first, or the second.

    Of a time that never comes it is that from before the clocks are put forward (PEP 495).
    """
    return wall.replace(tzinfo=zone, fold=int(is_second)).utcoffset() or datetime.timedelta()


def instants_of(wall: datetime.datetime, zone: ZoneInfo) -> tuple[datetime.datetime, ...]:
    """Give when a clock shows a time, in UTC: once, twice where it is put back, never where it is put forward."""
    utc = wall.replace(tzinfo=datetime.UTC)
    first, second = (utc - offset_of(wall, zone, is_second=is_second) for is_second in (False, True))
    if first == second:
        return (first,)
    return (first, second) if first < second else ()


def in_order(walls: Sequence[datetime.datetime], zone: ZoneInfo) -> list[datetime.datetime | None]:
    """Give the instants of times that came one after another; None for those that never come.

    Of a time that comes twice it is the first, but the second where the wall has gone back to it by about what clocks
    are put back by less the usual step. By anything else rows are out of order, and so are their instants then.
    """
    found: list[datetime.datetime | None] = []
    latest: datetime.datetime | None = None
    for row, wall in enumerate(walls):
        both = instants_of(wall, zone)
        chosen = next((each for each in both if latest is None or each > latest), both[-1] if both else None)
        is_back = latest is not None and len(both) > 1 and both[0] <= latest < both[1] and walls[row - 1] >= wall
        if is_back and not _is_put_back(walls, row, both[1] - both[0]):
            chosen = both[0]
        latest = latest if chosen is None else chosen
        found.append(chosen)
    return found


def _is_put_back(walls: Sequence[datetime.datetime], row: int, shift: datetime.timedelta) -> bool:
    """Tell whether the wall goes back before a row because clocks are put back, and no row is doubled or out of order.

    Two rows that would be in order the other way round have been exchanged.
    """
    passed = shift - (walls[row - 1] - walls[row])
    forward_s = [(after - before).total_seconds() for before, after in itertools.pairwise(walls) if after > before]
    usual = datetime.timedelta(seconds=statistics.median(forward_s)) if forward_s else shift
    is_exchanged = 1 < row < len(walls) - 1 and walls[row - 2] < walls[row] < walls[row - 1] < walls[row + 1]
    return passed <= max(usual * _LONGEST_STEPS, shift / 2) and not is_exchanged


def day_begins(date: datetime.date, opens_s: float, zone: ZoneInfo) -> datetime.datetime:
    """Give the instant, in UTC, at which the clock of a simulated day shows 00:00.

    At the opening, ``opens_s`` after 00:00, that clock shows what the wall shows, and it is neither put forward nor
    back: s seconds after 00:00 are s seconds after this instant.
    """
    midnight = datetime.datetime.combine(date, _MIDNIGHT)
    opening = midnight + datetime.timedelta(seconds=opens_s)
    return midnight.replace(tzinfo=datetime.UTC) - offset_of(opening, zone)


def never_comes(zone: ZoneInfo) -> str:
    """Say what is wrong with a time that `instants_of` gives no instant."""
    return f"never comes: the clocks of {zone.key} are put forward over it"

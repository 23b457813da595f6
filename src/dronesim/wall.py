"""Instants of the times that clocks on the wall show, also where a zone puts them forward or back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

_MIDNIGHT = datetime.time()


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

    Of a time that comes twice it is the first, but the second where the time before it was not earlier than the first.
    """
    found: list[datetime.datetime | None] = []
    latest: datetime.datetime | None = None
    for wall in walls:
        chosen = None
        for chosen in instants_of(wall, zone):
            if latest is None or chosen > latest:
                break
        latest = latest if chosen is None else chosen
        found.append(chosen)
    return found


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

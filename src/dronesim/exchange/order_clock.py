"""Finds the instants of the local times of orders, of which an hour may come twice, by the order of their rows."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from dronesim.wall import instants_of, never_comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """When an order was placed: the time on the wall, ``seconds`` after the midnight of ``day``.

    ``ahead`` of UTC was that clock, None where nobody tells; ``is_doubled``: the wall showed that time twice, and the
    row does not say which it is.
    """

    day: datetime.date | None
    seconds: float
    ahead: datetime.timedelta | None = None
    is_doubled: bool = False


def on_the_wall(day: datetime.date, seconds: float) -> datetime.datetime:
    """Give a local time as if it were UTC."""
    midnight = datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)
    return midnight + datetime.timedelta(seconds=seconds)


def settled(
    rows: Sequence[Placed | str], zone: ZoneInfo, *, column: str, before: datetime.datetime | None
) -> tuple[list[Placed | str], datetime.datetime | None]:
    """Say how far ahead of UTC the clock was at each row of a file; rows that are a text are none, and say why.

    A file with its newest row first is read from its end. ``before`` is the time, with its offset, of the row that was
    read before those of the file; that of the last one that is read is given back.
    """
    found = list(rows)
    numbers = range(len(rows))
    for number in reversed(numbers) if _is_newest_first(rows) else numbers:
        row = found[number]
        if isinstance(row, Placed) and row.day is not None and row.ahead is None:
            row = found[number] = _in_zone(row, row.day, zone, before, column)
        if isinstance(row, Placed) and row.day is not None and row.ahead is not None:
            wall = on_the_wall(row.day, row.seconds)
            before = wall.replace(tzinfo=datetime.timezone(row.ahead))
    return found, before


def _is_newest_first(rows: Sequence[Placed | str]) -> bool:
    """Tell whether the wall goes back from row to row more often than it goes on."""
    walls = [(row.day, row.seconds) for row in rows if isinstance(row, Placed) and row.day is not None]
    steps = list(itertools.pairwise(walls))
    return sum(after < one for one, after in steps) > sum(one < after for one, after in steps)


def _in_zone(
    row: Placed, day: datetime.date, zone: ZoneInfo, before: datetime.datetime | None, column: str
) -> Placed | str:
    wall = on_the_wall(day, row.seconds)
    both = instants_of(wall.replace(tzinfo=None), zone)
    if not both:
        return f"{column} {never_comes(zone)}"
    is_second = len(both) > 1 and before is not None and _is_second(wall, both[0], both[-1], before)
    return replace(row, ahead=wall - both[-1 if is_second else 0], is_doubled=len(both) > 1)


def _is_second(
    wall: datetime.datetime, first: datetime.datetime, second: datetime.datetime, before: datetime.datetime
) -> bool:
    """Tell whether the wall shows a time for the second time, after a row ``before``.

    It does where it has gone back since by half of what clocks are put back by, or more: less is a row out of order. If
    that row is of after the change already, it does unless it has gone back by more than that.
    """
    half = (second - first) / 2
    since = first if before.utcoffset() == wall - second else first + half
    return since <= before <= second + half

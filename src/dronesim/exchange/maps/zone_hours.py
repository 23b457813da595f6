"""When a zone holds on the day of a scenario: dates, days of the week, hours of any clock, the sun."""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.limits import WEEKDAYS, Period, Window, Zone
from dronesim.exchange.maps.wishes import Wishes
from dronesim.units import MINUTE
from dronesim.wall import day_begins, instants_of, offset_of

DAY_MIN: Final = 24 * 60
LAST_MIN: Final = 2 * DAY_MIN
"""Days of a scenario may run past midnight, until 48:00; zones hold in the second night as in the first."""
ANY_DAY: Final = dt.date(2000, 1, 3)
SHIFTS: Final = range(-2, 4)
"""Days around the scenario's own of which an hour may fall on it, in whatever time zone."""
EAST: Final = dt.timedelta(hours=14)
WEST: Final = dt.timedelta(hours=12)
"""So far local clocks are before and behind UTC at most."""

Hours = tuple[int, int] | None
"""Minutes after midnight of the scenario's day between which a zone holds; None for always."""


def held(zone: Zone, shape: Any, wishes: Wishes, account: Account) -> list[Hours]:
    """List when a zone holds between 00:00 and 48:00; what can't be settled is always."""
    if not zone.periods:
        return [None]
    if len(_begins(wishes)) > 1:
        when = "before and after that"
        account.note(f"clocks change on the date or the day after: hours of zones hold for scenarios that open {when}")
    found: list[tuple[int, int]] = []
    for period in zone.periods:
        during = _during(period, wishes, account)
        if during is None:
            account.dropped["periods of zones that are not on the date"] += 1
        else:
            hours = [each for window in period.windows for each in _of_window(window, shape, wishes, account)]
            found += _within(hours if period.windows else [(0, LAST_MIN)], during)
    return _merged(found)


def _within(hours: list[tuple[int, int]], during: tuple[int, int]) -> list[tuple[int, int]]:
    both = [(max(begins, during[0]), min(ends, during[1])) for begins, ends in hours]
    return [(begins, ends) for begins, ends in both if begins < ends]


def _merged(hours: list[tuple[int, int]]) -> list[Hours]:
    """Join hours that meet; all of them together are always."""
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(hours):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return [None if each == (0, LAST_MIN) else each for each in joined]


def _during(period: Period, wishes: Wishes, account: Account) -> tuple[int, int] | None:
    """Give the minutes of a scenario that lie between the dates of a period; None where none do."""
    if period.first is None and period.last is None:
        return 0, LAST_MIN
    if wishes.date is None:
        account.note("zones with dates hold always: give --date to settle them")
        return 0, LAST_MIN
    if wishes.time_zone is None:
        account.note("zones with dates hold all of a day on which they may hold: give --time-zone to settle the hours")
        first = None if period.first is None else _utc(period.first) - WEST
        last = None if period.last is None else _utc(period.last) + EAST
        begins, ends = _minutes(first, wishes, up=False), _minutes(last, wishes, up=True)
        return (0, LAST_MIN) if begins < LAST_MIN and ends > 0 else None
    begins, ends = _minutes(period.first, wishes, up=False), _minutes(period.last, wishes, up=True)
    return (begins, ends) if begins < ends else None


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _begins(wishes: Wishes) -> Mapping[dt.datetime, int]:
    """Give the instants at which the day of a scenario may show 00:00, by when it opens; none where it is not known.

    Each has the first minute, up to 48:00, at which a scenario opens that has it.
    """
    if wishes.date is None or wishes.time_zone is None:
        return {}
    return _openings(wishes.date, wishes.time_zone)


@functools.lru_cache(maxsize=8)
def _openings(date: dt.date, time_zone: str) -> Mapping[dt.datetime, int]:
    zone = ZoneInfo(time_zone)
    found: dict[dt.datetime, int] = {}
    for minute in range(LAST_MIN + 1):
        found.setdefault(day_begins(date, minute * MINUTE, zone), minute)
    return found


def _settled(moment: dt.datetime, wishes: Wishes, *, up: bool) -> dt.datetime:
    """Give the instant of a local time, the first or with ``up`` the last that it may be; without a zone the time."""
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC)
    if wishes.date is None or wishes.time_zone is None:
        return moment
    zone, utc = ZoneInfo(wishes.time_zone), moment.replace(tzinfo=dt.UTC)
    both = [utc - offset_of(moment, zone, is_second=is_second) for is_second in (False, True)]
    return max(both) if up else min(both)


def _minutes(moment: dt.datetime | None, wishes: Wishes, *, up: bool) -> int:
    """Count whole minutes since 00:00 of a scenario's day, within it; None is as far as it may be.

    Where 00:00 depends on the opening, what lies before an opening does not matter to its scenarios.
    """
    if moment is None:
        return LAST_MIN if up else 0
    moment = _settled(moment, wishes, up=up)
    midnight = dt.datetime.combine(wishes.date or ANY_DAY, dt.time())
    begins = _begins(wishes) if moment.tzinfo else {midnight: 0}
    since_min = {zero: (moment - zero).total_seconds() / MINUTE for zero in begins}
    if up:
        minutes = max(
            math.ceil(since_min[zero]) for zero, opens in begins.items() if since_min[zero] > opens or not opens
        )
    else:
        minutes = min(max(math.floor(since_min[zero]), opens) for zero, opens in begins.items())
    return max(0, min(LAST_MIN, minutes))


def _of_window(window: Window, shape: Any, wishes: Wishes, account: Account) -> Iterator[tuple[int, int]]:
    """Give the hours of a window on all days that meet the scenario's."""
    if window.is_once:
        yield (window.begins if isinstance(window.begins, int) else 0), _end_of(window)
        return
    if not _is_settled(window, wishes, account):
        yield 0, LAST_MIN
        return
    date = wishes.date or ANY_DAY
    for shift in SHIFTS:
        day = date + dt.timedelta(days=shift)
        if window.days and wishes.date is not None and WEEKDAYS[day.weekday()] not in window.days:
            continue
        if not _is_there(day, wishes):
            continue
        found = _on(day, window, shape, wishes, account)
        if found is None:
            yield 0, LAST_MIN
        elif found[0] < found[1]:
            yield found


def _is_there(day: dt.date, wishes: Wishes) -> bool:
    """Tell whether clocks show a day: a country that goes to the other side of the date line leaves one out."""
    if wishes.date is None or wishes.time_zone is None:
        return True
    return bool(instants_of(dt.datetime.combine(day, dt.time(12)), ZoneInfo(wishes.time_zone)))


def _end_of(window: Window) -> int:
    return window.ends if isinstance(window.ends, int) else LAST_MIN


def _is_settled(window: Window, wishes: Wishes, account: Account) -> bool:
    """Tell whether the hours of a window can be found with what is known of day and place."""
    if window.days and wishes.date is None:
        account.note("zones with days of the week hold on all days: give --date to settle them")
    is_local = not window.is_utc and not isinstance(window.begins, str) and not isinstance(window.ends, str)
    if is_local or (wishes.date is not None and wishes.time_zone is not None):
        return True
    account.note("zones with hours in UTC or by the sun hold all day: give --date and --time-zone to settle them")
    return False


def _on(day: dt.date, window: Window, shape: Any, wishes: Wishes, account: Account) -> tuple[int, int] | None:
    """Give the hours that a window has of one day, in minutes of the scenario's; None where the sun has no event."""
    first, last = (0 if window.begins is None else window.begins), (DAY_MIN if window.ends is None else window.ends)
    begins = _moment(first, day, window, shape, wishes, account, up=False)
    if _is_over_midnight(first, last, day, window, shape, wishes, account):
        day += dt.timedelta(days=1)
    ends = _moment(last, day, window, shape, wishes, account, up=True)
    if begins is None or ends is None:
        return None
    return _minutes(begins, wishes, up=False), _minutes(ends, wishes, up=True)


def _is_over_midnight(
    first: int | str, last: int | str, day: dt.date, window: Window, shape: Any, wishes: Wishes, account: Account
) -> bool:
    """Tell whether a window of a day ends on the next: by the clock, whatever is done to clocks in between.

    Of the sun and a clock that shows its time twice the end is taken early and the beginning late: it holds longer.
    """
    if isinstance(first, int) and isinstance(last, int):
        return last <= first
    begins = _moment(first, day, window, shape, wishes, account, up=True)
    ends = _moment(last, day, window, shape, wishes, account, up=False)
    return begins is not None and ends is not None and ends <= begins


def _moment(
    side: int | str, day: dt.date, window: Window, shape: Any, wishes: Wishes, account: Account, *, up: bool
) -> dt.datetime | None:
    """Give a time of a day, or an event of the sun, as `_settled` does; None where there is none."""
    if isinstance(side, str):
        return _sun(side, shape, day, str(wishes.time_zone), account)
    moment = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=side)
    return _settled(moment.replace(tzinfo=dt.UTC) if window.is_utc else moment, wishes, up=up)


def _sun(event: str, shape: Any, date: dt.date, time_zone: str, account: Account) -> dt.datetime | None:
    """Find an event of the sun at the middle of a zone; None where the sun has none that day."""
    middle, zone = shape.representative_point(), ZoneInfo(time_zone)
    observer = needed("astral").Observer(latitude=middle.y, longitude=middle.x)
    try:
        moment: dt.datetime = getattr(needed("astral.sun"), event)(observer, date=date, tzinfo=zone)
    except ValueError:
        account.note("zones by the sun hold all day where it does not rise or set")
        return None
    return moment

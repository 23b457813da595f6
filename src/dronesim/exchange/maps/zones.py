"""Zones of all formats as no-fly zones of a map: which close, at what heights and hours."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.extra import needed
from dronesim.exchange.maps.items import Item, find_name, is_stated
from dronesim.exchange.maps.lengths import FOOT_M, length_m
from dronesim.exchange.maps.limits import WEEKDAYS, Height, Period, Window, Zone
from dronesim.exchange.maps.outlines import outline, polygon_feature
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.worded_limits import dates_of, lower_of, unread, upper_of
from dronesim.letters import cleaned

FREE: Final = frozenset({"NO_RESTRICTION", "NONE"})
DAY_MIN: Final = 24 * 60
CEILINGS_FT: Final = ("CEILING",)
FLOORS_M: Final = ("floor_m", "height", "limit_height", "max_height", "限高", "高度")
CEILINGS_M: Final = ("ceiling_m",)
HOURS: Final = ("from", "to")

Hours = tuple[int, int] | None
"""Minutes after midnight between which a zone holds; None for always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Numbers that keep ids apart."""

    used: Counter[str]

    def id_for(self, name: str) -> str:
        self.used[name] += 1
        return name if self.used[name] == 1 else self.id_for(f"{name} ({self.used[name]})")


def zone_features(items: Sequence[Item], *, taken: Counter[str], wishes: Wishes, account: Account) -> list[Any]:
    """Make no-fly features of zones; what closes nothing is left out and counted."""
    named = _Named(used=taken)
    return [feature for item in items for feature in _features(item, named, wishes, account)]


def zone_of(item: Item, account: Account) -> Zone:
    """Read a zone of plain properties: FAA ceilings, DJI heights, our own floor and ceiling."""
    if "zone" in item.properties:
        found: Zone = item.properties["zone"]
        return found
    properties = item.properties
    name = find_name(properties, ("name", "title", "identifier", "designator", "id", "globalid"))
    label = str(properties[name]) if name and is_stated(properties[name]) else item.place
    lower = _floor(properties, account) or lower_of(properties, label, account)
    upper = _ceiling(properties) or upper_of(properties, label, account)
    periods = _both(dates_of(properties, label, account), _own_hours(properties, label, account))
    left = unread(properties, (*CEILINGS_FT, *FLOORS_M, *CEILINGS_M, *HOURS))
    if left:
        shown = ", ".join(sorted(left)[:6])
        account.note(f"zone {label} and perhaps others: not used, though they look like limits or hours: {shown}")
    return Zone(name=label, restriction="PROHIBITED", lower=lower, upper=upper, periods=periods)


def _floor(properties: Any, account: Account) -> Height | None:
    feet = next((name for name in CEILINGS_FT if name in properties), None)
    if feet is not None:
        account.note("zones with CEILING are read as FAA facility maps: closed above so many feet over ground")
        return _height(length_m(properties[feet], unit_m=FOOT_M))
    name = find_name(properties, FLOORS_M)
    if name is None:
        return None
    if name != "floor_m":
        account.note(f"zones are closed above their {name} in metres, with 0 from the ground up")
    return _height(length_m(properties[name]))


def _ceiling(properties: Any) -> Height | None:
    name = find_name(properties, CEILINGS_M)
    return None if name is None else _height(length_m(properties[name]))


def _height(metres: float | None) -> Height | None:
    return None if metres is None else Height(metres=metres)


def _own_hours(properties: Any, label: str, account: Account) -> tuple[Period, ...]:
    texts = [properties.get(name) for name in HOURS]
    if not any(texts):
        return ()
    minutes = [_minutes(text) if text else None for text in texts]
    if any(text and minute is None for text, minute in zip(texts, minutes, strict=True)):
        account.note(f"zone {label}: its hours {texts} can't be read; it holds all day")
        return ()
    return (Period(windows=(Window(begins=minutes[0], ends=minutes[1]),)),)


def _both(dates: tuple[Period, ...], hours: tuple[Period, ...]) -> tuple[Period, ...]:
    """Join dates with hours of the day."""
    return tuple(replace(each, windows=hours[0].windows) for each in dates) if dates and hours else dates or hours


def _minutes(text: object) -> int | None:
    parts = str(text).split(":")
    if len(parts) < 2 or not all(part.strip().isdigit() for part in parts):
        return None
    return int(parts[0]) * 60 + int(parts[1])


def _features(item: Item, named: _Named, wishes: Wishes, account: Account) -> Iterator[Any]:
    zone = zone_of(item, account)
    if zone.restriction in FREE or zone.restriction in wishes.cleared:
        account.dropped[f"zones of the kind {zone.restriction}, which closes nothing"] += 1
        return
    shape = outline(item.shape, account=account, what="zones")
    if shape is None:
        return
    floor_m = _metres(zone.lower, wishes, zone.name, account, is_floor=True)
    ceiling_m = _metres(zone.upper, wishes, zone.name, account, is_floor=False)
    if ceiling_m is not None and ceiling_m <= floor_m:
        account.dropped["zones whose upper limit is not above the lower one or the ground"] += 1
        return
    limits = {"floor_m": round(floor_m, 2)} | ({} if ceiling_m is None else {"ceiling_m": round(ceiling_m, 2)})
    for hours in _held(zone, shape, wishes, account):
        when = {} if hours is None else {"from": _clock(hours[0]), "to": _clock(hours[1])}
        yield polygon_feature(shape, id=named.id_for(_fit(zone.name)), kind="no_fly", **limits, **when)


def _fit(name: str) -> str:
    """Give a name without control characters, and of a length that a picture can show."""
    shown = cleaned(name).strip()
    return shown[:80] or "zone"


def _metres(height: Height | None, wishes: Wishes, name: str, account: Account, *, is_floor: bool) -> Any:
    """Give a limit above ground; one above the sea of a ground that is not stated holds as wide as it may be."""
    if height is None:
        return 0.0 if is_floor else None
    if not height.is_above_sea:
        return max(0.0, height.metres) if is_floor else height.metres
    if wishes.ground_amsl_m is not None:
        metres = height.metres - wishes.ground_amsl_m
        return max(0.0, metres) if is_floor else metres
    account.note(
        "zones have limits above the sea: without --ground-amsl-m their floor is the ground and they have no ceiling "
        f"(first: {name})"
    )
    return 0.0 if is_floor else None


def _held(zone: Zone, shape: Any, wishes: Wishes, account: Account) -> list[Hours]:
    """List the hours of the day on which a zone holds; those that can't be settled are all day."""
    if not zone.periods:
        return [None]
    found: list[Hours] = []
    for period in zone.periods:
        if not _is_on(period, wishes, account):
            account.dropped["periods of zones that are not on the date"] += 1
        elif not period.windows:
            found.append(None)
        else:
            for window in period.windows:
                found += _of_window(window, shape, wishes, account)
    return [None] if None in found else sorted(set(found), key=str)


def _is_on(period: Period, wishes: Wishes, account: Account) -> bool:
    if period.first is None and period.last is None:
        return True
    if wishes.date is None:
        account.note("zones with dates hold always: give --date to settle them")
        return True
    begins = dt.datetime.combine(wishes.date, dt.time(), dt.UTC) - dt.timedelta(hours=14)
    ends = begins + dt.timedelta(hours=50)
    return (period.first is None or period.first <= ends) and (period.last is None or period.last >= begins)


def _of_window(window: Window, shape: Any, wishes: Wishes, account: Account) -> list[Hours]:
    if window.days:
        if wishes.date is None:
            account.note("zones with days of the week hold on all days: give --date to settle them")
        elif WEEKDAYS[wishes.date.weekday()] not in window.days:
            return []
    begins = _local(window.begins, window, shape, wishes, account)
    ends = _local(window.ends, window, shape, wishes, account)
    if begins == ends or (window.begins is not None and begins is None) or (window.ends is not None and ends is None):
        return [None]
    first, last = begins or 0, DAY_MIN if ends is None else ends
    if last > first:
        return [(first, last)]
    return [(first, DAY_MIN + last), *([(0, last)] if last else [])]


def _local(side: int | str | None, window: Window, shape: Any, wishes: Wishes, account: Account) -> int | None:
    """Give a time as minutes of the local day; None where it can't be settled, or is not stated."""
    if side is None or (isinstance(side, int) and not window.is_utc):
        return side
    if wishes.date is None or wishes.time_zone is None:
        account.note("zones with hours in UTC or by the sun hold all day: give --date and --time-zone to settle them")
        return None
    zone = ZoneInfo(wishes.time_zone)
    if isinstance(side, int):
        moment: dt.datetime | None = dt.datetime.combine(wishes.date, dt.time(), dt.UTC) + dt.timedelta(minutes=side)
    else:
        moment = _sun(side, shape, wishes.date, zone, account)
    if moment is None:
        return None
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def _sun(event: str, shape: Any, date: dt.date, zone: ZoneInfo, account: Account) -> dt.datetime | None:
    """Find an event of the sun at the middle of a zone; None where the sun has none that day."""
    middle = shape.representative_point()
    sun = needed("astral.sun")
    observer = needed("astral").Observer(latitude=middle.y, longitude=middle.x)
    try:
        moment: dt.datetime = getattr(sun, event)(observer, date=date, tzinfo=zone)
    except ValueError:
        account.note("zones by the sun hold all day where it does not rise or set")
        return None
    return moment


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def check_time_zone(name: str | None) -> None:
    """Refuse a time zone that is not known."""
    if name is not None:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            rule = 'must be the name of a time zone such as "Asia/Shanghai"'
            raise refuse("command line", rule, key="--time-zone", value=name) from error

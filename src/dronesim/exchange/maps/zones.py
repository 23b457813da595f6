"""Zones of all formats as no-fly zones of a map: which close, at what heights and hours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.items import Item, find_name, is_stated, stated_of
from dronesim.exchange.maps.lengths import FOOT_M, length_m
from dronesim.exchange.maps.limits import Height, Period, Window, Zone
from dronesim.exchange.maps.names import fit
from dronesim.exchange.maps.outlines import outline, polygon_feature
from dronesim.exchange.maps.wishes import Wishes
from dronesim.exchange.maps.worded_limits import dates_of, lower_of, unread, upper_of
from dronesim.exchange.maps.zone_hours import LAST_MIN, held

FREE: Final = frozenset({"NO_RESTRICTION", "NONE"})
CEILINGS_FT: Final = ("CEILING",)
FLOORS_M: Final = ("floor_m", "height", "limit_height", "max_height", "限高", "高度")
CEILINGS_M: Final = ("ceiling_m",)
HOURS: Final = ("from", "to")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Numbers that keep ids apart."""

    used: Counter[str]

    def id_for(self, name: str) -> str:
        self.used[name] += 1
        return name if self.used[name] == 1 else self.id_for(f"{name} ({self.used[name]})")


def zone_features(items: Sequence[Item], *, taken: Counter[str], wishes: Wishes, account: Account) -> list[Any]:
    """Make no-fly features of zones; what closes nothing is left out and counted."""
    named, seen, features = _Named(used=taken), set[str](), []
    for item in items:
        zone = zone_of(item, account)
        found = list(_features(item, zone, wishes, account))
        key = str(sorted(str(each) for each in found))
        if found and key in seen:
            account.dropped["zones that came before, with the same outline, heights and hours"] += 1
            continue
        seen.add(key)
        for each in found:
            each["properties"] = {"id": named.id_for(fit(zone.name) or "zone"), **each["properties"]}
        features += found
    return features


def zone_of(item: Item, account: Account) -> Zone:
    """Read a zone of plain properties: FAA ceilings, DJI heights, our own floor and ceiling."""
    if item.zone is not None:
        return item.zone
    properties = stated_of(item.properties)
    names = ("name", "title", "identifier", "designator", "id", "globalid")
    name = find_name(properties, ("id", *names) if properties.get("kind") == "no_fly" else names)
    label = str(properties[name]) if name else item.place
    lower = _floor(properties, label, account) or lower_of(properties, label, account)
    upper = _height(properties, find_name(properties, CEILINGS_M), label, account) or upper_of(
        properties, label, account
    )
    periods = _both(dates_of(properties, label, account), _own_hours(properties, label, account))
    left = unread(properties, (*CEILINGS_FT, *FLOORS_M, *CEILINGS_M, *HOURS))
    if left:
        shown = ", ".join(sorted(left)[:6])
        account.note(f"zone {label} and perhaps others: not used, though they look like limits or hours: {shown}")
    return Zone(name=label, restriction="PROHIBITED", lower=lower, upper=upper, periods=periods)


def _floor(properties: Mapping[str, Any], label: str, account: Account) -> Height | None:
    feet = next((name for name in CEILINGS_FT if name in properties), None)
    if feet is not None:
        account.note("zones with CEILING are read as FAA facility maps: closed above so many feet over ground")
        return _height(properties, feet, label, account, unit_m=FOOT_M)
    name = find_name(properties, FLOORS_M)
    if name is None:
        return None
    if name != "floor_m":
        account.note(f"zones are closed above their {name} in metres, with 0 from the ground up")
    return _height(properties, name, label, account)


def _height(
    properties: Mapping[str, Any], name: str | None, label: str, account: Account, *, unit_m: float = 1.0
) -> Height | None:
    """Read a limit above ground; what can't be read is none, and said."""
    if name is None:
        return None
    metres = length_m(properties[name], unit_m=unit_m)
    if metres is None:
        account.note(f"zone {label}: its {name} can't be read ({properties[name]!r}); it holds without one")
    return None if metres is None else Height(metres=metres)


def _own_hours(properties: Any, label: str, account: Account) -> tuple[Period, ...]:
    """Read hours as a map of ours has them, on the day of the scenario; those that pass midnight are of every day."""
    texts = [properties.get(name) for name in HOURS]
    if not any(is_stated(text) for text in texts):
        return ()
    begins, ends = (_minutes(text) if is_stated(text) else None for text in texts)
    if any(is_stated(text) and side is None for text, side in zip(texts, (begins, ends), strict=True)):
        account.note(f"zone {label}: its hours {texts} can't be read; it holds all day")
        return ()
    is_once = begins is None or ends is None or begins < ends
    return (Period(windows=(Window(begins=begins, ends=ends, is_once=is_once),)),)


def _both(dates: tuple[Period, ...], hours: tuple[Period, ...]) -> tuple[Period, ...]:
    """Join dates with hours of the day."""
    return tuple(replace(each, windows=hours[0].windows) for each in dates) if dates and hours else dates or hours


def _minutes(text: object) -> int | None:
    """Read a time of day, or of the night after it, as minutes; None where it is none."""
    found = _CLOCK.fullmatch(str(text).strip())
    minutes = None if found is None else 60 * int(found[1]) + int(found[2])
    return None if minutes is None or minutes > LAST_MIN else minutes


def _features(item: Item, zone: Zone, wishes: Wishes, account: Account) -> Iterator[Any]:
    if zone.restriction in FREE or zone.restriction in wishes.cleared:
        account.dropped[f"zones of the kind {zone.restriction}, which closes nothing"] += 1
        return
    shape = outline(item.shape, account=account, what="zones")
    if shape is None:
        return
    floor_m = _metres(zone.lower, wishes, zone.name, account, is_floor=True)
    ceiling_m = _metres(zone.upper, wishes, zone.name, account, is_floor=False)
    floor_m, ceiling_m = round(floor_m, 2), None if ceiling_m is None else round(ceiling_m, 2)
    if ceiling_m is not None and ceiling_m <= floor_m:
        if zone.upper is not None and zone.upper.is_above_sea and ceiling_m <= 0.0:
            account.dropped["zones that end below the ground"] += 1
            return
        account.note(
            f"zone {zone.name}: its upper limit, {ceiling_m:g} m, is not above its lower one, {floor_m:g} m, or the "
            "ground; it holds at all heights"
        )
        floor_m, ceiling_m = 0.0, None
    limits = {"floor_m": floor_m} | ({} if ceiling_m is None else {"ceiling_m": ceiling_m})
    for hours in held(zone, shape, wishes, account):
        when = {} if hours is None else {"from": _clock(hours[0]), "to": _clock(hours[1])}
        yield polygon_feature(shape, kind="no_fly", **limits, **when)


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

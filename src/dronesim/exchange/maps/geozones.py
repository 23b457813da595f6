"""Zones in the form of ED-269 and ED-318, both as JSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.circles import circle
from dronesim.exchange.maps.items import Item, Layer, read_shape
from dronesim.exchange.maps.latitude_first import exchanged, is_latitude_first
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.limits import EVENTS, UNITS_M, WEEKDAYS, Height, Period, Window, Zone
from dronesim.exchange.maps.systems import WGS84

_CLOCK: Final = re.compile(
    r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_OFFSET: Final = re.compile(r"Z$|[+-][0-9]{2}:?[0-9]{2}$")

_DAYS: Final = frozenset({*WEEKDAYS, "ANY"})


def is_geozones(content: Any) -> bool:
    """Tell whether JSON is a set of UAS geographical zones."""
    features = content.get("features") if isinstance(content, Mapping) else None
    return isinstance(features, list) and any(_has_zone(raw) for raw in features[:50])


def read_geozones(path: Path, content: Mapping[str, Any], account: Account) -> list[Layer]:
    """Read every volume of every zone; one whose numbers can't be read holds at all heights and hours."""
    if is_latitude_first(content, account.near[-1] if account.near else None):
        account.note(f"{path.name}: positions have latitude first, as the rest of the map tells; they are put right")
        content = exchanged(content)
    items = [
        item
        for number, raw in enumerate(content["features"], start=1)
        for item in _items(f"{path.name}: zone {number}", raw, account)
    ]
    return [Layer(source=path.name, form="geographical zones (ED-269, ED-318)", items=tuple(items), crs=WGS84)]


def _has_zone(raw: Any) -> bool:
    if not isinstance(raw, Mapping):
        return False
    volumes = raw.get("geometry")
    is_269 = isinstance(volumes, list) and any("horizontalProjection" in v for v in volumes if isinstance(v, Mapping))
    return is_269 or (isinstance(volumes, Mapping) and isinstance(volumes.get("layer"), Mapping)) or _is_318(raw)


def _is_318(raw: Mapping[str, Any]) -> bool:
    properties = raw.get("properties")
    return isinstance(properties, Mapping) and "limitedApplicability" in properties


def _items(place: str, raw: Any, account: Account) -> Iterator[Item]:
    about = _about(raw) if isinstance(raw, Mapping) else None
    if about is None:
        account.dropped["zones without a geometry that can be read"] += 1
        return
    name = str(about.get("identifier") or about.get("name") or place)
    restriction = _restriction(raw, about)
    periods = tuple(_periods(about.get("applicability") or about.get("limitedApplicability"), name, account))
    for outline, layer in _volumes(raw["geometry"]):
        shape = _shape(outline)
        if shape is None:
            account.dropped["zones without a geometry that can be read"] += 1
            continue
        lower, upper = (_height(layer, side, name, account) for side in ("lower", "upper"))
        zone = Zone(name=name, restriction=restriction, lower=lower, upper=upper, periods=periods)
        yield Item(shape=shape, properties={}, zone=zone, place=place)


def _restriction(raw: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """Give the kind of a zone, a member of its own in ED-269, the ``type`` of the properties in ED-318."""
    of_318 = about.get("type") if about is not raw and about.get("type") != raw.get("type") else None
    return str(about.get("restriction") or of_318 or "PROHIBITED").upper()


def _about(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the properties: members of the feature itself in ED-269, under ``properties`` in ED-318."""
    if not isinstance(raw.get("geometry"), list | Mapping):
        return None
    properties = raw.get("properties")
    return {**raw, **properties} if isinstance(properties, Mapping) else raw


def _volumes(geometry: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Give outlines with the object that has their limits."""
    volumes = geometry if isinstance(geometry, list) else [geometry]
    for volume in (each for each in volumes if isinstance(each, Mapping)):
        if volume.get("type") == "GeometryCollection" and isinstance(volume.get("geometries"), list):
            yield from _volumes(volume["geometries"])
        elif "horizontalProjection" in volume:
            yield volume["horizontalProjection"], volume
        else:
            layer = volume.get("layer")
            yield volume, layer if isinstance(layer, Mapping) else {}


def _shape(outline: Any) -> Any:
    if not isinstance(outline, Mapping):
        return None
    centre, radius, extent = outline.get("center"), outline.get("radius"), outline.get("extent")
    if isinstance(extent, Mapping) and extent.get("subType") == "Circle":
        centre, radius = outline.get("coordinates"), extent.get("radius")
    if centre is None or radius is None:
        return read_shape(outline)
    try:
        return circle(np.array(centre[:2], dtype=np.float64), radius_m=float(radius))
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _height(layer: Mapping[str, Any], side: str, name: str, account: Account) -> Height | None:
    """Read ``lowerLimit`` or ``lower`` with its reference; what can't be read is the ground, or no limit."""
    stated = layer.get(f"{side}Limit", layer.get(side))
    if stated is None:
        return None
    unit_m = UNITS_M.get(str(layer.get("uomDimensions", layer.get("uom", "M"))).upper())
    reference = str(layer.get(f"{side}VerticalReference", layer.get(f"{side}Reference", "AGL"))).upper()
    metres = number(stated) if isinstance(stated, int | float) else None
    if unit_m is None or metres is None or reference not in ("AGL", "AMSL", "SFC"):
        account.note(f"zone {name}: its {side} limit can't be read ({stated!r}); it holds without one")
        return None
    return Height(metres=metres * unit_m, is_above_sea=reference == "AMSL")


def _periods(stated: Any, name: str, account: Account) -> Iterator[Period]:
    for each in stated if isinstance(stated, list) else ():
        if not isinstance(each, Mapping) or str(each.get("permanent", "NO")).upper() in ("YES", "TRUE"):
            yield Period()
            continue
        first, last = (_moment(each.get(key), name, account) for key in ("startDateTime", "endDateTime"))
        schedule = each.get("schedule")
        windows = tuple(_windows(schedule if isinstance(schedule, list) else (), name, account))
        yield Period(first=first, last=last, windows=windows)


def _moment(stated: Any, name: str, account: Account) -> dt.datetime | None:
    if not isinstance(stated, str) or not stated:
        return None
    try:
        found = dt.datetime.fromisoformat(stated)
    except ValueError:
        account.note(f"zone {name}: its date {stated!r} can't be read; it counts as open")
        return None
    return found


def _windows(schedule: Any, name: str, account: Account) -> Iterator[Window]:
    for each in (item for item in schedule if isinstance(item, Mapping)):
        stated = each.get("day")
        days = frozenset(str(day).upper()[:3] for day in (stated if isinstance(stated, list) else [stated]) if day)
        begins, ends = (_clock(each, side, name, account) for side in ("start", "end"))
        is_utc = any(_OFFSET.search(str(each.get(key, ""))) for key in ("startTime", "endTime"))
        if days - _DAYS:
            account.note(f"zone {name}: its days {sorted(days - _DAYS)} can't be read; it holds on all days")
        yield Window(days=days if days <= set(WEEKDAYS) else frozenset(), begins=begins, ends=ends, is_utc=is_utc)


def _clock(each: Mapping[str, Any], side: str, name: str, account: Account) -> int | str | None:
    """Read a time of day as minutes, or an event as astral calls it."""
    event = each.get(f"{side}Event")
    if isinstance(event, str) and event.upper() in EVENTS:
        return EVENTS[event.upper()]
    stated = each.get(f"{side}Time")
    found = _CLOCK.fullmatch(stated.strip()) if isinstance(stated, str) else None
    if found is None and (stated is not None or event is not None):
        account.note(f"zone {name}: its {side} {stated or event!r} can't be read; it holds all day on that side")
    return None if found is None else int(found[1]) * 60 + int(found[2]) - _offset_min(found)


def _offset_min(found: re.Match[str]) -> int:
    minutes = 0 if found[3] is None else 60 * int(found[4]) + int(found[5])
    return -minutes if found[3] == "-" else minutes

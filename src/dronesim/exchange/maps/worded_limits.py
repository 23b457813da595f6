"""Limits and dates of zones as KML and spreadsheets have them: "GND", "400 ft AMSL", FL65, a time span."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.items import TOP, find_name, is_stated, plain
from dronesim.exchange.maps.lengths import FOOT_M, length_m
from dronesim.exchange.maps.limits import UNITS_M, Height, Period
from dronesim.scenario.map_notes import LIMITS

LOWERS: Final = ("lower", "lower_limit", "lower_altitude", "lowerlimit_m", "bottom", "altitude_min", "下限", "下限高度")
UPPERS: Final = ("upper", "upper_limit", "upper_altitude", "upperlimit_m", "top", "altitude_max", "上限", "上限高度")
UNITS: Final = ("uom", "uomdimensions", "unit", "units")
REFERENCES: Final = {
    "lower": ("lower_reference", "lowerverticalreference", "reference"),
    "upper": ("upper_reference", "upperverticalreference", "reference"),
}
BEGINS: Final = ("begin", "start_date", "valid_from", "startdatetime")
ENDS: Final = ("end", "end_date", "valid_to", "enddatetime")
_OF_KML: Final = ("altitudeMode", "extrude", "tessellate", "visibility", "drawOrder", "timestamp", "description", TOP)
_GROUND: Final = frozenset({"GND", "SFC", "GROUND", "SURFACE", "地面"})
_NO_LIMIT: Final = frozenset({"UNL", "UNLIM", "UNLIMITED"})
_LEVEL: Final = re.compile(r"FL\s*(\d{1,3})", re.IGNORECASE)
_REFERRED: Final = re.compile(r"(.*?)\s*\b(AGL|AMSL|MSL|ASL|SFC|GND|ASFC)", re.IGNORECASE)
_SEA: Final = frozenset({"AMSL", "MSL", "ASL"})


def lower_of(properties: Mapping[str, Any], label: str, account: Account) -> Height | None:
    """Read the lower limit; None for the ground, and, said, for what can't be read."""
    return _limit(properties, LOWERS, "lower", label, account)


def upper_of(properties: Mapping[str, Any], label: str, account: Account) -> Height | None:
    """Read the upper limit, else the height to which KML extrudes the outline; None for all heights."""
    if find_name(properties, UPPERS) is not None:
        return _limit(properties, UPPERS, "upper", label, account)
    mode = str(properties.get("altitudeMode", ""))
    top_m = float(properties.get(TOP, 0.0))
    if mode not in ("relativeToGround", "absolute") or not top_m > 0:
        return None
    account.note("zones of KML that are extruded end at the height of their outline")
    return Height(metres=top_m, is_above_sea=mode == "absolute")


def dates_of(properties: Mapping[str, Any], label: str, account: Account) -> tuple[Period, ...]:
    """Read the dates between which a zone holds, from a time span of KML or columns; a last day is held whole."""
    found = []
    for names in (BEGINS, ENDS):
        name = find_name(properties, names)
        stated = None if name is None else properties[name]
        moment = _moment(stated)
        if moment is not None and names == ENDS and len(str(stated).strip()) <= len("2026-06-21"):
            moment += dt.timedelta(days=1)
        if is_stated(stated) and moment is None:
            account.note(f"zone {label}: its date {str(stated)[:40]!r} can't be read; it counts as open")
        found.append(moment)
    return () if found == [None, None] else (Period(first=found[0], last=found[1]),)


def unread(properties: Mapping[str, Any], used: tuple[str, ...]) -> list[str]:
    """Name the properties that look like limits or hours, misspelt ones too, and are read by no rule."""
    return [name for name in properties if is_unread(name, used)]


@functools.lru_cache
def is_unread(name: str, used: tuple[str, ...]) -> bool:
    """Tell so of one property; zones of a file mostly have the same, and likeness takes long to find."""
    known = {plain(each) for each in (*used, *LOWERS, *UPPERS, *UNITS, *BEGINS, *ENDS, *_OF_KML)}
    known |= {plain(each) for names in REFERENCES.values() for each in names}
    if plain(name) in known:
        return False
    return bool(LIMITS.search(name) or difflib.get_close_matches(plain(name), known, cutoff=0.85))


def _limit(
    properties: Mapping[str, Any], names: tuple[str, ...], side: str, label: str, account: Account
) -> Height | None:
    name = find_name(properties, names)
    stated = None if name is None else properties[name]
    if name is not None:
        account.note(
            f"{side} limits of zones are read from {name}, above ground and in metres unless it says otherwise"
        )
    if not is_stated(stated) or str(stated).strip().upper() in _GROUND | _NO_LIMIT:
        return None
    level = _LEVEL.fullmatch(str(stated).strip())
    if level is not None:
        return Height(metres=100 * FOOT_M * int(level[1]), is_above_sea=True)
    referred = _REFERRED.fullmatch(str(stated).strip())
    by, unit = (find_name(properties, known) for known in (REFERENCES[side], UNITS))
    reference = referred[2].upper() if referred else str(properties[by]).upper() if by else "AGL"
    unit_m = UNITS_M.get(str(properties[unit]).upper()) if unit else 1.0
    metres = None if unit_m is None else length_m(referred[1] if referred else stated, unit_m=unit_m)
    if metres is None or (reference not in _SEA and reference not in ("AGL", "SFC", "GND", "ASFC")):
        account.note(f"zone {label}: its {side} limit can't be read ({str(stated)[:40]!r}); it holds without one")
        return None
    return Height(metres=metres, is_above_sea=reference in _SEA)


def _moment(stated: object) -> dt.datetime | None:
    if isinstance(stated, str):
        try:
            stated = dt.datetime.fromisoformat(stated.strip())
        except ValueError:
            return None
    return stated if isinstance(stated, dt.datetime) else None

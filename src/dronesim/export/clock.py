"""Instants of a day: seconds since local midnight on the date and in the time zone of a run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.units import MS
from dronesim.wall import day_begins, instants_of, never_comes

Floats = NDArray[np.float64]
Instants = NDArray[np.datetime64]
"""UTC, to the millisecond; NaT where something did not happen."""

UNIT: Final = "datetime64[ms]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClock:
    """Turns seconds since local midnight into instants.

    It begins where `wall.day_begins` has it: on the days on which clocks are put forward or back, what lies hours after
    the opening lies just as many hours later.
    """

    zone: ZoneInfo
    begins_ms: int

    def instants(self, seconds: Floats) -> Instants:
        """Give the instants of times in seconds, any shape; NaN becomes NaT."""
        is_known = ~np.isnan(seconds)
        later_ms = np.rint(np.where(is_known, seconds, 0.0) * MS)
        found: Instants = (self.begins_ms + later_ms.astype(np.int64)).astype(UNIT)
        found[~is_known] = np.datetime64("NaT")
        return found

    def local_texts(self, instants: Instants) -> list[str | None]:
        """Show instants as ISO 8601 on the clock of the zone, with its offset, to the millisecond; NaT is None."""
        return [None if moment is None else self._local(moment) for moment in instants.tolist()]

    def _local(self, moment: datetime.datetime) -> str:
        aware = moment.replace(tzinfo=datetime.UTC).astimezone(self.zone)
        return aware.isoformat(timespec="milliseconds")


def utc_texts(instants: Instants) -> list[str]:
    """Show instants as ISO 8601 in UTC, to the millisecond, with a Z; NaT is ``NaT``."""
    texts: list[str] = np.datetime_as_string(instants, unit="ms", timezone="UTC").tolist()
    return texts


def show_utc(instants: Instants) -> list[str | None]:
    """Show instants as `utc_texts`; NaT is None."""
    return [None if text == "NaT" else text for text in utc_texts(instants)]


def day_clock(
    horizon: Mapping[str, Any], *, opens_s: float, date: str | None, zone: str | None, label: str
) -> DayClock | None:
    """Make the clock of a run by the ``date`` and ``zone`` of its scenario, or those given where it states none.

    ``horizon``: that table of its scenario; ``label`` names the run in errors. None where neither states both.

    Raises
    ------
    InputError
        What is given is none, or not what the run states.
    """
    day = _either(horizon, "date", date, label=label)
    place = _either(horizon, "zone", zone, label=label)
    if day is None or place is None:
        return None
    local = _zone(place, label=label)
    whole_day = _date(day, label=label)
    opening = datetime.datetime.combine(whole_day, datetime.time()) + datetime.timedelta(seconds=opens_s)
    if not instants_of(opening, local):
        raise InputError([Problem(file=label, key="horizon.start", rule=never_comes(local), value=opening.isoformat())])
    return DayClock(zone=local, begins_ms=round(day_begins(whole_day, opens_s, local).timestamp() * MS))


def missing_keys(horizon: Mapping[str, Any], *, date: str | None, zone: str | None) -> list[str]:
    """Name the keys that instants need, and that nobody states."""
    stated = {"date": horizon.get("date") or date, "zone": horizon.get("zone") or zone}
    return [f"horizon.{key}" for key, value in stated.items() if value is None]


def _either(horizon: Mapping[str, Any], key: str, given: str | None, *, label: str) -> str | None:
    stated = horizon.get(key)
    if stated is not None and given is not None and str(stated) != given:
        rule = f"is {stated} in the run; leave --{key} out"
        raise InputError([Problem(file=label, key=f"horizon.{key}", rule=rule, value=given)])
    return given if stated is None else str(stated)


def _date(text: str, *, label: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        rule = "must be a date as YYYY-MM-DD"
        raise InputError([Problem(file=label, key="horizon.date", rule=rule, value=text)]) from None


def _zone(text: str, *, label: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        rule = "must be a time zone as the IANA names it, such as Asia/Shanghai"
        raise InputError([Problem(file=label, key="horizon.zone", rule=rule, value=text)]) from None

"""What facts say of risk and noise, as the checks need it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A kind of crash: how many in an hour of flight, speed and angle of impact."""

    per_hour: float
    mps: float
    deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What risk is worked out from, and the hours that were flown, over so many people; ``areas`` are how many."""

    people_per_km2: float
    areas: int
    width_m: float
    mass_kg: float
    shelter: float
    days: float
    crashes: dict[str, Crash]
    flight_h: float
    people_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Somebody who hears flights: a place, and limits, infinite where there is none; ``quiet_s`` is empty for no hours.

    ``level_dba`` and ``passes`` by hour, ``loudest_dba`` and ``quiet`` are what was heard, -inf for silence.
    """

    is_home: bool
    x_m: float
    y_m: float
    limit_dba: float
    passes_max: float
    quiet_s: tuple[float, ...]
    level_dba: dict[int, float]
    passes: dict[int, int]
    loudest_dba: float
    quiet: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How loud a drone is, how it is heard, and by whom."""

    source_dba: float
    source_at_m: float
    receiver_m: float
    nearest_m: float
    overflight_m: float
    listeners: dict[str, Listener]


def read_risk(raw: Any) -> Risk | None:
    """Read ``risk``; None where it is absent. Whatever is not as it must be is a KeyError, TypeError or ValueError."""
    if raw is None:
        return None
    return Risk(
        people_per_km2=float(raw["people_per_km2"]),
        areas=len(raw["areas"]),
        width_m=float(raw["width_m"]),
        mass_kg=float(raw["mass_kg"]),
        shelter=float(raw["shelter"]),
        days=float(raw["days_per_year"]),
        crashes={
            str(row["kind"]): Crash(
                per_hour=float(row["per_flight_hour"]), mps=float(row["impact_mps"]), deg=float(row["impact_deg"])
            )
            for row in raw["crashes"]
        },
        flight_h=float(raw["flown"]["flight_h"]),
        people_h=float(raw["flown"]["people_h_per_km2"]),
    )


def read_noise(raw: Any) -> Noise | None:
    """Read ``noise``; None where it is absent. Errors as in `read_risk`."""
    if raw is None:
        return None
    return Noise(
        source_dba=float(raw["source_dba"]),
        source_at_m=float(raw["source_at_m"]),
        receiver_m=float(raw["receiver_m"]),
        nearest_m=float(raw["nearest_m"]),
        overflight_m=float(raw["overflight_m"]),
        listeners={str(row["id"]): _listener(row, raw["heard"][row["id"]]) for row in raw["listeners"]},
    )


def _listener(row: Mapping[str, Any], heard: Mapping[str, Any]) -> Listener:
    quiet = (row["quiet_from_s"], row["quiet_to_s"])
    return Listener(
        is_home=row["kind"] == "home",
        x_m=float(row["x_m"]),
        y_m=float(row["y_m"]),
        limit_dba=_or(row["limit_dba"], math.inf),
        passes_max=_or(row["overflights_max"], math.inf),
        quiet_s=() if None in quiet else tuple(float(edge) for edge in quiet),
        level_dba={int(hour): _or(dba, -math.inf) for hour, dba in heard["exposure_dba"].items()},
        passes={int(hour): int(count) for hour, count in heard["overflights"].items()},
        loudest_dba=_or(heard["loudest_dba"], -math.inf),
        quiet=int(heard["quiet_overflights"]),
    )


def _or(value: Any, absent: float) -> float:
    return absent if value is None else float(value)

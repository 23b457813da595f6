"""Who lives below the flights of a day and what reaches them, as facts and as key figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dronesim.record.forms import left_out

HOME: Final = "home"
PLACE: Final = "place"
FALL: Final = "fall"
FORCED_LANDING: Final = "forced_landing"
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleArea:
    """An area of the map by how many people are there; rings in local metres, holes after the outer one."""

    people_per_km2: float
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashFacts:
    """A kind of crash: how often it comes in an hour of flight, and how the drone hits the ground."""

    kind: str
    per_flight_hour: float
    impact_mps: float
    impact_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlownFacts:
    """Hours of flight of a day, and the same hours times the people a km² below them."""

    flight_h: float
    people_h_per_km2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """What risk to people is worked out from; ``people_per_km2`` holds where no area says otherwise."""

    people_per_km2: float
    areas: tuple[PeopleArea, ...]
    width_m: float
    mass_kg: float
    crashes: tuple[CrashFacts, ...]
    shelter: float
    days_per_year: int
    flown: FlownFacts | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerFacts:
    """A home or a place at which flights are heard, and what it may hear; null for no limit.

    ``limit_dba``: the mean level of an hour; ``overflights_max``: overflights an hour; between ``quiet_from_s`` and
    ``quiet_to_s`` there should be none.
    """

    id: str
    kind: str
    x_m: float
    y_m: float
    limit_dba: float | None = None
    overflights_max: int | None = None
    quiet_from_s: float | None = None
    quiet_to_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardFacts:
    """What was heard at one place: sound exposure level and overflights by hour, the loudest flight, quiet hours."""

    exposure_dba: Mapping[str, float | None]
    overflights: Mapping[str, int]
    loudest_dba: float | None
    quiet_overflights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFacts:
    """How loud a drone is, who listens, and what was heard by whom."""

    source_dba: float
    source_at_m: float
    receiver_m: float
    nearest_m: float
    overflight_m: float
    listeners: tuple[ListenerFacts, ...]
    heard: Mapping[str, HeardFacts] | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashKpis:
    """What one kind of crash is expected to do in a year of days such as this one."""

    per_year: float
    area_m2: float
    death_share: float
    people_hit_per_year: float
    deaths_per_year: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskKpis:
    """Crashes, people hit and deaths expected in a year; ``people_per_km2`` is the mean below a flight."""

    flight_h: float
    people_per_km2: float | None
    crashes: Mapping[str, CrashKpis]
    crashes_per_year: float
    people_hit_per_year: float
    deaths_per_year: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerKpis:
    """Noise at one home or place: mean level and overflights by hour, the most of each, the loudest flight."""

    hourly_dba: Mapping[str, float | None]
    overflights: Mapping[str, int]
    loudest_hour_dba: float | None
    most_overflights: int
    loudest_flight_dba: float | None
    quiet_overflights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseKpis:
    """Noise of a day: the loudest hour and the most overflights an hour anywhere, and how often limits were exceeded.

    ``exceeded`` = hours above a limit of level, hours above one of overflights, and overflights in quiet hours, over
    all homes and places.
    """

    loudest_hour_dba: float | None
    most_overflights: int
    exceeded: int
    hours_too_loud: int
    hours_too_often: int
    quiet_overflights: int
    by_place: Mapping[str, ListenerKpis]

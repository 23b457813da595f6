"""The facts of what kept drones from flying as planned: weather, link, position, closures and outages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureFacts:
    """An airport that took no drone, from when until when, and why: the kind of an incident."""

    airport: str
    from_s: float
    to_s: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAreaFacts:
    """A part of the district in which the link is lost as a whole, as well-known text in local metres."""

    id: str
    wkt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOutageFacts:
    """No link in an area, or in the whole district where that is null, from when until when."""

    area: str | None
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFacts:
    """What a drone did in silence: it held, returned or landed, from when until when."""

    drone: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """The command link of a day: its rules, when it was lost, and which flights that have ended were silent."""

    after: str
    hold_after_s: float
    act_after_s: float
    latency_s: float
    areas: tuple[LinkAreaFacts, ...]
    outages: tuple[LinkOutageFacts, ...]
    acts: tuple[ActFacts, ...]
    flights: int
    flights_silent: int
    flights_timed_out: int
    silent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFacts:
    """The position service of a day: when and where it was out, and how drones drift and miss landings meanwhile."""

    drift_mps: float
    stray_max_m: float
    miss_share: float
    areas: tuple[LinkAreaFacts, ...]
    outages: tuple[LinkOutageFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationFacts:
    """How long another pass takes after a missed landing, and how far drones stray beyond their bound, 0: never."""

    go_around_s: float
    excursion_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageFacts:
    """What was not there for a while: from when until when, and why, as the kind of an incident.

    ``what`` is a resource of which there was a unit less (``charger``, ``courier``, ``unloader``), or what stood still
    as a whole: ``cabinet``, ``takeoff_point``, ``dispatcher``; or a ``kitchen`` that was slower. ``site`` is
    ``network`` where it belongs to none.
    """

    what: str
    site: str
    from_s: float
    to_s: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetFacts:
    """An event that was stated and met nobody: its kind, when it is stated for, and why, in words."""

    kind: str
    at_s: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherRowFacts:
    """The weather from a time on, at the height of the anemometer; null for what is not known."""

    from_s: float
    wind_mps: float
    gust_mps: float | None
    rain_mmh: float | None
    temperature_c: float | None
    visibility_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFacts:
    """Weather in which the drone type stays down: above, for visibility below, for temperatures outside these."""

    wind_mps: float
    gust_mps: float
    rain_mmh: float
    visibility_m: float
    low_c: float
    high_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFacts:
    """A time in which no drone was to take off, and why; null where it ends after the day."""

    from_s: float | None
    to_s: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherFacts:
    """The weather of the day, what was forecast of it, and what is done about it.

    ``counts_all`` is false where the mean wind alone keeps drones down; then there are no ``stops``. The others are as
    the keys of a scenario, in SI units; ``lifts`` has a row a level: its height, and how many times the wind at the
    anemometer blows there.
    """

    rows: tuple[WeatherRowFacts, ...]
    forecast_rows: tuple[WeatherRowFacts, ...]
    limits: LimitFacts
    lifts: tuple[tuple[float, float], ...]
    counts_all: bool
    stops: tuple[StopFacts, ...]
    again_share: float
    again_s: float
    look_ahead_s: float
    forecast: str
    aloft: str
    acts_on_packs: bool
    pack_share_0c: float
    pack_share_minus_20c: float
    acts_on_air: bool
    pressure_pa: float
    rated_density_kgm3: float

"""The facts of a run as the checks need them: capacities, fleet, hours, targets and minima."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dronesim.verify.exposure_facts import Noise, Risk

Steps: TypeAlias = tuple[tuple[float, int], ...]
"""From when how many are there, ascending; nobody before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """The air's velocity to the east and north by level, from a time until the next wind."""

    from_s: float
    levels: dict[float, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherRow:
    """The weather from a time on; None for what is not known."""

    from_s: float
    wind_mps: float
    gust_mps: float | None
    rain_mmh: float | None
    temperature_c: float | None
    visibility_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather of a day, its forecast, and its rules; ``lifts`` tell by level how the wind grows with height."""

    rows: tuple[WeatherRow, ...]
    forecast_rows: tuple[WeatherRow, ...]
    limits: dict[str, float]
    lifts: dict[float, float]
    counts_all: bool
    stops: list[tuple[float | None, float | None, str]]
    again_share: float
    again_s: float
    look_ahead_s: float
    aloft: str
    acts_on_packs: bool
    pack_share_0c: float
    pack_share_minus_20c: float
    acts_on_air: bool
    pressure_pa: float
    rated_density_kgm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """An airport that took no drone from one time to another, and the kind of incident that it was for."""

    airport: str
    from_s: float
    to_s: float
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What was not there from one time to another, where, and the kind of incident that it was for."""

    what: str
    site: str
    from_s: float
    to_s: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``facts.json``, flat; ``takeoff_points`` and ``airports`` give each site's place in local metres.

    ``max_mps`` is infinite where the drone has no speed through the air beside that of its cruise.
    ``stays``: drones stay at airports where they were unloaded; ``lands_anywhere``: they land at any take-off point.
    ``ageing`` tells how packs age, ``maintenance`` how drones are inspected; None where they don't, or are not.
    ``capacity[resource][site]`` is the number of units of a resource at a site; ``winds`` ascend in time, and the
    first also holds before its own. ``shifts[resource][site]`` are steps, where the number is not the same all day.
    """

    takeoff_points: dict[str, tuple[float, float]]
    airports: dict[str, tuple[float, float]]
    seed: int
    replication: int
    start_s: float
    end_s: float
    closed_s: float
    radius_m: float
    limit_s: float
    clock: str
    target: float
    owned: int
    drones: int
    spares: int
    is_shared: bool
    by_takeoff_point: dict[str, int]
    payload_kg: float
    pack_wh: float
    usable_share: float
    cruise_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    max_mps: float
    descent_mps: float
    final_hover_m: float
    final_hover_s: float
    touchdown_mps: float
    power_model: str
    bare_kg: float
    disc_area_m2: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    air_density_kgm3: float
    battery_mode: str
    packs: int
    reserve: float
    charge_to: float
    charge_c: float
    swap_s: float
    turnaround_below: float
    load_s: float
    clear_s: float
    unload_s: float
    boxing_s: float
    courier_handling_s: float
    hold_limit_s: float
    lane_headway_s: float
    airspace_mode: str
    levels_m: tuple[float, ...]
    separation_m: float
    vertical_m: float
    zone_grace_s: float
    terminal_radius_m: float
    track_bound_m: float
    path_error_m: float
    corner_cut_m: float
    drift_slope: float
    wind_limit_mps: float
    interval_s: float
    winds: tuple[Wind, ...]
    closures: tuple[Closure, ...]
    outages: tuple[Outage, ...]
    pilots: int
    capacity: dict[str, dict[str, int]]
    couriers: dict[str, int]
    prices: dict[str, Any]
    ageing: dict[str, Any] | None
    maintenance: dict[str, Any] | None
    terminal_meetings: dict[str, Any]
    shifts: dict[str, dict[str, Steps]]
    riders: dict[str, Any]
    link: Mapping[str, Any] | None = None
    navigation: Mapping[str, Any] | None = None
    position: Mapping[str, Any] | None = None
    handling_times: dict[str, Any] | None = None
    policy: str = ""
    risk: Risk | None = None
    noise: Noise | None = None
    weather: Weather | None = None
    moves: tuple[Any, ...] = ()
    stays: bool = False
    lands_anywhere: bool = False
    may_refuse: bool = False
    walk_mps: float = math.nan
    extra_walk_m: float = 0.0
    may_keep_packs: bool = False
    landings: Mapping[str, str] = field(default_factory=dict)
    unmet: tuple[Mapping[str, Any], ...] = ()

    @property
    def sites(self) -> dict[str, tuple[float, float]]:
        """Give every place a drone can stand."""
        return {**self.takeoff_points, **self.airports}

"""The facts of a day that its tables can't say: capacities, hours, promises, minima, prices; as in ``facts.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.record.forms import called, from_json, left_out, to_json

FILE: Final = "facts.json"
WHERE_IT_IS: Final = "where it is"
"""Where a drone ends that stays at the airport where its parcel was unloaded."""
ANYWHERE: Final = "at any take-off point"
"""Where a drone ends that lands at the take-off point that the policy names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonFacts:
    """Opening hours, and when the day was closed: seconds since local midnight."""

    start_s: float
    end_s: float
    closed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """The promise: a share of the in-range orders within a limit on a clock, ``placed`` or ``ready``."""

    radius_m: float
    limit_s: float
    clock: str
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFacts:
    """A place whose weight in the demand was multiplied by ``factor`` from one time to another."""

    place: str
    from_s: float
    to_s: float
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandFacts:
    """What facts tell of the demand of a day.

    ``model``: poisson, trace, or given for orders that were put in as they are. ``choice``: distance, with
    ``decay_m``, or weight; None where orders name their merchant. ``days``: law of the day's factor on the expected
    number of orders, with ``days_mean`` and, where it has one, ``days_sd``; ``day_factor``: that of this day.
    ``moves``: how demand moved between places, where it did; ``day``: name of the day in a trace of several.
    """

    model: str = "given"
    choice: str | None = None
    decay_m: float | None = None
    days: str = "constant"
    days_mean: float = 1.0
    days_sd: float | None = None
    day_factor: float = 1.0
    moves: tuple[MoveFacts, ...] | None = left_out()
    day: str | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """A site and its place in local metres."""

    id: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesFacts:
    """All sites, in the order of the map."""

    takeoff_points: tuple[SiteFacts, ...]
    airports: tuple[SiteFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """Drones: ``owned`` are the available ``drones``, which stand by take-off point at opening, and the spares.

    ``ends`` where they stay at airports, or land at any take-off point; then ``landings`` are the take-off points that
    the policy named last for orders, by number.
    """

    owned: int
    drones: int
    spares: int
    drone_type: str
    is_shared: bool
    by_takeoff_point: Mapping[str, int]
    ends: str | None = left_out()
    landings: Mapping[str, str] | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class AircraftFacts:
    """The drone type: payload, pack, how it flies, the last metres and seconds of a landing included, and its power."""

    payload_kg: float
    pack_wh: float
    usable_share: float
    cruise_mps: float
    max_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    descent_mps: float
    final_hover_m: float
    touchdown_mps: float
    final_hover_s: float
    power_model: str
    bare_kg: float
    disc_area_m2: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    air_density_kgm3: float
    wind_limit_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingFacts:
    """How packs age, and what each has been through in the morning, by number.

    ``health`` is what a pack holds as a share of a new one, 1 − .2 (``full_cycles`` / ``cycles_to_80``)^``exponent`` −
    ``calendar_per_day`` x ``days``, all day long; at ``retire_at`` it retires when the day is over.
    """

    cycles_to_80: float
    exponent: float
    calendar_per_day: float
    retire_at: float
    cycles_per_day: float
    full_cycles: tuple[float, ...]
    days: tuple[float, ...]
    health: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryFacts:
    """Packs, those in drones included, and how they are charged; ``charge_c`` in 1/h, charges as shares.

    Below a charge of ``turnaround_below`` a pack is swapped or charged after a return. ``ageing`` where packs age.
    """

    mode: str
    packs: int
    reserve: float
    charge_to: float
    charge_c: float
    swap_s: float
    turnaround_below: float
    ageing: AgeingFacts | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class StayFacts:
    """A drone that was out of service, in ``inspection`` or ``repair``; ``to_s`` None: beyond the day."""

    drone: int
    kind: str
    from_s: float
    to_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareFacts:
    """How drones are looked after; what each had been through in the morning, by number; who was out of service when.

    A drone is due ``after_sorties`` or ``after_flight_s`` aloft, null where that does not count; ``sorties`` and
    ``flown_s`` are since its last inspection, ``in_repair_days`` what is left of a repair, in days of opening hours.
    """

    after_sorties: float | None
    after_flight_s: float | None
    inspection_s: float
    repair_share: float
    repair_median_days: float
    repair_p95_days: float
    sorties_per_day: float
    flight_s_per_day: float
    sorties: tuple[float, ...]
    flown_s: tuple[float, ...]
    in_repair_days: tuple[float, ...]
    stays: tuple[StayFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingFacts:
    """How long things take on the ground, how long a parcel may lie in its box, and the headway of lanes."""

    load_s: float
    clear_s: float
    unload_s: float
    boxing_s: float
    courier_handling_s: float
    hold_limit_s: float
    lane_headway_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingTimesFacts:
    """Handling times that scatter: the standard deviations of their laws, and what was drawn.

    ``boxing_s``, ``load_s`` and ``unload_s`` by order, None where they don't scatter; ``swap_s`` the swaps of each
    drone, by its number, in their order.
    """

    sd_s: Mapping[str, float]
    boxing_s: tuple[float, ...] | None
    load_s: tuple[float, ...] | None
    unload_s: tuple[float, ...] | None
    swap_s: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AirspaceFacts:
    """Structure, clearance mode and minima of the airspace, and how far flights may be off their cleared paths."""

    structure: str
    mode: str
    levels_m: tuple[float, ...]
    separation_m: float
    vertical_m: float
    terminal_radius_m: float
    track_bound_m: float
    corner_cut_m: float
    drift_slope: float
    path_error_m: float
    zone_grace_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WindFacts:
    """A wind from a time on; a row a level: its height, and the air's velocity to the east and north in m/s."""

    from_s: float
    levels: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotFacts:
    """Remote pilots, and how many drones each may have in the air."""

    count: int
    drones_per_pilot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierFacts:
    """Couriers by take-off point, and their pace, where orders may be refused."""

    count: Mapping[str, int]
    walk_mps: float | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderFacts:
    """Riders by take-off point, their speed, and how long they take before and after the ride."""

    count: Mapping[str, int]
    road_mps: float
    pickup_s: float
    dropoff_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts:
    """Prices in one currency; hours are hours of opening. ``pack_price``, of a new pack, is in no bill."""

    currency: str
    drone_per_day: float
    pack_per_day: float
    pack_cycle: float
    charger_per_day: float
    energy_per_kwh: float
    courier_per_hour: float
    loader_per_hour: float
    unloader_per_hour: float
    pilot_per_hour: float
    rider_per_order: float
    takeoff_pad_per_day: float
    airport_pad_per_day: float
    box_per_day: float
    site_per_day: float
    pack_price: float | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFacts:
    """How often the dispatcher decides (0: whenever something has happened), and how long before a parcel is ready.

    ``may_refuse`` is there where the policy may refuse orders, and riders fetch from merchants, ``extra_walk_m`` where
    it may serve them at other airports, ``may_keep_packs`` where it may have drones keep packs that are due.
    """

    interval_s: float
    assign_ahead_s: float
    may_refuse: bool | None = left_out()
    extra_walk_m: float | None = left_out()
    may_keep_packs: bool | None = left_out()


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
class MeetingFacts:
    """Pairs of flights below the minima within a terminal area, which lanes keep apart, and how near in the plane."""

    meetings: int
    least_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """The path of a leg between two sites at a level: its corners in local metres."""

    origin: str = called("from")
    destination: str = called("to")
    level_m: float
    points_m: tuple[tuple[float, float], ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All facts of a day.

    ``capacity`` is the number of units of each resource by site, ``network`` for what belongs to none; ``winds``
    ascend in time. ``separation`` is what was counted of the flown paths, empty where nothing was; so is
    ``terminal_meetings``, by site, without those where nobody met. ``risk`` and ``noise`` are there where they count,
    ``outages`` where there were any.
    ``shifts`` tell, by resource and site, from when (seconds since midnight) how many are at work or in service; nobody
    before the first, and all day the same where nothing is told.
    ``weather`` where more than the wind does.
    """

    schema_version: int = 1
    name: str
    policy: str
    seed: int
    replication: int
    horizon: HorizonFacts
    service: ServiceFacts
    demand: DemandFacts
    sites: SitesFacts
    capacity: Mapping[str, Mapping[str, int]]
    fleet: FleetFacts
    aircraft: AircraftFacts
    batteries: BatteryFacts
    handling: HandlingFacts
    airspace: AirspaceFacts
    winds: tuple[WindFacts, ...] = called("wind")
    pilots: PilotFacts
    couriers: CourierFacts
    prices: PriceFacts
    routes: tuple[RouteFacts, ...]
    separation: Mapping[str, float | None]
    terminal_meetings: Mapping[str, MeetingFacts]
    dispatch: DispatchFacts
    closures: tuple[ClosureFacts, ...]
    link: LinkFacts | None = left_out()
    navigation: NavigationFacts | None = left_out()
    position: PositionFacts | None = left_out()
    handling_times: HandlingTimesFacts | None = left_out()
    riders: RiderFacts | None = left_out()
    shifts: Mapping[str, Mapping[str, tuple[tuple[float, int], ...]]] | None = left_out()
    risk: RiskFacts | None = left_out()
    noise: NoiseFacts | None = left_out()
    maintenance: CareFacts | None = left_out()
    outages: tuple[OutageFacts, ...] | None = left_out()
    weather: WeatherFacts | None = left_out()

    def content(self) -> dict[str, Any]:
        """Give them for JSON."""
        content: dict[str, Any] = to_json(self)
        return content


def read_facts(content: Mapping[str, Any], *, file: str = FILE) -> Facts:
    """Make facts of parsed JSON.

    Raises
    ------
    InputError
        Names every key that is missing, unknown or of another type.
    """
    return from_json(Facts, content, file=file)

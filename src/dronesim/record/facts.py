"""The facts of a day that its tables can't say: capacities, hours, promises, minima, prices; as in ``facts.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dronesim.record.exposure import NoiseFacts, RiskFacts
from dronesim.record.forms import called, from_json, left_out, to_json
from dronesim.record.means_facts import (
    AircraftFacts,
    BatteryFacts,
    CareFacts,
    FleetFacts,
    HandlingFacts,
    HandlingTimesFacts,
)
from dronesim.record.trouble_facts import (
    ClosureFacts,
    LinkFacts,
    NavigationFacts,
    OutageFacts,
    PositionFacts,
    UnmetFacts,
    WeatherFacts,
)

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
class Facts:
    """All facts of a day.

    ``capacity`` is the number of units of each resource by site, ``network`` for what belongs to none; ``winds``
    ascend in time. ``separation`` is what was counted of the flown paths, empty where nothing was; so is
    ``terminal_meetings``, by site, without those where nobody met. ``risk`` and ``noise`` are there where they count,
    ``outages`` where there were any, ``unmet`` where events were stated that met nobody.
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
    unmet: tuple[UnmetFacts, ...] | None = left_out()
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

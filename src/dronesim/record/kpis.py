"""The key figures of a run, as in ``kpis.json``; `dronesim.metrics` says how each is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final

from dronesim.record.exposure import NoiseKpis, RiskKpis
from dronesim.record.forms import Keys, from_json, left_out, names_of_paths, of_paths, to_json
from dronesim.record.resources import ITEMS
from dronesim.record.tables import BY_POLICY, END_STATES, REFUSALS, STAGES, VERDICTS
from dronesim.record.waits import REASONS, TO_TAKE_OFF

FILE: Final = "kpis.json"
WAITED_FOR: Final = tuple(reason.name for reason in REASONS if reason.part != TO_TAKE_OFF)
"""Reasons for which orders wait."""
COUNTS: Final = ("placed", "in_range", "delivered", "elsewhere", *END_STATES)
"""What orders are counted by; ``elsewhere``: delivered to another airport than the customer's."""


BARS: Final = ("wind", "weather", "zone", "airport_closed", "out_of_reach", "too_heavy", "out_of_hours")
"""What bars orders that no fleet could help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKpis:
    """The service level and the shares beside it; null for a share of nothing.

    ``barred`` counts by cause the orders in range beyond the ceiling that no fleet could help; left out without any.
    """

    clock: str
    radius_m: float
    limit_s: float
    target: float
    orders: int
    on_time: int
    share: float | None
    share_placed_clock: float | None
    share_ready_clock: float | None
    ceiling: float | None
    ceiling_placed_clock: float | None
    ceiling_ready_clock: float | None
    coverage: float | None
    eligible_share: float | None
    network_share: float | None
    by_rider: int | None = left_out()
    share_with_riders: float | None = left_out()
    barred: Annotated[Mapping[str, int], Keys((), optional=BARS)] | None = left_out()
    note: str | None = left_out()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraWalkKpis:
    """Delivered orders in another airport's box than the customer's, and how far that is from there; null for none."""

    orders: int
    mean_m: float | None
    max_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationKpis:
    """Mean, quantiles and maximum of a duration in seconds; null for no data."""

    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitKpis:
    """Mean and 95th percentile in seconds; null for no data."""

    mean: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonKpis:
    """How many orders waited for one reason, how long in all, and on average of those; null for none."""

    orders: int
    total_s: float
    mean_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetKpis:
    """The fleet, and how hard it works in opening hours; ``lost`` and ``down`` are there where drones were."""

    owned: int
    drones: int
    sorties: int
    utilization: float | None
    deadhead_share: float | None
    lost: int | None = left_out()
    down: int | None = left_out()
    orders_per_drone_hour: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyKpis:
    """Energy of all legs, how often a drone got another pack, and the equivalent full cycles of all packs."""

    wh_per_order: float | None
    swaps: int
    total_wh: float
    full_cycles: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PackKpis:
    """Wear of packs that age, how long they last at this day's use, and what is to be bought; null for what is not."""

    cycles_per_day: float
    mean_health: float
    least_health: float
    life_days: float | None
    retiring: int
    bought_per_year: float
    price_per_year: float | None
    price_per_cycle: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepKpis:
    """Inspections and repairs, how many drones they leave in service, and what is to be owned; null for no data."""

    inspections: int
    repairs: int
    in_repair_at_opening: int
    in_service: float
    sorties_per_day: float | None
    flight_h_per_day: float | None
    days_between_inspections: float | None
    needed_owned: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AirspaceKpis:
    """Waits of flights for clearance, and the separation of flown paths where it was looked at."""

    clearance_wait_s: WaitKpis
    losses_of_separation: int | None = of_paths()
    min_separation_m: float | None = of_paths()
    terminal_meetings: int | None = of_paths()
    least_terminal_m: float | None = of_paths()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkKpis:
    """Outages of the command link, flights that were silent, and what drones did when their time was out."""

    outages: int
    outage_s: float
    flights_silent: int
    flights_timed_out: int
    timed_out_share: float | None
    silent_s: float
    held: int
    returned: int
    landed: int
    losses_in_silence: int | None = of_paths()


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationKpis:
    """Landings with a parcel at airports, missed and made again, and excursions beyond the track bound."""

    landings: int
    misses: int
    go_arounds: int
    miss_share: float | None
    excursions: int
    excursions_per_h: float | None
    losses_in_excursions: int | None = of_paths()


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionKpis:
    """Outages of the position service, drones that drifted beyond their bound in one, and landings missed in one."""

    outages: int
    outage_s: float
    strays: int
    misses: int
    go_arounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetKpis:
    """The most boxes held at one instant, as a share of an airport's."""

    peak_occupancy: float | None
    peak_by_airport: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKpis:
    """Scans of pickup codes: accepted, and refused by verdict."""

    accepted: int
    refused: Annotated[Mapping[str, int], Keys(tuple(verdict for verdict in VERDICTS if verdict != "accepted"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostKpis:
    """What the day costs, and a delivered order, in the currency of the prices."""

    per_order: float | None
    total: float
    currency: str
    items: Annotated[Mapping[str, float], Keys(ITEMS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherKpis:
    """Share of the opening hours in which drones might fly, the time in which they might not, who waited for it."""

    flyable_share: float
    no_go_s: float
    stops: int
    orders_waited: int
    to_road: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """All key figures of a run; ``resources`` is the utilization of each resource by site.

    ``risk`` and ``noise`` are there where they count, ``packs`` where they age, ``upkeep`` where drones are inspected.
    ``weather`` is there where more than the mean wind keeps drones down; ``refusals`` have those of the policy where it
    may refuse, and ``extra_walk`` is there where it may serve orders at other airports.
    """

    schema_version: int = 2
    service: ServiceKpis
    orders: Annotated[Mapping[str, int], Keys(COUNTS)]
    refusals: Annotated[Mapping[str, int], Keys(REFUSALS, optional=(BY_POLICY,))]
    click_to_door_s: DurationKpis
    ready_to_door_s: DurationKpis
    click_to_collect_s: DurationKpis
    stages_s: Annotated[Mapping[str, WaitKpis], Keys(STAGES)]
    waits: Annotated[Mapping[str, ReasonKpis], Keys(WAITED_FOR)]
    fleet: FleetKpis
    energy: EnergyKpis
    airspace: AirspaceKpis
    cabinets: CabinetKpis
    resources: Mapping[str, Mapping[str, float | None]]
    codes: CodeKpis
    cost: CostKpis
    extra_walk: ExtraWalkKpis | None = left_out()
    link: LinkKpis | None = left_out()
    navigation: NavigationKpis | None = left_out()
    position: PositionKpis | None = left_out()
    risk: RiskKpis | None = left_out()
    noise: NoiseKpis | None = left_out()
    packs: PackKpis | None = left_out()
    upkeep: UpkeepKpis | None = left_out()
    weather: WeatherKpis | None = left_out()

    def content(self) -> dict[str, Any]:
        """Give them for JSON."""
        content: dict[str, Any] = to_json(self)
        return content


@cache
def figures_of_paths() -> frozenset[str]:
    """Name the key figures that are known only where the paths that were flown are looked at."""
    return frozenset(names_of_paths(Kpis))


def read_kpis(content: Mapping[str, Any], *, file: str = FILE) -> Kpis:
    """Make key figures of parsed JSON.

    Raises
    ------
    InputError
        Names every key that is missing, unknown or of another type.
    """
    return from_json(Kpis, content, file=file)

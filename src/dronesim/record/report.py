"""The form of ``report.json``: the numbers of a run's page that its key figures have not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from dronesim.record.forms import Keys
from dronesim.record.tables import BY_POLICY, END_STATES, STAGES

FILE: Final = "report.json"
STAGES_TO_DOOR: Final = tuple(stage for stage in STAGES if stage != "dwell")


@dataclass(frozen=True, slots=True, kw_only=True)
class LateShare:
    """Orders in range, and the late ones of them."""

    orders: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LateBy:
    """Late orders by take-off point, airport, hour of placing, and distance in metres from which a bin begins."""

    takeoff_point: Mapping[str, LateShare]
    airport: Mapping[str, LateShare]
    hour: Mapping[str, LateShare]
    distance: Mapping[str, LateShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMatrix:
    """Orders in range and the late of them: a row for each airport, a column for each hour of placing."""

    airports: tuple[str, ...]
    hours: tuple[int, ...]
    orders: tuple[tuple[int, ...], ...]
    late: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCause:
    """How many late orders have a cause, and how many of them would have been on time without any queue."""

    cause: str
    orders: int
    possible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorMinutes:
    """Delivered orders, their mean click-to-door in seconds, and the means of its stages; null without any."""

    orders: int
    door_s: float | None
    stages_s: Annotated[Mapping[str, float | None], Keys(STAGES_TO_DOOR)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesOfBoth:
    """Where the minutes of orders on time and of late ones went."""

    on_time: DoorMinutes
    late: DoorMinutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Who is late and why; ``never``: the late orders that no drone delivered."""

    orders: int
    late: int
    never: int
    by: LateBy
    by_hour_and_airport: LateMatrix
    causes: tuple[LateCause, ...]
    minutes: MinutesOfBoth


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOrder:
    """One of the latest orders; ``door_s`` and ``ceiling_s`` are on the clock of the promise, ``box`` -1 is none."""

    order: int
    order_id: str
    placed_s: float
    delivered_s: float
    takeoff_point: str
    airport: str
    box: int
    door_s: float
    ceiling_s: float | None
    cause: str
    stages_s: Annotated[Mapping[str, float], Keys((), optional=STAGES_TO_DOOR)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """What a clock hour of the day had; the delay is null where no flight departed."""

    hour: int
    placed: int
    delivered: int
    drones_out: float
    waiting: float
    clearance_delay_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLeft:
    """Charge at the end of legs that landed, 0 to 1; null where none did."""

    legs: int
    mean: float | None
    p05: float | None
    least: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """Charge at the end of returns, and of all legs."""

    at_home: ChargeLeft
    anywhere: ChargeLeft


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """End states as shares of all placed orders, and items of the day's cost as shares of it, 0 to 1."""

    states: Annotated[Mapping[str, float], Keys((*END_STATES, "elsewhere"), optional=(BY_POLICY,))]
    cost: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUse:
    """Units of a resource, how busy they were over the opening hours, and the busiest site; null for no data."""

    units: int
    busy: float | None
    busiest: str | None
    busiest_busy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCount:
    """How often an incident of a kind led to an action."""

    kind: str
    action: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePair:
    """Two drones that came close outside of terminal areas."""

    time_s: float
    drones: tuple[int, ...]
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder:
    """How often something was closed or out of order for one cause, and how long in all."""

    times: int
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The content of ``report.json``; resources and sites by name, ``out_of_order`` by cause."""

    schema_version: int = 1
    late: Late
    late_orders: tuple[LateOrder, ...]
    hours: tuple[HourOfDay, ...]
    charge: Charges
    shares: Shares
    resources: Mapping[str, ResourceUse]
    sites: Mapping[str, int]
    incidents: tuple[IncidentCount, ...]
    closest: tuple[ClosePair, ...]
    out_of_order: Mapping[str, OutOfOrder]

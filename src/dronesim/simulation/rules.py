"""The rules of a network in SI units, as the engine takes them: who is there, how long things take, what is allowed.

Tuples by site follow the order of ``World.takeoff_points`` or ``World.airports``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dronesim.comms import OutageLaw
from dronesim.demand.specs import Lognormal, Uniform
from dronesim.record.facts import PilotFacts, PriceFacts, ServiceFacts
from dronesim.record.incidents import POSITION_OUTAGE
from dronesim.wear import AgeingLaw, CareLaw
from dronesim.weather import WeatherRules

ServiceTarget: TypeAlias = ServiceFacts
"""What is promised: ``target`` (a share) of in-range orders within ``limit_s`` on the ``clock``; facts tell it so."""
PilotRules: TypeAlias = PilotFacts
"""Remote pilots; each may have ``drones_per_pilot`` drones between take-off and landing at home; facts tell it so."""
Prices: TypeAlias = PriceFacts
"""Costs in one currency, as facts tell them; hours are hours of opening.

``drone_per_day`` covers airframe and upkeep without the pack, ``site_per_day`` the bare place; a pack costs
``pack_per_day`` to keep and ``pack_cycle`` to use.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Opening hours in seconds since local midnight, and how long the day may drain after the last order."""

    start_s: float
    end_s: float
    drain_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierRules:
    """Couriers by take-off point; ``handling_s`` at the merchant, ``boxing_s`` to weigh, box and seal."""

    count: tuple[int, ...]
    walk_mps: float
    handling_s: float
    boxing_s: float
    road_mps: float
    """Road speed of the courier who brings a parcel rescued from a diverted drone."""
    road_detour: float
    """Way on the road over the straight line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiderRules:
    """Riders by take-off point; ``takes``: what they bring without being told to.

    Of "closed", "barred", "late" and "refused".

    They ride straight at ``road_mps``, and take ``pickup_s`` before it and ``dropoff_s`` at its end.
    """

    count: tuple[int, ...] = ()
    takes: tuple[str, ...] = ()
    road_mps: float = math.inf
    pickup_s: float = 0.0
    dropoff_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoffPointRules:
    """Pads and loaders by take-off point; times to load a parcel and check the pack, and to leave the pad at home."""

    pads: tuple[int, ...]
    loaders: tuple[int, ...]
    load_s: float
    clear_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AirportRules:
    """Pads, unloaders and boxes by airport, the time to unload, and how long a parcel may lie in its box.

    ``when_closed`` is ``"wait"``, ``"next"``, ``"road"`` or ``"refuse"``: what becomes of ready parcels whose airport
    is closed, and of new orders. One that waits does so for ``closed_wait_s`` at most, then it goes by road; the next
    airport is no farther from its own than ``walk_max_m``.
    """

    pads: tuple[int, ...]
    unloaders: tuple[int, ...]
    boxes: tuple[int, ...]
    unload_s: float
    hold_limit_s: float
    when_closed: str
    closed_wait_s: float
    walk_max_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRules:
    """Available drones and spares by take-off point; a spare replaces a drone that is out, ``spare_ready_s`` later.

    ``stays``: a drone stays at the airport where its parcel was unloaded, until it is needed or its pack is due.
    ``lands_anywhere``: a policy may let a drone land at another take-off point than it left; who is away at the close
    flies home.
    """

    drones: tuple[int, ...]
    spares: tuple[int, ...]
    is_shared: bool
    spare_ready_s: float
    stays: bool = False
    lands_anywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRules:
    """``packs``: spare packs by take-off point beyond the one in each drone; ``chargers`` by take-off point.

    ``mode`` is ``"swap"`` (the used pack goes to a charger, the drone takes a charged one) or
    ``"charge"`` (the pack is charged on board, on the stand). ``charge_to`` is the charge that ends a charge;
    ``charge_c`` the constant-current rate in 1/h of the capacity, which holds up to a charge of ``cv_charge``. A drone
    on its stand with a charge of ``turnaround_below`` or more keeps its pack as it is until an order asks for more.
    ``ageing`` is how packs age; None where all are new.
    """

    mode: str
    packs: tuple[int, ...]
    chargers: tuple[int, ...]
    turnaround_below: float
    swap_s: float
    charge_c: float
    cv_charge: float
    charge_to: float
    reserve: float
    hold_allowance_s: float
    ageing: AgeingLaw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRules:
    """How soon a customer scans again after a refused scan."""

    rescan_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRules:
    """``interval_s`` 0: an epoch whenever something happened; else a batch every ``interval_s``.

    ``queue_limit`` refuses an order when so many wait at its take-off point already; 0 means no limit. ``may_refuse``:
    the policy may refuse an order until its courier has the parcel, and is asked when one is placed. ``extra_walk_m``:
    it may serve an order at another airport that is no farther from its own; 0 means it may not. ``may_keep_packs``: it
    is asked before a drone is turned around that is due.
    """

    interval_s: float
    assign_ahead_s: float
    queue_limit: int
    may_refuse: bool = False
    extra_walk_m: float = 0.0
    may_keep_packs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AirspaceRules:
    """Clearance ``mode``, cruise levels, separation minima, the headways of lanes and routes, how paths are flown.

    ``corner_cut_m``: how far the arc in a bend may cut the corner; ``path_error_m``: how far the straight segments
    that stand for a path may be off the motion. A drone strays by up to ``tracking_bound`` standard deviations of
    ``tracking_error_m``, by another error about every ``drift_m``, and not at all on pieces below ``straight_m``. A
    flight that is out of a zone within ``zone_grace_s`` of its beginning flies on.
    """

    structure: str
    mode: str
    levels_m: tuple[float, ...]
    separation_m: float
    vertical_m: float
    terminal_radius_m: float
    lane_headway_s: float
    route_headway_s: float
    obstacle_clearance_m: float
    roof_margin_m: float
    tracking_error_m: float
    tracking_bound: float
    drift_m: float
    straight_m: float
    corner_cut_m: float
    path_error_m: float
    zone_grace_s: float
    buffer_s: float
    """How early or late a flight may be at every instant and still be kept apart, in mode ``strategic``."""

    @property
    def track_bound_m(self) -> float:
        """How far a drone may stray sideways from its cleared path."""
        return self.tracking_bound * self.tracking_error_m


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """When the command link is lost by chance, and what follows; ``latency_s``: how late drones in the air obey.

    ``by`` is ``"district"`` or ``"area"``: what is lost at once; ``areas`` names those that are, all of the map where
    it is empty. A silent drone's time is out after ``hold_after_s``; ``after`` is ``"continue"``, ``"hold"``,
    ``"return"`` or ``"land"``, the last two after ``act_after_s`` of silence.
    """

    outages: OutageLaw | None = None
    by: str = "district"
    areas: tuple[str, ...] = ()
    hold_after_s: float = 10.0
    act_after_s: float = 30.0
    after: str = "continue"
    latency_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRules:
    """When the position service is out by chance, in ``areas`` or, without any, in the whole district; what follows.

    A drone without position drifts: the standard deviation of its offset grows by ``drift_mps`` with the time since it
    had one, cut off at ``stray_max_m``. It misses a landing at an airport with probability ``miss_share``.
    """

    outages: OutageLaw | None = None
    areas: tuple[str, ...] = ()
    drift_mps: float = 0.2
    stray_max_m: float = 8.0
    miss_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationRules:
    """``miss_share``: share of landings at airports that are missed; another pass takes ``go_around_s``.

    So many times a flight-hour, ``excursions_per_h``, a drone strays by ``excursion_m``, beyond its track bound.
    """

    miss_share: float
    go_around_s: float
    excursions_per_h: float = 0.0
    excursion_m: float = 0.0
    position: PositionRules = PositionRules()


HandlingLaw: TypeAlias = Lognormal | Uniform
"""A law of seconds whose mean is what the rules state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingRules:
    """Laws of handling times, in seconds; None for what takes always as long as is stated."""

    boxing: HandlingLaw | None = None
    load: HandlingLaw | None = None
    unload: HandlingLaw | None = None
    swap: HandlingLaw | None = None

    def scattered(self) -> dict[str, HandlingLaw]:
        """Give the laws of what does not always take as long as is stated, by name."""
        laws = {"boxing": self.boxing, "load": self.load, "unload": self.unload, "swap": self.swap}
        return {name: law for name, law in laws.items() if law is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedEvent:
    """Something that goes wrong at a stated time (seconds since midnight).

    ``kind`` names one of ``trouble.TROUBLES``, whose keys tell what of the rest it goes by: ``duration_s``; an
    ``airport`` or a ``takeoff_point``, as an index into ``World.airports`` or ``World.takeoff_points``, and a
    ``drone``, by its number, -1 where none is named; a ``merchant`` by its id; ``own``, what only troubles of this kind
    are told, by name, in SI units.
    """

    kind: str
    at_s: float
    duration_s: float = 0.0
    airport: int = -1
    drone: int = -1
    takeoff_point: int = -1
    merchant: str = ""
    own: tuple[tuple[str, float], ...] = ()

    def value(self, name: str) -> float:
        """Give one of the trouble's own values."""
        return dict(self.own)[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundFault:
    """A trouble on the ground that comes by chance, everywhere where it can, each time for a drawn time.

    ``kind`` names one of ``trouble.TROUBLES``; ``every_s`` is the mean time from the end of one to the next. ``own`` is
    as that of a ``ScriptedEvent``.
    """

    kind: str
    every_s: float
    median_s: float
    p95_s: float
    own: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRules:
    """What goes wrong by chance beside failures: in the air by the flight-hour, and on the ground.

    ``no_show_share`` of the couriers do not come to work, each for the whole day.
    """

    returns_per_flight_hour: float = 0.0
    diverts_per_flight_hour: float = 0.0
    losses_per_flight_hour: float = 0.0
    no_show_share: float = 0.0
    ground: tuple[GroundFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules of one scenario; ``weather`` is None where nothing but the wind is looked at."""

    horizon: Horizon
    service: ServiceTarget
    couriers: CourierRules
    takeoff_points: TakeoffPointRules
    airports: AirportRules
    fleet: FleetRules
    batteries: BatteryRules
    pilots: PilotRules
    customers: CustomerRules
    dispatch: DispatchRules
    airspace: AirspaceRules
    prices: Prices
    failures_per_flight_hour: float
    loss_share: float
    recovery_s: float
    events: tuple[ScriptedEvent, ...]
    link: LinkRules = LinkRules()
    navigation: NavigationRules = NavigationRules(miss_share=0.0, go_around_s=0.0)
    handling: HandlingRules = HandlingRules()
    care: CareLaw | None = None
    """How drones are looked after; None where nobody inspects them."""
    faults: FaultRules = FaultRules()
    riders: RiderRules = field(default_factory=RiderRules)
    shifts: Mapping[str, Mapping[str, tuple[tuple[float, int], ...]]] = field(default_factory=dict)
    """By name of a resource and id of a site: from when, in seconds since midnight, how many are at work.

    Who has none here is there all day.
    """
    weather: WeatherRules | None = None

    @property
    def loses_position(self) -> bool:
        """Whether the position service is out on some day, by chance or as stated."""
        is_stated = any(event.kind == POSITION_OUTAGE.name for event in self.events)
        return is_stated or self.navigation.position.outages is not None

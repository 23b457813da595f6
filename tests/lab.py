"""Small networks built by hand, without files: everything can be switched off or changed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor, drone_type
from dronesim.aircraft.model import CORNER_CUT_M, PATH_ERROR_M
from dronesim.demand import OrderColumns
from dronesim.demand.specs import ByDistance, Constant, DemandSpec, Lognormal, Uniform
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.routing import build_route_schedule
from dronesim.simulation import DroneColumns, Places, Rules, SimulationInputs, SteadyRoutes, TimedZone
from dronesim.simulation.rules import (
    AirportRules,
    AirspaceRules,
    BatteryRules,
    CourierRules,
    CustomerRules,
    DispatchRules,
    FleetRules,
    Horizon,
    PilotRules,
    Prices,
    ServiceTarget,
    TakeoffPointRules,
)
from dronesim.weather import CALM, Wind
from dronesim.world import Buildings, Sites, World, Zones

OPEN_S, CLOSE_S = 36000.0, 72000.0


@dataclass(frozen=True)
class StraightRoutes:
    """Straight lines between all sites, at one level."""

    xy: NDArray[Any]
    levels_m: tuple[float, ...] = (60.0,)
    airways: None = None

    @property
    def brief(self) -> tuple[object, ...]:
        return (type(self), self.xy.tobytes(), self.levels_m)

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        return float(np.hypot(*(self.xy[destination] - self.xy[origin])))

    def waypoints(self, level_index: int, origin: int, destination: int) -> NDArray[Any]:
        return np.array([self.xy[origin], self.xy[destination]])

    def from_point(self, level_index: int, xy: NDArray[Any], destination: int) -> NDArray[Any]:
        return np.array([xy, self.xy[destination]])


def lab_rules(homes: int = 1, away: int = 2, /, **changes: Any) -> Rules:
    """Rules of a roomy network; ``changes`` replace fields of parts, as ``fleet=dict(drones=(2,))``."""
    parts: dict[str, Any] = {
        "horizon": Horizon(start_s=OPEN_S, end_s=CLOSE_S, drain_s=7200.0),
        "service": ServiceTarget(radius_m=3000.0, limit_s=900.0, clock="placed", target=0.95),
        "couriers": CourierRules(
            count=(4,) * homes, walk_mps=1.3, handling_s=45.0, boxing_s=45.0, road_mps=6.0, road_detour=1.4
        ),
        "takeoff_points": TakeoffPointRules(pads=(2,) * homes, loaders=(2,) * homes, load_s=30.0, clear_s=20.0),
        "airports": AirportRules(
            pads=(1,) * away,
            unloaders=(1,) * away,
            boxes=(28,) * away,
            unload_s=30.0,
            hold_limit_s=7200.0,
            when_closed="wait",
            closed_wait_s=900.0,
            walk_max_m=500.0,
        ),
        "fleet": FleetRules(drones=(6,) * homes, spares=(0,) * homes, is_shared=False, spare_ready_s=900.0),
        "batteries": BatteryRules(
            mode="swap",
            packs=(6,) * homes,
            chargers=(6,) * homes,
            swap_s=60.0,
            turnaround_below=1.0,
            charge_c=2.0,
            cv_charge=0.8,
            charge_to=0.95,
            reserve=0.25,
            hold_allowance_s=120.0,
        ),
        "pilots": PilotRules(count=4, drones_per_pilot=10),
        "customers": CustomerRules(rescan_s=30.0),
        "dispatch": DispatchRules(interval_s=0.0, assign_ahead_s=0.0, queue_limit=0),
        "airspace": AirspaceRules(
            structure="free",
            mode="headway",
            levels_m=(60.0,),
            separation_m=30.0,
            vertical_m=9.0,
            terminal_radius_m=60.0,
            lane_headway_s=20.0,
            route_headway_s=0.0,
            obstacle_clearance_m=10.0,
            roof_margin_m=10.0,
            tracking_error_m=1.0,
            tracking_bound=3.0,
            drift_m=200.0,
            straight_m=60.0,
            zone_grace_s=60.0,
            corner_cut_m=CORNER_CUT_M,
            path_error_m=PATH_ERROR_M,
            buffer_s=0.5,
        ),
        "prices": Prices(
            currency="CNY",
            drone_per_day=100.0,
            pack_per_day=3.0,
            pack_cycle=2.0,
            charger_per_day=4.0,
            energy_per_kwh=0.8,
            courier_per_hour=30.0,
            loader_per_hour=20.0,
            unloader_per_hour=5.0,
            pilot_per_hour=60.0,
            rider_per_order=6.5,
            takeoff_pad_per_day=11.0,
            airport_pad_per_day=17.0,
            box_per_day=1.5,
            site_per_day=200.0,
        ),
    }
    plain = {"failures_per_flight_hour": 0.0, "loss_share": 0.1, "recovery_s": 3600.0, "events": ()}
    for name, change in changes.items():
        if name in plain:
            plain[name] = change
        else:
            parts[name] = replace(parts[name], **change)
    return Rules(**parts, **plain)  # type: ignore[arg-type]


def lab_orders(
    placed_s: Any,
    *,
    takeoff_point: Any = 0,
    airport: Any = 0,
    xy: NDArray[Any],
    homes: int = 1,
    **columns: Any,
) -> OrderColumns:
    """Orders placed at given times; other columns default to a plain meal of 1 kg."""
    placed = np.asarray(placed_s, dtype=np.float64)
    count = len(placed)

    def column(name: str, default: Any, dtype: Any = np.float64) -> NDArray[Any]:
        return np.broadcast_to(np.asarray(columns.get(name, default), dtype=dtype), (count,)).copy()

    home = np.broadcast_to(np.asarray(takeoff_point, dtype=np.int64), (count,)).copy()
    away = np.broadcast_to(np.asarray(airport, dtype=np.int64), (count,)).copy()
    walk_m = column("walk_m", 65.0)
    return OrderColumns(
        order_id=tuple(f"o{number}" for number in range(count)),
        # a walk belongs to a merchant: orders that share theirs, share a merchant
        merchant=tuple(f"m{point}-{walked}" for point, walked in zip(home.tolist(), walk_m.tolist(), strict=True)),
        community=("c",) * count,
        takeoff_point=home,
        airport=away,
        distance_m=np.hypot(*(xy[away + homes] - xy[home]).T) if count else np.empty(0),
        walk_m=walk_m,
        placed_s=placed,
        mass_kg=column("mass_kg", 1.0),
        preparation_s=column("preparation_s", 240.0),
        planned_preparation_s=column("planned_preparation_s", 240.0),
        collection_s=column("collection_s", 240.0),
        patience_s=column("patience_s", np.inf),
        is_no_show=column("is_no_show", False, np.bool_),
        bad_scan=column("bad_scan", 0, np.int64),
    )


def lab_inputs(
    placed_s: Any = (36000.0,),
    *,
    homes_xy: Any = ((0.0, 0.0),),
    airports_xy: Any = ((1800.0, 0.0), (0.0, 1200.0)),
    rules: dict[str, Any] | None = None,
    orders: dict[str, Any] | None = None,
    policy: Any = "nearest",
    budget_h: Any = np.inf,
    seed: int = 1,
) -> SimulationInputs:
    """A complete day on straight routes."""
    xy = np.array([*homes_xy, *airports_xy], dtype=np.float64)
    homes, airports = len(homes_xy), len(airports_xy)
    chosen = lab_rules(homes, airports, **(rules or {}))
    drones = sum(chosen.fleet.drones) + sum(chosen.fleet.spares)
    ids = tuple(f"T{number}" for number in range(homes)) + tuple(f"A{number}" for number in range(airports))
    return SimulationInputs(
        name="lab",
        places=Places(ids=ids, xy=xy, takeoff_points=homes),
        routes=SteadyRoutes(StraightRoutes(xy, chosen.airspace.levels_m)),
        rules=chosen,
        orders=lab_orders(placed_s, xy=xy, homes=homes, **(orders or {})),
        drones=DroneColumns(
            budget_h=np.broadcast_to(np.asarray(budget_h, dtype=np.float64), (drones,)).copy(),
            is_loss=np.zeros(drones, dtype=np.bool_),
        ),
        aircraft=Multirotor(drone_type("ideal")),
        winds=((0.0, (CALM,) * len(chosen.airspace.levels_m)),),
        policy=POLICIES[policy] if isinstance(policy, str) else policy,
        policy_name=policy if isinstance(policy, str) else "custom",
        key=b"lab",
        seed=seed,
        replication=0,
    )


def lab_world() -> World:
    """Two take-off points, two airports, three merchants and four communities on open ground."""
    nobody = np.empty(0, dtype=object)
    return World(
        name="lab",
        origin_lonlat=(114.0, 22.6),
        takeoff_points=Sites(ids=("T0", "T1"), xy=np.array([[0.0, 0.0], [900.0, 300.0]])),
        airports=Sites(ids=("A0", "A1"), xy=np.array([[1800.0, 700.0], [-300.0, 1200.0]])),
        merchants=Sites(ids=("m0", "m1", "m2"), xy=np.array([[40.0, 30.0], [-60.0, 10.0], [930.0, 260.0]])),
        merchant_weight=np.array([2.0, 1.0, 1.0]),
        merchant_takeoff_point=np.array([0, 0, 1]),
        communities=Sites(
            ids=("c0", "c1", "c2", "c3"),
            xy=np.array([[1700.0, 650.0], [1900.0, 800.0], [-250.0, 1100.0], [-400.0, 1300.0]]),
        ),
        community_weight=np.array([1.0, 2.0, 1.0, 3.0]),
        community_airport=np.array([0, 0, 1, 1]),
        buildings=Buildings(polygons=nobody, height_m=np.empty(0)),
        zones=Zones(
            ids=(),
            polygons=nobody,
            floor_m=np.empty(0),
            ceiling_m=np.empty(0),
            from_s=np.empty(0),
            to_s=np.empty(0),
        ),
        airways=(),
        pads={},
        boxes={},
    )


def lab_demand(**changes: Any) -> DemandSpec:
    """A Poisson day of about 60 orders, evenly from 10:00 to 20:00; ``changes`` replace fields."""
    plain: dict[str, Any] = {
        "model": "poisson",
        "expected_orders": 60.0,
        "trace_factor": 1.0,
        "trace_shift_s": 0.0,
        "days": Constant(value=1.0),
        "choice": ByDistance(decay_m=1000.0),
        "hour_shares": tuple(0.1 if 10 <= hour < 20 else 0.0 for hour in range(24)),
        "mass": Uniform(low=0.5, high=2.0),
        "preparation": Lognormal(mean=240.0, sd=90.0),
        "collection_median_s": 240.0,
        "collection_p95_s": 1200.0,
        "patience_mean_s": np.inf,
        "no_show_share": 0.01,
        "bad_scan_share": 0.02,
        "walk_detour": 1.3,
    }
    return DemandSpec(**plain | changes)


def in_world(
    inputs: SimulationInputs,
    world: World,
    *,
    winds: Sequence[tuple[float, Wind]] = ((0.0, CALM),),
    structure: str = "free",
    clearance_m: float = 10.0,
) -> SimulationInputs:
    """The day in a world with zones, and in winds, by drones without airspeed to spare to make up for them."""
    levels_m = inputs.rules.airspace.levels_m
    kind = replace(inputs.aircraft.drone_type, max_mps=inputs.aircraft.drone_type.cruise_mps)
    schedule = build_route_schedule(
        world,
        levels_m=levels_m,
        winds=[(from_s, wind.vector()) for from_s, wind in winds] if len(winds) > 1 else [],
        airspeed_mps=kind.max_mps,
        cruise_mps=kind.cruise_mps,
        clearance_m=clearance_m,
        roof_margin_m=10.0,
        structure=structure,
    )
    zones = world.zones
    hours = zip(zones.ids, zones.polygons, zones.from_s.tolist(), zones.to_s.tolist(), strict=True)
    timed = tuple(
        TimedZone(name=name, polygon=polygon, floor_m=0.0, ceiling_m=200.0, from_s=from_s, to_s=to_s)
        for name, polygon, from_s, to_s in hours
    )
    by_level = tuple((from_s, (wind,) * len(levels_m)) for from_s, wind in winds)
    return replace(inputs, aircraft=Multirotor(kind), routes=schedule, zones=timed, winds=by_level)


def lazy_until(until_s: float) -> Any:
    """A policy that gives nothing to anybody until a time of day, and then the nearest drone."""

    def lazy(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order in view.ready:
            if view.now_s < until_s:
                decisions.hold(order, until_s=until_s)
                return decisions
        return cast("Decisions", POLICIES["nearest"](view))

    return lazy

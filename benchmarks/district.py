"""A synthetic district for benchmarks, repeated side by side so that demand grows at constant load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor, drone_type
from dronesim.aircraft.model import CORNER_CUT_M, PATH_ERROR_M
from dronesim.demand import OrderColumns
from dronesim.dispatch import POLICIES
from dronesim.simulation import DroneColumns, Places, SimulationInputs, SteadyRoutes
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
    Rules,
    ServiceTarget,
    TakeoffPointRules,
)
from dronesim.streams import Streams
from dronesim.units import HOUR, MINUTE
from dronesim.weather import CALM

try:
    from dronesim.record.columns import Numbered
except ImportError:  # a day is timed by a commit before
    Numbered = None  # type: ignore[assignment, misc]

ORDERS_PER_DAY = 2500
HOMES, AIRPORTS = 5, 12
"""Take-off points and airports of one district."""

_OPEN_S, _CLOSE_S = 10 * HOUR, 20 * HOUR
_APART_M = 20_000.0
_HOMES_M = np.array([(800.0, 700.0), (2400.0, 600.0), (1600.0, 1300.0), (900.0, 1900.0), (2500.0, 1800.0)])
_AIRPORTS_M = np.array(
    [(x_m + 90.0 * row, y_m) for row, y_m in enumerate((100.0, 1000.0, 2400.0)) for x_m in range(100, 3500, 1000)]
)


@dataclass(frozen=True, slots=True)
class StraightRoutes:
    """Straight lines between sites at one level; ``xy`` has shape ``(sites, 2)`` in metres."""

    xy: NDArray[np.float64]
    levels_m: tuple[float, ...] = (60.0,)
    airways: None = None

    @property
    def brief(self) -> tuple[object, ...]:
        """What tells these routes from others."""
        return type(self), self.xy.tobytes(), self.levels_m

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        """Length in metres; the same at every level."""
        return float(np.hypot(*np.diff(self.waypoints(level_index, origin, destination), axis=0)[0]))

    def waypoints(self, _level_index: int, origin: int, destination: int) -> NDArray[np.float64]:
        """Both ends, shape ``(2, 2)``."""
        return self.xy[[origin, destination]]

    def from_point(self, _level_index: int, xy: NDArray[Any], destination: int) -> NDArray[np.float64]:
        """Give the straight way from a point in the air, shape ``(2, 2)``."""
        return np.array([xy, self.xy[destination]])


def build_inputs(
    orders: int, *, policy: str = "nearest", interval_s: float = 0.0, mode: str = "headway", seed: int = 1
) -> SimulationInputs:
    """Repeat the district until it sees ``orders`` in a day of ten hours, and draw them all.

    With the airspace mode ``strategic`` flights have four levels to choose from, else one.

    Below one district's demand there is one district with fewer orders.
    """
    copies = max(1, round(orders / ORDERS_PER_DAY))
    xy = _sites(copies)
    homes = HOMES * copies
    levels_m = (60.0, 80.0, 100.0, 120.0) if mode == "strategic" else (60.0,)
    fleet = _rules(copies, interval_s=interval_s, mode=mode, levels_m=levels_m)
    drones = sum(fleet.fleet.drones)
    return SimulationInputs(
        name=f"{copies} districts",
        places=Places(ids=_names("T", homes) + _names("A", AIRPORTS * copies), xy=xy, takeoff_points=homes),
        routes=SteadyRoutes(StraightRoutes(xy, levels_m)),
        rules=fleet,
        orders=_orders(orders, xy=xy, copies=copies, streams=Streams(seed=seed)),
        drones=DroneColumns(budget_h=np.full(drones, np.inf), is_loss=np.zeros(drones, dtype=np.bool_)),
        aircraft=Multirotor(drone_type("ideal")),
        winds=((0.0, (CALM,) * len(levels_m)),),
        policy=POLICIES[policy],
        policy_name=policy,
        key=b"benchmark",
        seed=seed,
        replication=0,
    )


def _names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in range(count))


def _sites(copies: int) -> NDArray[np.float64]:
    """Place all take-off points, then all airports, district beside district, shape ``(sites, 2)``."""
    shift_m = np.array([(_APART_M * copy, 0.0) for copy in range(copies)])[:, None, :]
    homes, airports = _HOMES_M + shift_m, _AIRPORTS_M + shift_m
    return np.concatenate([homes.reshape(-1, 2), airports.reshape(-1, 2)])


def _orders(count: int, *, xy: NDArray[np.float64], copies: int, streams: Streams) -> OrderColumns:
    """Draw orders: placed at random over the day, from any take-off point of a district to any airport."""

    def draws(name: str) -> np.random.Generator:
        return streams.generator(f"benchmark {name}")

    district = draws("district").integers(0, copies, count)
    home = HOMES * district + draws("home").integers(0, HOMES, count)
    airport = AIRPORTS * district + draws("airport").integers(0, AIRPORTS, count)
    preparation_s = draws("preparation").lognormal(5.4, 0.3, count)
    return OrderColumns(
        order_id=_names("o", count) if Numbered is None else Numbered("o", count),
        merchant=("merchant",) * count,
        community=("community",) * count,
        takeoff_point=home,
        airport=airport,
        distance_m=np.hypot(*(xy[HOMES * copies + airport] - xy[home]).T),
        walk_m=draws("walk").uniform(40.0, 120.0, count),
        placed_s=np.sort(draws("placed").uniform(_OPEN_S, _CLOSE_S, count)),
        mass_kg=draws("mass").uniform(0.4, 2.4, count),
        preparation_s=preparation_s,
        planned_preparation_s=np.full(count, 230.0),
        collection_s=draws("collection").lognormal(5.5, 0.9, count),
        patience_s=np.full(count, np.inf),
        is_no_show=draws("no show").random(count) < 0.01,
        bad_scan=np.where(draws("bad scan").random(count) < 0.02, draws("kind").integers(1, 4, count), 0),
    )


def _rules(copies: int, *, interval_s: float, mode: str, levels_m: tuple[float, ...]) -> Rules:
    """Give every district the same crews: stable, with queues that are short but real."""
    homes, airports = HOMES * copies, AIRPORTS * copies
    return Rules(
        horizon=Horizon(start_s=_OPEN_S, end_s=_CLOSE_S, drain_s=3 * HOUR),
        service=ServiceTarget(radius_m=3000.0, limit_s=900.0, clock="placed", target=0.95),
        couriers=CourierRules(
            count=(10,) * homes, walk_mps=1.3, handling_s=45.0, boxing_s=45.0, road_mps=6.0, road_detour=1.4
        ),
        takeoff_points=TakeoffPointRules(pads=(3,) * homes, loaders=(2,) * homes, load_s=30.0, clear_s=20.0),
        airports=AirportRules(
            pads=(2,) * airports,
            unloaders=(1,) * airports,
            boxes=(20,) * airports,
            unload_s=30.0,
            hold_limit_s=2 * HOUR,
            when_closed="wait",
            closed_wait_s=15 * MINUTE,
            walk_max_m=500.0,
        ),
        fleet=FleetRules(drones=(10,) * homes, spares=(0,) * homes, is_shared=False, spare_ready_s=900.0),
        batteries=BatteryRules(
            mode="swap",
            packs=(12,) * homes,
            chargers=(12,) * homes,
            swap_s=60.0,
            turnaround_below=1.0,
            charge_c=2.0,
            cv_charge=0.8,
            charge_to=0.95,
            reserve=0.25,
            hold_allowance_s=120.0,
        ),
        pilots=PilotRules(count=5 * copies, drones_per_pilot=10),
        customers=CustomerRules(rescan_s=30.0),
        dispatch=DispatchRules(interval_s=interval_s, assign_ahead_s=0.0, queue_limit=0),
        airspace=AirspaceRules(
            structure="free",
            mode=mode,
            levels_m=levels_m,
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
        prices=Prices(
            currency="CNY",
            drone_per_day=0.0,
            pack_per_day=0.0,
            pack_cycle=0.0,
            charger_per_day=0.0,
            energy_per_kwh=0.0,
            courier_per_hour=0.0,
            loader_per_hour=0.0,
            unloader_per_hour=0.0,
            pilot_per_hour=0.0,
            rider_per_order=0.0,
            takeoff_pad_per_day=0.0,
            airport_pad_per_day=0.0,
            box_per_day=0.0,
            site_per_day=0.0,
        ),
        failures_per_flight_hour=0.0,
        loss_share=0.0,
        recovery_s=HOUR,
        events=(),
    )

"""Draws keys that no other part of a world states: a handful here, many there, each with values that can matter."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dronesim.aircraft import drone_type
from randomworlds.world import Row, World

VALUES: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "horizon": {"zone": ["Asia/Shanghai", "Europe/Berlin"]},
    "service": {"limit_min": [5.0, 30.0], "target": [0.5, 1.0]},
    "demand": {
        "choice": [{"kind": "weight"}, {"kind": "distance"}, {"kind": "distance", "decay_m": 500.0}],
        "mass": [
            {"kind": "lognormal", "median_kg": 1.2, "heavy_kg": 3.0, "heavy_share": 0.2},
            {"kind": "empirical", "kilograms": [0.3, 2.0]},
        ],
    },
    "kitchens": {
        "preparation": [
            {"kind": "lognormal", "mean_min": 6.0, "sd_min": 5.0},
            {"kind": "empirical", "minutes": [0.5, 2.0, 9.0]},
        ]
    },
    "couriers": {
        "handling_s": [0.0, 200.0],
        "boxing_s": [0.0, 5.0, 200.0],
        "detour": [1.0, 2.0],
        "road_mps": [1.0, 20.0],
        "road_detour": [1.0, 3.0],
    },
    "fleet": {"spare_ready_min": [0.0, 1.0, 60.0]},
    "batteries": {"cv_charge": [0.3, 0.94], "charge_to": [0.9, 0.99]},
    "customers": {
        "collection": [{"median_min": 0.5, "p95_min": 2.0}, {"median_min": 30.0, "p95_min": 200.0}],
        "rescan_s": [0.0, 300.0],
    },
    "dispatch": {"demand_error": [0.0, 1.0]},
    "airspace": {
        "obstacle_clearance_m": [5.0, 20.0],
        "roof_margin_m": [0.0, 4.0, 30.0],
        "tracking_bound": [0.5, 1.5],
        "drift_m": [20.0, 1000.0],
        "straight_m": [0.0, 300.0],
    },
    "weather": {
        "again_share": [0.3, 1.0],
        "forecast_error_c": [0.0, 10.0],
        "pack_share_0c": [0.6, 1.0],
        "pack_share_minus_20c": [0.4, 1.0],
        "rated_density_kgm3": [0.0, 1.25],
        "anemometer_m": [2.0, 60.0],
        "height_exponent": [0.0, 0.4],
        "air_density_kgm3": [0.9, 1.3],
    },
    "costs": {
        **dict.fromkeys(
            (
                *("drone_per_day", "pack_per_day", "pack_cycle", "pack_price", "charger_per_day", "energy_per_kwh"),
                *("courier_per_hour", "loader_per_hour", "unloader_per_hour", "pilot_per_hour", "rider_per_order"),
                *("takeoff_pad_per_day", "airport_pad_per_day", "box_per_day", "site_per_day"),
            ),
            (0.0, 17.5),
        ),
        "currency": ["EUR"],
    },
    "risk": {
        "falls_per_flight_hour": [0.0, 1e-3],
        "fall_deg": [5.0, 90.0],
        "forced_landings_per_flight_hour": [0.0, 0.1],
        "forced_landing_mps": [3.0, 30.0],
        "forced_landing_deg": [5.0, 90.0],
        "days_per_year": [1, 250],
    },
    "drone": {"power_model": ["hover_forward", "liu_2017"]},
}
PROCESS: Final[Mapping[str, Sequence[Any]]] = {
    "draws": [["wind"], ["wind", "rain"], ["wind", "gust", "temperature"]],
    "wind_shape": [1.0, 3.0],
    "from_deg": [0.0, 250.0],
    "from_sd_deg": [0.0, 200.0],
    "from_correlation_1h": [0.0, 0.99],
    "gust_factor_median": [1.0, 1.9],
    "gust_factor_p95": [2.0, 3.0],
    "rain_mm": [[0.0] * 12, [500.0] * 12],
    "wet_hour_mm": [2.5, 9.0],
    "wet_after_wet_share": [0.0, 0.5],
    "temperature_c": [[-15.0] * 12, [42.0] * 12],
    "temperature_swing_c": [0.0, 12.0],
    "warmest_hour": [3.0, 10.5],
    "temperature_sd_c": [0.0, 9.0],
}
DAYS: Final = (
    {"kind": "constant"},
    {"kind": "gamma", "sd": 0.3},
    {"kind": "lognormal", "sd": 1.5},
    {"kind": "empirical", "factors": [0.5, 3.0]},
)
"""Only where there is no trace."""
LIMITS: Final[Mapping[str, Sequence[float]]] = {
    "gust_factor": [1.0, 3.0],
    "rain_limit_mmh": [0.0, 2.4, 50.0],
    "visibility_limit_m": [0.0, 1050.0, 5000.0],
    "low_limit_c": [-40.0, 5.0],
    "high_limit_c": [30.0, 55.0],
    "width_m": [0.3, 3.0],
    "fall_mps": [5.0, 60.0],
    "noise_dba": [20.0, 80.0],
    "noise_at_m": [1.0, 100.0],
    "avionics_w": [0.0, 90.0],
}
"""Of a drone, as they are."""
SCALED: Final[Mapping[str, Sequence[float]]] = {
    **dict.fromkeys(("empty_kg", "pack_kg", "propeller_m", "pack_wh", "drag_area_m2"), (0.8, 1.25)),
    **dict.fromkeys(("cruise_mps", "wind_limit_mps", "acceleration_mps2"), (0.6, 1.4)),
    **dict.fromkeys(("low_climb_mps", "climb_mps", "descent_mps", "touchdown_mps"), (0.7, 2.0)),
    **dict.fromkeys(("takeoff_check_s", "transition_s", "approach_s", "final_hover_s"), (0.0, 0.5, 2.0)),
    **dict.fromkeys(("low_climb_m", "final_hover_m"), (0.0, 0.5, 2.0)),
    **dict.fromkeys(("usable_share", "eta_hover", "eta_forward"), (0.9,)),
    "max_mps": [1.0, 1.5],
    "payload_kg": [1.0, 1.3],
}
"""Factors on what the drone type has; few parcels become too heavy, as days without one that can fly are refused."""


def with_keys(world: World, seed: int, number: int) -> World:
    """State from none to many of the keys that nothing else draws."""
    r = random.Random(f"keys {seed} {number}")
    keys = [(table, key) for table, values in VALUES.items() for key in values]
    if "handling" in world.scenario:
        # its laws were drawn for the means that are there
        keys.remove(("couriers", "boxing_s"))
    for table, key in r.sample(keys, r.choice([0, 0, 3, 8, 20])):
        world = world.having(table, **{key: r.choice(VALUES[table][key])})
    world = _with_demand(r, _with_process(r, world))
    return _with_drone(r, world)


def _with_process(r: random.Random, world: World) -> World:
    process = world.scenario["weather"].get("process")
    if process is None:
        return world
    drawn = {key: r.choice(PROCESS[key]) for key in r.sample(list(PROCESS), r.choice([0, 3, 8]))}
    return world.having("weather", process={**process, **drawn})


def _with_demand(r: random.Random, world: World) -> World:
    """State how days differ, or how a trace is copied."""
    if r.random() < 0.7:
        return world
    if world.orders is None:
        return world.having("demand", days=r.choice(DAYS))
    return world.having("demand", trace_factor=r.choice([0.5, 2.0]), trace_shift_min=r.choice([0.0, 3.0, 15.0]))


def _with_drone(r: random.Random, world: World) -> World:
    """Let some drones be others than their type."""
    if r.random() < 0.6:
        return world
    kind = drone_type(world.scenario["fleet"]["drone_type"])
    known = {key: getattr(kind, key) for key in SCALED}
    keys = r.sample([*LIMITS, *SCALED, "ground_s", "propellers"], r.choice([1, 3, 8, 16]))
    stated: Row = {}
    for key in keys:
        if key in LIMITS:
            stated[key] = r.choice(LIMITS[key])
        elif key in SCALED and known[key] > 0:
            stated[key] = round(known[key] * r.choice(SCALED[key]), 4)
    now = {**known, **stated}
    if "propellers" in keys:
        stated["propellers"] = 8
    if "ground_s" in keys:
        stated["ground_s"] = min(10.0, now["final_hover_s"])
    if now["cruise_mps"] > now["max_mps"]:
        stated["cruise_mps"] = now["max_mps"]
    return world.having("drone", **stated) if stated else world


def room_m(world: World) -> tuple[float, float]:
    """Give what drones of a world stray by anyway, and how far they may stray, both in metres."""
    air = world.scenario["airspace"]
    least_m = air.get("tracking_bound", 3.0) * air["tracking_error_m"]
    return least_m, min(air.get("obstacle_clearance_m", 10.0), air["separation_m"] / 2)

"""Every key of a scenario changes what a day leaves behind: no key is only repeated in the facts.

For each key stand a day on which it can matter and another value. What counts as an output are the tables (tracks
among them), the routes, the separation and the close of the facts, the weather that is drawn or read for the day, and
the KPIs less those that repeat a key.
"""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from command import call
from dronesim.aircraft import DroneType
from dronesim.experiment import prepare, set_up
from dronesim.metrics import kpis
from dronesim.scenario import Scenario, load_scenario, rules
from dronesim.scenario.dump import dump_scenario
from dronesim.scenario.keys import scenario_keys
from dronesim.simulation import simulate

DATA: Final = Path(__file__).parents[1] / "data"
Key = tuple[str, str]
"""Path of a key, and the kind of table that it belongs to; empty where there is one kind."""
Values = Mapping[str, Any]
"""Values by dotted key; a whole number in a key is a place in a list."""

REPEATED: Final = {
    "service": ("clock", "radius_m", "limit_s", "target"),
    "fleet": ("owned", "drones"),
    "cost": ("currency",),
}
"""KPIs that say a key again."""

TINY: Final[dict[str, Any]] = {
    **tomllib.loads((DATA / "tiny.toml").read_text(encoding="utf-8")),
    "map": str(DATA / "tiny.geojson"),
}
SCARCE: Final[Values] = {
    "horizon": {"start": "10:00", "end": "11:00", "drain_max_min": 60.0},
    "demand.orders": 60.0,
    "couriers.per_takeoff_point": 2,
    "fleet": {"drones": 6, "drone_type": "hexa-2.5kg"},
    "takeoff_points": {"pads": 1, "loaders": 1},
    "airports": {"pads": 1, "boxes": 3, "hold_limit_min": 20.0},
    "batteries": {"packs": 1, "chargers": 1},
    "customers": {"patience_min": 30.0, "no_show_share": 0.1, "bad_scan_share": 0.2},
    "airspace": {"levels_m": [60.0, 80.0]},
}
"""A busy hour in which nothing is there in plenty; the other days change something of it."""
FAILING: Final[Values] = {
    "fleet.spares": 1,
    "faults": {"failures_per_flight_hour": 2.0, "loss_share": 0.5, "recovery_min": 10.0},
}
TROUBLE: Final[Values] = {
    "fleet.spares": 1,
    "events": [
        {"kind": "airport_closed", "at": "10:12", "airport": "A2", "minutes": 15.0},
        {"kind": "divert", "at": "10:17", "drone": 0, "airport": "A1"},
        {"kind": "drone_fails", "at": "10:36"},
    ],
}
OUT: Final[Values] = {
    "events": [
        {"kind": "takeoff_point_closed", "at": "10:12", "takeoff_point": "T1", "minutes": 10.0},
        {"kind": "cabinet_jammed", "at": "10:20", "airport": "A1", "minutes": 10.0},
        {"kind": "unloader_fails", "at": "10:25", "airport": "A2", "minutes": 10.0},
        {"kind": "charger_fails", "at": "10:05", "takeoff_point": "T1", "minutes": 30.0},
        {"kind": "courier_no_show", "at": "10:02", "takeoff_point": "T1", "minutes": 20.0},
        {"kind": "kitchen_surge", "at": "10:10", "minutes": 20.0},
        {"kind": "dispatcher_outage", "at": "10:35", "minutes": 5.0},
        {"kind": "return", "at": "10:31"},
    ],
}
RATES: Final = (
    *("airport_closed", "takeoff_point_closed", "cabinet_jammed", "unloader_fails", "charger_fails"),
    *("kitchen_surge", "dispatcher_outage"),
)
"""Troubles on the ground that come by chance."""
STRICT: Final[Values] = {"airspace.mode": "strategic", "airspace.levels_m": [60.0], "fleet.drones": 10}
PLENTY: Final[Values] = {
    "fleet.drones": 12,
    "airports": {"pads": 4, "unloaders": 4},
    "takeoff_points": {"pads": 6, "loaders": 6},
    "couriers.per_takeoff_point": 12,
}
WINDY: Final[Values] = {
    "weather": {"wind_mps": 4.0, "wind_from_deg": 30.0, "changes": [{"at": "10:20", "wind_mps": 5.0}]},
}
STORM: Final[Values] = {"weather": {"wind_mps": 6.5, "wind_from_deg": 350.0}, "drone.wind_limit_mps": 20.0}
SILENT: Final[Values] = {
    "map": "areas.geojson",
    "link": {"outages": {"kind": "exponential", "up_s": 120.0, "down_s": 20.0}, "after": "return"},
    "events": [{"kind": "link_loss", "at": "10:20", "minutes": 3.0, "area": "L1"}],
}
NO_POSITION: Final[Values] = {
    "map": "areas.geojson",
    "navigation.position": {"outages": {"kind": "exponential", "up_s": 300.0, "down_s": 120.0}, "drift_mps": 0.4},
    "events": [{"kind": "position_outage", "at": "10:20", "minutes": 3.0, "area": "L1"}],
}
MISSED: Final[Values] = {"navigation.misses": {"kind": "share", "share": 0.3}}
RAINY: Final[Values] = {
    "weather": {
        "wind_mps": 3.0,
        "gust_mps": 4.0,
        "rain_mmh": 0.0,
        "temperature_c": 10.0,
        "visibility_m": 9000.0,
        "forecast": "series",
        "forecast_error": 0.1,
        "changes": [
            {"at": "10:30", "wind_mps": 4.0, "gust_mps": 5.0, "rain_mmh": 9.0, "temperature_c": 4.0},
            {"at": "10:36", "wind_mps": 4.0, "gust_mps": 5.0, "rain_mmh": 0.5, "temperature_c": 6.0},
        ],
    },
    "airports.when_closed": "wait",
    "airports.closed_wait_max_min": 240.0,
}
"""A shower of six minutes."""
DRIZZLE: Final[Values] = {"weather.changes.0.rain_mmh": 2.4, "weather.changes.1.rain_mmh": 2.4}
COLD: Final[Values] = {**RAINY, "weather.changes.0.temperature_c": -10.0, "weather.changes.0.rain_mmh": 0.0}
THIN_AIR: Final[Values] = {**RAINY, "weather.pressure_pa": 85_000.0}
CHARGE: Final[Values] = {"batteries.mode": "charge", "batteries.packs": 0}
TRACE: Final[Values] = {"demand": {"model": "trace", "file": str(DATA.parent / "golden" / "shared-orders.csv")}}
MATCHING: Final[Values] = {"dispatch": {"policy": "matching", "interval_s": 120.0}, "fleet.drones": 3}
SHIFTS: Final[Values] = {
    "shifts": [
        {"what": "loaders", "site": "T1", "from": "10:00", "to": "10:30", "count": 2},
        {"what": "loaders", "site": "T1", "from": "10:30", "to": "12:00", "count": 1},
        {"what": "loaders", "site": "T2", "from": "10:00", "to": "12:00", "count": 1},
    ],
}
MOVED: Final[Values] = {"demand.moves": [{"place": "T1", "from": "10:00", "to": "10:30", "factor": 5.0}]}
RIDERS: Final[Values] = {
    "riders": {"per_takeoff_point": 2},
    "fleet.drones": 2,
    "events": [{"kind": "airport_closed", "at": "10:12", "airport": "A2", "minutes": 15.0}],
}
RECORDED: Final[Values] = {"weather": {"file": "weather.csv", "day": 0}, "drone.wind_limit_mps": 20.0}
REPORTED: Final[Values] = {"weather.file": "reports.csv", "horizon.zone": "Asia/Shanghai"}
DRAWN: Final[Values] = {
    "horizon": {"date": "2026-06-03", "start": "06:00"},
    "weather": {"process": {"rain_mm": [900.0] * 12}},
    "drone.wind_limit_mps": 30.0,
}
AGEING: Final[Values] = {"batteries.cycles_to_80": 100.0, "batteries.ageing_exponent": 2.0}
UPKEEP: Final[Values] = {
    "maintenance": {"inspect_after_sorties": 5, "inspect_after_flight_h": 1.5, "repair_share": 0.1},
    "horizon": {"end": "14:00"},
}
NEIGHBOURS: Final[Values] = {
    "risk.people_per_km2": 8000.0,
    "noise": {"at_homes": True, "home_limit_dba": 60.0, "home_overflights_max": 1000},
}
THIN: Final[Values] = {"drone.pack_wh": 200.0, "batteries.reserve": 0.1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another value of a key, on a day on which it can matter."""

    to: Any
    on: Values = field(default_factory=dict)


def scenario_of(*changes: Values) -> Scenario:
    """Make a scenario of the busy hour and changes of it, later ones over earlier ones."""
    tree = copy.deepcopy(TINY)
    for values in (SCARCE, *changes):
        for key, value in values.items():
            _put(tree, key.split("."), copy.deepcopy(value))
    return Scenario.model_validate(tree)


def _put(tree: Any, path: list[str], value: Any) -> None:
    """Put a value into a tree; a table goes over the one that is there, unless it says another kind."""
    *above, last = [int(part) if part.isdigit() else part for part in path]
    for part in above:
        tree = tree[part] if isinstance(tree, list) else tree.setdefault(part, {})
    is_merged = isinstance(value, dict) and "kind" not in value and isinstance(tree, dict)
    tree[last] = {**tree.get(last, {}), **value} if is_merged else value


def outputs_of(scenario: Scenario) -> dict[str, str]:
    """Fly the day of a scenario: all that it leaves behind, as text, but for what only repeats a key."""
    inputs = prepare(set_up(scenario))
    day = simulate(inputs, has_tracks=True, counts_losses=True)
    measured = kpis(day.tables, day.facts)
    for part, names in REPEATED.items():
        measured[part] = {name: value for name, value in measured[part].items() if name not in names}
    columns = {
        f"{name}.{column}": repr(values.tolist())
        for name, table in day.tables.items()
        for column, values in table.items()
    }
    told = {name: day.facts[name] for name in ("routes", "separation")} | {"closed": day.facts["horizon"]["closed_s"]}
    told["weather of the day"] = inputs.weather
    return columns | {name: repr(value) for name, value in (told | measured).items()}


@cache
def _known_outputs(text: str) -> dict[str, str]:
    return outputs_of(Scenario.model_validate(json.loads(text)))


def _place(path: str, variant: str, on: Values) -> str:
    """Name the place of a key, in the first table of its kind where there is a list; of a kind, its whole table."""
    path = path.removesuffix(".kind")
    if path.startswith("events"):
        number = next(index for index, event in enumerate(on["events"]) if event["kind"] == variant)
        return path.replace("events", f"events.{number}", 1)
    return (
        path.replace("weather.changes.", "weather.changes.0.")
        .replace("shifts.", "shifts.0.")
        .replace("moves.", "moves.0.")
    )


def changed_by(key: Key) -> list[str]:
    """List the outputs that differ when a key has another value."""
    (path, variant), change = key, CHANGES[key]
    before = _known_outputs(scenario_of(change.on).model_dump_json(exclude_none=True))
    after = outputs_of(scenario_of(change.on, {_place(path, variant, change.on): change.to}))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _kinds(table: str, **kinds: Values) -> dict[Key, Change]:
    """Change the kind of a table, from whatever it is to each."""
    return {(f"{table}.kind", kind): Change(to=values) for kind, values in kinds.items()}


def _within(table: str, kind: str, base: Values, **values: Any) -> dict[Key, Change]:
    """Change the keys of one kind of a table, on a day that has it."""
    on = {table: {"kind": kind, **base}}
    return {(f"{table}.{name}", kind): Change(to=value, on=on) for name, value in values.items()}


def _all(table: str, on: Values | None = None, **values: Any) -> dict[Key, Change]:
    return {(f"{table}.{name}", ""): Change(to=value, on=on or {}) for name, value in values.items()}


def _handling(name: str) -> dict[Key, Change]:
    """Let a handling time scatter by each law, and by each one more or less."""
    table, loose = f"handling.{name}", {"kind": "uniform", "spread_s": 15.0}
    return {
        **_kinds(table, lognormal={"kind": "lognormal"}, uniform=loose),
        (f"{table}.kind", "constant"): Change(to={"kind": "constant"}, on={table: loose}),
        **_within(table, "lognormal", {}, sd_s=2.0),
        **_within(table, "uniform", {}, spread_s=4.0),
    }


SPAN: Final = {"low_min": 1.0, "high_min": 5.0}
RANGE: Final = {"low_kg": 0.5, "high_kg": 2.0}

CHANGES: Final[dict[Key, Change]] = {
    ("seed", ""): Change(to=2),
    **_all("horizon", start="09:30", end="11:30", drain_max_min=1.0),
    **_all("service", radius_m=1000.0, limit_min=9.0, clock="ready"),
    **_all("demand", orders=50.0),
    **_all("demand.moves", MOVED, **{"place": "T2", "from": "10:20", "to": "10:40", "factor": 0.1}),
    ("demand.profile", ""): Change(to="shenzhen", on={"horizon.end": "12:00"}),
    ("demand.model", ""): Change(to="trace", on={"demand.file": TRACE["demand"]["file"]}),
    **_kinds("demand.choice", distance={"kind": "distance"}, weight={"kind": "weight"}),
    ("demand.choice.kind", "distance"): Change(to={"kind": "distance"}, on={"demand.choice": {"kind": "weight"}}),
    **_within("demand.choice", "distance", {}, decay_m=500.0),
    **_kinds(
        "demand.days",
        gamma={"kind": "gamma"},
        lognormal={"kind": "lognormal"},
        empirical={"kind": "empirical", "factors": [1.5]},
    ),
    ("demand.days.kind", "constant"): Change(to={"kind": "constant"}, on={"demand.days": {"kind": "gamma"}}),
    **_within("demand.days", "gamma", {}, sd=0.3),
    **_within("demand.days", "lognormal", {}, sd=0.3),
    **_within("demand.days", "empirical", {"factors": [1.0]}, factors=[0.5]),
    **_kinds(
        "demand.mass",
        constant={"kind": "constant"},
        uniform={"kind": "uniform"},
        empirical={"kind": "empirical", "kilograms": [1.0, 2.0]},
    ),
    ("demand.mass.kind", "lognormal"): Change(to={"kind": "lognormal"}, on={"demand.mass": {"kind": "constant"}}),
    **_within("demand.mass", "lognormal", {}, median_kg=1.1, heavy_kg=2.0, heavy_share=0.05),
    **_within("demand.mass", "constant", {}, mass_kg=1.5),
    **_within("demand.mass", "uniform", RANGE, low_kg=0.6, high_kg=1.9),
    **_within("demand.mass", "empirical", {"kilograms": [1.0]}, kilograms=[1.0, 2.0]),
    ("demand.file", ""): Change(to="other.csv", on=TRACE),
    ("demand.trace_factor", ""): Change(to=0.5, on=TRACE),
    ("demand.trace_shift_min", ""): Change(to=5.0, on=TRACE | {"demand.trace_factor": 2.0}),
    **_kinds(
        "kitchens.preparation",
        constant={"kind": "constant"},
        uniform={"kind": "uniform"},
        empirical={"kind": "empirical", "minutes": [3.0, 6.0]},
    ),
    ("kitchens.preparation.kind", "lognormal"): Change(
        to={"kind": "lognormal"}, on={"kitchens.preparation": {"kind": "constant"}}
    ),
    **_within("kitchens.preparation", "lognormal", {}, mean_min=5.0, sd_min=1.0),
    **_within("kitchens.preparation", "constant", {}, mean_min=5.0),
    **_within("kitchens.preparation", "uniform", SPAN, low_min=2.0, high_min=6.0),
    **_within("kitchens.preparation", "empirical", {"minutes": [3.0]}, minutes=[3.0, 6.0]),
    **_all("couriers", per_takeoff_point=3, walk_mps=1.0, handling_s=60.0, boxing_s=60.0, detour=1.5),
    **_all("couriers", TROUBLE, road_mps=3.0, road_detour=2.0),
    **_all("fleet", drones=8, drone_type="quad-2021", is_shared=True),
    ("fleet.ends", ""): Change(
        to="where it is", on={"fleet.is_shared": True, "airspace.mode": "headway", "batteries.turnaround_below": 0.5}
    ),
    **_all("fleet", FAILING, spares=2, spare_ready_min=1.0),
    **_all(
        "drone",
        empty_kg=8.0,
        pack_kg=3.0,
        propellers=8,
        propeller_m=0.6,
        cruise_mps=9.0,
        acceleration_mps2=1.0,
        takeoff_check_s=30.0,
        low_climb_mps=1.0,
        low_climb_m=35.0,
        climb_mps=2.0,
        transition_s=20.0,
        approach_s=20.0,
        descent_mps=1.5,
        final_hover_m=20.0,
        final_hover_s=50.0,
        touchdown_mps=0.4,
        ground_s=10.0,
        eta_hover=0.5,
        eta_forward=0.5,
        drag_area_m2=0.3,
        avionics_w=60.0,
        power_model="liu_2017",
    ),
    ("drone.payload_kg", ""): Change(to=1.0),
    ("drone.pack_wh", ""): Change(to=300.0),
    ("drone.usable_share", ""): Change(to=0.5),
    ("drone.max_mps", ""): Change(to=14.0, on=STORM),
    ("drone.wind_limit_mps", ""): Change(to=7.0, on=WINDY),
    **_all("batteries", packs=0, chargers=2, swap_s=90.0, charge_c=1.0, charge_to=0.9, mode="charge"),
    **_all("batteries", CHARGE, cv_charge=0.5),
    **_all("batteries", turnaround_below=0.5),
    **_all("batteries", THIN, reserve=0.6, hold_allowance_s=3600.0),
    **_all("batteries", cycles_to_80=100.0),
    **_all("batteries", AGEING, ageing_exponent=0.5, calendar_loss_per_day=1e-3, retire_below=0.6, cycles_per_day=0.5),
    **_all("costs", AGEING, pack_price=3000.0),
    **_all("takeoff_points", pads=2, loaders=2, load_s=45.0, clear_s=60.0),
    **_all("airports", pads=2, unloaders=2, unload_s=60.0, boxes=2, hold_limit_min=10.0),
    **_all("airports", TROUBLE, when_closed="road", closed_wait_max_min=1.0),
    **_all("airports", {**TROUBLE, "airports.when_closed": "next"}, walk_max_m=5000.0),
    **_all("pilots", {"pilots": {"count": 1, "drones_per_pilot": 3}}, count=2, drones_per_pilot=4),
    **_all("customers", patience_min=10.0, no_show_share=0.5, bad_scan_share=0.5, rescan_s=90.0),
    ("customers.collection.median_min", ""): Change(to=6.0),
    ("customers.collection.p95_min", ""): Change(to=30.0),
    **_all("dispatch", policy="matching", interval_s=60.0, assign_ahead_s=120.0, queue_limit=2),
    **_all("dispatch", {"dispatch.policy": "knowing:by_forecast"}, demand_error=0.9),
    **_all("dispatch", {"dispatch.policy": "knowing:choosy"}, may_refuse=True),
    **_all("dispatch", {"dispatch.policy": "knowing:sends_near"}, extra_walk_m=5000.0),
    **_all("dispatch", {"dispatch.policy": "knowing:keeps"}, may_keep_packs=True),
    **_all("dispatch", MATCHING, parameters={"travel_weight": 10.0, "age_bonus": 50.0, "soon_s": 0.0}),
    **_all(
        "airspace",
        mode="none",
        levels_m=[70.0, 90.0],
        terminal_radius_m=120.0,
        lane_headway_s=90.0,
        obstacle_clearance_m=30.0,
        tracking_error_m=2.0,
        tracking_bound=0.5,
        drift_m=50.0,
        straight_m=2000.0,
        corner_cut_m=0.05,
        path_error_m=2.0,
    ),
    **_all("airspace", {"airspace.obstacle_clearance_m": 60.0}, roof_margin_m=50.0),
    **_all("airspace", PLENTY, route_headway_s=300.0),
    **_all("airspace", STRICT | {"airspace.levels_m": [60.0, 80.0]}, vertical_m=25.0),
    **_all("airspace", STRICT, separation_m=90.0, buffer_s=20.0),
    **_all("weather", WINDY, wind_mps=5.0, wind_from_deg=200.0, anemometer_m=20.0, height_exponent=0.1),
    ("airspace.structure", ""): Change(to="airways", on={"map": "airways.geojson"}),
    ("airspace.zone_grace_s", ""): Change(to=0.0, on={"map": "zone.geojson"}),
    ("map", ""): Change(to="zone.geojson"),
    **_all("weather", air_density_kgm3=1.0),
    **_all("weather", WINDY, speed_step_mps=3.0, direction_step_deg=90.0),
    **_all("weather", RECORDED, file="other-weather.csv", day=1),
    ("weather.format", ""): Change(to="csv", on=REPORTED),
    ("horizon.zone", ""): Change(to="Asia/Tokyo", on=REPORTED),
    ("horizon.date", ""): Change(to="2026-12-03", on=DRAWN),
    **_all(
        "weather.process",
        DRAWN,
        draws=["wind"],
        wind_shape=2.0,
        wind_scale_mps=4.0,
        wind_correlation_1h=0.1,
        from_deg=200.0,
        from_sd_deg=10.0,
        from_correlation_1h=0.1,
        gust_factor_median=1.7,
        gust_factor_p95=3.0,
        rain_mm=[500.0] * 12,
        wet_hour_mm=6.0,
        wet_after_wet_share=0.1,
        temperature_c=[10.0] * 12,
        temperature_swing_c=5.0,
        warmest_hour=10.0,
        temperature_sd_c=5.0,
    ),
    **_all("drone", RAINY, gust_factor=1.0, rain_limit_mmh=10.0, visibility_limit_m=20_000.0, low_limit_c=8.0),
    ("drone.gust_factor", ""): Change(to=1.0, on={**RAINY, "weather.changes.1.gust_mps": 8.0}),
    ("drone.high_limit_c", ""): Change(to=5.0, on=RAINY),
    **_all("weather", RAINY, gust_mps=20.0, rain_mmh=9.0, temperature_c=0.0, visibility_m=500.0, go_rule="wind"),
    **_all("weather", RAINY, again_share=0.1, again_min=1.0, look_ahead_min=2.0, forecast="persistence"),
    **_all("weather", RAINY, acts_on_air=False, pressure_pa=90_000.0),
    **_all("weather", {**RAINY, "weather.forecast": "persistence"}, aloft="land"),
    ("weather.forecast_error", ""): Change(to=2.0, on=RAINY | DRIZZLE),
    ("weather.forecast_error_c", ""): Change(
        to=20.0, on=RAINY | DRIZZLE | {"drone.low_limit_c": 3.5, "drone.high_limit_c": 15.0}
    ),
    **_all("weather", COLD, acts_on_packs=False, pack_share_0c=0.5, pack_share_minus_20c=0.5),
    ("weather.rated_density_kgm3", ""): Change(to=1.2, on=THIN_AIR),
    ("weather.changes.gust_mps", ""): Change(to=25.0, on=RAINY),
    ("weather.changes.rain_mmh", ""): Change(to=0.0, on=RAINY),
    ("weather.changes.temperature_c", ""): Change(to=15.0, on=COLD),
    ("weather.changes.visibility_m", ""): Change(to=100.0, on={**RAINY, "weather.changes.0.rain_mmh": 0.0}),
    ("weather.changes.at", ""): Change(to="10:40", on=WINDY),
    ("weather.changes.wind_mps", ""): Change(to=6.0, on=WINDY),
    ("weather.changes.wind_from_deg", ""): Change(to=100.0, on=WINDY),
    **_all("maintenance", {"horizon.end": "12:00"}, inspect_after_sorties=5, inspect_after_flight_h=0.5),
    **_all(
        "maintenance",
        UPKEEP,
        inspection_min=10.0,
        repair_share=0.3,
        repair_median_days=0.2,
        repair_p95_days=1.5,
        sorties_per_day=2.0,
        flight_h_per_day=20.0,
    ),
    **_all("faults", FAILING, failures_per_flight_hour=6.0, loss_share=0.0, recovery_min=30.0),
    **_all("faults", {"faults.returns_per_flight_hour": 5.0}, returns_per_flight_hour=10.0),
    **_all("faults", {"faults.diverts_per_flight_hour": 5.0}, diverts_per_flight_hour=10.0),
    **_all("faults", {"faults.losses_per_flight_hour": 2.0}, losses_per_flight_hour=4.0),
    **_all("faults", courier_no_show_share=0.7),
    **{
        (f"faults.{kind}.{key}", ""): Change(
            to=value, on={f"faults.{kind}": {"every_h": 0.3, "median_min": 5.0, "p95_min": 9.0}}
        )
        for kind in RATES
        for key, value in {"every_h": 0.2, "median_min": 7.0, "p95_min": 20.0}.items()
    },
    ("faults.kitchen_surge.factor", ""): Change(to=4.0, on={"faults.kitchen_surge": {"every_h": 0.3}}),
    ("events.kind", "airport_closed"): Change(to={"kind": "drone_fails", "at": "10:12"}, on=TROUBLE),
    ("events.kind", "divert"): Change(to={"kind": "drone_fails", "at": "10:28"}, on=TROUBLE),
    ("events.kind", "drone_fails"): Change(to={"kind": "divert", "at": "10:40"}, on=TROUBLE),
    ("events.at", "airport_closed"): Change(to="10:20", on=TROUBLE),
    ("events.minutes", "airport_closed"): Change(to=30.0, on=TROUBLE),
    ("events.airport", "airport_closed"): Change(to="A1", on=TROUBLE),
    ("events.at", "divert"): Change(to="10:33", on=TROUBLE),
    ("events.drone", "divert"): Change(to=3, on=TROUBLE),
    ("events.airport", "divert"): Change(to="A3", on=TROUBLE),
    ("events.at", "drone_fails"): Change(to="10:45", on=TROUBLE),
    ("events.drone", "drone_fails"): Change(to=4, on=TROUBLE),
    **{
        ("events.kind", str(event["kind"])): Change(to={"kind": "drone_fails", "at": event["at"]}, on=OUT)
        for event in OUT["events"]
    },
    **{("events.at", str(event["kind"])): Change(to="10:40", on=OUT) for event in OUT["events"]},
    **{
        ("events.minutes", str(event["kind"])): Change(to=15.0, on=OUT) for event in OUT["events"] if "minutes" in event
    },
    **{("events.airport", kind): Change(to="A3", on=OUT) for kind in ("cabinet_jammed", "unloader_fails")},
    **{
        ("events.takeoff_point", kind): Change(to="T2", on=OUT)
        for kind in ("takeoff_point_closed", "charger_fails", "courier_no_show")
    },
    ("events.factor", "kitchen_surge"): Change(to=4.0, on=OUT),
    ("events.merchant", "kitchen_surge"): Change(to="M1", on=OUT),
    ("events.drone", "return"): Change(to=4, on=OUT),
    **_all("riders", RIDERS, per_takeoff_point=1, takes=["late"], road_mps=3.0, pickup_min=1.0, dropoff_min=1.0),
    **_all("shifts", SHIFTS, what="couriers", site="T2", to="10:20", count=1),
    ("shifts.from", ""): Change(to="10:20", on=SHIFTS),
    ("costs.rider_per_order", ""): Change(to=123.0, on=RIDERS),
    ("risk.people_per_km2", ""): Change(to=5000.0),
    **_all(
        "risk",
        NEIGHBOURS,
        falls_per_flight_hour=1e-4,
        fall_deg=80.0,
        forced_landings_per_flight_hour=1e-4,
        forced_landing_mps=9.0,
        forced_landing_deg=50.0,
        shelter=1.0,
        days_per_year=300,
    ),
    ("noise.at_homes", ""): Change(to=True),
    **_all(
        "noise",
        NEIGHBOURS,
        home_limit_dba=20.0,
        overflight_m=250.0,
        receiver_m=12.0,
        nearest_m=60.0,
    ),
    **_all("noise", NEIGHBOURS | {"noise.overflight_m": 250.0}, home_overflights_max=0),
    **_all("drone", NEIGHBOURS, width_m=1.5, fall_mps=30.0, noise_dba=60.0, noise_at_m=100.0),
    **_all(
        "costs",
        **{
            name: 123.0
            for name in Scenario.model_fields["costs"].annotation.model_fields
            if name not in ("currency", "pack_price", "rider_per_order")
        },
    ),
}

CHANGES |= {
    **_kinds("link.outages", exponential={"kind": "exponential"}, lognormal={"kind": "lognormal", "every_days": 0.02}),
    ("link.outages.kind", "none"): Change(to={"kind": "none"}, on=SILENT),
    **_within("link.outages", "exponential", {}, up_s=100.0, down_s=10.0),
    **_within("link.outages", "lognormal", {"every_days": 0.02}, every_days=0.1, median_min=1.0, p95_min=15.0),
    **_all("link", SILENT, by="area", hold_after_s=20.0, act_after_s=15.0, after="hold"),
    **_all("link", TROUBLE, latency_s=8.0),
    ("events.kind", "link_loss"): Change(to={"kind": "drone_fails", "at": "10:20"}, on=SILENT),
    ("events.at", "link_loss"): Change(to="10:25", on=SILENT),
    ("events.minutes", "link_loss"): Change(to=9.0, on=SILENT),
    ("events.area", "link_loss"): Change(to="L2", on=SILENT),
    ("link.areas", ""): Change(to=["north half"], on={**SILENT, "link.by": "area"}),
}

CHANGES |= {
    **_kinds(
        "navigation.position.outages",
        exponential={"kind": "exponential", "up_s": 600.0},
        lognormal={"kind": "lognormal", "every_days": 0.02},
    ),
    ("navigation.position.outages.kind", "none"): Change(to={"kind": "none"}, on=NO_POSITION),
    **_within("navigation.position.outages", "exponential", {"up_s": 600.0}, up_s=300.0, down_s=60.0),
    **_within(
        *("navigation.position.outages", "lognormal", {"every_days": 0.02}),
        every_days=0.1,
        median_min=1.0,
        p95_min=15.0,
    ),
    **_all("navigation.position", NO_POSITION, areas=["L2"], drift_mps=0.2, stray_max_m=5.0, miss_share=0.5),
    ("events.kind", "position_outage"): Change(to={"kind": "drone_fails", "at": "10:20"}, on=NO_POSITION),
    ("events.at", "position_outage"): Change(to="10:25", on=NO_POSITION),
    ("events.minutes", "position_outage"): Change(to=9.0, on=NO_POSITION),
    ("events.area", "position_outage"): Change(to="west half", on=NO_POSITION),
}

CHANGES |= {
    **_kinds(
        "navigation.misses",
        share={"kind": "share", "share": 0.3},
        precision={"kind": "precision", "landing_error_m": 0.4},
    ),
    ("navigation.misses.kind", "none"): Change(to={"kind": "none"}, on=MISSED),
    **_within("navigation.misses", "share", {"share": 0.3}, share=0.1),
    **_within("navigation.misses", "precision", {"landing_error_m": 0.4}, pad_radius_m=0.9, landing_error_m=0.2),
    **_handling("boxing"),
    **_handling("load"),
    **_handling("unload"),
    **_handling("swap"),
    **_all("navigation", MISSED, go_around_s=25.0, excursions_per_h=20.0),
    **_all("navigation", {"navigation.excursions_per_h": 20.0}, excursion_m=5.0),
}

IN_WORDS: Final = {
    ("name", ""): "names the day",
    ("description", ""): "tells people what a scenario is for",
    ("extends", ""): "is gone once a scenario is read: what it names is in the other keys",
    ("costs.currency", ""): "is the name of a unit, shown with every price",
    ("service.target", ""): "is what a share is held against: no day knows it, verdicts do",
}
"""Keys that no day can know, with why, each with a test of its own below."""


def _feature(geometry: str, coordinates: object, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a map with airways, one with a zone that comes into force, another trace, and weather."""
    made = tmp_path_factory.mktemp("keys")
    tiny = json.loads((DATA / "tiny.geojson").read_text(encoding="utf-8"))
    sites = {
        feature["properties"]["id"]: feature["geometry"]["coordinates"]
        for feature in tiny["features"]
        if feature["properties"]["kind"] in ("takeoff_point", "airport")
    }
    ways = [("T1", "A1"), ("A1", "A2"), ("A2", "T2"), ("T2", "A3"), ("A3", "T1")]
    airways = [_feature("LineString", [sites[a], sites[b]], id=f"W{a}{b}", kind="airway") for a, b in ways]
    west, south, east, north = 114.2420, 22.7235, 114.2436, 22.7245
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    zone = _feature("Polygon", [ring], id="Z", kind="no_fly", **{"from": "10:17:10", "to": "12:00"})
    places = [feature["geometry"]["coordinates"] for feature in tiny["features"] if "id" in feature["properties"]]
    points = [place for place in places if isinstance(place[0], float)]
    (west, south), (east, north) = (tuple(limit(axis) for axis in zip(*points, strict=True)) for limit in (min, max))
    middle = (west + east) / 2
    areas = [
        _feature("Polygon", [[[a, south], [b, south], [b, north], [a, north], [a, south]]], id=name, kind="link_area")
        for name, a, b in (("L1", west, middle), ("L2", middle, east))
    ]
    for name, added in (("airways", airways), ("zone", [zone]), ("areas", areas)):
        content = {**tiny, "features": [*tiny["features"], *added]}
        (made / f"{name}.geojson").write_text(json.dumps(content), encoding="utf-8")
    trace = Path(TRACE["demand"]["file"]).read_text(encoding="utf-8")
    (made / "other.csv").write_text(trace.replace("10:00:10", "10:00:20"), encoding="utf-8")
    hours = [f"{hour},{4 + hour % 24 / 6 + hour // 24:.2f},{10 * (hour % 36)}" for hour in range(72)]
    (made / "weather.csv").write_text("hour,wind_mps,wind_from_deg\n" + "\n".join(hours), encoding="utf-8")
    (made / "other-weather.csv").write_text("hour,wind_kt,wind_from_deg\n" + "\n".join(hours), encoding="utf-8")
    reports = [
        f"2026-06-03T{hour:02d}:00,1.5,METAR ZGSZ 03{hour:02d}00Z {10 * hour:03d}{hour // 3:02d}MPS 9999 28/24 Q1008"
        for hour in range(24)
    ]
    (made / "reports.csv").write_text("time,wind_mps,metar\n" + "\n".join(reports), encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def _in_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_every_key_has_a_change() -> None:
    keys = {(key.path, key.variant) for key in scenario_keys()}
    assert sorted(keys - CHANGES.keys() - IN_WORDS.keys()) == []
    assert sorted((CHANGES.keys() | IN_WORDS.keys()) - keys) == []


@pytest.mark.parametrize("key", CHANGES, ids=lambda key: "-".join(filter(None, key)))
def test_a_key_changes_a_day(key: Key) -> None:
    assert changed_by(key) != []


# keys that no day can know


@pytest.mark.parametrize("key", ["name", "description"])
def test_a_saved_scenario_keeps_the_words_of_its_planner(key: str) -> None:
    told = [dump_scenario(scenario_of({key: words}), map_path="map.geojson") for words in ("one", "other")]
    assert told[0] != told[1]


def test_what_a_scenario_extends_gives_its_keys(folder: Path) -> None:
    for name, drones in (("few", 3), ("many", 9)):
        text = (DATA / "tiny.toml").read_text(encoding="utf-8").replace("drones = 5", f"drones = {drones}")
        (folder / f"{name}.toml").write_text(text.replace("tiny.geojson", TINY["map"]), encoding="utf-8")
        (folder / f"on-{name}.toml").write_text(f'extends = "{name}.toml"\n', encoding="utf-8")
    assert [load_scenario(folder / f"on-{name}.toml").fleet.drones for name in ("few", "many")] == [3, 9]


def test_the_currency_is_shown_with_prices() -> None:
    costs = [_kpis_of({"costs.currency": currency})["cost"] for currency in ("CNY", "EUR")]
    assert [cost["currency"] for cost in costs] == ["CNY", "EUR"]


def test_the_target_decides_what_a_checked_run_ends_with(folder: Path) -> None:
    for number, (target, status) in enumerate([(0.0, 0), (1.0, 3)]):
        arguments = ["run", str(DATA / "tiny.toml"), "--out", str(folder / f"run{number}"), "--check", "--quiet"]
        assert call(*arguments, "--set", f"service.target={target}").code == status


def _kpis_of(*changes: Values) -> dict[str, Any]:
    day = simulate(prepare(set_up(scenario_of(*changes))))
    return kpis(day.tables, day.facts)


# planted dead keys


def test_a_key_that_only_facts_repeat_is_found_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was in 0.1.0: the usable share stood in the facts, and flights drew on the whole pack."""
    monkeypatch.setattr(DroneType, "usable_wh", property(lambda kind: kind.pack_wh))
    monkeypatch.setitem(globals(), "_known_outputs", _known_outputs.__wrapped__)
    assert changed_by(("drone.usable_share", "")) == []


def test_a_key_that_nobody_reads_is_found_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was in 0.1.0: the way of a rescued parcel was 1.4 times the straight line, whatever anybody stated."""
    stated = rules._couriers
    monkeypatch.setattr(rules, "_couriers", lambda *known: replace(stated(*known), road_detour=1.4))
    assert changed_by(("couriers.road_detour", "")) == []
    assert changed_by(("couriers.road_mps", "")) != []


def test_a_new_key_without_a_change_is_missed() -> None:
    planted = {("couriers.hurry_mps", ""), *((key.path, key.variant) for key in scenario_keys())}
    assert planted - CHANGES.keys() - IN_WORDS.keys() == {("couriers.hurry_mps", "")}

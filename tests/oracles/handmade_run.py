"""Writes a small day of six orders by hand, in tables, as a run folder that breaks no rule.

Two drones at T1 serve A1 (1,500 m east) and A2 (1,200 m north). Order 0 and 1 are collected, 2 is too heavy,
3 is left in its box and cleared, 4 is cancelled before it is loaded, 5 is diverted from A1 to A2 and goes on by road.
Legs are flown by the book (``handmade_flight``); the way back of order 3 has a bend.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dronesim.geometry.projection import LocalFrame
from dronesim.metrics import kpis
from dronesim.record.tables import FLOAT, INT, MILESTONES, SCHEMAS
from oracles.handmade_flight import AIRCRAFT, CORNER_CUT_M, POWER, Flight, Knot, fly, lasts_s, segments, upward

Row = dict[str, Any]
Tables = dict[str, list[Row]]

PLACES = {"T1": (0.0, 0.0), "A1": (1500.0, 0.0), "A2": (0.0, 1200.0)}
TURN, BEND = (600.0, 0.0), (300.0, 600.0)
"""Where leg 6 is broken off, and the corner of leg 5."""
ORIGIN = (114.25, 22.72)
OPEN_S, CLOSE_S, CLOSED_S = 36000.0, 72000.0, 72000.0
LOAD_S, UNLOAD_S, HOLD_LIMIT_S, HEADWAY_S = 30.0, 40.0, 7200.0, 20.0
CHECK_S, APPROACH_S, LEVEL_M, RADIUS_M = AIRCRAFT["takeoff_check_s"], AIRCRAFT["approach_s"], 60.0, 60.0
USABLE_WH = AIRCRAFT["pack_wh"] * AIRCRAFT["usable_share"]
NEVER = float("nan")
CLIMB_S = lasts_s(upward(LEVEL_M))
RAMP_S = AIRCRAFT["cruise_mps"] / AIRCRAFT["acceleration_mps2"]
ACROSS_S = RAMP_S + (RADIUS_M - AIRCRAFT["cruise_mps"] * RAMP_S / 2) / AIRCRAFT["cruise_mps"]
"""From rest over a site to the edge of its terminal area."""

FACTS: Row = {
    "schema_version": 1,
    "name": "handmade",
    "policy": "nearest",
    "seed": 1,
    "replication": 0,
    "horizon": {"start_s": OPEN_S, "end_s": CLOSE_S, "closed_s": CLOSED_S},
    "service": {"radius_m": 3000.0, "limit_s": 900.0, "clock": "placed", "target": 0.95},
    "sites": {
        "takeoff_points": [{"id": "T1", "x_m": 0.0, "y_m": 0.0}],
        "airports": [{"id": "A1", "x_m": 1500.0, "y_m": 0.0}, {"id": "A2", "x_m": 0.0, "y_m": 1200.0}],
    },
    "capacity": {
        "pad": {"T1": 2, "A1": 1, "A2": 1},
        "loader": {"T1": 1},
        "unloader": {"A1": 1, "A2": 1},
        "box": {"A1": 4, "A2": 4},
        "courier": {"T1": 1},
        "charger": {"T1": 1},
        "departure_lane": {"T1": 1, "A1": 1, "A2": 1},
        "arrival_lane": {"T1": 1, "A1": 1, "A2": 1},
        "pilot": {"network": 2},
        "pack": {"network": 3},
    },
    "fleet": {
        "owned": 2,
        "drones": 2,
        "spares": 0,
        "drone_type": "hexacopter",
        "is_shared": False,
        "by_takeoff_point": {"T1": 2},
    },
    # charges are round numbers here, which no power model gives
    "aircraft": {**AIRCRAFT, **POWER, "power_model": "by hand"},
    "batteries": {
        "mode": "swap",
        "packs": 3,
        "reserve": 0.25,
        "charge_to": 1.0,
        "charge_c": 2.0,
        "swap_s": 60.0,
        "turnaround_below": 1.0,
    },
    "handling": {
        "clear_s": 20.0,
        "load_s": LOAD_S,
        "unload_s": UNLOAD_S,
        "boxing_s": 45.0,
        "courier_handling_s": 45.0,
        "hold_limit_s": HOLD_LIMIT_S,
        "lane_headway_s": HEADWAY_S,
    },
    "airspace": {
        "structure": "free",
        "mode": "headway",
        "levels_m": [LEVEL_M, 75.0],
        "separation_m": 30.0,
        "vertical_m": 9.0,
        "terminal_radius_m": RADIUS_M,
        "track_bound_m": 2.0,
        "path_error_m": 0.4,
        "corner_cut_m": CORNER_CUT_M,
        "drift_slope": 0.05,
        "zone_grace_s": 60.0,
    },
    "dispatch": {"interval_s": 0.0, "assign_ahead_s": 0.0},
    "closures": [],
    "terminal_meetings": {},
    "wind": [{"from_s": 0.0, "levels": [[LEVEL_M, 0.0, 0.0], [75.0, 0.0, 0.0]]}],
    "pilots": {"count": 1, "drones_per_pilot": 2},
    "couriers": {"count": {"T1": 1}},
    "prices": {
        "currency": "CNY",
        "drone_per_day": 100.0,
        "pack_cycle": 3.0,
        "pack_per_day": 3.0,
        "charger_per_day": 4.0,
        "loader_per_hour": 20.0,
        "unloader_per_hour": 5.0,
        "takeoff_pad_per_day": 11.0,
        "airport_pad_per_day": 17.0,
        "box_per_day": 1.5,
        "energy_per_kwh": 1.0,
        "courier_per_hour": 30.0,
        "pilot_per_hour": 80.0,
        "rider_per_order": 6.5,
        "site_per_day": 200.0,
    },
}


SCENARIO = """name = "handmade"

[weather]
wind_mps = 0.0
wind_from_deg = 0.0
anemometer_m = 10.0
height_exponent = 0.25

[faults]
diverts_per_flight_hour = 0.1
"""


def write_handmade_run(folder: Path, *, has_tracks: bool = False, has_trouble: bool = True) -> Path:
    """Write the day as a run folder and give the folder; without trouble, nobody places order 5."""
    (folder / "inputs").mkdir(parents=True)
    write_json(folder / "facts.json", FACTS)
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    write_json(folder / "inputs" / "map.geojson", _map())
    tables = _day(has_trouble=has_trouble)
    if has_tracks:
        tables["cleared"] = tables["flown"] = tracks_of(tables["legs"])
    for name, rows in tables.items():
        write_table(folder, name, rows)
    measure(folder)
    return folder


def measure(folder: Path) -> None:
    """Write the key figures of the tables as they are, and sign the folder."""
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    tables = {path.stem: _arrays(path.stem, pq.read_table(path).to_pylist()) for path in folder.glob("*.parquet")}
    write_json(folder / "kpis.json", kpis(tables, facts))
    seal(folder)


def tampered(folder: Path, copy: Path, *, table: str, change: Callable[[list[Row]], object]) -> Path:
    """Copy a run folder, change the rows of one table and sign the copy anew, as a careful forger would."""
    shutil.copytree(folder, copy)
    rows = pq.read_table(copy / f"{table}.parquet").to_pylist()
    change(rows)
    write_table(copy, table, rows)
    seal(copy)
    return copy


def retold(folder: Path, copy: Path, *, file: str, change: Callable[[Row], object]) -> Path:
    """Copy a run folder, change one of its JSON files and sign the copy anew."""
    shutil.copytree(folder, copy)
    content = json.loads((copy / file).read_text(encoding="utf-8"))
    change(content)
    write_json(copy / file, content)
    seal(copy)
    return copy


def write_json(path: Path, content: Row) -> None:
    """Write one JSON object."""
    path.write_text(json.dumps(content), encoding="utf-8")


def write_table(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """Write rows as Parquet under their schema; absent values are null."""
    types = {INT: pa.int64(), FLOAT: pa.float64(), "text": pa.string(), "bool": pa.bool_()}
    schema = pa.schema([(column, types[kind]) for column, kind in SCHEMAS[name].items()])
    clean = [{column: _null(row.get(column)) for column in SCHEMAS[name]} for row in rows]
    pq.write_table(pa.Table.from_pylist(clean, schema=schema), folder / f"{name}.parquet")


def seal(folder: Path) -> None:
    """Write the manifest with the hash of every other file."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    hashes = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    made_by = {"dronesim": "by hand", "status": "complete", "seed": 1, "replication": 0}
    write_json(folder / "manifest.json", {**made_by, "files": hashes})


def _null(value: Any) -> Any:
    return None if value is None or value == -1 or value != value else value


def _arrays(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    absent = {INT: -1, FLOAT: NEVER, "text": None, "bool": False}
    dtypes = {INT: np.int64, FLOAT: np.float64, "text": object, "bool": np.bool_}
    return {
        column: np.array([absent[kind] if row.get(column) is None else row[column] for row in rows], dtype=dtypes[kind])
        for column, kind in SCHEMAS[name].items()
    }


def _distance_m(origin: str, destination: str) -> float:
    (x0, y0), (x1, y1) = PLACES[origin], PLACES[destination]
    return float(np.hypot(x1 - x0, y1 - y0))


def _order(number: int, airport: str, mass_kg: float, end_state: str, **values: Any) -> Row:
    distance_m = _distance_m("T1", airport)
    flight = _flight("T1", airport, 0.0)
    ceiling_s = 420.0 + LOAD_S + CHECK_S + flight.landed_s + UNLOAD_S
    is_liftable = mass_kg <= AIRCRAFT["payload_kg"]
    return {
        "order": number,
        "order_id": f"o{number}",
        "merchant": "M1",
        "community": f"C{number % 2}",
        "takeoff_point": "T1",
        "airport": airport,
        "placed_airport": airport,
        "distance_m": distance_m,
        "mass_kg": mass_kg,
        "in_range": True,
        "end_state": end_state,
        "ceiling_s": ceiling_s if is_liftable else NEVER,
        "ceiling_ready_s": ceiling_s - 420.0 if is_liftable else NEVER,
        **values,
    }


def _flight(start: str, goal: str, departed_s: float) -> Flight:
    return fly((PLACES[start], PLACES[goal]), departed_s=departed_s, level_m=LEVEL_M)


def _served(number: int, airport: str, placed_s: float, *, drone: int, leg: int, box: int) -> Row:
    """Give the milestones of an order that is delivered without any wait but 5 s for its pad."""
    ready_s = placed_s + 420.0
    loaded_s = ready_s + 5.0 + LOAD_S
    flight = _flight("T1", airport, loaded_s + CHECK_S)
    times = (placed_s, placed_s + 240.0, ready_s, ready_s - 10.0, ready_s + 5.0, loaded_s, flight.departed_s)
    landing = (flight.arrived_s, flight.landed_s, flight.landed_s + UNLOAD_S)
    named = dict(zip(MILESTONES, (*times, *landing), strict=False))
    return {**named, "drone": drone, "outbound_leg": leg, "box": box}


def _day(*, has_trouble: bool) -> Tables:
    orders = [
        _order(0, "A1", 1.0, "collected", **_served(0, "A1", 36100.0, drone=0, leg=0, box=0)),
        _order(1, "A2", 1.5, "collected", **_served(1, "A2", 36400.0, drone=1, leg=2, box=0)),
        _order(2, "A1", 4.0, "refused", reason="too_heavy", placed_s=37000.0, ended_s=37000.0),
        _order(3, "A2", 2.0, "unclaimed", **_served(3, "A2", 40000.0, drone=0, leg=4, box=1)),
        _order(4, "A1", 1.2, "cancelled", reason="patience", placed_s=45000.0, prepared_s=45240.0),
        _order(5, "A1", 1.1, "ground", reason="diverted", **_served(5, "A1", 50000.0, drone=1, leg=6, box=2)),
    ]
    orders[0] |= {"collected_s": 37200.0, "ended_s": 37200.0}
    orders[1] |= {"collected_s": 37500.5, "ended_s": 37500.5}
    orders[3] |= {"ended_s": orders[3]["delivered_s"] + HOLD_LIMIT_S}
    orders[4] |= {"ready_s": 45420.0, "ended_s": 46800.0}
    orders[5] |= {"arrived_s": NEVER, "landed_s": NEVER, "delivered_s": NEVER, "box": -1, "ended_s": 52000.0}
    legs = _legs(orders)
    tables = {
        "orders": orders,
        "legs": legs,
        "occupancy": _occupancy(orders, legs),
        "waits": _waits(orders),
        "incidents": [_incident(legs[7]["requested_s"])],
        "scans": _scans(orders),
    }
    return tables if has_trouble else _before(tables, orders[5]["placed_s"])


def _before(tables: Tables, time_s: float) -> Tables:
    """Keep what was placed, requested, taken or seen before a time."""
    columns = {"orders": "placed_s", "legs": "requested_s", "incidents": "time_s"}
    columns |= dict.fromkeys(("occupancy", "waits"), "from_s")
    cut = {name: [row for row in tables[name] if row[column] < time_s] for name, column in columns.items()}
    return {**tables, **cut}


def _leg(number: int, kind: str, start: str, goal: str, departed_s: float, **values: Any) -> Row:
    corners = values.pop("corners", (PLACES[start], PLACES[goal]))
    flight = fly(corners, departed_s=departed_s, level_m=LEVEL_M, takes_off=kind != "divert")
    charge_start, charge_end = values.pop("charge")
    return {
        "leg": number,
        "sortie": number // 2,
        "kind": kind,
        "from": start,
        "to": goal,
        "level_m": LEVEL_M,
        "requested_s": departed_s - (LOAD_S + CHECK_S if kind == "outbound" else 5.0),
        "departed_s": departed_s,
        "arrived_s": flight.arrived_s,
        "landed_s": flight.landed_s,
        "hold_s": 0.0,
        "distance_m": sum(np.hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(corners)),
        "energy_wh": (charge_start - charge_end) * USABLE_WH,
        "charge_start": charge_start,
        "charge_end": charge_end,
        "outcome": "landed",
        "order": -1,
        **values,
    }


def _legs(orders: list[Row]) -> list[Row]:
    out = {number: orders[number]["departed_s"] for number in (0, 1, 3, 5)}
    back = {number: orders[number]["delivered_s"] + 5.0 for number in (0, 1, 3)}
    turned_s = fly((PLACES["T1"], TURN), departed_s=out[5], level_m=LEVEL_M).arrived_s
    legs = [
        _leg(0, "outbound", "T1", "A1", out[0], order=0, drone=0, pack=0, charge=(1.0, 0.75)),
        _leg(1, "return", "A1", "T1", back[0], drone=0, pack=0, charge=(0.75, 0.55)),
        _leg(2, "outbound", "T1", "A2", out[1], order=1, drone=1, pack=1, charge=(1.0, 0.8)),
        _leg(3, "return", "A2", "T1", back[1], drone=1, pack=1, charge=(0.8, 0.65)),
        _leg(4, "outbound", "T1", "A2", out[3], order=3, drone=0, pack=2, charge=(1.0, 0.8)),
        _leg(5, "return", "A2", "T1", back[3], drone=0, pack=2, charge=(0.8, 0.65), corners=_bent()),
        _leg(6, "outbound", "T1", "A1", out[5], order=5, drone=1, pack=0, charge=(1.0, 0.85)),
        _leg(7, "divert", "A1", "A2", turned_s, order=5, drone=1, pack=0, charge=(0.85, 0.65), corners=_turned()),
    ]
    on_s = legs[7]["landed_s"] + UNLOAD_S + 5.0
    legs.append(_leg(8, "return", "A2", "T1", on_s, drone=1, pack=0, charge=(0.65, 0.2), sortie=3))
    legs[6] |= {"outcome": "diverted", "arrived_s": NEVER, "landed_s": NEVER, "distance_m": 600.0}
    return legs


def _bent() -> tuple[tuple[float, float], ...]:
    return PLACES["A2"], BEND, PLACES["T1"]


def _turned() -> tuple[tuple[float, float], ...]:
    return TURN, PLACES["A2"]


def _use(resource: str, site: str, unit: int, holder: int, from_s: float, to_s: float) -> Row:
    return {"resource": resource, "site": site, "unit": unit, "holder": holder, "from_s": from_s, "to_s": to_s}


def _occupancy(orders: list[Row], legs: list[Row]) -> list[Row]:
    uses = [_use("courier", "T1", 0, n, orders[n]["placed_s"] + 200.0, orders[n]["ready_s"]) for n in (0, 1)]
    uses += [_use("courier", "T1", 0, n, orders[n]["placed_s"] + 200.0, orders[n]["ready_s"]) for n in (3, 4, 5)]
    for number, end_s in ((0, 37200.0), (1, 37500.5), (3, orders[3]["ended_s"]), (5, legs[7]["requested_s"])):
        order, box = orders[number], max(orders[number]["box"], 0)
        uses.append(_use("box", order["airport"], box, number, order["assigned_s"], end_s))
        uses.append(_use("loader", "T1", 0, order["drone"], order["loading_s"], order["loaded_s"]))
        uses.append(_pad("T1", order["drone"], order["loading_s"], order["departed_s"] + CLIMB_S))
    for number in (0, 1, 3):
        order = orders[number]
        uses.append(_use("unloader", order["airport"], 0, order["drone"], order["landed_s"], order["delivered_s"]))
    uses.append(_use("unloader", "A2", 0, 1, legs[7]["landed_s"], legs[7]["landed_s"] + UNLOAD_S))
    for out, back in ((legs[0], legs[1]), (legs[2], legs[3]), (legs[4], legs[5]), (legs[7], legs[8])):
        stay = (out["arrived_s"] + APPROACH_S, back["departed_s"] + CLIMB_S)
        home = (back["arrived_s"] + APPROACH_S, back["landed_s"] + HEADWAY_S)
        uses += [_pad(out["to"], out["drone"], *stay), _pad("T1", back["drone"], *home)]
        first = legs[6] if out["kind"] == "divert" else out
        checks_s = first["departed_s"] - CHECK_S
        uses.append(_use("pilot", "network", out["drone"], out["drone"], checks_s, back["landed_s"]))
    return [*uses, *_lanes(legs), *_packs(legs)]


def _pad(site: str, drone: int, from_s: float, to_s: float) -> Row:
    return _use("pad", site, drone if site == "T1" else 0, drone, from_s, to_s)


def _lanes(legs: list[Row]) -> list[Row]:
    """Give the lanes: out of the climb until clear of the terminal area, and from its edge until the sink begins."""
    uses = []
    for leg in legs:
        if leg["kind"] != "divert":
            climbed_s = leg["departed_s"] + CLIMB_S
            clear_s = climbed_s + max(AIRCRAFT["transition_s"] + ACROSS_S, HEADWAY_S)
            uses.append(_use("departure_lane", leg["from"], 0, leg["drone"], climbed_s, round(clear_s, 3)))
        if leg["outcome"] == "landed":
            enters_s = leg["arrived_s"] - ACROSS_S
            sinks_s = max(leg["arrived_s"] + APPROACH_S, enters_s + HEADWAY_S)
            uses.append(_use("arrival_lane", leg["to"], 0, leg["drone"], round(enters_s, 3), round(sinks_s, 3)))
    return uses


def _packs(legs: list[Row]) -> list[Row]:
    """Give packs and their charge: pack 0 comes from drone 0, is charged, and goes on drone 1."""
    off_s, charged_s = legs[1]["landed_s"] + 60.0, legs[1]["landed_s"] + 1860.0
    return [
        _use("pack", "network", 0, 0, OPEN_S, off_s),
        _use("pack", "network", 1, 1, OPEN_S, charged_s),
        _use("pack", "network", 2, 0, off_s, CLOSED_S),
        _use("pack", "network", 0, 1, charged_s, CLOSED_S),
        _use("charger", "T1", 0, 0, off_s, charged_s),
    ]


def _waits(orders: list[Row]) -> list[Row]:
    """Give what orders waited for: a clearance, the check, and the one that nobody fetched a drone."""
    waits = []
    for number in (0, 1, 3, 5):
        order = orders[number]
        waits.append(_wait(number, "clearance", order["ready_s"], order["loading_s"]))
        waits.append(_wait(number, "check", order["loaded_s"], order["departed_s"]))
    return [*waits, _wait(4, "policy", orders[4]["ready_s"], orders[4]["ended_s"])]


def _wait(order: int, reason: str, from_s: float, to_s: float) -> Row:
    return {"order": order, "reason": reason, "from_s": from_s, "to_s": to_s}


def _incident(time_s: float) -> Row:
    return {
        "incident": 0,
        "time_s": time_s,
        "kind": "divert",
        "site": "A2",
        "drone": 1,
        "order": 5,
        "leg": 7,
        "action": "diverts",
    }


def _scans(orders: list[Row]) -> list[Row]:
    seen = ((0, 37100.0, "wrong"), (0, 37200.0, "accepted"), (1, 37500.5, "accepted"), (1, 37600.0, "reused"))
    return [
        {
            "scan": scan,
            "time_s": time_s,
            "airport": orders[number]["airport"],
            "box": orders[number]["box"],
            "order": number,
            "code_order": -1 if verdict == "wrong" else number,
            "verdict": verdict,
        }
        for scan, (number, time_s, verdict) in enumerate(seen)
    ]


def tracks_of(legs: Sequence[Row], **how: Any) -> list[Row]:
    """Give the segments of each leg as it is flown; ``how`` as in ``fly``."""
    return [row for leg in legs for row in track_of(leg, **how)]


def track_of(leg: Row, **how: Any) -> list[Row]:
    """Give the segments of one leg; a diverted one ends, and the next begins, at rest where it turned."""
    corners = {5: _bent(), 6: (PLACES["T1"], TURN), 7: _turned()}.get(leg["leg"])
    flight = fly(
        corners or (PLACES[leg["from"]], PLACES[leg["to"]]),
        departed_s=leg["departed_s"],
        level_m=leg["level_m"],
        takes_off=leg["kind"] != "divert",
        lands=leg["outcome"] == "landed",
        **how,
    )
    return [_segment(leg, *piece) for piece in segments(flight.knots)]


def _segment(leg: Row, start: Knot, end: Knot) -> Row:
    named = dict(zip(("t0_s", "x0_m", "y0_m", "z0_m"), start, strict=True))
    named |= dict(zip(("t1_s", "x1_m", "y1_m", "z1_m"), end, strict=True))
    return {"drone": leg["drone"], "leg": leg["leg"], **named}


def block(kind: str, corners_m: Sequence[tuple[float, float]], **properties: Any) -> Row:
    """Give a polygon feature of the map from corners in local metres."""
    ring = LocalFrame(*ORIGIN).to_lonlat(np.array([*corners_m, corners_m[0]], np.float64)).tolist()
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"kind": kind, **properties}, "geometry": geometry}


def _map() -> Row:
    lonlats = LocalFrame(*ORIGIN).to_lonlat(np.array(list(PLACES.values()))).tolist()
    kinds = {"T": "takeoff_point", "A": "airport"}
    sites = [
        {
            "type": "Feature",
            "properties": {"id": name, "kind": kinds[name[0]]},
            "geometry": {"type": "Point", "coordinates": lonlat},
        }
        for name, lonlat in zip(PLACES, lonlats, strict=True)
    ]
    low = block("building", [(700, -20), (720, -20), (720, 20), (700, 20)], id="B1", height_m=40.0)
    tower = block("building", [(700, 40), (720, 40), (720, 80), (700, 80)], id="B2", height_m=120.0)
    zone = block("no_fly", [(-300, 500), (-100, 500), (-100, 700), (-300, 700)], id="Z1", floor_m=0, ceiling_m=300)
    return {"type": "FeatureCollection", "features": [*sites, low, tower, zone]}

"""The report: words, pictures and page of a small plausible day that is made up here, from a seed."""

import heapq
import json
import re

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from dronesim.errors import InputError
from dronesim.geometry.projection import LocalFrame
from dronesim.letters import counted
from dronesim.metrics import kpis
from dronesim.metrics.lateness import lateness
from dronesim.metrics.running import count_over_time
from dronesim.record.arrow import read_columns
from dronesim.record.kpis import BARS
from dronesim.record.tables import MILESTONES, SCHEMAS, empty
from dronesim.report import summary_lines, words, write_report
from dronesim.report.drawing import new_figure
from dronesim.report.geometry import read_map_geometry
from dronesim.report.labels import place_labels
from dronesim.report.map_picture import _emptiest_corner, _size, outbound_traffic
from dronesim.report.meetings import tracks_by_leg
from dronesim.report.pictures import PICTURES
from dronesim.report.rows import figure_groups, setting_rows, stage_bars
from dronesim.report.saved_run import read_run
from dronesim.report.summary import busiest, cabinets, cost, door, stages, waiting
from reading_pages import seen

TOPS, AIRPORTS = ("T1", "T2"), ("A1", "A2", "A3", "A4")
CENTRE = (114.25, 22.72)
XY = {
    "T1": (-700.0, 200.0),
    "T2": (800.0, -300.0),
    "A1": (-1500.0, 1200.0),
    "A2": (-300.0, -1400.0),
    "A3": (1400.0, 900.0),
    "A4": (200.0, 1500.0),
}
START_S, END_S, CLOSED_S = 36000.0, 72000.0, 74400.0
DRAWN = [picture.file for picture in PICTURES if picture.file not in {"crossing.png", "people.png"}]
"""Pictures of a run without tracks, of which nobody asks who is below."""


def make_facts(sites=XY, *, drones=12):
    """Facts of a network with the given sites; ids that begin with T are take-off points."""
    groups = {"takeoff_points": "T", "airports": "A"}
    tops, airports = ([name for name in sites if name[0] == letter] for letter in groups.values())
    everywhere = [*tops, *airports]
    share = {top: drones // len(tops) for top in tops}
    return {
        "schema_version": 1,
        "name": "small-day",
        "policy": "nearest",
        "seed": 7,
        "replication": 0,
        "horizon": {"start_s": START_S, "end_s": END_S, "closed_s": CLOSED_S},
        "service": {"radius_m": 3000.0, "limit_s": 900.0, "clock": "placed", "target": 0.95},
        "sites": {
            group: [
                {"id": name, "x_m": float(sites[name][0]), "y_m": float(sites[name][1])}
                for name in sites
                if name[0] == letter
            ]
            for group, letter in groups.items()
        },
        "capacity": {
            "pad": dict.fromkeys(everywhere, 2),
            "box": dict.fromkeys(airports, 28),
            "loader": dict.fromkeys(tops, 2),
            "unloader": dict.fromkeys(airports, 1),
            "courier": dict.fromkeys(tops, 8),
            "charger": dict.fromkeys(tops, 6),
            "pilot": {"network": 20},
            "pack": {"network": 2 * drones},
        },
        "fleet": {
            "owned": drones + 2,
            "drones": drones,
            "spares": 2,
            "drone_type": "hexacopter",
            "is_shared": False,
            "by_takeoff_point": share,
        },
        "aircraft": {"payload_kg": 2.5, "pack_wh": 500.0, "cruise_mps": 15.0, "max_mps": 23.0, "wind_limit_mps": 12.0},
        "closures": [],
        "terminal_meetings": {"A2": {"meetings": 12, "least_m": 3.25}, "T1": {"meetings": 1204, "least_m": 0.0}},
        "wind": [{"from_s": 0.0, "levels": [[60.0, 0.0, 0.0], [80.0, 0.0, 0.0]]}],
        "batteries": {"mode": "swap", "reserve": 0.25, "charge_to": 0.95, "swap_s": 60.0, "packs": 2 * drones},
        "handling": {
            "load_s": 45.0,
            "unload_s": 45.0,
            "boxing_s": 45.0,
            "courier_handling_s": 45.0,
            "hold_limit_s": 7200.0,
            "lane_headway_s": 20.0,
        },
        "airspace": {
            "structure": "free",
            "mode": "headway",
            "levels_m": [60.0, 80.0],
            "separation_m": 30.0,
            "vertical_m": 9.0,
            "zone_grace_s": 60.0,
            "terminal_radius_m": 60.0,
        },
        "pilots": {"count": 2, "drones_per_pilot": 10},
        "couriers": {"count": dict.fromkeys(tops, 8)},
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
            "energy_per_kwh": 0.8,
            "courier_per_hour": 30.0,
            "pilot_per_hour": 60.0,
            "rider_per_order": 6.5,
            "site_per_day": 200.0,
        },
    }


def make_tables(facts, *, orders=300, seed=7):
    """A day without any contention but for drones: enough for pictures, with a few of every end state."""
    day = _Day(facts, np.random.default_rng(seed), orders)
    for number in range(orders):
        day.play(number)
    return day.tables()


class _Day:
    def __init__(self, facts, rng, orders):
        self.facts, self.rng = facts, rng
        self.xy = {s["id"]: np.array([s["x_m"], s["y_m"]]) for group in facts["sites"].values() for s in group}
        self.tops = [s["id"] for s in facts["sites"]["takeoff_points"]]
        self.airports = [s["id"] for s in facts["sites"]["airports"]]
        self.free, first = {}, 0
        for top, count in facts["fleet"]["by_takeoff_point"].items():
            self.free[top] = [(START_S, drone) for drone in range(first, first + count)]
            first += count
        hours = rng.choice([10.5, 12.0, 13.0, 15.5, 18.3, 19.2], orders, p=[0.1, 0.3, 0.15, 0.1, 0.25, 0.1])
        wanted = (hours + rng.normal(0.0, 0.5, orders)) * 3600.0
        self.placed = np.sort(np.clip(wanted, START_S, END_S))
        self.packs = {drone: 1000 + drone for drone in range(first)}
        self.rows = {name: [] for name in ("orders", "legs", "occupancy", "waits", "incidents", "scans")}
        for drone in range(first):
            self._hold("pack", "network", unit=self.packs[drone], holder=drone, span=(START_S, CLOSED_S))

    def _hold(self, resource, site, *, unit, holder, span):
        row = {"resource": resource, "site": site, "unit": unit, "holder": holder}
        self.rows["occupancy"].append({**row, "from_s": span[0], "to_s": span[1]})

    def play(self, number):
        rng, placed = self.rng, self.placed[number]
        top, airport = str(rng.choice(self.tops)), str(rng.choice(self.airports))
        distance = float(np.linalg.norm(self.xy[top] - self.xy[airport]))
        row = {
            "order": number,
            "order_id": f"o{number}",
            "merchant": f"{top}-M1",
            "community": "C1",
            "takeoff_point": top,
            "airport": airport,
            "placed_airport": airport,
            "distance_m": distance,
            "mass_kg": 1.2,
            "in_range": distance <= self.facts["service"]["radius_m"],
            "drone": -1,
            "outbound_leg": -1,
            "box": -1,
            "placed_s": placed,
            "reason": None,
        }
        self.rows["orders"].append(row)
        if rng.random() < 0.01:
            row.update(end_state="refused", reason="too_heavy", ended_s=placed)
            return
        flight = 50.0 + distance / 15.0
        kitchen, courier = rng.lognormal(5.4, 0.36), rng.uniform(120.0, 240.0)
        row["ceiling_ready_s"] = 45.0 + flight + 15.0 + 45.0
        row["ceiling_s"] = kitchen + courier + row["ceiling_ready_s"]
        row["prepared_s"] = placed + kitchen
        row["ready_s"] = row["prepared_s"] + courier
        if rng.random() < 0.01:
            row.update(end_state="cancelled", reason="patience", ended_s=row["ready_s"] + 5.0)
            return
        self._fly(row, flight=flight)

    def _fly(self, row, *, flight):
        free_s, drone = heapq.heappop(self.free[row["takeoff_point"]])
        row["drone"], row["outbound_leg"] = drone, 2 * row["order"]
        row["assigned_s"] = max(free_s, row["ready_s"])
        row["loading_s"] = row["assigned_s"] + 5.0
        row["loaded_s"] = row["loading_s"] + 45.0
        row["departed_s"] = row["loaded_s"] + self.rng.exponential(6.0)
        row["arrived_s"] = row["departed_s"] + flight
        row["landed_s"] = row["arrived_s"] + 15.0
        row["delivered_s"] = row["landed_s"] + 45.0
        marks = ("ready_s", "drone", "assigned_s", "clearance", "loading_s"), ("loaded_s", "check", "departed_s")
        for names in marks:
            for begin, reason, end in zip(names[::2], names[1::2], names[2::2], strict=False):
                if row[end] > row[begin]:
                    wait = {"order": row["order"], "reason": reason, "from_s": row[begin], "to_s": row[end]}
                    self.rows["waits"].append(wait)
        home = self._legs(row, flight)
        heapq.heappush(self.free[row["takeoff_point"]], (home + 60.0, drone))
        self._end(row)

    def _legs(self, row, flight):
        here, there, leg = row["takeoff_point"], row["airport"], row["outbound_leg"]
        common = {
            "sortie": row["order"],
            "drone": row["drone"],
            "pack": self.packs[row["drone"]],
            "level_m": 60.0,
        }
        common |= {
            "hold_s": 0.0,
            "distance_m": row["distance_m"] * 1.1,
            "energy_wh": 40.0,
            "outcome": "landed",
        }
        common |= {"charge_start": 0.9, "charge_end": 0.82}
        back_s = row["delivered_s"] + 5.0
        out = {
            "kind": "outbound",
            "order": row["order"],
            "from": here,
            "to": there,
            "requested_s": row["loading_s"],
        }
        out |= {key: row[key] for key in ("departed_s", "arrived_s", "landed_s")}
        back = {"kind": "return", "order": -1, "from": there, "to": here, "requested_s": row["delivered_s"]}
        back |= {"departed_s": back_s, "arrived_s": back_s + flight, "landed_s": back_s + flight + 15.0}
        self.rows["legs"] += [{"leg": leg, **common, **out}, {"leg": leg + 1, **common, **back}]
        self._swap(row["drone"], back["landed_s"])
        return back["landed_s"]

    def _swap(self, drone, at_s):
        last = next(r for r in reversed(self.rows["occupancy"]) if r["resource"] == "pack" and r["holder"] == drone)
        last["to_s"] = at_s
        self.packs[drone] += 1000
        self._hold("pack", "network", unit=self.packs[drone], holder=drone, span=(at_s + 60.0, CLOSED_S))

    def _end(self, row):
        if self.rng.random() < 0.01:
            row.update(end_state="unclaimed", ended_s=row["delivered_s"] + 7200.0)
        else:
            row["collected_s"] = row["ended_s"] = row["delivered_s"] + self.rng.lognormal(5.5, 0.9)
            row["end_state"] = "collected"
            self._scan(row, "accepted")
        if row["order"] % 97 == 5:
            self._scan(row, "wrong")
            common = {
                "site": row["airport"],
                "drone": row["drone"],
                "order": row["order"],
                "leg": row["outbound_leg"],
            }
            what = {"kind": "bad_scan", "action": "scan_again", "time_s": row["delivered_s"], **common}
            self.rows["incidents"].append({"incident": len(self.rows["incidents"]), **what})
        box = (row["loading_s"], row["ended_s"])
        self._hold("box", row["airport"], unit=row["order"] % 28, holder=row["order"], span=box)

    def _scan(self, row, verdict):
        scan = {
            "time_s": row["delivered_s"] + 60.0,
            "airport": row["airport"],
            "box": 1,
            "order": row["order"],
        }
        self.rows["scans"].append({"scan": len(self.rows["scans"]), "verdict": verdict, **scan})

    def tables(self):
        return {name: _columns(rows, SCHEMAS[name]) for name, rows in self.rows.items()}


def _columns(rows, schema):
    absent = {"int64": -1, "float64": np.nan, "text": None, "bool": False}
    kinds = {"int64": np.int64, "float64": np.float64, "text": object, "bool": np.bool_}
    table = {
        column: np.array([row.get(column, absent[kind]) for row in rows], dtype=kinds[kind])
        for column, kind in schema.items()
    }
    return {c: np.rint(v * 1000) / 1000 if c.endswith("_s") else v for c, v in table.items()}


def make_map(sites=XY, *, is_synthetic=True):
    """A GeoJSON map around ``CENTRE`` with one tower with a courtyard, one zone and the sites."""
    frame = LocalFrame(*CENTRE)

    def feature(shape, coordinates, **properties):
        return {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": shape, "coordinates": coordinates},
        }

    def square(x, y, half):
        ring = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * half + [x, y]
        return frame.to_lonlat(ring).tolist()

    tower = [square(100.0, 300.0, 60.0), square(100.0, 300.0, 20.0)[::-1]]
    features = [
        feature("Polygon", tower, id="B1", kind="building", height_m=80.0),
        feature(
            "MultiPolygon",
            [[square(500.0, 600.0, 40.0)], [square(-600.0, -600.0, 40.0)]],
            id="B2",
            kind="building",
        ),
        feature("Polygon", [square(400.0, 300.0, 120.0)], id="Z1", kind="no_fly", floor_m=0.0, ceiling_m=300.0),
    ]
    for name, xy in sites.items():
        kind = "takeoff_point" if name[0] == "T" else "airport"
        lonlat = frame.to_lonlat(np.array([xy]))[0].tolist()
        features.append(feature("Point", lonlat, id=name, kind=kind))
    return {"type": "FeatureCollection", "name": "small", "synthetic": is_synthetic, "features": features}


def save_run(folder, tables, facts):
    """Write the part of a run folder that the report reads."""
    (folder / "inputs").mkdir(parents=True)
    (folder / "inputs" / "map.geojson").write_text(json.dumps(make_map()), encoding="utf-8")
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    (folder / "kpis.json").write_text(json.dumps(kpis(tables, facts), allow_nan=False), encoding="utf-8")
    for name, table in tables.items():
        parquet.write_table(pa.table({c: _arrow(v) for c, v in table.items()}), folder / f"{name}.parquet")


def _arrow(values):
    if values.dtype == np.int64:
        return pa.array(values, mask=values == -1)
    return pa.array(values, from_pandas=True) if values.dtype == np.float64 else pa.array(values.tolist())


@pytest.fixture(scope="module")
def facts():
    return make_facts()


@pytest.fixture(scope="module")
def tables(facts):
    return make_tables(facts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tables, facts):
    folder = tmp_path_factory.mktemp("runs") / "small-day"
    save_run(folder, tables, facts)
    write_report(folder)
    return folder


def _service(**changes):
    service = {"clock": "placed", "radius_m": 3000.0, "limit_s": 900.0, "target": 0.95, "orders": 2410}
    return {**service, "share": 0.931, "ceiling": 0.972, **changes}


def test_headline_gives_share_target_and_gap():
    share = "93.1 % of the 2,410 orders within 3 km were delivered within 15 minutes"
    assert words.headline(_service()) == f"{share}; target 95 %; missed by 1.9 points."


def test_headline_never_rounds_a_miss_into_a_hit():
    assert words.headline(_service(share=0.9498)).startswith("94.98 % of")
    assert "missed by 0.02 points" in words.headline(_service(share=0.9498))
    assert "met exactly" in words.headline(_service(share=0.95))


def test_headline_says_no_orders_instead_of_a_share():
    assert words.headline(_service(share=None, orders=0)).startswith("No orders within 3 km")


def test_a_single_order_is_worded_as_one():
    only = "The only order within 3 km was {}delivered within 15 minutes; target 95 %;"
    assert words.headline(_service(share=1.0, orders=1)).startswith(only.format(""))
    assert words.headline(_service(share=0.0, orders=1)).startswith(only.format("not "))
    assert (counted(1, "drone"), counted(0, "drone")) == ("1 drone", "0 drones")


def test_headline_names_the_ready_clock():
    assert "within 15 minutes of being ready at the take-off point" in words.headline(_service(clock="ready"))


def test_ceiling_below_target_is_said_in_words(tables, facts):
    measured = kpis(tables, facts)
    low = {**measured, "service": {**measured["service"], "ceiling": 0.63, "share": 0.6}}
    assert words.ceiling(low).startswith(
        "no fleet can reach the target: even with unlimited drones and no queues 63.0 %"
    )
    assert "kitchens take" in words.ceiling(low)
    high = {**measured, "service": {**measured["service"], "ceiling": 0.97, "share": 0.9}}
    assert "97.0 % would be possible" in words.ceiling(high)
    assert "cost 7.0 points" in words.ceiling(high)


def test_a_ceiling_of_orders_that_no_drone_may_carry_blames_no_kitchen(tables, facts):
    measured = kpis(tables, facts)
    barred = {**measured["service"], "ceiling": 0.0, "share": 0.0, "eligible_share": None}
    assert words.ceiling({**measured, "service": barred}).endswith("may be carried by a drone in opening hours.")


def test_the_ceiling_names_what_bars_orders_before_what_takes_long(tables, facts):
    measured = kpis(tables, facts)
    low = {**measured["service"], "orders": 100, "ceiling": 0.7, "share": 0.6, "target": 0.95}
    stormy = words.ceiling({**measured, "service": {**low, "barred": {"too_heavy": 3, "weather": 20}}})
    assert "kitchens" not in stormy
    assert "of the 30 orders that miss it even so, 20 met weather in which no drone may fly, 3 are too heavy" in stormy
    mixed = words.ceiling({**measured, "service": {**low, "barred": {"weather": 4}}})
    assert "kitchens take" in mixed
    assert mixed.endswith("; of the 30 orders that miss it even so, 4 met weather in which no drone may fly.")
    assert set(words.BAR_WORDS) == set(BARS)


def test_a_ceiling_says_that_closures_are_not_in_it(tables, facts):
    measured = kpis(tables, facts)
    closed = {"orders": 3, "total_s": 60.0, "mean_s": 20.0}
    assert "closed sites" not in words.ceiling(measured)
    told = words.ceiling({**measured, "waits": {**measured["waits"], "airport_closed": closed}})
    assert told.endswith("; closed sites are trouble, and not counted in it.")


def test_summary_is_about_a_dozen_lines_with_both_clocks(tables, facts):
    lines = summary_lines(kpis(tables, facts), facts)
    assert 10 <= len(lines) <= 14
    assert "target 95 %" in lines[0]
    assert "ready-to-door within 15 minutes" in lines[1]
    assert all(len(line) > 15 and "None" not in line and "nan" not in line for line in lines)


def test_summary_of_a_day_without_orders_has_no_numbers_made_up(facts):
    tables = make_tables(facts, orders=0)
    lines = summary_lines(kpis(tables, facts), facts)
    assert "No orders" in lines[0]
    assert not any("nan" in line or "None" in line for line in lines)


def test_no_line_of_a_day_without_orders_gives_no_data_for_a_number(facts):
    lines = summary_lines(kpis(make_tables(facts, orders=0), facts), facts)
    assert not [line for line in lines[1:] if words.NOTHING in line and not line.startswith("Fleet")]
    text = "\n".join(lines)
    for said in ("no order was placed", "no order was delivered; 0 pack swaps", "no drone took off"):
        assert said in text


def test_packs_ride_on_drones_and_are_never_the_busiest():
    shares = {"pack": {"network": 0.97}, "takeoff_pad": {"T1": 0.2, "T2": 0.31}, "pilot": {"network": 0.3}}
    assert busiest(shares) == "busiest: takeoff pad at T2 (31 % of opening hours)"
    assert busiest({"pack": {"network": 0.97}}) == busiest({"pad": {"A1": None}}) == "no resource was counted"


def test_the_longest_waits_are_named_where_there_are_some_worth_a_name():
    def told(**totals):
        found = {name: {"orders": 4, "total_s": total, "mean_s": total / 4} for name, total in totals.items()}
        return waiting({"orders": {"placed": 6}, "waits": found, "resources": {"loader": {"T1": 0.5}}})

    assert told(drone=60.0, airport_closed=360.0, pad=29.0).startswith(
        "4 orders for a closed airport, 1.5 min each on average, 4 orders for a drone, 0.2 min each on average; "
        "busiest: loader at T1"
    )
    assert told(drone=29.9, pad=1.0).startswith("hardly any beside the kitchen and the courier's way;")


def test_stages_of_three_seconds_and_more_are_told_in_minutes():
    means = dict.fromkeys(words.STAGE_WORDS, 2.9) | {"kitchen": 240.0, "clearance": 3.0}
    said = stages({name: {"mean": mean} for name, mean in means.items()})
    assert said == f"mean minutes: {words.STAGE_WORDS['kitchen']} 4.0, {words.STAGE_WORDS['clearance']} 0.1"


def test_refused_scans_are_counted_over_all_their_reasons():
    codes = {"accepted": 5, "refused": {"wrong": 2, "expired": 3, "foreign": 0}}
    said = cabinets({"cabinets": {"peak_occupancy": 0.5}, "codes": codes})
    assert said == "fullest 50 %; 5 codes accepted, 5 scans refused"


def test_the_wait_for_clearance_is_told_from_the_delay_by_clearance(tables, facts):
    measured = kpis(tables, facts)
    assert words.STAGE_WORDS["clearance"] in words.GLOSSARY["Clearance"]
    figures = dict(figure_groups(measured))["Airspace"]
    assert "Delay by clearance, all flights, mean" in dict(figures)


def test_the_largest_item_of_the_costs_is_named(tables, facts):
    costs = kpis(tables, facts)["cost"]
    name = max(costs["items"], key=costs["items"].get)
    assert f"the largest part for {name} ({100 * costs['items'][name] / costs['total']:.0f} %)" in cost(costs)
    assert cost({**costs, "total": 0.0, "per_order": None}) == "no order was delivered; 0 CNY a day"


def test_click_to_door_says_which_orders_it_counts(tables, facts):
    assert door(kpis(tables, facts)["click_to_door_s"]).startswith("click-to-door of all delivered orders: mean")


def test_bars_of_the_stages_follow_one_another_up_to_the_whole(tables, facts):
    bars = stage_bars(kpis(tables, facts)["stages_s"])
    ends = [float(bar["left"]) + float(bar["width"]) for bar in bars]
    assert [float(bar["left"]) for bar in bars[1:]] == pytest.approx(ends[:-1], abs=0.02)
    assert ends[-1] == pytest.approx(100.0, abs=0.02)


def test_late_orders_by_cause_and_by_group_add_up_to_the_orders_not_on_time(tables, facts):
    service, late = kpis(tables, facts)["service"], lateness(tables, facts)
    assert late["late"] == service["orders"] - service["on_time"]
    assert sum(row["orders"] for row in late["causes"]) == late["late"]
    assert {"refused:too_heavy", "cancelled:patience"} <= {row["cause"] for row in late["causes"]}
    assert np.sum(late["by_hour_and_airport"]["late"]) == late["late"]
    for groups in late["by"].values():
        assert sum(row["late"] for row in groups.values()) == late["late"]
        assert sum(row["orders"] for row in groups.values()) == late["orders"]


def test_count_over_time_follows_half_open_intervals():
    times, running = count_over_time(np.array([0.0, 1.0, 2.0]), np.array([2.0, 3.0, 4.0]))
    assert times.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert running.tolist() == [1, 2, 2, 1, 0]


def test_map_geometry_lies_where_the_facts_have_the_sites(tmp_path, facts):
    path = tmp_path / "map.geojson"
    path.write_text(json.dumps(make_map()), encoding="utf-8")
    geometry = read_map_geometry(path, facts)
    assert len(geometry.buildings) == 3
    assert geometry.height_m.tolist() == [80.0, 0.0, 0.0]
    assert np.allclose(geometry.buildings[0][0][:-1].mean(axis=0), [100.0, 300.0], atol=0.5)
    assert np.allclose(geometry.zones[0][0][:-1].mean(axis=0), [400.0, 300.0], atol=0.5)


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_synthetic_label_comes_from_the_map_alone(tmp_path, facts, is_synthetic):
    path = tmp_path / "map.geojson"
    path.write_text(json.dumps(make_map(is_synthetic=is_synthetic)), encoding="utf-8")
    assert read_map_geometry(path, facts).is_synthetic is is_synthetic


def test_tables_come_back_from_parquet_as_they_were(folder, tables):
    for name, table in tables.items():
        read = read_columns(folder / f"{name}.parquet", name)
        for column, values in table.items():
            assert read[column].dtype == values.dtype, column
            np.testing.assert_array_equal(read[column], values, err_msg=f"{name}.{column}")


def test_routes_come_from_the_facts(tmp_path, tables, facts):
    route = {"from": "T1", "to": "A1", "level_m": 60.0, "points_m": [[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]]}
    save_run(tmp_path / "run", tables, {**facts, "routes": [route]})
    routes = read_run(tmp_path / "run").routes
    assert list(routes) == [("T1", "A1", 60.0)]
    assert routes["T1", "A1", 60.0].tolist() == [[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]]


def test_traffic_counts_every_parcel_that_took_off(tables):
    departed = ~np.isnan(tables["orders"]["departed_s"])
    assert sum(outbound_traffic(tables["legs"]).values()) == departed.sum()


def test_report_writes_all_pictures_and_one_page_that_needs_nothing_else(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == len(DRAWN) == page.count("<svg viewBox") - page.count('aria-label="Pickup code')
    assert not re.search("https?:", page)
    assert "data:image" not in page
    assert len(page) < 1_000_000
    assert "within 15 minutes; target 95 %" in seen(folder / "report.html")
    assert "--seed 7" in page
    assert "None<" not in page
    assert "nan" not in page
    for name in DRAWN:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    assert not list(folder.glob(".*"))


def test_repeating_a_run_writes_beside_its_folder_and_not_into_it(folder, tmp_path, tables, facts):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<code>dronesim run scenario.toml --seed 7 --out ../again</code>" in page
    save_run(tmp_path / "third", tables, {**facts, "replication": 3})
    write_report(tmp_path / "third")
    page = (tmp_path / "third" / "report.html").read_text(encoding="utf-8")
    assert "<code>dronesim run scenario.toml --seed 7 --replication 3 --out ../again</code>" in page


def test_the_page_explains_its_words_and_says_that_its_map_is_made_up(folder, tmp_path, tables, facts):
    page = (folder / "report.html").read_text(encoding="utf-8")
    for word in ("Clearance", "Lane", "Deadhead", "Foreign"):
        assert f"<dt>{word}</dt>" in page
    assert "The map is synthetic" in page
    save_run(tmp_path / "real", tables, facts)
    (tmp_path / "real" / "inputs" / "map.geojson").write_text(json.dumps(make_map(is_synthetic=False)))
    write_report(tmp_path / "real")
    assert "synthetic" not in (tmp_path / "real" / "report.html").read_text(encoding="utf-8")


def test_the_page_tells_by_site_who_came_near_in_terminal_areas(folder):
    write_report(folder)
    page = re.sub(r"</?span[^>]*>", "", " ".join((folder / "report.html").read_text(encoding="utf-8").split()))
    assert page.index('<td>T1</td><td class="n">1,204</td><td class="n">0.0 m</td>') < page.index(
        '<td>A2</td><td class="n">12</td><td class="n">3.2 m</td>'
    )


def test_no_table_of_a_printed_page_is_cut(folder):
    printed = (folder / "report.html").read_text(encoding="utf-8").partition("@media print")[2].partition("</style>")[0]
    assert re.search(r"table,[^{]*\{ break-inside: avoid; \}", printed)


LOW, HIGH = np.array([0.0, 0.0]), np.array([1000.0, 1000.0])


@pytest.mark.parametrize(
    ("sites", "corner"),
    [
        ([[500, 500]], "lower left"),
        ([[60, 60]], "lower right"),
        ([[60, 60], [900, 60]], "upper left"),
        ([[60, 60], [900, 60], [60, 900]], "upper right"),
    ],
)
def test_the_north_arrow_stands_in_the_corner_with_the_fewest_sites(sites, corner):
    x, y = _emptiest_corner(LOW, HIGH, size=np.array([250.0, 160.0]), sites=np.array(sites, dtype=float))
    assert f"{'lower' if y < 500 else 'upper'} {'left' if x < 500 else 'right'}" == corner


def test_no_label_is_set_over_a_box_to_keep_out_of():
    figure = new_figure(6.0, 6.0)
    axes = figure.subplots()
    axes.set(xlim=(0, 100), ylim=(0, 100))
    box = (np.array([50.0, 45.0]), np.array([90.0, 55.0]))
    place_labels(figure, axes, [(np.array([48.0, 50.0]), "A1\n12")], keep_out=[box])
    label = axes.texts[0].get_window_extent()
    corners = axes.transData.transform(np.stack(box))
    assert label.x1 <= corners[0, 0] or label.y0 >= corners[1, 1] or label.y1 <= corners[0, 1]


@pytest.mark.parametrize(("across", "up"), [(1000.0, 1000.0), (4000.0, 1000.0), (1000.0, 4000.0)])
def test_the_map_picture_is_shaped_like_its_district(across, up):
    width, height = _size(np.array([across, up]))
    map_in2 = min(width, (height - 1.0) * across / up) ** 2 * up / across
    assert map_in2 > 0.45 * width * height


def test_report_of_the_same_run_has_the_same_bytes(folder, tmp_path, tables, facts):
    save_run(tmp_path / "again", tables, facts)
    write_report(tmp_path / "again")
    for name in (*DRAWN, "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_report_escapes_what_a_scenario_calls_itself(tmp_path, tables, facts):
    save_run(tmp_path / "run", tables, {**facts, "name": "<script>$1_x^$"})
    write_report(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_report_is_written_for_a_day_on_which_nothing_happened(tmp_path, facts):
    save_run(tmp_path / "empty", make_tables(facts, orders=0), facts)
    write_report(tmp_path / "empty")
    assert "No orders within 3 km" in seen(tmp_path / "empty" / "report.html")


def test_report_names_the_file_that_a_folder_lacks(tmp_path):
    with pytest.raises(InputError, match=r"orders\.parquet: is missing"):
        write_report(tmp_path)


def test_made_up_day_keeps_its_milestones_in_order(tables):
    orders = tables["orders"]
    done = orders["end_state"] == "collected"
    marks = np.stack([orders[milestone][done] for milestone in MILESTONES])
    assert done.sum() > 200
    assert (np.diff(marks, axis=0) >= 0).all()


def test_the_page_and_the_summary_tell_how_merchants_are_chosen_and_how_busy_the_day_is(facts):
    gamma = {"days": "gamma", "days_mean": 1.0, "days_sd": 0.7, "day_factor": 1.474}
    drawn = {**facts, "demand": {"model": "poisson", "choice": "distance", "decay_m": 2500.0, **gamma}}
    rows = dict(setting_rows(drawn))
    assert rows["Customers choose merchants"] == "by their weight x exp(-distance / 2500 m) (an assumption)"
    assert rows["Days"] == "gamma factor on the demand, mean 1, standard deviation 0.7"
    assert rows["Demand of this day"] == "1.47 times the stated demand"
    assert words.busy_day(drawn) == "; a day of 1.47 times the stated demand"
    assert words.busy_day(facts) == ""
    assert "Customers choose merchants" not in dict(setting_rows(facts))


def test_a_day_without_a_flight_has_no_tracks_to_draw():
    assert tracks_by_leg(empty("flown")) == {}

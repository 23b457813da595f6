"""The measures, against hand-made tables with answers that can be counted on the fingers."""

import copy
import json
import math

import numpy as np
import pytest

from dronesim.metrics import kpis, peak_held, sortie_intervals
from dronesim.record.tables import END_STATES, MILESTONES, SCHEMAS, STAGES, VERDICTS, empty

KINDS = {
    "int64": (np.int64, -1),
    "float64": (np.float64, np.nan),
    "text": (object, None),
    "bool": (np.bool_, False),
}
FACTS = {
    "horizon": {"start_s": 0.0, "end_s": 7200.0, "closed_s": 9000.0},
    "service": {"radius_m": 3000.0, "limit_s": 900.0, "clock": "placed", "target": 0.95},
    "sites": {
        "takeoff_points": [{"id": "T1", "x_m": 0.0, "y_m": 0.0}],
        "airports": [{"id": "A1", "x_m": 1000.0, "y_m": 0.0}, {"id": "A2", "x_m": 0.0, "y_m": 1000.0}],
    },
    "capacity": {
        "box": {"A1": 4, "A2": 0},
        "pad": {"T1": 2, "A1": 1, "A2": 1},
        "loader": {"T1": 2},
        "unloader": {"A1": 1, "A2": 2},
        "charger": {"T1": 3},
        "pilot": {"network": 10},
        "pack": {"network": 5},
    },
    "fleet": {"owned": 3, "drones": 2},
    "aircraft": {"pack_wh": 400.0},
    "batteries": {"packs": 5},
    "handling": {"load_s": 30.0},
    "couriers": {"count": {"T1": 4}},
    "pilots": {"count": 1, "drones_per_pilot": 10},
    "prices": {
        "currency": "CNY",
        "drone_per_day": 10.0,
        "pack_per_day": 0.2,
        "pack_cycle": 0.5,
        "charger_per_day": 0.5,
        "loader_per_hour": 2.0,
        "unloader_per_hour": 0.5,
        "takeoff_pad_per_day": 1.5,
        "airport_pad_per_day": 2.5,
        "box_per_day": 0.25,
        "energy_per_kwh": 2.0,
        "courier_per_hour": 3.0,
        "pilot_per_hour": 7.0,
        "rider_per_order": 6.5,
        "site_per_day": 1.0,
    },
}


PAD, CHECK = ("pad", "ready_s", "loading_s"), ("check", "loaded_s", "departed_s")


def table(name, *rows):
    """Rows as columns, absent values as the tables have them."""
    columns = {}
    for column, kind in SCHEMAS[name].items():
        dtype, absent = KINDS[kind]
        columns[column] = np.array([row.get(column, absent) for row in rows], dtype=dtype)
    return columns


def order(state="collected", *, placed=0.0, door=600.0, ready=300.0, **more):
    """One order with evenly spread milestones up to where its end state lets it get."""
    row = {
        "in_range": True,
        "end_state": state,
        "placed_s": placed,
        "ceiling_s": 500.0,
        "ceiling_ready_s": 200.0,
    }
    if state in ("collected", "unclaimed", "open"):
        marks = np.linspace(placed + ready, placed + door, 8)
        row |= dict(zip(MILESTONES[2:10], marks, strict=True)) | {"prepared_s": placed + ready / 2}
    if state == "collected":
        row["collected_s"] = placed + door + 120.0
    return row | more


def leg(number, *, sortie, span, kind="outbound", **more):
    """One leg that departs and lands at the ends of ``span``."""
    row = {"leg": number, "sortie": sortie, "kind": kind, "requested_s": span[0], "departed_s": span[0]}
    row |= {"arrived_s": span[1] - 10.0, "landed_s": span[1], "outcome": "landed", "distance_m": 1000.0}
    return row | {"energy_wh": 50.0, "drone": 0} | more


def held(resource, site, *, span, unit=0, holder=0):
    return {
        "resource": resource,
        "site": site,
        "unit": unit,
        "holder": holder,
        "from_s": span[0],
        "to_s": span[1],
    }


def measure(*, facts=FACTS, **tables):
    everything = {name: tables.get(name, empty(name)) for name in ("orders", "legs", "occupancy", "waits", "scans")}
    return kpis(everything, facts)


def waits(*rows):
    """The waits of orders by number: until loading for a pad, and the check before take-off."""
    spans = [(number, row, *names) for number, row in enumerate(rows) for names in (PAD, CHECK) if names[1] in row]
    made = [
        {"order": number, "reason": reason, "from_s": row[begin], "to_s": row[end]}
        for number, row, reason, begin, end in spans
    ]
    return table("waits", *made)


def service_of(*rows, **changes):
    facts = copy.deepcopy(FACTS)
    facts["service"] |= changes
    return measure(orders=table("orders", *rows), facts=facts)["service"]


def test_every_end_without_a_parcel_in_its_box_is_a_miss():
    misses = [order(state) for state in ("refused", "cancelled", "lost", "ground")]
    late, still_open = order(door=901.0), order("open", delivered_s=np.nan)
    service = service_of(order(), order("unclaimed"), *misses, late, still_open)
    assert (service["orders"], service["on_time"]) == (8, 2)
    assert service["share"] == 2 / 8


def test_orders_out_of_range_count_for_coverage_and_network_only():
    service = service_of(order(), order(door=1000.0), order(in_range=False), order(in_range=False))
    assert service["share"] == 1 / 2
    assert service["coverage"] == 2 / 4
    assert service["network_share"] == 1 / 4


def test_the_last_millisecond_of_the_limit_is_on_time():
    placed = 36000.1
    service = service_of(
        order(placed=placed, delivered_s=placed + 900.0), order(placed=placed, delivered_s=placed + 900.001)
    )
    assert service["on_time"] == 1


def test_float_noise_in_a_difference_of_times_does_not_make_an_order_late():
    placed = next(t / 1000 for t in range(65_000_000, 65_500_000) if (t + 900_000) / 1000 - t / 1000 > 900.0)
    assert service_of(order(placed=placed, delivered_s=round(placed + 900.0, 3)))["on_time"] == 1


def test_each_clock_starts_at_its_own_milestone():
    slow_kitchen = order(door=1500.0, ready=700.0)
    placed, ready = service_of(slow_kitchen), service_of(slow_kitchen, clock="ready")
    assert (placed["share"], placed["share_placed_clock"], placed["share_ready_clock"]) == (0.0, 0.0, 1.0)
    assert (ready["share"], ready["share_placed_clock"], ready["share_ready_clock"]) == (1.0, 0.0, 1.0)


def test_ceiling_counts_what_unlimited_resources_could_bring_in_time():
    impossible = order("refused", ceiling_s=np.nan, ceiling_ready_s=np.nan)
    slow = order(ceiling_s=901.0, ceiling_ready_s=900.0)
    service = service_of(order(), slow, impossible, order(in_range=False, ceiling_s=1.0))
    assert service["ceiling"] == service["ceiling_placed_clock"] == 1 / 3
    assert service["ceiling_ready_clock"] == 2 / 3


def test_a_ceiling_is_a_time_in_whole_milliseconds_as_all_times_are():
    """What a float adds to 900 s makes no order late; half a millisecond does."""
    service = service_of(order(ceiling_s=900.0 + 1e-9), order(ceiling_s=900.0004), order(ceiling_s=900.0006))
    assert service["ceiling"] == 2 / 3


def test_eligible_share_leaves_out_heavy_and_out_of_hours_only():
    reasons = ["too_heavy", "out_of_hours", "queue_limit", "out_of_reach"]
    service = service_of(order(), *(order("refused", reason=reason) for reason in reasons))
    assert service["share"] == 1 / 5
    assert service["eligible_share"] == 1 / 3


def test_orders_out_of_range_are_left_out_of_the_eligible_ones_but_once():
    far = order("refused", reason="too_heavy", in_range=False)
    assert service_of(order(), order("lost"), far)["eligible_share"] == 1 / 2


def test_no_order_in_range_gives_no_share_and_says_so():
    service = service_of(order(in_range=False))
    assert service["share"] is None
    assert service["ceiling"] is None
    assert service["note"] == "no orders"
    assert service["coverage"] == 0.0


def test_end_states_add_up_to_placed_and_delivered_cuts_across():
    rows = [*(order(state) for state in END_STATES), order("open", delivered_s=np.nan)]
    counts = measure(orders=table("orders", *rows))["orders"]
    assert sum(counts[state] for state in END_STATES) == counts["placed"] == 8
    assert counts["open"] == 2
    assert counts["delivered"] == 3


def test_durations_are_over_delivered_and_collected_orders():
    rows = [order(door=60.0 * k, ready=10.0) for k in range(1, 6)]
    measured = measure(orders=table("orders", *rows, order("unclaimed", ready=10.0), order("refused")))
    door = measured["click_to_door_s"]
    assert door["mean"] == pytest.approx((60 + 120 + 180 + 240 + 300 + 600) / 6)
    assert (door["p50"], door["max"]) == (210.0, 600.0)
    assert measured["ready_to_door_s"]["max"] == 590.0
    assert measured["click_to_collect_s"]["max"] == 420.0


def test_stage_means_add_up_to_click_to_collect():
    rng = np.random.default_rng(3)
    times = np.rint(np.sort(rng.uniform(36000.0, 40000.0, (200, len(MILESTONES))), axis=1) * 1000) / 1000
    rows = [order(**dict(zip(MILESTONES, line, strict=True))) for line in times]
    orders = table("orders", *rows, order("unclaimed"), order("lost"))
    measured = measure(orders=orders, waits=waits(*rows))
    assert tuple(measured["stages_s"]) == STAGES
    total = math.fsum(stage["mean"] for stage in measured["stages_s"].values())
    assert total == pytest.approx(measured["click_to_collect_s"]["mean"], rel=1e-14)


def test_a_drone_assigned_ahead_of_the_kitchen_makes_no_negative_stage():
    early = order(assigned_s=100.0, prepared_s=200.0, ready_s=300.0, loading_s=310.0)
    stages = measure(orders=table("orders", early), waits=waits(early))["stages_s"]
    assert (stages["dispatch"]["mean"], stages["pad_wait"]["mean"]) == (0.0, 10.0)
    assert all(stage["mean"] >= 0.0 for stage in stages.values())


def test_a_wait_for_a_courier_is_no_part_of_the_couriers_way():
    one = order(prepared_s=100.0, ready_s=300.0)
    late = {"order": 0, "reason": "courier", "from_s": 120.0, "to_s": 180.0}
    stages = measure(orders=table("orders", one), waits=table("waits", late))["stages_s"]
    assert (stages["courier_wait"]["mean"], stages["courier"]["mean"]) == (60.0, 140.0)


def test_waits_count_orders_that_nobody_delivered():
    made = [{"order": n, "reason": "airport_closed", "from_s": 10.0, "to_s": 10.0 + 60.0 * n} for n in (1, 2)]
    made += [{"order": 2, "reason": "check", "from_s": 500.0, "to_s": 505.0}]
    measured = measure(orders=table("orders", order(), order("cancelled"), order("open")), waits=table("waits", *made))
    assert measured["waits"]["airport_closed"] == {"orders": 2, "total_s": 180.0, "mean_s": 90.0}
    assert measured["waits"]["wind"] == {"orders": 0, "total_s": 0.0, "mean_s": None}
    assert "check" not in measured["waits"]


def test_refusals_are_counted_by_reason():
    refused = [order("refused", reason=reason) for reason in ("wind", "wind", "too_heavy")]
    measured = measure(orders=table("orders", order(), *refused))
    assert {reason: count for reason, count in measured["refusals"].items() if count} == {"wind": 2, "too_heavy": 1}


def test_a_box_elsewhere_counts_as_delivered_and_is_told_apart():
    orders = table("orders", order(airport="A2", placed_airport="A1"), order(airport="A1", placed_airport="A1"))
    counts = measure(orders=orders)["orders"]
    assert (counts["delivered"], counts["elsewhere"]) == (2, 1)


def test_utilization_runs_from_take_off_to_landing_at_home_within_opening_hours():
    legs = table(
        "legs",
        leg(0, sortie=0, span=(1000.0, 1200.0)),
        leg(1, sortie=0, span=(1300.0, 1600.0), kind="return"),
        leg(2, sortie=1, span=(7000.0, 7100.0), drone=1),
        leg(3, sortie=1, span=(7150.0, 7400.0), kind="return", drone=1),
        leg(4, sortie=2, span=(3000.0, 3100.0), kind="deadhead", distance_m=500.0),
    )
    fleet = measure(orders=table("orders", order(), order("unclaimed")), legs=legs)["fleet"]
    assert fleet["utilization"] == pytest.approx((600.0 + 200.0 + 100.0) / (2 * 7200.0))
    assert fleet["sorties"] == 2
    assert fleet["deadhead_share"] == pytest.approx(500.0 / 4500.0)
    assert fleet["orders_per_drone_hour"] == pytest.approx(2 / (2 * 2.0))


def test_sorties_that_never_left_are_no_sorties_and_open_ones_last_to_the_end():
    legs = table(
        "legs",
        leg(0, sortie=0, span=(np.nan, np.nan), outcome="open"),
        leg(1, sortie=1, span=(100.0, np.nan), outcome="open", arrived_s=np.nan),
        leg(2, sortie=-1, span=(50.0, 60.0), kind="deadhead"),
        leg(3, sortie=-1, span=(70.0, 90.0), kind="deadhead"),
        leg(4, sortie=4, span=(200.0, np.nan), outcome="lost", arrived_s=250.0),
    )
    start, end = sortie_intervals(legs, 9000.0)
    assert sorted(zip(start.tolist(), end.tolist(), strict=True)) == [
        (50.0, 60.0),
        (70.0, 90.0),
        (100.0, 9000.0),
        (200.0, 250.0),
    ]


def test_a_sortie_that_landed_away_and_did_not_leave_again_lasts_to_the_end():
    away, home = {"from": "T0", "to": "A0"}, {"from": "T0", "to": "T0"}
    legs = table(
        "legs",
        leg(0, sortie=0, span=(100.0, 200.0), **away),
        leg(1, sortie=1, span=(100.0, 200.0), **away),
        leg(2, sortie=1, span=(250.0, 350.0), kind="return"),
        leg(3, sortie=2, span=(100.0, 150.0), outcome="diverted", **away),
        leg(4, sortie=2, span=(150.0, 220.0), kind="divert", **home),
        leg(5, sortie=3, span=(100.0, 150.0), outcome="diverted", **away),
        leg(6, sortie=3, span=(150.0, 220.0), kind="divert", **away),
    )
    _, end = sortie_intervals(legs, 9000.0)
    assert end.tolist() == [9000.0, 350.0, 220.0, 9000.0]


def test_the_first_pack_in_a_drone_is_no_swap():
    packs = [held("pack", "network", span=(t, t + 10), unit=t, holder=d) for d, t in ((0, 0), (0, 20), (0, 40), (1, 0))]
    legs = table("legs", leg(0, sortie=0, span=(0.0, 60.0)), leg(1, sortie=0, span=(80.0, 90.0), kind="return"))
    energy = measure(orders=table("orders", order()), legs=legs, occupancy=table("occupancy", *packs))["energy"]
    assert energy == {"wh_per_order": 100.0, "swaps": 2, "total_wh": 100.0, "full_cycles": 0.25}


@pytest.mark.parametrize("swaps", [0, 1, 7])
def test_wear_is_paid_by_the_energy_drawn_however_often_packs_are_swapped(swaps):
    packs = [held("pack", "network", span=(t, t + 10), unit=t, holder=0) for t in range(0, 20 * (swaps + 1), 20)]
    facts = copy.deepcopy(FACTS)
    facts["prices"] |= {"pack_per_day": 0.0, "pack_cycle": 8.0}
    legs = table("legs", *(leg(n, sortie=n, span=(60.0 * n, 60.0 * n + 30.0), energy_wh=60.0) for n in range(5)))
    kpis = measure(facts=facts, orders=table("orders", order()), legs=legs, occupancy=table("occupancy", *packs))
    assert (kpis["energy"]["swaps"], kpis["energy"]["full_cycles"]) == (swaps, 300.0 / 400.0)
    assert kpis["cost"]["items"]["packs"] == 6.0


def test_clearance_wait_leaves_loading_out_and_is_never_negative():
    legs = table(
        "legs",
        leg(0, sortie=0, span=(140.0, 300.0), requested_s=100.0),
        leg(1, sortie=0, span=(320.0, 400.0), requested_s=318.0, kind="return"),
        leg(2, sortie=1, span=(520.0, 600.0), requested_s=500.0),
        leg(3, sortie=2, span=(np.nan, np.nan), requested_s=500.0),
    )
    wait = measure(legs=legs)["airspace"]["clearance_wait_s"]
    assert wait["mean"] == pytest.approx((10.0 + 2.0 + 0.0) / 3)


def test_separation_is_none_unless_it_was_counted():
    given = {"losses_of_separation": 0, "min_separation_m": 31.5}
    assert measure()["airspace"]["min_separation_m"] is None
    assert measure(facts=FACTS | {"separation": given})["airspace"] == measure()["airspace"] | given


def test_a_box_freed_and_taken_in_one_instant_is_held_once():
    assert peak_held(np.array([0.0, 10.0, 5.0]), np.array([10.0, 20.0, 5.0])) == 1
    assert peak_held(np.array([0.0, 9.0]), np.array([10.0, 20.0])) == 2
    assert peak_held(np.array([]), np.array([])) == 0


def test_cabinet_peak_is_by_airport_and_none_without_boxes():
    boxes = [held("box", "A1", span=(k, 100.0), unit=k, holder=k) for k in range(3)]
    cabinets = measure(occupancy=table("occupancy", *boxes, held("box", "A1", span=(200.0, np.nan))))["cabinets"]
    assert cabinets == {"peak_occupancy": 0.75, "peak_by_airport": {"A1": 0.75, "A2": None}}


def test_resource_use_is_over_capacity_and_opening_hours():
    rows = [held("pad", "T1", span=(0.0, 720.0)), held("pad", "T1", span=(7100.0, 8000.0), unit=1)]
    resources = measure(occupancy=table("occupancy", *rows, held("pilot", "network", span=(9000.0, np.nan))))[
        "resources"
    ]
    assert resources["pad"]["T1"] == pytest.approx(820.0 / 14400.0)
    assert resources["pilot"]["network"] == 0.0
    assert resources["box"] == {"A1": 0.0, "A2": None}


def costs_of(**prices):
    """What a day costs that swaps twice, has two rides, uses 1.5 kWh of packs of 0.4 kWh, and delivers two orders."""
    packs = [held("pack", "network", span=(t, t + 10.0), holder=0) for t in (0.0, 20.0, 40.0)]
    facts = copy.deepcopy(FACTS)
    facts["prices"] |= prices
    rides = [held("rider", "T1", span=(t, t + 10.0), holder=0) for t in (0.0, 20.0)]
    return measure(
        facts=facts,
        orders=table("orders", order(), order("unclaimed"), order("lost")),
        legs=table("legs", leg(0, sortie=0, span=(0.0, 60.0), energy_wh=1500.0)),
        occupancy=table("occupancy", *packs, *rides),
    )["cost"]


def test_cost_adds_every_item_and_divides_by_delivered_orders():
    things = {"drones": 30.0, "sites": 3.0, "pads": 3.0 + 5.0, "boxes": 1.0, "chargers": 1.5, "packs": 1.0 + 0.5 * 3.75}
    crews = {"couriers": 24.0, "loaders": 8.0, "unloaders": 3.0, "pilots": 14.0}
    cost = costs_of()
    assert cost["items"] == {**things, **crews, "energy": 3.0, "riders": 13.0}
    assert cost == {"per_order": 55.6875, "total": 111.375, "currency": "CNY", "items": cost["items"]}


AMOUNTS = {
    "drone_per_day": ("drones", 3),
    "pack_per_day": ("packs", 5),
    "pack_cycle": ("packs", 3.75),
    "charger_per_day": ("chargers", 3),
    "energy_per_kwh": ("energy", 1.5),
    "courier_per_hour": ("couriers", 4 * 2),
    "loader_per_hour": ("loaders", 2 * 2),
    "unloader_per_hour": ("unloaders", 3 * 2),
    "pilot_per_hour": ("pilots", 1 * 2),
    "takeoff_pad_per_day": ("pads", 2),
    "airport_pad_per_day": ("pads", 2),
    "box_per_day": ("boxes", 4),
    "site_per_day": ("sites", 3),
    "rider_per_order": ("riders", 2),
}
"""The item that each price belongs to, and how much of it the day has."""


@pytest.mark.parametrize("price", [name for name in FACTS["prices"] if name != "currency"])
def test_a_price_moves_its_item_by_its_amount_and_no_other(price):
    item, amount = AMOUNTS[price]
    before, after = costs_of(), costs_of(**{price: FACTS["prices"][price] + 1.0})
    moved = {name: after["items"][name] - before["items"][name] for name in before["items"]}
    assert moved == pytest.approx({**dict.fromkeys(moved, 0.0), item: amount})
    assert after["total"] - before["total"] == pytest.approx(amount)


def test_codes_are_counted_by_verdict():
    scans = [{"verdict": verdict} for verdict in ("accepted", "accepted", "wrong", "expired")]
    codes = measure(scans=table("scans", *scans))["codes"]
    assert codes == {"accepted": 2, "refused": {"wrong": 1, "reused": 0, "expired": 1, "foreign": 0}}
    assert set(codes["refused"]) | {"accepted"} == set(VERDICTS)


def test_a_day_without_rows_has_no_numbers_but_counts():
    measured = measure()
    assert measured["service"]["share"] is None
    assert measured["click_to_door_s"] == dict.fromkeys(("mean", "p50", "p90", "p95", "p99", "max"))
    assert measured["fleet"]["utilization"] == 0.0
    assert measured["fleet"]["deadhead_share"] is None
    assert measured["cost"]["per_order"] is None


def test_key_figures_are_plain_json_with_the_promised_keys():
    orders = table("orders", order(), order("refused", reason="too_heavy"))
    measured = measure(orders=orders, legs=table("legs", leg(0, sortie=0, span=(0.0, 60.0))))
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured
    promised = "schema_version service orders click_to_door_s ready_to_door_s click_to_collect_s stages_s fleet"
    assert set(f"{promised} waits refusals energy airspace cabinets cost resources codes".split()) == set(measured)
    shares = "clock radius_m limit_s target orders on_time share share_ready_clock ceiling coverage"
    assert set(f"{shares} eligible_share network_share ceiling_ready_clock".split()) <= set(measured["service"])


def test_measuring_changes_no_table():
    orders = table("orders", order(), order("lost"))
    before = copy.deepcopy(orders)
    for column in orders.values():
        column.flags.writeable = False
    measure(orders=orders)
    for column, values in before.items():
        np.testing.assert_array_equal(orders[column], values)

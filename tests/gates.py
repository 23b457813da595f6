"""Checks that any day of any network must pass.

Each gate takes the inputs and the outcome of a day and raises AssertionError with what is wrong; none of
them uses model code. Times are compared in milliseconds, so that no rounding hides a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.record.incidents import INCIDENTS
from dronesim.record.tables import END_STATES, MILESTONES, REFUSALS, SCHEMAS, VERDICTS
from dronesim.record.waits import REASON_NAMES
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs

Gate = Callable[[SimulationInputs, Outcome], None]
Row = dict[str, Any]

REASONS = {
    "refused": {*REFUSALS, "policy"},
    "cancelled": {"patience"},
    "ground": {"diverted", "airport_closed", "rider"},
    "lost": {"drone_failure"},
}
CHAIN = tuple(name for name in MILESTONES if name != "assigned_s")


def ms(seconds: Any) -> NDArray[np.int64]:
    """Seconds as whole milliseconds; NaN becomes -1."""
    values = np.asarray(seconds, dtype=np.float64)
    return np.where(np.isnan(values), -1, np.rint(values * 1000)).astype(np.int64)


def rows(table: dict[str, NDArray[Any]]) -> Iterator[Row]:
    names = list(table)
    lists = [ms(table[name]).tolist() if name.endswith("_s") else table[name].tolist() for name in names]
    for values in zip(*lists, strict=True):
        yield dict(zip(names, values, strict=True))


def tables_have_their_columns(_inputs: SimulationInputs, outcome: Outcome) -> None:
    for name, table in outcome.tables.items():
        assert set(table) == set(SCHEMAS[name]), name
        assert len({len(column) for column in table.values()}) == 1, name


def every_order_ends_once(inputs: SimulationInputs, outcome: Outcome) -> None:
    orders = outcome.tables["orders"]
    assert list(orders["order"]) == list(range(len(inputs.orders)))
    assert tuple(orders["order_id"]) == inputs.orders.order_id
    for row in rows(orders):
        state, where = row["end_state"], f"order {row['order']}: {row}"
        assert state in END_STATES, where
        assert (row["ended_s"] == -1) == (state == "open"), where
        assert row["reason"] in REASONS.get(state, {None}), where
        _has_what_its_end_needs(row, where)


def _has_what_its_end_needs(row: Row, where: str) -> None:
    state = row["end_state"]
    assert (row["collected_s"] != -1) == (state == "collected"), where
    if state == "collected":
        assert row["ended_s"] == row["collected_s"], where
    if state in {"collected", "unclaimed"}:
        assert row["delivered_s"] != -1, where
        assert row["box"] >= 0, where
    if state in {"refused", "cancelled"}:
        assert row["loaded_s"] == row["departed_s"] == row["delivered_s"] == -1, where
    if row["reason"] == "airport_closed" and state == "ground":
        assert row["assigned_s"] == row["loaded_s"] == -1, where
        assert row["ready_s"] != -1, where
    elif row["reason"] == "rider":
        assert row["assigned_s"] == row["loaded_s"] == -1, where
    elif state in {"ground", "lost"}:
        assert row["departed_s"] != -1, where
        assert row["delivered_s"] == -1, where
    if state == "refused":
        assert row["assigned_s"] == row["ready_s"] == row["drone"] == -1, where


def drawn_columns_arrive_unchanged(inputs: SimulationInputs, outcome: Outcome) -> None:
    columns = inputs.orders
    for row in rows(outcome.tables["orders"]):
        order, where = row["order"], f"order {row['order']}: {row}"
        placed_ms = np.ceil(columns.placed_s[order] * 1000 - 1e-6)
        assert row["placed_s"] == placed_ms, where
        if row["prepared_s"] != -1:
            kitchen_ms = np.ceil(columns.preparation_s[order] * 1000 - 1e-6)
            for surge in _surges(inputs, order, placed_ms):
                kitchen_ms = np.ceil(kitchen_ms * surge.value("factor") - 1e-3)
            assert row["prepared_s"] == placed_ms + kitchen_ms, where
        if row["collected_s"] != -1 and columns.bad_scan[order] == 0:
            dwell_ms = np.ceil(columns.collection_s[order] * 1000 - 1e-6)
            comes_ms = row["delivered_s"] + dwell_ms
            assert row["collected_s"] == comes_ms or row["collected_s"] in _jams_end_ms(inputs, row, comes_ms), where


def _surges(inputs: SimulationInputs, order: int, placed_ms: float) -> list[ScriptedEvent]:
    """List the surges of kitchens in which an order is placed."""
    return [
        surge
        for surge in inputs.events
        if surge.kind == "kitchen_surge"
        and surge.merchant in ("", inputs.orders.merchant[order])
        and surge.at_s * 1000 <= placed_ms < (surge.at_s + surge.duration_s) * 1000
    ]


def _jams_end_ms(inputs: SimulationInputs, row: dict[str, Any], comes_ms: float) -> list[float]:
    """List when jams of an order's cabinet end after its customer came first."""
    ids = inputs.places.ids[inputs.places.takeoff_points :]
    jams = [jam for jam in inputs.events if jam.kind == "cabinet_jammed" and ids[jam.airport] == row["airport"]]
    ends_ms = [np.ceil(jam.at_s * 1000 - 1e-6) + np.ceil(jam.duration_s * 1000 - 1e-6) for jam in jams]
    return [end_ms for end_ms in ends_ms if end_ms > comes_ms]


def milestones_follow_each_other(inputs: SimulationInputs, outcome: Outcome) -> None:
    is_never_ahead = inputs.rules.dispatch.assign_ahead_s == 0 and inputs.policy_name != "hasty"
    for row in rows(outcome.tables["orders"]):
        where = f"order {row['order']}: {row}"
        reached = [row[name] for name in CHAIN]
        present = [time_ms for time_ms in reached if time_ms != -1]
        assert present == sorted(present), where
        assert reached[: len(present)] == present, f"a milestone was skipped, {where}"
        if row["assigned_s"] != -1:
            assert row["placed_s"] <= row["assigned_s"], where
            assert not is_never_ahead or row["ready_s"] <= row["assigned_s"], where
        if row["loading_s"] != -1:
            assert row["placed_s"] <= row["assigned_s"] <= row["loading_s"], where


def no_resource_is_overbooked(_inputs: SimulationInputs, outcome: Outcome) -> None:
    """Never more holders than there are units, and no unit held twice at one time."""
    by_place: dict[tuple[str, str], list[Row]] = {}
    for row in rows(outcome.tables["occupancy"]):
        by_place.setdefault((row["resource"], row["site"]), []).append(row)
    for (resource, site), held in by_place.items():
        capacity = outcome.facts["capacity"][resource][site]
        steps = sorted(
            [(row["from_s"], 1) for row in held if row["to_s"] > row["from_s"]]
            + [(row["to_s"], -1) for row in held if row["to_s"] > row["from_s"]]
        )
        peak = int(np.cumsum([step for _, step in steps]).max(initial=0))
        assert peak <= capacity, f"{resource} at {site}: {peak} held of {capacity}"
        assert {row["unit"] for row in held} <= set(range(capacity)), f"{resource} at {site}"
        _no_unit_is_held_twice(held)


def _no_unit_is_held_twice(held: list[Row]) -> None:
    last: dict[int, Row] = {}
    for row in sorted(held, key=lambda row: (row["from_s"], row["to_s"])):
        assert row["from_s"] <= row["to_s"], row
        before = last.get(row["unit"])
        assert before is None or before["to_s"] <= row["from_s"], f"held twice: {before} and {row}"
        last[row["unit"]] = row


def _legs_by_drone(outcome: Outcome) -> dict[int, list[Row]]:
    flown: dict[int, list[Row]] = {}
    for row in rows(outcome.tables["legs"]):
        flown.setdefault(row["drone"], []).append(row)
    return {drone: sorted(legs, key=lambda leg: leg["departed_s"]) for drone, legs in flown.items()}


def no_drone_is_in_two_places(inputs: SimulationInputs, outcome: Outcome) -> None:
    """A drone flies one leg at a time, and from where the last one ended."""
    fleet = inputs.rules.fleet.drones
    homes = [site for site, count in zip(inputs.places.ids, fleet, strict=False) for _ in range(count)]
    for drone, legs in _legs_by_drone(outcome).items():
        if drone < len(homes):
            assert legs[0]["from"] == homes[drone], legs[0]
        for leg, after in pairwise(legs):
            _is_one_way(leg, after)


def _is_one_way(leg: Row, after: Row) -> None:
    where = f"{leg}, then {after}"
    assert leg["outcome"] in {"landed", "diverted", "down"}, where
    if leg["outcome"] == "landed":
        assert leg["landed_s"] <= after["departed_s"], where
        assert leg["to"] == after["from"], where
    if leg["outcome"] == "diverted":
        assert (after["kind"], after["sortie"]) == ("divert", leg["sortie"]), where
    if leg["outcome"] == "down":
        assert after["kind"] in {"outbound", "deadhead"}, where


def every_drone_comes_home(inputs: SimulationInputs, outcome: Outcome) -> None:
    """After an outbound leg follows the way home of the same sortie, and the next sortie after turnaround."""
    rules, homes = inputs.rules, inputs.places.ids[: inputs.places.takeoff_points]
    swap_ms = ms(rules.batteries.swap_s) if rules.batteries.mode == "swap" else 0
    unload_ms = ms(rules.airports.unload_s)
    closed_ms = ms(outcome.facts["horizon"]["closed_s"])
    for legs in _legs_by_drone(outcome).values():
        for leg, after in zip(legs, [*legs[1:], None], strict=True):
            is_bound_out = leg["kind"] in {"outbound", "divert"} and leg["to"] not in homes
            if leg["outcome"] != "landed":
                continue
            if is_bound_out:
                assert after is not None or leg["landed_s"] + unload_ms >= closed_ms, f"stays away: {leg}"
            if is_bound_out and after is not None:
                where = f"{leg}, then {after}"
                assert (after["kind"], after["sortie"]) == ("return", leg["sortie"]), where
                assert after["to"] in homes, where
                assert after["requested_s"] >= leg["landed_s"] + unload_ms, where
                assert after["departed_s"] >= after["requested_s"], where
            if leg["kind"] == "return" and after is not None:
                assert after["kind"] in {"outbound", "deadhead"}, f"{leg}, then {after}"
                is_turned = (after["pack"], after["charge_start"]) != (leg["pack"], leg["charge_end"])
                is_due = leg["charge_end"] < min(rules.batteries.turnaround_below, rules.batteries.charge_to)
                assert is_turned or not is_due or rules.dispatch.may_keep_packs
                assert not is_turned or after["charge_start"] == rules.batteries.charge_to, f"{leg}, then {after}"
                assert after["requested_s"] >= leg["landed_s"] + is_turned * swap_ms, f"{leg}, then {after}"


def legs_belong_to_orders(_inputs: SimulationInputs, outcome: Outcome) -> None:
    legs = list(rows(outcome.tables["legs"]))
    assert [leg["leg"] for leg in legs] == list(range(len(legs)))
    for row in rows(outcome.tables["orders"]):
        if row["departed_s"] == -1:
            assert row["outbound_leg"] == -1, row
            continue
        leg = legs[row["outbound_leg"]]
        assert (leg["kind"], leg["order"], leg["drone"]) == ("outbound", row["order"], row["drone"]), (row, leg)
        assert (leg["from"], leg["departed_s"]) == (row["takeoff_point"], row["departed_s"]), (row, leg)
        if row["landed_s"] != -1:
            assert (leg["to"], leg["landed_s"], leg["outcome"]) == (row["airport"], row["landed_s"], "landed")


def _full_wh(inputs: SimulationInputs) -> list[float]:
    """What each pack holds by its own wear."""
    law, packs, usable_wh = inputs.rules.batteries.ageing, inputs.packs, inputs.aircraft.drone_type.usable_wh
    if law is None or packs is None:
        fleet = inputs.rules.fleet
        return [usable_wh] * (sum(fleet.drones) + sum(fleet.spares) + sum(inputs.rules.batteries.packs))
    used = (packs.full_cycles / law.cycles_to_80) ** law.exponent
    return list((1 - 0.2 * used - law.calendar_per_day * packs.days) * usable_wh)


def energy_is_kept(inputs: SimulationInputs, outcome: Outcome) -> None:
    """No pack runs dry; a sortie that nothing disturbed lands with its reserve."""
    rules, full_wh = inputs.rules.batteries, _full_wh(inputs)
    disturbed = {leg["sortie"] for leg in rows(outcome.tables["legs"]) if leg["outcome"] != "landed"}
    held = {leg["sortie"] for leg in rows(outcome.tables["legs"]) if leg["hold_s"] > 0}
    for leg in rows(outcome.tables["legs"]):
        used = leg["charge_start"] - leg["charge_end"]
        assert abs(used * full_wh[leg["pack"]] - leg["energy_wh"]) < 1e-6, leg
        assert used > 0 or leg["outcome"] in {"open", "diverted", "lost", "down"}, leg
        assert -1e-9 <= leg["charge_end"] <= leg["charge_start"] <= rules.charge_to + 1e-9, leg
        if leg["sortie"] not in disturbed:
            assert leg["charge_end"] >= rules.reserve - 1e-9, leg
            hold_allowed = leg["hold_s"] <= ms(rules.hold_allowance_s) if leg["sortie"] in held else True
            assert hold_allowed, leg


def a_pack_keeps_its_charge(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Within a sortie a leg starts with what the last one left; only a charger gives energy back."""
    charged: dict[int, list[Row]] = {}
    last_ms: dict[str, int] = {}
    for row in rows(outcome.tables["occupancy"]):
        if row["resource"] == "charger":
            charged.setdefault(row["holder"], []).append(row)
            last_ms[row["site"]] = max(last_ms.get(row["site"], 0), row["to_s"])
    for legs in _legs_by_drone(outcome).values():
        for leg, after in pairwise(legs):
            if leg["sortie"] == after["sortie"] or leg["kind"] == "deadhead":
                same_pack = (leg["pack"], leg["charge_end"]) == (after["pack"], after["charge_start"])
                is_turned = leg["sortie"] != after["sortie"] and (
                    _is_charged_between(charged, leg, after) or _stood_in_line(last_ms, leg, after)
                )
                assert same_pack or is_turned or leg["outcome"] == "down", f"{leg}, then {after}"


def _is_charged_between(charged: dict[int, list[Row]], leg: Row, after: Row) -> bool:
    """A pack that flies on was charged before; one that was swapped may be charged at any later time."""
    return any(
        row["from_s"] >= leg["landed_s"] and (leg["pack"] != after["pack"] or row["to_s"] <= after["departed_s"])
        for row in charged.get(leg["pack"], [])
    )


def _stood_in_line(last_ms: Mapping[str, int], leg: Row, after: Row) -> bool:
    """A pack that was swapped waits for ever where others charge until the end of the day."""
    return leg["pack"] != after["pack"] and last_ms.get(leg["to"], 0) > after["departed_s"]


def legs_take_as_long_as_their_length(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Straight lines between sites, flown in calm air: climb, hover, one trapezoid, hover, descent with a final hover.

    Every part speeds up from rest and comes to rest; each is rounded up to whole milliseconds.
    """
    kind = inputs.aircraft.drone_type
    assert kind.low_climb_m == kind.final_hover_m == 0, "worked out for climbs and descents at one speed"
    xy = dict(zip(inputs.places.ids, inputs.places.xy, strict=True))
    troubled = set(outcome.tables["incidents"]["leg"].tolist())
    for leg in rows(outcome.tables["legs"]):
        if leg["outcome"] != "landed" or leg["kind"] == "divert":
            continue
        east_m, north_m = xy[leg["to"]] - xy[leg["from"]]
        length_m = (east_m**2 + north_m**2) ** 0.5
        assert abs(leg["distance_m"] - length_m) < 1e-6, leg
        ramp_s = kind.cruise_mps / kind.acceleration_mps2
        cruise_s = length_m / kind.cruise_mps + ramp_s
        if length_m < kind.cruise_mps * ramp_s:
            cruise_s = 2 * (length_m / kind.acceleration_mps2) ** 0.5
        up_s = (leg["level_m"] / kind.climb_mps) + kind.climb_mps / kind.acceleration_mps2 + kind.transition_s
        there_s = up_s + cruise_s + leg["hold_s"] / 1000
        sink_s = leg["level_m"] / kind.descent_mps + kind.descent_mps / kind.acceleration_mps2
        down_s = kind.approach_s + sink_s + kind.alignment_s
        late_ms = leg["arrived_s"] - leg["departed_s"] - 1000 * there_s
        # whom trouble meets may brake on its way, and speed up once more
        assert -4 < late_ms < (1000 * ramp_s + 4 if leg["leg"] in troubled else 4), leg
        assert abs(leg["landed_s"] - leg["arrived_s"] - 1000 * down_s) < 3, leg


def boxes_are_freed(inputs: SimulationInputs, outcome: Outcome) -> None:
    """A box is held from booking until its order ends; only an open order holds one when the day closes."""
    closed_ms = ms(outcome.facts["horizon"]["closed_s"])
    orders = list(rows(outcome.tables["orders"]))
    last: dict[int, Row] = {}
    incidents = list(rows(outcome.tables["incidents"]))
    revoked = {row["order"] for row in incidents if row["kind"] == "booking_revoked"}
    # who fails on an empty leg gives back a box, and the policy may send the order elsewhere with the next drone
    failed_s = {row["time_s"] for row in incidents if row["kind"] == "drone_fails" and row["order"] == -1}
    for row in rows(outcome.tables["occupancy"]):
        if row["resource"] == "box":
            order = orders[row["holder"]]
            # whose airport closed may have been booked for another one before
            is_other = order["order"] in revoked or (inputs.rules.dispatch.extra_walk_m and row["to_s"] in failed_s)
            assert row["site"] == order["airport"] or is_other, (row, order)
            limit_ms = closed_ms if order["ended_s"] == -1 else order["ended_s"]
            assert row["to_s"] <= limit_ms, f"held after the end: {row}, {order}"
            last[row["holder"]] = max(row, last.get(row["holder"], row), key=lambda held: held["to_s"])
    for order in orders:
        if order["delivered_s"] != -1:
            row = last[order["order"]]
            assert row["site"] == order["airport"], (row, order)
            assert row["from_s"] == order["assigned_s"], (row, order)
            assert row["unit"] == order["box"], (row, order)
            assert row["to_s"] == (closed_ms if order["ended_s"] == -1 else order["ended_s"]), (row, order)


def couriers_walk_once(inputs: SimulationInputs, outcome: Outcome) -> None:
    """One trip an order, from the take-off point until its parcel is boxed, as long as walk and hands need."""
    rules, orders = inputs.rules.couriers, list(rows(outcome.tables["orders"]))
    trips = [row for row in rows(outcome.tables["occupancy"]) if row["resource"] == "courier"]
    assert len({row["holder"] for row in trips}) == len(trips)
    for trip in trips:
        order = orders[trip["holder"]]
        walk_s = 2 * inputs.orders.walk_m[trip["holder"]] / rules.walk_mps
        least_ms = 1000 * (walk_s + rules.handling_s + rules.boxing_s) - 1e-3
        assert trip["site"] == order["takeoff_point"], (trip, order)
        assert trip["from_s"] >= order["placed_s"], (trip, order)
        if _does_without(inputs, order):
            _turns_back(inputs, order, trip, closed_ms=int(ms(outcome.facts["horizon"]["closed_s"])))
            continue
        assert trip["to_s"] - trip["from_s"] >= least_ms, (trip, order)
        assert order["ready_s"] in {-1, trip["to_s"]}, (trip, order)
    assert {row["order"] for row in orders if row["ready_s"] != -1} <= {row["holder"] for row in trips}


def _does_without(inputs: SimulationInputs, order: Row) -> bool:
    """Tell whether an order needs no courier any more: it was refused, or a rider fetches it."""
    is_free = order["end_state"] == "refused" or (order["ready_s"] == -1 and order["end_state"] in {"ground", "open"})
    return is_free and inputs.rules.dispatch.may_refuse


def _is_handed_over(inputs: SimulationInputs, order: Row) -> bool:
    return _does_without(inputs, order) and order["end_state"] != "refused"


def _turns_back(inputs: SimulationInputs, order: Row, trip: Row, *, closed_ms: int) -> None:
    """Back after no longer than it was out, and than it walks."""
    if order["end_state"] != "refused":
        return
    walk_ms = np.ceil(1000 * inputs.orders.walk_m[trip["holder"]] / inputs.rules.couriers.walk_mps)
    out_ms = order["ended_s"] - trip["from_s"]
    assert out_ms >= 0, (trip, order)
    assert abs(trip["to_s"] - min(order["ended_s"] + min(out_ms, walk_ms), closed_ms)) <= 1, (trip, order)
    picked_ms = max(order["prepared_s"], trip["from_s"] + walk_ms) + ms(inputs.rules.couriers.handling_s)
    assert order["ended_s"] < picked_ms or order["prepared_s"] == -1, (trip, order)


def codes_open_boxes_once(_inputs: SimulationInputs, outcome: Outcome) -> None:
    orders = list(rows(outcome.tables["orders"]))
    accepted = [row for row in rows(outcome.tables["scans"]) if row["verdict"] == "accepted"]
    collected = {row["order"] for row in orders if row["end_state"] == "collected"}
    assert {row["order"] for row in accepted} == collected
    assert len(accepted) == len(collected)
    for row in rows(outcome.tables["scans"]):
        order = orders[row["order"]]
        assert row["verdict"] in VERDICTS, row
        assert row["time_s"] >= order["delivered_s"] != -1, (row, order)
        if row["verdict"] == "accepted":
            found = (row["airport"], row["box"], row["time_s"])
            assert found == (order["airport"], order["box"], order["collected_s"]), (row, order)
        assert (row["code_order"] == -1) == (row["verdict"] == "wrong"), row


def scans_are_judged_by_whose_code_it_was(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Elsewhere it is foreign, after it has opened its box reused, after the hold limit expired, in this order."""
    orders, opened = list(rows(outcome.tables["orders"])), set[int]()
    for row in rows(outcome.tables["scans"]):
        if (number := row["code_order"]) == -1:
            continue
        owner, due = orders[number], "accepted"
        if row["airport"] != owner["airport"]:
            due = "foreign"
        elif number in opened:
            due = "reused"
        elif row["time_s"] > owner["delivered_s"] + ms(inputs.rules.airports.hold_limit_s):
            due = "expired"
        assert row["verdict"] == due, (row, owner)
        assert row["order"] == number or due == "reused", f"the code of somebody else, not used yet: {row}"
        if due == "accepted":
            opened.add(number)


def one_pack_flies_in_one_drone(_inputs: SimulationInputs, outcome: Outcome) -> None:
    """A leg's pack is in its drone all the time of the leg."""
    fitted: dict[tuple[int, int], list[Row]] = {}
    for row in rows(outcome.tables["occupancy"]):
        if row["resource"] == "pack":
            fitted.setdefault((row["unit"], row["holder"]), []).append(row)
    for leg in rows(outcome.tables["legs"]):
        stays = fitted.get((leg["pack"], leg["drone"]), [])
        end_ms = max(leg["landed_s"], leg["departed_s"])
        assert any(row["from_s"] <= leg["departed_s"] and end_ms <= row["to_s"] for row in stays) or (
            leg["outcome"] == "open" and any(row["from_s"] <= leg["departed_s"] for row in stays)
        ), f"{leg} without its pack: {stays}"


Held = dict[tuple[str, str, int], list[Row]]


def flights_hold_what_they_need(inputs: SimulationInputs, outcome: Outcome) -> None:
    """A loader while loading, an unloader while unloading, a pilot while aloft, pads at both ends."""
    held: Held = {}
    for row in rows(outcome.tables["occupancy"]):
        held.setdefault((row["resource"], row["site"], row["holder"]), []).append(row)
    _legs_hold(held, inputs, outcome)
    for order in rows(outcome.tables["orders"]):
        if order["loaded_s"] != -1:
            span = (order["takeoff_point"], order["drone"], order["loading_s"], order["loaded_s"])
            _assert_held(held, "loader", *span)
            _assert_held(held, "pad", *span)
        if order["delivered_s"] != -1:
            span = (order["airport"], order["drone"], order["landed_s"], order["delivered_s"])
            _assert_held(held, "pad", *span)
            # where unloading scatters a drone may wait on its pad first
            waits_ms = 0
            if inputs.handling.unload_s is not None:
                needed_s = max(float(inputs.handling.unload_s[order["order"]]), inputs.rules.airports.unload_s)
                waits_ms = max(span[3] - span[2] - ms(needed_s), 0)
            _assert_held(held, "unloader", span[0], span[1], span[2] + waits_ms, span[3])


def _legs_hold(held: Held, inputs: SimulationInputs, outcome: Outcome) -> None:
    """Without a time to clear it a drone is on the pad at home for no time at all."""
    homes = () if inputs.rules.takeoff_points.clear_s else inputs.places.ids[: inputs.places.takeoff_points]
    closed_ms = ms(outcome.facts["horizon"]["closed_s"])
    for leg in rows(outcome.tables["legs"]):
        if leg["outcome"] == "landed":
            _assert_held(held, "pilot", "network", leg["drone"], leg["departed_s"], leg["landed_s"])
            if leg["to"] not in homes:
                _assert_held(held, "pad", leg["to"], leg["drone"], leg["landed_s"], min(leg["landed_s"] + 1, closed_ms))


def _assert_held(held: Held, resource: str, site: str, drone: int, from_ms: int, to_ms: int) -> None:
    """Held all the time; one booking may follow another without a gap."""
    reached = from_ms
    for row in sorted(held.get((resource, site, drone), []), key=lambda row: row["from_s"]):
        if row["from_s"] <= reached:
            reached = max(reached, row["to_s"])
    where = f"drone {drone}: {resource} of {site} from {from_ms} until {to_ms}"
    assert reached >= to_ms, f"{where}, but held until {reached}"


def nothing_outlasts_the_day(_inputs: SimulationInputs, outcome: Outcome) -> None:
    closed_ms = ms(outcome.facts["horizon"]["closed_s"])
    for name in ("orders", "legs", "occupancy", "waits", "incidents", "scans"):
        for column, values in outcome.tables[name].items():
            if column.endswith("_s") and not column.startswith("ceiling"):
                late = np.flatnonzero(ms(values) > closed_ms)
                assert not len(late), f"{name}.{column} after the day closed at {closed_ms}: rows {late[:5]}"


def incidents_are_told_in_known_words(_inputs: SimulationInputs, outcome: Outcome) -> None:
    for row in rows(outcome.tables["incidents"]):
        assert INCIDENTS[row["kind"]].has(row["action"]), row


def incidents_name_what_they_befell(_inputs: SimulationInputs, outcome: Outcome) -> None:
    """The leg of an incident is one of its drone, and on the way out one with its order."""
    legs = list(rows(outcome.tables["legs"]))
    for row in rows(outcome.tables["incidents"]):
        if row["leg"] == -1:
            continue
        leg, where = legs[row["leg"]], f"{row} and {legs[row['leg']]}"
        assert leg["drone"] == row["drone"], where
        assert row["order"] in {leg["order"], -1} or leg["kind"] == "return", where


WAITS_ON_THE_GROUND = set(REASON_NAMES) - {"courier", "check"}


def waits_fill_the_time_on_the_ground(inputs: SimulationInputs, outcome: Outcome) -> None:
    """From ready to loading, or the end, and from loaded to departed: no gap, no overlap, no reason twice in a row."""
    spans = _waits_of(outcome)
    closed_ms = int(ms(outcome.facts["horizon"]["closed_s"]))
    for order in rows(outcome.tables["orders"]):
        found, where = spans.get(order["order"], []), f"{order}: {spans.get(order['order'])}"
        ground = [row for row in found if row["reason"] in WAITS_ON_THE_GROUND]
        _assert_filled(ground, order["ready_s"], _waited_until(inputs, order, closed_ms), where)
        checks = [row for row in found if row["reason"] == "check"]
        departed_ms = closed_ms if order["departed_s"] == -1 else order["departed_s"]
        _assert_filled(checks, order["loaded_s"], departed_ms, where)


def _waits_of(outcome: Outcome) -> dict[int, list[Row]]:
    spans: dict[int, list[Row]] = {}
    for row in rows(outcome.tables["waits"]):
        assert row["from_s"] < row["to_s"], row
        spans.setdefault(row["order"], []).append(row)
    assert list(spans) == sorted(spans)
    for found in spans.values():
        assert found == sorted(found, key=lambda row: row["from_s"]), found
    return spans


def _assert_filled(found: list[Row], from_ms: int, to_ms: int, where: str) -> None:
    if from_ms in (-1, to_ms):
        assert not found, where
        return
    assert found, where
    assert (found[0]["from_s"], found[-1]["to_s"]) == (from_ms, to_ms), where
    for one, other in pairwise(found):
        assert one["to_s"] == other["from_s"], where
        assert one["reason"] != other["reason"], where


def _waited_until(inputs: SimulationInputs, order: Row, closed_ms: int) -> int:
    """When loading began, or the order ended, or was taken to the road; at the close if none of it came."""
    if order["loading_s"] != -1:
        return int(order["loading_s"])
    ended_ms = closed_ms if order["ended_s"] == -1 else order["ended_s"]
    if order["reason"] != "airport_closed" or order["end_state"] != "ground":
        return int(ended_ms)
    rules, places = inputs.rules.couriers, inputs.places
    here, there = (places.xy[places.ids.index(order[name])] for name in ("takeoff_point", "airport"))
    road_s = rules.road_detour * float(np.hypot(*(there - here))) / rules.road_mps
    return int(ended_ms - np.ceil(1000 * road_s - 1e-6))


def waits_for_couriers_are_those_of_who_came_late(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Later than the meal was prepared, and later than a courier who was sent in time would have been there."""
    spans, orders = _waits_of(outcome), list(rows(outcome.tables["orders"]))
    waited = {
        number: (row["from_s"], row["to_s"])
        for number, found in spans.items()
        for row in found
        if row["reason"] == "courier" and not _is_handed_over(inputs, orders[number])
    }
    left_ms = {
        row["holder"]: row["from_s"] for row in rows(outcome.tables["occupancy"]) if row["resource"] == "courier"
    }
    closed_ms, late = int(ms(outcome.facts["horizon"]["closed_s"])), {}
    for number, order in enumerate(orders):
        is_refused = order["end_state"] == "refused" and order["reason"] != "policy"
        if is_refused or _is_handed_over(inputs, order):
            continue
        walk_s = inputs.orders.walk_m[number] / inputs.rules.couriers.walk_mps
        walk_ms, planned_ms, preparation_ms = (
            int(np.ceil(1000 * s - 1e-6))
            for s in (walk_s, inputs.orders.planned_preparation_s[number], inputs.orders.preparation_s[number])
        )
        due_ms = order["placed_s"] + max(preparation_ms, planned_ms, walk_ms)
        # nobody comes to who gives up before a courier leaves
        came_ms = left_ms[number] + walk_ms if number in left_ms else closed_ms
        over_ms = min(came_ms, closed_ms, closed_ms if order["ended_s"] == -1 else order["ended_s"])
        if over_ms > due_ms:
            late[number] = due_ms, over_ms
    assert waited == late


GATES: tuple[Gate, ...] = (
    tables_have_their_columns,
    every_order_ends_once,
    drawn_columns_arrive_unchanged,
    milestones_follow_each_other,
    no_resource_is_overbooked,
    no_drone_is_in_two_places,
    every_drone_comes_home,
    legs_belong_to_orders,
    energy_is_kept,
    a_pack_keeps_its_charge,
    legs_take_as_long_as_their_length,
    boxes_are_freed,
    couriers_walk_once,
    codes_open_boxes_once,
    scans_are_judged_by_whose_code_it_was,
    one_pack_flies_in_one_drone,
    flights_hold_what_they_need,
    nothing_outlasts_the_day,
    incidents_are_told_in_known_words,
    incidents_name_what_they_befell,
    waits_fill_the_time_on_the_ground,
    waits_for_couriers_are_those_of_who_came_late,
)


def check_day(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Pass a day through all gates."""
    for gate in GATES:
        gate(inputs, outcome)

"""What the table of waits says on random days: it adds up, and its reasons are those that somebody saw who watched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import assume, given

import gates
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.dispatch.decisions import Assign, Hold
from dronesim.metrics import kpis
from dronesim.record.waits import REASON_NAMES
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.zones import SiteClosure
from exploring import examples
from lab import OPEN_S, lab_inputs, lazy_until
from worlds import INTERVAL_S, days

SETTINGS = examples(100)
QUEUE = ("drone", "pack", "airport_closed", "cabinet", "wind", "zone", "policy", "batch")


@SETTINGS
@given(days())
def test_stages_add_up_to_click_to_collect_and_waits_to_their_table(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    found, table = kpis(outcome.tables, outcome.facts), outcome.tables["waits"]
    if (mean_s := found["click_to_collect_s"]["mean"]) is not None:
        assert math.fsum(stage["mean"] for stage in found["stages_s"].values()) == pytest.approx(mean_s, abs=1e-6)
        assert all(stage["mean"] >= 0.0 for stage in found["stages_s"].values())
    for reason, told in found["waits"].items():
        rows = table["reason"] == reason
        assert told["orders"] == len(set(table["order"][rows].tolist()))
        assert told["total_s"] == pytest.approx((table["to_s"] - table["from_s"])[rows].sum(), abs=1e-6)


# somebody who watches the decisions


@dataclass(frozen=True)
class Epoch:
    """What a decision epoch left of its pool: free drones, and what each order in the queue was told to wait for.

    ``is_sure``: what it left free is free. It may not be where none of the free drones has the charge for one of the
    orders, so that one may be turned around, and where two orders were to have a box at one airport, which may be one
    too many.
    """

    now_ms: int
    waiting: frozenset[int]
    free: frozenset[int]
    told: dict[int, str]
    is_sure: bool


@dataclass
class Watched:
    """A policy under observation: what it leaves to be free, and why it left each order."""

    policy: Any
    seen: list[Epoch] = field(default_factory=list)

    def __call__(self, view: DispatchView) -> Decisions:
        free, ready, waiting = set(view.free_drones), list(view.ready), frozenset(view.waiting)
        can_fly = {order: {drone for drone in free if np.isfinite(view.delivery_by(order, drone))} for order in waiting}
        here = dict(zip(view.orders.order.tolist(), view.orders.takeoff_point.tolist(), strict=True))
        place = dict(zip(view.drones.drone.tolist(), view.drones.place.tolist(), strict=True))
        decisions, told, given = cast("Decisions", self.policy(view)), dict[int, str](), set[int]()
        for decision in decisions:
            if isinstance(decision, Assign):
                given.add(decision.order)
                free.discard(decision.drone)
            elif isinstance(decision, Hold):
                told[decision.order] = "policy"
            elif (drone := getattr(decision, "drone", None)) is not None:
                free.discard(drone)
        for order in ready:
            if order not in given and order not in told and free:
                lacks = "pack" if any(place[drone] == here[order] for drone in free) else "drone"
                told[order] = "policy" if can_fly[order] & free else lacks
        is_short = any(not can_fly[order] & free for order in ready if order not in given)
        airport = dict(zip(view.orders.order.tolist(), view.orders.airport.tolist(), strict=True))
        is_crowded = len({airport[order] for order in given}) < len(given)
        self.seen.append(Epoch(view.now_ms, waiting, frozenset(free), told, not (is_short or is_crowded)))
        return decisions

    def last(self, order: int, at_ms: int) -> Epoch | None:
        """Give the latest epoch by a time in which an order was in the queue."""
        epochs = [epoch for epoch in self.seen if epoch.now_ms <= at_ms and order in epoch.waiting]
        return epochs[-1] if epochs else None

    def told(self, order: int, at_ms: int) -> str | None:
        """Give what was last said of an order while drones were free."""
        said = [epoch.told[order] for epoch in self.seen if epoch.now_ms <= at_ms and order in epoch.told]
        return said[-1] if said else None


def in_the_queue(outcome: Outcome) -> Iterator[tuple[gates.Row, gates.Row]]:
    """Rows of waits that lie in the queue for sure, with their orders: nothing was taken back, nobody sent on.

    Who has a box has been given a drone, perhaps one that was lost before it came.
    """
    table = outcome.tables["occupancy"]
    boxes = [row for row in gates.rows(table) if row["resource"] == "box"]
    orders = list(gates.rows(outcome.tables["orders"]))
    touched = set(outcome.tables["incidents"]["order"].tolist())
    for row in gates.rows(outcome.tables["waits"]):
        order = orders[row["order"]]
        is_sure = row["order"] not in touched and order["airport"] == order["placed_airport"]
        was_given = any(box["holder"] == row["order"] and box["from_s"] < row["to_s"] for box in boxes)
        if is_sure and row["reason"] in QUEUE and not was_given:
            yield row, order


def is_closed(outcome: Outcome, airport: str, at_ms: int) -> bool:
    closures = [closure for closure in outcome.facts["closures"] if closure["airport"] == airport]
    return any(gates.ms(one["from_s"]) <= at_ms < gates.ms(one["to_s"]) for one in closures)


def is_full(outcome: Outcome, order: gates.Row, at_ms: int) -> bool:
    """Tell whether others had all boxes at the airport of an order."""
    table, airport = outcome.tables["occupancy"], order["airport"]
    here = (table["resource"] == "box") & (table["site"] == airport) & (table["holder"] != order["order"])
    from_ms, to_ms = gates.ms(table["from_s"][here]), gates.ms(table["to_s"][here])
    held = (from_ms <= at_ms) & ((to_ms > at_ms) | (to_ms == -1))
    return bool(held.sum() >= outcome.facts["capacity"]["box"][airport])


def expected(outcome: Outcome, watched: Watched, order: gates.Row, at_ms: int) -> set[str]:
    """Give the reasons that somebody would name who saw the boxes, the closures and every decision."""
    if is_closed(outcome, order["airport"], at_ms):
        return {"airport_closed"}
    if is_full(outcome, order, at_ms):
        return {"cabinet"}
    epoch = watched.last(order["order"], at_ms)
    told = watched.told(order["order"], at_ms) or "batch"
    if epoch is None or (epoch.is_sure and not epoch.free):
        return {"drone", "pack"}
    # a drone that is turned around, for this order or another, is not free until it has its pack
    return {told} if epoch.is_sure else {"pack", "drone", told}


def test_who_watches_every_decision_names_the_same_reasons() -> None:
    """Where the dispatcher decides at once; in trouble too, but for orders whose bookings were taken back."""
    sure = 0

    @SETTINGS
    @given(days())
    def check(inputs: SimulationInputs) -> None:
        nonlocal sure
        assume(inputs.rules.dispatch.interval_s == 0)
        watched = Watched(inputs.policy)
        outcome = simulate(replace(inputs, policy=watched))
        for row, order in in_the_queue(outcome):
            assert row["reason"] != "batch", row
            for at_ms in {row["from_s"], (row["from_s"] + row["to_s"]) // 2, row["to_s"] - 1}:
                names = expected(outcome, watched, order, at_ms)
                assert row["reason"] in names, row
                sure += len(names) == 1

    check()
    assert sure > 0


@SETTINGS
@given(days())
def test_who_waits_for_a_batch_waits_until_the_next_decision(inputs: SimulationInputs) -> None:
    """It is on the tick: nobody looks between two of them, and nobody waits for a batch over one."""
    rules = replace(inputs.rules, dispatch=replace(inputs.rules.dispatch, interval_s=INTERVAL_S))
    outcome = simulate(replace(inputs, rules=rules))
    opens_ms, tick_ms = gates.ms(outcome.facts["horizon"]["start_s"]), gates.ms(INTERVAL_S)
    for row, _ in in_the_queue(outcome):
        if row["reason"] == "batch":
            assert (row["from_s"] - opens_ms) // tick_ms == (row["to_s"] - 1 - opens_ms) // tick_ms, row


@SETTINGS
@given(days(has_trouble=False))
def test_a_pool_lacks_a_pack_exactly_while_a_drone_stands_there_with_none_that_is_charged(
    inputs: SimulationInputs,
) -> None:
    """Fleets that are tied to their take-off points, that swap at each landing: the tables tell who stood where."""
    fleet = replace(inputs.rules.fleet, is_shared=False, drones=tuple(max(n, 1) for n in inputs.rules.fleet.drones))
    assume(fleet == inputs.rules.fleet and inputs.rules.batteries.mode == "swap")
    batteries = replace(inputs.rules.batteries, turnaround_below=1.0)
    outcome = simulate(replace(inputs, rules=replace(inputs.rules, batteries=batteries)))
    standing = without_a_pack(outcome)
    for row, order in in_the_queue(outcome):
        if row["reason"] in ("pack", "drone"):
            for at_ms in {row["from_s"], (row["from_s"] + row["to_s"]) // 2, row["to_s"] - 1}:
                is_packless = any(
                    site == order["takeoff_point"] and from_ms <= at_ms < to_ms for site, from_ms, to_ms in standing
                )
                assert (row["reason"] == "pack") == is_packless, (row, order, standing)


def without_a_pack(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Where and when drones stood on their stands and had no pack: the used one was off, the next not charged."""
    packs: dict[int, list[gates.Row]] = {}
    for row in gates.rows(outcome.tables["occupancy"]):
        if row["resource"] == "pack":
            packs.setdefault(row["holder"], []).append(row)
    home = {leg["drone"]: leg["from"] for leg in gates.rows(outcome.tables["legs"]) if leg["kind"] == "outbound"}
    found = []
    for drone, fitted in packs.items():
        fitted.sort(key=lambda row: row["from_s"])
        for one, other in pairwise(fitted):
            found.append((home.get(drone, ""), one["to_s"], other["from_s"]))
    return found


# reasons one by one


def waited(inputs: SimulationInputs) -> dict[str, float]:
    """How long orders waited for each reason on a day, in all; nothing for none."""
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    found = kpis(outcome.tables, outcome.facts)["waits"]
    return {reason: told["total_s"] for reason, told in found.items() if told["orders"]}


TWO = (OPEN_S, OPEN_S)


def test_who_gives_up_before_a_courier_leaves_has_waited_for_one() -> None:
    """The only courier is away; the second customer gives up a minute after the meal is prepared."""
    inputs = lab_inputs((OPEN_S,) * 2, rules={"couriers": {"count": (1,)}})
    orders = replace(inputs.orders, patience_s=np.array([np.inf, 300.0]))
    outcome = simulate(replace(inputs, orders=orders))
    gates.check_day(inputs, outcome)
    assert outcome.tables["orders"]["end_state"].tolist() == ["collected", "cancelled"]
    waits = [row for row in gates.rows(outcome.tables["waits"]) if row["reason"] == "courier"]
    prepared_ms = gates.ms(OPEN_S + 240.0)
    assert waits == [{"order": 1, "reason": "courier", "from_s": prepared_ms, "to_s": prepared_ms + 60_000}]


def test_who_is_held_waits_as_the_policy_chose() -> None:
    assert waited(lab_inputs(policy=lazy_until(OPEN_S + 980.0))) == {"policy": pytest.approx(600.0)}


def test_who_is_passed_over_waits_as_the_policy_chose_until_another_decision() -> None:
    """The second of two orders, ready while three drones are free, is given one when the first is collected."""

    def one_by_one(view: DispatchView) -> Decisions:
        return cast("Decisions", POLICIES["nearest"](view)) if not taken or view.ready != (1,) else Decisions()

    taken = [True]
    found = waited(lab_inputs(TWO, orders={"preparation_s": [240.0, 300.0]}, policy=one_by_one))
    assert set(found) <= {"policy", "pad", "clearance", "airport_pad", "loader"}
    assert found["policy"] > 3600.0


def test_who_finds_every_drone_out_waits_for_one() -> None:
    assert set(waited(lab_inputs(TWO, rules={"fleet": {"drones": (1,)}}))) == {"drone"}


def test_who_waits_for_the_charger_waits_for_a_pack() -> None:
    rules = {"fleet": {"drones": (1,)}, "batteries": {"packs": (0,), "chargers": (1,), "charge_c": 0.5}}
    found = waited(lab_inputs(TWO, rules=rules))
    assert set(found) == {"drone", "pack"}
    assert found["pack"] > found["drone"]


def test_who_finds_the_cabinet_full_waits_for_room() -> None:
    rules = {"airports": {"boxes": (1, 1)}}
    assert set(waited(lab_inputs(TWO, rules=rules))) == {"cabinet"}


def test_who_comes_between_two_batches_waits_for_the_next() -> None:
    found = waited(lab_inputs(rules={"dispatch": {"interval_s": 60.0}}))
    assert found == {"batch": pytest.approx(40.0)}


def test_who_finds_the_pad_taken_waits_for_it_and_the_others_for_their_crews() -> None:
    """One unit of each in turn, and enough of everything else."""
    few = {
        "pad": {"takeoff_points": {"pads": (1,)}},
        "loader": {"takeoff_points": {"loaders": (1,)}},
        "pilot": {"pilots": {"count": 1, "drones_per_pilot": 1}},
    }
    for reason, rules in few.items():
        for mode in ("none", "headway", "strategic"):
            roomy = {"airports": {"pads": (2, 2)}, "airspace": {"mode": mode, "lane_headway_s": 0.0}}
            assert set(waited(lab_inputs(TWO, rules={**rules, **roomy}))) == {reason}, mode


def test_who_finds_the_airports_pad_promised_waits_for_it() -> None:
    assert "airport_pad" in waited(lab_inputs(TWO, rules={"airspace": {"mode": "none"}}))


def test_who_can_not_be_home_before_a_zone_comes_waits_for_its_end() -> None:
    """The pad is free for the third of three drones soon enough to load, and too late to be back before the zone."""
    inputs = lab_inputs(
        (OPEN_S,) * 3,
        rules={"takeoff_points": {"pads": (1,)}, "airports": {"pads": (3, 3)}, "airspace": {"mode": "none"}},
    )
    rules = replace(inputs.rules, fleet=replace(inputs.rules.fleet, drones=(3,)))
    zone = SiteClosure(site=0, from_s=OPEN_S + 900.0, to_s=OPEN_S + 1800.0)
    assert set(waited(replace(inputs, rules=rules))) == {"pad"}
    outcome = simulate(replace(inputs, rules=rules, closures=(zone,)))
    told = {row["order"]: row["reason"] for row in gates.rows(outcome.tables["waits"]) if row["reason"] != "check"}
    assert told == {1: "pad", 2: "zone"}
    assert float(outcome.tables["orders"]["loading_s"][2]) == OPEN_S + 1800.0


def test_who_is_loaded_when_the_airport_closes_was_loaded_in_vain() -> None:
    """Its loading was to last until 410 s; what it had is a wait, and then it waits for its airport."""
    script = ScriptedEvent(kind="airport_closed", at_s=OPEN_S + 395.0, duration_s=300.0, airport=0)
    assert waited(lab_inputs(rules={"events": (script,)})) == {
        "revoked": pytest.approx(15.0),
        "airport_closed": pytest.approx(300.0),
    }


def test_all_reasons_have_a_test() -> None:
    """Wind, weather, zones and riders have theirs where these are, dispatcher and take-off points where out."""
    elsewhere = {
        "wind",
        "weather",
        "zone",
        "courier",
        "check",
        "unloader",
        "clearance",
        "rider",
        "dispatcher",
        "takeoff_point_closed",
    }
    named = {"drone", "pack", "airport_closed", "cabinet", "policy", "batch", "revoked", "pad", "loader", "airport_pad"}
    assert named | {"pilot"} | elsewhere == set(REASON_NAMES)

"""What a policy may decide beside assigning: to be woken, to take back what is not loaded, to have packs swapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.simulation import Outcome, simulate
from dronesim.simulation.boards import Boards
from dronesim.simulation.fleet import Fleet
from dronesim.simulation.rules import RiderRules
from lab import lab_inputs
from test_planted_stays import complaints

RECALLS = "recalls come before loading"
SHARED: dict[str, Any] = {
    "homes_xy": ((0.0, 0.0), (900.0, 0.0)),
    "rules": {"fleet": {"drones": (2, 1), "is_shared": True}, "dispatch": {"assign_ahead_s": 600.0}},
}


class Second:
    """Assign each order as soon as it may be, and take the first back at the view that a rule names, once."""

    def __init__(self, when: Callable[[DispatchView], bool], *, drone: int = 0) -> None:
        self.when, self.drone, self.has_recalled, self.views_s = when, drone, False, list[float]()

    def __call__(self, view: DispatchView) -> Decisions:
        decisions = Decisions()
        self.views_s.append(view.now_s)
        if not self.has_recalled and self.when(view):
            self.has_recalled = True
            decisions.recall(0)
            return decisions
        for order, drone in zip(view.ready, view.free_drones[1 if self.has_recalled else 0 :], strict=False):
            decisions.assign(order, drone)
            decisions.wake(view.now_s + 30.0)
        return decisions


def recalled(policy: Second, **inputs: Any) -> Outcome:
    given = lab_inputs(policy=policy, **(SHARED | inputs))
    outcome = simulate(given)
    gates.check_day(given, outcome)
    return outcome


def test_a_policy_is_woken_when_it_asks_for_it() -> None:
    seen: list[float] = []

    def sleeper(view: DispatchView) -> Decisions:
        decisions = Decisions()
        seen.append(view.now_s)
        if view.ready and view.now_s < 37_000.0:
            decisions.wake(37_000.0)
            return decisions
        return POLICIES["nearest"](view)

    outcome = simulate(lab_inputs(policy=sleeper))
    assert 37_000.0 in seen
    assert outcome.tables["orders"]["assigned_s"].tolist() == [37_000.0]


def test_with_batches_a_policy_is_woken_at_the_next() -> None:
    def sleeper(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready and view.now_s < 37_000.0:
            decisions.wake(37_001.0)
            return decisions
        return POLICIES["nearest"](view)

    inputs = lab_inputs(policy=sleeper, rules={"dispatch": {"interval_s": 60.0}})
    assert simulate(inputs).tables["orders"]["assigned_s"][0] % 60.0 == 0.0


def test_an_order_is_taken_back_before_it_is_loaded_and_given_to_another() -> None:
    policy = Second(lambda view: bool(view.recallable))
    outcome = recalled(policy)
    orders, told = outcome.tables["orders"], outcome.tables["incidents"]
    assert told["action"].tolist() == ["revoked: recalled by the policy"]
    assert told["drone"].tolist() == [0]
    assert orders["drone"].tolist() == [1]
    assert orders["end_state"].tolist() == ["collected"]
    assert complaints(outcome) == {}


def test_a_drone_on_its_way_to_an_order_flies_on_without_it() -> None:
    policy = Second(lambda view: bool(view.recallable))
    outcome = recalled(policy, orders={"takeoff_point": 1})
    legs = outcome.tables["legs"]
    assert legs["kind"].tolist() == ["deadhead", "outbound", "return"]
    assert legs["drone"].tolist() == [0, 2, 2]
    assert complaints(outcome) == {}


@pytest.mark.parametrize(
    ("decide", "rule"),
    [
        (lambda view, own: own.wake(view.now_s), "at_s must lie ahead"),
        (lambda _view, own: own.wake(float("inf")), "at_s must lie ahead"),
        (lambda _view, own: own.wake(float("nan")), "at_s must lie ahead"),
        (lambda _view, own: own.recall(0), "or it is being loaded"),
        (lambda _view, own: own.recall(7), "no drone had this order of this pool before now"),
        (lambda _view, own: (own.assign(0, 0), own.recall(0)), "before now, or it is being loaded"),
    ],
)
def test_what_is_not_legal_is_refused_with_its_rule(decide: Any, rule: str) -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decide(view, decisions)
        return decisions

    with pytest.raises(PolicyError, match=f"illegal decision .*{rule}"):
        simulate(lab_inputs(policy=illegal))


def test_what_is_being_loaded_is_not_taken_back() -> None:
    seen: list[int] = []

    def late(view: DispatchView) -> Decisions:
        decisions = Decisions()
        seen.append(len(view.recallable))
        if view.ready:
            decisions.assign(view.ready[0], 0)
            decisions.wake(view.now_s + 1.0)
        elif view.now_s > 36_100.0 and not view.waiting:
            decisions.recall(0)
        return decisions

    with pytest.raises(PolicyError, match="or it is being loaded"):
        simulate(lab_inputs(policy=late))
    assert set(seen) == {0}


def test_landing_elsewhere_is_refused_where_drones_land_where_they_took_off() -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decisions.assign(0, 0, home=home)
        return decisions

    for home, rule in ((1, "drones land where they took off"), (2, "no such take-off point"), (-1, "no such")):
        with pytest.raises(PolicyError, match=f"Assign\\(order=0, drone=0, home={home}\\): {rule}"):
            simulate(lab_inputs(policy=illegal, homes_xy=SHARED["homes_xy"], rules=SHARED["rules"]))
    far = {"fleet": {"drones": (2, 1), "is_shared": True, "lands_anywhere": True}}
    home = 1
    with pytest.raises(PolicyError, match="charge is too low for this sortie with that home"):
        simulate(lab_inputs(policy=illegal, homes_xy=((0.0, 0.0), (40_000.0, 0.0)), rules=far))


def handed_over(*, count: int = 1, **rules: Any) -> Outcome:
    """Hand both orders of a day to the riders before they are ready."""

    def hands_over(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order in view.orders.order[~view.orders.is_ready].tolist():
            decisions.ride(order)
        return decisions

    inputs = lab_inputs((36_000.0, 36_010.0), policy=hands_over, rules={"dispatch": {"interval_s": 10.0}} | rules)
    riders = RiderRules(count=(count,), takes=(), road_mps=6.0, pickup_s=30.0, dropoff_s=60.0)
    return simulate(replace(inputs, rules=replace(inputs.rules, riders=riders)))


def test_an_order_that_is_handed_to_riders_is_taken_when_it_is_ready_and_by_nobody_else() -> None:
    outcome = handed_over(count=2)
    orders = outcome.tables["orders"]
    assert orders["end_state"].tolist() == ["ground", "ground"]
    taken = outcome.tables["occupancy"]
    left_s = taken["from_s"][taken["resource"] == "rider"]
    # the view is given at the next batch
    assert (left_s - orders["ready_s"] < 10.0).all()
    assert (left_s >= orders["ready_s"]).all()
    assert complaints(outcome) == {}


@pytest.mark.parametrize("ahead_s", [0.0, 600.0])
def test_with_one_rider_the_second_order_waits_until_the_first_is_brought(ahead_s: float) -> None:
    outcome = handed_over(dispatch={"interval_s": 10.0, "assign_ahead_s": ahead_s})
    waits = outcome.tables["waits"]
    assert waits["order"][waits["reason"] == "rider"].tolist() == [1]
    assert complaints(outcome) == {}


def test_nothing_is_handed_to_riders_who_are_not_there() -> None:
    with pytest.raises(PolicyError, match="it is not ready, and no rider works at its take-off point"):
        handed_over(count=0)


# early turnarounds

TURNAROUNDS = "turnarounds"
FEW: dict[str, Any] = {"fleet": {"drones": (1,)}}


def swapped(*, at_s: float = 37_000.0, **batteries: Any) -> Outcome:
    """Have the pack of the only drone swapped between its two orders, where it would never be due."""
    asked: list[int] = []

    def careful(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order, drone in zip(view.ready, view.free_drones, strict=False):
            decisions.assign(order, drone)
        if view.now_s < at_s:
            decisions.wake(at_s)
        elif view.now_s == at_s and not asked:
            asked.append(view.free_drones[0])
            decisions.swap(asked[0])
        return decisions

    rules = FEW | {"batteries": {"turnaround_below": 0.0} | batteries}
    inputs = lab_inputs((36_000.0, 38_000.0), policy=careful, rules=rules)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return outcome


@pytest.mark.parametrize("mode", ["swap", "charge"])
def test_a_pack_is_swapped_or_charged_when_the_policy_says_so(mode: str) -> None:
    outcome = swapped(mode=mode)
    legs, told = outcome.tables["legs"], outcome.tables["incidents"]
    assert told["kind"].tolist() == ["early_turnaround"]
    assert (told["time_s"].tolist(), told["drone"].tolist()) == ([37_000.0], [0])
    assert legs["charge_start"][legs["kind"] == "outbound"].tolist() == [0.95, 0.95]
    assert len(set(legs["pack"].tolist())) == (2 if mode == "swap" else 1)
    assert complaints(outcome) == {}


def test_a_drone_that_is_being_turned_around_takes_no_order_until_it_is_ready() -> None:
    orders = swapped(at_s=38_100.0, swap_s=3000.0).tables["orders"]
    assert orders["assigned_s"][1] == 41_100.0


def test_who_has_no_used_pack_or_is_not_free_is_not_turned_around() -> None:
    with pytest.raises(PolicyError, match=r"illegal decision Swap\(drone=0\): its pack is charged"):
        simulate(lab_inputs(policy=_swapper(0)))
    with pytest.raises(PolicyError, match=r"Swap\(drone=9\): the drone is not free"):
        simulate(lab_inputs(policy=_swapper(9)))


def _swapper(drone: int) -> Callable[[DispatchView], Decisions]:
    def illegal(_view: DispatchView) -> Decisions:
        decisions = Decisions()
        decisions.swap(drone)
        return decisions

    return illegal


# planted


@pytest.mark.parametrize("mode", ["swap", "charge"])
def test_a_turnaround_that_nobody_asked_for_is_seen(mode: str) -> None:
    outcome = swapped(mode=mode)
    nothing = {name: column[:0] for name, column in outcome.tables["incidents"].items()}
    found = complaints(replace(outcome, tables={**outcome.tables, "incidents": nothing}))
    assert any("no order waits there" in words for words in found[TURNAROUNDS])


@pytest.mark.parametrize(
    ("mode", "by_s", "fault"),
    [
        ("swap", 100.0, "and keeps its pack"),
        ("charge", 1700.0, "no order waits there"),
        ("swap", -900.0, "while it is in the air"),
        ("swap", -900.0, "and keeps its pack"),
    ],
)
def test_a_turnaround_at_another_time_than_told_is_seen(mode: str, by_s: float, fault: str) -> None:
    outcome = swapped(mode=mode)
    told = {name: column.copy() for name, column in outcome.tables["incidents"].items()}
    told["time_s"] += by_s
    if "air" in fault:
        out = outcome.tables["legs"]
        told["time_s"][:] = (out["departed_s"][0] + out["landed_s"][0]) / 2
    found = complaints(replace(outcome, tables={**outcome.tables, "incidents": told}))
    assert any(fault in words for words in found[TURNAROUNDS])


def test_a_drone_that_is_told_and_not_turned_around_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fleet, "turn_around", lambda own, drone, _wh: own.move(drone, own.drones[drone].base))
    found = complaints(swapped())
    assert any("and takes off with" in words for words in found[TURNAROUNDS])


def test_a_recall_of_what_is_being_loaded_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Boards, "recallable", lambda own, _pool: ((0, own._book.drone[0]),))
    asked: list[float] = []

    def late(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order, drone in zip(view.ready, view.free_drones[len(asked) :], strict=False):
            decisions.assign(order, drone)
            decisions.wake(view.now_s + 10.0)
        if not view.ready and not view.waiting and view.now_s > 36_100.0 and not asked:
            asked.append(view.now_s)
            decisions.recall(0)
        return decisions

    found = complaints(simulate(lab_inputs(policy=late)))
    assert any("while it is being loaded" in words for words in found[RECALLS])


def test_a_recall_that_is_told_and_did_not_happen_is_seen() -> None:
    outcome = recalled(Second(lambda view: bool(view.recallable)))
    told = {name: column.copy() for name, column in outcome.tables["incidents"].items()}
    told["time_s"] += 1000.0
    found = complaints(replace(outcome, tables={**outcome.tables, "incidents": told}))
    assert any("still assigned as it was before" in words for words in found[RECALLS])
    assert np.isfinite(told["time_s"]).all()

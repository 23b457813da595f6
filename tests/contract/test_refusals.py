"""What a policy refuses before pick-up: nobody brings it, its kitchen goes on, and its courier is free for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.bounds.day import bound_of
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.metrics import kpis
from dronesim.report.summary import orders as orders_told
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.rules import RiderRules
from dronesim.simulation.trips import Trips
from lab import lab_inputs
from test_planted_stays import complaints

REFUSALS, ENDS, REASONS, RIDERS = (
    "refusals by the policy",
    "end states fit the milestones",
    "reasons of waits",
    "riders",
)
OPEN = 36_000.0
WALK_S, HANDS_S = 50.0, 45.0
"""What a courier of the lab walks one way (65 m at 1.3 m/s), and does at the merchant; boxing takes as long."""
LEAVES_S = 240.0 - WALK_S
"""When a courier who is free leaves for an order whose kitchen takes four minutes, as planned."""
Chooses = Callable[[DispatchView, Decisions], None]


class Refuser:
    """Refuse some orders (or hand them to riders) at a time after opening, and assign as first-job-first does."""

    def __init__(self, at_s: float, *orders: int, by: str = "refuse", assigns: bool = True) -> None:
        self.at_s, self.orders, self.by, self.assigns = OPEN + at_s, orders, by, assigns

    def __call__(self, view: DispatchView) -> Decisions:
        decisions, given = Decisions(), set[int]()
        if view.now_s < self.at_s:
            decisions.wake(self.at_s)
        for order in self.orders if view.now_s == self.at_s else ():
            getattr(decisions, self.by)(order)
            given.add(order)
        for each in POLICIES["nearest"](view) if self.assigns else ():
            if each.order not in given:
                decisions.assign(each.order, each.drone)
        return decisions


def inputs_of(policy: Any, *, placed_s: Any = (0.0, 10.0), riders: int = 0, **rules: Any) -> SimulationInputs:
    """Two orders, and one courier who brings them in turn."""
    given = {"couriers": {"count": (1,)}, "dispatch": {"may_refuse": True}} | rules
    inputs = lab_inputs(OPEN + np.asarray(placed_s), policy=policy, rules=given)
    rules_of = RiderRules(count=(riders,), takes=(), road_mps=5.0, pickup_s=30.0, dropoff_s=60.0)
    return replace(inputs, rules=replace(inputs.rules, riders=rules_of)) if riders else inputs


def day(policy: Any, **given: Any) -> Outcome:
    inputs = inputs_of(policy, **given)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    return outcome


def trips(outcome: Outcome) -> list[tuple[int, float, float]]:
    """Whose courier was out from when to when, after opening."""
    table = outcome.tables["occupancy"]
    rows = np.flatnonzero(table["resource"] == "courier")
    return [
        (int(table["holder"][row]), float(table["from_s"][row]) - OPEN, float(table["to_s"][row]) - OPEN)
        for row in rows[np.argsort(table["from_s"][rows])]
    ]


SECOND_S = LEAVES_S + 10.0
"""When a courier who is free leaves for the second order."""
WHOLE_S = 2 * WALK_S + 2 * HANDS_S
"""How long a trip takes whose courier need not wait for the kitchen."""


@pytest.mark.parametrize(
    ("at_s", "back_s"),
    [(100.0, None), (LEAVES_S, None), (LEAVES_S + 30.0, LEAVES_S + 60.0), (LEAVES_S + 60.0, LEAVES_S + 110.0)],
    ids=["not sent", "just leaving", "on the way", "at the merchant"],
)
def test_a_refused_order_frees_its_courier_for_the_next(at_s: float, back_s: float | None) -> None:
    outcome = day(Refuser(at_s, 0))
    leaves_s = SECOND_S if back_s is None else back_s
    first = [] if back_s is None else [(0, LEAVES_S, back_s)]
    assert trips(outcome) == [*first, (1, leaves_s, leaves_s + WHOLE_S)]
    orders = outcome.tables["orders"]
    assert orders["end_state"].tolist() == ["refused", "collected"]
    assert orders["reason"].tolist() == ["policy", None]
    assert (orders["ended_s"][0], orders["prepared_s"][0]) == (OPEN + at_s, OPEN + 240.0)
    assert complaints(outcome) == {}


def test_refusals_are_counted_and_told_and_none_is_without_the_key() -> None:
    outcome = day(Refuser(20.0, 0, 1))
    found = kpis(outcome.tables, outcome.facts)
    assert (found["orders"]["refused"], found["refusals"]["policy"], found["service"]["on_time"]) == (2, 2, 0)
    assert orders_told(found, outcome.facts) == "2 placed: 2 refused; the dispatch policy refused 2"
    plain = simulate(lab_inputs())
    assert "policy" not in kpis(plain.tables, plain.facts)["refusals"]
    assert set(plain.facts["dispatch"]) == {"interval_s", "assign_ahead_s"}


def test_a_policy_is_asked_when_an_order_is_placed_and_told_which_it_may_refuse() -> None:
    seen: dict[float, tuple[int, ...]] = {}

    def watches(view: DispatchView) -> Decisions:
        seen[view.now_s - OPEN] = tuple(view.refusable)
        return POLICIES["nearest"](view)

    day(watches)
    assert seen[0.0] == (0,)
    assert seen[10.0] == (0, 1)
    # the first parcel is there, and the courier leaves for the second
    assert seen[LEAVES_S + 2 * WALK_S + 2 * HANDS_S] == (1,)


def test_a_drone_that_waits_for_its_parcel_has_it_when_the_courier_comes_sooner() -> None:
    given = {"dispatch": {"may_refuse": True, "assign_ahead_s": 1000.0}, "fleet": {"drones": (1,)}}
    late, soon = (day(Ahead(refuses), **given).tables["orders"] for refuses in (False, True))
    assert late["assigned_s"][1] == soon["assigned_s"][1] == OPEN + 10.0
    assert soon["loading_s"][1] == soon["ready_s"][1] == OPEN + SECOND_S + WHOLE_S
    assert late["ready_s"][1] == OPEN + LEAVES_S + 2 * WHOLE_S


class Ahead:
    """Give the second order to the only drone as soon as it is placed, and refuse the first or hold it."""

    def __init__(self, refuses: bool) -> None:
        self.refuses = refuses

    def __call__(self, view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.now_s == OPEN + 10.0:
            decisions.assign(1, 0)
            if self.refuses:
                decisions.refuse(0)
        elif view.now_s > OPEN + 10.0 and view.ready and view.free_drones:
            decisions.assign(view.ready[0], 0)
        return decisions


# what is not legal


def _twice(_view: DispatchView, own: Decisions) -> None:
    own.refuse(0)
    own.refuse(0)


@pytest.mark.parametrize(
    ("at_s", "decide", "rule"),
    [
        (0.0, lambda _view, own: own.refuse(7), "the order is not waiting in this pool"),
        (0.0, _twice, "the order is not waiting in this pool"),
        (LEAVES_S + WALK_S + HANDS_S, lambda _view, own: own.refuse(0), "its courier has the parcel"),
        (LEAVES_S + WHOLE_S, lambda _view, own: own.refuse(0), "its courier has the parcel"),
    ],
)
def test_what_may_not_be_refused_is_told_with_its_rule(at_s: float, decide: Chooses, rule: str) -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.now_s < OPEN + at_s:
            decisions.wake(OPEN + at_s)
        elif view.waiting:
            decide(view, decisions)
        return decisions

    with pytest.raises(PolicyError, match=rf"illegal decision Refuse\(order=\d\): {rule}"):
        simulate(inputs_of(illegal))


def test_without_the_key_nothing_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"lets policies refuse none \(dispatch.may_refuse\)"):
        simulate(inputs_of(Refuser(0.0, 0), dispatch={"interval_s": 60.0}))


# handed to riders


def test_a_rider_fetches_what_is_handed_over_before_pick_up_and_the_courier_is_free() -> None:
    outcome = day(Refuser(20.0, 0, by="ride"), riders=1)
    orders, table = outcome.tables["orders"], outcome.tables["occupancy"]
    assert trips(outcome) == [(1, SECOND_S, SECOND_S + WHOLE_S)]
    assert orders["end_state"].tolist() == ["ground", "collected"]
    rider = np.flatnonzero(table["resource"] == "rider")
    # 65 m to the merchant and back at 5 m/s, 1800 m to the airport; it is there when the meal is
    assert table["from_s"][rider].tolist() == [OPEN + 240.0 - 13.0]
    assert orders["ended_s"][0] == OPEN + 240.0 + 13.0 + 30.0 + 360.0 + 60.0
    assert np.isnan(orders["ready_s"][0])
    assert complaints(outcome) == {}


def test_one_rider_fetches_one_after_the_other() -> None:
    outcome = day(Refuser(20.0, 0, 1, by="ride"), riders=1)
    assert not trips(outcome)
    ended_s = outcome.tables["orders"]["ended_s"] - OPEN
    back_s = ended_s[0] + 360.0
    assert ended_s[1] == back_s + 13.0 + 13.0 + 30.0 + 360.0 + 60.0
    assert complaints(outcome) == {}


def test_without_the_key_the_courier_brings_what_is_handed_over() -> None:
    outcome = simulate(inputs_of(Refuser(20.0, 0, by="ride", assigns=False), riders=1, dispatch={"interval_s": 10.0}))
    assert [order for order, _, _ in trips(outcome)] == [0, 1]
    assert np.isfinite(outcome.tables["orders"]["ready_s"]).all()


# the bound


def test_the_bound_counts_no_waiting_for_couriers_where_orders_may_be_refused() -> None:
    placed_s = np.arange(30) * 10.0
    kept, free = (
        bound_of(inputs_of("nearest", placed_s=placed_s, dispatch={"may_refuse": may})).on_time for may in (False, True)
    )
    best = simulate(inputs_of(Refuser(300.0, *range(1, 30, 2)), placed_s=placed_s)).tables["orders"]
    assert (best["delivered_s"] - best["placed_s"] <= 900.0).sum() <= free
    assert kept < free


# planted


def planted(outcome: Outcome, table: str, **columns: Any) -> Outcome:
    """Give a day with other columns in one table."""
    return replace(outcome, tables={**outcome.tables, table: {**outcome.tables[table], **columns}})


def test_a_refusal_after_pick_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trips, "is_without_parcel", lambda own, order: own._book.ready_ms[order] == -1)
    found = complaints(simulate(inputs_of(Refuser(LEAVES_S + WALK_S + HANDS_S + 20.0, 0))))
    assert any("its courier has the parcel" in words for words in found[REFUSALS])


def test_a_courier_who_is_free_and_not_sent_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trips, "_give_out_anew", lambda _own, _point: None)
    found = complaints(simulate(inputs_of(Refuser(100.0, 0))))
    assert any("and one stands idle" in words for words in found[REASONS])


@pytest.mark.parametrize(("by_s", "fault"), [(20.0, "is free"), (-20.0, "is free")])
def test_a_courier_who_is_back_at_another_time_is_seen(by_s: float, fault: str) -> None:
    outcome = day(Refuser(LEAVES_S + 30.0, 0))
    table = outcome.tables["occupancy"]
    to_s = table["to_s"] + np.where((table["resource"] == "courier") & (table["holder"] == 0), by_s, 0.0)
    found = complaints(planted(outcome, "occupancy", to_s=to_s))
    assert any(fault in words for words in found[REFUSALS])


def test_a_courier_who_leaves_for_a_refused_order_is_seen() -> None:
    outcome = day(Refuser(LEAVES_S + 30.0, 0))
    ended_s = outcome.tables["orders"]["ended_s"].copy()
    ended_s[0] = OPEN + 100.0
    found = complaints(planted(outcome, "orders", ended_s=ended_s))
    assert any("and its courier leaves" in words for words in found[REFUSALS])


def test_a_refusal_that_the_scenario_does_not_allow_is_seen() -> None:
    outcome = day(Refuser(20.0, 0))
    facts = {**outcome.facts, "dispatch": {"interval_s": 0.0, "assign_ahead_s": 0.0}}
    found = complaints(replace(outcome, facts=facts))
    assert any("which may refuse none" in words for words in found[REFUSALS])


def test_a_refused_order_that_goes_on_is_seen() -> None:
    outcome = day(Refuser(20.0, 0))
    ready_s = outcome.tables["orders"]["ready_s"].copy()
    ready_s[0] = OPEN + 400.0
    found = complaints(planted(outcome, "orders", ready_s=ready_s))
    assert any("refused by the policy with ready_s" in words for words in found[ENDS])


def test_a_rider_who_fetches_too_quickly_is_seen() -> None:
    outcome = day(Refuser(20.0, 0, by="ride"), riders=1)
    ended_s = outcome.tables["orders"]["ended_s"].copy()
    ended_s[0] -= 13.0
    found = complaints(planted(outcome, "orders", ended_s=ended_s))
    assert any("its rider is there at" in words for words in found[RIDERS])

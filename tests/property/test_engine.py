"""What must hold on every day: random networks, demands, events and policies through the whole engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import gates
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.simulation import Outcome, SimulationInputs, simulate
from exploring import examples
from lab import lab_inputs
from worlds import BUILT_IN, chosen_policy, days, moments_s, with_events_at

BOUNDED = examples(120)
FEW = examples(40)


def nothing_can_serve(inputs: SimulationInputs, outcome: Outcome, takeoff_point: str) -> bool:
    """Whether every drone that an order of this take-off point could have had was lost.

    A spare takes over for a drone of its own take-off point only.
    """
    fleet, spares = inputs.rules.fleet.drones, inputs.rules.fleet.spares
    lost = [0] * len(fleet)
    for leg in gates.rows(outcome.tables["legs"]):
        if leg["outcome"] == "lost":
            lost[_home_of(inputs, outcome, leg["drone"])] += 1
    left = [count + min(gone, spare) - gone for count, gone, spare in zip(fleet, lost, spares, strict=True)]
    if inputs.rules.fleet.is_shared:
        return sum(left) == 0
    return left[inputs.places.ids.index(takeoff_point)] == 0


def _home_of(inputs: SimulationInputs, outcome: Outcome, drone: int) -> int:
    first = next(leg for leg in gates.rows(outcome.tables["legs"]) if leg["drone"] == drone)
    return inputs.places.ids.index(first["from"])


def assert_no_deadlock(inputs: SimulationInputs, outcome: Outcome) -> None:
    for row in gates.rows(outcome.tables["orders"]):
        if row["end_state"] == "open":
            assert nothing_can_serve(inputs, outcome, row["takeoff_point"]), f"stuck: {row}"
    closed_ms = gates.ms(outcome.facts["horizon"]["closed_s"])
    for row in gates.rows(outcome.tables["occupancy"]):
        if row["resource"] == "box":
            assert row["to_s"] < closed_ms or outcome.tables["orders"]["end_state"][row["holder"]] != "open", row
    # a policy without sense moves drones about for as long as it is asked
    open_legs = [leg for leg in gates.rows(outcome.tables["legs"]) if leg["outcome"] == "open"]
    assert not [leg for leg in open_legs if leg["kind"] != "deadhead"]


@BOUNDED
@given(days())
def test_every_gate_passes_and_nothing_is_stuck_on_a_day_with_trouble(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert_no_deadlock(inputs, outcome)


@FEW
@given(days(has_trouble=False))
def test_every_gate_passes_on_a_quiet_day(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    states = set(outcome.tables["orders"]["end_state"])
    assert states <= {"collected", "unclaimed", "refused"}
    assert not len(outcome.tables["incidents"]["incident"])


@FEW
@given(days(), st.integers(0, 10**6))
def test_trouble_at_the_very_moment_of_something_else_is_survived(inputs: SimulationInputs, seed: int) -> None:
    rng = np.random.default_rng(seed)
    moments = moments_s(simulate(inputs).tables)
    if len(moments):
        at_s = rng.choice(moments, rng.integers(1, 5)) + rng.choice([0.0, 0.0, -0.001, 0.001])
        inputs = with_events_at(inputs, np.sort(at_s), rng)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert_no_deadlock(inputs, outcome)


@FEW
@given(days())
def test_a_second_run_gives_the_same_tables(inputs: SimulationInputs) -> None:
    first, second = simulate(inputs), simulate(inputs)
    assert first.facts == second.facts
    for name, table in first.tables.items():
        for column, values in table.items():
            other = second.tables[name][column]
            assert values.dtype == other.dtype, (name, column)
            assert values.tolist() == other.tolist() or np.array_equal(values, other, equal_nan=True), (name, column)


def assert_the_day_is_the_same(first: Outcome, second: Outcome) -> None:
    """Arrivals, kitchens, couriers and customers are moved by no other draw and by no decision."""
    one, two = first.tables["orders"], second.tables["orders"]
    for column in ("placed_s", "prepared_s", "ready_s", "mass_kg", "distance_m", "ceiling_s"):
        assert np.array_equal(one[column], two[column], equal_nan=True), column
    dwell_ms = [gates.ms(table["collected_s"]) - gates.ms(table["delivered_s"]) for table in (one, two)]
    both = np.isfinite(one["collected_s"]) & np.isfinite(two["collected_s"])
    assert np.array_equal(dwell_ms[0][both], dwell_ms[1][both])


@FEW
@given(days(has_trouble=False), st.sampled_from([*BUILT_IN, "restless"]), st.integers(1, 3))
def test_neither_a_bigger_fleet_nor_another_policy_moves_the_day(
    inputs: SimulationInputs, policy: str, more: int
) -> None:
    inputs = replace(
        inputs, rules=replace(inputs.rules, dispatch=replace(inputs.rules.dispatch, queue_limit=0, may_refuse=False))
    )
    fleet = tuple(count + more for count in inputs.rules.fleet.drones)
    drones = replace(
        inputs.drones,
        budget_h=np.full(sum(fleet), np.inf),
        is_loss=np.zeros(sum(fleet), dtype=np.bool_),
    )
    rules = replace(inputs.rules, fleet=replace(inputs.rules.fleet, drones=fleet, spares=(0,) * len(fleet)))
    other = replace(
        inputs,
        rules=rules,
        drones=drones,
        policy=chosen_policy(policy, 7, is_shared=rules.fleet.is_shared, homes=len(fleet)),
        policy_name=policy,
    )
    first, second = simulate(inputs), simulate(other)
    if "open" not in set(first.tables["orders"]["end_state"]) | set(second.tables["orders"]["end_state"]):
        assert_the_day_is_the_same(first, second)


@dataclass
class Watched:
    """A policy under observation: everything it could have read at each epoch is kept."""

    policy: Any
    seen: list[tuple[float, Any]] = field(default_factory=list)

    def __call__(self, view: DispatchView) -> Decisions:
        columns = [
            getattr(part, name).tolist() for part in (view.orders, view.drones) for name in part.__dataclass_fields__
        ]
        due_s = [view.due_s(order) for order in view.waiting]
        seen = (view.waiting, view.ready, view.free_drones, columns, due_s, view.delivery_s.tolist())
        self.seen.append((view.now_s, seen))
        return cast("Decisions", self.policy(view))

    def before(self, cut_s: float) -> list[tuple[float, Any]]:
        return [epoch for epoch in self.seen if epoch[0] < cut_s]


def shuffled_after(
    values_s: NDArray[Any], since_s: NDArray[Any], cut_s: float, rng: np.random.Generator
) -> NDArray[Any]:
    """Durations counted from ``since_s``; those that end after the cut trade what is left of them after it."""
    ends_s = since_s + values_s
    hidden = np.flatnonzero(~(ends_s <= cut_s))
    start_s = np.fmax(since_s[hidden], cut_s)
    start_s = np.where(np.isnan(since_s[hidden]), 0.0, start_s)
    left_s = np.where(np.isnan(since_s[hidden]), values_s[hidden], ends_s[hidden] - start_s)
    base_s = np.where(np.isnan(since_s[hidden]), 0.0, start_s - since_s[hidden])
    changed = values_s.copy()
    changed[hidden] = base_s + rng.permutation(left_s)
    return changed


@examples(25)
@given(days(), st.floats(0, 1), st.integers(0, 10**6))
def test_permuting_what_is_not_revealed_yet_changes_nothing_seen_before(
    inputs: SimulationInputs, share: float, seed: int
) -> None:
    """Kitchens, dwell, patience and flight-hours to come are shuffled; the past of every view stays as it was."""
    rng, watched = np.random.default_rng(seed), Watched(inputs.policy)
    outcome = simulate(replace(inputs, policy=watched))
    if not watched.seen:
        return
    cut_s = watched.seen[int(share * (len(watched.seen) - 1))][0] + 0.5
    orders, delivered_s = inputs.orders, outcome.tables["orders"]["delivered_s"].astype(np.float64)
    unknown = ~(delivered_s + orders.collection_s <= cut_s)
    never_came = rng.permutation(orders.is_no_show[unknown])
    is_no_show = orders.is_no_show.copy()
    is_no_show[unknown] = never_came
    future = replace(
        orders,
        preparation_s=shuffled_after(orders.preparation_s, orders.placed_s, cut_s, rng),
        collection_s=shuffled_after(orders.collection_s, delivered_s, cut_s, rng),
        patience_s=shuffled_after(orders.patience_s, orders.placed_s, cut_s, rng),
        is_no_show=is_no_show,
    )
    other = Watched(inputs.policy)
    simulate(replace(inputs, orders=future, drones=shuffled_budgets(inputs, outcome, cut_s, rng), policy=other))
    assert watched.before(cut_s) == other.before(cut_s)


def shuffled_budgets(inputs: SimulationInputs, outcome: Outcome, cut_s: float, rng: np.random.Generator) -> Any:
    """Budgets of flight-hours, and what failures come to: drones that have not failed by the cut trade what is left."""
    legs, drones = outcome.tables["legs"], inputs.drones
    if inputs.rules.events:
        return drones  # a stated failure ends a budget without a draw
    ends_s = np.where(np.isnan(legs["landed_s"]), np.inf, legs["landed_s"])
    has_failed = np.zeros(len(drones.budget_h), dtype=bool)
    flown_h = np.zeros(len(drones.budget_h))
    for drone, departed_s, end_s, outcome_of in zip(
        legs["drone"], legs["departed_s"], ends_s, legs["outcome"], strict=True
    ):
        flown_h[drone] += max(min(end_s, cut_s) - departed_s, 0.0) / 3600
        has_failed[drone] |= outcome_of in {"lost", "down"}
    hidden = np.flatnonzero(~has_failed)
    order = rng.permutation(hidden)
    budget_h, is_loss = drones.budget_h.copy(), drones.is_loss.copy()
    budget_h[hidden] = flown_h[hidden] + (drones.budget_h - flown_h)[order]
    is_loss[hidden] = drones.is_loss[order]
    return replace(drones, budget_h=budget_h, is_loss=is_loss)


def test_a_policy_that_could_read_the_kitchen_would_be_caught() -> None:
    """The permutation test is able to fail: with the cut after everything, shuffled kitchens show."""
    inputs = lab_inputs((36000.0, 36000.0), orders={"preparation_s": [100.0, 300.0]})
    swapped = replace(inputs, orders=replace(inputs.orders, preparation_s=np.array([300.0, 100.0])))
    one, two = Watched(inputs.policy), Watched(inputs.policy)
    simulate(replace(inputs, policy=one))
    simulate(replace(swapped, policy=two))
    assert one.before(36200.0) == two.before(36200.0)
    assert one.before(72000.0) != two.before(72000.0)


@pytest.mark.parametrize("policy", BUILT_IN)
@pytest.mark.parametrize("mode", ["swap", "charge"])
def test_one_pad_two_drones_and_a_cabinet_of_one_box_serve_everybody(policy: str, mode: str) -> None:
    rng = np.random.default_rng(3)
    inputs = lab_inputs(
        np.sort(rng.uniform(36000, 36600, 25)),
        airports_xy=((900.0, 0.0),),
        policy=policy,
        rules={
            "horizon": {"drain_s": 200_000.0},
            "fleet": {"drones": (2,)},
            "couriers": {"count": (1,)},
            "takeoff_points": {"pads": (1,), "loaders": (1,)},
            "airports": {"pads": (1,), "unloaders": (1,), "boxes": (1,), "hold_limit_s": 600.0},
            "batteries": {"mode": mode, "packs": (0,), "chargers": (1,)},
            "pilots": {"count": 1, "drones_per_pilot": 1},
        },
        orders={"collection_s": rng.exponential(400, 25), "is_no_show": rng.random(25) < 0.2},
    )
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert set(outcome.tables["orders"]["end_state"]) == {"collected", "unclaimed"}


def test_a_drone_that_moved_about_is_charged_again_before_it_is_stuck() -> None:
    """Empty legs use up a pack too; on the stand beside a free charger that must not be for ever."""

    def wander_then_serve(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if moves and view.free_drones:
            decisions.reposition(0, takeoff_point=1 - int(view.drones.place[0]))
            moves.pop()
            return decisions
        return POLICIES["nearest"](view)

    moves = [None] * 6
    inputs = lab_inputs(
        homes_xy=((0.0, 0.0), (2500.0, 0.0)),
        airports_xy=((1250.0, 2500.0),),
        policy=wander_then_serve,
        rules={
            "fleet": {"drones": (1, 0), "is_shared": True},
            "horizon": {"drain_s": 100_000.0},
            "batteries": {"mode": "charge"},
        },
    )
    outcome = simulate(inputs)
    assert outcome.tables["legs"]["kind"].tolist().count("deadhead") == 6
    assert outcome.tables["orders"]["end_state"].tolist() == ["collected"]

"""One suite over every registered dispatch policy, and what the dispatcher refuses whoever decides it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.dispatch import (
    POLICIES,
    Assign,
    Decisions,
    DispatchPolicy,
    DispatchView,
    load_policy,
)
from dronesim.dispatch.policies.matching_hold import HOLD_S
from dronesim.errors import InputError, PolicyError
from dronesim.experiment.contract.checking import Verdict, verdict_on
from dronesim.experiment.contract.clauses import CLAUSES, Clause
from dronesim.experiment.contract.days import Days
from dronesim.experiment.contract.views import view_of
from dronesim.simulation import ScriptedEvent, SimulationInputs, simulate
from lab import OPEN_S, lab_inputs
from skies import rows, under


@pytest.fixture(params=sorted(POLICIES))
def policy(request: pytest.FixtureRequest) -> DispatchPolicy:
    return POLICIES[request.param]


@pytest.fixture(params=sorted(set(POLICIES) - {"random-feasible"}))
def rule(request: pytest.FixtureRequest) -> DispatchPolicy:
    """A policy that does not draw."""
    return POLICIES[request.param]


def pairs(decisions: Decisions) -> list[tuple[int, int]]:
    assert all(isinstance(decision, Assign) for decision in decisions)
    return [(decision.order, decision.drone) for decision in decisions]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def days() -> Days:
    return Days()


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
def test_every_policy_that_ships_keeps_the_contract(policy: DispatchPolicy, clause: Clause, days: Days) -> None:
    """The same that `dronesim check-policy` asks of a planner's own."""
    assert verdict_on(clause, lambda: policy, days) == Verdict(clause=clause.name, reason=None)


def test_orders_that_are_not_ready_are_left_alone(policy: DispatchPolicy) -> None:
    assert [order for order, _ in pairs(policy(view_of([[5000, 6000], [5000, 6000]], ready=[1])))] == [1]


@pytest.mark.parametrize("seed", range(20))
def test_random_views_get_legal_and_exhaustive_decisions(policy: DispatchPolicy, seed: int) -> None:
    """No order and no drone twice, no infeasible pair; no order is left that a left drone could have brought."""
    rng = np.random.default_rng(seed)
    orders, drones = rng.integers(1, 9, 2)
    matrix = np.where(rng.random((orders, drones)) < 0.3, -1, rng.integers(2000, 2_000_000, (orders, drones)))
    chosen = pairs(policy(view_of(matrix, due_ms=rng.integers(0, 2_000_000, orders).tolist())))
    assert len({order for order, _ in chosen}) == len({drone for _, drone in chosen}) == len(chosen)
    assert all(matrix[order, drone] >= 0 for order, drone in chosen)
    left = [order for order in range(orders) if order not in {order for order, _ in chosen}]
    idle = [drone for drone in range(drones) if drone not in {drone for _, drone in chosen}]
    assert not (matrix[np.ix_(left, idle)] >= 0).any()


def test_the_nearer_of_two_drones_is_sent(rule: DispatchPolicy) -> None:
    assert pairs(rule(view_of([[400_000, 300_000, 350_000]], due_ms=[360_000]))) == [(0, 1)]


def test_matching_with_hold_lets_no_order_go_before_its_hold_is_over() -> None:
    inputs = lab_inputs(policy=POLICIES["matching-hold"])
    orders = simulate(inputs).tables["orders"]
    assert (orders["assigned_s"] - orders["ready_s"]).tolist() == [HOLD_S]


def test_matching_costs_what_random_assignment_costs() -> None:
    """Of n orders and drones with costs that are exponential with mean 1: the sum of 1/k², 1.6284 at n = 60.

    (Aldous 2001.) All orders are late from the start, so that a pair costs in proportion to its time. A sound matching
    misses by more than 4 standard errors once in 16,000 times.
    """
    size, rounds, unit_ms = 60, 40, 1_000_000
    cost_ms = (np.random.default_rng(12).exponential(size=(rounds, size, size)) * unit_ms).astype(int)
    totals = []
    for matrix in cost_ms:
        chosen = pairs(POLICIES["matching"](view_of(matrix, due_ms=[0] * size, now_ms=0)))
        totals.append(sum(matrix[order, drone] for order, drone in chosen) / unit_ms)
        assert len(chosen) == size
    error = float(np.std(totals, ddof=1)) / rounds**0.5
    assert error < 0.03
    assert abs(float(np.mean(totals)) - float(np.sum(1.0 / np.arange(1, size + 1) ** 2))) < 4 * error


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("interval_s", [0.0, 10.0])
def test_a_day_under_every_policy_passes_all_gates(policy: DispatchPolicy, is_shared: bool, interval_s: float) -> None:
    inputs = replace(busy_day(is_shared=is_shared, interval_s=interval_s), policy=policy)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert set(outcome.tables["orders"]["end_state"]) == {"collected"}
    kinds = set(outcome.tables["legs"]["kind"])
    assert ("deadhead" in kinds) == is_shared
    if interval_s:
        assert not np.any(gates.ms(outcome.tables["orders"]["assigned_s"]) % 10_000)


def busy_day(*, is_shared: bool, interval_s: float) -> SimulationInputs:
    """All drones stand at the first take-off point when shared; most orders come at the second."""
    rng = np.random.default_rng(8)
    return lab_inputs(
        np.sort(rng.uniform(36000, 38000, 50)),
        homes_xy=((0.0, 0.0), (600.0, 0.0)),
        rules={
            "horizon": {"drain_s": 100_000.0},
            "fleet": {"drones": (4, 0) if is_shared else (2, 2), "is_shared": is_shared},
            "dispatch": {"interval_s": interval_s},
        },
        orders={"takeoff_point": (rng.random(50) < 0.7).astype(int), "airport": rng.integers(0, 2, 50)},
    )


def test_unknown_policies_are_refused_with_the_choices_and_the_near_name() -> None:
    with pytest.raises(InputError, match=r"choose from first-job-first, .*did you mean nearest"):
        load_policy("neerest")
    with pytest.raises(InputError, match="can't be imported"):
        load_policy("no_such_module_here:policy")
    with pytest.raises(InputError, match="did you mean no_such_module_here:policy"):
        load_policy("folder/no_such_module_here.py:policy")
    with pytest.raises(InputError, match="no callable named nothing"):
        load_policy("lab:nothing")


def test_a_policy_of_ones_own_is_found_by_module_and_name() -> None:
    assert load_policy("dronesim.dispatch.policies.first_job_first:first_job_first") is POLICIES["first-job-first"]


def test_first_job_first_keeps_the_name_that_it_had() -> None:
    assert load_policy("nearest") is POLICIES["nearest"] is POLICIES["first-job-first"]
    assert "nearest" in POLICIES
    assert "nearest" not in list(POLICIES)


# what the dispatcher refuses

Decide = Callable[[DispatchView, Decisions], None]


def refused(decide: Decide, **inputs: Any) -> str:
    """Run a day whose policy decides this as soon as an order is ready; return the error's text."""

    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decide(view, decisions)
        return decisions

    with pytest.raises(PolicyError) as caught:
        simulate(lab_inputs((36000.0, 36005.0), policy=illegal, **inputs))
    return str(caught.value)


SHARED: dict[str, Any] = {
    "homes_xy": ((0.0, 0.0), (500.0, 0.0)),
    "rules": {"fleet": {"drones": (2, 1), "is_shared": True}},
}


def test_an_order_that_does_not_wait_is_refused() -> None:
    text = refused(lambda _view, decisions: decisions.assign(7, 0))
    assert text == (
        "policy custom at 10:06:20: illegal decision Assign(order=7, drone=0): the order is not waiting in this pool"
    )


def test_an_order_is_not_assigned_twice_in_one_epoch() -> None:
    def twice(view: DispatchView, decisions: Decisions) -> None:
        decisions.assign(view.ready[0], 0)
        decisions.assign(view.ready[0], 1)

    assert "Assign(order=0, drone=1): the order is not waiting" in refused(twice)


def test_a_drone_takes_one_order_at_a_time() -> None:
    def twice(view: DispatchView, decisions: Decisions) -> None:
        decisions.assign(0, 2)
        decisions.assign(1, 2)

    assert "Assign(order=1, drone=2): the drone is not free" in refused(twice)


@pytest.mark.parametrize("drone", [-1, 6, 100])
def test_a_drone_that_does_not_exist_is_refused(drone: int) -> None:
    text = refused(lambda _view, decisions: decisions.assign(0, drone))
    assert f"Assign(order=0, drone={drone}): the drone is not free in this pool" in text


def test_a_drone_of_another_take_off_point_is_refused() -> None:
    rules = {"fleet": {"drones": (1, 1)}}
    text = refused(lambda _view, decisions: decisions.assign(0, 1), homes_xy=((0.0, 0.0), (500.0, 0.0)), rules=rules)
    assert "drone=1): the drone is not free in this pool" in text


def test_an_order_to_a_closed_airport_is_refused() -> None:
    closed = ScriptedEvent(kind="airport_closed", at_s=36001.0, duration_s=3600.0, airport=0)
    text = refused(lambda _view, decisions: decisions.assign(0, 3), rules={"events": (closed,)})
    assert "Assign(order=0, drone=3): the airport is closed" in text


def test_an_order_to_a_full_cabinet_is_refused() -> None:
    def each(view: DispatchView, decisions: Decisions) -> None:
        decisions.assign(view.ready[0], view.ready[0])

    text = refused(each, rules={"airports": {"boxes": (1, 1)}})
    assert "Assign(order=1, drone=1): the airport's cabinet is full" in text


def test_an_order_that_comes_second_to_the_last_box_of_an_epoch_waits_on() -> None:
    """The view of an epoch can't tell that the order before it takes the last box: no fault of the policy."""

    def all_at_once(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order, drone in zip(view.ready, view.free_drones, strict=False):
            if np.isfinite(view.delivery_by(order, drone)):
                decisions.assign(order, drone)
        return decisions

    inputs = lab_inputs(
        (36000.0, 36000.0), policy=all_at_once, rules={"airports": {"boxes": (1, 1)}, "dispatch": {"interval_s": 60.0}}
    )
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert outcome.tables["orders"]["end_state"].tolist() == ["collected", "collected"]


def test_a_drone_with_too_little_charge_is_refused() -> None:
    """Orders are in reach of a charged drone at their take-off point, but not after a long empty leg."""
    text = refused(
        lambda _view, decisions: decisions.assign(0, 0),
        homes_xy=((0.0, 0.0), (15_000.0, 0.0)),
        airports_xy=((17_000.0, 0.0),),
        rules={"fleet": {"drones": (1, 1), "is_shared": True}, "horizon": {"drain_s": 50_000.0}},
        orders={"takeoff_point": 1},
    )
    assert "Assign(order=0, drone=0): the drone's charge is too low for this sortie" in text


def test_a_hold_of_an_unknown_order_or_into_the_past_is_refused() -> None:
    assert "not waiting" in refused(lambda view, decisions: decisions.hold(9, until_s=view.now_s + 1))
    text = refused(lambda view, decisions: decisions.hold(0, until_s=view.now_s))
    assert "until_s must lie ahead" in text
    assert "order=0" in text


def test_drones_tied_to_their_take_off_point_do_not_move() -> None:
    text = refused(lambda _view, decisions: decisions.reposition(0, takeoff_point=0))
    assert "Reposition(drone=0, takeoff_point=0): drones are tied" in text


@pytest.mark.parametrize(
    ("takeoff_point", "rule"),
    [(0, "the drone is there already"), (2, "no such take-off point"), (-1, "no such take-off point")],
)
def test_a_move_to_nowhere_is_refused(takeoff_point: int, rule: str) -> None:
    text = refused(lambda _view, decisions: decisions.reposition(0, takeoff_point=takeoff_point), **SHARED)
    assert rule in text


def test_a_move_beyond_the_charge_is_refused() -> None:
    far: dict[str, Any] = SHARED | {"homes_xy": ((0.0, 0.0), (40_000.0, 0.0))}
    assert "the drone can't reach it" in refused(
        lambda _view, decisions: decisions.reposition(0, takeoff_point=1), **far
    )


def test_a_move_that_would_end_in_forecast_rain_is_refused() -> None:
    """Rain is forecast for 10:20, and all must be over ten minutes before; the other stand is not reached by then."""
    rain = rows((20, {"rain_mmh": 9.0}), (30, {}))
    day = under(rain, lab_inputs(**SHARED | {"homes_xy": ((0.0, 0.0), (6_000.0, 0.0))}), forecast=rain)
    limits_s = list[float]()

    def late(view: DispatchView) -> Decisions:
        limits_s.append(view.home_by_s)
        arrives_s = view.now_s + view.empty_leg_s[0, 1]
        decisions = Decisions()
        if arrives_s > view.home_by_s:
            decisions.reposition(0, takeoff_point=1)
        else:
            decisions.wake(view.home_by_s - view.empty_leg_s[0, 1] + 1.0)
        return decisions

    with pytest.raises(PolicyError, match="flying is forecast to stop before it would be there"):
        simulate(replace(day, policy=late, policy_name="late"))
    assert set(limits_s) == {OPEN_S + 600.0}


def test_what_is_no_decision_is_refused() -> None:
    with pytest.raises(PolicyError, match="'fly' is not a decision"):
        simulate(lab_inputs(policy=lambda _view: ["fly"]))


def test_a_held_order_comes_back_when_its_hold_ends() -> None:
    def patient(view: DispatchView) -> Decisions:
        if view.ready and view.now_s < 37000:
            decisions = Decisions()
            decisions.hold(view.ready[0], until_s=37000.0)
            return decisions
        return POLICIES["nearest"](view)

    inputs = lab_inputs(policy=patient)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert outcome.tables["orders"]["assigned_s"].tolist() == [37000.0]


def test_arrays_of_a_view_are_read_only() -> None:
    view = view_of([[5000, 6000]])
    for array in (view.delivery_s, view.orders.due_s, view.drones.charge):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


def _write_policy(folder: Path, answer: int, *, changed_ns: int) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / "policies_of_a_planner.py"
    path.write_text(f"def policy(view):\n    return {answer}  # {'x' * answer}\n", encoding="utf-8")
    os.utime(path, ns=(changed_ns, changed_ns))


def test_a_policy_comes_from_its_own_folder_and_as_its_file_is_now(tmp_path: Path) -> None:
    """Another scenario's module of the same name may be loaded already, or an older version of this one."""
    name, begun_ns = "policies_of_a_planner:policy", 1_700_000_000 * 10**9
    _write_policy(tmp_path / "one", 1, changed_ns=begun_ns)
    _write_policy(tmp_path / "two", 2, changed_ns=begun_ns)
    found = [load_policy(name, folder=tmp_path / folder) for folder in ("one", "two", "one")]
    _write_policy(tmp_path / "one", 3, changed_ns=begun_ns + 5 * 10**9)
    found.append(load_policy(name, folder=tmp_path / "one"))
    assert [policy(None) for policy in found] == [1, 2, 1, 3]  # type: ignore[arg-type, comparison-overlap]

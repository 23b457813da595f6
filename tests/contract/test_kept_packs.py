"""Packs that are due and that a policy lets drones keep: flown on while the charge lasts, and told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.bounds.jobs import jobs_of
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import PolicyError
from dronesim.simulation import Outcome, SimulationInputs, simulate
from lab import lab_inputs
from test_planted_stays import complaints

TURNAROUNDS = "turnarounds"


def keeper(view: DispatchView) -> Decisions:
    """Let every drone keep its pack, and assign as first-job-first does."""
    decisions = Decisions()
    for drone, _ in view.due_drones:
        decisions.keep(drone)
    for each in POLICIES["nearest"](view):
        decisions.assign(each.order, each.drone)
    return decisions


def inputs_of(policy: Any, *, may: bool = True, mode: str = "swap", **dispatch: Any) -> SimulationInputs:
    """Six orders for one drone, whose pack is due after each."""
    rules = {
        "fleet": {"drones": (1,)},
        "batteries": {"turnaround_below": 1.0, "mode": mode, "swap_s": 120.0},
        "dispatch": {"may_keep_packs": may} | dispatch,
    }
    return lab_inputs(36_000.0 + 60.0 * np.arange(6), policy=policy, rules=rules)


def packs_flown(outcome: Outcome) -> int:
    return len(set(outcome.tables["legs"]["pack"].tolist()))


@pytest.mark.parametrize("mode", ["swap", "charge"])
def test_a_drone_flies_on_without_the_swap_that_is_due(mode: str) -> None:
    inputs = inputs_of(keeper, mode=mode)
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    usual = simulate(inputs_of("nearest", mode=mode))
    legs, told = outcome.tables["legs"], outcome.tables["incidents"]
    starts = legs["charge_start"][legs["kind"] == "outbound"]
    assert set(told["kind"]) == {"pack_kept"}
    assert (np.diff(starts[:3]) < 0).all()
    assert legs["charge_end"].min() >= 0.25
    assert outcome.tables["orders"]["delivered_s"].max() < usual.tables["orders"]["delivered_s"].max()
    assert complaints(outcome) == complaints(usual) == {}


def test_a_policy_that_keeps_nothing_has_the_day_of_the_rule() -> None:
    inputs = inputs_of("nearest")
    asked, usual = simulate(inputs), simulate(inputs_of("nearest", may=False))
    gates.check_day(inputs, asked)
    for name, table in usual.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(asked.tables[name][column], values, err_msg=f"{name}.{column}")


def test_with_batches_nobody_is_asked() -> None:
    assert not len(simulate(inputs_of(keeper, interval_s=30.0)).tables["incidents"]["kind"])


def test_a_pack_that_is_not_due_is_not_kept() -> None:
    def illegal(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if view.ready:
            decisions.keep(0)
        return decisions

    with pytest.raises(PolicyError, match=r"Keep\(drone=0\): no pack of this drone is due"):
        simulate(inputs_of(illegal))


def test_an_order_that_the_kept_pack_does_not_last_for_is_illegal() -> None:
    def greedy(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for drone, _ in view.due_drones:
            decisions.keep(drone)
        if view.ready and view.free_drones:
            decisions.assign(view.ready[0], view.free_drones[0])
        return decisions

    inputs = inputs_of(greedy)
    legs, kind = simulate(inputs_of("nearest")).tables["legs"], inputs.aircraft.drone_type
    # a pack for one sortie above the reserve, and not for two
    weak = replace(
        inputs.aircraft, drone_type=replace(kind, pack_wh=2.5 * legs["energy_wh"][:2].sum(), usable_share=1.0)
    )
    with pytest.raises(PolicyError, match="the drone's charge is too low for this sortie"):
        simulate(replace(inputs, aircraft=weak))


def test_the_bound_counts_no_turnaround_where_packs_may_be_kept() -> None:
    must, may = (jobs_of(inputs_of("nearest", may=may)).pairs[0].away_ms for may in (False, True))
    assert must - may == 120_000


# planted


def planted(outcome: Outcome, **columns: Any) -> Outcome:
    told = {**outcome.tables["incidents"], **columns}
    return replace(outcome, tables={**outcome.tables, "incidents": told})


def test_a_kept_pack_that_is_not_told_is_seen() -> None:
    outcome = simulate(inputs_of(keeper))
    nothing = {name: column[:0] for name, column in outcome.tables["incidents"].items()}
    assert any("and takes off with" in words for words in complaints(planted(outcome, **nothing))[TURNAROUNDS])


def test_a_pack_that_is_kept_where_none_may_be_is_seen() -> None:
    outcome = simulate(inputs_of(keeper))
    facts = {**outcome.facts, "dispatch": {"interval_s": 0.0, "assign_ahead_s": 0.0}}
    assert any("no policy may say so" in words for words in complaints(replace(outcome, facts=facts))[TURNAROUNDS])


def test_a_pack_that_is_told_to_be_kept_in_the_air_or_was_not_due_is_seen() -> None:
    outcome = simulate(inputs_of(keeper))
    time_s = outcome.tables["incidents"]["time_s"].copy()
    found = complaints(planted(outcome, time_s=time_s - 60.0))[TURNAROUNDS]
    assert any("while it is in the air" in words for words in found)
    below = {**outcome.facts["batteries"], "turnaround_below": 0.3}
    found = complaints(replace(outcome, facts={**outcome.facts, "batteries": below}))[TURNAROUNDS]
    assert any("or more, or no leg before it" in words for words in found)

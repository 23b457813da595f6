"""What a policy that ships does beside assigning where the scenario permits it; elsewhere it does none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.dispatch.liberties import keep_packs, spare_couriers
from dronesim.metrics import kpis
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.simulation.rules import RiderRules
from lab import lab_inputs
from test_planted_stays import complaints

OPEN_S = 36_000.0
AIRPORTS = ((2600.0, 0.0), (1400.0, 0.0))


def day(inputs: SimulationInputs) -> tuple[Outcome, dict[str, Any]]:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert complaints(outcome) == {}
    return outcome, kpis(outcome.tables, outcome.facts)


def crowd(*, may_refuse: bool, riders: int = 0, couriers: int = 1) -> SimulationInputs:
    """An order every two minutes, of which a courier brings one in three minutes and a bit."""
    rules: dict[str, Any] = {"couriers": {"count": (couriers,)}, "dispatch": {"may_refuse": may_refuse}}
    inputs = lab_inputs(OPEN_S + 120.0 * np.arange(30), policy=POLICIES["rollout"], rules=rules)
    rider = RiderRules(count=(riders,), takes=(), road_mps=5.0, pickup_s=30.0, dropoff_s=60.0)
    return replace(inputs, rules=replace(inputs.rules, riders=rider)) if riders else inputs


def test_where_couriers_are_short_hopeless_orders_are_refused_and_more_are_on_time() -> None:
    _, plain = day(crowd(may_refuse=False))
    outcome, spared = day(crowd(may_refuse=True))
    assert spared["refusals"]["policy"] > 0
    assert spared["service"]["on_time"] > plain["service"]["on_time"] + 3
    orders = outcome.tables["orders"]
    assert (orders["end_state"] == "refused").sum() == spared["refusals"]["policy"]


def test_a_free_rider_has_them_instead() -> None:
    _, spared = day(crowd(may_refuse=True, riders=2))
    assert spared["orders"]["ground"] > 0
    _, alone = day(crowd(may_refuse=True))
    assert spared["orders"]["refused"] < alone["orders"]["refused"]


def test_with_couriers_enough_nobody_is_refused() -> None:
    _, spared = day(crowd(may_refuse=True, couriers=4))
    assert spared["orders"]["refused"] == 0


def keeping(policy: Any, *, may: bool = True, limit_s: float = 720.0) -> SimulationInputs:
    """Six orders for one drone, whose pack is due after each and takes two minutes to swap."""
    rules: dict[str, Any] = {
        "fleet": {"drones": (1,)},
        "service": {"limit_s": limit_s},
        "batteries": {"turnaround_below": 1.0, "swap_s": 120.0},
        "dispatch": {"may_keep_packs": may},
    }
    return lab_inputs(OPEN_S + 450.0 * np.arange(6), policy=policy, rules=rules)


def test_a_pack_is_kept_for_an_order_that_a_swap_would_make_late() -> None:
    outcome, kept = day(keeping(POLICIES["rollout"]))
    _, usual = day(keeping(POLICIES["rollout"], may=False))
    assert "pack_kept" in outcome.tables["incidents"]["kind"].tolist()
    assert kept["service"]["on_time"] > usual["service"]["on_time"]


def test_no_pack_is_kept_where_nobody_would_be_late() -> None:
    outcome, _ = day(keeping(POLICIES["rollout"], limit_s=3600.0))
    assert not len(outcome.tables["incidents"]["kind"])


def test_while_an_airport_is_closed_a_near_one_is_served() -> None:
    closed = ScriptedEvent(kind="airport_closed", at_s=OPEN_S + 1.0, duration_s=3600.0, airport=0)
    rules: dict[str, Any] = {"dispatch": {"extra_walk_m": 1500.0}, "events": (closed,)}
    inputs = lab_inputs(OPEN_S + 60.0 * np.arange(8), airports_xy=AIRPORTS, policy=POLICIES["rollout"], rules=rules)
    outcome, found = day(inputs)
    assert set(outcome.tables["orders"]["airport"].tolist()) == {"A1"}
    assert found["service"]["on_time"] == 8
    _, waits = day(replace(inputs, policy=POLICIES["reposition"]))
    assert waits["service"]["on_time"] < 8


@pytest.mark.parametrize("inputs", [crowd(may_refuse=False), keeping("rollout", may=False)])
def test_where_it_is_not_permitted_nothing_is_decided(inputs: SimulationInputs) -> None:
    seen: list[object] = []

    def watches(view: DispatchView) -> Decisions:
        decisions = Decisions()
        spare_couriers(view, decisions)
        keep_packs(view, decisions)
        seen.extend(decisions)
        return POLICIES["nearest"](view)

    simulate(replace(inputs, policy=watches))
    assert seen == []

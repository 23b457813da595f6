"""What must hold on every day: random networks, demands, events and policies through the whole engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gates
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab import lab_inputs
from worlds import days

from dronesim.dispatch import Decisions, DispatchView
from dronesim.simulation import Outcome, SimulationInputs, simulate

BOUNDED = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEW = settings(BOUNDED, max_examples=40)


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
    assert not [leg for leg in gates.rows(outcome.tables["legs"]) if leg["outcome"] == "open"]


@BOUNDED
@given(days())
def test_every_gate_passes_on_a_day_with_trouble(inputs: SimulationInputs) -> None:
    gates.check_day(inputs, simulate(inputs))


@FEW
@given(days(has_trouble=False))
def test_every_gate_passes_on_a_quiet_day(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    states = set(outcome.tables["orders"]["end_state"])
    assert states <= {"collected", "unclaimed", "refused"}
    assert not len(outcome.tables["incidents"]["incident"])


@BOUNDED
@given(days())
def test_no_day_ends_in_a_deadlock(inputs: SimulationInputs) -> None:
    assert_no_deadlock(inputs, simulate(inputs))

"""What a day keeps of a sortie that the end of its drain cuts off, phase by phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.simulation import Outcome, SimulationInputs, simulate
from lab import OPEN_S, lab_inputs


def one_order(closes_s: float) -> SimulationInputs:
    """One order; the day's drain is over at a time."""
    inputs = lab_inputs(np.array([OPEN_S]))
    horizon = replace(inputs.rules.horizon, end_s=OPEN_S + 1.0, drain_s=closes_s - OPEN_S - 1.0)
    return replace(inputs, rules=replace(inputs.rules, horizon=horizon))


WHOLE = simulate(lab_inputs(np.array([OPEN_S])))
FLOWN = ("loading_s", "loaded_s", "departed_s", "arrived_s", "landed_s", "delivered_s")


def milestone(name: str) -> float:
    return float(WHOLE.tables["orders"][name][0])


def cut_after(name: str) -> Outcome:
    return simulate(one_order(milestone(name) + 0.5))


@pytest.mark.parametrize("last", FLOWN)
def test_an_order_keeps_every_milestone_that_it_has_reached(last: str) -> None:
    orders = cut_after(last).tables["orders"]
    for name in FLOWN:
        has_come = milestone(name) <= milestone(last) + 0.5
        assert orders[name][0] == milestone(name) if has_come else np.isnan(orders[name][0])
    assert orders["end_state"][0] == "open"


def legs_of(outcome: Outcome) -> dict[str, Any]:
    return {name: column[0] for name, column in outcome.tables["legs"].items()}


def test_a_leg_that_has_landed_keeps_its_energy_though_nobody_has_unloaded_it() -> None:
    leg, whole = legs_of(cut_after("landed_s")), legs_of(WHOLE)
    assert (leg["outcome"], leg["landed_s"], leg["energy_wh"]) == ("landed", whole["landed_s"], whole["energy_wh"])


def test_a_leg_in_the_air_stays_open() -> None:
    leg = legs_of(cut_after("departed_s"))
    assert leg["outcome"] == "open"
    assert np.isnan(leg["landed_s"])


@pytest.mark.parametrize("last", FLOWN)
def test_a_day_with_a_drone_out_closes_when_its_drain_ends(last: str) -> None:
    closes_s = milestone(last) + 0.5
    assert simulate(one_order(closes_s)).facts["horizon"]["closed_s"] == closes_s


def test_a_day_whose_drones_are_home_closes_with_the_last_thing_that_happens() -> None:
    legs, orders = WHOLE.tables["legs"], WHOLE.tables["orders"]
    long = simulate(one_order(OPEN_S + 50_000.0))
    assert long.facts["horizon"]["closed_s"] == max(legs["landed_s"].max(), orders["collected_s"].max())

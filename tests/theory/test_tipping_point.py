"""The tipping point of first-job-first dispatch, on the shipped example (Grippa et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.experiment import prepare, set_up
from dronesim.record.tables import Columns
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate
from dronesim.units import HOUR, MINUTE

SCENARIO = Path(__file__).parents[2] / "scenarios" / "tipping-point.toml"
CIRCLE_M = 1550.0
OTHER_M = CIRCLE_M * (np.sin(np.pi / 5) + np.sin(2 * np.pi / 5))
"""Mean distance between two of five places on a circle: of its chords over a fifth and over two fifths of it."""
CRUISE_MPS = 15.0
ORDERS_PER_S = 2500 / (10 * HOUR)
DRONES = 34
"""More than first-finish needs, and fewer than first-job-first."""
CLOSED_S = 15 * HOUR
GROWN_S = 11 * HOUR
"""From when on a queue has grown."""


@cache
def four_hours(policy: str) -> tuple[Mapping[str, Columns], Mapping[str, Any]]:
    hours = ("demand.orders=1000", "horizon.end=14:00", "horizon.drain_max_min=60")
    settings = [f"fleet.drones={DRONES}", f"dispatch.policy={policy}", *hours]
    inputs = prepare(set_up(load_scenario(SCENARIO, settings)))
    day = simulate(inputs)
    return day.tables, day.facts


def predicted_s() -> tuple[float, float]:
    """Seconds of a drone that an order takes, and those of the empty leg before it from one of the five at random."""
    tables, facts = four_hours("first-finish")
    legs, ground, aircraft = tables["legs"], facts["handling"], facts["aircraft"]
    flies_s = float(np.nanmean((legs["landed_s"] - legs["departed_s"])[legs["kind"] == "outbound"]))
    check_s, swap_s = aircraft["takeoff_check_s"], facts["batteries"]["swap_s"]
    cycle_s = ground["load_s"] + ground["unload_s"] + swap_s + 2 * (check_s + flies_s)
    return cycle_s, 0.8 * (check_s + flies_s + (OTHER_M - CIRCLE_M) / CRUISE_MPS)


def drones_of_a_queue() -> float:
    """Drones that the orders would keep busy at the rate at which first job first flies them once they queue."""
    departed_s = four_hours("nearest")[0]["orders"]["departed_s"]
    flown = int(((departed_s >= GROWN_S) & (departed_s < 14 * HOUR)).sum())
    return float(ORDERS_PER_S * DRONES * (14 * HOUR - GROWN_S) / flown)


def wait_at_the_end_min(policy: str) -> float:
    """Mean wait of those ready in the last hour; who is not flown at the close has waited until then at least."""
    orders = four_hours(policy)[0]["orders"]
    late = (orders["ready_s"] >= 13 * HOUR) & (orders["ready_s"] < 14 * HOUR)
    until_s = np.fmin(orders["departed_s"], CLOSED_S)
    return float(np.mean((until_s - orders["ready_s"])[late])) / MINUTE


def test_an_order_takes_as_much_of_a_drone_as_the_formula_says_once_orders_queue() -> None:
    """First job first tips over at 40.9 drones, where first-finish needs 29.6."""
    cycle_s, empty_s = predicted_s()
    assert ORDERS_PER_S * cycle_s == pytest.approx(29.6, abs=0.05)
    assert ORDERS_PER_S * (cycle_s + empty_s) == pytest.approx(40.9, abs=0.05)
    assert drones_of_a_queue() == pytest.approx(40.9, abs=1.0)


def test_between_the_two_first_job_first_falls_behind_and_first_finish_does_not() -> None:
    assert wait_at_the_end_min("first-finish") < 6.0
    assert wait_at_the_end_min("nearest") > 20.0

"""Shared fleets under the policies that ship: none but the yardsticks falls far behind the same drones when tied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from dronesim.dispatch import POLICIES
from dronesim.experiment.compose import prepare, set_up
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import SimulationInputs, simulate

ROOT = Path(__file__).resolve().parents[2] / "benchmarks/dispatch"
YARDSTICKS = {"first-job-first", "random-feasible"}
TOWN, SHORT = f"map={ROOT}/maps/town.geojson", "horizon.end=12:00"
DAYS = {
    "shared": ("demand.orders=300", "fleet.drones=21"),
    "long-legs": (SHORT, "demand.orders=220"),
    "rush": (SHORT, "demand.orders=210", "demand.profile=flat", "fleet.drones=32"),
}
"""Three scenarios of the benchmark, on the map with four take-off points, cut to two hours or to fewer orders."""


@cache
def day(scenario: str, *, is_shared: bool) -> SimulationInputs:
    """Set a day up, a tuning day of the benchmark."""
    settings = [TOWN, *DAYS[scenario], f"fleet.is_shared={str(is_shared).lower()}"]
    return prepare(set_up(load_scenario(ROOT / f"{scenario}.toml", settings), folder=None), seed=3)


def on_time(policy: str, *, is_shared: bool) -> float:
    """Give the share on time, mean over the three scenarios, in points."""
    shares = []
    for scenario in DAYS:
        outcome = simulate(replace(day(scenario, is_shared=is_shared), policy=POLICIES[policy]))
        shares.append(100.0 * kpis(outcome.tables, outcome.facts)["service"]["share"])
    return float(np.mean(shares))


@pytest.mark.parametrize("policy", sorted(set(POLICIES) - YARDSTICKS))
def test_a_shared_fleet_does_not_collapse(policy: str) -> None:
    """A sign of collapse, not a measure: three days can't tell two points, and the yardstick loses over twenty."""
    assert on_time(policy, is_shared=True) > on_time(policy, is_shared=False) - 4.5


def test_first_job_first_is_why_this_is_asked() -> None:
    assert on_time("first-job-first", is_shared=True) < on_time("first-job-first", is_shared=False) - 20.0

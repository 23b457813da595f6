"""Shared fleets under the policies that ship: none but the yardsticks does worse than with the same drones tied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from dronesim.dispatch import POLICIES
from dronesim.dispatch.columns import Floats
from dronesim.experiment.compose import prepare, set_up
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import SimulationInputs, simulate

ROOT: Final = Path(__file__).resolve().parents[2] / "benchmarks/dispatch"
YARDSTICKS: Final = {"first-job-first", "random-feasible"}
DAYS: Final = {
    "shared": ("horizon.end=13:00", "demand.orders=225", "fleet.drones=21"),
    "long-legs": ("horizon.end=12:00", "demand.orders=220"),
    "rush": ("horizon.end=12:00", "demand.orders=210", "demand.profile=flat", "fleet.drones=32"),
}
"""Three scenarios of the benchmark, on the map with four take-off points, cut to fewer hours and orders."""
SEEDS: Final = (3, 4)
STANDARD_ERRORS: Final = 3.4
"""What six differences that mean nothing exceed once in 100 times (Student's t, one-sided)."""
MOST_POINTS: Final = 1.0
"""No more is put down to noise, or a standard error, where that is more: first-finish has days ten points apart."""


@cache
def days(scenario: str, *, is_shared: bool) -> tuple[SimulationInputs, ...]:
    """Set tuning days up."""
    settings = [f"map={ROOT}/maps/town.geojson", *DAYS[scenario], f"fleet.is_shared={str(is_shared).lower()}"]
    setting = set_up(load_scenario(ROOT / f"{scenario}.toml", settings), folder=None)
    return tuple(prepare(setting, seed=seed) for seed in SEEDS)


def on_time(policy: str, *, is_shared: bool) -> Floats:
    """Give the share on time of each scenario's days, in points."""
    outcomes = [
        simulate(replace(day, policy=POLICIES[policy])) for name in DAYS for day in days(name, is_shared=is_shared)
    ]
    return np.array([100.0 * kpis(each.tables, each.facts)["service"]["share"] for each in outcomes])


def gain_of_sharing(policy: str) -> tuple[float, float]:
    """Give the mean of what sharing gains on the same days, and its standard error, in points."""
    gains = on_time(policy, is_shared=True) - on_time(policy, is_shared=False)
    return float(gains.mean()), float(gains.std(ddof=1)) / len(gains) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("policy", sorted(set(POLICIES) - YARDSTICKS))
def test_sharing_does_not_hurt(policy: str) -> None:
    """Beyond the noise of paired days."""
    mean, error = gain_of_sharing(policy)
    assert mean > -min(STANDARD_ERRORS * error, max(MOST_POINTS, error)), (mean, error)


@pytest.mark.slow
def test_first_job_first_is_why_this_is_asked() -> None:
    mean, error = gain_of_sharing("first-job-first")
    assert mean < min(-STANDARD_ERRORS * error, -10.0)

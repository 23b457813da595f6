"""One replication in memory, for people who compare policies from Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dronesim.dispatch import DispatchPolicy
from dronesim.experiment.compose import prepare, set_up
from dronesim.experiment.policy_copies import copied
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate


def measure(
    scenario: str | Path,
    *,
    policy: DispatchPolicy | None = None,
    settings: Sequence[str] = (),
    seed: int | None = None,
    replication: int = 0,
) -> dict[str, Any]:
    """Simulate one day and return its KPIs, as in ``kpis.json``; nothing is written.

    ``policy`` replaces the scenario's; ``settings`` are like those of ``--set``. Two policies that are measured
    with the same seed and replication meet the same orders, kitchens and customers. A policy is asked in a copy, so
    that it begins each day as it was given, whatever it notes in variables.

    Raises
    ------
    InputError
        The scenario or a setting is not usable.
    PolicyError
        The policy took an illegal decision.
    """
    setting = set_up(load_scenario(scenario, settings), folder=Path(scenario).parent)
    inputs = prepare(setting, seed=seed, replication=replication)
    if policy is not None:
        name = getattr(policy, "__name__", type(policy).__name__)
        inputs = dataclasses.replace(inputs, policy=copied(policy), policy_name=name)
    outcome = simulate(inputs)
    return kpis(outcome.tables, outcome.facts)

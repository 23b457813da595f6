"""Days with packs that age, built by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dronesim.simulation import PackColumns, SimulationInputs
from dronesim.wear import AgeingLaw

LAW = AgeingLaw(cycles_to_80=250.0, exponent=1.0, calendar_per_day=1.8e-4, retire_at=0.8, cycles_per_day=3.0)


def worn(
    inputs: SimulationInputs, full_cycles: Sequence[float], days: Sequence[float] | None = None, **law: Any
) -> SimulationInputs:
    """The day with packs of known wear; those after the last one named have its wear too."""
    rules = inputs.rules
    count = sum((*rules.fleet.drones, *rules.fleet.spares, *rules.batteries.packs))

    def column(known: Sequence[float]) -> Any:
        return np.array([*known, *[known[-1]] * (count - len(known))][:count], dtype=np.float64)

    batteries = replace(rules.batteries, ageing=replace(LAW, **law))
    packs = PackColumns(full_cycles=column(full_cycles), days=column([0.0] if days is None else days))
    return replace(inputs, rules=replace(rules, batteries=batteries), packs=packs)

"""Days with packs that age and drones that are inspected, built by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dronesim.simulation import CareColumns, PackColumns, SimulationInputs
from dronesim.wear import AgeingLaw, CareLaw

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


CARE = CareLaw(
    after_sorties=100.0,
    after_flight_s=np.inf,
    inspection_s=1800.0,
    repair_share=0.05,
    repair_median_days=1.0,
    repair_p95_days=7.0,
    sorties_per_day=26.0,
    flight_s_per_day=14760.0,
)
COLUMNS = {"sorties": 0.0, "flown_s": 0.0, "in_repair_days": 0.0, "clean": np.inf, "repair_days": 1.0}


def cared(inputs: SimulationInputs, **changes: Any) -> SimulationInputs:
    """The day with drones that are inspected; ``changes`` are rules, or columns by drone, whose last value goes on."""
    count = sum((*inputs.rules.fleet.drones, *inputs.rules.fleet.spares))

    def column(name: str) -> Any:
        known = list(changes.get(name, [COLUMNS[name]]))
        return np.array([*known, *[known[-1]] * (count - len(known))][:count], dtype=np.float64)

    law = replace(CARE, **{name: value for name, value in changes.items() if name not in COLUMNS})
    if "after_flight_s" in changes and "after_sorties" not in changes:
        law = replace(law, after_sorties=np.inf)
    care = CareColumns(**{name: column(name) for name in COLUMNS})
    return replace(inputs, rules=replace(inputs.rules, care=law), care=care)

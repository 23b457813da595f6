"""The bound that a day is scored against."""

from __future__ import annotations

from dronesim.metrics import kpis
from dronesim.simulation import SimulationInputs, simulate


def bound_of_day(inputs: SimulationInputs) -> float | None:
    """Give the share on time that no policy exceeds on a day; None where nobody orders in range."""
    outcome = simulate(inputs)
    found: float | None = kpis(outcome.tables, outcome.facts)["service"]["ceiling"]
    return found

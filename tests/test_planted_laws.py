"""Faults planted in the engine that break a law and no rule of a single row: only the law's check sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.metrics import kpis
from dronesim.metrics import occupancy as occupancy_measures
from dronesim.simulation import Outcome, simulate
from dronesim.simulation.batteries import Batteries
from dronesim.simulation.uses import Uses
from dronesim.verify import Check, flows, laws
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.reading import Run
from test_planted_faults import small_day

Plant = Callable[[pytest.MonkeyPatch], None]

LAWS: tuple[Callable[[Run], Check], ...] = (laws.little, flows.flows, laws.utilizations)
LITTLE, FLOW, UTILIZATION = "Little's law", "flow in is flow out", "utilization"


def as_read(outcome: Outcome, *, figures: dict[str, Any] | None = None) -> Run:
    """A day as the checker reads it from its folder, where absent text is empty; key figures are those told, if any."""
    facts = read_facts(Path("facts.json"), outcome.facts)
    tables = {name: {key: _text(values) for key, values in table.items()} for name, table in outcome.tables.items()}
    figures = kpis(outcome.tables, outcome.facts) if figures is None else figures
    return Run(folder=Path(), manifest={}, kpis=figures, facts=facts, tables=tables, misfits={})


def _text(values: Any) -> Any:
    is_text = values.dtype == object
    return np.array([text or "" for text in values.tolist()], dtype=object) if is_text else values


def broken_laws(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    found = [law(as_read(outcome)) for law in LAWS]
    return {check.name: check.violations for check in found if not check.is_clean}


def broken_gates(outcome: Outcome) -> set[str]:
    inputs = small_day()
    return {gate.__name__ for gate in gates.GATES if not _holds(lambda gate=gate: gate(inputs, outcome))}


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


# the faults


def _outbound(monkeypatch: pytest.MonkeyPatch, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> None:
    """Change what every outbound leg holds; the loader is its second use."""
    honest = Uses._outbound
    monkeypatch.setattr(Uses, "_outbound", lambda self, *plan, **how: change(honest(self, *plan, **how)))


def loader_stays_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader is held for five seconds more than loading takes."""

    def change(uses: tuple[Any, ...]) -> tuple[Any, ...]:
        (calendar, begins_ms, lasts_ms) = uses[1]
        return (uses[0], (calendar, begins_ms, lasts_ms + 5000), *uses[2:])

    _outbound(monkeypatch, change)


def loader_booked_twice_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader is booked for the first half of loading, and again for the second."""

    def change(uses: tuple[Any, ...]) -> tuple[Any, ...]:
        (calendar, begins_ms, lasts_ms) = uses[1]
        halves = (calendar, begins_ms, lasts_ms // 2), (calendar, begins_ms + lasts_ms // 2, lasts_ms - lasts_ms // 2)
        return (uses[0], *halves, *uses[2:])

    _outbound(monkeypatch, change)


def packs_charge_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A charger needs a twentieth of the time that its rate allows."""
    honest = Batteries._charge_ms
    monkeypatch.setattr(Batteries, "_charge_ms", lambda self, charge: honest(self, charge) // 20)


def utilization_of_half_the_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was held is counted half."""
    honest = occupancy_measures.covered_s
    monkeypatch.setattr(occupancy_measures, "covered_s", lambda *held: honest(*held) / 2)


FAULTS: dict[Plant, tuple[set[str], str]] = {
    loader_stays_longer: ({LITTLE, UTILIZATION}, "loader at"),
    loader_booked_twice_in_a_row: ({FLOW}, "loader at"),
    packs_charge_in_no_time: ({LITTLE, UTILIZATION}, "charger at"),
    utilization_of_half_the_hours: ({UTILIZATION}, "resources.loader."),
}


def test_the_engine_as_it_is_breaks_no_law() -> None:
    assert broken_laws(simulate(small_day())) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_seen_by_its_law_and_by_no_gate(fault: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    outcome = simulate(small_day())
    found = broken_laws(outcome)
    monkeypatch.undo()
    names, says = FAULTS[fault]
    assert set(found) == names
    assert any(says in text for name in names for text in found[name])
    assert broken_gates(outcome) == set()

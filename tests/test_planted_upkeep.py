"""Faults planted in days with inspections and repairs: the checker must see every one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.metrics import kpis
from dronesim.simulation import Outcome, simulate
from dronesim.simulation.upkeep import Upkeep
from dronesim.verify.figures import key_figures
from dronesim.verify.upkeep import upkeep
from lab import lab_inputs
from test_planted_laws import as_read
from worn import cared


def day() -> Outcome:
    """Three drones: one is back from its repair after two hours, one is sent to repair, one is away for the day."""
    inputs = lab_inputs(36000.0 + 240.0 * np.arange(60), rules={"fleet": {"drones": (3,)}})
    begun = {"in_repair_days": [0.2, 0.0, 4.0], "sorties": [0.0, 2.0, 0.0]}
    return simulate(cared(inputs, after_sorties=6.0, clean=[np.inf, 0.0], repair_days=[0.05], **begun))


def complaints(outcome: Outcome) -> tuple[str, ...]:
    return upkeep(as_read(outcome)).violations


def planted(change: Callable[[dict[str, Any]], object]) -> Outcome:
    outcome = day()
    facts = copy.deepcopy(outcome.facts)
    change(facts["maintenance"])
    return Outcome(tables=outcome.tables, facts=facts)


def of_kind(told: dict[str, Any], kind: str, drone: int) -> dict[str, Any]:
    return next(stay for stay in told["stays"] if (stay["kind"], stay["drone"]) == (kind, drone))


def without(told: dict[str, Any], kind: str, drone: int) -> None:
    told["stays"].remove(of_kind(told, kind, drone))


def test_an_honest_day_is_clean() -> None:
    outcome = day()
    assert len(outcome.facts["maintenance"]["stays"]) > 8
    assert complaints(outcome) == ()
    assert key_figures(as_read(outcome)).is_clean


def test_a_drone_that_flies_past_its_inspection_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine lets drone 1 have one sortie more than it should."""
    rule = Upkeep.is_due
    monkeypatch.setattr(
        Upkeep, "is_due", lambda own, drone, **more: rule(own, drone, more=more.get("more", 0) - (drone.number == 1))
    )
    found = complaints(day())
    assert any("drone 1 departs" in words and "past its inspection: 6 sorties" in words for words in found)
    assert not any("drone 0" in words for words in found)


def test_a_drone_that_is_never_inspected_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Upkeep, "is_due", lambda *_of, **_more: False)
    assert any("past its inspection" in words for words in complaints(day()))


def test_a_drone_that_flies_while_it_is_in_repair_is_seen() -> None:
    outcome = day()
    legs = {name: column.copy() for name, column in outcome.tables["legs"].items()}
    legs["drone"][:2] = 2
    found = complaints(Outcome(tables={**outcome.tables, "legs": legs}, facts=outcome.facts))
    assert any("drone 2 is out from" in words and "in repair" in words for words in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: without(told, "inspection", 1), "past its inspection"),
        (lambda told: without(told, "repair", 0), "days of a repair are left in the morning, 0 are told of"),
        (lambda told: told.update(after_sorties=7.0), "and is not due"),
        (lambda told: told.update(after_sorties=5.0), "past its inspection"),
        (lambda told: told.update(inspection_s=60.0), "its inspection"),
        (lambda told: told["sorties"].__setitem__(1, 0.0), "and is not due"),
        (lambda told: told["in_repair_days"].__setitem__(0, 0.1), "its repair of 0.1 days ends"),
        (lambda told: told["in_repair_days"].__setitem__(2, 0.5), "its repair of 0.5 days ends on another day"),
        (lambda told: of_kind(told, "repair", 1).update(from_s=37000.0), "no inspection ends where its repair begins"),
        (lambda told: of_kind(told, "repair", 1).update(to_s=None), "is out from"),
        (lambda told: of_kind(told, "repair", 0).update(to_s=80000.0), "after hours"),
        (lambda told: of_kind(told, "inspection", 0).update(kind="rest"), "'rest' is not known"),
        (lambda told: of_kind(told, "inspection", 0).update(from_s=36000.0), "within its repair"),
        (lambda told: [told[name].pop() for name in ("sorties", "flown_s", "in_repair_days")], "nobody knows what it"),
    ],
)
def test_facts_that_no_such_day_leaves_are_seen(change: Callable[[dict[str, Any]], object], words: str) -> None:
    assert any(words in violation for violation in complaints(planted(change)))


def test_figures_of_upkeep_that_are_wrong_are_seen() -> None:
    outcome = day()
    honest = kpis(outcome.tables, outcome.facts)
    for name in honest["upkeep"]:
        figures = copy.deepcopy(honest)
        figures["upkeep"][name] += 1
        found = key_figures(as_read(outcome, figures=figures)).violations
        assert [words.split(" ")[0] for words in found] == [f"upkeep.{name}"]


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("after_sorties"),
        lambda told: told.update(repair_share="many"),
        lambda told: told["sorties"].pop(),
        lambda told: told.update(stays=[{"drone": 1}]),
        lambda told: told["stays"][0].update(to_s="noon"),
    ],
)
def test_facts_of_upkeep_that_can_not_be_read_are_named(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InputError, match="maintenance"):
        as_read(planted(change), figures={})

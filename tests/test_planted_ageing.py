"""Faults planted in days with packs that age: the checker must see every one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.simulation import Outcome, engine, simulate
from dronesim.verify.ageing import ageing
from dronesim.verify.energy import energy
from dronesim.verify.figures import key_figures
from lab import lab_inputs
from test_planted_laws import as_read
from worn import worn

CYCLES = [200.0, 20.0, 120.0, 60.0]


def day() -> Outcome:
    return simulate(worn(lab_inputs(36000.0 + 60.0 * np.arange(40)), CYCLES, [30.0, 5.0]))


def told(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = outcome.facts["batteries"]["ageing"]
    return found


def planted(change: Callable[[dict[str, Any]], None]) -> Outcome:
    outcome = day()
    facts = copy.deepcopy(outcome.facts)
    change(facts["batteries"]["ageing"])
    return Outcome(tables=outcome.tables, facts=facts)


def test_an_honest_day_is_clean() -> None:
    run = as_read(day())
    assert [words for check in (ageing, energy, key_figures) for words in check(run).violations] == []


def test_an_old_pack_that_gives_more_than_it_holds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flights draw on all packs as if they were new; the facts tell their age."""
    usable_wh = lab_inputs().aircraft.drone_type.usable_wh
    monkeypatch.setattr(engine, "full_wh", lambda inputs: [usable_wh] * len(inputs.packs.days))
    found = energy(as_read(day()))
    assert not found.is_clean
    assert "its charge dropped by" in found.violations[0]


def test_a_pack_that_is_swapped_for_another_in_the_books_is_seen() -> None:
    outcome = day()
    legs = {name: column.copy() for name, column in outcome.tables["legs"].items()}
    legs["pack"][:2] = 3
    assert not energy(as_read(Outcome(tables={**outcome.tables, "legs": legs}, facts=outcome.facts))).is_clean


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda packs: packs["health"].__setitem__(0, 1.0), "its health is told as 1.0"),
        (lambda packs: packs["full_cycles"].__setitem__(0, 210.0), "its wear makes it"),
        (lambda packs: packs["days"].__setitem__(1, 400.0), "its wear makes it"),
        (lambda packs: packs["full_cycles"].__setitem__(0, 400.0), "it retires at 0.8"),
        (lambda packs: packs["days"].__setitem__(0, -1.0), "full cycles in -1.0 days"),
        (lambda packs: [packs[name].pop() for name in ("health", "days", "full_cycles")], "nobody knows its health"),
    ],
)
def test_wear_that_does_not_make_the_health_is_seen(change: Callable[[dict[str, Any]], None], words: str) -> None:
    assert any(words in violation for violation in ageing(as_read(planted(change))).violations)


def test_figures_of_packs_that_are_wrong_are_seen() -> None:
    outcome = day()
    from dronesim.metrics import kpis

    for name in ("cycles_per_day", "mean_health", "least_health", "life_days", "retiring", "bought_per_year"):
        figures = copy.deepcopy(kpis(outcome.tables, outcome.facts))
        figures["packs"][name] += 0.01
        found = key_figures(as_read(outcome, figures=figures)).violations
        assert [words.split(" ")[0] for words in found] == [f"packs.{name}"]


@pytest.mark.parametrize(
    "change",
    [
        lambda packs: packs.pop("days"),
        lambda packs: packs.update(exponent="one"),
        lambda packs: packs["days"].pop(),
        lambda packs: packs.update(health=[]),
    ],
)
def test_facts_of_packs_that_can_not_be_read_are_named(change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(InputError, match=r"batteries\.ageing"):
        as_read(planted(change), figures={})

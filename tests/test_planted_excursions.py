"""Excursions beyond the track bound: how often, how far, and faults planted in them, which the checker must see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.excursions import Straying, beyond
from dronesim.simulation.rules import NavigationRules
from dronesim.streams import Streams
from dronesim.verify import Check
from dronesim.verify.astray import excursions_told
from dronesim.verify.conformance import conformance
from dronesim.verify.figures import key_figures
from dronesim.verify.separation import separation
from lab import lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

RULES = NavigationRules(miss_share=0.0, go_around_s=1.0, excursions_per_h=20.0, excursion_m=7.0)


def astray(mode: str = "headway", rules: NavigationRules = RULES) -> SimulationInputs:
    inputs = lab_inputs(
        36_000.0 + 20.0 * np.arange(60),
        homes_xy=((0.0, 0.0), (1500.0, 900.0)),
        airports_xy=((1800.0, 0.0), (0.0, 1200.0)),
    )
    air = replace(inputs.rules.airspace, mode=mode, tracking_error_m=1.0, tracking_bound=3.0)
    return replace(inputs, rules=replace(inputs.rules, airspace=air, navigation=rules))


def flown(inputs: SimulationInputs) -> Outcome:
    return simulate(inputs, has_tracks=True, counts_losses=True)


def found(outcome: Outcome) -> dict[str, str]:
    run = as_read(outcome)
    checks: list[Check] = [excursions_told(run), separation(run), conformance(run), key_figures(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_a_day_with_excursions_is_clean(mode: str) -> None:
    outcome = flown(astray(mode))
    told = outcome.tables["incidents"]["kind"] == "excursion"
    assert told.sum() > 20
    assert found(outcome) == {}
    if mode == "strategic":
        assert outcome.facts["separation"]["losses_of_separation"] == 0


def test_what_is_decided_does_not_depend_on_excursions() -> None:
    quiet, strays = simulate(astray(rules=replace(RULES, excursions_per_h=0.0))), simulate(astray())
    for column, values in quiet.tables["legs"].items():
        assert repr(values.tolist()) == repr(strays.tables["legs"][column].tolist())
    assert "navigation" not in quiet.facts


def test_excursions_come_at_their_rate() -> None:
    """Four standard errors over 400 drones of 10 hours in flights of six minutes with room everywhere."""
    straying = Straying(RULES, Streams(seed=3), bound_m=3.0)
    marks_s, most_m = np.arange(10.0, 360.0, 10.0), np.full(35, 9.0)
    counts = [
        sum(len(straying.places(drone, 360.0, marks_s, most_m)) for _ in range(100) if straying.is_due(drone, 360.0))
        for drone in range(400)
    ]
    error = np.std(counts, ddof=1) / np.sqrt(len(counts))
    assert error < 2.0
    assert abs(np.mean(counts) - 200.0) < 4 * error


def test_one_that_finds_no_room_comes_in_the_next_flight() -> None:
    straying = Straying(replace(RULES, excursions_per_h=1000.0), Streams(seed=3), bound_m=3.0)
    marks_s = np.array([50.0, 100.0])
    assert straying.is_due(0, 360.0)
    assert straying.places(0, 360.0, marks_s, np.array([1.0, 2.0])) == []
    assert straying.is_due(0, 0.001)
    ((mark, offset_m),) = straying.places(0, 0.001, marks_s, np.array([1.0, 5.0]))
    assert (mark, abs(offset_m)) == (1, 5.0)


def test_a_drone_is_beyond_its_bound_between_its_crossings() -> None:
    at_s, aside_m = np.array([0.0, 10.0, 20.0, 40.0]), np.array([0.0, 5.0, -5.0, 0.0])
    assert list(beyond(at_s, aside_m, bound_m=2.5)) == [pytest.approx((5.0, 12.5)), pytest.approx((17.5, 30.0))]


# planted


def untold(outcome: Outcome) -> None:
    incidents = outcome.tables["incidents"]
    rows = np.flatnonzero(incidents["kind"] == "excursion")
    for column, values in incidents.items():
        incidents[column] = np.delete(values, rows[3])


def another_drone(outcome: Outcome) -> None:
    incidents = outcome.tables["incidents"]
    incidents["drone"][np.flatnonzero(incidents["kind"] == "excursion")[0]] += 1


def larger(outcome: Outcome) -> None:
    incidents = outcome.tables["incidents"]
    incidents["action"][np.flatnonzero(incidents["kind"] == "excursion")[0]] = "strays 9.5 m from its path"


CHANGES: dict[str, tuple[Callable[[Outcome], None], str]] = {
    "an excursion untold": (untold, "which no incident tells"),
    "an excursion of another drone": (another_drone, "its flown track does not"),
    "an excursion that is too large": (larger, "the most is 7 m"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_table_is_seen(name: str) -> None:
    change, says = CHANGES[name]
    changed = flown(astray())
    changed = changeable(changed)
    change(changed)
    assert says in found(changed)["excursions"]


def test_a_drone_that_strays_on_a_day_without_excursions_is_seen() -> None:
    outcome = flown(astray(rules=replace(RULES, excursions_per_h=0.0)))
    assert found(outcome) == {}
    row = int(np.argmax(outcome.tables["flown"]["t1_s"] - outcome.tables["flown"]["t0_s"]))
    for name in ("y0_m", "y1_m", "x0_m", "x1_m"):
        outcome.tables["flown"][name] = outcome.tables["flown"][name].copy()
        outcome.tables["flown"][name][row] += 6.0
    assert "which no incident tells" in found(outcome)["excursions"]

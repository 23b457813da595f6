"""Unloading that takes longer than booked: who waits for it, and faults planted in it, which the checker must see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.demand.specs import Uniform
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.inputs import HandlingColumns
from dronesim.simulation.rules import HandlingRules
from dronesim.verify.bookings import bookings
from dronesim.verify.capacity import capacities
from dronesim.verify.handling import handling_times
from dronesim.verify.laws import little
from lab import OPEN_S, lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

LAW = HandlingRules(unload=Uniform(low=0.0, high=60.0))


def unloaded(unload_s: list[float], *, every_s: float = 1200.0, pads: int = 2) -> SimulationInputs:
    """Orders for one airport with one unloader, booked for 30 s each."""
    inputs = lab_inputs(OPEN_S + every_s * np.arange(len(unload_s)), rules={"airports": {"pads": (pads, pads)}})
    rules = replace(inputs.rules, handling=LAW)
    return replace(inputs, rules=rules, handling=HandlingColumns(unload_s=np.array(unload_s)))


def found(outcome: Outcome) -> dict[str, str]:
    run = as_read(outcome)
    checks = [handling_times(run), bookings(run), capacities(run), little(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


def run_clean(inputs: SimulationInputs) -> Outcome:
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    assert found(outcome) == {}
    return outcome


def told(outcome: Outcome, action: str) -> list[int]:
    table = outcome.tables["incidents"]
    rows = (table["kind"] == "unloading_overrun") & (table["action"] == action)
    return table["order"][rows].tolist()


def test_a_longer_unloading_delivers_and_leaves_later_and_a_shorter_one_takes_its_slot() -> None:
    outcome = run_clean(unloaded([12.0, 30.0, 31.0, 95.0]))
    orders, legs = outcome.tables["orders"], outcome.tables["legs"]
    assert (orders["delivered_s"] - orders["landed_s"]).tolist() == pytest.approx([30.0, 30.0, 31.0, 95.0])
    home_s = np.sort(legs["departed_s"][legs["kind"] == "return"])
    assert (home_s - orders["delivered_s"]).tolist() == pytest.approx([home_s[0] - orders["delivered_s"][0]] * 4)
    assert told(outcome, "is unloaded for longer") == [2, 3]


def test_who_sinks_waits_on_its_pad_and_who_is_on_its_way_lands_later() -> None:
    plain = simulate(unloaded([30.0] * 5, every_s=1.0)).tables["orders"]
    outcome = run_clean(unloaded([100.0, 30.0, 30.0, 30.0, 30.0], every_s=1.0))
    orders = outcome.tables["orders"]
    assert told(outcome, "waits on its pad to be unloaded") == [1]
    assert orders["landed_s"][1] == plain["landed_s"][1]
    assert orders["delivered_s"][1] == pytest.approx(orders["delivered_s"][0] + 30.0)
    assert (orders["landed_s"][2:] > plain["landed_s"][2:] + 60.0).all()


def test_with_one_pad_the_next_drone_lands_when_the_first_has_left() -> None:
    outcome = run_clean(unloaded([90.0, 30.0, 30.0], every_s=1.0, pads=1))
    orders = outcome.tables["orders"]
    assert told(outcome, "waits on its pad to be unloaded") == []
    assert (np.diff(orders["landed_s"]) > 60.0).all()


PLANTED: dict[str, tuple[str, Callable[[Outcome], Any]]] = {}


def plants(words: str) -> Callable[[Callable[[Outcome], Any]], Callable[[Outcome], Any]]:
    def keep(fault: Callable[[Outcome], Any]) -> Callable[[Outcome], Any]:
        PLANTED[fault.__name__] = (words, fault)
        return fault

    return keep


def _first(outcome: Outcome, action: str) -> int:
    table = outcome.tables["incidents"]
    return int(np.flatnonzero(table["action"] == action)[0])


@plants("overruns are told")
def an_overrun_that_is_not_told(day: Outcome) -> None:
    day.tables["incidents"]["action"][_first(day, "is unloaded for longer")] = "holds"


@plants("after its landing, it takes")
def a_wait_on_the_pad_that_is_not_told(day: Outcome) -> None:
    day.tables["incidents"]["action"][_first(day, "waits on its pad to be unloaded")] = "holds"


@plants("after its landing, it takes")
def a_parcel_unloaded_sooner_than_drawn(day: Outcome) -> None:
    day.facts["handling_times"]["unload_s"][0] = 160.0


@plants("has an unloader for")
def an_unloader_who_left_too_soon(day: Outcome) -> None:
    held = day.tables["occupancy"]
    row = np.flatnonzero((held["resource"] == "unloader") & (held["holder"] == day.tables["orders"]["drone"][0]))[-1]
    held["to_s"][row] -= 20.0


@plants("and an unloader was free for")
def a_wait_while_an_unloader_was_free(day: Outcome) -> None:
    orders, held = day.tables["orders"], day.tables["occupancy"]
    orders["delivered_s"][1] += 25.0
    mine = (held["resource"] == "unloader") & (held["holder"] == orders["drone"][1])
    held["from_s"][mine] += 25.0
    held["to_s"][mine] += 25.0


@plants("times are told of")
def an_order_without_a_draw(day: Outcome) -> None:
    day.facts["handling_times"]["unload_s"].pop()


@pytest.fixture(scope="module")
def day() -> Outcome:
    return run_clean(unloaded([100.0, 30.0, 30.0], every_s=1.0))


@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_found(day: Outcome, name: str) -> None:
    words, fault = PLANTED[name]
    broken = changeable(day)
    broken.facts["handling_times"]["unload_s"] = list(broken.facts["handling_times"]["unload_s"])
    fault(broken)
    assert words in "\n".join(found(broken).values())

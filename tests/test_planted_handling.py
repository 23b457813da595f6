"""Handling times that scatter: what they change, and faults planted in them, which the checker must see."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.demand.specs import Lognormal, Uniform
from dronesim.dispatch import POLICIES
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.inputs import HandlingColumns
from dronesim.simulation.rules import HandlingRules
from dronesim.verify.bookings import bookings
from dronesim.verify.handling import handling_times
from lab import lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

LAWS = HandlingRules(
    boxing=Lognormal(mean=45.0, sd=20.0), load=Uniform(low=0.0, high=60.0), swap=Uniform(low=1.0, high=119.0)
)


def handled(load_s: list[float], boxing_s: list[float] | None = None) -> SimulationInputs:
    """Orders that come one by one, each loaded and boxed for so long."""
    inputs = lab_inputs(36_000.0 + 1200.0 * np.arange(len(load_s)))
    boxing = np.array(boxing_s or [45.0] * len(load_s))
    columns = HandlingColumns(load_s=np.array(load_s), boxing_s=boxing)
    return replace(inputs, rules=replace(inputs.rules, handling=LAWS), handling=columns)


def found(outcome: Outcome) -> dict[str, str]:
    run = as_read(outcome)
    checks = [handling_times(run), bookings(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


def test_a_longer_load_loses_its_slot_and_books_what_is_left_and_a_shorter_one_waits_its_slot_out() -> None:
    plain = simulate(replace(handled([30.0] * 4), handling=HandlingColumns()))
    outcome = simulate(handled([12.0, 30.0, 31.0, 95.0]))
    late_s = outcome.tables["orders"]["departed_s"] - plain.tables["orders"]["departed_s"]
    assert late_s.tolist() == pytest.approx([0.0, 0.0, 1.0, 65.0])
    told = outcome.tables["incidents"]
    assert told["order"][told["kind"] == "handling_overrun"].tolist() == [2, 3]
    assert found(outcome) == {}


def test_a_parcel_is_ready_when_it_is_boxed() -> None:
    plain = simulate(replace(handled([30.0] * 3), handling=HandlingColumns()))
    outcome = simulate(handled([30.0] * 3, [45.0, 20.0, 100.5]))
    later_s = outcome.tables["orders"]["ready_s"] - plain.tables["orders"]["ready_s"]
    assert later_s.tolist() == pytest.approx([0.0, -25.0, 55.5])


def test_nothing_is_drawn_and_told_where_nothing_scatters_and_no_other_draw_moves() -> None:
    quiet = load_scenario("tests/data/tiny.toml")
    laws = {
        "handling.boxing": "{kind='lognormal'}",
        "handling.load": "{kind='uniform'}",
        "handling.swap": "{kind='lognormal'}",
    }
    loud = load_scenario("tests/data/tiny.toml", [f"{key}={value}" for key, value in laws.items()])
    plain, inputs = prepare(set_up(quiet)), prepare(set_up(loud))
    assert plain.handling == HandlingColumns()
    assert "handling_times" not in simulate(plain).facts
    for name in ("placed_s", "preparation_s", "mass_kg", "collection_s"):
        assert np.array_equal(getattr(plain.orders, name), getattr(inputs.orders, name))
    outcome = simulate(inputs)
    assert found(outcome) == {}
    other = simulate(replace(inputs, policy_name="nearest", policy=POLICIES["nearest"]))
    swaps, others = (told.facts["handling_times"]["swap_s"] for told in (outcome, other))
    for drone in set(swaps) & set(others):
        count = min(len(swaps[drone]), len(others[drone]))
        assert swaps[drone][:count] == others[drone][:count]


def test_drawn_times_have_the_mean_and_the_spread_that_are_stated() -> None:
    """Four standard errors over ten days."""
    scenario = load_scenario(
        "tests/data/tiny.toml", ["handling.boxing={kind='lognormal',sd_s=20.0}", "demand.orders=400"]
    )
    setting = set_up(scenario)
    drawn = np.concatenate([prepare(setting, replication=day).handling.boxing_s for day in range(10)])  # type: ignore[misc]
    assert abs(drawn.mean() - scenario.couriers.boxing_s) < 4 * 20.0 / math.sqrt(len(drawn))
    assert drawn.std() == pytest.approx(20.0, rel=0.1)


def test_laws_that_can_not_be_are_refused_all_at_once() -> None:
    laws = [
        "handling.boxing={kind='uniform',spread_s=50.0}",
        "handling.load={kind='lognormal'}",
        "takeoff_points.load_s=0.0",
        "handling.swap={kind='lognormal'}",
        "batteries.mode='charge'",
    ]
    with pytest.raises(InputError) as refused:
        set_up(load_scenario("tests/data/tiny.toml", laws))
    told = str(refused.value)
    for words in ("couriers.boxing_s, 45 s", "takeoff_points.load_s, which is 0 s", 'batteries.mode is "charge"'):
        assert words in told


PLANTED: dict[str, tuple[str, Callable[[Outcome], Any]]] = {}


def plants(words: str) -> Callable[[Callable[[Outcome], Any]], Callable[[Outcome], Any]]:
    def keep(fault: Callable[[Outcome], Any]) -> Callable[[Outcome], Any]:
        PLANTED[fault.__name__] = (words, fault)
        return fault

    return keep


@plants("slots are told that were lost")
def an_overrun_that_is_not_told(day: Outcome) -> None:
    told = day.tables["incidents"]
    told["action"][np.flatnonzero(told["kind"] == "handling_overrun")[0]] = "revoked"


@plants("slots are told that were lost")
def a_load_that_is_shorter_than_drawn(day: Outcome) -> None:
    day.facts["handling_times"]["load_s"][0] = 200.0


@plants("was not loaded for")
def a_slot_that_was_not_held(day: Outcome) -> None:
    told = day.tables["incidents"]
    told["time_s"][np.flatnonzero(told["kind"] == "handling_overrun")[0]] -= 10.0


@plants("handling alone takes")
def a_parcel_boxed_in_no_time(day: Outcome) -> None:
    day.facts["handling_times"]["boxing_s"][1] = 900.0


@plants("on average, its law has")
def boxing_of_another_law(day: Outcome) -> None:
    day.facts["handling_times"]["sd_s"]["boxing"] = 1.0
    day.facts["handling"]["boxing_s"] = 50.0


@plants("begins a sortie")
def a_swap_that_was_not_waited_for(day: Outcome) -> None:
    for swaps in day.facts["handling_times"]["swap_s"].values():
        swaps[:] = [9000.0 for _ in swaps]


@plants("no swap is told")
def a_swap_that_is_not_told(day: Outcome) -> None:
    day.facts["handling_times"]["swap_s"].clear()


@plants("times are told of")
def an_order_without_a_draw(day: Outcome) -> None:
    day.facts["handling_times"]["load_s"].pop()


@pytest.fixture(scope="module")
def day() -> Outcome:
    return simulate(handled([12.0, 30.0, 31.0, 95.0, 5.0, 33.0, 30.0, 30.0], [45.0, 20.0, 70.0, 45.0] * 2))


def test_the_day_is_clean(day: Outcome) -> None:
    assert found(day) == {}
    assert any(len(swaps) > 0 for swaps in day.facts["handling_times"]["swap_s"].values())


@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_found(day: Outcome, name: str) -> None:
    words, fault = PLANTED[name]
    broken = changeable(day)
    fault(broken)
    assert words in "\n".join(found(broken).values())

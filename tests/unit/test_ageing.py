"""Packs that age: what they hold, how far they reach, which one an order gets, and what a planner is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.aircraft import Multirotor
from dronesim.experiment import prepare, set_up
from dronesim.experiment.stationary import draw_packs
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.scene import set_scene
from dronesim.streams import Streams
from dronesim.verify.checks import CHECKS
from dronesim.verify.obstacles import obstacles
from lab import lab_inputs, lab_rules
from test_planted_laws import as_read
from worn import LAW, worn

FAR_M = 3000.0
NEW, OLD = 0.0, 230.0
"""Full cycles of a new pack, and of one that holds 81.6 % of it."""


def complaints(outcome: Outcome) -> list[str]:
    run = as_read(outcome)
    return [words for check in CHECKS if check is not obstacles for words in check(run).violations]


def sized(inputs: SimulationInputs, pack_wh: float) -> SimulationInputs:
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, pack_wh=pack_wh)))


def far(placed_s: Any = (36000.0,), *, margin: float = 1.1, **rules: Any) -> SimulationInputs:
    """Orders for an airport that a pack reaches which holds at least 1/``margin`` of a new one."""
    inputs = lab_inputs(placed_s, airports_xy=((FAR_M, 0.0),), rules=rules)
    batteries, needed_wh = inputs.rules.batteries, set_scene(inputs, start_ms=36_000_000).plans.need_wh[0]
    share = (batteries.charge_to - batteries.reserve) * inputs.aircraft.drone_type.usable_share
    return sized(inputs, margin * needed_wh / share)


def swapping(**batteries: Any) -> dict[str, Any]:
    return {"fleet": {"drones": (2,)}, "batteries": {"packs": (1,), **batteries}}


# the law


def test_a_pack_holds_four_fifths_after_its_cycles() -> None:
    assert LAW.health(np.array([0.0, 125.0, 250.0]), np.zeros(3)) == pytest.approx([1.0, 0.9, 0.8])


def test_age_alone_takes_six_to_seven_per_cent_a_year() -> None:
    assert LAW.health(np.zeros(1), np.array([365.0]))[0] == pytest.approx(0.934, abs=1e-3)


def test_use_and_age_shorten_a_life_together() -> None:
    assert LAW.life_days(3.0) == pytest.approx(0.2 / (0.2 * 3 / 250 + 1.8e-4))
    assert LAW.life_days(0.0) == pytest.approx(0.2 / 1.8e-4)
    assert replace(LAW, calendar_per_day=0.0).life_days(2.5) == pytest.approx(100.0)
    assert replace(LAW, calendar_per_day=0.0).life_days(0.0) == np.inf


def test_a_loss_that_comes_late_ends_a_life_at_the_same_cycles() -> None:
    bent = replace(LAW, exponent=2.0, calendar_per_day=0.0)
    assert bent.life_days(2.5) == pytest.approx(100.0)
    assert bent.health(np.array([125.0]), np.zeros(1))[0] == pytest.approx(0.95)


# the day


def test_new_packs_fly_the_day_of_packs_that_do_not_age() -> None:
    inputs = lab_inputs(36000.0 + 60.0 * np.arange(30))
    plain, aged = simulate(inputs), simulate(worn(inputs, [NEW]))
    assert all(
        repr(plain.tables[name][column].tolist()) == repr(aged.tables[name][column].tolist())
        for name, table in plain.tables.items()
        for column in table
    )


def test_the_same_flight_takes_more_of_an_old_pack() -> None:
    young, old = (simulate(worn(lab_inputs(), [cycles])).tables["legs"] for cycles in (NEW, OLD))
    assert young["energy_wh"].tolist() == old["energy_wh"].tolist()
    drops = [legs["charge_start"] - legs["charge_end"] for legs in (young, old)]
    assert drops[1] == pytest.approx(drops[0] / 0.816)


def test_an_old_pack_is_charged_sooner() -> None:
    inputs = lab_inputs(36000.0 + 1200.0 * np.arange(8), rules={"fleet": {"drones": (1,)}})
    threshold = float(simulate(inputs).tables["legs"]["charge_end"][1]) - 0.01
    below = replace(inputs.rules, batteries=replace(inputs.rules.batteries, turnaround_below=threshold))
    swaps = [
        kpis(day.tables, day.facts)["energy"]["swaps"]
        for day in (simulate(worn(replace(inputs, rules=below), [cycles])) for cycles in (NEW, OLD))
    ]
    assert swaps[0] < swaps[1]


def test_an_order_that_is_too_far_for_an_old_pack_goes_to_a_younger_one() -> None:
    day = simulate(worn(far(**swapping()), [OLD, NEW, OLD]))
    legs = day.tables["legs"]
    assert legs["pack"].tolist() == [1, 1]
    assert legs["drone"].tolist() == [1, 1]
    assert complaints(day) == []


def test_a_younger_pack_is_fitted_for_an_order_that_no_drone_can_fly() -> None:
    day = simulate(worn(far(**swapping()), [OLD, OLD, NEW]))
    assert set(day.tables["legs"]["pack"].tolist()) == {2}
    assert day.tables["orders"]["departed_s"][0] - day.tables["orders"]["ready_s"][0] > 60.0
    assert complaints(day) == []


def test_the_pack_that_is_fitted_is_one_that_holds_enough_though_another_is_charged_first() -> None:
    rules = {"fleet": {"drones": (1,)}, "batteries": {"packs": (3,), "swap_s": 0.0}}
    day = simulate(worn(far(**rules), [OLD, OLD, OLD, NEW]))
    assert set(day.tables["legs"]["pack"].tolist()) == {3}


def test_on_board_a_drone_with_an_old_pack_leaves_the_far_order_to_another() -> None:
    rules = {"fleet": {"drones": (2,)}, "batteries": {"mode": "charge", "packs": (0,)}}
    day = simulate(worn(far(36000.0 + 60.0 * np.arange(4), **rules), [OLD, NEW]))
    assert set(day.tables["legs"]["drone"].tolist()) == {1}
    assert (day.tables["orders"]["end_state"] == "collected").all()
    assert complaints(day) == []


def test_an_order_that_no_pack_of_its_take_off_point_reaches_is_refused() -> None:
    day = simulate(worn(far(**swapping()), [OLD]))
    assert day.tables["orders"]["reason"].tolist() == ["out_of_reach"]
    assert complaints(day) == []


def test_health_is_that_of_the_morning_all_day_long() -> None:
    day = simulate(worn(lab_inputs(36000.0 + 60.0 * np.arange(60)), [100.0, 0.0]))
    legs = day.tables["legs"]
    per_charge = legs["energy_wh"] / (legs["charge_start"] - legs["charge_end"])
    first = legs["pack"] == 0
    assert np.ptp(per_charge[first]) < 1e-6 < np.ptp(per_charge)


# the stationary state


def test_a_day_finds_packs_of_all_ages_each_from_its_own_stream() -> None:
    small, large = (
        draw_packs(replace(rules, batteries=replace(rules.batteries, ageing=LAW)), Streams(seed=1))
        for rules in (lab_rules(fleet={"drones": (4,)}), lab_rules(fleet={"drones": (9,)}))
    )
    assert small is not None
    assert large is not None
    assert large.days[: len(small.days)].tolist() == small.days.tolist()
    assert large.full_cycles == pytest.approx(LAW.cycles_per_day * large.days)
    assert (LAW.health(large.full_cycles, large.days) > LAW.retire_at).all()


def test_packs_that_age_move_no_arrival() -> None:
    plain, aged = (
        prepare(set_up(load_scenario("tests/data/tiny.toml", overrides)))
        for overrides in ([], ["batteries.cycles_to_80=250"])
    )
    assert plain.packs is None
    assert aged.packs is not None
    for name in ("placed_s", "mass_kg", "preparation_s", "airport", "collection_s"):
        assert getattr(plain.orders, name).tolist() == getattr(aged.orders, name).tolist()


# what a planner is told


def test_the_day_tells_how_long_packs_last_and_how_many_are_bought() -> None:
    inputs = worn(lab_inputs(36000.0 + 60.0 * np.arange(60)), [200.0, 10.0], [40.0, 10.0])
    inputs = replace(inputs, rules=replace(inputs.rules, prices=replace(inputs.rules.prices, pack_price=3000.0)))
    day = simulate(inputs)
    told = kpis(day.tables, day.facts)
    packs, count = told["packs"], len(inputs.packs.days)
    assert packs["cycles_per_day"] == pytest.approx(told["energy"]["full_cycles"] / count)
    assert packs["life_days"] == pytest.approx(LAW.life_days(packs["cycles_per_day"]))
    assert packs["bought_per_year"] == pytest.approx(365 * count / packs["life_days"])
    assert packs["price_per_year"] == pytest.approx(3000 * packs["bought_per_year"])
    assert packs["price_per_cycle"] == pytest.approx(3000 / (packs["cycles_per_day"] * packs["life_days"]))
    assert packs["least_health"] == pytest.approx(0.8 + 0.2 * 50 / 250 - 40 * 1.8e-4)
    assert complaints(day) == []


def test_a_pack_retires_when_the_day_that_wears_it_out_is_over() -> None:
    inputs = lab_inputs(36000.0 + 60.0 * np.arange(60))
    counts = [
        kpis(day.tables, day.facts)["packs"]["retiring"]
        for day in (simulate(worn(inputs, [cycles, NEW])) for cycles in (100.0, 249.6))
    ]
    assert counts == [0, 1]


def test_the_bill_is_no_other_for_packs_that_age() -> None:
    inputs = lab_inputs(36000.0 + 60.0 * np.arange(60))
    bills = [kpis(day.tables, day.facts)["cost"] for day in (simulate(inputs), simulate(worn(inputs, [NEW])))]
    assert bills[0] == bills[1]


def test_without_ageing_facts_and_figures_have_no_word_of_it() -> None:
    day = simulate(lab_inputs())
    assert "ageing" not in day.facts["batteries"]
    assert "pack_price" not in day.facts["prices"]
    assert "packs" not in kpis(day.tables, day.facts)

"""What one more of each resource costs, and what it gains for the money."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from command import TINY
from dronesim.experiment.bottlenecks import PRICED, Bottlenecks, Gain, find_bottlenecks
from dronesim.experiment.estimates import Estimate, estimate
from dronesim.experiment.one_more import OneMore, prices_per_day
from dronesim.experiment.runner import open_runner
from dronesim.experiment.study import Study
from dronesim.report.bottlenecks import bottleneck_lines
from lab import lab_rules

RESOURCES = {"drone", "pack", "charger", "courier", "loader", "take-off pad", "airport pad", "unloader", "box", "pilot"}
RULES = {"level", "separation -20%", "headways -20%", "kitchens -30 s"}
SETTINGS = (
    "demand.orders=40",
    "fleet.drones=2",
    "airspace.mode=strategic",
    "costs.pack_cycle=0",
    "costs.energy_per_kwh=0",
)
"""With prices of 0 for what flights use up a day costs what its network holds."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Bottlenecks:
    return bottlenecks_of(tmp_path_factory.mktemp("bottlenecks"))


def bottlenecks_of(folder: Path, *settings: str) -> Bottlenecks:
    study = Study(path=TINY, settings=(*SETTINGS, *settings))
    with open_runner(workers=1, folder=folder) as runner:
        return find_bottlenecks(study, runner, replications=2)


def total(gain: Gain | Bottlenecks) -> float:
    records = gain.base if isinstance(gain, Bottlenecks) else gain.records
    value: float = records[0]["kpis"]["cost"]["total"]
    return value


def test_every_resource_has_a_gain_per_price_and_no_rule_has(found: Bottlenecks) -> None:
    priced = {gain.variation.name for gain in found.gains if gain.per_price is not None}
    rules = {gain.variation.name for gain in found.gains if gain.variation.is_rule}
    assert (priced, rules) == (RESOURCES, RULES)
    for gain in found.content()["gains"]:
        assert (gain["gain_per_100_a_day"] is None) == (gain["price_per_day"] is None) == gain["is_rule"]


def test_one_more_costs_what_the_day_with_it_costs_more(found: Bottlenecks) -> None:
    """So that `bottlenecks` and the cost of an order, which `size` and `sweep` show, agree on money."""
    for gain in found.gains:
        price = gain.variation.price_per_day or 0.0
        assert total(gain) - total(found) == pytest.approx(price * gain.variation.units), gain.variation.name


def test_a_gain_per_price_is_the_gain_over_what_all_units_cost(found: Bottlenecks) -> None:
    for gain in found.gains:
        if gain.per_price is not None:
            paid = (gain.variation.price_per_day or 0.0) * gain.variation.units
            assert gain.per_price.mean == pytest.approx(gain.level.mean * PRICED / paid)


def test_what_is_given_away_has_no_gain_per_price(tmp_path: Path) -> None:
    gains = {gain.variation.name: gain for gain in bottlenecks_of(tmp_path, "costs.box_per_day=0").gains}
    assert (gains["box"].variation.price_per_day, gains["box"].per_price) == (0.0, None)


def test_a_drone_comes_with_its_pack_and_crews_cost_by_the_opening_hour() -> None:
    rules = lab_rules()
    prices, open_h = rules.prices, (rules.horizon.end_s - rules.horizon.start_s) / 3600
    per_day = prices_per_day(rules)
    assert set(per_day) == RESOURCES
    assert per_day["drone"] == prices.drone_per_day + prices.pack_per_day
    assert per_day["loader"] == prices.loader_per_hour * open_h


def test_a_spare_drone_costs_its_airframe_and_its_pack(found: Bottlenecks, tmp_path: Path) -> None:
    costs = Study(path=TINY).scenario().costs
    spared = bottlenecks_of(tmp_path, "fleet.spares=2")
    assert total(spared) - total(found) == pytest.approx(2 * (costs.drone_per_day + costs.pack_per_day))


def test_the_answer_names_the_most_for_the_money_beside_the_most_per_unit(found: Bottlenecks) -> None:
    gains = (
        clear_gain("loader", 0.04, price=300.0),
        clear_gain("level", 0.03),
        clear_gain("charger", 0.02, price=2.0),
        clear_gain("pack", 0.0, price=1.0),
    )
    told = dataclasses.replace(found, gains=gains)
    assert told.content()["most"] == {
        "resource_per_unit": "loader",
        "resource_per_100_a_day": "charger",
        "rule_per_unit": "level",
    }
    answer = next(line for line in bottleneck_lines(told) if line.startswith("* stands"))
    assert "Of the resources most per unit: loader; most per CNY: charger." in answer
    assert "Of the rules, which have no price, most: level." in answer


def test_without_a_clear_gain_nothing_is_named(found: Bottlenecks) -> None:
    told = dataclasses.replace(found, gains=(clear_gain("pack", 0.0, price=1.0),))
    assert set(told.content()["most"].values()) == {None}


def clear_gain(name: str, share: float, *, price: float | None = None) -> Gain:
    """One more of something that surely brings so much."""
    return Gain(
        variation=OneMore(name=name, settings=(), price_per_day=price, is_rule=price is None),
        level=surely(share),
        per_unit=surely(share),
        per_price=None if price is None else surely(share * PRICED / price),
        p=0.0,
        saved=surely(0.0),
        saved_first_day=0,
        busy=None,
        wait_s=None,
        records=(),
    )


def surely(value: float) -> Estimate:
    return estimate(np.full(4, value))

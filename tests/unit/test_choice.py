"""How customers choose among merchants: one law for the draws and for the fleet's spread, with stated limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command import TINY
from dronesim.demand.choice import merchant_shares, takeoff_point_shares
from dronesim.demand.facts import choice_in_words, demand_facts
from dronesim.demand.specs import ByDistance, ByWeight
from dronesim.errors import InputError
from dronesim.experiment import describe, set_up
from dronesim.scenario import load_map, load_scenario, resolve
from lab import lab_demand, lab_world

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart.toml"


def test_by_weight_every_community_chooses_alike() -> None:
    np.testing.assert_allclose(merchant_shares(ByWeight(), lab_world()), [[0.5, 0.25, 0.25]] * 4)


def test_by_distance_the_odds_of_two_merchants_follow_the_decay() -> None:
    world = lab_world()
    shares = merchant_shares(ByDistance(decay_m=800.0), world)
    away_m = np.hypot(*(world.merchants.xy - world.communities.xy[2]).T)
    assert shares.sum(axis=1) == pytest.approx([1.0] * 4)
    assert shares[2, 0] / shares[2, 2] == pytest.approx(2.0 * np.exp((away_m[2] - away_m[0]) / 800.0))


def test_a_short_decay_leaves_the_nearest_merchant_that_has_weight_and_a_long_one_the_weights() -> None:
    world = replace(lab_world(), merchant_weight=np.array([2.0, 1.0, 0.0]))
    np.testing.assert_allclose(merchant_shares(ByDistance(decay_m=1.0), world)[:2], [[1.0, 0.0, 0.0]] * 2, atol=1e-12)
    far = merchant_shares(ByDistance(decay_m=1e6), world)
    np.testing.assert_allclose(far, merchant_shares(ByWeight(), world), atol=1e-3)


def test_shares_of_takeoff_points_are_those_of_their_merchants() -> None:
    assert takeoff_point_shares(ByWeight(), lab_world()) == pytest.approx([0.75, 0.25])


def test_the_law_moves_the_spread_of_the_fleet_and_the_orders() -> None:
    world = load_map(load_scenario(QUICKSTART).map)
    laws = ("demand.choice={kind='weight'}", "demand.choice.decay_m=400", "demand.choice.decay_m=4000")
    found = [resolve(load_scenario(QUICKSTART, [law]), world) for law in laws]
    assert len({one.rules.fleet.drones for one in found}) == 3
    assert found[0].demand.choice == ByWeight()
    assert found[1].demand.choice == ByDistance(decay_m=400.0)


def test_the_default_is_a_stated_assumption() -> None:
    from dronesim.scenario.orders import ChoiceByDistance

    extra = ChoiceByDistance.model_fields["decay_m"].json_schema_extra
    assert isinstance(extra, dict)
    assert str(extra["source"]).startswith("E, assumption")
    assert load_scenario(TINY).demand.choice == ChoiceByDistance(decay_m=2500.0)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("demand.choice.decay_m=0", "demand.choice.decay_m: must be at least 1 (found 0)"),
        ("demand.choice.kind=near", "demand.choice.kind: is not known; choose from distance, weight (found 'near')"),
        ("demand.choice={kind='weight', decay_m=3}", 'demand.choice.decay_m: is not a key of kind "weight" (found 3)'),
    ],
)
def test_a_wrong_law_is_named_with_its_rule(setting: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(TINY, [setting])
    assert said in str(caught.value)


def test_validate_tells_the_law_and_that_it_is_an_assumption() -> None:
    lines = "\n".join(describe(set_up(load_scenario(TINY, ["demand.choice.decay_m=700"]))).lines())
    assert "merchants are chosen: by their weight x exp(-distance / 700 m) (an assumption)" in lines


def test_orders_that_name_their_merchant_need_no_law() -> None:
    demand = demand_facts(lab_demand(model="trace"))
    assert demand.choice is None
    assert choice_in_words({"choice": demand.choice}) == "every order names its merchant"

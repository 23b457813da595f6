"""The learned policy: what it weighs, the weights that ship, and the program that finds them."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.dispatch.policies import linear
from dronesim.dispatch.policies.linear import FEATURES, Linear, shipped
from dronesim.experiment.benchmark.contestant import hash_of_contestant
from dronesim.experiment.benchmark.day import settled
from dronesim.experiment.benchmark.seeds import TUNING
from train_linear_policy import days_of, on_time, train

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(linear.__file__).with_name("linear.toml")
KITCHENS = ROOT / "benchmarks" / "dispatch" / "kitchens.toml"


def weighing(**weights: float) -> Linear:
    return Linear(weights=tuple(weights.get(name, 0.0) for name in FEATURES))


def decided(policy: Linear, view: DispatchView) -> list[tuple[int, int]]:
    found: Decisions = policy(view)
    return [(each.order, each.drone) for each in found]  # type: ignore[union-attr]


def test_by_the_weights_of_lateness_and_spare_time_alone_it_is_greedy() -> None:
    days = days_of(["kitchens"], lambda _text: None)(3)
    policy = weighing(any=9.0, late=-3.0, spare=-1.0, lateness=-1.0)
    assert on_time(policy, days) == pytest.approx(on_time(POLICIES["greedy"], days), abs=0.03)


def test_a_small_training_is_the_same_each_time_and_uses_tuning_days_alone() -> None:
    budget = {"generations": 1, "population": 2, "choice": 1, "seed": 2}
    one, two = (train(["kitchens"], **budget) for _ in range(2))
    assert one == two
    assert set(one.seeds) <= set(TUNING)
    assert len(set(one.seeds)) == 2
    assert one.shares["trained"] > 0.5
    stated = tomllib.loads(one.toml())
    assert tuple(stated["weights"][name] for name in FEATURES) == one.weights
    assert stated["training"] == {"seeds": list(one.seeds), "days_sha256": one.days_sha256}


def test_the_weights_that_ship_say_which_days_they_were_found_on() -> None:
    stated = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert tuple(stated["weights"].values()) == shipped()
    assert np.isfinite(shipped()).all()
    assert set(stated["training"]["seeds"]) <= set(TUNING)
    assert len(stated["training"]["days_sha256"]) == 64


def test_the_weights_are_part_of_the_policys_hash() -> None:
    setting = settled(KITCHENS, "linear", None)
    both = Path(linear.__file__).read_bytes() + WEIGHTS.read_bytes()
    assert hash_of_contestant(setting, None) == hashlib.sha256(both).hexdigest()

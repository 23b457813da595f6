"""The environment for learning: others' checks, whole rewards, masks, time, and how an episode ends."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test

from dronesim.experiment import prepare, set_up
from dronesim.experiment.benchmark.suite import open_suite
from dronesim.learning.by_point import DispatchByPoint
from dronesim.learning.environment import OF_DAY, DispatchEnv
from dronesim.metrics import kpis
from dronesim.scenario import load_scenario
from dronesim.simulation import Day, Outcome, SimulationInputs, simulate

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
DISPATCH = Path(__file__).parents[2] / "benchmarks" / "dispatch"
FEW = ("fleet.drones=4", "demand.orders=60")


def env(**more: Any) -> DispatchEnv:
    return DispatchEnv(TINY, settings=FEW, **more)


def day_of(policy: str, replication: int, *settings: str) -> Outcome:
    scenario = load_scenario(TINY, [*FEW, *settings, f"dispatch.policy={policy}"])
    return simulate(prepare(set_up(scenario), replication=replication))


def first_choice(told: dict[str, Any]) -> int:
    return int(np.flatnonzero(told["action_mask"])[0])


def play(learner: DispatchEnv, steps_max: int = 10**9, **options: int) -> list[tuple[Any, ...]]:
    """Take the first action that can be taken until the day is over."""
    _, told = learner.reset(options=options)
    passed: list[tuple[Any, ...]] = []
    while len(passed) < steps_max and not (passed and passed[-1][2]):
        passed.append(learner.step(first_choice(told)))
        told = passed[-1][4]
    return passed


def test_the_environment_passes_gymnasiums_checks() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*render.*", category=UserWarning)
        check_env(env(), skip_render_check=True)


def liberal(**more: Any) -> DispatchEnv:
    """Drones and couriers are short, and orders may be held and refused."""
    short = ("fleet.drones=3", "couriers.per_takeoff_point=1", "dispatch.may_refuse=true", "service.limit_min=12")
    return DispatchEnv(TINY, settings=[*FEW, *short], **{"orders": 3, "hold_s": 60.0, "refusals": 2, **more})


def test_with_holds_and_refusals_it_passes_gymnasiums_and_pettingzoos_checks() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        check_env(liberal(), skip_render_check=True)
        api_test(DispatchByPoint(liberal(steps_max=60)), num_cycles=100)


def test_orders_are_held_and_refused_as_masks_say_and_rewards_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the mask allows is legal; refused orders end so, held ones wait, and the reward is what is on time."""
    written, write_down = list[Outcome](), Day.write_down
    monkeypatch.setattr(Day, "write_down", lambda day: written.append(write_down(day)) or written[-1])
    rng, learner = np.random.default_rng(4), liberal()
    observation, told = learner.reset(options={"replication": 3})
    total, chosen, is_over = 0.0, np.zeros(learner.action_space.n, dtype=int), False
    while not is_over:
        assert told["action_mask"].shape == chosen.shape
        assert told["action_mask"][:3].tolist() == told["action_mask"][3:6].tolist()
        assert learner.observation_space.contains(observation)
        action = int(rng.choice(np.flatnonzero(told["action_mask"])))
        asked_s, held = told["now_s"], learner._best[action - 3][0] if 3 <= action < 6 else None
        observation, reward, is_over, _, told = learner.step(action)
        chosen[action] += 1
        total += reward
        if held is not None and told["now_s"] < asked_s + 60.0:
            assert held not in [order for order, *_ in learner._best]
    assert chosen[:3].sum() > 10
    assert chosen[3:6].sum() > 5
    assert (refused := int(chosen[6:8].sum())) > 5
    (outcome,) = written
    counted = kpis(outcome.tables, outcome.facts)["service"]
    assert total == counted["on_time"] > 0
    states = outcome.tables["orders"]
    assert int(((states["end_state"] == "refused") & (states["reason"] == "policy")).sum()) == refused


def test_without_holds_and_refusals_nothing_is_another() -> None:
    """What may be refused is not offered, and leads to no more steps, where nobody asks for it."""
    plain, permitted = (
        DispatchEnv(TINY, settings=[*FEW, f"dispatch.may_refuse={may}"], orders=3) for may in ("false", "true")
    )
    assert plain.action_space == permitted.action_space
    days = [play(each, replication=3) for each in (plain, permitted)]
    assert [[one[0].tolist(), *one[1:4]] for one in days[0]] == [[one[0].tolist(), *one[1:4]] for one in days[1]]


@pytest.mark.parametrize("more", [{"hold_s": 0.0}, {"hold_s": np.inf}, {"refusals": -1}, {"refusals": 2}])
def test_what_can_not_be_held_or_refused_is_told(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"hold_s|refuse"):
        env(**more)


def test_the_view_by_take_off_point_passes_pettingzoos_checks() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        api_test(DispatchByPoint(env(steps_max=60)), num_cycles=100)


@pytest.mark.parametrize("settings", [(), ("service.radius_m=1500",), ("service.clock=ready", "service.limit_min=7")])
def test_who_takes_the_first_order_has_the_day_of_greedy_and_what_counts_as_reward(settings: tuple[str, ...]) -> None:
    learner = DispatchEnv(TINY, settings=[*FEW, *settings], orders=3)
    passed = play(learner, replication=3)
    outcome = day_of("greedy", 3, *settings)
    counted = kpis(outcome.tables, outcome.facts)["service"]
    assert sum(reward for _, reward, *_ in passed) == counted["on_time"] > 0
    assert counted["on_time"] < counted["orders"] <= 60
    assert min(reward for _, reward, *_ in passed) >= 0
    assert not any(truncated for *_, truncated, _ in passed)
    assert all(learner.observation_space.contains(observation) for observation, *_ in passed)
    assert all(told["action_mask"][-1] == 1 for *_, told in passed)
    assert passed[-1][4]["action_mask"].tolist() == [0, 0, 0, 1]
    hours = outcome.facts["horizon"]
    assert sum(told["elapsed_s"] for *_, told in passed) < passed[-1][4]["now_s"] - hours["start_s"]
    assert passed[-1][4]["now_s"] >= hours["closed_s"]


def test_rewards_tell_no_delivery_before_it_has_happened() -> None:
    delivered_s = np.sort(day_of("greedy", 3).tables["orders"]["delivered_s"])
    total = 0.0
    for _, reward, _, _, told in play(env(), replication=3):
        total += reward
        assert total <= np.searchsorted(delivered_s, told["now_s"], side="right")


def test_nothing_tells_of_orders_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other kitchens, parcels and airports of all orders after the twentieth are seen when it is their turn."""

    def otherwise(*args: Any, **more: Any) -> SimulationInputs:
        inputs = prepare(*args, **more)
        columns = {name: np.array(getattr(inputs.orders, name)) for name in ("preparation_s", "mass_kg", "airport")}
        for values in columns.values():
            values[20:] = values[20:][::-1].copy()
        return replace(inputs, orders=replace(inputs.orders, **columns))

    inputs = prepare(set_up(load_scenario(TINY, list(FEW))), replication=3)
    plain = play(env(), replication=3)
    monkeypatch.setattr("dronesim.learning.environment.prepare", otherwise)
    other = play(env(), replication=3)
    before = sum(told["now_s"] < inputs.orders.placed_s[20] for *_, told in plain)
    assert before > 10
    for one, two in zip(plain[:before], other[:before], strict=True):
        assert np.array_equal(one[0], two[0])
        assert one[1:4] == two[1:4]
    assert any(not np.array_equal(one[0], two[0]) for one, two in zip(plain[before:], other[before:], strict=False))


def test_an_order_that_is_left_waits() -> None:
    learner = env()
    _, told = learner.reset(options={"replication": 3})
    before_s = told["now_s"]
    _, _, _, _, told = learner.step(learner.action_space.n - 1)
    assert told["now_s"] > before_s
    assert told["elapsed_s"] == told["now_s"] - before_s


def test_a_limit_of_steps_truncates_and_terminates_nothing() -> None:
    learner = env(steps_max=5)
    learner.reset(seed=1)
    ends = [learner.step(0)[2:4] for _ in range(5)]
    assert ends == [(False, False)] * 4 + [(False, True)]


def test_a_day_that_has_not_begun_or_is_over_takes_no_step() -> None:
    learner = env()
    with pytest.raises(gymnasium.error.ResetNeeded):
        learner.step(0)
    play(learner, replication=3)
    with pytest.raises(gymnasium.error.ResetNeeded):
        learner.step(0)


def test_a_seed_gives_the_same_days_and_each_reset_another_one() -> None:
    one, two = env(), env()
    days = [[each.reset(seed=5)[1]["replication"], each.reset()[1]["replication"]] for each in (one, two)]
    assert days[0] == days[1]
    assert days[0][0] != days[0][1]


def test_days_come_from_stated_seeds_and_a_day_may_be_named() -> None:
    learner = env(seeds=(7, 8))
    _, told = learner.reset(seed=1)
    assert {learner.reset()[1]["seed"] for _ in range(8)} == {7, 8}
    assert told["replication"] == 0
    assert learner.reset(options={"seed": 9, "replication": 4})[1].items() >= {"seed": 9, "replication": 4}.items()
    with pytest.raises(ValueError, match="at least 1"):
        env(orders=0)


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.parametrize("side_by_side", [gymnasium.vector.SyncVectorEnv, gymnasium.vector.AsyncVectorEnv])
def test_environments_step_side_by_side(side_by_side: Any) -> None:
    more = {"context": "fork"} if side_by_side is gymnasium.vector.AsyncVectorEnv else {}
    many = side_by_side([partial(DispatchEnv, TINY, settings=FEW, steps_max=2)] * 2, **more)
    many.reset(seed=4)
    observations, rewards, *_ = many.step(np.array([0, 8]))
    assert observations.shape == (2, len(OF_DAY) + 8 * 4)
    assert rewards.shape == (2,)
    *_, truncated, told = many.step(np.array([0, 0]))
    assert truncated.tolist() == [True, True]
    assert told["action_mask"].shape == (2, 9)
    many.close()


@pytest.mark.parametrize("name", [contest.name for contest in open_suite(DISPATCH).contests])
def test_an_episode_passes_on_every_scenario_of_the_benchmark(name: str) -> None:
    path = open_suite(DISPATCH).named(name).path
    assert len(play(DispatchEnv(path, settings=("demand.orders=40",)), seed=3, replication=0)) > 20

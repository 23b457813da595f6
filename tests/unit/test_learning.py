"""The environment for learning: Gymnasium's own checks, whole rewards, masks, time, and how an episode ends."""

from __future__ import annotations

import warnings
from pathlib import Path

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env

from dronesim.experiment import prepare, set_up
from dronesim.learning.environment import DispatchEnv
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
FEW = ("fleet.drones=4", "demand.orders=60")


def env(**more: int) -> DispatchEnv:
    return DispatchEnv(TINY, settings=FEW, **more)


def test_the_environment_passes_gymnasiums_checks() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*render.*", category=UserWarning)
        check_env(env(), skip_render_check=True)


def test_who_gives_the_oldest_order_first_has_the_day_of_nearest_and_all_that_is_on_time_as_reward() -> None:
    learner = env()
    _, told = learner.reset(options={"replication": 3})
    total, elapsed_s, is_over = 0.0, 0.0, False
    while not is_over:
        assert told["action_mask"][-1] == 1
        observation, reward, is_over, truncated, told = learner.step(int(np.flatnonzero(told["action_mask"])[0]))
        assert not truncated
        assert learner.observation_space.contains(observation)
        total, elapsed_s = total + reward, elapsed_s + told["elapsed_s"]
    assert not told["action_mask"][:-1].any()
    inputs = prepare(set_up(load_scenario(TINY, list(FEW))), replication=3)
    orders = simulate(inputs).tables["orders"]
    limit_s = inputs.rules.service.limit_s
    assert total == float(np.nansum(orders["delivered_s"] - orders["placed_s"] <= limit_s)) > 0
    assert elapsed_s > 1800.0


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


def test_environments_step_side_by_side() -> None:
    many = gymnasium.vector.SyncVectorEnv([env, env])
    many.reset(seed=4)
    observations, rewards, *_ = many.step(np.array([0, 8]))
    assert observations.shape == (2, 4 + 8 * 4)
    assert rewards.shape == (2,)

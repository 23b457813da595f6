"""The environment as PettingZoo has it: the take-off points decide in turns, each on its own orders and drones."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np

from dronesim.learning.environment import DispatchEnv, Observation, Told

try:
    from pettingzoo import AECEnv
except ImportError as error:
    raise ImportError("dronesim.learning.by_point needs the extra: pip install 'dronesim[rl]'") from error


class DispatchByPoint(AECEnv):  # type: ignore[misc]
    """Agents are the take-off points, by their ids; whose orders wait for a decision is asked next.

    Actions, observations and masks are those of `DispatchEnv`; ``elapsed_s`` of an agent is the time since it was asked
    before. An agent's reward counts the orders from its own take-off point, so that together they have the reward of
    ``DispatchEnv``. All end at once. A shared fleet has one pool: there the point of its oldest order is asked for all.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "dronesim_by_point", "render_modes": [], "is_parallelizable": False}

    def __init__(self, env: DispatchEnv) -> None:
        super().__init__()
        self._env = env
        self.render_mode = None
        self.possible_agents = list(env.points)
        self._nothing = np.zeros(env.observation_space.shape or (0,), np.float32)

    def observation_space(self, _agent: str) -> gymnasium.spaces.Space[Observation]:
        """Give what an agent sees."""
        return self._env.observation_space

    def action_space(self, _agent: str) -> gymnasium.spaces.Space[int]:
        """Give what an agent may do."""
        return self._env.action_space

    def reset(self, seed: int | None = None, options: Told | None = None) -> None:
        """Begin a day; seed and options are those of `DispatchEnv`."""
        observation, told = self._env.reset(seed=seed, options=options)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self._asked_s = dict.fromkeys(self.agents, told["now_s"])
        closed = np.zeros_like(told["action_mask"])
        closed[-1] = 1
        self.infos = {agent: told | {"action_mask": closed, "elapsed_s": 0.0} for agent in self.agents}
        self._seen = dict.fromkeys(self.agents, self._nothing)
        self.agent_selection = self.agents[0]
        self._ask(observation, told)

    def observe(self, agent: str) -> Observation:
        """Give what an agent saw when it was asked last; zeros before."""
        return self._seen[agent]

    def step(self, action: int | None) -> None:
        """Let the agent whose turn it is give an order to a drone, or leave the rest."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if action is None:
            raise ValueError(f"{agent} is asked for an action")
        self._cumulative_rewards[agent] = 0.0
        observation, _, terminated, truncated, told = self._env.step(int(action))
        gained = self._env.gained.tolist()
        self.rewards = {each: float(gained[self.possible_agents.index(each)]) for each in self.agents}
        self.terminations = dict.fromkeys(self.agents, terminated)
        self.truncations = dict.fromkeys(self.agents, truncated)
        self._ask(observation, told)
        self._accumulate_rewards()

    def _ask(self, observation: Observation, told: Told) -> None:
        """Turn to the agent whose orders wait; at the end all are told."""
        point = self._env.point
        asked = self.agents if point is None else [self.possible_agents[point]]
        for agent in asked:
            self._seen[agent] = observation
            self.infos[agent] = told | {"elapsed_s": told["now_s"] - self._asked_s[agent]}
            self._asked_s[agent] = told["now_s"]
        self.agent_selection = asked[0]

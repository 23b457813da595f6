"""A Gymnasium environment: a day of dispatching, in which each step gives one order to a drone or leaves the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch import Decisions, DispatchView
from dronesim.experiment import prepare, set_up
from dronesim.scenario import Scenario, load_scenario
from dronesim.simulation import Day, Steps
from dronesim.units import HOUR, MS

try:
    import gymnasium
except ImportError as error:
    raise ImportError("dronesim.learning needs the extra: pip install 'dronesim[rl]'") from error

Observation: TypeAlias = NDArray[np.float32]
Told: TypeAlias = dict[str, Any]

OF_DAY: Final = ("share_of_day", "waiting", "ready", "free")
OF_ORDER: Final = ("is_there", "spare_h", "until_delivery_h", "since_ready_h")
"""What an observation tells of the day and of each order: counts by their logarithm, ``spare_h`` hours from the best
delivery to the end of the promised time, all cut at ``MOST``."""
MOST: Final = 10.0
_DAYS: Final = 2**31


class DispatchEnv(gymnasium.Env[Observation, int]):
    """Days of one scenario.

    A step looks at the oldest ``orders`` that may be assigned. Action i gives the i-th of them the free drone that
    would deliver it first, the last action leaves the rest for now, and so does one that can't be done:
    ``action_mask`` in ``info`` tells which can. Time passes when nothing can be given any more, to the next moment at
    which something can; ``elapsed_s`` in ``info`` is how long that was, for discounts by time. The reward is the
    number of orders of which it has become known that they were delivered within ``due_s``, so that those of a day add
    up to its number on time. An episode terminates when the day has drained, and is truncated after ``steps_max``.

    Each reset begins another day, a replication that is drawn from the environment's generator, or that which
    ``options`` name as ``replication``.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        settings: Sequence[str] = (),
        orders: int = 8,
        steps_max: int | None = None,
    ) -> None:
        stated = scenario if isinstance(scenario, Scenario) else load_scenario(Path(scenario), list(settings))
        self._setting = set_up(stated)
        self._orders, self._steps_max = orders, steps_max
        self.action_space = cast("gymnasium.spaces.Space[int]", gymnasium.spaces.Discrete(orders + 1))
        size = len(OF_DAY) + orders * len(OF_ORDER)
        self.observation_space = gymnasium.spaces.Box(-MOST, MOST, (size,), np.float32)
        self._left: list[int] = []
        self._free: list[int] = []
        self._best: list[tuple[int | None, float]] = []

    def reset(self, *, seed: int | None = None, options: Told | None = None) -> tuple[Observation, Told]:
        """Begin a day."""
        super().reset(seed=seed)
        drawn = int(self.np_random.integers(_DAYS))
        replication = drawn if options is None else int(options.get("replication", drawn))
        self._day = day = Day(prepare(self._setting, replication=replication))
        self._steps: Steps = day.steps()
        self._count = self._told = 0
        self._now_s = self._setting.resolved.rules.horizon.start_s
        self._begin(next(self._steps, None))
        self._go_on()
        return self._observe(), self._info(0.0)

    def step(self, action: int) -> tuple[Observation, float, bool, bool, Told]:
        """Give an order to a drone, or leave the rest; and let time pass until something can be given."""
        self._count += 1
        before_s = self._now_s
        if not (0 <= action < len(self._best) and self._give(int(action))):
            self._left.clear()
        self._go_on()
        terminated = self._view is None
        truncated = not terminated and self._steps_max is not None and self._count >= self._steps_max
        return self._observe(), self._reward(), terminated, truncated, self._info(self._now_s - before_s)

    def _begin(self, view: DispatchView | None) -> None:
        """Look at a view of which nothing is decided yet; None when the day is over."""
        self._view, self._decisions = view, Decisions()
        self._left = [] if view is None else list(view.ready)
        self._free = [] if view is None else list(view.free_drones)
        self._best = []

    def _go_on(self) -> None:
        """Let time pass until an order can be given to a drone, or the day is over."""
        while self._view is not None:
            self._now_s = self._view.now_s
            self._look(self._view)
            if any(drone is not None for drone, _ in self._best):
                return
            try:
                self._begin(self._steps.send(self._decisions))
            except StopIteration:
                self._begin(None)
                self._now_s = max(self._now_s, self._day.closed_ms() / MS)

    def _look(self, view: DispatchView) -> None:
        """Find the best drone, and its delivery, of each order that an action may name."""
        self._best = []
        for order in self._left[: self._orders]:
            drone = view.first_drone(order, self._free) if self._free else None
            self._best.append((drone, math.inf if drone is None else view.delivery_by(order, drone)))

    def _give(self, number: int) -> bool:
        drone, _ = self._best[number]
        if drone is None:
            return False
        self._decisions.assign(self._left.pop(number), drone)
        self._free.remove(drone)
        return True

    def _reward(self) -> float:
        """Count the orders of which it has become known since the last step that they were delivered in time."""
        day = self._day
        due_ms = day.scene.boards.orders.due_ms
        if self._view is None:
            delivered_s = day.write_down().tables["orders"]["delivered_s"]
            known = int((delivered_s * MS <= np.asarray(due_ms)).sum())
        else:
            rows = day.scene.ledger.deliveries.table()
            pairs = zip(rows["order"].tolist(), rows["delivered"].tolist(), strict=True)
            known = sum(0 <= at_ms <= due_ms[order] for order, at_ms in pairs)
        found, self._told = known - self._told, known
        return float(found)

    def _observe(self) -> Observation:
        view, found = self._view, np.zeros(self.observation_space.shape or (0,), np.float32)
        if view is None:
            return found
        hours = self._setting.resolved.rules.horizon
        counts = (len(view.waiting), len(self._left), len(self._free))
        found[: len(OF_DAY)] = (
            (view.now_s - hours.start_s) / (hours.end_s - hours.start_s),
            *np.log1p(counts),
        )
        ready_s = dict(zip(view.orders.order.tolist(), view.orders.expected_ready_s.tolist(), strict=True))
        for number, (drone, delivery_s) in enumerate(self._best):
            order, begin = self._left[number], len(OF_DAY) + number * len(OF_ORDER)
            if drone is not None:
                times_s = (view.due_s(order) - delivery_s, delivery_s - view.now_s, view.now_s - ready_s[order])
                found[begin : begin + len(OF_ORDER)] = (1.0, *(each_s / HOUR for each_s in times_s))
        return np.clip(found, -MOST, MOST)

    def _info(self, elapsed_s: float) -> Told:
        mask = np.zeros(self._orders + 1, np.int8)
        mask[: len(self._best)] = [drone is not None for drone, _ in self._best]
        mask[-1] = 1
        return {"action_mask": mask, "now_s": self._now_s, "elapsed_s": elapsed_s}

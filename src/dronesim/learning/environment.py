"""A Gymnasium environment: a day of dispatching, in which each step decides on one order or leaves the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from dronesim.dispatch import Decisions, DispatchView
from dronesim.dispatch.liberties import flight_s
from dronesim.experiment import prepare, set_up
from dronesim.metrics.service import is_on_time
from dronesim.scenario import Scenario, load_scenario
from dronesim.simulation import Day, Steps
from dronesim.units import HOUR, MS, to_ms

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
OF_REFUSABLE: Final = ("is_there", "spare_h", "until_ready_h")
"""What it tells of each order that may be refused: hours to spare if a drone stood ready for it when its parcel is."""
MOST: Final = 10.0
_DAYS: Final = 2**31


class DispatchEnv(gymnasium.Env[Observation, int]):
    """Days of one scenario.

    A step looks at the ``orders`` most urgent ones that a free drone can bring, as ``greedy`` ranks them: those that
    can be on time by the time they have to spare, then the late ones. Action i gives the i-th of them the free drone
    that would deliver it first, the last action leaves the rest for now, and so does one that can't be done:
    ``action_mask`` in ``info`` tells which can. Time passes when nothing can be given any more, to the next moment at
    which something can; ``elapsed_s`` in ``info`` is how long that was, for discounts by time. The reward is the
    number of orders of which it has become known that they count as on time, so that those of a day add up to its
    ``service.on_time``. An episode terminates when the day has drained, and is truncated after ``steps_max``.

    With ``hold_s`` as many actions more, after those that give, set the i-th order aside for so many seconds. With
    ``refusals`` so many more refuse orders that no courier has fetched yet, those first that have least to spare; then
    time passes to the next moment at which something can be given or refused. The scenario has to permit it
    (``dispatch.may_refuse``).

    Each reset begins another day, drawn from the environment's generator: a replication of the scenario's seed, or the
    day of one of ``seeds``. ``options`` may name it, as ``seed`` and ``replication`` (other options are passed over);
    ``info`` tells which it is.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        settings: Sequence[str] = (),
        orders: int = 8,
        steps_max: int | None = None,
        seeds: Sequence[int] | None = None,
        hold_s: float | None = None,
        refusals: int = 0,
    ) -> None:
        if orders < 1 or (steps_max is not None and steps_max < 1) or (seeds is not None and not len(seeds)):
            raise ValueError("orders and steps_max are at least 1, and seeds are not empty")
        if (hold_s is not None and not 0.001 <= hold_s < math.inf) or refusals < 0:
            raise ValueError("hold_s is at least a millisecond, and refusals are not negative")
        stated = scenario if isinstance(scenario, Scenario) else load_scenario(Path(scenario), list(settings))
        self._setting = set_up(stated)
        if refusals and not self._setting.resolved.rules.dispatch.may_refuse:
            raise ValueError("the scenario lets policies refuse none: set dispatch.may_refuse = true")
        self._orders, self._steps_max, self._seeds = orders, steps_max, seeds
        self._hold_s, self._refusals = hold_s, refusals
        self._refusing_from = orders if hold_s is None else 2 * orders
        actions = gymnasium.spaces.Discrete(self._refusing_from + refusals + 1)
        self.action_space = cast("gymnasium.spaces.Space[int]", actions)
        size = len(OF_DAY) + orders * len(OF_ORDER) + refusals * len(OF_REFUSABLE)
        self.observation_space = gymnasium.spaces.Box(-MOST, MOST, (size,), np.float32)
        self._view: DispatchView | None = None
        self._left: list[int] = []
        self._free: list[int] = []
        self._best: list[tuple[int, int, float]] = []
        self._refusable: list[int] = []
        self._spare: list[tuple[int, float, float]] = []

    @property
    def points(self) -> Sequence[str]:
        """The take-off points, by number."""
        return self._setting.world.takeoff_points.ids

    @property
    def point(self) -> int | None:
        """The take-off point of the oldest order of the pool that waits for a decision; None at the end."""
        return None if self._view is None else int(self._view.orders.takeoff_point[0])

    @property
    def gained(self) -> NDArray[np.int64]:
        """The reward of the last step by take-off point."""
        return self._gained

    def reset(self, *, seed: int | None = None, options: Told | None = None) -> tuple[Observation, Told]:
        """Begin a day."""
        super().reset(seed=seed)
        drawn, stated = self._draw(), options or {}
        self._named = {name: int(stated.get(name, number)) for name, number in drawn.items()}
        self._inputs = prepare(self._setting, seed=self._named["seed"], replication=self._named["replication"])
        self._day = Day(self._inputs)
        self._steps: Steps = self._day.steps()
        self._count = self._heard = 0
        self._told = self._gained = np.zeros(len(self.points), dtype=np.int64)
        self._now_s = self._setting.resolved.rules.horizon.start_s
        self._begin(next(self._steps, None))
        self._go_on()
        return self._observe(), self._info(0.0)

    def _draw(self) -> dict[str, int]:
        """Draw a day."""
        if self._seeds is None:
            return {"seed": self._setting.scenario.seed, "replication": int(self.np_random.integers(_DAYS))}
        return {"seed": int(self._seeds[int(self.np_random.integers(len(self._seeds)))]), "replication": 0}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, Told]:
        """Decide on one order, or leave the rest; and let time pass until something can be decided.

        Raises
        ------
        ResetNeeded
            No day has begun, or it is over.
        """
        if self._view is None:
            raise gymnasium.error.ResetNeeded("no day is under way: call reset first")
        self._count += 1
        before_s = self._now_s
        self._decide(self._view, int(action))
        self._go_on()
        self._settle()
        terminated = self._view is None
        truncated = not terminated and self._steps_max is not None and self._count >= self._steps_max
        reward = float(self._gained.sum())
        return self._observe(), reward, terminated, truncated, self._info(self._now_s - before_s)

    def _decide(self, view: DispatchView, action: int) -> None:
        """Take the decision that an action stands for; one that can't be taken leaves the rest."""
        held, refused = action - self._orders, action - self._refusing_from
        if 0 <= action < len(self._best):
            order, drone, _ = self._best[action]
            self._decisions.assign(order, drone)
            self._free.remove(drone)
        elif self._hold_s is not None and 0 <= held < len(self._best):
            order = self._best[held][0]
            self._decisions.hold(order, until_s=view.now_s + self._hold_s)
        elif 0 <= refused < len(self._spare):
            order = self._spare[refused][0]
            self._decisions.refuse(order)
        else:
            self._left, self._refusable = [], []
            return
        self._left = [each for each in self._left if each != order]
        self._refusable = [each for each in self._refusable if each != order]

    def _begin(self, view: DispatchView | None) -> None:
        """Look at a view of which nothing is decided yet; None when the day is over."""
        self._view, self._decisions = view, Decisions()
        self._left = [] if view is None else list(view.ready)
        self._free = [] if view is None else list(view.free_drones)
        self._refusable = [] if view is None or not self._refusals else list(view.refusable)
        self._best, self._spare = [], []

    def _go_on(self) -> None:
        """Let time pass until something can be decided about an order, or the day is over."""
        while self._view is not None:
            self._now_s = self._view.now_s
            self._look(self._view)
            if self._best or self._spare:
                return
            try:
                self._begin(self._steps.send(self._decisions))
            except StopIteration:
                self._begin(None)
                self._now_s = max(self._now_s, self._day.closed_ms() / MS)

    def _look(self, view: DispatchView) -> None:
        """Find the most urgent orders that can be brought, each with its best drone and that one's delivery."""
        self._best, self._spare = [], self._least_to_spare(view)
        if not self._left or not self._free:
            return
        delivery_s = view.delivery_matrix(self._left, self._free)
        drones, best_s = delivery_s.argmin(axis=1), delivery_s.min(axis=1)
        spare_s = np.array([view.due_s(order) for order in self._left]) - best_s
        ranked = np.lexsort((spare_s, np.maximum(-spare_s, 0.0)))
        chosen = [row for row in ranked.tolist() if math.isfinite(best_s[row])][: self._orders]
        self._best = [(self._left[row], self._free[drones[row]], float(best_s[row])) for row in chosen]

    def _least_to_spare(self, view: DispatchView) -> list[tuple[int, float, float]]:
        """List orders that may be refused, with seconds to spare and until they are ready; the most hopeless first."""
        if not self._refusable:
            return []
        rows = np.searchsorted(view.orders.order, self._refusable)
        ready_s = np.maximum(view.orders.expected_ready_s[rows] - view.now_s, 0.0)
        spare_s = view.orders.due_s[rows] - view.now_s - ready_s - flight_s(view)[rows]
        listed = [
            (self._refusable[row], float(spare_s[row]), float(ready_s[row]))
            for row in np.argsort(spare_s, kind="stable")
        ]
        return listed[: self._refusals]

    def _settle(self) -> None:
        """Count, by take-off point, the orders of which it has become known since the last step that they count."""
        known = self._counted() if self._view is None else self._known()
        self._gained, self._told = known - self._told, known

    def _known(self) -> NDArray[np.int64]:
        """Count the orders on time so far: drones are home from them, or on their way."""
        day, rules = self._day, self._setting.resolved.rules.service
        rows = day.scene.ledger.deliveries
        if len(rows) == self._heard:
            return self._told
        table = rows.table(self._heard)
        self._heard = len(rows)
        book, distance_m = day.scene.book, self._inputs.orders.distance_m
        since_ms = book.placed_ms if rules.clock == "placed" else book.ready_ms
        found = self._told.copy()
        for order, at_ms in zip(table["order"].tolist(), table["delivered"].tolist(), strict=True):
            is_counted = distance_m[order] <= rules.radius_m and at_ms >= 0
            if is_counted and at_ms - since_ms[order] <= to_ms(rules.limit_s):
                found[book.takeoff_point[order]] += 1
        return found

    def _counted(self) -> NDArray[np.int64]:
        """Count the orders on time of the whole day, as its key figures do."""
        rules = self._setting.resolved.rules.service
        points = np.asarray(self._day.scene.book.takeoff_point).copy()
        orders = self._day.write_down().tables["orders"]
        on_time = is_on_time(orders, clock=rules.clock, limit_s=rules.limit_s)
        return np.bincount(points[on_time], minlength=len(self.points))

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
        for number, (order, _, delivery_s) in enumerate(self._best):
            begin = len(OF_DAY) + number * len(OF_ORDER)
            times_s = (view.due_s(order) - delivery_s, delivery_s - view.now_s, view.now_s - ready_s[order])
            found[begin : begin + len(OF_ORDER)] = (1.0, *(each_s / HOUR for each_s in times_s))
        from_column = len(OF_DAY) + self._orders * len(OF_ORDER)
        for number, (_, spare_s, ready_in_s) in enumerate(self._spare):
            begin = from_column + number * len(OF_REFUSABLE)
            found[begin : begin + len(OF_REFUSABLE)] = (1.0, spare_s / HOUR, ready_in_s / HOUR)
        return np.clip(found, -MOST, MOST)

    def _info(self, elapsed_s: float) -> Told:
        mask = np.zeros(self._refusing_from + self._refusals + 1, np.int8)
        for begin in range(0, self._refusing_from, self._orders):
            mask[begin : begin + len(self._best)] = 1
        mask[self._refusing_from : self._refusing_from + len(self._spare)] = 1
        mask[-1] = 1
        return {"action_mask": mask, "now_s": self._now_s, "elapsed_s": elapsed_s, **self._named}

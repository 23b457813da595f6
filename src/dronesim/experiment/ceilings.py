"""The ceiling over many days: what unlimited resources would reach, how often, and which stage takes the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.bench import ready
from dronesim.experiment.compose import prepare
from dronesim.experiment.estimates import Estimate, estimate
from dronesim.experiment.points import Point
from dronesim.experiment.proportions import estimate_share_once
from dronesim.experiment.runner import Runner
from dronesim.simulation import SimulationInputs, unhindered_s

DAYS: Final = 20
DAYS_FOR_SHARE: Final = 400
"""So many days tell the share of days whose ceiling meets the target, to 3 points where it is 90 %."""
CHUNK: Final = 50
CLOCKS: Final = ("placed", "ready")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """Ceilings over some days: ``share`` by clock, ``worst`` that of the take-off point that has least, on ``clock``.

    ``stages_s``: mean seconds of each stage that nothing can shorten, of in-range orders.
    """

    clock: str
    share: Mapping[str, Estimate]
    worst: Estimate
    worst_name: str
    stages_s: Mapping[str, float]

    @property
    def longest(self) -> str:
        """The stage that takes most time on the clock."""
        stages = dict(self.stages_s)
        if self.clock == "ready":
            stages = {name: stages[name] for name in ("loading", "flight", "unloading")}
        return max(stages, key=lambda name: stages[name])

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "clock": self.clock,
            **{clock: found.content() for clock, found in self.share.items()},
            "worst_takeoff_point": {"id": self.worst_name, **self.worst.content()},
            "stages_s": {name: round(value, 3) for name, value in self.stages_s.items()},
            "longest_stage": self.longest if self.stages_s else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCeiling:
    """The share of days on which unlimited resources without queues would meet the target, with its exact interval.

    ``takeoff_point``: the one that has least, where each must meet the target.
    """

    share: Estimate
    takeoff_point: str | None = None

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {**self.share.content(), "takeoff_point": self.takeoff_point}


def find_day_ceiling(
    point: Point, runner: Runner, *, target: float, by_takeoff_point: bool = False, confidence: float = CONFIDENCE
) -> DayCeiling:
    """Find the share of days whose ceiling meets the target; nothing is simulated.

    Of several take-off points each has its part of what may go wrong.
    """
    numbers = range(DAYS_FOR_SHARE)
    chunks = [(point, numbers[first : first + CHUNK]) for first in numbers[::CHUNK]]
    levels = np.concatenate(runner.gather(ceiling_levels, chunks))
    levels = levels[:, 1:] if by_takeoff_point else levels[:, :1]
    sure = 1.0 - (1.0 - confidence) / levels.shape[1]
    shares = [estimate_share_once(days_met(column, target), confidence=sure) for column in levels.T]
    worst = min(range(len(shares)), key=lambda number: _or_one(shares[number].mean))
    name = ready(point).world.takeoff_points.ids[worst] if by_takeoff_point else None
    return DayCeiling(share=shares[worst], takeoff_point=name)


def days_met(levels: Floats, target: float) -> Floats:
    """Give 1 for a level that meets the target, 0 for one that misses it, and NaN for a day without orders."""
    return np.where(np.isnan(levels), np.nan, levels >= target)


def ceiling_levels(point: Point, replications: Sequence[int]) -> Floats:
    """Give days' ceilings on the service clock, of all and by take-off point, ``(replications, 1 + points)``."""
    setting = ready(point)
    clock, takeoff_points = CLOCKS.index(setting.resolved.rules.service.clock), len(setting.world.takeoff_points)
    rows = []
    for number in replications:
        inputs = prepare(setting, replication=number)
        door_s = unhindered_s(inputs)[clock]
        rows.append([_share(inputs, door_s), *_shares_by_takeoff_point(inputs, door_s, takeoff_points)])
    return np.array(rows)


def find_ceiling(point: Point, *, days: int = DAYS) -> Ceiling:
    """Compute the ceiling of the first replications; nothing is simulated."""
    setting = ready(point)
    drawn = [prepare(setting, replication=number) for number in range(days)]
    times = [unhindered_s(inputs) for inputs in drawn]
    rules = setting.resolved.rules
    clock = rules.service.clock
    takeoff_points = len(setting.world.takeoff_points)
    by_takeoff_point = np.array(
        [
            _shares_by_takeoff_point(inputs, door[CLOCKS.index(clock)], takeoff_points)
            for inputs, door in zip(drawn, times, strict=True)
        ]
    )
    worst = min((estimate(column) for column in by_takeoff_point.T), key=lambda found: _or_one(found.mean))
    means = [_or_one(estimate(column).mean) for column in by_takeoff_point.T]
    return Ceiling(
        clock=clock,
        share={
            name: estimate([_share(inputs, door[row]) for inputs, door in zip(drawn, times, strict=True)])
            for row, name in enumerate(CLOCKS)
        },
        worst=worst,
        worst_name=setting.world.takeoff_points.ids[int(np.argmin(means))],
        stages_s=_stages_s(drawn, times),
    )


def _or_one(mean: float) -> float:
    return 1.0 if np.isnan(mean) else mean


def _in_range(inputs: SimulationInputs) -> NDArray[np.bool_]:
    is_near: NDArray[np.bool_] = inputs.orders.distance_m <= inputs.rules.service.radius_m
    return is_near


def _share(inputs: SimulationInputs, door_s: Floats) -> float:
    met = door_s[_in_range(inputs)] <= inputs.rules.service.limit_s
    return float(met.mean()) if len(met) else np.nan


def _shares_by_takeoff_point(inputs: SimulationInputs, door_s: Floats, takeoff_points: int) -> list[float]:
    near, takeoff_point = _in_range(inputs), inputs.orders.takeoff_point
    met = door_s <= inputs.rules.service.limit_s
    groups = [met[near & (takeoff_point == number)] for number in range(takeoff_points)]
    return [float(group.mean()) if len(group) else np.nan for group in groups]


def _stages_s(drawn: list[SimulationInputs], times: list[tuple[Floats, Floats]]) -> dict[str, float]:
    """Split the unhindered time of in-range orders that a drone can carry into what takes it."""
    rows = []
    for inputs, (door_s, ready_door_s) in zip(drawn, times, strict=True):
        is_carried = _in_range(inputs) & np.isfinite(door_s)
        kitchen_s, to_ready_s = inputs.orders.preparation_s[is_carried], (door_s - ready_door_s)[is_carried]
        rows.append(np.column_stack([kitchen_s, to_ready_s - kitchen_s, ready_door_s[is_carried]]))
    stacked = np.concatenate(rows)
    means_s = stacked.mean(axis=0).tolist() if len(stacked) else [0.0, 0.0, 0.0]
    kitchen, courier, drone = means_s
    rules = drawn[0].rules
    load_s, unload_s = rules.takeoff_points.load_s, rules.airports.unload_s
    return {
        "kitchen": kitchen,
        "courier": courier,
        "loading": load_s,
        "flight": max(0.0, drone - load_s - unload_s),
        "unloading": unload_s,
    }

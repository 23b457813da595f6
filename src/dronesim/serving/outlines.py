"""Days in outline of whatever the sliders say: what is needed for a first estimate, in a tenth of a second."""

from __future__ import annotations

import dataclasses
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.bench import ready
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.points import Point
from dronesim.scenario import changed_scenario
from dronesim.scenario.spread import spread_by_demand
from dronesim.simulation import OutlineDay, OutlineNetwork, SimulationInputs, outline_day, outline_network

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

PARTS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5)
"""Parts of the fleet at which the curve is looked at beside the fleet itself."""
CURVE_DAYS: Final = 4
"""Other fleets are outlined on so many of the days, and told by how they differ from the fleet itself on these."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlined:
    """Days of one setting in outline, replications 0 on: ``days``, and ``levels`` (days,) of 0 to 1.

    ``orders`` is the mean number of orders a day, ``drones`` how many there are in all.
    """

    days: tuple[OutlineDay, ...]
    orders: float
    drones: int

    @property
    def levels(self) -> Floats:
        """Give the service levels."""
        return np.array([day.share for day in self.days])

    @property
    def level(self) -> float:
        """Give the mean level of the days that have orders in range; NaN where none has."""
        return _mean(self.levels)

    def level_beside(self, own: Outlined) -> float:
        """Give the level over all days of ``own``, by how the two differ on the days that both have."""
        return float(np.clip(own.level + self.level - _mean(own.levels[: len(self.days)]), 0.0, 1.0))

    def late_by_hour(self) -> dict[int, float]:
        """Give the share of in-range orders that are late by the hour of placing, where there are any."""
        return _late([(day.in_range, day.on_time) for day in self.days])

    def late_by_airport(self) -> dict[int, float]:
        """Give the share of in-range orders that are late by the number of their airport, where there are any."""
        return _late([(day.in_range_at, day.on_time_at) for day in self.days])


def _late(days: Sequence[tuple[Numbers, Numbers]]) -> dict[int, float]:
    """Give the share of orders that are late by place in the counts of all, and of those on time."""
    count, on_time = np.sum(days, axis=0)
    return {place: 1.0 - float(on_time[place] / count[place]) for place in np.flatnonzero(count).tolist()}


def _mean(levels: Floats) -> float:
    known = levels[~np.isnan(levels)]
    return float(known.mean()) if len(known) else math.nan


class Outlines:
    """Makes outlines of points, and keeps those of the last ones; the days are replications 0 to ``days`` - 1."""

    def __init__(self, *, days: int) -> None:
        self._days = days
        self._known: OrderedDict[tuple[str, int | None], Outlined] = OrderedDict()
        self._drawn: OrderedDict[str, tuple[list[SimulationInputs], OutlineNetwork]] = OrderedDict()

    def of(self, point: Point, *, drones: int | None = None) -> Outlined:
        """Outline the days of a point; with another number of ``drones`` where one is given.

        Raises
        ------
        InputError
            The scenario can't be run.
        """
        key = (point.content_hash, drones)
        if key not in self._known:
            self._known[key] = self._outline(point, drones)
        self._known.move_to_end(key)
        while len(self._known) > _KEPT * (len(PARTS) + 1):
            self._known.popitem(last=False)
        return self._known[key]

    def _outline(self, point: Point, drones: int | None) -> Outlined:
        setting = ready(point)
        inputs, network = self._day_inputs(point, setting)
        if drones is not None:
            network = _with_drones(setting, network, drones)
        return Outlined(
            days=tuple(outline_day(each, network) for each in (inputs if drones is None else inputs[:CURVE_DAYS])),
            orders=float(np.mean([len(each.orders) for each in inputs])),
            drones=int(network.drones.sum()),
        )

    def _day_inputs(self, point: Point, setting: Setting) -> tuple[list[SimulationInputs], OutlineNetwork]:
        key = point.content_hash
        if key not in self._drawn:
            inputs = [prepare(setting, replication=number) for number in range(self._days)]
            self._drawn[key] = inputs, outline_network(inputs[0])
        self._drawn.move_to_end(key)
        while len(self._drawn) > 2:
            self._drawn.popitem(last=False)
        return self._drawn[key]

    def curve(self, point: Point) -> Sequence[Outlined]:
        """Outline the days with fewer and more drones than the point has, ascending; itself alone if by site."""
        own = self.of(point)
        if not isinstance(point.scenario.fleet.drones, int):
            return (own,)
        others = {max(1, round(part * own.drones)) for part in PARTS} - {own.drones}
        return sorted([own, *(self.of(point, drones=each) for each in others)], key=lambda each: each.drones)


def _with_drones(setting: Setting, network: OutlineNetwork, drones: int) -> OutlineNetwork:
    """Give the network with another fleet, and with the packs that come along with it where they are left open."""
    batteries = setting.scenario.batteries
    if batteries.packs is None or batteries.chargers is None:
        scenario = changed_scenario(setting.scenario, [f"fleet.drones={drones}"])
        return outline_network(prepare(set_up(scenario, folder=setting.folder, ready=(setting,))))
    counts = spread_by_demand(drones, np.array(setting.resolved.expected_demand), at_least=1)
    return dataclasses.replace(network, drones=np.array(counts, dtype=np.int64))

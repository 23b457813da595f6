"""What a sizing has looked at: the days of each value, their levels, and what is known of how hard they are."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.bench import ready
from dronesim.experiment.ceilings import days_met
from dronesim.experiment.controls import Controls
from dronesim.experiment.factors import setting
from dronesim.experiment.intervals import Days
from dronesim.experiment.levels import shares, shares_by
from dronesim.experiment.points import Point
from dronesim.experiment.runner import Runner
from dronesim.experiment.size_answer import SizeRequest
from dronesim.experiment.store import Record
from dronesim.record.resources import RESOURCES, in_all
from dronesim.scenario.dump import toml_value

Floats = NDArray[np.float64]
Value: TypeAlias = int | tuple[int, ...]
"""One number, or one a take-off point."""


class Looks:
    """Runs the days that a search asks for, and remembers their records by value.

    ``levels`` of a value are its days' service levels ``(replications, groups)``, ``seen`` what the search is shown.
    """

    def __init__(self, *, request: SizeRequest, runner: Runner, target: float) -> None:
        self.request = request
        self._target = target
        self.runner = runner
        self._controls = Controls(runner, by_takeoff_point=request.by_takeoff_point)
        self._points: dict[Value, Point] = {}
        self.names: tuple[str, ...] = ready(request.study.point()).world.takeoff_points.ids
        self.records: dict[Value, list[Record]] = {}
        self.levels: dict[Value, Floats] = {}
        self.seen: dict[Value, Days] = {}
        self._scouted: dict[Value, tuple[list[Record], Days]] = {}

    def point(self, value: Value) -> Point:
        """Give the scenario with so many of the resource."""
        if value not in self._points:
            stated: object = value
            if isinstance(value, tuple):
                stated = dict(zip(map(toml_value, self.names), value, strict=True))
            self._points[value] = self.request.study.point(setting(self.request.resource, stated))
        return self._points[value]

    @property
    def groups(self) -> int:
        """How many levels must meet the target."""
        return len(self.names) if self.request.by_takeoff_point else 1

    def name(self, group: int) -> str | None:
        """Name the take-off point of a group, where there is one a group."""
        return self.names[group] if self.request.by_takeoff_point else None

    @property
    def control_days(self) -> int | None:
        """How many further days told how hard the simulated ones were."""
        return self._controls.days

    @property
    def numbers(self) -> list[int]:
        """The single numbers that were looked at, ascending."""
        return sorted(value for value in self.records if isinstance(value, int))

    @property
    def replications(self) -> int:
        """How many days were run in all, those of scouts too."""
        looked = sum(len(records) for records in self.records.values())
        return looked + sum(len(records) for records, _ in self._scouted.values())

    def days(self, value: Value, replications: range) -> Days:
        """Run some replications and give what the search is to see of them."""
        records = self._run(value, replications)
        levels = self._levels(records)
        self.records.setdefault(value, []).extend(records)
        self.levels[value] = np.concatenate([self.levels[value], levels]) if value in self.levels else levels
        days = self._shown(value, replications, levels)
        self.seen[value] = self.seen[value].joined(days) if value in self.seen else days
        return days

    def _run(self, value: Value, replications: range) -> list[Record]:
        """Run replications; meanwhile what is known of how hard days are at the value is found, where that is asked."""
        point = self.point(value)
        with nullcontext() if self.request.days is not None else self._controls.found_beside(point):
            return self.runner.records(point, replications)

    def scout(self, value: int, replications: range, controls: Controls) -> Days:
        """Run some replications by which nothing is judged, and give them with controls of their own."""
        point = self.point(value)
        records = self.runner.records(point, replications)
        days = _controlled(self._levels(records), controls, point, replications)
        self._scouted[value] = (records, days)
        return days

    def note_scouts(self) -> None:
        """Note the days of scouts at values that have no others, so that the curve shows them too."""
        for value in [value for value in self._scouted if value not in self.records]:
            records, days = self._scouted.pop(value)
            self.records[value], self.levels[value], self.seen[value] = records, days.levels, days

    def _levels(self, records: list[Record]) -> Floats:
        """Give service levels, ``(replications, groups)``."""
        return self._by_takeoff_point(records) if self.request.by_takeoff_point else shares(records)[:, None]

    def _by_takeoff_point(self, records: list[Record]) -> Floats:
        """Give each day's level at each take-off point, in the order of the map; NaN without orders."""
        names, levels = shares_by(records, "takeoff_point")
        absent = np.full(len(levels), np.nan)
        return np.column_stack([levels[:, names.index(name)] if name in names else absent for name in self.names])

    def _shown(self, value: Value, replications: range, levels: Floats) -> Days:
        """Give which days meet the target, or their levels with what is known of how hard the days are."""
        if self.request.days is not None:
            return Days(levels=days_met(levels, self._target))
        return _controlled(levels, self._controls, self.point(value), replications)


def _controlled(levels: Floats, controls: Controls, point: Point, replications: range) -> Days:
    """Give levels with what is known of how hard their days are."""
    control = controls.control(point)
    if control is None:
        return Days(levels=levels)
    return Days(levels=levels, controls=controls.values(point, replications) - control.mean, many=control.many)


def along(looks: Looks, start: Value, answer: Value) -> dict[str, tuple[int, int]]:
    """Count what a network has of everything that costs, but for its sites, at two values."""
    counts = [_counts(looks.point(value)) for value in (start, answer)]
    return {name: (counts[0][name], counts[1][name]) for name in counts[0]}


def _counts(point: Point) -> dict[str, int]:
    rules = ready(point).resolved.rules
    return {resource.plural: in_all(resource, rules) for resource in RESOURCES if resource.key is not None}

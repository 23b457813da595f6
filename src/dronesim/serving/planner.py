"""The planner's answers: an estimate at once, and what real days make of it."""

from __future__ import annotations

import json
import math
import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.errors import InputError
from dronesim.experiment.bench import ready
from dronesim.experiment.estimates import estimate, number_or_nan
from dronesim.experiment.points import Point, Task
from dronesim.experiment.store import Record, Store
from dronesim.experiment.study import Study
from dronesim.record.folder import json_text, write_whole
from dronesim.serving.discrepancy import Guess, Place, Seen, Shape, guess, place_of, shipped_prior
from dronesim.serving.outlines import Outlined, Outlines
from dronesim.serving.sliders import POLICY, TARGET, WIND, Slider, check_reach, settings_of, sliders_of
from dronesim.simulation import saves_orders

DRONES: Final = "fleet.drones"
RECALLED: Final = 12
"""Of so many settings the days of earlier sessions are taken up, the last ones asked for."""
_ASKED: Final = "planner.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the sliders say: the ``point`` to be run, the ``settings`` that lead to it, its ``place``, the target."""

    point: Point
    settings: tuple[str, ...]
    values: Mapping[str, Any]
    place: Place
    target: float


@dataclass(slots=True)
class _Days:
    """What is known of the real days of one point, by replication."""

    ask: Ask
    records: dict[int, Record] = field(default_factory=dict)


class Planner:
    """Answers for one study; ``days`` are how many real days stand behind an answer, replications 0 on.

    Estimates are for the mean of just these days. Whoever calls it from several threads gets one answer after the
    other.
    """

    def __init__(self, study: Study, *, days: int, folder: Path) -> None:
        self.study = study
        self.days = days
        self.folder = folder
        self.scenario = study.scenario()
        self.sliders: tuple[Slider, ...] = sliders_of(self.scenario, ready(study.point()).resolved.rules)
        self._own = {each.key: each.value for each in self.sliders if each.fixed is None and each.key != TARGET}
        self._outlines = Outlines(days=days)
        self._seen: dict[str, _Days] = {}
        self._lock = threading.Lock()

    def ask(self, values: Mapping[str, Any]) -> Ask:
        """Make a point of what the sliders say.

        Raises
        ------
        InputError
            A value is not one that the scenario takes.
        """
        settings = settings_of(values, self.sliders)
        target = values.get(TARGET, self.scenario.service.target)
        self.study.scenario(*settings, f"{TARGET}={target}")
        check_reach(values, self.sliders)
        point = self.study.point(*settings)
        with self._lock:
            ready(point)
        place = place_of(
            {key: value for key, value in values.items() if key in self._own}, self._own, wind=WIND, policy=POLICY
        )
        return Ask(point=point, settings=settings, values=dict(values), place=place, target=float(target))

    def learn(self, ask: Ask, replication: int, record: Record) -> None:
        """Take note of a day that was run."""
        with self._lock:
            is_new = ask.point.content_hash not in self._seen
            days = self._seen.setdefault(ask.point.content_hash, _Days(ask=ask))
            days.records[replication] = record
            asked = [each.ask.values for each in self._seen.values()][-RECALLED:]
        if is_new:
            write_whole(self.folder / _ASKED, json_text({"schema_version": 1, "asked": [dict(each) for each in asked]}))

    def recall(self) -> None:
        """Take note of the days that were run in the same folder before, of the settings that were asked for last.

        What the scenario does not take any more, or was run by another program, is passed over.
        """
        store = Store(folder=self.folder / "replications")
        for values in _asked_before(self.folder / _ASKED):
            try:
                ask = self.ask(values)
            except InputError:
                continue
            for number in range(self.days):
                record = store.read(Task(point=ask.point, replication=number).name)
                if record is not None:
                    self._seen.setdefault(ask.point.content_hash, _Days(ask=ask)).records[number] = record

    def answer(self, ask: Ask) -> dict[str, Any]:
        """Give the estimate, the fleet curve, late shares by hour and what real days say, for the page.

        The estimate goes by what was known before the setting itself was run, the curve by all that is known.

        Raises
        ------
        InputError
            The scenario can't be run.
        """
        with self._lock:
            own, curve = self._outlines.of(ask.point), self._outlines.curve(ask.point)
            seen = self._all_seen()
            guesses = [
                guess(self._shape(ask, each), self._moved(ask, each), seen, prior=shipped_prior()) for each in curve
            ]
            points = [(each.drones, found) for each, found in zip(curve, guesses, strict=True)]
            others = [each for each in seen if each.place != ask.place]
            beforehand = guess(self._shape(ask, own), ask.place, others, prior=shipped_prior())
            records = self._records(ask)
            airports = ready(ask.point).world.airports.ids
        return {
            "estimate": beforehand.content(),
            "target": ask.target,
            "curve": [{"drones": drones, **found.content()} for drones, found in points],
            "enough": enough(points, ask.target),
            "late_by_hour": {str(hour): round(share, 4) for hour, share in own.late_by_hour().items()},
            "late_by_airport": {airports[each]: round(share, 4) for each, share in own.late_by_airport().items()},
            "real": real_days(records),
            "days": self.days,
            "other_settings": sum(
                days.ask.point.content_hash != ask.point.content_hash for days in self._seen.values()
            ),
            "command": self.commands(ask),
        }

    def _moved(self, ask: Ask, outlined: Outlined) -> Place:
        """Give the place of the same setting with another fleet."""
        values = {key: value for key, value in ask.values.items() if key in self._own}
        return (
            place_of({**values, DRONES: outlined.drones}, self._own, wind=WIND, policy=POLICY)
            if DRONES in self._own
            else ask.place
        )

    def _shape(self, ask: Ask, outlined: Outlined) -> Shape:
        own = self._outlines.of(ask.point)
        most = max(each.level_beside(own) for each in self._outlines.curve(ask.point))
        level = outlined.level_beside(own)
        saves = saves_orders(ask.point.scenario.dispatch.policy)
        return Shape(level=level, missing=max(most - level, 0.0), saves=saves)

    def _all_seen(self) -> list[Seen]:
        """Compare all real days with their outlines."""
        found = []
        for days in self._seen.values():
            levels = self._outlines.of(days.ask.point).levels
            pairs = [
                (level_of(record), levels[number]) for number, record in days.records.items() if number < len(levels)
            ]
            gaps = [real - outline for real, outline in pairs if not math.isnan(real - outline)]
            if gaps:
                shape = self._shape(days.ask, self._outlines.of(days.ask.point))
                found.append(Seen(place=days.ask.place, shape=shape, gap=float(np.mean(gaps)), days=len(gaps)))
        return found

    def _records(self, ask: Ask) -> list[Record]:
        days = self._seen.get(ask.point.content_hash)
        return [] if days is None else [days.records[number] for number in sorted(days.records)]

    def commands(self, ask: Ask) -> list[str]:
        """Give the command lines that answer the same from a terminal, in the same folder of results."""
        where = [
            str(self.study.path),
            *(part for each in (*self.study.settings, *ask.settings) for part in ("--set", each)),
        ]
        out = ["--out", str(self.folder)]
        days = ["dronesim", "run", *where, "--replications", str(self.days), *out]
        size = ["dronesim", "size", *where, "--target", f"{ask.target:g}", *out]
        return [shlex.join(days), shlex.join(size)]


def _asked_before(path: Path) -> list[dict[str, Any]]:
    """Read the values that were asked for in an earlier session; none where the file is not there or not ours."""
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))["asked"][-RECALLED:]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [values for values in asked if isinstance(values, dict)]


def level_of(record: Record) -> float:
    """Give the service level of a day; NaN without orders."""
    return number_or_nan(record["kpis"]["service"]["share"])


def enough(points: Sequence[tuple[int, Guess]], target: float) -> dict[str, int | None]:
    """Find the fleet from which on the estimate meets the target, between the points that were looked at.

    ``low`` goes by the upper end of the band and ``high`` by the lower one; None where no point meets it.
    """
    ends = {"low": "high", "mean": "mean", "high": "low"}
    found = {
        name: _crossing([(drones, getattr(each, end)) for drones, each in points], target) for name, end in ends.items()
    }
    return {name: None if at is None else math.ceil(at - 1e-9) for name, at in found.items()}


def _crossing(points: Sequence[tuple[int, float]], target: float) -> float | None:
    before: tuple[int, float] | None = None
    for drones, level in points:
        if level >= target:
            if before is None:
                return float(drones)
            return before[0] + (target - before[1]) / (level - before[1]) * (drones - before[0])
        before = (drones, level)
    return None


def real_days(records: Sequence[Record]) -> dict[str, Any]:
    """Sum real days up: each one's level, the mean with its 95 % interval, late shares by hour and by site, cost."""
    levels = [level_of(record) for record in records]
    found = estimate(levels)
    return {
        "levels": [None if math.isnan(level) else round(level, 5) for level in levels],
        **found.content(),
        "late_by_hour": _late_in(records, "hour"),
        "late_by_airport": _late_in(records, "airport"),
        "late_by_takeoff_point": _late_in(records, "takeoff_point"),
        "cost_per_order": estimate(
            [number_or_nan(record["kpis"]["cost"]["per_order"]) for record in records]
        ).content()["mean"],
        "currency": records[0]["kpis"]["cost"]["currency"] if records else None,
    }


def _late_in(records: Sequence[Record], group: str) -> dict[str, float]:
    """Give the share of in-range orders that were late by group, over all days; groups without orders are left out."""
    whole: dict[str, int] = {}
    met: dict[str, int] = {}
    for record in records:
        for name, (placed, on_time) in record["by"][group].items():
            whole[name] = whole.get(name, 0) + placed
            met[name] = met.get(name, 0) + on_time
    return {name: round(1.0 - met[name] / count, 4) for name, count in whole.items() if count}

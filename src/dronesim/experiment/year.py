"""A year of days: day d is replication d in its weather, and beside it the same day in calm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.bench import ready
from dronesim.experiment.compose import Setting
from dronesim.experiment.estimates import Estimate, estimate, finite, holm, paired, paired_p
from dronesim.experiment.levels import shares
from dronesim.experiment.points import Point, Task, make_point
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study, check_all
from dronesim.experiment.tidy import Row, tidy
from dronesim.scenario import Scenario, resolve
from dronesim.scenario.air import WeatherTable
from dronesim.weather import is_flyable

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS_OF_YEAR: Final = sum(_LENGTHS)
_ENDS: Final = np.cumsum(_LENGTHS)
_KEPT: Final = ("anemometer_m", "height_exponent", "air_density_kgm3")
"""What a calm day keeps of the weather: where it is measured, and the air."""

Floats = NDArray[np.float64]
SettingsOfDay = Callable[[int], Sequence[str]]
"""What a day has beside the scenario, as ``--set`` takes it, by its number from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Some days together: a month, or all of them.

    Attributes
    ----------
    name
        The month, or ``all``.
    days, lost
        How many there are, and how many of them are lost, since too little of them is flyable.
    flyable
        Mean share of the opening hours in which drones may fly, 0 to 1.
    level, calm
        Service level in the weather and in calm, shares of 0 to 1.
    difference
        The level in the weather less that in calm, day by day, with a 95 % interval of its own.
    p
        The p value of the paired test, of months after Holm's correction for their number; NaN below two days.
    """

    name: str
    days: int
    lost: int
    flyable: float
    level: Estimate
    calm: Estimate
    difference: Estimate
    p: float

    @property
    def is_clear(self) -> bool:
        """Whether weather and calm are told apart."""
        return self.p < 1 - CONFIDENCE

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "name": self.name,
            "days": self.days,
            "days_lost": self.lost,
            "flyable_share": finite(self.flyable),
            "service_share": self.level.content(),
            "service_share_in_calm": self.calm.content(),
            "difference": self.difference.content(),
            "p_holm": finite(self.p),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Days one after another from 1 January on, each in its weather and in calm.

    Attributes
    ----------
    name, target
        Name of the scenario, and the share that it promises.
    lost_below
        A day is lost whose flyable share of the opening hours is below this.
    months, all
        The months that have days, and all days together.
    flyable
        Flyable share day by day, shape ``(n,)``.
    records, calm
        What is kept of each day in its weather and in calm.
    """

    name: str
    target: float
    lost_below: float
    months: tuple[Spell, ...]
    all: Spell
    flyable: Floats = field(repr=False)
    records: Sequence[Record] = field(repr=False)
    calm: Sequence[Record] = field(repr=False)

    def rows(self) -> list[Row]:
        """Give a row a day in its weather, then a row a day in calm."""
        found: list[Row] = []
        for side, records in (("weather", self.records), ("calm", self.calm)):
            for day, (record, share) in enumerate(zip(records, self.flyable.tolist(), strict=True)):
                flyable = share if side == "weather" else 1.0
                found.append(({"side": side, "month": month_of(day), "flyable_share": flyable}, record))
        return found

    def table(self) -> Any:
        """Give a row a day and side as an Arrow table: side, month (1 to 12), flyable share, then the key figures."""
        return tidy(self.rows())

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "target": self.target,
            "confidence": CONFIDENCE,
            "lost_below": self.lost_below,
            "months": [month.content() for month in self.months],
            "all": self.all.content(),
            "days": [
                {"day": day, "month": month_of(day), "flyable_share": share, "is_lost": share < self.lost_below}
                for day, share in enumerate(self.flyable.tolist())
            ],
        }


def month_of(day: int) -> int:
    """Give the month, 1 to 12, of a day that is counted from 0 for 1 January, in years of 365 days."""
    return int(np.searchsorted(_ENDS, day % DAYS_OF_YEAR, side="right")) + 1


def run_year(
    study: Study, runner: Runner, *, days: int, lost_below: float, settings_of_day: SettingsOfDay | None = None
) -> Year:
    """Run days 0 to ``days`` - 1, each as the replication of its number, in its weather and in calm.

    Without ``settings_of_day`` all days are of the scenario as it stands.

    Raises
    ------
    InputError
        What some day has beside the scenario makes none that can be used.
    """
    scenario = study.scenario()
    points = _points(study, days=days, settings_of_day=settings_of_day)
    calm = _calm_points(points)
    # a day and its calm one follow each other, so that what is kept after a kill are pairs
    tasks = [
        Task(point=point, replication=day) for day, pair in enumerate(zip(points, calm, strict=True)) for point in pair
    ]
    found = runner.all_records(tasks)
    records, beside = found[::2], found[1::2]
    flyable = _flyable_shares(points, calm, records)
    months = np.array([month_of(day) for day in range(days)])
    spells = [
        _spell(name, months == number, flyable, records, beside, lost_below)
        for number, name in enumerate(MONTHS, start=1)
        if (months == number).any()
    ]
    adjusted = holm([month.p for month in spells])
    return Year(
        name=scenario.name,
        target=scenario.service.target,
        lost_below=lost_below,
        months=tuple(replace(month, p=p) for month, p in zip(spells, adjusted, strict=True)),
        all=_spell("all", months > 0, flyable, records, beside, lost_below),
        flyable=flyable,
        records=records,
        calm=beside,
    )


def calm_day(scenario: Scenario) -> Scenario:
    """Give a scenario without any weather: no wind, nor whatever else it states of it."""
    weather = scenario.weather
    kept = {name: getattr(weather, name) for name in _KEPT if name in weather.model_fields_set}
    return scenario.model_copy(update={"weather": WeatherTable(**kept)})


def _points(study: Study, *, days: int, settings_of_day: SettingsOfDay | None) -> list[Point]:
    """Make the point of each day; days that are alike share one."""
    if settings_of_day is None:
        return [study.point()] * days
    settings = [tuple(settings_of_day(day)) for day in range(days)]
    studies = {each: Study(path=study.path, given=study.given, settings=(*study.settings, *each)) for each in settings}
    check_all(list(studies.values()))
    points = {each: made.point() for each, made in studies.items()}
    return [points[each] for each in settings]


def _calm_points(points: Sequence[Point]) -> list[Point]:
    """Make the calm point beside each; days that differ by their weather alone share one."""
    made = {point.content_hash: make_point(calm_day(point.scenario), folder=point.folder) for point in points}
    return [made[point.content_hash] for point in points]


def _flyable_shares(points: Sequence[Point], calm: Sequence[Point], records: Sequence[Record]) -> Floats:
    """Give each day's share of the opening hours in which drones may fly: as the day tells, else by stated winds."""
    stated: dict[str, float] = {}
    shares_told = []
    for point, beside, record in zip(points, calm, records, strict=True):
        told = record["kpis"].get("weather")
        if told is None and point.content_hash not in stated:
            stated[point.content_hash] = _flyable_in_winds(point.scenario, ready(beside))
        shares_told.append(stated[point.content_hash] if told is None else told["flyable_share"])
    return np.array(shares_told, dtype=np.float64)


def _flyable_in_winds(scenario: Scenario, calm: Setting) -> float:
    """Give the share of the opening hours in which some level has a wind within the drones' limit."""
    resolved = resolve(scenario, calm.world, calm.trace)
    horizon, limit_mps = resolved.rules.horizon, resolved.drone_type.wind_limit_mps
    begins_s = np.clip([from_s for from_s, _ in resolved.weather.stated], horizon.start_s, horizon.end_s)
    lasts_s = np.diff([*begins_s, horizon.end_s])
    may_fly = [any(is_flyable(wind, limit_mps=limit_mps) for wind in winds) for _, winds in resolved.weather.stated]
    return float(lasts_s[may_fly].sum() / (horizon.end_s - horizon.start_s))


def _spell(
    name: str,
    is_in: NDArray[np.bool_],
    flyable: Floats,
    records: Sequence[Record],
    calm: Sequence[Record],
    lost_below: float,
) -> Spell:
    level, beside = shares(records)[is_in], shares(calm)[is_in]
    return Spell(
        name=name,
        days=int(is_in.sum()),
        lost=int((flyable[is_in] < lost_below).sum()),
        flyable=float(flyable[is_in].mean()),
        level=estimate(level),
        calm=estimate(beside),
        difference=paired(level, beside),
        p=paired_p(level, beside),
    )

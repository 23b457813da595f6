"""A year of days: day d is replication d in its weather, and beside it the same day in calm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.estimates import Estimate, estimate, finite, holm, paired, paired_p
from dronesim.experiment.levels import shares
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import Task
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import Row, tidy
from dronesim.experiment.year_days import SettingsOfDay, YearDays, days_of_year

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Floats = NDArray[np.float64]


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
class Year(InNotebooks):
    """Days one after another, each in its weather and in calm.

    Attributes
    ----------
    name, target
        Name of the scenario, and the share that it promises.
    lost_below
        A day is lost whose flyable share of the opening hours is below this.
    months, all
        The months that have days, and all days together.
    first_day
        The day of day 0, as "1 January": the first of a file of weather that has dates.
    weather_days
        How many different days of a file give the weather; None where it comes from no file.
    month_of_day
        The month of each day, 1 to 12: that of its date where its weather has one.
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
    first_day: str
    weather_days: int | None
    month_of_day: tuple[int, ...] = field(repr=False)
    flyable: Floats = field(repr=False)
    records: Sequence[Record] = field(repr=False)
    calm: Sequence[Record] = field(repr=False)

    def rows(self) -> list[Row]:
        """Give a row a day in its weather, then a row a day in calm."""
        found: list[Row] = []
        for side, records in (("weather", self.records), ("calm", self.calm)):
            for day, (record, share) in enumerate(zip(records, self.flyable.tolist(), strict=True)):
                flyable = share if side == "weather" else 1.0
                found.append(({"side": side, "month": self.month_of_day[day], "flyable_share": flyable}, record))
        return found

    @property
    def has_weather(self) -> bool:
        """Whether the weather stops flying, or moves a key figure, on some day."""
        return bool((self.flyable < 1.0).any()) or any(
            day["kpis"] != calm["kpis"] for day, calm in zip(self.records, self.calm, strict=True)
        )

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
            "first_day": self.first_day,
            "weather_days": self.weather_days,
            "months": [month.content() for month in self.months],
            "all": self.all.content(),
            "days": [
                {
                    "day": day,
                    "month": self.month_of_day[day],
                    "flyable_share": share,
                    "is_lost": share < self.lost_below,
                }
                for day, share in enumerate(self.flyable.tolist())
            ],
        }


def run_year(
    study: Study, runner: Runner, *, days: int, lost_below: float, settings_of_day: SettingsOfDay | None = None
) -> Year:
    """Run days 0 to ``days`` - 1, each as the replication of its number, in its weather and in calm.

    Without ``settings_of_day`` all days are of the scenario as it stands.

    Raises
    ------
    InputError
        What some day has beside the scenario makes none that can be used; all have the same day of a file of weather.
    """
    scenario = study.scenario()
    of_year = days_of_year(study, days=days, settings_of_day=settings_of_day)
    # a day and its calm one follow each other, so that what is kept after a kill are pairs
    pairs = zip(of_year.points, of_year.calm, strict=True)
    tasks = [Task(point=point, replication=day) for day, pair in enumerate(pairs) for point in pair]
    found = runner.all_records(tasks)
    records, beside = found[::2], found[1::2]
    flyable = _flyable_shares(of_year, records)
    months = np.array(of_year.months())
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
        first_day=of_year.first_day(),
        weather_days=of_year.weather_days(),
        month_of_day=tuple(months.tolist()),
        flyable=flyable,
        records=records,
        calm=beside,
    )


def _flyable_shares(of_year: YearDays, records: Sequence[Record]) -> Floats:
    """Give each day's share of the opening hours in which drones may fly: as the day tells, else by its winds."""
    told = [record["kpis"].get("weather") for record in records]
    shares_told = [
        of_year.flyable_in_winds(day) if each is None else each["flyable_share"] for day, each in enumerate(told)
    ]
    return np.array(shares_told, dtype=np.float64)


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

"""What the days of a year are: their points in the weather and in calm, their dates, the winds that they have."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dronesim.errors import InputError
from dronesim.experiment.briefs import WeatherBrief, read_weather, weather_brief
from dronesim.experiment.points import Point, make_point
from dronesim.experiment.study import Study, check_all
from dronesim.letters import counted
from dronesim.scenario import Scenario
from dronesim.scenario.air import WeatherTable
from dronesim.scenario.drones import settled_drone_type
from dronesim.scenario.fields import seconds_of_day
from dronesim.scenario.weather_source import WeatherPlan, weather_plan
from dronesim.streams import Streams
from dronesim.telling import tell_planner
from dronesim.weather import is_flyable
from dronesim.weather.record import WeatherRecord
from dronesim.weather.source import whole_days

_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
DAYS_OF_YEAR: Final = sum(_LENGTHS)
_ENDS: Final = np.cumsum(_LENGTHS)
_KEPT: Final = ("anemometer_m", "height_exponent", "air_density_kgm3")
"""What a calm day keeps of the weather: where it is measured, and the air."""

SettingsOfDay = Callable[[int], Sequence[str]]
"""What a day has beside the scenario, as ``--set`` takes it, by its number from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearDays:
    """Days one after another: their points in the weather and in calm, and where the weather of each comes from."""

    points: tuple[Point, ...]
    calm: tuple[Point, ...]
    plans: tuple[WeatherPlan, ...]

    def months(self) -> tuple[int, ...]:
        """Give the month of each day, 1 to 12: that of its date, else as days are counted from 1 January."""
        return tuple(_month(plan, day) for day, plan in enumerate(self.plans))

    def first_day(self) -> str:
        """Name the day on which the year begins: that of a file of weather that has dates, else 1 January."""
        source = self.plans[0].source
        if source is None or not source.has_dated_days:
            return "1 January"
        date = source.date_of(source.day_of(0))
        return f"{date.day} {date:%B}"

    def weather_days(self) -> int | None:
        """Count the different days of a file that give the weather; None where it comes from no file."""
        sources = [plan.source for plan in self.plans]
        found = {(source.record, source.day_of(day)) for day, source in enumerate(sources) if source and source.record}
        return len(found) if all(source and source.record for source in sources) else None

    def flyable_in_winds(self, day: int) -> float:
        """Give the share of a day's opening hours in which some level has a wind within the drones' limit."""
        scenario, plan = self.points[day].scenario, self.plans[day]
        winds = plan.winds(plan.day(Streams(seed=scenario.seed, replication=day)))
        opens_s, closes_s = (seconds_of_day(at) for at in (scenario.horizon.start, scenario.horizon.end))
        limit_mps = settled_drone_type(scenario).wind_limit_mps
        begins_s = np.clip([from_s for from_s, _ in winds], opens_s, closes_s)
        lasts_s = np.diff([*begins_s, closes_s])
        may_fly = [any(is_flyable(wind, limit_mps=limit_mps) for wind in at_levels) for _, at_levels in winds]
        return float(lasts_s[may_fly].sum() / (closes_s - opens_s))


def month_of(day: int) -> int:
    """Give the month, 1 to 12, of a day that is counted from 0 for 1 January, in years of 365 days."""
    return int(np.searchsorted(_ENDS, day % DAYS_OF_YEAR, side="right")) + 1


def calm_day(scenario: Scenario) -> Scenario:
    """Give a scenario without any weather: no wind, nor whatever else it states of it."""
    weather = scenario.weather
    kept = {name: getattr(weather, name) for name in _KEPT if name in weather.model_fields_set}
    return scenario.model_copy(update={"weather": WeatherTable(**kept)})


def days_of_year(study: Study, *, days: int, settings_of_day: SettingsOfDay | None) -> YearDays:
    """Make days 0 to ``days`` - 1; those that are alike share one point, and their calm ones too.

    Without ``settings_of_day`` all are of the scenario as it stands. Weather that is drawn then has the dates of a
    year, from 1 January of the scenario's own on, for it goes by the month.

    Raises
    ------
    InputError
        What some day has beside the scenario makes none that can be used; the scenario holds all days to one day of a
        file of weather.
    """
    stated = _points(study, days=days, settings_of_day=settings_of_day)
    calm = {name: make_point(calm_day(one.scenario), folder=one.folder) for name, one in _unlike(stated).items()}
    records: dict[WeatherBrief | None, WeatherRecord | None] = {}
    points = stated
    if settings_of_day is None:
        plan = _plan(stated[0].scenario, records)
        _check_days_differ(stated[0].scenario, plan)
        _tell_days_come_again(plan, days)
        points = _dated(stated, plan)
    plans = {name: _plan(one.scenario, records) for name, one in _unlike(points).items()}
    return YearDays(
        points=tuple(points),
        calm=tuple(calm[point.content_hash] for point in stated),
        plans=tuple(plans[point.content_hash] for point in points),
    )


def _points(study: Study, *, days: int, settings_of_day: SettingsOfDay | None) -> list[Point]:
    """Make the point of each day; days that are alike share one."""
    if settings_of_day is None:
        return [study.point()] * days
    settings = [tuple(settings_of_day(day)) for day in range(days)]
    studies = {each: Study(path=study.path, given=study.given, settings=(*study.settings, *each)) for each in settings}
    check_all(list(studies.values()))
    points = {each: made.point() for each, made in studies.items()}
    return [points[each] for each in settings]


def _unlike(points: Sequence[Point]) -> dict[str, Point]:
    """Give each point once, by its hash."""
    return {point.content_hash: point for point in points}


def _plan(scenario: Scenario, records: dict[WeatherBrief | None, WeatherRecord | None]) -> WeatherPlan:
    """Find out where a scenario's weather comes from; a file that was read is not read again."""
    brief = weather_brief(scenario)
    if brief not in records:
        records[brief] = read_weather(brief)
    return weather_plan(scenario, records[brief])


def _check_days_differ(scenario: Scenario, plan: WeatherPlan) -> None:
    """Refuse a year in which all days have the weather of one day of a file."""
    source = plan.source
    if source is None or not source.has_dated_days or source.day is None:
        return
    weather, horizon = scenario.weather, scenario.horizon
    path, value = (("weather", "day"), weather.day) if weather.day is not None else (("horizon", "date"), horizon.date)
    rule = "gives all days of the year the weather of one day of the file; leave it out, and day d has the d-th"
    raise InputError([scenario.origins.problem(path, rule, value=value)])


def _tell_days_come_again(plan: WeatherPlan, days: int) -> None:
    """Warn of a year that is longer than its file."""
    source = plan.source
    if source is None or not source.has_dated_days:
        return
    if (there := len(whole_days(source))) < days:
        has = counted(there, "whole day")
        tell_planner(f"warning: the weather file has {has}: after the last of them its first comes again")


def _dated(points: list[Point], plan: WeatherPlan) -> list[Point]:
    """Give days whose weather is drawn by the month their dates, from 1 January on."""
    source = plan.source
    if source is None or source.has_dated_days or not source.draws or source.date is None:
        return points
    first = datetime.date(source.date.year, 1, 1)
    return [_at_date(point, (first + datetime.timedelta(days=day)).isoformat()) for day, point in enumerate(points)]


def _at_date(point: Point, date: str) -> Point:
    scenario = point.scenario
    horizon = scenario.horizon.model_copy(update={"date": date})
    return make_point(scenario.model_copy(update={"horizon": horizon}), folder=point.folder)


def _month(plan: WeatherPlan, day: int) -> int:
    source = plan.source
    if source is None or (source.date is None and not source.has_dated_days):
        return month_of(day)
    return source.date_of(source.day_of(day)).month

"""A drill: a scenario with its trouble and without, on the same days, by the key figures that the drill is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import Point, Task, tasks_of
from dronesim.experiment.repeating import numbers
from dronesim.experiment.runner import Runner
from dronesim.experiment.side_by_side import Figure, SideBySide, compare_scenarios
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import Row
from dronesim.record.kpis import figures_of_paths
from dronesim.scenario.complaints import near_match
from dronesim.scenario.drilling import Drill


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the independent checker said of one day with the trouble: each breach in words, none if it is clean."""

    replication: int
    breaches: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing contradicts the day."""
        return not self.breaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled(InNotebooks):
    """A drill, carried out.

    Attributes
    ----------
    name, asks
        The drill, and what it asks in words.
    sides
        The scenario as it is (A) and with the trouble (B) on the same days; the figures that the drill watches are
        ``sides.asked``, the first of which is its lesson.
    verified
        What the independent checker said of each day with the trouble; empty where it was not asked.
    """

    name: str
    asks: str
    sides: SideBySide
    verified: tuple[Verified, ...] = field(repr=False)

    @property
    def lesson(self) -> Figure:
        """The figure that the drill is about first, with the paired difference that the trouble makes."""
        return self.sides.figures[self.sides.asked[0]]

    @property
    def is_clean(self) -> bool:
        """Whether no day that was looked at is contradicted by the independent checker."""
        return all(day.is_clean for day in self.verified)

    def rows(self) -> list[Row]:
        """Give a row a day, all without the trouble first."""
        return self.sides.rows()

    def table(self) -> Any:
        """Give a row a day and side as an Arrow table: ``side`` (A, B: with the trouble), then the key figures."""
        return self.sides.table()

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        lesson = {"figure": self.lesson.name, **self.lesson.content()}
        return {
            "schema_version": 1,
            "drill": self.name,
            "asks": self.asks,
            "lesson": lesson,
            "verified": {
                "days": len(self.verified),
                "breaches": {str(day.replication): list(day.breaches) for day in self.verified if not day.is_clean},
            },
            "sides": self.sides.content(),
        }


def compare_with(drill: Drill, study: Study, troubled: Study, runner: Runner, *, replications: int) -> SideBySide:
    """Run a scenario with and without the trouble on the same days.

    Raises
    ------
    InputError
        The drill watches a figure that there is none of, or changes nothing.
    """
    watched = drill.table.watches
    counts_losses = not figures_of_paths().isdisjoint(watched)
    first = runner.all_records([Task(point=troubled.point(), replication=0, counts_losses=counts_losses)])[0]
    problems = list(_not_there(drill, [name for name, _ in numbers(first["kpis"])]))
    if problems:
        raise InputError(problems)
    return compare_scenarios(
        study, troubled, runner, replications=replications, asked=watched, counts_losses=counts_losses
    )


def _not_there(drill: Drill, names: Sequence[str]) -> list[Problem]:
    return [
        drill.tree.origins.problem(
            ("drill", "watches", number),
            "is no key figure, a number by its dotted name in kpis.json",
            value=name,
            hint=near_match(name, names),
        )
        for number, name in enumerate(drill.table.watches)
        if name not in names
    ]


def troubled_tasks(troubled: Study, *, replications: int) -> list[Task]:
    """List the days with the trouble."""
    point: Point = troubled.point()
    return tasks_of([point], replications=replications)

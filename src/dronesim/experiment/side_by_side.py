"""Two scenarios on the same days: what differs in them, and every key figure paired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from dronesim.defaults import CONFIDENCE
from dronesim.errors import InputError, Problem
from dronesim.experiment.alikeness import Differing, differing_keys, notes_on
from dronesim.experiment.bench import ready
from dronesim.experiment.comparing import GROUPINGS
from dronesim.experiment.estimates import ROUNDING, Estimate, estimate, finite, holm, number_or_nan, paired, paired_p
from dronesim.experiment.factors import setting
from dronesim.experiment.levels import shares, shares_by
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import Point, make_point, tasks_of
from dronesim.experiment.repeating import numbers
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import Row, tidy
from dronesim.experiment.uncounted import LOSSES, not_counted

LEVEL: Final = "service.share"
HEADLINE: Final = (LEVEL, "service.ceiling", "click_to_door_s.mean", "click_to_door_s.p95", "cost.per_order")
"""What is asked first of two scenarios."""
_STATED: Final = ("schema_version", "service.radius_m", "service.limit_s", "service.target")
"""What a scenario states, and no day finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure on both sides.

    Attributes
    ----------
    name
        Its dotted name in ``kpis.json``, in whose unit all numbers are.
    a, b
        Its mean on either side.
    difference
        B less A day by day, with a 95 % interval of its own; days on which either has no data do not count.
    p
        The p value of the paired test after Holm's correction, among the figures that are asked first or among all
        others; NaN below two days.
    is_counted
        Whether the days of both sides looked at it.
    """

    name: str
    a: Estimate
    b: Estimate
    difference: Estimate
    p: float
    is_counted: bool = True

    @property
    def is_clear(self) -> bool:
        """Whether the sides are told apart: the difference stands after Holm's correction."""
        return self.p < 1 - CONFIDENCE

    @property
    def is_same(self) -> bool:
        """Whether both sides have the same number on every day."""
        return self.difference.mean == 0 and self.difference.sd == 0

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "a": finite(self.a.mean),
            "b": finite(self.b.mean),
            "difference": self.difference.content(),
            "p_holm": finite(self.p),
            "verdict": self.verdict,
        }

    @property
    def verdict(self) -> str:
        """Say in a word or two what is known of the difference."""
        if not self.is_counted:
            return "not counted"
        if self.is_same:
            return "same on every day"
        if np.isnan(self.p):
            return "no data" if np.isnan(self.difference.mean) else "one day only"
        return "told apart" if self.is_clear else "not told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two scenarios: its name, the file that states it, and its days in order of replication."""

    name: str
    file: str
    records: Sequence[Record] = field(repr=False)

    def content(self) -> dict[str, str]:
        """Give it for JSON."""
        return {"name": self.name, "file": self.file}


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide(InNotebooks):
    """Two scenarios on the same days; every difference is B less A.

    Attributes
    ----------
    name
        Names of both.
    a, b
        The sides.
    currency
        Of the costs; None where the sides have different ones, and costs are left out.
    differing
        The keys that differ, with both values as TOML has them.
    notes
        How alike the days are, and what a reader must know of the differences.
    asked
        Names of the figures that are asked first.
    figures
        Every key figure by its name, those that are asked first in front.
    correlation
        Of the daily service levels of the sides: the nearer to 1, the more the pairing takes chance away.
    where
        The difference of the service level by grouping (hour, airport, distance) and group.
    """

    name: str
    a: Side
    b: Side
    currency: str | None
    differing: tuple[Differing, ...]
    notes: tuple[str, ...]
    asked: tuple[str, ...]
    figures: Mapping[str, Figure] = field(repr=False)
    correlation: float
    where: Mapping[str, Mapping[str, Estimate]] = field(repr=False)

    @property
    def days(self) -> int:
        """How many days each side has."""
        return len(self.a.records)

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Names of the figures that the days did not look at."""
        return tuple(name for name, figure in self.figures.items() if not figure.is_counted)

    @property
    def level(self) -> Figure:
        """The service level of both."""
        return self.figures[LEVEL]

    def rows(self) -> list[Row]:
        """Give a row a replication, all of A first."""
        return [({"side": name}, record) for name, side in (("A", self.a), ("B", self.b)) for record in side.records]

    def table(self) -> Any:
        """Give a row a day and side as an Arrow table: ``side`` (A or B), then the figures of ``kpis.json``."""
        return tidy(self.rows())

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "a": self.a.content(),
            "b": self.b.content(),
            "replications": self.days,
            "confidence": CONFIDENCE,
            "currency": self.currency,
            "differing": {each.key: {"a": each.a, "b": each.b} for each in self.differing},
            "notes": list(self.notes),
            "correlation": finite(self.correlation),
            "asked": list(self.asked),
            "not_counted": list(self.not_counted),
            "figures": {name: each.content() for name, each in self.figures.items()},
            "where": {
                grouping: {name: found.content() for name, found in groups.items()}
                for grouping, groups in self.where.items()
            },
        }


def compare_scenarios(
    study: Study,
    other: Study,
    runner: Runner,
    *,
    replications: int,
    asked: Sequence[str] = HEADLINE,
    counts_losses: bool = False,
) -> SideBySide:
    """Run two scenarios on the same days; both have the seed of the first. ``asked``: figures that come first.

    Losses of separation are known only where the days count them, with ``counts_losses``, which takes longer.

    Raises
    ------
    InputError
        The scenarios state the same, so that there is nothing to compare.
    """
    one, two = study.scenario(), other.scenario()
    points = study.point(), other.point(setting("seed", one.seed))
    differing = differing_keys(points[0].scenario, points[1].scenario)
    _check(points, differing, other)
    tasks = tasks_of(points, replications=replications, counts_losses=counts_losses)
    found = runner.all_records(tasks)
    a, b = (
        Side(name=scenario.name, file=scenario.origins.file, records=found[first : first + replications])
        for scenario, first in ((one, 0), (two, replications))
    )
    currency = one.costs.currency if one.costs.currency == two.costs.currency else None
    asked = (*asked, *([] if LOSSES in asked or not counts_losses else [LOSSES]))
    figures = _figures(a.records, b.records, asked=tuple(asked), has_costs=currency is not None)
    notes = notes_on(ready(points[0]), ready(points[1]), differing, own_seed=two.seed)
    return SideBySide(
        name=f"{one.name} and {two.name}",
        a=a,
        b=b,
        currency=currency,
        differing=differing,
        notes=notes,
        asked=tuple(name for name in asked if name in figures),
        figures=figures,
        correlation=_correlation(a.records, b.records),
        where={grouping: _where(a.records, b.records, grouping) for grouping in GROUPINGS},
    )


def _check(points: tuple[Point, Point], differing: Sequence[Differing], other: Study) -> None:
    """Refuse two sides that can't differ; with the same keys a policy of their own may still be another."""
    folders = [point.folder for point in points]
    if differing or (folders[0] != folders[1] and _hash(points[0]) != _hash(points[1])):
        return
    rule = "states the same as the other scenario in every key, so that there is nothing to compare"
    raise InputError([Problem(file=other.scenario().origins.file, key="compare", rule=rule)])


def _hash(point: Point) -> str:
    """Give the hash of a point whatever its scenario is called."""
    return make_point(point.scenario.model_copy(update={"name": "-"}), folder=point.folder).content_hash


def _figures(
    one: Sequence[Record], two: Sequence[Record], *, asked: tuple[str, ...], has_costs: bool
) -> dict[str, Figure]:
    """Pair every figure that either side has; those that are asked first, and all others, are corrected apart."""
    columns = [_columns(records) for records in (one, two)]
    names = [name for name in dict.fromkeys([*columns[0], *columns[1]]) if has_costs or not name.startswith("cost.")]
    first = [name for name in asked if name in names]
    rest = [name for name in names if name not in first and name not in _STATED]
    none, blind = np.full(len(one), np.nan), not_counted([*one, *two])
    found: dict[str, Figure] = {}
    for family in (first, rest):
        sides = [(columns[0].get(name, none), columns[1].get(name, none)) for name in family]
        sides = [(a, np.where(np.isclose(a, b, rtol=ROUNDING, atol=0), a, b)) for a, b in sides]
        # what is the same on every day tests nothing, and is not counted
        p_values = [paired_p(a, b) if np.nansum(np.abs(b - a)) > 0 else np.nan for a, b in sides]
        for name, (a, b), p in zip(family, sides, holm(p_values), strict=True):
            found[name] = Figure(
                name=name,
                a=estimate(a),
                b=estimate(b),
                difference=paired(b, a),
                p=p,
                is_counted=name not in blind,
            )
    return found


def _columns(records: Sequence[Record]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Give each figure's value day by day, shape ``(n,)``; NaN for no data."""
    rows = [dict(numbers(record["kpis"])) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([number_or_nan(row.get(name)) for row in rows]) for name in names}


def _correlation(one: Sequence[Record], two: Sequence[Record]) -> float:
    a, b = shares(one), shares(two)
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _where(one: Sequence[Record], two: Sequence[Record], grouping: str) -> dict[str, Estimate]:
    """Take the difference group by group, of groups that both sides have."""
    levels = [dict(_groups(records, grouping)) for records in (one, two)]
    return {name: paired(levels[1][name], level) for name, level in levels[0].items() if name in levels[1]}


def _groups(records: Sequence[Record], grouping: str) -> Iterator[tuple[str, Any]]:
    names, levels = shares_by(records, grouping)
    return ((name, levels[:, column]) for column, name in enumerate(names))

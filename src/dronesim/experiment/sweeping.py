"""A sweep: every point of some factors on the same days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.experiment.estimates import Estimate, estimate, finite, number_or_nan
from dronesim.experiment.factors import Combination, Factor, full_factorial, latin_hypercube, setting
from dronesim.experiment.levels import shares
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import tasks_of
from dronesim.experiment.replaced import check_counts
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record
from dronesim.experiment.study import Study, stated_value
from dronesim.experiment.tidy import Row, tidy
from dronesim.experiment.uncounted import not_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptPoint:
    """One combination of values, and what its days come to.

    Attributes
    ----------
    combination
        The values, by dotted key.
    level
        Service level, a share of 0 to 1.
    door_s
        Mean click-to-door of a day, seconds.
    cost
        Cost of a delivered order, in the currency of the sweep.
    records
        What is kept of each day, in order of replication.
    """

    combination: Combination
    level: Estimate
    door_s: Estimate
    cost: Estimate
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(InNotebooks):
    """All points of a sweep.

    Attributes
    ----------
    name
        Name of the scenario.
    target
        The share that it promises, 0 to 1.
    currency
        The currency of its costs.
    factors
        What varied, and over which values.
    points
        A point a combination, in the order of the factors.
    is_sample
        Whether they are a sample, and not all combinations.
    """

    name: str
    target: float
    currency: str
    factors: tuple[Factor, ...]
    points: tuple[SweptPoint, ...]
    is_sample: bool = False

    def rows(self) -> list[Row]:
        """Give a row a replication, point by point."""
        return [(point.combination, record) for point in self.points for record in point.records]

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Names of the figures that the days did not look at."""
        return not_counted([record for point in self.points for record in point.records])

    def table(self) -> Any:
        """Give a row a day as an Arrow table: the values, then the figures of ``kpis.json`` with underscores."""
        return tidy(self.rows())

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "target": self.target,
            "not_counted": list(self.not_counted),
            "points": [
                {
                    **point.combination,
                    "service_share": point.level.content(),
                    "click_to_door_s": point.door_s.content(),
                    "cost_per_order": {**point.cost.content(), "currency": self.currency},
                }
                for point in self.points
            ],
        }


def sweep(
    study: Study,
    runner: Runner,
    *,
    factors: Sequence[Factor],
    replications: int,
    sample: int | None = None,
    counts_losses: bool = False,
) -> Sweep:
    """Run every combination of the factors, or ``sample`` points of a Latin hypercube, on the same days.

    Losses of separation are known only where the days count them, with ``counts_losses``, which takes longer.
    All points have the scenario's seed, so replication k is the same day everywhere (common random numbers).

    Raises
    ------
    InputError
        A factor is stated twice, or some combination is no usable scenario.
    """
    _check_once(factors)
    scenario = study.scenario()
    for factor in factors:
        check_counts(scenario, factor.key, option="--vary")
    combinations = full_factorial(factors) if sample is None else _sample(study, factors, points=sample)
    points = [study.point(*(setting(key, value) for key, value in each.items())) for each in combinations]
    tasks = tasks_of(points, replications=replications, counts_losses=counts_losses)
    records = runner.all_records(tasks)
    return Sweep(
        name=scenario.name,
        target=scenario.service.target,
        currency=scenario.costs.currency,
        factors=tuple(factors),
        points=tuple(
            _swept(combination, records[number * replications : (number + 1) * replications])
            for number, combination in enumerate(combinations)
        ),
        is_sample=sample is not None,
    )


def _sample(study: Study, factors: Sequence[Factor], *, points: int) -> list[Combination]:
    """Spread points over the factors; between whole bounds of a key that takes fractions lie fractions too."""
    settled = [factor.between_fractions() if _takes_fractions(study, factor) else factor for factor in factors]
    return latin_hypercube(settled, points=points, seed=study.scenario().seed)


def _takes_fractions(study: Study, factor: Factor) -> bool:
    """Tell by what a scenario makes of a whole number under the key; where it refuses it, its points tell why."""
    if factor.bounds is None:
        return False
    try:
        found = study.scenario(setting(factor.key, factor.bounds[0]))
    except InputError:
        return False
    return isinstance(stated_value(found, factor.key, option="--vary"), float)


def _check_once(factors: Sequence[Factor]) -> None:
    keys = [factor.key for factor in factors]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice or not factors:
        rule = f"states {', '.join(twice)} more than once" if twice else "must be stated, as fleet.drones=20:80:10"
        raise InputError([Problem(file="command line", key="--vary", rule=rule)])


def _swept(combination: Combination, records: Sequence[Record]) -> SweptPoint:
    kpis = [record["kpis"] for record in records]
    return SweptPoint(
        combination=combination,
        records=records,
        level=estimate(shares(records)),
        door_s=estimate([number_or_nan(each["click_to_door_s"]["mean"]) for each in kpis]),
        cost=estimate([number_or_nan(each["cost"]["per_order"]) for each in kpis]),
    )


def best_points(sweep: Sweep) -> list[SweptPoint]:
    """Give the points that meet the target on average, cheapest order first."""
    met = [point for point in sweep.points if point.level.mean >= sweep.target]
    return sorted(met, key=lambda point: finite(point.cost.mean) or 0.0)

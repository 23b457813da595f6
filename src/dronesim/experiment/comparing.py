"""Policies compared on the same days: paired differences, ranks, and where they differ."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.errors import InputError, Problem
from dronesim.experiment.bounding import bounds_of
from dronesim.experiment.estimates import Estimate, estimate, finite, holm, number_or_nan, paired, paired_p
from dronesim.experiment.fitting import settings_of
from dronesim.experiment.levels import shares, shares_by
from dronesim.experiment.notebook import InNotebooks
from dronesim.experiment.points import tasks_of
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record, is_void
from dronesim.experiment.study import Study
from dronesim.experiment.tidy import Row, tidy

GROUPINGS: Final = ("hour", "airport", "distance")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Competitor:
    """One policy, and what its days come to.

    Attributes
    ----------
    policy
        Its name.
    level
        Service level, a share of 0 to 1.
    door_s
        Mean click-to-door of a day, seconds; as costs, over the days that are not void.
    cost
        Cost of a delivered order, in the currency of the comparison.
    rank
        Mean rank over the days; 1 is best.
    days_best
        Days on which it is at the top; those that share the top all count it.
    records
        What is kept of each day, in order of replication.
    """

    policy: str
    level: Estimate
    door_s: Estimate
    cost: Estimate
    rank: float
    days_best: int
    records: Sequence[Record] = field(repr=False)

    @property
    def voids(self) -> dict[int, str]:
        """The days that the policy has spoilt, by replication, and how; on each of them 0 orders count as on time."""
        return {record["replication"]: record["void"] for record in self.records if is_void(record)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One policy less another, on the same days.

    Attributes
    ----------
    policy, other
        The better one and the one that is taken off.
    level
        Difference of the service level, a share, with an interval that holds for all pairs together.
    p
        The p value of the paired test after Holm's correction.
    where
        The difference by grouping (hour, airport, distance) and group, each with a 95 % interval of its own.
    """

    policy: str
    other: str
    level: Estimate
    p: float
    where: Mapping[str, Mapping[str, Estimate]] = field(repr=False)

    @property
    def is_clear(self) -> bool:
        """Whether the difference stands after Holm's correction."""
        return self.p < 1 - CONFIDENCE

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "policy": self.policy,
            "other": self.other,
            **self.level.content(),
            "p_holm": finite(self.p),
            "where": {
                grouping: {name: found.content() for name, found in groups.items()}
                for grouping, groups in self.where.items()
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(InNotebooks):
    """Policies on the same days.

    Attributes
    ----------
    name
        Name of the scenario.
    target
        The share that it promises, 0 to 1.
    currency
        The currency of its costs.
    competitors
        The policies from best to worst mean level.
    differences
        Every two of them, the better one first.
    bounds
        The share of each day that no policy exceeds, in order of replication.
    """

    name: str
    target: float
    currency: str
    competitors: tuple[Competitor, ...]
    differences: tuple[Difference, ...]
    bounds: tuple[float, ...]

    @property
    def bound(self) -> Estimate:
        """Mean over the days of the share that no policy exceeds."""
        return estimate(self.bounds)

    def gap(self, each: Competitor) -> Estimate:
        """Tell how far below the bound a policy is, day by day, a share."""
        return paired(np.array(self.bounds), shares(each.records))

    def rows(self) -> list[Row]:
        """Give a row a replication, policy by policy."""
        return [({"dispatch.policy": each.policy}, record) for each in self.competitors for record in each.records]

    def table(self) -> Any:
        """Give a row a day and policy as an Arrow table: the policy, then the figures of ``kpis.json``."""
        return tidy(self.rows())

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "schema_version": 1,
            "name": self.name,
            "target": self.target,
            "policies": [
                {
                    "policy": each.policy,
                    "service_share": each.level.content(),
                    "click_to_door_s": each.door_s.content(),
                    "cost_per_order": {**each.cost.content(), "currency": self.currency},
                    "mean_rank": finite(each.rank),
                    "days_best": each.days_best,
                    **({"void": each.voids} if each.voids else {}),
                    "below_bound": self.gap(each).content(),
                }
                for each in self.competitors
            ],
            "bound": self.bound.content(),
            "differences": [difference.content() for difference in self.differences],
        }


def compare(study: Study, runner: Runner, *, policies: Sequence[str], replications: int) -> Comparison:
    """Run each policy on the same days and compare every two of them.

    Raises
    ------
    InputError
        Fewer than two policies, one twice, or one that is not known.
    """
    _check(policies)
    scenario = study.scenario()
    points = [study.point(*settings) for settings in settings_of(study, policies)]
    tasks = tasks_of(points, replications=replications)
    found = runner.all_records(tasks, may_be_void=True)
    days = {name: found[row * replications : (row + 1) * replications] for row, name in enumerate(policies)}
    ranks = _ranks(np.array([shares(records) for records in days.values()]))
    at_top = ranks == np.nanmin(np.where(np.isnan(ranks), np.inf, ranks), axis=0)
    competitors = [
        _competitor(name, records, ranks=ranks[row], days_best=int(at_top[row].sum()))
        for row, (name, records) in enumerate(days.items())
    ]
    competitors.sort(key=lambda each: -np.nan_to_num(each.level.mean))
    return Comparison(
        name=scenario.name,
        target=scenario.service.target,
        currency=scenario.costs.currency,
        competitors=tuple(competitors),
        differences=tuple(_differences(competitors)),
        bounds=tuple(day.share for day in bounds_of(points[0], runner, range(replications))),
    )


def _check(policies: Sequence[str]) -> None:
    if len(set(policies)) < 2 or len(set(policies)) < len(policies):
        rule = "must name at least two policies, each once, as nearest,greedy"
        raise InputError([Problem(file="command line", key="--policy", rule=rule, value=",".join(policies))])


def _ranks(levels: Floats) -> Floats:
    """Rank policies day by day, 1 the highest level, equal ones sharing; shape ``(policies, days)`` as ``levels``."""
    from scipy.stats import rankdata

    ranks: Floats = rankdata(-levels, axis=0, nan_policy="omit")
    return ranks


def _competitor(policy: str, records: Sequence[Record], *, ranks: Floats, days_best: int) -> Competitor:
    kpis = [record["kpis"] for record in records if not is_void(record)]
    return Competitor(
        policy=policy,
        level=estimate(shares(records)),
        door_s=estimate([number_or_nan(each["click_to_door_s"]["mean"]) for each in kpis]),
        cost=estimate([number_or_nan(each["cost"]["per_order"]) for each in kpis]),
        rank=estimate(ranks).mean,
        days_best=days_best,
        records=records,
    )


def _differences(competitors: Sequence[Competitor]) -> list[Difference]:
    """Compare every two, the better one first; intervals are Bonferroni's, p values Holm's."""
    pairs = list(itertools.combinations(competitors, 2))
    levels = [(shares(better.records), shares(other.records)) for better, other in pairs]
    adjusted = holm([paired_p(one, two) for one, two in levels])
    together = 1 - (1 - CONFIDENCE) / len(pairs)
    return [
        Difference(
            policy=better.policy,
            other=other.policy,
            level=paired(one, two, confidence=together),
            p=p,
            where={grouping: _where(better, other, grouping) for grouping in GROUPINGS},
        )
        for (better, other), (one, two), p in zip(pairs, levels, adjusted, strict=True)
    ]


def _where(better: Competitor, other: Competitor, grouping: str) -> dict[str, Estimate]:
    """Take the difference group by group, over the days that neither has spoilt; both have the same groups on them."""
    days = [(a, b) for a, b in zip(better.records, other.records, strict=True) if not (is_void(a) or is_void(b))]
    names, one = shares_by([a for a, _ in days], grouping)
    _, two = shares_by([b for _, b in days], grouping)
    return {name: paired(one[:, column], two[:, column]) for column, name in enumerate(names)}

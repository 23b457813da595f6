"""How policies are scored: between the yardstick and the bound, paired day by day, each scenario counting the same."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.estimates import Estimate, estimate, finite, holm, number_or_nan, paired, paired_p

LEAST_BETWEEN: Final = 0.05
"""Scenarios with less between yardstick and bound stand apart: their scores would be noise."""
LEAST_SCORE: Final = -1.0
"""A scenario's score is cut off there, so that one disaster does not hide all else."""

Floats = NDArray[np.float64]
Days = Mapping[str, Mapping[str, Any]]
"""What came of the days of one scenario, by seed as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioScore:
    """A policy on one scenario: means over its days.

    Attributes
    ----------
    share, zero, bound
        Shares on time of the policy and of the yardstick, and the bound.
    score
        (share - zero) / (bound - zero), cut at -1.
    is_apart
        Whether too little lies between yardstick and bound, so that it does not count.
    void
        Days that the policy spoilt; they count 0 on time.
    measures
        Means of what is told beside it.
    daily
        The score of each day, uncut: what intervals are made of.
    """

    share: float
    zero: float
    bound: float
    score: float
    is_apart: bool
    void: int
    measures: Mapping[str, float]
    daily: Floats = field(repr=False)

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        numbers = {"share": self.share, "zero": self.zero, "bound": self.bound, "score": self.score}
        plain = {name: finite(value) for name, value in (numbers | dict(self.measures)).items()}
        return {**plain, "is_apart": self.is_apart, "void": self.void}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A policy over all scenarios: the mean of those that count, with an interval from the days' means."""

    policy: str
    estimate: Estimate
    scenarios: Mapping[str, ScenarioScore]

    @property
    def counting(self) -> dict[str, ScenarioScore]:
        """Give the scenarios that count."""
        return {name: found for name, found in self.scenarios.items() if not found.is_apart}

    @property
    def daily(self) -> Floats:
        """Give the mean score of each day over the scenarios that count, shape ``(days,)``."""
        return _mean_of_days([found.daily for found in self.counting.values()])

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        scenarios = {name: found.content() for name, found in self.scenarios.items()}
        return {"policy": self.policy, **self.estimate.content(), "scenarios": scenarios}


def score_of(
    policy: str, days: Mapping[str, Days], zero: Mapping[str, Days], bounds: Mapping[str, Mapping[str, float | None]]
) -> Score:
    """Score a policy on the scenarios and seeds of ``days``; the yardstick and the bounds have them too."""
    scenarios = {name: scenario_score(found, zero[name], bounds[name]) for name, found in days.items()}
    counting = [found for found in scenarios.values() if not found.is_apart]
    mean = float(np.mean([found.score for found in counting])) if counting else math.nan
    spread = estimate(_mean_of_days([found.daily for found in counting]))
    return Score(policy=policy, estimate=_centred(spread, mean), scenarios=scenarios)


def scenario_score(days: Days, zero: Days, bounds: Mapping[str, float | None]) -> ScenarioScore:
    """Score one scenario: the ratio of means over its days."""
    seeds = list(days)
    share, least, most = (
        np.array([number_or_nan(value) for value in column])
        for column in (
            [days[seed]["share"] for seed in seeds],
            [zero[seed]["share"] for seed in seeds],
            [bounds[seed] for seed in seeds],
        )
    )
    between = float(np.nanmean(most - least)) if np.isfinite(most - least).any() else math.nan
    daily = (share - least) / between if between else np.full(len(seeds), math.nan)
    score = float(np.nanmean(daily)) if np.isfinite(daily).any() else math.nan
    return ScenarioScore(
        share=_mean(share),
        zero=_mean(least),
        bound=_mean(most),
        score=max(score, LEAST_SCORE),
        is_apart=not between >= LEAST_BETWEEN,
        void=sum(days[seed]["void"] is not None for seed in seeds),
        measures=_measures([days[seed] for seed in seeds]),
        daily=daily,
    )


def _measures(days: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    names = ("late_min", "p95_min", "unserved", "empty_legs")
    found = {name: _mean(np.array([number_or_nan(day[name]) for day in days])) for name in names}
    spent = [day["decisions"] for day in days if day["decisions"] and day["decisions"]["count"]]
    timed = {name: _mean(np.array([each["wall"][name] for each in spent])) for name in ("p50_ms", "p99_ms")}
    return {**found, **{f"decision_{name}": value for name, value in timed.items()}}


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def _mean_of_days(daily: Sequence[Floats]) -> Floats:
    """Average the scenarios of each day; they have as many days."""
    if not daily:
        return np.empty(0)
    least = min(len(days) for days in daily)
    return np.asarray(np.mean([days[:least] for days in daily], axis=0))


def _centred(spread: Estimate, mean: float) -> Estimate:
    """Put an interval around the score: a scenario that is cut moves the mean, and not the width."""
    return Estimate(mean=mean, low=mean - spread.half, high=mean + spread.half, sd=spread.sd, count=spread.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One policy's score less another's on the same days; ``p`` is that of the paired test after Holm's correction."""

    policy: str
    other: str
    score: Estimate
    p: float

    @property
    def is_clear(self) -> bool:
        """Whether the difference stands after Holm's correction."""
        return self.p < 1 - CONFIDENCE

    def content(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {"policy": self.policy, "other": self.other, **self.score.content(), "p_holm": finite(self.p)}


def differences(scores: Sequence[Score]) -> list[Difference]:
    """Compare every two, the better one first; intervals are Bonferroni's, p values Holm's."""
    ranked = sorted(scores, key=lambda each: -np.nan_to_num(each.estimate.mean))
    pairs = list(itertools.combinations(ranked, 2))
    adjusted = holm([paired_p(one.daily, two.daily) for one, two in pairs])
    together = 1 - (1 - CONFIDENCE) / max(len(pairs), 1)
    return [
        Difference(policy=one.policy, other=two.policy, score=paired(one.daily, two.daily, confidence=together), p=p)
        for (one, two), p in zip(pairs, adjusted, strict=True)
    ]

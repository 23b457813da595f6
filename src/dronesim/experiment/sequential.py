"""The search for the smallest value that meets a target, valid although it looks at the data again and again.

A value is judged by a confidence sequence: an interval for the mean of normal values that holds at all sample sizes at
once, so that one may look after every replication and stop when one likes. It is the t mixture of

    Lai, T. L. (1976), On confidence sequences, Ann. Statist. 4, 265-280;
    Wang, H. and Ramdas, A. (2025), Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
    variance, arXiv:2310.03722;

for the idea in general see Howard, Ramdas, McAuliffe and Sekhon (2021), Time-uniform, nonparametric, nonasymptotic
confidence sequences, Ann. Statist. 49, 1055-1080.

The promise, with indifference d: with the stated confidence the mean at the upper end of the answer is at least
target - d, and the mean just below its lower end is at most target + d. It rests on day results being close to
normal (each is a mean over many orders) and on a mean that does not fall as the value grows.

Why it holds: the values looked at form a bisection tree. A value whose mean is below target - d can lead astray only
if it is judged to meet the target, one above target + d only if it is judged to miss it. As long as neither happens,
the low values met are those on one fixed path of the tree and the high ones on another, whatever happens at values
between: at most twice its depth in all. Each gets an equal part of what may go wrong.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.experiment.estimates import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Sampler = Callable[[int, range], Floats]
"""Gives the service levels of some replications at a value, shape ``(replications, groups)``."""

PRIOR: Final = 0.3
"""Variance of the standardized effect that the mixture expects: intervals are near their tightest at 50 to 300 days."""

FIRST_LOOK: Final = 10
GROWTH: Final = 1.25


class Verdict(StrEnum):
    """What is known of a value."""

    MEETS = "meets"
    MISSES = "misses"
    OPEN = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRules:
    """What is searched for: the smallest of ``least`` to ``most``, with ``start`` looked at first.

    ``target`` and ``indifference`` are shares; ``groups`` are that many levels which must all meet the target.
    """

    target: float
    least: int
    most: int
    start: int
    indifference: float = 0.005
    confidence: float = CONFIDENCE
    most_replications: int = 400
    groups: int = 1

    def __post_init__(self) -> None:
        if not self.least <= self.start <= self.most:
            rule = f"must lie between {self.least} and {self.most}"
            raise InputError([Problem(file="command line", key="--between", rule=rule, value=self.start)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A value, its level (of the worst group) with an interval that holds at every look, and the verdict.

    ``is_within``: the whole interval lies within the indifference around the target.
    """

    value: int
    verdict: Verdict
    level: Estimate
    is_within: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search ended with: the answer lies in ``low`` to ``high``; a value above ``most`` stands for none.

    ``judged``: every value that was looked at, ascending.
    """

    low: int
    high: int
    judged: tuple[Judged, ...]

    @property
    def is_number(self) -> bool:
        """Whether the search came to one value."""
        return self.low == self.high


def sequence_radius(*, sd: float, count: int, error: float) -> float:
    """Half the width of the confidence sequence after ``count`` values; inf while it says nothing.

    From P(any n: M_n >= 1/error) <= error for the mixture M_n over N(0, PRIOR) of the standardized effect
    (Lai 1976; Wang and Ramdas 2025), solved for the t statistic.
    """
    if count < 2:
        return math.inf
    spread = 1.0 + count * PRIOR
    reach = (math.sqrt(spread) / error) ** (2.0 / count)
    if reach >= spread:
        return math.inf
    t_squared = (count - 1) * (reach - 1.0) / (1.0 - reach / spread)
    return math.sqrt(t_squared / count) * sd


def search(sample: Sampler, rules: SearchRules) -> Found:
    """Search for the smallest value that meets the target; replications of a value come in order, from 0."""
    judge = _Judge(sample=sample, rules=rules, error=_error_of_one(rules))
    high = _settle(judge, rules, open_as=Verdict.MISSES)
    low = min(high, _settle(judge, rules, open_as=Verdict.MEETS))
    return Found(low=low, high=high, judged=tuple(judge.known[value] for value in sorted(judge.known)))


def _settle(judge: _Judge, rules: SearchRules, *, open_as: Verdict) -> int:
    """Find the smallest value that meets the target, with undecided values taken as told; most + 1 if none."""
    below, above = rules.least - 1, rules.most + 1
    while above - below > 1:
        judged = judge(_next_value(below, above, rules))
        verdict = open_as if judged.verdict == Verdict.OPEN else judged.verdict
        if verdict == Verdict.MEETS and judged.is_within:
            return judged.value
        if verdict == Verdict.MEETS:
            above = judged.value
        else:
            below = judged.value
    return above


def _next_value(below: int, above: int, rules: SearchRules) -> int:
    """Start where told, then double or halve until the answer is enclosed, then bisect."""
    has_below, has_above = below >= rules.least, above <= rules.most
    if not has_below and not has_above:
        return rules.start
    if not has_above:
        return min(max(2 * below, below + 1), rules.most)
    if not has_below:
        return max(above // 2, rules.least)
    return (below + above) // 2


def _depth(rules: SearchRules) -> int:
    """Most values on a way through the tree."""

    @functools.cache
    def deepest(below: int, above: int) -> int:
        if above - below <= 1:
            return 0
        value = _next_value(below, above, rules)
        return 1 + max(deepest(below, value), deepest(value, above))

    return deepest(rules.least - 1, rules.most + 1)


def _error_of_one(rules: SearchRules) -> float:
    """Share out what may go wrong: the error of one two-sided confidence sequence.

    If it has level 2a, one of its sides fails with probability at most a/(1 - a): half of the symmetric mixture
    has likelihood ratios of at most 1 on the other side. So 2 depth a/(1 - a) must be at most 1 - confidence.
    """
    allowed = 1.0 - rules.confidence
    ways = 2 * _depth(rules) * rules.groups
    return 2.0 * allowed / (ways + allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Looks at a value until it is decided or the replications are used up; a value is judged once."""

    sample: Sampler
    rules: SearchRules
    error: float
    known: dict[int, Judged] = field(default_factory=dict)

    def __call__(self, value: int) -> Judged:
        if value not in self.known:
            self.known[value] = self._look(value)
        return self.known[value]

    def _look(self, value: int) -> Judged:
        levels = np.empty((0, self.rules.groups))
        wanted = min(FIRST_LOOK, self.rules.most_replications)
        while True:
            levels = np.concatenate([levels, self.sample(value, range(len(levels), wanted))])
            judged = judge_levels(levels, value=value, rules=self.rules, error=self.error)
            if judged.verdict != Verdict.OPEN or wanted >= self.rules.most_replications:
                return judged
            wanted = min(math.ceil(GROWTH * wanted / 2) * 2, self.rules.most_replications)


def judge_levels(levels: Floats, *, value: int, rules: SearchRules, error: float) -> Judged:
    """Judge a value by its levels, shape ``(replications, groups)``; days without orders (NaN) do not count."""
    groups = [_estimate(column[~np.isnan(column)], error) for column in levels.T]
    verdicts = [_verdict(group, rules) for group in groups]
    worst = min(groups, key=lambda group: group.mean if not math.isnan(group.mean) else math.inf)
    known = [verdict for verdict, group in zip(verdicts, groups, strict=True) if group.count]
    verdict = Verdict.OPEN
    if Verdict.MISSES in known:
        verdict = Verdict.MISSES
    elif known and all(each == Verdict.MEETS for each in known):
        verdict = Verdict.MEETS
    is_within = abs(worst.mean - rules.target) + worst.half <= rules.indifference
    return Judged(value=value, verdict=verdict, level=worst, is_within=is_within)


def _estimate(sample: Floats, error: float) -> Estimate:
    if len(sample) < 2:
        mean = float(sample[0]) if len(sample) else math.nan
        return Estimate(mean=mean, low=-math.inf, high=math.inf, sd=math.nan, count=len(sample))
    mean, sd = float(sample.mean()), float(sample.std(ddof=1))
    radius = sequence_radius(sd=sd, count=len(sample), error=error)
    radius = math.inf if math.isnan(radius) else radius
    return Estimate(mean=mean, low=mean - radius, high=mean + radius, sd=sd, count=len(sample))


def _verdict(level: Estimate, rules: SearchRules) -> Verdict:
    """Decide once the interval keeps clear of what would be wrong, by the side on which the mean lies."""
    if level.mean >= rules.target and level.low >= rules.target - rules.indifference:
        return Verdict.MEETS
    if level.mean < rules.target and level.high <= rules.target + rules.indifference:
        return Verdict.MISSES
    return Verdict.OPEN

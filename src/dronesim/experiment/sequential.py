"""The search for the smallest value that meets a target, valid although it looks at the data again and again.

A value is judged by a confidence sequence: an interval for the mean of normal values that holds at all sample sizes at
once, so that one may look after every replication and stop when one likes. It is the t mixture of

    Lai, T. L. (1976), On confidence sequences, Ann. Statist. 4, 265-280;
    Wang, H. and Ramdas, A. (2025), Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
    variance, arXiv:2310.03722;

and, where something is known of each day whose mean over all days is known too (a control variate, see
`dronesim.experiment.controls`), its form for the intercept of a regression on that:

    Lindon, M., Ham, D. W., Tingley, M. and Bojinov, I. (2022), Anytime-valid linear models and regression adjusted
    causal inference in randomized experiments, arXiv:2210.08589;

for the idea in general see Howard, Ramdas, McAuliffe and Sekhon (2021), Time-uniform, nonparametric, nonasymptotic
confidence sequences, Ann. Statist. 49, 1055-1080.

The promise, with indifference d: with the stated confidence the mean at the upper end of the answer is at least
target - d, and the mean just below its lower end is at most target + d. It rests on a mean that does not fall as the
value grows, and on days that are normal about the line.

They are not quite: most days are good and a few are bad (skewness -2 in the quickstart, -3 about the line at single
take-off points), so a few good days look like a good mean. Against that a value meets the target after FEWEST_TO_MEET
days at the earliest, and the interval reaches further to the side of the long tail, by the leading term of the
Edgeworth expansion of Student's t (Johnson, N. J. (1978), Modified t tests and confidence intervals for asymmetrical
populations, J. Am. Stat. Assoc. 73, 536-544; Hall, P. (1992), The bootstrap and Edgeworth expansion, section 2.6).

Why it holds: the values looked at form a search tree. A value whose mean is below target - d can lead astray only
if it is judged to meet the target, one above target + d only if it is judged to miss it. As long as neither happens,
the low values met are those on one fixed path of the tree and the high ones on another, whatever happens at values
between. The most that they can be in all, wherever the curve passes the target, shares what may go wrong equally.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.errors import InputError, Problem
from dronesim.experiment.estimates import CONFIDENCE, Estimate, Fit, estimate, fit

Floats = NDArray[np.float64]

PRIOR: Final = 0.5
"""Variance of the standardized effect that the mixture expects: intervals are near their tightest from 20 days on."""
CONTROL_PART: Final = 0.1
"""Part of what may go wrong that is left to the means of controls."""

FEWEST_TO_MEET: Final = 30
"""Fewer days than this may all be good ones."""
FIRST_LOOK: Final = 10
GROWTH: Final = 1.2
"""Each look at a value has so many times the days of the one before."""
FIRST_STEP: Final = 0.125
"""The first step away from the value that a search starts with, as a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Service levels of some replications, ``levels`` (n, groups), NaN for a day without orders.

    ``controls`` (n, groups): something that is known of each and whose mean is 0, but for an error of the standard
    deviation ``drift`` (groups,). ``skewness`` (groups,) is that of what is known, over very many days.
    """

    levels: Floats
    controls: Floats | None = None
    drift: Floats | None = None
    skewness: Floats | None = None

    def joined(self, more: Days) -> Days:
        """Put more replications behind these."""
        controls = None
        if self.controls is not None and more.controls is not None:
            controls = np.concatenate([self.controls, more.controls])
        levels = np.concatenate([self.levels, more.levels])
        return Days(levels=levels, controls=controls, drift=more.drift, skewness=more.skewness)


Sampler = Callable[[int, range], Days]
"""Gives some replications at a value."""


class Verdict(StrEnum):
    """What is known of a value."""

    MEETS = "meets"
    MISSES = "misses"
    OPEN = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRules:
    """What is searched for: the smallest of ``least`` to ``most``, with ``start`` looked at first.

    ``target`` and ``indifference`` are shares; ``groups`` are that many levels which must all meet the target.
    ``has_controls``: days may come with controls.
    """

    target: float
    least: int
    most: int
    start: int
    indifference: float = 0.005
    confidence: float = CONFIDENCE
    most_replications: int = 400
    groups: int = 1
    has_controls: bool = False

    def __post_init__(self) -> None:
        if not self.least <= self.start <= self.most:
            rule = f"must lie between {self.least} and {self.most}"
            raise InputError([Problem(file="command line", key="--between", rule=rule, value=self.start)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A value, its level with an interval that holds at every look, and the verdict.

    ``group``: the one whose level it is, that which decided and of several the lowest. ``is_within``: the whole
    interval lies within the indifference around the target.
    """

    value: int
    verdict: Verdict
    level: Estimate
    is_within: bool
    group: int = 0


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


def sequence_radius(*, sd: float, information: float, freedom: int, error: float) -> float:
    """Half the width of the confidence sequence for a mean whose standard error is ``sd / sqrt(information)``.

    ``freedom``: degrees of freedom of ``sd``; ``information`` is the number of values where there is no control.
    inf while the sequence says nothing. From P(any n: M_n >= 1/error) <= error for the mixture M_n over N(0, PRIOR)
    of the standardized effect (Lai 1976; Wang and Ramdas 2025; Lindon et al. 2022), solved for the t statistic.
    """
    if freedom < 1:
        return math.inf
    spread = 1.0 + information * PRIOR
    reach = (math.sqrt(spread) / error) ** (2.0 / (freedom + 1))
    if reach >= spread:
        return math.inf
    t_squared = freedom * (reach - 1.0) / (1.0 - reach / spread)
    return math.sqrt(t_squared / information) * sd


def search(sample: Sampler, rules: SearchRules) -> Found:
    """Search for the smallest value that meets the target; replications of a value come in order, from 0."""
    judge = _Judge(sample=sample, rules=rules, errors=share_errors(rules))
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
    """Start where told, go away from there in steps that double until the answer is enclosed, then bisect."""
    has_below, has_above = below >= rules.least, above <= rules.most
    if has_below and has_above:
        return (below + above) // 2
    step = max(1, math.ceil(FIRST_STEP * rules.start))
    if has_below:
        return min(below + max(below - rules.start, step), rules.most)
    if has_above:
        return max(above - max(rules.start - above, step), rules.least)
    return rules.start


def _most_judged(rules: SearchRules) -> int:
    """Count the most values that a search can meet which would lead astray if judged wrongly.

    For every place at which means begin to be near the target, and every one at which they cease to be: the low
    values on the path that takes near ones to meet it, and the high ones on the path that takes them to miss it.
    """
    most = most_low = 0
    for answer in range(rules.least, rules.most + 2):
        path = _path(answer, rules)
        low = sum(value < answer for value in path)
        most_low = max(most_low, low)
        most = max(most, most_low + len(path) - low)
    return most


def _path(answer: int, rules: SearchRules) -> list[int]:
    """List the values that a search meets if those from ``answer`` on meet the target and no others do."""
    below, above, path = rules.least - 1, rules.most + 1, list[int]()
    while above - below > 1:
        value = _next_value(below, above, rules)
        path.append(value)
        below, above = (below, value) if value >= answer else (value, above)
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What may go wrong at one value: the error of a two-sided confidence sequence, and of one side of a control."""

    sequence: float
    control: float


def share_errors(rules: SearchRules) -> Errors:
    """Share out what may go wrong.

    If a two-sided sequence has level 2a, one of its sides fails with probability at most a/(1 - a): half of the
    symmetric mixture has likelihood ratios of at most 1 on the other side. So a/(1 - a) times the number of values
    that can lead astray must be at most what is allowed.
    """
    allowed, ways = 1.0 - rules.confidence, _most_judged(rules) * rules.groups
    control = CONTROL_PART * allowed if rules.has_controls else 0.0
    rest = allowed - control
    return Errors(sequence=2.0 * rest / (ways + rest), control=control / ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Looks at a value until it is decided or the replications are used up; a value is judged once."""

    sample: Sampler
    rules: SearchRules
    errors: Errors
    known: dict[int, Judged] = field(default_factory=dict)

    def __call__(self, value: int) -> Judged:
        if value not in self.known:
            self.known[value] = self._look(value)
        return self.known[value]

    def _look(self, value: int) -> Judged:
        days = Days(levels=np.empty((0, self.rules.groups)), controls=np.empty((0, self.rules.groups)))
        wanted = min(FIRST_LOOK, self.rules.most_replications)
        while True:
            days = days.joined(self.sample(value, range(len(days.levels), wanted)))
            judged = judge_days(days, value=value, rules=self.rules, errors=self.errors)
            if judged.verdict != Verdict.OPEN or wanted >= self.rules.most_replications:
                return judged
            wanted = min(math.ceil(GROWTH * wanted / 2) * 2, self.rules.most_replications)


def judge_days(days: Days, *, value: int, rules: SearchRules, errors: Errors) -> Judged:
    """Judge a value by its days; those without orders (NaN) do not count."""
    groups = [_estimate(days, group, errors) for group in range(days.levels.shape[1])]
    verdicts = [_verdict(group, rules) for group in groups]
    known = [verdict for verdict, group in zip(verdicts, groups, strict=True) if group.count]
    verdict = Verdict.OPEN
    if Verdict.MISSES in known:
        verdict = Verdict.MISSES
    elif known and all(each == Verdict.MEETS for each in known):
        verdict = Verdict.MEETS
    deciding = [number for number, each in enumerate(verdicts) if each == verdict] or list(range(len(groups)))
    worst = min(deciding, key=lambda number: np.nan_to_num(groups[number].mean, nan=np.inf))
    level, zone = groups[worst], rules.indifference
    is_within = rules.target - zone <= level.low and level.high <= rules.target + zone
    return Judged(value=value, verdict=verdict, level=level, is_within=is_within, group=worst)


def _estimate(days: Days, group: int, errors: Errors) -> Estimate:
    """Estimate a group's mean; an unknown mean of its control widens the interval by as much as it can matter."""
    levels = days.levels[:, group]
    is_known = ~np.isnan(levels)
    sample = levels[is_known]
    if len(sample) < 2:
        mean = float(sample[0]) if len(sample) else math.nan
        return Estimate(mean=mean, low=-math.inf, high=math.inf, sd=math.nan, count=len(sample))
    controls = None if days.controls is None else days.controls[is_known, group]
    found = fit(sample, controls)
    radius = sequence_radius(sd=found.sd, information=found.information, freedom=found.freedom, error=errors.sequence)
    if found.slope and days.drift is not None:
        radius += abs(found.slope) * float(days.drift[group]) * NormalDist().inv_cdf(1.0 - errors.control)
    rest = sample if controls is None else sample - found.slope * controls
    known = 0.0 if days.skewness is None else float(days.skewness[group])
    reach = [tail_reach(found, skewness, error=errors.sequence) for skewness in _skewnesses(rest, known)]
    return Estimate(
        mean=found.mean,
        low=found.mean - radius - reach[0],
        high=found.mean + radius + reach[1],
        sd=float(sample.std(ddof=1)),
        count=len(sample),
    )


def estimate_once(days: Days, group: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a group's mean by an interval that holds if one looks once, Student's t."""
    levels = days.levels[:, group]
    is_known = ~np.isnan(levels)
    plain = estimate(levels, confidence=confidence)
    if days.controls is None or plain.count < 2 or plain.sd == 0:
        return plain
    from scipy.stats import t

    found = fit(levels[is_known], days.controls[is_known, group])
    half = float(t.ppf(0.5 + confidence / 2, found.freedom)) * found.sd / math.sqrt(found.information)
    if days.drift is not None:
        half = math.hypot(half, found.slope * float(days.drift[group]) * NormalDist().inv_cdf(0.5 + confidence / 2))
    return replace(plain, mean=found.mean, low=found.mean - half, high=found.mean + half)


def tail_reach(found: Fit, skewness: float, *, error: float) -> float:
    """How much further an interval reaches to the side of a long tail: |skewness| (2 z² + 1) / (6 sqrt(n)) errors."""
    z = NormalDist().inv_cdf(1.0 - error / 2.0)
    return found.sd / found.information * abs(skewness) * (2.0 * z * z + 1.0) / 6.0


def _skewnesses(rest: Floats, known: float) -> tuple[float, float]:
    """Give the skewness to allow for below and above: what is seen, or what is known where that is more below."""
    # scipy's skew takes longer than all else that is done at a look
    deviation, spread = rest - rest.mean(), float(rest.std())
    seen = float((deviation**3).mean()) / spread**3 if spread > 0 else 0.0
    return min(seen, known, 0.0), max(seen, 0.0)


def _verdict(level: Estimate, rules: SearchRules) -> Verdict:
    """Decide once the interval keeps clear of what would be wrong, by the side on which the mean lies."""
    is_enough = level.count >= FEWEST_TO_MEET
    if is_enough and level.mean >= rules.target and level.low >= rules.target - rules.indifference:
        return Verdict.MEETS
    if level.mean < rules.target and level.high <= rules.target + rules.indifference:
        return Verdict.MISSES
    return Verdict.OPEN

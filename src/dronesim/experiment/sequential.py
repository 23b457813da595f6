"""The search for the smallest value that meets a target, valid although it looks at the data again and again.

A value is judged by intervals that hold at all looks together, see `dronesim.experiment.intervals`.

The promise, with indifference d: with the stated confidence the mean at the upper end of the answer is at least
target - d, and the mean just below its lower end is at most target + d. It rests on a mean that does not fall as the
value grows, and on days that are normal about the line. Where days only count as met or missed, the mean is the share
of days, and nothing need be normal (`dronesim.experiment.proportions`).

Days are not quite normal: most are good and a few are bad (skewness -2 in the quickstart, -3 about the line at single
take-off points), so a few good days look like a good mean. Against that an answer meets the target after FEWEST_TO_MEET
days at the earliest, and intervals reach further to the side of the long tail. Values that only show the way are
taken to meet it sooner: should one of them be too low, then the answer below it is too, and its own days show that.

Why it holds: the values looked at form a search tree. A value whose mean is below target - d can lead astray only
if it is judged to meet the target, one above target + d only if it is judged to miss it. As long as neither happens,
the low values met are those on one fixed path of the tree and the high ones on another, whatever happens at values
between. The most that they can be in all, wherever the curve passes the target, shares what may go wrong equally.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE, INDIFFERENCE, MOST_REPLICATIONS
from dronesim.errors import InputError, Problem
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.intervals import Days, Errors, estimate_always
from dronesim.experiment.looking import FIRST_LOOK, level_of_a_look, looks, next_look
from dronesim.experiment.proportions import estimate_share_always

Floats = NDArray[np.float64]

FEWEST_TO_MEET: Final = 30
"""Fewer days than this may all be good ones."""
FIRST_STEP: Final = 0.125
"""The first step away from the value that a search starts with, as a part of it."""


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

    ``first_step``: how far from there a search goes first, as a part of it.
    ``target`` and ``indifference`` are shares; ``groups`` are that many levels which must all meet the target.
    ``is_share_of_days``: levels are 1 for a day that is met and 0 for one that is missed, and the target is the share
    of days that are met.
    """

    target: float
    least: int
    most: int
    start: int
    indifference: float = INDIFFERENCE
    confidence: float = CONFIDENCE
    most_replications: int = MOST_REPLICATIONS
    groups: int = 1
    is_share_of_days: bool = False
    first_step: float = FIRST_STEP

    def __post_init__(self) -> None:
        if not self.least <= self.start <= self.most:
            rule = f"must lie between {self.least} and {self.most}"
            raise InputError([Problem(file="command line", key="--between", rule=rule, value=self.start)])

    @property
    def zone(self) -> tuple[float, float]:
        """Means about the target that may count as either."""
        return indifference_zone(self.target, self.indifference)


def indifference_zone(target: float, indifference: float) -> tuple[float, float]:
    """Give the ends of what may count as either: at most half of the way from the target to 0, and to 1.

    Else every value might be taken to miss 95 % of days within 5 points, as no share is above 100 %.
    """
    return max(target - indifference, target / 2.0), min(target + indifference, (1.0 + target) / 2.0)


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


def search(sample: Sampler, rules: SearchRules) -> Found:
    """Search for the smallest value that meets the target; replications of a value come in order, from 0."""
    judge = _Judge(sample=sample, rules=rules, errors=share_errors(rules))
    high = _confirmed(judge, rules, open_as=Verdict.MISSES)
    low = min(high, _confirmed(judge, rules, open_as=Verdict.MEETS))
    return Found(low=low, high=high, judged=tuple(judge.known[value] for value in sorted(judge.known)))


def _confirmed(judge: _Judge, rules: SearchRules, *, open_as: Verdict) -> int:
    """Find the smallest value that meets the target, which has been looked at for long enough."""
    while True:
        value = settle(judge, rules, open_as=open_as)
        if value > rules.most or not judge.looks_on(value):
            return value


def settle(judge: Callable[[int], Judged], rules: SearchRules, *, open_as: Verdict) -> int:
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
    step = max(1, math.ceil(rules.first_step * rules.start))
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


def share_errors(rules: SearchRules, *, further: int = 0) -> Errors:
    """Share out what may go wrong; ``further`` values may be judged beside those of the search.

    A value leads astray on one side only: one that is too low by being met, one that is too high by being missed.
    """
    allowed, ways = 1.0 - rules.confidence, (_most_judged(rules) + further) * rules.groups
    one_side = allowed / ways
    level = level_of_a_look(looks(rules.most_replications), one_side)
    return Errors(one_side=one_side, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Looks at a value until it is decided or the replications are used up; ``days`` are those looked at."""

    sample: Sampler
    rules: SearchRules
    errors: Errors
    known: dict[int, Judged] = field(default_factory=dict)
    days: dict[int, Days] = field(default_factory=dict)

    def __call__(self, value: int) -> Judged:
        if value not in self.known:
            self.known[value] = self._look(value, fewest=FIRST_LOOK)
        return self.known[value]

    def looks_on(self, value: int) -> bool:
        """Look at a value until it is known well enough to be an answer; tells whether it has to look for that."""
        before = self.known[value]
        self.known[value] = self._look(value, fewest=FEWEST_TO_MEET)
        return self.known[value].level.count > before.level.count

    def _look(self, value: int, *, fewest: int) -> Judged:
        most = self.rules.most_replications
        while True:
            seen = len(self.days[value].levels) if value in self.days else 0
            if seen:
                days, rules, errors = self.days[value], self.rules, self.errors
                judged = judge_days(days, value=value, rules=rules, errors=errors, fewest=fewest)
                if judged.verdict != Verdict.OPEN or seen >= most:
                    return judged
            more = self.sample(value, range(seen, next_look(seen, most=most)))
            self.days[value] = self.days[value].joined(more) if seen else more


def judge_days(days: Days, *, value: int, rules: SearchRules, errors: Errors, fewest: int = FEWEST_TO_MEET) -> Judged:
    """Judge a value by its days with orders, which are so many at least where it meets the target."""
    groups = [_estimate(days, group, rules, errors) for group in range(days.levels.shape[1])]
    verdicts = [_verdict(group, rules, fewest) for group in groups]
    known = [verdict for verdict, group in zip(verdicts, groups, strict=True) if group.count]
    verdict = Verdict.OPEN
    if Verdict.MISSES in known:
        verdict = Verdict.MISSES
    elif known and all(each == Verdict.MEETS for each in known):
        verdict = Verdict.MEETS
    deciding = [number for number, each in enumerate(verdicts) if each == verdict] or list(range(len(groups)))
    worst = min(deciding, key=lambda number: np.nan_to_num(groups[number].mean, nan=np.inf))
    level, (too_low, too_high) = groups[worst], rules.zone
    is_within = too_low <= level.low and level.high <= too_high
    return Judged(value=value, verdict=verdict, level=level, is_within=is_within, group=worst)


def _estimate(days: Days, group: int, rules: SearchRules, errors: Errors) -> Estimate:
    if rules.is_share_of_days:
        return estimate_share_always(days.levels[:, group], error=errors.one_side, expected=rules.target)
    return estimate_always(days, group, errors)


def _verdict(level: Estimate, rules: SearchRules, fewest: int) -> Verdict:
    """Decide once the interval keeps clear of what would be wrong, by the side on which the mean lies."""
    is_enough, (too_low, too_high) = rules.is_share_of_days or level.count >= fewest, rules.zone
    if is_enough and level.mean >= rules.target and level.low >= too_low:
        return Verdict.MEETS
    if level.mean < rules.target and level.high <= too_high:
        return Verdict.MISSES
    return Verdict.OPEN

"""Searches for a share of days keep their promise on models with a known answer, where naive intervals don't.

Error rates: each test states the rate it allows and how many searches stand behind it.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from dronesim.experiment import sequential
from dronesim.experiment.estimates import Estimate
from dronesim.experiment.intervals import Days, Errors
from dronesim.experiment.proportions import estimate_share_once
from dronesim.experiment.sequential import Found, SearchRules, Verdict, search

SEARCHES = 300
RULES = SearchRules(target=0.9, least=1, most=240, start=60, indifference=0.05, is_share_of_days=True)


def share_of_days(drones: NDArray[np.float64] | float, *, ceiling: float, half: float, steep: float) -> float:
    """A curve as fleets have it: no day is met, then more and more, up to those that can be met at all."""
    return float(ceiling / (1 + np.exp(-(np.asarray(drones, dtype=float) - half) / steep)))


class Curve:
    """Days that are met by a known share at each value; hard days are hard for all values of a search."""

    def __init__(self, number: int, *, groups: int = 1, common: float = 0.7, **curve: float) -> None:
        rng = np.random.default_rng([77, number])
        self.common, self.seed = rng.standard_normal((1000, groups)), int(rng.integers(2**31))
        self.part, self.curve = common, curve

    def __call__(self, value: int, replications: range) -> Days:
        common = self.common[: replications.stop]
        own = np.random.default_rng([self.seed, value]).standard_normal(common.shape)
        hardness = (np.sqrt(self.part) * common + np.sqrt(1 - self.part) * own)[replications.start :]
        passed = NormalDist().inv_cdf(min(max(share_of_days(value, **self.curve), 1e-12), 1 - 1e-12))
        return Days(levels=(hardness <= passed).astype(float))


def is_wrong(found: Found, rules: SearchRules, curve: dict[str, float]) -> bool:
    too_low, too_high = rules.zone
    is_high_wrong = found.high <= rules.most and share_of_days(found.high, **curve) < too_low
    return is_high_wrong or share_of_days(found.low - 1, **curve) > too_high


CURVES = {
    "a steep curve": (0.9, {"ceiling": 0.98, "half": 40.0, "steep": 3.0}),
    "a value just outside the zone": (0.9, {"ceiling": 0.99, "half": 49.7, "steep": 6.0}),
    "a ceiling just below the zone": (0.9, {"ceiling": 0.849, "half": 40.0, "steep": 4.0}),
    "a ceiling within the zone": (0.9, {"ceiling": 0.91, "half": 40.0, "steep": 4.0}),
    "half of the days": (0.5, {"ceiling": 0.9, "half": 60.0, "steep": 8.0}),
    "nearly all days": (0.97, {"ceiling": 1.0, "half": 40.0, "steep": 5.0}),
}


@pytest.mark.parametrize("name", CURVES)
def test_the_answer_is_wrong_at_most_as_often_as_promised(name: str) -> None:
    """300 searches, promise 5 %: more than 27 wrong ones would come by chance once in a thousand at most."""
    target, curve = CURVES[name]
    rules = replace(RULES, target=target)
    found = [search(Curve(number, **curve), rules) for number in range(SEARCHES)]
    wrong = sum(is_wrong(each, rules, curve) for each in found)
    assert wrong <= binom.ppf(0.999, SEARCHES, 0.05)
    assert wrong <= 0.05 * SEARCHES
    if curve["ceiling"] - target > 0.02:
        assert np.median([each.high - each.low for each in found]) <= 3


@pytest.mark.parametrize("groups", [1, 3])
def test_a_share_just_outside_the_zone_is_taken_for_the_other_side_at_most_as_often_as_promised(groups: int) -> None:
    """300 searches among one value, so that all that may go wrong is its own; the promise is 5 %.

    With plain intervals at each look they go wrong more often, with one group: the case that must fail.
    """
    rules = replace(RULES, least=1, most=1, start=1, groups=groups, indifference=0.0)
    below = {"ceiling": 0.8999, "half": -100.0, "steep": 1.0}
    kept = sum(search(Curve(number, groups=groups, **below), rules).high == 1 for number in range(SEARCHES))
    assert kept <= 0.05 * SEARCHES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential, "_estimate", naive)
        wrong = sum(search(Curve(number, groups=groups, **below), rules).high == 1 for number in range(SEARCHES))
    if groups == 1:
        assert kept > 0
        assert wrong > 1.5 * 0.05 * SEARCHES


def naive(days: Days, group: int, rules: SearchRules, errors: Errors) -> Estimate:
    """Give the exact interval for a single look, with the same error on each side."""
    return estimate_share_once(days.levels[:, group], confidence=1 - 2 * errors.one_side)


def test_three_groups_share_what_may_go_wrong() -> None:
    one, three = (sequential.share_errors(replace(RULES, groups=groups)).one_side for groups in (1, 3))
    assert three == pytest.approx(one / 3)


def test_one_missed_day_is_not_enough_to_miss_nearly_all_days() -> None:
    """Within 5 points of 97 % any share would do as a miss, were the zone not cut off half of the way to 1."""
    rules = replace(RULES, target=0.97, least=1, most=1, start=1)
    one_missed = Days(levels=np.array([[0.0], *[[1.0]] * 30]))
    errors = sequential.share_errors(rules)
    assert rules.zone == pytest.approx((0.92, 0.985))
    assert sequential.judge_days(one_missed, value=1, rules=rules, errors=errors).verdict == Verdict.OPEN


def test_few_days_are_needed_where_shares_are_far_from_the_one_asked_for() -> None:
    """Expected over 300 judgements each: none of 10 days suffices, 45 good ones do, 400 are not reached."""
    rules = replace(RULES, least=1, most=1, start=1)
    days = {share: mean_days(share, rules) for share in (0.3, 0.6, 0.97)}
    assert days[0.3] <= 10.5
    assert days[0.6] <= 20
    assert days[0.97] <= 110


def mean_days(share: float, rules: SearchRules) -> float:
    curve = {"ceiling": share, "half": -100.0, "steep": 1.0}
    found = [search(Curve(number, **curve), rules).judged[0].level.count for number in range(SEARCHES)]
    return float(np.mean(found))

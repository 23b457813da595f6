"""Intervals for a share of days: the evidence behind them is a martingale, and both ends are what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binomtest

from dronesim.experiment.proportions import (
    PRIOR_DAYS,
    estimate_share_always,
    estimate_share_once,
    log_evidence,
    lower_limit,
)

SHARES = st.floats(0.02, 0.98)
COUNTS = st.integers(0, 400)
ERRORS = st.floats(1e-4, 0.2)


def days(met: int, missed: int) -> np.ndarray:
    return np.array([1.0] * met + [0.0] * missed)


def prior(expected: float) -> tuple[float, float]:
    return PRIOR_DAYS * expected, PRIOR_DAYS * (1 - expected)


@given(met=st.integers(0, 60), missed=st.integers(0, 60), share=st.floats(0.05, 0.9), expected=SHARES)
def test_evidence_neither_grows_nor_shrinks_in_the_mean_under_the_share_it_speaks_against(
    met: int, missed: int, share: float, expected: float
) -> None:
    now, after_met, after_missed = (
        math.exp(log_evidence(met + more, missed + less, share=share, prior=prior(expected)))
        for more, less in ((0, 0), (1, 0), (0, 1))
    )
    assert share * after_met + (1 - share) * after_missed == pytest.approx(now, rel=1e-6)


@pytest.mark.parametrize(("met", "missed", "share"), [(0, 0, 0.7), (30, 2, 0.8), (5, 5, 0.2)])
def test_evidence_is_the_mean_likelihood_ratio_of_larger_shares(met: int, missed: int, share: float) -> None:
    larger = beta(*prior(0.9))

    def weighed(other: float) -> float:
        ratio = (other / share) ** met * ((1 - other) / (1 - share)) ** missed
        return float(ratio * larger.pdf(other) / larger.sf(share))

    expected = quad(weighed, share, 1.0)[0]
    assert math.exp(log_evidence(met, missed, share=share, prior=prior(0.9))) == pytest.approx(expected, rel=1e-6)


@given(met=st.integers(1, 400), missed=COUNTS, error=ERRORS, expected=SHARES, part=st.floats(0.01, 1.0))
def test_all_shares_below_the_limit_have_enough_against_them(
    met: int, missed: int, error: float, expected: float, part: float
) -> None:
    """So that a limit above some share is a verdict about that share, whichever it is."""
    limit = lower_limit(met, missed, error=error, prior=prior(expected))
    assert 0.0 <= limit <= met / (met + missed)
    if limit > 0.0:
        found = log_evidence(met, missed, share=part * limit, prior=prior(expected))
        assert found >= -math.log(error) - 1e-6


@given(met=COUNTS, missed=COUNTS, error=ERRORS, expected=SHARES)
def test_what_is_missed_is_the_mirror_of_what_is_met(met: int, missed: int, error: float, expected: float) -> None:
    one = estimate_share_always(days(met, missed), error=error, expected=expected)
    other = estimate_share_always(days(missed, met), error=error, expected=1 - expected)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)
    assert one.count == met + missed
    if one.count:
        assert one.low <= one.mean <= one.high


@given(met=st.integers(1, 200), missed=st.integers(0, 200), expected=SHARES)
def test_less_error_makes_the_interval_wider(met: int, missed: int, expected: float) -> None:
    wide, narrow = (estimate_share_always(days(met, missed), error=e, expected=expected) for e in (0.001, 0.05))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.5), (0.5, 0.9), (0.85, 0.9), (0.95, 0.9), (0.95, 0.97)])
def test_the_probability_that_a_side_ever_fails_is_below_its_error(share: float, expected: float) -> None:
    """Not by chance: worked out over all ways in which 120 days can turn out, looked at after each."""
    failed = [
        chance_that_a_limit_passes(share, days=120, error=0.05, expected=expected, is_low=is_low)
        for is_low in (True, False)
    ]
    assert max(failed) <= 0.05
    assert max(failed) > 0.01


def chance_that_a_limit_passes(share: float, *, days: int, error: float, expected: float, is_low: bool) -> float:
    """Add up the chances of all sequences of days by the day on which a limit first passes the true share."""
    good, weights = (share, prior(expected)) if is_low else (1 - share, prior(1 - expected))
    chances, failed = np.array([1.0]), 0.0
    for day in range(1, days + 1):
        chances = np.append(chances * (1 - good), 0.0) + np.append(0.0, chances * good)
        is_past = [lower_limit(met, day - met, error=error, prior=weights) > good for met in range(day + 1)]
        failed += float(chances[is_past].sum())
        chances[is_past] = 0.0
    return failed


@pytest.mark.parametrize(("met", "missed"), [(0, 9), (9, 0), (17, 3), (200, 200)])
def test_the_interval_for_one_look_is_that_of_clopper_and_pearson(met: int, missed: int) -> None:
    expected = binomtest(met, met + missed).proportion_ci(0.9, method="exact")
    found = estimate_share_once(days(met, missed), confidence=0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_days_without_orders_do_not_count_and_without_any_day_all_shares_are_possible() -> None:
    some = np.array([1.0, math.nan, 0.0, 1.0])
    for found in (estimate_share_always(some, error=0.01, expected=0.9), estimate_share_once(some)):
        assert (found.count, found.mean) == (3, pytest.approx(2 / 3))
    for none in (estimate_share_always(some[1:2], error=0.01, expected=0.9), estimate_share_once(some[1:2])):
        assert (none.count, none.low, none.high) == (0, 0.0, 1.0)
        assert math.isnan(none.mean)


def test_good_days_alone_show_a_share_of_nine_tenths_within_five_points_in_about_45_days() -> None:
    """33 would do against 85 % if nothing had to be known of the share beyond."""
    needed = next(n for n in range(1, 100) if lower_limit(n, 0, error=0.05 / 10, prior=prior(0.9)) >= 0.85)
    assert math.ceil(math.log(0.05 / 10) / math.log(0.85)) <= needed <= 45

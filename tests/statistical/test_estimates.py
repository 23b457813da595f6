"""Intervals over replications cover as often as they promise, and days without data do no harm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import linregress

from dronesim.experiment.estimates import estimate, fit, holm, paired, paired_p

TRIALS = 4000


def test_intervals_cover_the_known_mean_as_promised() -> None:
    """4,000 trials of 12 normal days: 95 % within 4 standard errors of 0.34 points."""
    samples = np.random.default_rng(5).normal(0.95, 0.02, (TRIALS, 12))
    covered = [each.low <= 0.95 <= each.high for each in map(estimate, samples)]
    assert abs(np.mean(covered) - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / TRIALS)


def test_paired_intervals_cover_and_are_narrower_than_unpaired_ones() -> None:
    rng = np.random.default_rng(6)
    day = rng.normal(0, 0.02, (TRIALS, 10))
    one, two = (0.9 + day + rng.normal(0, 0.005, day.shape) for _ in range(2))
    found = [paired(first + 0.01, second) for first, second in zip(one, two, strict=True)]
    covered = np.mean([each.low <= 0.01 <= each.high for each in found])
    assert abs(covered - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / TRIALS)
    assert np.mean([each.sd**2 for each in found]) < (day.var() * 2) / 3


def test_the_mean_beside_a_control_is_the_intercept_of_least_squares() -> None:
    rng = np.random.default_rng(3)
    controls = rng.normal(0.1, 1.0, 15)
    values = 0.9 + 0.02 * controls + rng.normal(0, 0.01, 15)
    expected = linregress(controls, values)
    found = fit(values, controls[:, None])
    assert (found.mean, found.slopes[0]) == pytest.approx((expected.intercept, expected.slope), abs=1e-12)
    assert found.sd / math.sqrt(found.information) == pytest.approx(expected.intercept_stderr, rel=1e-9)
    assert found.freedom == 13


def test_the_mean_beside_several_controls_is_the_intercept_of_least_squares() -> None:
    rng = np.random.default_rng(4)
    controls = rng.normal((0.1, -0.2, 0.3), 1.0, (15, 3))
    controls[:, 1] += 2.0 * controls[:, 0]
    values = 0.9 + (controls * (0.02, -0.03, 0.0)).sum(axis=1) + rng.normal(0, 0.01, 15)
    whole = np.column_stack([np.ones(15), controls])
    expected, rest, *_ = np.linalg.lstsq(whole, values)
    found = fit(values, controls)
    assert [found.mean, *found.slopes] == pytest.approx(expected, abs=1e-12)
    assert (found.sd, found.freedom) == (pytest.approx(math.sqrt(rest[0] / 11)), 11)
    assert 1.0 / found.information == pytest.approx(np.linalg.inv(whole.T @ whole)[0, 0])


def test_a_control_that_tells_nothing_is_left_out() -> None:
    values = np.array([0.9, 0.95, 0.92, 0.96, 0.91])
    few = fit(values[:3], np.array([[1.0], [2.0], [3.0]]))
    for found in (fit(values), fit(values, np.full((5, 1), 0.25)), few):
        assert (not found.slopes.any(), found.freedom) == (True, found.information - 1)
    one = np.array([1.0, 2.0, 4.0, 3.0, 0.0])[:, None]
    alone, twice = fit(values, one), fit(values, np.hstack([one, 3.0 - 2.0 * one]))
    assert twice.slopes.tolist() == [*alone.slopes, 0.0]
    assert (twice.mean, twice.sd, twice.information, twice.freedom) == (
        *(alone.mean, alone.sd),
        *(alone.information, alone.freedom),
    )
    assert fit(values).mean == pytest.approx(values.mean())
    assert fit(values).sd == pytest.approx(values.std(ddof=1))


def test_holm_adjusts_as_in_the_textbook_example() -> None:
    """0.01, 0.04, 0.03, 0.005 times 4, 3, 2, 1 in order of size, never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.9]) == [1.0, 1.0]


def test_holm_keeps_the_rate_of_any_false_find() -> None:
    """500 families of 5 true null hypotheses: at most 5 % have a find, within 4 standard errors."""
    rng = np.random.default_rng(8)
    days = rng.standard_normal((500, 5, 12))
    finds = [min(holm([paired_p(row, np.zeros(12)) for row in family])) < 0.05 for family in days]
    assert np.mean(finds) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 500)


def test_days_without_orders_do_not_count() -> None:
    found = estimate([0.9, math.nan, 1.0, 0.8])
    assert (found.count, found.mean) == (3, pytest.approx(0.9))
    assert paired([1.0, math.nan, 3.0, 2.0], [0.0, 0.0, 1.0, 2.0]).count == 3
    assert holm([math.nan, 0.04])[1] == pytest.approx(0.04)


def test_without_data_there_is_no_number() -> None:
    nothing, single, equal = estimate([math.nan]), estimate([0.9]), estimate([0.9, 0.9, 0.9])
    assert nothing.content() == {"mean": None, "low": None, "high": None, "sd": None, "count": 0}
    assert (single.mean, single.content()["low"]) == (0.9, None)
    assert (equal.low, equal.high, equal.sd) == (equal.mean, equal.mean, 0.0)
    assert paired_p([1.0, 2.0], [1.0, 2.0]) == 1.0
    assert paired_p([2.0, 3.0], [1.0, 2.0]) == 0.0

"""The factor of a day has mean one and the spread that is stated; bounds are four standard errors, seeds are fixed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dronesim.demand import draw_orders
from dronesim.demand.draw import sample
from dronesim.demand.specs import Constant, DayLaw, Gamma, Lognormal
from dronesim.streams import Streams
from lab import lab_demand, lab_world

DAYS, ORDERS, SD = 400, 100.0, 0.5


def assert_near(values: NDArray[np.float64], expected: float, *, largest_se: float) -> None:
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error < largest_se
    assert abs(values.mean() - expected) < 4 * error


@pytest.mark.parametrize("law", [Gamma(mean=1.0, sd=SD), Lognormal(mean=1.0, sd=SD)])
def test_the_factor_has_mean_one_and_the_stated_spread(law: DayLaw) -> None:
    values = sample(law, np.random.default_rng(7), 40_000)
    assert_near(values, 1.0, largest_se=0.005)
    assert_near((values - 1.0) ** 2, SD**2, largest_se=0.01)


@pytest.mark.parametrize(("law", "sd"), [(Constant(value=1.0), 0.0), (Gamma(mean=1.0, sd=SD), SD)])
def test_orders_a_day_spread_as_a_mixed_poisson_number(law: DayLaw, sd: float) -> None:
    """Var N = m + (m sd)², with m the mean (law of total variance)."""
    world, spec = lab_world(), lab_demand(days=law, expected_orders=ORDERS)
    days = [
        draw_orders(spec, world, streams=Streams(seed=9, replication=day), opening_s=(36000.0, 72000.0), trace=None)
        for day in range(DAYS)
    ]
    counts = np.array([len(day) for day in days], dtype=np.float64)
    variance = ORDERS + (ORDERS * sd) ** 2
    assert_near(counts, ORDERS, largest_se=3.0)
    assert_near((counts - ORDERS) ** 2, variance, largest_se=0.15 * variance)
    factors = np.array([day.day_factor for day in days])
    assert_near(factors, 1.0, largest_se=0.03) if sd else np.testing.assert_array_equal(factors, 1.0)

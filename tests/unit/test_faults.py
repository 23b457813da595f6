"""Budgets of flight-hours until failure."""

import math

import numpy as np
import pytest

from dronesim.faults import flight_hour_budgets
from dronesim.streams import Streams


def rng_for(drone):
    return Streams(seed=11).generator(f"failures/{drone}")


def test_no_failures_without_a_rate():
    assert flight_hour_budgets(0.0, 3, rng_for).tolist() == [math.inf] * 3


def test_a_bigger_fleet_moves_no_budget():
    few, many = (flight_hour_budgets(0.01, drones, rng_for) for drones in (5, 50))
    assert many[:5].tolist() == few.tolist()


def test_twice_the_rate_halves_every_budget():
    rare, often = (flight_hour_budgets(rate, 8, rng_for) for rate in (0.001, 0.002))
    assert often * 2 == pytest.approx(rare)


def test_budgets_are_exponential_with_the_rate():
    """4 standard errors: both mean and spread of an exponential law equal 1/rate."""
    n, rate = 10_000, 0.005
    shared = np.random.default_rng(1)
    budgets = flight_hour_budgets(rate, n, lambda _drone: shared)
    assert budgets.mean() == pytest.approx(1 / rate, rel=4 / math.sqrt(n))
    assert (budgets > 1 / rate).mean() == pytest.approx(math.exp(-1), abs=4 * 0.5 / math.sqrt(n))


def test_budgets_are_read_only():
    for rate in (0.0, 0.1):
        with pytest.raises(ValueError, match="read-only"):
            flight_hour_budgets(rate, 2, rng_for)[0] = 1.0

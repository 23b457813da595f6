"""Drawn columns against the laws that they are drawn from; bounds are four standard errors, seeds are fixed."""

import math

import numpy as np
import pytest

from dronesim.demand.draw import draw_orders, sample
from dronesim.demand.specs import ByDistance, Constant, DemandSpec, Empirical, Lognormal, Uniform
from dronesim.streams import Streams
from dronesim.units import HOUR
from dronesim.world import Buildings, Sites, World, Zones

DAYS, ORDERS, DECAY_M = 40, 500, 700.0


def tiny_world() -> World:
    empty = np.empty(0)
    return World(
        name="tiny",
        origin_lonlat=(114.0, 22.5),
        takeoff_points=Sites(ids=("T1", "T2"), xy=np.array([(0.0, 0.0), (1000.0, 0.0)])),
        airports=Sites(ids=("A1", "A2"), xy=np.array([(0.0, 900.0), (1000.0, 900.0)])),
        merchants=Sites(ids=("m1", "m2"), xy=np.array([(50.0, 0.0), (1050.0, 0.0)])),
        merchant_weight=np.array([1.0, 1.0]),
        merchant_takeoff_point=np.array([0, 1]),
        communities=Sites(ids=("c1", "c2"), xy=np.array([(0.0, 1000.0), (1000.0, 1000.0)])),
        community_weight=np.array([3.0, 1.0]),
        community_airport=np.array([0, 1]),
        buildings=Buildings(polygons=np.empty(0, dtype=object), height_m=empty),
        zones=Zones(
            ids=(), polygons=np.empty(0, dtype=object), floor_m=empty, ceiling_m=empty, from_s=empty, to_s=empty
        ),
        airways=(),
        pads={},
        boxes={},
    )


def spec() -> DemandSpec:
    shares = np.zeros(24)
    shares[10:14] = (0.1, 0.4, 0.3, 0.2)
    return DemandSpec(
        model="poisson",
        expected_orders=ORDERS,
        trace_factor=1.0,
        trace_shift_s=0.0,
        days=Constant(value=1.0),
        choice=ByDistance(decay_m=DECAY_M),
        hour_shares=tuple(shares.tolist()),
        mass=Lognormal(mean=1.0, sd=0.4),
        preparation=Lognormal(mean=240.0, sd=90.0),
        collection_median_s=240.0,
        collection_p95_s=1200.0,
        patience_mean_s=math.inf,
        no_show_share=0.05,
        bad_scan_share=0.1,
        walk_detour=1.2,
    )


@pytest.fixture(scope="module")
def days():
    world = tiny_world()
    opening_s = (10 * HOUR, 14 * HOUR)
    return [
        draw_orders(spec(), world, streams=Streams(seed=5, replication=day), opening_s=opening_s, trace=None)
        for day in range(DAYS)
    ]


def assert_near(values, expected, *, largest_se):
    """Mean within four standard errors, and a standard error small enough to tell."""
    values = np.asarray(values, dtype=np.float64)
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert error < largest_se
    assert abs(values.mean() - expected) < 4 * error


def test_a_day_has_the_expected_number_of_orders_and_poisson_spread(days):
    counts = np.array([len(day) for day in days])
    assert_near(counts, ORDERS, largest_se=5.0)
    assert 0.45 < counts.var(ddof=1) / ORDERS < 1.8  # chi-squared with 39 degrees of freedom, beyond 1e-3 each side


def test_orders_fall_into_the_hours_by_their_shares(days):
    for hour, share in ((10, 0.1), (11, 0.4), (12, 0.3), (13, 0.2)):
        assert_near([((day.placed_s // HOUR) == hour).mean() for day in days], share, largest_se=0.01)


def test_orders_come_from_communities_by_weight(days):
    assert_near([(day.airport == 0).mean() for day in days], 0.75, largest_se=0.01)


def test_merchants_nearby_are_preferred_by_the_stated_decay(days):
    near, far = math.hypot(50.0, 1000.0), math.hypot(1050.0, 1000.0)
    expected = math.exp(-near / DECAY_M) / (math.exp(-near / DECAY_M) + math.exp(-far / DECAY_M))
    assert_near([(day.takeoff_point[day.airport == 0] == 0).mean() for day in days], expected, largest_se=0.01)


def test_customers_collect_no_show_and_scan_badly_as_stated(days):
    assert_near([(day.collection_s < 240.0).mean() for day in days], 0.5, largest_se=0.01)
    assert_near([(day.collection_s < 1200.0).mean() for day in days], 0.95, largest_se=0.01)
    assert_near([day.is_no_show.mean() for day in days], 0.05, largest_se=0.005)
    for kind in (1, 2, 3):
        assert_near([(day.bad_scan == kind).mean() for day in days], 0.1 / 3, largest_se=0.005)


@pytest.mark.parametrize(
    "law",
    [
        Lognormal(mean=240.0, sd=90.0),
        Constant(value=3.0),
        Empirical(values=(1.0, 2.0, 6.0)),
        Uniform(low=1.0, high=4.0),
    ],
)
def test_a_law_has_the_mean_that_it_states(law):
    values = sample(law, np.random.default_rng(3), 20_000)
    error = max(values.std() / math.sqrt(len(values)), 1e-12)
    assert error < 0.01 * law.mean
    assert abs(values.mean() - law.mean) < 4 * error

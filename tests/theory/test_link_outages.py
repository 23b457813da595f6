"""Outages of the command link against what is known of alternating processes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from dronesim.comms import ExponentialOutages, LognormalOutages, OutageLaw, draw_outages
from dronesim.streams import Streams

SHORT = ExponentialOutages(up_s=300.0, down_s=2.0)
LONG = LognormalOutages(every_s=7200.0, median_s=600.0, p95_s=3600.0)


def days_of(law: OutageLaw, *, days: int, length_s: float) -> list[NDArray[np.float64]]:
    """Outages of many days, each of its own stream, as arrays of begin and end."""
    return [
        np.array(
            draw_outages(law, from_s=0.0, to_s=length_s, rng=Streams(seed=7, replication=day).generator("link outages"))
        ).reshape(-1, 2)
        for day in range(days)
    ]


@pytest.mark.parametrize("law", [SHORT, LONG], ids=["exponential", "lognormal"])
def test_the_link_is_lost_for_its_share_of_the_time_from_the_first_second_on(law: OutageLaw) -> None:
    """Four standard errors over 4000 days; a day meets the link in its long run, so the first hour is as any."""
    length_s, share = 3600.0, law.down_s / (law.up_s + law.down_s)
    lost_s = np.array([np.diff(day, axis=1).sum() for day in days_of(law, days=4000, length_s=length_s)])
    error = lost_s.std(ddof=1) / math.sqrt(len(lost_s)) / length_s
    assert error < 0.1 * share
    assert abs(lost_s.mean() / length_s - share) < 4 * error


def test_outages_begin_once_in_a_cycle() -> None:
    begun = np.array([(day[:, 0] > 0).sum() for day in days_of(SHORT, days=2000, length_s=7200.0)])
    error = begun.std(ddof=1) / math.sqrt(len(begun))
    assert abs(begun.mean() - 7200.0 / 302.0) < 4 * error


def test_lognormal_outages_have_their_median_and_95th_percentile() -> None:
    rng = np.random.default_rng(1)
    lasts_s = np.array([LONG.draw_down_s(rng) for _ in range(20_000)])
    for limit_s, share in ((600.0, 0.5), (3600.0, 0.95)):
        assert abs((lasts_s < limit_s).mean() - share) < 4 * math.sqrt(share * (1 - share) / len(lasts_s))


@pytest.mark.parametrize(
    ("hold_after_s", "least", "most"), [(3.0, 0.14, 0.37), (10.0, 0.004, 0.011)], ids=["3 s", "10 s"]
)
def test_flights_of_measured_length_hold_as_often_as_an_outage_outlasts_their_time_out(
    hold_after_s: float, least: float, most: float
) -> None:
    """With gaps of 2 s in 300 s, flights of 190 to 500 s meet T / 302 · exp(−h / 2) outages longer than h."""
    outages = np.concatenate(days_of(SHORT, days=400, length_s=36_000.0))
    long = outages[np.diff(outages, axis=1)[:, 0] > hold_after_s]
    rate = len(long) / (400 * 36_000.0)
    expected = math.exp(-hold_after_s / 2) / 302.0
    assert abs(rate - expected) < 4 * expected / math.sqrt(len(long))
    assert rate * 190 == pytest.approx(least, rel=0.12)
    assert rate * 500 == pytest.approx(most, rel=0.12)


def test_an_area_draws_from_its_own_stream() -> None:
    one, other = (
        draw_outages(SHORT, from_s=0.0, to_s=36_000.0, rng=Streams(seed=1).generator(f"link outages of {name}"))
        for name in ("north", "south")
    )
    assert one != other

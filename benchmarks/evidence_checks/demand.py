"""Orders, failures and published days against laws and figures."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dronesim.evidence import Kind
from dronesim.exchange.mdrplib import policy_free_mean_min
from dronesim.experiment import prepare
from dronesim.faults import flight_hour_budgets
from dronesim.scenario.orders import LognormalMass
from dronesim.streams import Streams
from dronesim.units import HOUR, MINUTE
from evidence_checks.check import STANDARD_ERRORS, Check, Found, near
from evidence_checks.day import quickstart, setting

DAYS: Final = 60
SIGNIFICANT: Final = 6e-5
"""A sound law is refused once in 16,000 times, as by four standard errors."""
PUBLISHED_MIN: Final = (12.0, 15.0)
COVERAGE: Final = (0.72, 0.90)
"""Shares of orders within 3 km: Grubhub, and Rappi."""
ORDER_FILES: Final = "DRONESIM_GRUBHUB"
"""Environment variable that names the folder of the instances."""
GRUBHUB_MIN: Final = {"0o100t100s2p100": 27.930, "1o100t100s2p100": 27.315, "4o100t100s2p100": 30.427}


@cache
def drawn() -> tuple[Any, ...]:
    """Draw the orders of many quickstart days."""
    return tuple(prepare(setting(), replication=day).orders for day in range(DAYS))


def poisson_days() -> Found:
    """Mean and variance of the number of orders a day, over days of constant volume."""
    counts, expected = [float(len(orders)) for orders in drawn()], setting().resolved.demand.expected_orders
    passed, words = near(counts, expected, precision=0.02)
    ratio = float(np.var(counts, ddof=1)) / expected
    is_poisson = abs(ratio - 1.0) < STANDARD_ERRORS * math.sqrt(2.0 / (DAYS - 1))
    return Found(passed=passed and is_poisson, figure=f"mean {words}, variance over mean {ratio:.2f}")


def hour_shares() -> Found:
    """Orders by hour over all days, by chi-square against the profile."""
    hours = np.concatenate([orders.placed_s for orders in drawn()]) // HOUR
    counts, shares = np.bincount(hours.astype(int), minlength=24), np.array(setting().resolved.demand.hour_shares)
    is_open = shares > 0
    p = float(stats.chisquare(counts[is_open], shares[is_open] * counts.sum()).pvalue)
    return Found(
        passed=p > SIGNIFICANT and not counts[~is_open].any(), figure=f"p {p:.2f} over {counts.sum():,} orders"
    )


def mass_law() -> Found:
    """Median and upper tail of the parcel mass, as the scenario states them."""
    stated = setting().scenario.demand.mass
    if not isinstance(stated, LognormalMass):
        return Found(passed=None, figure="the quickstart states no lognormal mass")
    mass_kg: NDArray[np.float64] = np.concatenate([orders.mass_kg for orders in drawn()])
    above = [float(np.mean(mass_kg > bound)) for bound in (stated.median_kg, stated.heavy_kg)]
    expected = (0.5, stated.heavy_share)
    passed = all(
        abs(found - share) < STANDARD_ERRORS * math.sqrt(share * (1 - share) / len(mass_kg))
        for found, share in zip(above, expected, strict=True)
    )
    return Found(
        passed=passed, figure=f"{100 * above[0]:.1f} % above the median, {100 * above[1]:.2f} % above the heavy mass"
    )


def coverage() -> Found:
    """Share of the quickstart's orders within 3 km."""
    orders = quickstart().tables["orders"]
    share = float(np.mean(orders["distance_m"] <= 3000.0))
    return Found(passed=COVERAGE[0] <= share <= COVERAGE[1], figure=f"{100 * share:.1f} %")


def published_minutes() -> Found:
    """Mean click-to-door of the quickstart day."""
    mean_min = quickstart().kpis["click_to_door_s"]["mean"] / MINUTE
    return Found(passed=PUBLISHED_MIN[0] <= mean_min <= PUBLISHED_MIN[1], figure=f"{mean_min:.1f} min")


def flight_hour_law() -> Found:
    """Budgets of flight-hours of 4,000 drones against the exponential law."""
    streams = Streams(seed=29)
    hours = flight_hour_budgets(0.01, 4000, lambda drone: streams.generator(f"failure of drone {drone}"))
    p = float(stats.kstest(hours, "expon", args=(0, 100.0)).pvalue)
    return Found(passed=p > SIGNIFICANT, figure=f"mean {hours.mean():.1f} h (expected 100), p {p:.2f}")


def grubhub_files() -> Found:
    """Ready-to-door of Grubhub instances, which no policy can change, from the public order files."""
    place = os.environ.get(ORDER_FILES)
    if place is None:
        return Found(passed=None, figure=f"not run: the public order files are no part of the project ({ORDER_FILES})")
    means = {name: policy_free_mean_min(Path(place) / name) for name in GRUBHUB_MIN}
    figure = ", ".join(f"{name} {mean:.3f} min" for name, mean in means.items())
    return Found(passed=all(abs(means[name] - stated) < 5e-4 for name, stated in GRUBHUB_MIN.items()), figure=figure)


CHECKS: Final = (
    Check(
        name="poisson-days",
        kind=Kind.THEORY,
        title="number of orders a day, 60 quickstart days",
        source="Poisson law: variance equal to the mean",
        mark="mean within 4 standard errors, variance over mean within 4 of its own",
        run=poisson_days,
    ),
    Check(
        name="hour-shares",
        kind=Kind.THEORY,
        title="orders by hour, 60 quickstart days",
        source="the profile as resolved, by chi-square",
        mark=f"p above {SIGNIFICANT:g}",
        run=hour_shares,
    ),
    Check(
        name="mass-law",
        kind=Kind.THEORY,
        title="parcel mass, 60 quickstart days",
        source="the lognormal law by its median and its tail",
        mark="both shares within 4 standard errors",
        run=mass_law,
    ),
    Check(
        name="coverage",
        kind=Kind.CALIBRATION,
        title="orders of the quickstart day within 3 km",
        source="A: Grubhub 72 %, Rappi 90 % of orders; couriers on the road, other cities",
        mark="72 to 90 %",
        run=coverage,
    ),
    Check(
        name="published-minutes",
        kind=Kind.CALIBRATION,
        title="mean click-to-door of the quickstart day",
        source="B: about 12 min (China Daily 2023-09), about 15 min (Shenzhen press, 2021 to 2025)",
        mark="12 to 15 min; kitchens and handling were chosen for it, so it proves nothing",
        run=published_minutes,
    ),
    Check(
        name="flight-hour-budgets",
        kind=Kind.THEORY,
        title="flight-hours until a drone fails, 4,000 drones",
        source="exponential law, by Kolmogorov and Smirnov",
        mark=f"p above {SIGNIFICANT:g}",
        run=flight_hour_law,
    ),
    Check(
        name="grubhub-files",
        kind=Kind.PROGRAM,
        title="click-to-door less ready-to-pickup of three imported instances",
        source="A: public Grubhub instances, computed apart: 27.930, 27.315, 30.427 min",
        mark="to the last digit",
        run=grubhub_files,
    ),
)

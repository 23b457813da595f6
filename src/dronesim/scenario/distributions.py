"""From what a planner wrote of demand to laws in SI units."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.specs import (
    ByDistance,
    ByWeight,
    Choice,
    Constant,
    DayLaw,
    Distribution,
    Empirical,
    Gamma,
    Lognormal,
    Uniform,
)
from dronesim.scenario import ground, orders
from dronesim.units import HOUR, MINUTE


def preparation_law(stated: ground.Preparation) -> Distribution:
    """Law of the preparation time in seconds."""
    match stated:
        case ground.LognormalMinutes():
            return Lognormal(mean=stated.mean_min * MINUTE, sd=stated.sd_min * MINUTE)
        case ground.ConstantMinutes():
            return Constant(value=stated.mean_min * MINUTE)
        case ground.UniformMinutes():
            return Uniform(low=stated.low_min * MINUTE, high=stated.high_min * MINUTE)
        case ground.EmpiricalMinutes():
            return Empirical(values=tuple(minutes * MINUTE for minutes in stated.minutes))


def mass_law(stated: orders.Mass) -> Distribution:
    """Law of the parcel mass in kilograms."""
    match stated:
        case orders.LognormalMass():
            return _lognormal_by_tail(stated.median_kg, stated.heavy_kg, stated.heavy_share)
        case orders.ConstantMass():
            return Constant(value=stated.mass_kg)
        case orders.UniformMass():
            return Uniform(low=stated.low_kg, high=stated.high_kg)
        case orders.EmpiricalMass():
            return Empirical(values=stated.kilograms)


def choice_law(stated: orders.Choice) -> Choice:
    """Law by which customers choose among merchants."""
    match stated:
        case orders.ChoiceByDistance():
            return ByDistance(decay_m=stated.decay_m)
        case orders.ChoiceByWeight():
            return ByWeight()


def day_law(stated: orders.Days) -> DayLaw:
    """Law of a day's factor on the expected number of orders; all but an empirical one have mean 1."""
    match stated:
        case orders.ConstantDays():
            return Constant(value=1.0)
        case orders.GammaDays():
            return Gamma(mean=1.0, sd=stated.sd)
        case orders.LognormalDays():
            return Lognormal(mean=1.0, sd=stated.sd)
        case orders.EmpiricalDays():
            return Empirical(values=stated.factors)


_DAY: Final = 24
"""Hours of a profile; those after midnight have the weights of the same hours of a day."""


def hour_shares(profile: str | tuple[float, ...], *, start_s: float, end_s: float) -> NDArray[np.float64]:
    """Shares of the orders by hour: the profile, cut to the opening hours; they add up to 1.

    Shape ``(24,)``, or up to ``(48,)`` where the opening hours end after midnight, whose hours have the weights of
    those after the midnight before. An hour that is open in part counts by that part. All 0 where the profile has
    nothing in the opening hours.
    """
    weights = orders.NAMED_PROFILES[profile] if isinstance(profile, str) else profile
    hours = np.arange(max(_DAY, math.ceil(end_s / HOUR)))
    open_s = np.minimum(end_s, (hours + 1) * HOUR) - np.maximum(start_s, hours * HOUR)
    open_share = np.clip(open_s, 0.0, None) / HOUR
    cut = np.array(weights)[hours % _DAY] * open_share
    shares: NDArray[np.float64] = cut / cut.sum() if cut.sum() > 0 else cut
    shares.setflags(write=False)
    return shares


def _lognormal_by_tail(median: float, heavy: float, share: float) -> Lognormal:
    """Lognormal with a median and a share above a value, by its mean and standard deviation."""
    sigma = math.log(heavy / median) / NormalDist().inv_cdf(1.0 - share)
    mean = median * math.exp(sigma**2 / 2)
    return Lognormal(mean=mean, sd=mean * math.sqrt(math.expm1(sigma**2)))


def share_at_most(law: Distribution, bound: float) -> float:
    """Share of the values of a law that are not above ``bound``, which is positive."""
    match law:
        case Lognormal():
            return _cdf((math.log(bound) - law.mu), law.sigma)
        case Constant():
            return float(law.value <= bound)
        case Uniform():
            width = law.high - law.low
            return min(max((bound - law.low) / width, 0.0), 1.0) if width > 0 else float(law.low <= bound)
        case Empirical():
            return sum(value <= bound for value in law.values) / len(law.values)


def lightest(law: Distribution) -> str:
    """Say in kilograms how light parcels of a law are."""
    match law:
        case Lognormal():
            return f"half of the parcels weigh more than {math.exp(law.mu):.3g} kg"
        case Constant():
            return f"every parcel weighs {law.value:g} kg"
        case Uniform():
            return f"the lightest parcel weighs {law.low:g} kg"
        case Empirical():
            return f"the lightest parcel weighs {min(law.values):g} kg"


def _cdf(distance: float, sigma: float) -> float:
    return NormalDist().cdf(distance / sigma) if sigma > 0 else float(distance >= 0)

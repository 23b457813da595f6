"""Intervals for the mean level of days: one that holds at every look of a search, and one for a single look.

The first is Student's, at a level so small that all looks together are wrong as seldom as promised, see
`dronesim.experiment.looking`. Where something is known of each day whose mean over all days is known too (control
variates, see `dronesim.experiment.controls`) it is that of the intercept of a regression on these.

Where days have a long tail, as those with a crowded noon, it reaches further to that side, by the leading term of the
Edgeworth expansion of Student's t:

    Johnson, N. J. (1978), Modified t tests and confidence intervals for asymmetrical populations, J. Am. Stat. Assoc.
    73, 536-544;
    Hall, P. (1992), The bootstrap and Edgeworth expansion, section 2.6;
    Slepian, D. (1962), The one-sided barrier problem for Gaussian noise, Bell Syst. Tech. J. 41, 463-501.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.estimates import Estimate, Fit, estimate, fit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Service levels of some replications, ``levels`` (n, groups), NaN for a day without orders.

    ``controls`` (n, groups, controls): what is known of each, less its mean over very ``many`` further days, which are
    known only so (days, groups, controls), less their mean as well.
    """

    levels: Floats
    controls: Floats | None = None
    many: Floats | None = None

    def known(self, group: int) -> tuple[Floats, Floats | None]:
        """Give a group's levels and controls on the days that have orders for it."""
        levels = self.levels[:, group]
        is_known = ~np.isnan(levels)
        return levels[is_known], None if self.controls is None else self.controls[is_known, group]

    def of(self, group: int) -> Days:
        """Give the days of one group alone."""
        controls, many = (None if each is None else each[:, [group]] for each in (self.controls, self.many))
        return Days(levels=self.levels[:, [group]], controls=controls, many=many)

    def predicted(self, group: int, found: Fit) -> Floats:
        """Give what a fit makes of a group's further days, less its mean; nothing where there are none."""
        return np.zeros(0) if self.many is None else (self.many[:, group] * found.slopes).sum(axis=1)

    def joined(self, more: Days) -> Days:
        """Put more replications behind these."""
        controls = None
        if self.controls is not None and more.controls is not None:
            controls = np.concatenate([self.controls, more.controls])
        levels = np.concatenate([self.levels, more.levels])
        return Days(levels=levels, controls=controls, many=more.many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What may go wrong at one value, on one side: over all looks, and at the ``level`` of each."""

    one_side: float
    level: float


def look_radius(*, error: float, freedom: int, level: float) -> float:
    """Half the width of the interval of one look, for a mean with a standard error of so many degrees of freedom.

    Each side is wrong with probability ``level``. inf where there are none.
    """
    from scipy.special import stdtrit

    return math.inf if freedom < 1 else -float(stdtrit(freedom, level)) * error


def estimate_always(days: Days, group: int, errors: Errors) -> Estimate:
    """Estimate a group's mean by an interval that holds at every look.

    Means of its controls are not quite known. That is the same at every look, so errors of two looks have more in
    common than those of which the levels of looks are made, and together are beyond as often at most (Slepian 1962).
    """
    sample, controls = days.known(group)
    if len(sample) < 2:
        mean = float(sample[0]) if len(sample) else math.nan
        return Estimate(mean=mean, low=-math.inf, high=math.inf, sd=math.nan, count=len(sample))
    found = fit(sample, controls)
    predicted = days.predicted(group, found)
    error = math.hypot(found.sd / math.sqrt(found.information), drift_of(predicted))
    radius = look_radius(error=error, freedom=found.freedom, level=errors.level)
    rest = sample if controls is None else sample - (controls * found.slopes).sum(axis=1)
    reach = [tail_reach(found, skewness, level=errors.level) for skewness in _skewnesses(rest, predicted)]
    return Estimate(
        mean=found.mean,
        low=found.mean - radius - reach[0],
        high=found.mean + radius + reach[1],
        sd=float(sample.std(ddof=1)),
        count=len(sample),
    )


def estimate_once(days: Days, group: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a group's mean by an interval that holds if one looks once, Student's t."""
    sample, controls = days.known(group)
    plain = estimate(sample, confidence=confidence)
    if controls is None or plain.count < 2 or plain.sd == 0:
        return plain
    from scipy.stats import t

    found = fit(sample, controls)
    half = float(t.ppf(0.5 + confidence / 2, found.freedom)) * found.sd / math.sqrt(found.information)
    half = math.hypot(half, drift_of(days.predicted(group, found)) * NormalDist().inv_cdf(0.5 + confidence / 2))
    return replace(plain, mean=found.mean, low=found.mean - half, high=found.mean + half)


def known_share(days: Days, group: int) -> float:
    """Give the share of a group's variance that its controls tell; 0 without controls, or where no level varies."""
    sample, controls = days.known(group)
    if controls is None or len(sample) < 2 or np.ptp(sample) == 0:
        return 0.0
    return 1.0 - fit(sample, controls).sd ** 2 / float(sample.var(ddof=1))


def tail_reach(found: Fit, skewness: float, *, level: float) -> float:
    """How much further an interval reaches to the side of a long tail: |skewness| (2 z² + 1) / (6 sqrt(n)) errors."""
    z = NormalDist().inv_cdf(1.0 - level)
    return found.sd / found.information * abs(skewness) * (2.0 * z * z + 1.0) / 6.0


def drift_of(predicted: Floats) -> float:
    """Tell how far the mean of what is known of many days may be off, as a standard error."""
    return float(predicted.std(ddof=1)) / math.sqrt(len(predicted)) if len(predicted) > 1 else 0.0


def _skewnesses(rest: Floats, predicted: Floats) -> tuple[float, float]:
    """Give the skewness to allow for below and above: what is seen, or what is known where that is more below."""
    seen = _skewness(rest)
    return min(seen, _skewness(predicted), 0.0), max(seen, 0.0)


def _skewness(values: Floats) -> float:
    """Give the skewness; scipy's takes longer than all else that is done at a look."""
    spread = float(values.std()) if len(values) else 0.0
    return float(((values - values.mean()) ** 3).mean()) / spread**3 if spread > 0 else 0.0

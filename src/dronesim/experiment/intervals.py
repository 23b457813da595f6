"""Intervals for the mean level of days: one that holds however often one looks, and one for a single look.

The first is a confidence sequence: an interval for the mean of normal values that holds at all sample sizes at
once, so that one may look after every replication and stop when one likes. It is the t mixture of

    Lai, T. L. (1976), On confidence sequences, Ann. Statist. 4, 265-280;
    Wang, H. and Ramdas, A. (2025), Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
    variance, arXiv:2310.03722;

and, where something is known of each day whose mean over all days is known too (a control variate, see
`dronesim.experiment.controls`), its form for the intercept of a regression on that:

    Lindon, M., Ham, D. W., Tingley, M. and Bojinov, I. (2022), Anytime-valid linear models and regression adjusted
    causal inference in randomized experiments, arXiv:2210.08589;

for the idea in general see Howard, Ramdas, McAuliffe and Sekhon (2021), Time-uniform, nonparametric, nonasymptotic
confidence sequences, Ann. Statist. 49, 1055-1080.

Where days have a long tail, as those with a crowded noon, it reaches further to that side, by the leading term of the
Edgeworth expansion of Student's t:

    Johnson, N. J. (1978), Modified t tests and confidence intervals for asymmetrical populations, J. Am. Stat. Assoc.
    73, 536-544;
    Hall, P. (1992), The bootstrap and Edgeworth expansion, section 2.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.defaults import CONFIDENCE
from dronesim.experiment.estimates import Estimate, Fit, estimate, fit

Floats = NDArray[np.float64]

PRIOR: Final = 0.5
"""Variance of the standardized effect that the mixture expects: intervals are near their tightest from 20 days on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Service levels of some replications, ``levels`` (n, groups), NaN for a day without orders.

    ``controls`` (n, groups): something that is known of each and whose mean is 0, but for an error of the standard
    deviation ``drift`` (groups,). ``skewness`` (groups,) is that of what is known, over very many days.
    """

    levels: Floats
    controls: Floats | None = None
    drift: Floats | None = None
    skewness: Floats | None = None

    def known(self, group: int) -> tuple[Floats, Floats | None]:
        """Give a group's levels and controls on the days that have orders for it."""
        levels = self.levels[:, group]
        is_known = ~np.isnan(levels)
        return levels[is_known], None if self.controls is None else self.controls[is_known, group]

    def of(self, group: int) -> Days:
        """Give the days of one group alone."""
        columns = (self.controls, self.drift, self.skewness)
        controls, drift, skewness = (None if each is None else each[..., [group]] for each in columns)
        return Days(levels=self.levels[:, [group]], controls=controls, drift=drift, skewness=skewness)

    def joined(self, more: Days) -> Days:
        """Put more replications behind these."""
        controls = None
        if self.controls is not None and more.controls is not None:
            controls = np.concatenate([self.controls, more.controls])
        levels = np.concatenate([self.levels, more.levels])
        return Days(levels=levels, controls=controls, drift=more.drift, skewness=more.skewness)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What may go wrong at one value: the error of a two-sided confidence sequence, and of one side of a control."""

    sequence: float
    control: float

    @property
    def one_side(self) -> float:
        """What may go wrong on one side of the sequence, see `dronesim.experiment.sequential.share_errors`."""
        return self.sequence / (2.0 - self.sequence)


def sequence_radius(*, sd: float, information: float, freedom: int, error: float) -> float:
    """Half the width of the confidence sequence for a mean whose standard error is ``sd / sqrt(information)``.

    ``freedom``: degrees of freedom of ``sd``; ``information`` is the number of values where there is no control.
    inf while the sequence says nothing. From P(any n: M_n >= 1/error) <= error for the mixture M_n over N(0, PRIOR)
    of the standardized effect (Lai 1976; Wang and Ramdas 2025; Lindon et al. 2022), solved for the t statistic.
    """
    if freedom < 1:
        return math.inf
    spread = 1.0 + information * PRIOR
    reach = (math.sqrt(spread) / error) ** (2.0 / (freedom + 1))
    if reach >= spread:
        return math.inf
    t_squared = freedom * (reach - 1.0) / (1.0 - reach / spread)
    return math.sqrt(t_squared / information) * sd


def estimate_always(days: Days, group: int, errors: Errors) -> Estimate:
    """Estimate a group's mean by an interval that holds at every look.

    A mean of its control that is not quite known widens it by as much as that can matter.
    """
    sample, controls = days.known(group)
    if len(sample) < 2:
        mean = float(sample[0]) if len(sample) else math.nan
        return Estimate(mean=mean, low=-math.inf, high=math.inf, sd=math.nan, count=len(sample))
    found = fit(sample, controls)
    radius = sequence_radius(sd=found.sd, information=found.information, freedom=found.freedom, error=errors.sequence)
    if found.slope and days.drift is not None:
        radius += abs(found.slope) * float(days.drift[group]) * NormalDist().inv_cdf(1.0 - errors.control)
    rest = sample if controls is None else sample - found.slope * controls
    known = 0.0 if days.skewness is None else float(days.skewness[group])
    reach = [tail_reach(found, skewness, error=errors.sequence) for skewness in _skewnesses(rest, known)]
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
    if days.drift is not None:
        half = math.hypot(half, found.slope * float(days.drift[group]) * NormalDist().inv_cdf(0.5 + confidence / 2))
    return replace(plain, mean=found.mean, low=found.mean - half, high=found.mean + half)


def tail_reach(found: Fit, skewness: float, *, error: float) -> float:
    """How much further an interval reaches to the side of a long tail: |skewness| (2 z² + 1) / (6 sqrt(n)) errors."""
    z = NormalDist().inv_cdf(1.0 - error / 2.0)
    return found.sd / found.information * abs(skewness) * (2.0 * z * z + 1.0) / 6.0


def _skewnesses(rest: Floats, known: float) -> tuple[float, float]:
    """Give the skewness to allow for below and above: what is seen, or what is known where that is more below."""
    # scipy's skew takes longer than all else that is done at a look
    deviation, spread = rest - rest.mean(), float(rest.std())
    seen = float((deviation**3).mean()) / spread**3 if spread > 0 else 0.0
    return min(seen, known, 0.0), max(seen, 0.0)

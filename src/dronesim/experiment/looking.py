"""When a search looks at its days, and how sure a single look has to be so that all of them together keep a promise.

The estimate of a mean moves from look to look as a Brownian motion does at the numbers of days seen, also where it is
that of a regression, so the chance that it is ever beyond a boundary is an integral over one look after the other:

    Armitage, P., McPherson, C. K. and Rowe, B. C. (1969), Repeated significance tests on accumulating data, J. R. Stat.
    Soc. A 132, 235-244;
    Pocock, S. J. (1977), Group sequential methods in the design and analysis of clinical trials, Biometrika 64, 191-199
    (the same level at each look);
    Scharfstein, D. O., Tsiatis, A. A. and Robins, J. M. (1997), Semiparametric efficiency and its implication on the
    design and analysis of group-sequential studies, J. Am. Stat. Assoc. 92, 1342-1350 (regressions).

Where the variance is not known either, each look is one of Student's t at the level that a normal one would have:

    Jennison, C. and Turnbull, B. W. (2000), Group Sequential Methods with Applications to Clinical Trials, section 4.4.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_LOOK: Final = 10
GROWTH: Final = 1.2
"""Each look at a value has so many times the days of the one before."""

_FAR: Final = 8.0
"""No estimate is so many standard errors off."""
_NODES: Final = 161


def next_look(days: int, *, most: int) -> int:
    """Tell how many days the look after one at so many has, at most ``most``; the first comes after 0."""
    return min(FIRST_LOOK if days == 0 else math.ceil(GROWTH * days / 2) * 2, most)


@functools.lru_cache
def looks(most: int) -> tuple[int, ...]:
    """List the numbers of days at which a search looks that has at most so many."""
    found = [next_look(0, most=most)]
    while found[-1] < most:
        found.append(next_look(found[-1], most=most))
    return tuple(found)


@functools.lru_cache
def level_of_a_look(days: tuple[int, ...], error: float) -> float:
    """Give the one-sided level of each of some looks, at so many days, at which all of them together have an error."""
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if len(days) == 1:
        return error
    least, most = -float(ndtri(error)), -float(ndtri(error / len(days)))
    return float(ndtr(-brentq(lambda bound: ever_beyond(days, bound) - error, least, most, xtol=1e-10)))


def ever_beyond(days: tuple[int, ...], bound: float) -> float:
    """Give the probability that an estimate is more than ``bound`` standard errors too large at some look."""
    from scipy.special import ndtr

    at = np.linspace(-_FAR, bound, _NODES)
    weights = np.full(_NODES, at[1] - at[0])
    weights[[0, -1]] /= 2.0
    density = np.exp(-at * at / 2.0) / math.sqrt(2.0 * math.pi)
    beyond = float(ndtr(-bound))
    for before, after in itertools.pairwise(days):
        kept, spread = math.sqrt(before / after), math.sqrt(1.0 - before / after)
        mass = density * weights
        beyond += float((mass * ndtr((kept * at - bound) / spread)).sum())
        step = (at[:, None] - kept * at[None, :]) / spread
        density = np.einsum("ab,b->a", np.exp(-step * step / 2.0), mass) / (spread * math.sqrt(2.0 * math.pi))
    return beyond

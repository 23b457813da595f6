"""What kitchens take, and what they may be expected to take before anything of the day is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.specs import Distribution
from dronesim.world import World

Floats = NDArray[np.float64]


def known_means_s(world: World, merchant: NDArray[np.int64]) -> Floats:
    """Mean preparation that the map states for each order's merchant, ``(n,)``; NaN where it states none."""
    stated = world.merchant_preparation_s
    means_s = np.full(len(merchant), np.nan)
    if len(stated):
        means_s[merchant >= 0] = stated[merchant[merchant >= 0]]
    return means_s


def stretch(drawn_s: Floats, *, law: Distribution, mean_s: Floats) -> Floats:
    """Stretch times drawn from ``law`` to the means ``(n,)`` that are known; NaN leaves a time as it is.

    Times of a law that is always 0 become the means.
    """
    stretched = drawn_s * (mean_s / law.mean) if law.mean > 0 else mean_s
    return np.where(np.isnan(mean_s), drawn_s, stretched)


def plan_preparation(usual_s: float, *known_s: Floats) -> Floats:
    """What each kitchen is expected to take, ``(n,)``: what is known best, the last of ``known_s`` first.

    Nothing that another order of the day tells goes into it.
    """
    planned_s = np.full(len(known_s[0]), usual_s)
    for stated_s in known_s:
        planned_s = np.where(np.isnan(stated_s), planned_s, stated_s)
    return planned_s

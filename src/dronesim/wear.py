"""How packs wear: their health by use and age, how long they last, and how old a day finds them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FADE: Final = 0.2
"""Share of its energy that a pack has lost to use after ``cycles_to_80`` equivalent full cycles."""
_NEAR_DAYS: Final = 1e-9
"""How near a life in days is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingLaw:
    """How packs age, and by which health they retire; ``cycles_per_day`` is what the day expects a pack to be used."""

    cycles_to_80: float
    exponent: float
    calendar_per_day: float
    retire_at: float
    cycles_per_day: float

    def health(self, full_cycles: Floats, days: Floats) -> Floats:
        """Energy that packs hold, as a share of that of a new one; all arrays of one shape.

        1 − .2 (EFC/N80)^β − c·days, the fade of lithium packs by use and by calendar, added up.
        """
        return np.asarray(1 - FADE * (full_cycles / self.cycles_to_80) ** self.exponent - self.calendar_per_day * days)

    def life_days(self, cycles_per_day: float) -> float:
        """Days after which a pack retires that is used so much a day; inf for one that never does."""
        from scipy.optimize import brentq

        used_d = math.inf
        if cycles_per_day > 0:
            used_d = self.cycles_to_80 * ((1 - self.retire_at) / FADE) ** (1 / self.exponent) / cycles_per_day
        aged_d = (1 - self.retire_at) / self.calendar_per_day if self.calendar_per_day > 0 else math.inf
        most_d = min(used_d, aged_d)
        if math.isinf(max(used_d, aged_d)):
            return most_d

        def left(days: float) -> float:
            return float(self.health(np.array(cycles_per_day * days), np.array(days))) - self.retire_at

        return float(brentq(left, 0.0, most_d, xtol=_NEAR_DAYS))

"""How packs and drones wear: health and life of packs by use and age, inspections and repairs of drones."""

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
_NORMAL_P95: Final = 1.6448536269514722
"""95th percentile of the standard normal law."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLaw:
    """When drones are inspected and for how long, how many inspections end in a repair, and how long that takes.

    A drone is due after so many sorties or so long aloft, whichever comes first, inf where it is not counted. Repairs
    are lognormal, in days of opening hours. ``sorties_per_day`` and ``flight_s_per_day`` are what the day expects a
    drone in service to have been used.
    """

    after_sorties: float
    after_flight_s: float
    inspection_s: float
    repair_share: float
    repair_median_days: float
    repair_p95_days: float
    sorties_per_day: float
    flight_s_per_day: float

    @property
    def repair_sigma(self) -> float:
        """Standard deviation of the logarithm of a repair."""
        return math.log(self.repair_p95_days / self.repair_median_days) / _NORMAL_P95

    @property
    def repair_mean_days(self) -> float:
        """Mean of a repair."""
        return self.repair_median_days * math.exp(self.repair_sigma**2 / 2)

    def inspections_per_day(self, sorties_per_day: float, flight_s_per_day: float) -> float:
        """Inspections of a drone in service a day, that is used so much."""
        return max(sorties_per_day / self.after_sorties, flight_s_per_day / self.after_flight_s)

    def out_of_service(self, inspections_per_day: float, open_s: float) -> tuple[float, float]:
        """Give the time in inspection and in repair for each day in service, in days of opening hours."""
        inspected = inspections_per_day * self.inspection_s / open_s
        return inspected, inspections_per_day * self.repair_share * self.repair_mean_days

"""Levels by shadow of any value that a sizing may look at: means over days by which nothing is judged.

Levels follow their shadows when there is more or less of what is sized, as long as drones and lanes are what is short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.controls import Controls
from dronesim.experiment.estimates import Fit, fit
from dronesim.experiment.intervals import Days, known_share
from dronesim.experiment.looks import Looks
from dronesim.experiment.size_answer import ShadowPoint

Floats = NDArray[np.float64]

FIRST_DAY: Final = 2_000_000
"""Number of the first of these days, as a replication."""
DAYS: Final = 200
TELLS: Final = 0.8
"""So much of the variance of days shadows tell where a curve is drawn from them."""
BESIDE: Final = 0.08
"""So far from a value, as a part of it, shadows must have changed if they tell anything of others."""


class ShadowLevels:
    """Mean levels by shadow at the values of a sizing; its ``controls`` are those of single days."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        by_point = looks.request.by_takeoff_point
        self.controls = Controls(looks.runner, by_takeoff_point=by_point, first_day=FIRST_DAY, most=DAYS)

    def can_tell(self, value: int, *, least: int, most: int) -> bool:
        """Whether there are shadows that change with the value."""
        if self.controls.control(self._looks.point(value)) is None:
            return False
        beside = min(value + step_beside(value), most), max(value - step_beside(value), least)
        return any((self.at(other) != self.at(value)).any() for other in beside)

    def at(self, value: int) -> Floats:
        """Give the mean shares on time by shadow, ``(groups, controls)``."""
        control = self.controls.control(self._looks.point(value))
        if control is None:
            raise ValueError(f"days have no shadows at {value}")
        return control.mean

    def tell(self, value: int, *, least: int, most: int) -> bool:
        """Whether shadows tell most of what days differ by at a value that was looked at, and change beside it."""
        days = self._looks.seen[value]
        is_known = all(known_share(days, group) >= TELLS for group in range(days.levels.shape[1]))
        return is_known and self.can_tell(value, least=least, most=most)

    def drawn(self, value: int, answer: int) -> ShadowPoint:
        """Draw a value from its shadows and the days of one that was looked at; of several groups the lowest."""
        levels = Line.through(self._looks.seen[answer], self.at(answer)).at(self.at(value))
        group = int(np.argmin(np.nan_to_num(levels, nan=np.inf)))
        level = float(np.clip(levels[group], 0.0, 1.0))
        return ShadowPoint(value=value, level=level, takeoff_point=self._looks.name(group))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How levels go with their shadows: ``levels`` (groups,) at ``shadows`` (groups, controls), and ``slopes``."""

    levels: Floats
    shadows: Floats
    slopes: Floats

    @classmethod
    def through(cls, days: Days, shadows: Floats) -> Line:
        """Fit it to the days of a value, with the mean shadows there; NaN for a group without orders."""
        found = [_fitted(days, group) for group in range(days.levels.shape[1])]
        slopes = [np.full(shadows.shape[1], np.nan) if each is None else each.slopes for each in found]
        levels = [math.nan if each is None else each.mean for each in found]
        return cls(levels=np.array(levels), shadows=shadows, slopes=np.array(slopes))

    def at(self, shadows: Floats) -> Floats:
        """Give the levels (groups,) where the mean shadows are others."""
        return np.asarray(self.levels + ((shadows - self.shadows) * self.slopes).sum(axis=1))


def _fitted(days: Days, group: int) -> Fit | None:
    levels, controls = days.known(group)
    return fit(levels, controls) if len(levels) > 1 else None


def step_beside(value: int) -> int:
    """Give the step to a value that is another one, but not far away."""
    return max(round(BESIDE * value), 1)

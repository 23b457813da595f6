"""Where a search had best begin: a few days that are lived at one value, and what shadows make of other values.

The days tell how far levels lie from their shadows, and shadows, which cost no day, at which value levels reach the
target. By none of these days is any value judged, nor are they among those that tell the means of its controls: a
search keeps its promise from any start that its own days have no part in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.experiment.intervals import Days
from dronesim.experiment.looks import Looks
from dronesim.experiment.sequential import SearchRules
from dronesim.experiment.shadow_levels import BESIDE, FIRST_DAY, Line, ShadowLevels, step_beside

Floats = NDArray[np.float64]

SCOUTS: Final = range(FIRST_DAY, FIRST_DAY + 6)
"""Days that are lived at a value: enough to tell the level and the slope of a line."""
ROUNDS: Final = 2
"""At so many values at most days are lived."""
FAR: Final = 2
"""Where no value seems to be enough, so many times the one that was scouted is scouted next."""
FIRST_STEP: Final = 0.01
"""The first step away from a guess, as a part of it."""


def scouted(looks: Looks, shadows: ShadowLevels, rules: SearchRules) -> SearchRules:
    """Give rules that begin where levels may reach the target first; as they were if shadows can't tell."""
    value, told = rules.start, rules
    for _ in range(ROUNDS):
        if not shadows.can_tell(value, least=rules.least, most=rules.most):
            return told
        days = looks.scout(value, SCOUTS, shadows.controls)
        line = Line.through(_with_one_control(days), _mean(shadows.at(value)))

        def reaches(number: int, line: Line = line) -> bool:
            return _reaches(line.at(_mean(shadows.at(number))), rules.target)

        guess = first_that(reaches, near=value, least=rules.least, most=rules.most)
        if guess is not None:
            told = replace(rules, start=guess, first_step=FIRST_STEP)
            if abs(guess - value) <= BESIDE * value:
                return told
        # a line may well fall short of a target that is far away
        value = min(FAR * value, rules.most) if guess is None else guess
    return told


def _with_one_control(days: Days) -> Days:
    """Take the mean of several controls for one: so few days tell no more than one slope."""
    controls, many = (None if each is None else each.mean(axis=2, keepdims=True) for each in (days.controls, days.many))
    return Days(levels=days.levels, controls=controls, many=many)


def _mean(shadows: Floats) -> Floats:
    """Give the mean over ways to go first (groups, 1), of shadows (groups, controls)."""
    return np.asarray(shadows.mean(axis=1, keepdims=True))


def _reaches(levels: Floats, target: float) -> bool:
    known = levels[~np.isnan(levels)]
    return bool(len(known) and (known >= target).all())


def first_that(reaches: Callable[[int], bool], *, near: int, least: int, most: int) -> int | None:
    """Find the smallest number that reaches something, by steps that double away from one; None if none does."""
    below, above, step = least - 1, most + 1, step_beside(near)
    while above - below > 1:
        if below >= least and above <= most:
            number = (below + above) // 2
        elif below >= least:
            number, step = min(below + step, most), 2 * step
        elif above <= most:
            number, step = max(above - step, least), 2 * step
        else:
            number = near
        if reaches(number):
            above = number
        else:
            below = number
    return above if above <= most else None

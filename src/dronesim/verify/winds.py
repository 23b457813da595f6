"""Ground speeds by the wind triangle, under the wind that a leg took off in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from dronesim.verify.facts import Facts, Wind
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.reading import Run

_NEAR = 3e-3
"""Times of segments are rounded to milliseconds, and who strays flies a little further."""


def ground_mps(course: Floats, wind_mps: Floats, airspeed_mps: float) -> Floats:
    """Give the ground speed along unit vectors ``(n, 2)`` in winds ``(n, 2)``: w∥ + √(V² − w⊥²), shape ``(n,)``.

    Minus infinity where the wind across is stronger than the drone is fast through the air.
    """
    along = np.einsum("ij,ij->i", course, wind_mps)
    across = course[:, 0] * wind_mps[:, 1] - course[:, 1] * wind_mps[:, 0]
    left = airspeed_mps**2 - across**2
    return np.where(left >= 0, along + np.sqrt(np.maximum(left, 0.0)), -np.inf)


def fastest_mps(run: Run, rows: Ints, course: Floats) -> Floats:
    """Give the highest ground speed on courses ``(n, 2)`` of legs, by row, in the wind that it took off in.

    A course without length is flown at any speed; at a level of which the facts tell no wind there is none.
    """
    best = np.full(len(rows), -np.inf)
    for in_force, _, speed in _speeds(run, rows, course):
        best[in_force] = np.fmax(best[in_force], speed)
    return best


def likely_mps(run: Run, rows: Ints, course: Floats, seen_mps: Floats) -> Floats:
    """Give the ground speed on courses ``(n, 2)`` of legs, by row, of which a mean speed ``(n,)`` was seen.

    Of a leg that took off as the wind changed either wind may be meant: the speed is the least that is not below what
    was seen, and the highest where all are.
    """
    found, best = np.full(len(rows), np.inf), fastest_mps(run, rows, course)
    for in_force, _, speed in _speeds(run, rows, course):
        is_enough = speed >= seen_mps[in_force] * (1 - _NEAR)
        found[in_force] = np.fmin(found[in_force], np.where(is_enough, speed, np.inf))
    return np.where(np.isfinite(found), found, best)


def tailwind_mps(run: Run) -> Floats:
    """Give for each leg its highest speed over ground with the strongest wind of its time behind it."""
    best = np.full(len(run.legs["leg"]), -np.inf)
    airspeed_mps, most_mps = _limits(run.facts)
    for in_force, wind_mps in _winds(run, np.arange(len(best))):
        speed = np.minimum(airspeed_mps + np.hypot(*wind_mps.T), most_mps)
        best[in_force] = np.fmax(best[in_force], speed)
    return best


def least_wind_mps(run: Run) -> Floats:
    """Give the mean wind at the level of each leg, ``(legs,)``: the least of those that it may have taken off in."""
    least = np.full(len(run.legs["leg"]), np.inf)
    for in_force, wind_mps in _winds(run, np.arange(len(least))):
        least[in_force] = np.fmin(least[in_force], np.hypot(*wind_mps.T))
    return least


def airspeeds_mps(run: Run, rows: Ints, course: Floats) -> tuple[Floats, Floats]:
    """Give the least and the highest airspeed of legs, by row, on courses ``(n, 2)``, in the winds of their time.

    A wind in which a course can't be flown is left out; where none is left both are 0.
    """
    least, most = np.full(len(rows), np.inf), np.zeros(len(rows))
    for in_force, wind_mps, speed in _speeds(run, rows, course):
        through_mps = np.hypot(*(np.maximum(speed, 0.0)[:, None] * course[in_force] - wind_mps).T)
        least[in_force] = np.fmin(least[in_force], np.where(speed > 0, through_mps, np.inf))
        most[in_force] = np.fmax(most[in_force], np.where(speed > 0, through_mps, 0.0))
    return np.where(np.isfinite(least), least, 0.0), most


def _speeds(run: Run, rows: Ints, course: Floats) -> Iterator[tuple[Mask, Floats, Floats]]:
    """Give the winds of legs, by row, that may have been in force, each with of which, and their speeds over ground."""
    airspeed_mps, most_mps = _limits(run.facts)
    for in_force, wind_mps in _winds(run, rows):
        yield in_force, wind_mps, np.fmin(ground_mps(course[in_force], wind_mps, airspeed_mps), most_mps)


def _limits(facts: Facts) -> tuple[float, float]:
    """Give the highest speed through the air, and over ground.

    A drone with a top speed holds its cruise over ground as long as that carries it; one without flies at its cruise
    through the air.
    """
    is_held = math.isfinite(facts.max_mps)
    return (facts.max_mps, facts.cruise_mps) if is_held else (facts.cruise_mps, math.inf)


def _winds(run: Run, rows: Ints) -> Iterator[tuple[Mask, Floats]]:
    """Give for each wind the rows that took off in it, and the wind at their levels; two where it changes just then."""
    legs, winds = run.legs, run.facts.winds
    off_s = taken_off_s(run)[rows]
    for wind, in_force in zip(winds, in_force_at([wind.from_s for wind in winds], off_s), strict=True):
        yield in_force, _at_levels(wind, legs["level_m"][rows][in_force])


def in_force_at(starts_s: Sequence[float], times_s: Floats) -> Iterator[Mask]:
    """Tell of each of several things that follow on each other at which times it holds; two hold where it changes."""
    edges_s = [-np.inf, *starts_s[1:], np.inf]
    for from_s, until_s in pairwise(edges_s):
        yield (from_s <= times_s) & (until_s >= times_s)


def taken_off_s(run: Run) -> Floats:
    """Give when each leg's drone took off: a divert begins in the air, on the way out of its sortie."""
    legs, is_divert = run.legs, run.legs["kind"] == "divert"
    _, number = np.unique(legs["sortie"], return_inverse=True)
    first_s = np.full(len(number), np.inf)
    np.fmin.at(first_s, number, legs["departed_s"])
    return np.asarray(np.where(is_divert, first_s[number], legs["departed_s"]))


def _at_levels(wind: Wind, level_m: Floats) -> Floats:
    """Look up the wind at levels, shape ``(n, 2)``; NaN at one that is not told."""
    levels = np.array([*wind.levels, np.inf])
    order = np.argsort(levels)
    place = order[np.minimum(np.searchsorted(levels[order], level_m), len(levels) - 1)]
    vectors = np.array([*wind.levels.values(), (np.nan, np.nan)]).reshape(-1, 2)
    return np.asarray(np.where((levels[place] == level_m)[:, None], vectors[place], np.nan))

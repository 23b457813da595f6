"""How long a climb, a descent and the way through a terminal area take at least, by caps and acceleration alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from dronesim.verify.facts import Facts
from dronesim.verify.intervals import Floats


def least_time_s(lengths_m: Sequence[float], caps_mps: Sequence[float], acceleration_mps2: float) -> float:
    """Give the time from rest to rest along pieces, each with a highest speed, under a largest acceleration.

    The square of the highest speed is linear in the way between the points where one limit takes over from
    another, and over such a stretch d the time is 2 d / (v0 + v1).
    """
    ends = np.cumsum([0.0, *lengths_m])
    whole_m, slope = float(ends[-1]), 2 * acceleration_mps2
    if whole_m <= 0:
        return 0.0
    pieces = [(float(begin), float(end), cap**2) for begin, end, cap in zip(ends, ends[1:], caps_mps, strict=False)]
    lines = [(slope, 0.0), (-slope, slope * whole_m)]
    for begin, end, square in pieces:
        lines += [(0.0, square), (-slope, square + slope * begin), (slope, square - slope * end)]
    meets = [(c1 - c0) / (m0 - m1) for (m0, c0), (m1, c1) in combinations(lines, 2) if m0 != m1]
    at = np.unique(np.clip([*ends, *meets], 0.0, whole_m))
    limits = [np.minimum(slope * at, slope * (whole_m - at))]
    limits += [square + slope * np.maximum(np.maximum(begin - at, at - end), 0.0) for begin, end, square in pieces]
    speed = np.sqrt(np.maximum(np.min(limits, axis=0), 0.0))
    sums = speed[1:] + speed[:-1]
    return float((2 * np.diff(at)[sums > 0] / sums[sums > 0]).sum())


def climb_s(facts: Facts, level_m: Floats) -> Floats:
    """Give the time from the ground to levels ``(n,)``: slowly at first, then faster."""

    def time_s(level: float) -> float:
        low_m = min(facts.low_climb_m, level)
        speeds = (facts.low_climb_mps, facts.climb_mps)
        return least_time_s((low_m, level - low_m), speeds, facts.acceleration_mps2)

    return _by_level(level_m, time_s)


def sink_s(facts: Facts, level_m: Floats) -> Floats:
    """Give the time from levels ``(n,)`` to the ground: down to the final hover, the hover, and touch-down.

    Who does not hover there does not stop there either.
    """

    def time_s(level: float) -> float:
        hover_m, a = min(facts.final_hover_m, level), facts.acceleration_mps2
        if facts.final_hover_s <= 0:
            return least_time_s((level - hover_m, hover_m), (facts.descent_mps, facts.touchdown_mps), a)
        down_s = least_time_s((level - hover_m,), (facts.descent_mps,), a)
        return down_s + facts.final_hover_s + least_time_s((hover_m,), (facts.touchdown_mps,), a)

    return _by_level(level_m, time_s)


def from_rest_s(way_m: float | Floats, top_mps: Floats, acceleration_mps2: float) -> Floats:
    """Give the time that a way takes from rest at speeds of at most ``top_mps``, shape ``(n,)``."""
    length_m, ramp_m = np.maximum(way_m, 0.0), top_mps**2 / (2 * acceleration_mps2)
    return np.where(length_m <= ramp_m, np.sqrt(2 * length_m / acceleration_mps2), (length_m + ramp_m) / top_mps)


def seems_up_s(facts: Facts, level_m: Floats, off_m: float) -> Floats:
    """Give how much sooner than climbs to levels ``(n,)`` end a path that may be off by so much may seem to be up."""
    way_m, slower_mps = 2 * off_m, min(facts.climb_mps, facts.low_climb_mps)
    top_mps = np.where(level_m - facts.low_climb_m > way_m, facts.climb_mps, slower_mps)
    return from_rest_s(way_m, top_mps, facts.acceleration_mps2)


def seems_level_s(facts: Facts, level_m: Floats, off_m: float) -> Floats:
    """Give how long after descents from levels ``(n,)`` begin a path that may be off by so much may seem to be level.

    Where the final hover is just below the level, until that is over.
    """
    way_m, slower_mps = 2 * off_m, min(facts.descent_mps, facts.touchdown_mps)
    above_m = level_m - np.minimum(facts.final_hover_m, level_m)

    def down_s(above: float) -> float:
        return least_time_s((above,), (facts.descent_mps,), facts.acceleration_mps2) + facts.final_hover_s

    # whoever has twice as far to go has not begun to brake on the first half
    is_near = above_m <= 2 * way_m
    stops_s = _by_level(np.where(is_near, above_m, 0.0), down_s) if facts.final_hover_s > 0 else np.zeros(len(level_m))
    stops_s = np.where(is_near & (above_m <= 0), facts.final_hover_s, stops_s)
    top_mps = np.where(is_near, slower_mps, facts.descent_mps)
    return np.asarray(stops_s + from_rest_s(way_m, top_mps, facts.acceleration_mps2))


def _by_level(level_m: Floats, time_s: Callable[[float], float]) -> Floats:
    known, number = np.unique(level_m, return_inverse=True)
    times = [time_s(level) if level > 0 else 0.0 for level in known.tolist()]
    return np.asarray(np.array([*times, 0.0])[number.reshape(-1)], np.float64)

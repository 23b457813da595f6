"""Works out many cruises in one call, to the last bit as ``aircraft.motion`` and ``aircraft.model`` do one by one.

A cruise leads over pieces of a line, each with a length and a speed that it allows, from rest to rest. Phases are rows
of how long each lasts, the speed at which it begins, and its acceleration. Cruise ``k`` of several has the pieces from
``ends[k]`` up to ``ends[k + 1]``; its phases are told in the same way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dronesim.routing.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INSTANT_S = 1e-9
_ALIKE = 1e-9
_PHASES_A_PIECE = 3
_LANES = 8


class Handling(NamedTuple):
    """What a cruise is flown by: acceleration in m/s², how far segments may be off it in m, and chords in u.

    ``square`` is 2.0: an exponent that the compiler does not know is left to the library that Python asks too.
    """

    acceleration_mps2: float
    error_m: float
    chord: float
    square: float


@kernel
def exact_sum(values: Floats) -> float:
    """Add numbers up without rounding but at the end, as ``math.fsum`` (Shewchuk 1997)."""
    parts, count = np.empty(len(values)), 0
    for value in values:
        kept, x = 0, value
        for k in range(count):
            y = parts[k]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                parts[kept] = low
                kept += 1
            x = high
        parts[kept] = x
        count = kept + 1
    if count == 0:
        return 0.0
    count -= 1
    high, low = parts[count], 0.0
    while count > 0:
        x = high
        count -= 1
        y = parts[count]
        high = x + y
        low = y - (high - x)
        if low != 0.0:
            break
    # half of a last place is rounded by what is behind it
    if count > 0 and ((low < 0.0 and parts[count - 1] < 0.0) or (low > 0.0 and parts[count - 1] > 0.0)):
        y = low * 2.0
        x = high + y
        if y == x - high:
            high = x
    return float(high)


@kernel
def sum_in_lanes(values: Floats) -> float:
    """Add up to 128 numbers in the order in which numpy does: up to seven one by one, more in eight lanes."""
    last = len(values) - len(values) % _LANES
    total = 0.0
    if last > 0:
        lanes = values[:_LANES].copy()
        for first in range(_LANES, last, _LANES):
            for lane in range(_LANES):
                lanes[lane] += values[first + lane]
        ahead, behind = lanes[0] + lanes[1], lanes[4] + lanes[5]
        total = (ahead + (lanes[2] + lanes[3])) + (behind + (lanes[6] + lanes[7]))
    for k in range(last, len(values)):
        total += values[k]
    return float(total)


@kernel
def place_below(xs: Floats, x: float) -> int:
    """Give the last place of ascending numbers that is at most ``x``; it is not below the first."""
    low, high = 0, len(xs)
    while low < high:
        middle = (low + high) >> 1
        if x >= xs[middle]:
            low = middle + 1
        else:
            high = middle
    return low - 1


@kernel
def between(x: float, xs: Floats, ys: Floats) -> float:
    """Interpolate as ``np.interp`` does; ``xs`` ascend."""
    if x > xs[-1]:
        return float(ys[-1])
    if x < xs[0]:
        return float(ys[0])
    k = place_below(xs, x)
    if k == len(xs) - 1 or xs[k] == x:
        return float(ys[k])
    slope = (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k])
    found = slope * (x - xs[k]) + ys[k]
    if np.isnan(found):
        found = slope * (x - xs[k + 1]) + ys[k + 1]
        if np.isnan(found) and ys[k] == ys[k + 1]:
            found = ys[k]
    return float(found)


@kernel
def ends_mps(lengths_m: Floats, speeds_mps: Floats, by: Handling) -> Floats:
    """Speeds at which the pieces begin and end, (n + 1,): see ``aircraft.motion``."""
    pieces, a = len(lengths_m), by.acceleration_mps2
    reached = np.zeros(pieces + 1)
    for k in range(pieces - 1):
        limit = min(speeds_mps[k], speeds_mps[k + 1])
        reached[k + 1] = min(limit, np.sqrt(reached[k] ** by.square + 2 * a * lengths_m[k]))
    reached[pieces] = 0.0
    for k in range(pieces - 1, -1, -1):
        reached[k] = min(reached[k], np.sqrt(reached[k + 1] ** by.square + 2 * a * lengths_m[k]))
    return reached


@kernel
def is_alike(one: float, other: float) -> bool:
    """Tell as ``math.isclose`` whether two speeds are the same but for rounding."""
    apart = abs(other - one)
    return bool(apart <= abs(_ALIKE * other) or apart <= abs(_ALIKE * one) or apart <= _ALIKE)


@kernel
def add_phase(phases: Floats, count: int, lasts_s: float, speed_mps: float, a: float) -> int:
    """Write a phase behind ``count`` of them, or let the last one go on; gives how many there are then."""
    if lasts_s <= _INSTANT_S:
        return count
    if count > 0 and phases[count - 1, 2] == a:
        end_mps = phases[count - 1, 1] + phases[count - 1, 2] * phases[count - 1, 0]
        if is_alike(end_mps, speed_mps):
            phases[count - 1, 0] += lasts_s
            return count
    phases[count, 0], phases[count, 1], phases[count, 2] = lasts_s, speed_mps, a
    return count + 1


@kernel
def fly(lengths_m: Floats, speeds_mps: Floats, by: Handling, phases: Floats) -> int:
    """Write the phases of the quickest cruise over some pieces, three a piece at most; gives how many."""
    a, count = by.acceleration_mps2, 0
    ends = ends_mps(lengths_m, speeds_mps, by)
    for k in range(len(lengths_m)):
        first, last = ends[k], ends[k + 1]
        first2, last2 = first**by.square, last**by.square
        peak = min(speeds_mps[k], np.sqrt((2 * a * lengths_m[k] + first2 + last2) / 2))
        peak = max(peak, first, last)
        peak2 = peak**by.square
        cruise_m = lengths_m[k] - (peak2 - first2) / (2 * a) - (peak2 - last2) / (2 * a)
        cruise_s = max(cruise_m, 0.0) / peak if peak > 0.0 else 0.0
        count = add_phase(phases, count, (peak - first) / a, first, a)
        count = add_phase(phases, count, cruise_s, peak, 0.0)
        count = add_phase(phases, count, (peak - last) / a, peak, -a)
    return count


@kernel
def chords_of(lasts_s: float, a: float, by: Handling) -> int:
    """Count the chords of a phase with an acceleration."""
    return max(int(np.ceil((lasts_s / np.sqrt(2 * by.error_m / a) - 2) / by.chord - _ALIKE)), 0)


@kernel
def knots_of(phases: Floats, by: Handling) -> tuple[Floats, Floats]:
    """Times in s and places in m at which straight segments meet, both ends among them: ``Motion.knots``."""
    room = 2
    for phase in phases:
        if phase[2] != 0.0:
            room += 1 + chords_of(phase[0], abs(phase[2]), by)
    at_s, place_m = np.zeros(room), np.zeros(room)
    filled, begins_s, begins_m = 1, 0.0, 0.0
    for lasts_s, speed, acceleration in phases:
        a = abs(acceleration)
        if a > 0.0:
            chords = chords_of(lasts_s, a, by)
            u_s = lasts_s / (2 + by.chord * chords)
            off_m = np.copysign(a * u_s**by.square / 2, acceleration)
            for number in range(chords + 1):
                after_s = u_s * (1 + by.chord * number)
                at_s[filled] = begins_s + after_s
                place_m[filled] = begins_m + ((speed + acceleration * after_s / 2) * after_s - off_m)
                filled += 1
        begins_s, begins_m = begins_s + lasts_s, begins_m + (speed + acceleration * lasts_s / 2) * lasts_s
    at_s[filled], place_m[filled] = begins_s, begins_m
    for k in range(1, filled + 1):
        place_m[k] = max(place_m[k], place_m[k - 1])
    for k in range(filled + 1):
        place_m[k] = min(max(place_m[k], 0.0), begins_m)
    return at_s, place_m


@kernel
def fly_all(ends: Ints, lengths_m: Floats, speeds_mps: Floats, by: Handling) -> tuple[Floats, Ints, Floats]:
    """Give the phases of all cruises, (p, 3), where those of each end, and how long each takes in s, (n,)."""
    count = len(ends) - 1
    phases, last, lasts_s = (
        np.empty((_PHASES_A_PIECE * len(lengths_m), 3)),
        np.zeros(len(ends), np.int64),
        np.empty(count),
    )
    for k in range(count):
        pieces = slice(ends[k], ends[k + 1])
        own = phases[last[k] :]
        last[k + 1] = last[k] + fly(lengths_m[pieces], speeds_mps[pieces], by, own)
        lasts_s[k] = exact_sum(phases[last[k] : last[k + 1], 0])
    return phases[: last[count]].copy(), last, lasts_s


@kernel
def mean_cubes(ends: Ints, cubes: Floats, seconds: Floats) -> Floats:
    """Give the mean of cubes over the pieces of each cruise, 128 at most, by their durations; 0 for no pieces."""
    means = np.zeros(len(ends) - 1)
    for k in range(len(means)):
        own = slice(ends[k], ends[k + 1])
        weight = sum_in_lanes(seconds[own])
        if weight > 0.0:
            weighted = cubes[own].copy()
            for piece in range(len(weighted)):
                weighted[piece] *= seconds[ends[k] + piece]
            means[k] = sum_in_lanes(weighted) / weight
    return means

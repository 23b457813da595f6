"""How a drone moves along a line: it speeds up, cruises, slows down in bends and brakes, and the segments for that.

The motion is exact: phases of constant acceleration, from rest to rest. Tables and clearances take it as straight
segments in time, whose ends (knots) are laid so that they are as far behind the motion at the knots as they are
ahead of it between them, or the other way round where it brakes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_INSTANT_S: Final = 1e-9
CHORD: Final = math.sqrt(8.0)
"""Length of a chord in units of √(2e/a), from tangent to tangent."""
_STRAIGHT: Final = 1e-12
"""A bend that turns by no more is none."""


class Phase(NamedTuple):
    """A time of constant acceleration (m/s²), begun at a speed (m/s)."""

    duration_s: float
    speed_mps: float
    acceleration_mps2: float

    @property
    def length_m(self) -> float:
        """Way that is covered."""
        return (self.speed_mps + self.acceleration_mps2 * self.duration_s / 2) * self.duration_s


@dataclass(frozen=True, kw_only=True)
class Motion:
    """A motion along a line from rest to rest, and how far its segments may be off it, ``error_m``.

    A phase without speed or acceleration is a wait.
    """

    phases: tuple[Phase, ...]
    error_m: float

    @cached_property
    def duration_s(self) -> float:
        """Time that it takes."""
        return math.fsum(phase.duration_s for phase in self.phases)

    @cached_property
    def length_m(self) -> float:
        """Way that it covers."""
        return math.fsum(phase.length_m for phase in self.phases)

    @cached_property
    def knots(self) -> tuple[Floats, Floats]:
        """Times in s and places in m at which straight segments meet, each ``(k,)``, both ends among them."""
        at_s, place_m = [0.0], [0.0]
        begins_s, begins_m = 0.0, 0.0
        for phase in self.phases:
            for after_s, way_m in _bent_line(phase, self.error_m):
                at_s.append(begins_s + after_s)
                place_m.append(begins_m + way_m)
            begins_s, begins_m = begins_s + phase.duration_s, begins_m + phase.length_m
        # rounding must not lead back
        places = np.clip(np.maximum.accumulate([*place_m, begins_m]), 0.0, begins_m)
        return np.array([*at_s, begins_s]), places

    def then(self, wait_s: float, after: Motion) -> Motion:
        """Give this motion, a wait, and another motion in one."""
        waits = (Phase(wait_s, 0.0, 0.0),) if wait_s > _INSTANT_S else ()
        return Motion(phases=(*self.phases, *waits, *after.phases), error_m=self.error_m)

    def braked_at(self, t_s: float, *, braking_mps2: float) -> Motion:
        """Give the motion that is this one until a time, and then brakes to rest at once."""
        kept: list[Phase] = []
        left_s = t_s
        for phase in self.phases:
            if left_s < phase.duration_s:
                speed_mps = max(phase.speed_mps + phase.acceleration_mps2 * left_s, 0.0)
                kept += [phase._replace(duration_s=left_s), Phase(speed_mps / braking_mps2, speed_mps, -braking_mps2)]
                return Motion(phases=_joined(kept), error_m=self.error_m)
            kept.append(phase)
            left_s -= phase.duration_s
        return self


def motion_along(
    lengths_m: Sequence[float], speeds_mps: Sequence[float], *, acceleration_mps2: float, error_m: float
) -> Motion:
    """Find the quickest motion from rest to rest over pieces of a line.

    ``lengths_m`` (n,) and ``speeds_mps`` (n,): each piece and the speed that it allows. Speed changes by at most
    ``acceleration_mps2`` at every instant.
    """
    reached = _speeds_at_ends(lengths_m, speeds_mps, acceleration_mps2)
    phases: list[Phase] = []
    for length_m, speed_mps, (first, last) in zip(lengths_m, speeds_mps, pairwise(reached), strict=True):
        phases += _over_piece(length_m, speed_mps, first, last, acceleration_mps2)
    return Motion(phases=_joined(phases), error_m=error_m)


def with_arcs(
    lengths_m: Floats,
    speeds_mps: Floats,
    turns_rad: Floats,
    *,
    cut_m: float,
    acceleration_mps2: float,
    is_bend: ArrayLike = True,
) -> tuple[Floats, Floats]:
    """Cut pieces at the bends between them into straight parts and arcs, and give lengths and speeds of these.

    ``lengths_m``, ``speeds_mps`` (n,) and ``turns_rad`` (n - 1,), from 0 to π; returns two arrays ``(2n - 1,)``.
    An arc of radius r begins r tan(θ/2) before a corner that turns by θ, cuts it by r (1/cos(θ/2) − 1), and needs the
    acceleration v²/r all along, so that none is left to speed up or to brake. It cuts by at most ``cut_m`` and takes
    at most half of each piece. Turns by more than a right angle are quicker at rest on the corner. ``is_bend``
    (n - 1,) is false where two neighbours do not belong to one way.
    """
    half = np.minimum(turns_rad, math.pi / 2) / 2
    widest_m = cut_m / np.maximum(1.0 / np.cos(half) - 1.0, _STRAIGHT)
    fitting_m = np.minimum(lengths_m[:-1], lengths_m[1:]) / 2 / np.maximum(np.tan(half), _STRAIGHT)
    needed_m = np.minimum(speeds_mps[:-1], speeds_mps[1:]) ** 2 / acceleration_mps2
    is_turned = (turns_rad <= math.pi / 2 + _STRAIGHT) & np.asarray(is_bend)
    radius_m = np.minimum(np.minimum(widest_m, fitting_m), needed_m) * is_turned
    reach_m = radius_m * np.tan(half)
    straight_m = lengths_m - np.append(reach_m, [0.0])[: len(lengths_m)] - np.append([0.0], reach_m)[: len(lengths_m)]
    arcs_mps = np.sqrt(acceleration_mps2 * radius_m)
    return _in_turn(np.maximum(straight_m, 0.0), 2 * reach_m), _in_turn(speeds_mps, arcs_mps)


def _in_turn(first: Floats, second: Floats) -> Floats:
    """Put two arrays, (n,) and (n - 1,), into one, in turn."""
    both = np.empty(len(first) + len(second))
    both[::2], both[1::2] = first, second
    return both


def _speeds_at_ends(lengths_m: Sequence[float], speeds_mps: Sequence[float], acceleration_mps2: float) -> list[float]:
    """Speeds at which the pieces begin and end, ``(n + 1,)``: what can be reached, and braked from, on both sides."""
    allowed = [0.0, *map(min, pairwise(speeds_mps)), 0.0][: len(lengths_m) + 1]

    def reach(speed_mps: float, step: tuple[float, float]) -> float:
        length_m, limit_mps = step
        return min(limit_mps, math.sqrt(speed_mps**2 + 2 * acceleration_mps2 * length_m))

    forward = list(accumulate(zip(lengths_m, allowed[1:], strict=True), reach, initial=0.0))
    backward = accumulate(zip(reversed(lengths_m), reversed(forward[:-1]), strict=True), reach, initial=0.0)
    return list(backward)[::-1]


def _over_piece(length_m: float, speed_mps: float, first: float, last: float, acceleration_mps2: float) -> list[Phase]:
    """Speed up, cruise and brake over one piece between two speeds."""
    a = acceleration_mps2
    peak = min(speed_mps, math.sqrt((2 * a * length_m + first**2 + last**2) / 2))
    peak = max(peak, first, last)
    cruise_m = length_m - (peak**2 - first**2) / (2 * a) - (peak**2 - last**2) / (2 * a)
    cruise_s = max(cruise_m, 0.0) / peak if peak > 0 else 0.0
    return [Phase((peak - first) / a, first, a), Phase(cruise_s, peak, 0.0), Phase((peak - last) / a, peak, -a)]


def _joined(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Leave out phases that take no time, and join neighbours that go on alike."""
    joined: list[Phase] = []
    for phase in phases:
        if phase.duration_s <= _INSTANT_S:
            continue
        if joined and joined[-1].acceleration_mps2 == phase.acceleration_mps2 and _goes_on(joined[-1], phase):
            joined[-1] = joined[-1]._replace(duration_s=joined[-1].duration_s + phase.duration_s)
        else:
            joined.append(phase)
    return tuple(joined)


def _goes_on(before: Phase, after: Phase) -> bool:
    end_mps = before.speed_mps + before.acceleration_mps2 * before.duration_s
    return math.isclose(end_mps, after.speed_mps, rel_tol=1e-9, abs_tol=1e-9)


def _bent_line(phase: Phase, error_m: float) -> list[tuple[float, float]]:
    """Knots within a phase, after how long and how far, so that chords and both tangents stay within ``error_m``.

    With u = √(2e/a) the first and the last tangent meet the chords u inside the phase, and each chord lasts √8 u;
    as few chords are taken as the error allows, and e is then as small as they allow.
    """
    a = abs(phase.acceleration_mps2)
    if a == 0:
        return []
    chords = max(math.ceil((phase.duration_s / math.sqrt(2 * error_m / a) - 2) / CHORD - 1e-9), 0)
    u_s = phase.duration_s / (2 + CHORD * chords)
    off_m = math.copysign(a * u_s**2 / 2, phase.acceleration_mps2)
    knots = []
    for number in range(chords + 1):
        after_s = u_s * (1 + CHORD * number)
        knots.append((after_s, phase._replace(duration_s=after_s).length_m - off_m))
    return knots

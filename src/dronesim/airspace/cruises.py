"""Cruises along many ways at once: how each moves, its mean airspeed, and when it is beyond its terminal areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import Cruise, Multirotor
from dronesim.aircraft.motion import CHORD, Motion, Phase, with_arcs
from dronesim.aircraft.navigation import ground_speed_mps, turns_rad
from dronesim.airspace import cruise_kernels, leg_kernels
from dronesim.airspace.cruise_kernels import Handling
from dronesim.airspace.leg_kernels import Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_PIECES: Final = 128  # numpy adds more up in halves
_SQUARE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cruises:
    """Cruises along ways of which some may not be flown: ``numbers`` (n,) are those of the ways that are.

    ``beyond_s`` (n, 2): when each drone is first so far from where it flies off, and when last from where it arrives.
    """

    numbers: list[int]
    cruises: list[Cruise]
    beyond_s: list[list[float]]


def handling_of(acceleration_mps2: float, error_m: float) -> Handling:
    """Tell kernels how cruises are flown and written down."""
    return Handling(float(acceleration_mps2), float(error_m), CHORD, _SQUARE)


def plan_cruises(
    corners: Sequence[NDArray[Any]], winds: Sequence[tuple[float, float]], aircraft: Multirotor, *, radius_m: float
) -> Cruises:
    """Fly along each of some ways, ``(m, 2)`` with a length, in its wind, as ``Multirotor.cruise`` does one by one.

    ``radius_m``: that of terminal areas.
    """
    pieces = _pieces(corners, np.array(winds).reshape(-1, 2), aircraft)
    flown = ~np.isin(np.arange(len(corners)), pieces.way[np.isnan(pieces.speed_mps)])
    numbers = np.flatnonzero(flown).tolist()
    pieces = pieces.only(flown[pieces.way])
    ends = np.concatenate([[0], np.cumsum(np.bincount(pieces.way, minlength=len(corners))[flown])])
    by = handling_of(aircraft.drone_type.acceleration_mps2, aircraft.handling.path_error_m)
    phases, phase_ends, lasts_s = cruise_kernels.fly_all(*pieces.on_arcs(ends, aircraft), by)
    ways = ways_of([corners[number] for number in numbers], phases, phase_ends)
    beyond_s = leg_kernels.beyond_all(ways, by, lasts_s, float(radius_m), float(radius_m**2))
    motions = _motions(phases, phase_ends, lasts_s, by.error_m)
    airspeeds_mps = pieces.airspeeds_mps(ends)
    return Cruises(numbers=numbers, cruises=list(map(Cruise, motions, airspeeds_mps)), beyond_s=beyond_s.tolist())


def ways_of(corners: Sequence[NDArray[Any]], phases: Floats, phase_ends: Ints) -> Ways:
    """Put ways ``(m, 2)`` one behind the other as kernels take them."""
    ends = np.cumsum([0, *(len(way) for way in corners)])
    flat = np.ascontiguousarray(np.concatenate([np.empty((0, 2)), *corners]).T)
    return Ways(flat, ends, phases, phase_ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """Straight pieces with a length, ``(p,)``, of several ways: of which, how long, whither, how fast, in what wind."""

    way: Ints
    length_m: Floats
    direction: Floats
    speed_mps: Floats
    wind: Floats

    def only(self, kept: NDArray[np.bool_]) -> _Pieces:
        """Leave the others out."""
        return _Pieces(
            way=self.way[kept],
            length_m=self.length_m[kept],
            direction=self.direction[kept],
            speed_mps=self.speed_mps[kept],
            wind=self.wind[kept],
        )

    def on_arcs(self, ends: Ints, aircraft: Multirotor) -> tuple[Ints, Floats, Floats]:
        """Cut all bends; gives lengths and speeds of straight parts and arcs in turn, and where those of a way end."""
        is_bend = self.way[1:] == self.way[:-1]
        lengths_m, speeds_mps = with_arcs(
            self.length_m,
            self.speed_mps,
            turns_rad(self.direction),
            cut_m=aircraft.handling.corner_cut_m,
            acceleration_mps2=aircraft.drone_type.acceleration_mps2,
            is_bend=is_bend,
        )
        kept = np.ones(len(lengths_m), dtype=np.bool_)
        kept[1::2] = is_bend
        parts = np.maximum(2 * np.diff(ends) - 1, 0)
        return np.concatenate([[0], np.cumsum(parts)]), lengths_m[kept], speeds_mps[kept]

    def airspeeds_mps(self, ends: Ints) -> list[float]:
        """Give the mean airspeed of each way, as ``navigation.mean_airspeed_mps`` does."""
        through_air = self.direction * self.speed_mps[:, None] - self.wind
        cubes, seconds = np.hypot(*through_air.T) ** 3, self.length_m / self.speed_mps
        means = cruise_kernels.mean_cubes(ends, cubes, seconds)
        for way in np.flatnonzero(np.diff(ends) > _MOST_PIECES):
            own = slice(ends[way], ends[way + 1])
            means[way] = (cubes[own] * seconds[own]).sum() / seconds[own].sum()
        found: list[float] = np.cbrt(means).tolist()
        return found


def _pieces(corners: Sequence[NDArray[Any]], winds: Floats, aircraft: Multirotor) -> _Pieces:
    """Cut ways into their pieces; speeds are NaN where the wind does not let one be flown."""
    points = np.concatenate([np.empty((0, 2)), *corners])
    way = np.repeat(np.arange(len(corners)), [len(each) for each in corners])
    steps = np.diff(points, axis=0)
    length_m = np.hypot(steps[:, 0], steps[:, 1])
    is_flown = (way[1:] == way[:-1]) & (length_m > 0)
    way, length_m = way[1:][is_flown], length_m[is_flown]
    direction, wind = steps[is_flown] / length_m[:, None], winds[way]
    kind = aircraft.drone_type
    speed_mps = ground_speed_mps(direction, airspeed_mps=kind.max_mps, cruise_mps=kind.cruise_mps, wind=wind)
    return _Pieces(way=way, length_m=length_m, direction=direction, speed_mps=speed_mps, wind=wind)


def _motions(phases: Floats, ends: Ints, lasts_s: Floats, error_m: float) -> list[Motion]:
    rows, motions = list(map(Phase._make, phases.tolist())), []
    for (begin, end), duration_s in zip(pairwise(ends.tolist()), lasts_s.tolist(), strict=True):
        motion = Motion(phases=tuple(rows[begin:end]), error_m=error_m)
        # what a motion would work out when it is first asked
        motion.__dict__["duration_s"] = duration_s
        motions.append(motion)
    return motions

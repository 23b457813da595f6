"""The aircraft as the rest of the program sees it: how a flight moves, how long it takes, what energy it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.aircraft.motion import Motion, motion_along, with_arcs
from dronesim.aircraft.navigation import CALM, Wind, ground_speed_mps, mean_airspeed_mps, segments, turns_rad
from dronesim.aircraft.power import AIR_DENSITY, PowerModel, power_model
from dronesim.aircraft.types import DroneType
from dronesim.units import HOUR

PATH_ERROR_M: Final = 0.4
"""How far the straight segments that stand for a path may be off the motion, in m: a choice."""

CORNER_CUT_M: Final = 1.0
"""How far the arc that a drone flies in a bend may cut the corner, in m: an assumption."""


class VerticalTimes(NamedTuple):
    """Seconds of a leg's parts that do not depend on its length."""

    low_climb_s: float
    climb_s: float
    hover_s: float
    sink_s: float
    touchdown_s: float


class Cruise(NamedTuple):
    """A cruise: how it moves along its way, and the mean airspeed in m/s that its energy goes by."""

    motion: Motion
    airspeed_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How paths are flown and written down: the cut in bends and the error of segments, both in m."""

    corner_cut_m: float = CORNER_CUT_M
    path_error_m: float = PATH_ERROR_M


@dataclass(frozen=True, slots=True)
class Multirotor:
    """The motions, times in s and energies in Wh of a drone type; array arguments broadcast.

    A leg: vertical climb, slow at first; a hover before it flies off; cruise at a ground speed, slower in bends;
    a hover over the site; vertical descent; a hover to align with the pad; touch-down.
    """

    drone_type: DroneType
    handling: Handling = Handling()
    air_density: float = AIR_DENSITY
    """Density of the air in kg/m³."""
    power_w: PowerModel = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "power_w", power_model(self.drone_type, air_density=self.air_density))

    def climb(self, level_m: float) -> Motion:
        """Motion from the pad up to ``level_m``: slow up to a height, then as fast as it climbs."""
        return _climb(self.drone_type, level_m, self.handling.path_error_m)

    def descent(self, level_m: float) -> Motion:
        """Motion from ``level_m`` down to the pad: sink, hover to align with the marker, touch down."""
        return _descent(self.drone_type, level_m, self.handling.path_error_m)

    def cruise(self, waypoints: ArrayLike, wind: Wind = CALM) -> Cruise | None:
        """Fly along a polyline ``(m, 2)`` from rest to rest, over each piece at its own ground speed.

        A bend is flown on an arc that cuts the corner by no more than ``corner_cut_m``, at the speed for which the
        acceleration is just enough. None where the wind does not let a piece be flown.
        """
        kind = self.drone_type
        length_m, direction, speed_mps = self._pieces(waypoints, wind)
        if np.isnan(speed_mps).any():
            return None
        lengths_m, speeds_mps = with_arcs(
            length_m,
            speed_mps,
            turns_rad(direction),
            cut_m=self.handling.corner_cut_m,
            acceleration_mps2=kind.acceleration_mps2,
        )
        motion = motion_along(
            lengths_m.tolist(),
            speeds_mps.tolist(),
            acceleration_mps2=kind.acceleration_mps2,
            error_m=self.handling.path_error_m,
        )
        return Cruise(motion, self.airspeed_mps(waypoints, wind))

    def airspeed_mps(self, waypoints: ArrayLike, wind: Wind = CALM) -> float:
        """Mean airspeed in m/s along a polyline ``(m, 2)`` that can be flown, by which its energy goes."""
        length_m, direction, speed_mps = self._pieces(waypoints, wind)
        return mean_airspeed_mps(direction, ground_mps=speed_mps, seconds=length_m / speed_mps, wind=wind)

    def _pieces(self, waypoints: ArrayLike, wind: Wind) -> tuple[NDArray[np.float64], ...]:
        """Give length, direction and ground speed of the pieces of a polyline that have a length."""
        kind, (length_m, direction) = self.drone_type, segments(waypoints)
        is_flown = length_m > 0
        length_m, direction = length_m[is_flown], direction[is_flown]
        speed_mps = ground_speed_mps(direction, airspeed_mps=kind.max_mps, cruise_mps=kind.cruise_mps, wind=wind)
        return length_m, direction, speed_mps

    def energy_wh(
        self,
        *,
        cruise_s: ArrayLike,
        level_m: ArrayLike,
        payload_kg: ArrayLike,
        airspeed_mps: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Energy in Wh of a leg: check, climb, hovers, cruise, descent; arguments broadcast.

        All of the cruise counts at the power of ``airspeed_mps`` (the cruise speed, as in calm air, unless given),
        which is a little more than its ramps need.
        """
        kind, mass_kg = self.drone_type, self._mass_kg(payload_kg)
        through_air_mps = kind.cruise_mps if airspeed_mps is None else airspeed_mps
        low_climb_s, climb_s, hover_s, sink_s, touchdown_s = self._vertical_s(level_m)
        joules = (
            kind.avionics_w * kind.takeoff_check_s
            + self.power_w(mass_kg=mass_kg, vertical_mps=kind.low_climb_mps) * low_climb_s
            + self.power_w(mass_kg=mass_kg, vertical_mps=kind.climb_mps) * climb_s
            + self.power_w(mass_kg=mass_kg) * hover_s
            + self.power_w(mass_kg=mass_kg, airspeed_mps=through_air_mps) * np.asarray(cruise_s, dtype=np.float64)
            + self.power_w(mass_kg=mass_kg, vertical_mps=-kind.descent_mps) * sink_s
            + self.power_w(mass_kg=mass_kg, vertical_mps=-kind.touchdown_mps) * touchdown_s
        )
        return np.asarray(joules / HOUR, dtype=np.float64)

    def one_leg_wh(self, *, cruise_s: float, level_m: float, payload_kg: float, airspeed_mps: float) -> float:
        """Energy in Wh of one leg, to the last bit as ``energy_wh`` tells it; what legs at a level share is kept."""
        before, sink, touchdown = _upright_joules(self, level_m, payload_kg)
        watts = float(self.power_w(mass_kg=self.drone_type.bare_kg + payload_kg, airspeed_mps=airspeed_mps))
        return (before + watts * cruise_s + sink + touchdown) / HOUR

    def legs_wh(
        self, *, cruise_s: ArrayLike, level_m: ArrayLike, payload_kg: float, airspeed_mps: ArrayLike
    ) -> NDArray[np.float64]:
        """Energy in Wh of many legs, ``(n,)`` each, to the last bit as ``one_leg_wh`` tells it of each."""
        return self.energy_wh(cruise_s=cruise_s, level_m=level_m, payload_kg=payload_kg, airspeed_mps=airspeed_mps)

    def climb_wh(self, after_s: float, *, level_m: float, payload_kg: float) -> float:
        """Energy in Wh of the check and of a climb up to a time after take-off."""
        kind, mass_kg = self.drone_type, self._mass_kg(payload_kg)
        low_climb_s, climb_s, *_ = _vertical_times(kind, level_m, self.handling.path_error_m)
        phases = ((low_climb_s, kind.low_climb_mps), (climb_s, kind.climb_mps))
        powers = [(lasts_s, float(self.power_w(mass_kg=mass_kg, vertical_mps=mps))) for lasts_s, mps in phases]
        return kind.avionics_w * kind.takeoff_check_s / HOUR + _wh(powers, after_s)

    def descent_wh(self, after_s: float, *, level_m: float, payload_kg: float) -> float:
        """Energy in Wh of a descent up to a time after it began to sink."""
        kind, mass_kg = self.drone_type, self._mass_kg(payload_kg)
        *_, sink_s, touchdown_s = _vertical_times(kind, level_m, self.handling.path_error_m)
        phases = ((sink_s, kind.descent_mps), (kind.alignment_s, 0.0), (touchdown_s, kind.touchdown_mps))
        powers = [(lasts_s, float(self.power_w(mass_kg=mass_kg, vertical_mps=-mps))) for lasts_s, mps in phases]
        return _wh(powers, after_s)

    def cruise_wh(self, seconds: float, *, payload_kg: float, airspeed_mps: float) -> float:
        """Energy in Wh of cruising for ``seconds``."""
        return float(self.power_w(mass_kg=self._mass_kg(payload_kg), airspeed_mps=airspeed_mps) * seconds) / HOUR

    def _vertical_s(self, level_m: ArrayLike) -> NDArray[np.float64]:
        """Times of the vertical parts at each of ``level_m``, any shape ``s``; returns ``(5, *s)``."""
        levels, place = np.unique(np.asarray(level_m, dtype=np.float64), return_inverse=True)
        kind, error_m = self.drone_type, self.handling.path_error_m
        times = np.array([_vertical_times(kind, level, error_m) for level in levels.tolist()]).reshape(-1, 5)
        return np.asarray(times.T[:, place.reshape(np.shape(level_m))])

    def hover_wh(self, seconds: ArrayLike, payload_kg: ArrayLike) -> NDArray[np.float64]:
        """Energy in Wh of hovering for ``seconds``; arguments broadcast."""
        hover_w = self.power_w(mass_kg=self._mass_kg(payload_kg))
        return hover_w * np.asarray(seconds, dtype=np.float64) / HOUR

    def is_payload_feasible(self, payload_kg: ArrayLike) -> NDArray[np.bool_]:
        """Tell which parcels the drone may carry: those up to the payload limit."""
        return may_carry(payload_kg, limit_kg=self.drone_type.payload_kg)

    def _mass_kg(self, payload_kg: ArrayLike) -> NDArray[np.float64]:
        return self.drone_type.bare_kg + np.asarray(payload_kg, dtype=np.float64)


@lru_cache(maxsize=1024)
def _upright_joules(aircraft: Multirotor, level_m: float, payload_kg: float) -> tuple[float, float, float]:
    """Give the energy in J of a leg before it cruises with that of its hovers, of its sinking, of its touching down."""
    kind, mass_kg, power_w = aircraft.drone_type, aircraft.drone_type.bare_kg + payload_kg, aircraft.power_w
    low_climb_s, climb_s, hover_s, sink_s, touchdown_s = _vertical_times(kind, level_m, aircraft.handling.path_error_m)
    before = (
        kind.avionics_w * kind.takeoff_check_s
        + power_w(mass_kg=mass_kg, vertical_mps=kind.low_climb_mps) * low_climb_s
        + power_w(mass_kg=mass_kg, vertical_mps=kind.climb_mps) * climb_s
        + power_w(mass_kg=mass_kg) * hover_s
    )
    sinks = power_w(mass_kg=mass_kg, vertical_mps=-kind.descent_mps) * sink_s
    touches = power_w(mass_kg=mass_kg, vertical_mps=-kind.touchdown_mps) * touchdown_s
    return float(before), float(sinks), float(touches)


def _wh(phases: Sequence[tuple[float, float]], after_s: float) -> float:
    """Add up the energy in Wh of phases of a length and a power, one after the other, up to a time."""
    joules, left_s = 0.0, max(after_s, 0.0)
    for lasts_s, watts in phases:
        joules += watts * min(left_s, lasts_s)
        left_s = max(left_s - lasts_s, 0.0)
    return joules / HOUR


def may_carry(payload_kg: ArrayLike, *, limit_kg: float) -> NDArray[np.bool_]:
    """Tell which parcels are not above a payload limit."""
    return np.asarray(np.asarray(payload_kg) <= limit_kg, dtype=np.bool_)


@lru_cache(maxsize=256)
def _climb(kind: DroneType, level_m: float, error_m: float) -> Motion:
    low_m = min(kind.low_climb_m, level_m)
    return _vertical(kind, [low_m, level_m - low_m], [kind.low_climb_mps, kind.climb_mps], error_m)


@lru_cache(maxsize=256)
def _descent(kind: DroneType, level_m: float, error_m: float) -> Motion:
    last_m = min(kind.final_hover_m, level_m)
    lengths_m, speeds_mps = [level_m - last_m, last_m], [kind.descent_mps, kind.touchdown_mps]
    if kind.alignment_s <= 0:
        return _vertical(kind, lengths_m, speeds_mps, error_m)
    sink, touch_down = (_vertical(kind, [m], [mps], error_m) for m, mps in zip(lengths_m, speeds_mps, strict=True))
    return sink.then(kind.alignment_s, touch_down)


def _vertical(kind: DroneType, lengths_m: list[float], speeds_mps: list[float], error_m: float) -> Motion:
    pieces = [(length_m, mps) for length_m, mps in zip(lengths_m, speeds_mps, strict=True) if length_m > 0]
    lengths, speeds = [piece[0] for piece in pieces], [piece[1] for piece in pieces]
    return motion_along(lengths, speeds, acceleration_mps2=kind.acceleration_mps2, error_m=error_m)


@lru_cache(maxsize=256)
def _vertical_times(kind: DroneType, level_m: float, error_m: float) -> VerticalTimes:
    """Split the times of climb and descent by their speeds; the upper part takes what speeding up and braking add.

    Where there is no upper part, the lower one takes all.
    """
    up_s = _climb(kind, level_m, error_m).duration_s
    down_s = _descent(kind, level_m, error_m).duration_s - kind.alignment_s
    low_climb_s = kind.low_climb_m / kind.low_climb_mps if kind.low_climb_m < level_m else up_s
    touchdown_s = kind.final_hover_m / kind.touchdown_mps if kind.final_hover_m < level_m else down_s
    climb_s, sink_s = up_s - low_climb_s, down_s - touchdown_s
    hover_s = kind.transition_s + kind.approach_s + kind.alignment_s
    return VerticalTimes(low_climb_s, climb_s, hover_s, sink_s, touchdown_s)
